"""Tensors of one graph that may be one tensor under two names: y^1 may be y^l, and u^{l+1} may be u^L.

The chain rule takes them for different ones. So a derivative by a tensor that may be, under another name, what the
numerator is made of must not be unrolled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from bnsym.kernel.term import Term
from bnsym.language.expression import Layer
from bnsym.language.node import Node


def namesakes(nodes: Mapping[str, Node], terms: Iterable[Term], one: Callable[[Layer, Layer], bool]) -> set[str]:
    """The tensors that may be, under another name, what the numerator of a total derivative in a term is made of.

    `one` says whether two layers of different names may be one.
    """
    layered = [(node, node.layer) for node in nodes.values() if node.layer is not None]
    if len({layer.letter for _, layer in layered}) < 2:
        return set()
    above = {name[1:].split("/∂")[0] for term in terms for name in term.names() if name[0] == "∂"}
    made = [(node.symbol, node.layer) for node in map(nodes.__getitem__, _made_of(nodes, above)) if node.layer]
    return {node.key for node, layer in layered for symbol, at in made if node.symbol == symbol and one(layer, at)}


def _made_of(nodes: Mapping[str, Node], keys: Iterable[str]) -> set[str]:
    """The nodes that some nodes are made of, they themselves included."""
    pending, found = list(keys), set[str]()
    while pending:
        key = pending.pop()
        if key in nodes and key not in found:
            node = nodes[key]
            found.add(key)
            pending += [node.function[2]] if node.function else node.term.names() if node.term is not None else []
    return found
