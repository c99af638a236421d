"""The order in which the nodes of a cost graph are computed: after what they are made of, the opaque cost last."""

from __future__ import annotations

from bnsym.kernel.term import DELTA
from bnsym.language.graph import CostGraph
from bnsym.language.node import Node


class Unordered(ArithmeticError):
    """Tensors that are cut off from what they are made of may depend on one another."""


def parents(node: Node) -> frozenset[str]:
    """The nodes that a node is computed from."""
    if node.function:
        return frozenset([node.function[2]])
    names = node.term.names() if node.term is not None else frozenset[str]()
    return frozenset(n for n in names if n != DELTA and n[0] != "|")


def open_below(graph: CostGraph) -> dict[str, list[str]]:
    """What each opaque tensor may depend on: the open tensors that are not computed from it."""
    above: dict[str, frozenset[str]] = {}
    for name, node in graph.nodes.items():
        direct = parents(node)
        above[name] = direct.union(*(above[parent] for parent in direct))
    opened = [n for n in graph.nodes if n in graph.opened and not graph.nodes[n].opaque]
    return {c: [n for n in opened if c not in above[n]] for c, node in graph.nodes.items() if node.opaque}


def topological(graph: CostGraph) -> list[str]:
    """The nodes in an order in which each comes after all that it depends on, an opaque cost too.

    Raises Unordered where tensors that are cut off may depend on one another.
    """
    below = open_below(graph)
    order: dict[str, None] = {}
    waiting = list(graph.nodes)
    while waiting:
        for name in waiting:
            if all(n in order for n in (*parents(graph.nodes[name]), *below.get(name, []))):
                order[name] = None
        if waiting == (waiting := [name for name in waiting if name not in order]):
            raise Unordered("it is not known which tensors depend on which")
    return list(order)
