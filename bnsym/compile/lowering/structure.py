"""What a program needs to know of a cost graph before it has sizes: what is given, what is trained, where to cut.

All of it is read off the graph at concrete layers 1, …, L. Leaves with a data axis are given, other leaves that have
axes are trained, scalar ones are constants. A *network* has one leaf that is given; a *function* is of all tensors that
are not defined, and its gradient also by those that have a data axis and that the document differentiates by. Nothing
here knows what the graph computes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bnsym.compile.errors import CompileError
from bnsym.compile.lowering.cuts import cuts, named
from bnsym.language.expression import (
    Axis,
    Derivative,
    Mean,
    Size,
    Sum,
    Symbol,
    Tensor,
    map_layers,
    tensors,
    walk,
)
from bnsym.language.graph import CostGraph
from bnsym.language.node import Node
from bnsym.language.statement import AUXILIARY, Cost, Document
from bnsym.language.window import concrete

COST = r"\operatorname{cost}"  # what the derivatives are of where the document defines its cost


@dataclass(frozen=True)
class Structure:
    """A graph of `depth` layers. `order` holds the keys that the output depends on, in topological order.

    `given` are the leaves that are given, `trained` and `scalars` the others, `axes` those that anything needed is
    over; `batch` is the key of the axis along which the samples are, empty where there is none. `layered`: there is a
    generic layer. What is `named` stands for itself in derivatives (see `bnsym.compile.lowering.cuts`).
    """

    graph: CostGraph
    depth: int
    layered: bool
    cost: str
    output: str
    order: tuple[str, ...]
    given: tuple[str, ...]
    trained: tuple[str, ...]
    scalars: tuple[str, ...]
    axes: Mapping[str, Axis]
    batch: str
    cuts: tuple[str, ...]
    named: frozenset[str]

    @property
    def input_axes(self) -> tuple[Axis, ...]:
        return self.graph.nodes[self.given[0]].axes

    @property
    def output_axes(self) -> tuple[Axis, ...]:
        return self.graph.nodes[self.output].axes

    @staticmethod
    def network(document: Document, depth: int) -> Structure:
        """The structure of a document's network of so many layers.

        Raises CompileError if the document does not describe a network.
        """
        if document.cost is None:
            example = "derivations/layer_norm_network.md has one; without widths, what is compiled is the function"
            raise CompileError(f"{document.path}: a network needs a cost in [cost]; {example}")
        found = Structure._read(document, depth, frozenset())
        if len(found.given) != 1:
            names = ", ".join(found.given) or "none"
            raise CompileError(f"{document.path}: a network has one leaf with a data axis, its input; found {names}")
        return found

    @staticmethod
    def function(document: Document) -> Structure:
        """The structure of the cost as a function of all that is not defined. Raises CompileError."""
        if has_generic_layer(document):
            raise CompileError(f"{document.path}: there is a generic layer: give widths, which say how many there are")
        return Structure._read(document, highest_layer(document), differentiated(document))

    @staticmethod
    def _read(written: Document, depth: int, wanted: frozenset[Symbol]) -> Structure:
        document = written if written.cost is not None else replace(written, cost=_of_loss(written))
        assert document.cost is not None
        graph = CostGraph.build(document, {"": (1, depth)}, depth=depth)
        output = map_layers(document.cost.of, concrete(document, depth)).key
        if output not in graph.nodes or graph.nodes[output].body is None:
            raise CompileError(f"{document.path}: {output}, which the cost is of, has no definition")
        needed = _ancestors(graph, output)
        order = tuple(k for k in graph.nodes if k in needed)
        leaves = [graph.nodes[k] for k in order if graph.nodes[k].body is None and graph.nodes[k].symbol is not None]
        given = [n for n in leaves if any(axis.data for axis in n.axes) and n.symbol not in wanted]
        trained = tuple(n.key for n in leaves if n.axes and n not in given)
        if not trained:
            raise CompileError(f"{document.path}: {output} is made of nothing to differentiate by: no leaf has axes")
        cut = cuts(graph, order, output, trained)
        return Structure(
            graph,
            depth,
            has_generic_layer(document),
            document.cost.symbol.key,
            output,
            order,
            tuple(n.key for n in given),
            trained,
            tuple(n.key for n in leaves if not n.axes),
            _axes(graph, order),
            _batch_axis(leaves, graph.nodes[output]),
            cut,
            named(graph, order, cut),
        )


def has_generic_layer(document: Document) -> bool:
    """Whether anything is defined at the generic layer."""
    generic = document.layers[0] if document.layers else ""
    return any(d.tensor.layer is not None and d.tensor.layer.letter == generic != "" for d in document.definitions)


def highest_layer(document: Document) -> int:
    """The highest number of a layer at which anything is defined; 0 if there is none."""
    layers = (d.tensor.layer for d in document.definitions)
    return max((layer.offset for layer in layers if layer is not None and not layer.letter), default=0)


def _ancestors(graph: CostGraph, key: str) -> set[str]:
    found, pending = set[str](), [key]
    while pending:
        current = pending.pop()
        if current not in found:
            found.add(current)
            body = graph.nodes[current].body
            pending += [t.key for t in tensors(body)] if body is not None else []
    return found


def _axes(graph: CostGraph, keys: Iterable[str]) -> dict[str, Axis]:
    """The axes of these tensors and of what their definitions sum over, as the graph has them in order."""
    needed = set[Axis]()
    for node in (graph.nodes[key] for key in keys):
        needed |= set(node.axes)
        for part in walk(node.body) if node.body is not None else ():
            if isinstance(part, Sum | Mean):
                needed.add(part.index.axis)
            elif isinstance(part, Size):
                needed.add(part.axis)
    return {key: axis for key, axis in graph.axes.items() if axis in needed}


def _batch_axis(leaves: Iterable[Node], output: Node) -> str:
    """The data axis along which there are samples: one that the output has, if there are several; "" without any."""
    found = [axis for node in leaves for axis in node.axes if axis.data]
    shared = [axis.key for axis in found if axis in output.axes]
    return next(iter([*shared, *(axis.key for axis in found)]), "")


def _of_loss(document: Document) -> Cost:
    """A cost that is the scalar which a document defines and nothing rests on. Raises CompileError."""
    used = {t.key for d in document.definitions for t in tensors(d.body)}
    scalars = [d.tensor for d in document.definitions if not d.tensor.indices and d.tensor.symbol.base != AUXILIARY]
    ends = [tensor for tensor in scalars if tensor.key not in used]
    by = _derivatives(document)
    losses = [t for t in ends if t.symbol in {d.numerator.symbol for d in by}] or ends
    if len(losses) != 1:
        found = ", ".join(t.key for t in losses) or "none"
        raise CompileError(f"{document.path}: no [cost], and not one scalar that nothing else rests on; found {found}")
    return Cost(Tensor(Symbol(COST), None, ()), losses[0])


def differentiated(document: Document) -> frozenset[Symbol]:
    """The symbols that a claim or an abbreviation differentiates by."""
    return frozenset(d.denominator.symbol for d in _derivatives(document))


def _derivatives(document: Document) -> list[Derivative]:
    claims = [s.readings[0] for s in document.statements if s.kind == "claim" and s.readings]
    sides = [side for reading in claims for side in (reading.left, reading.right)]
    sides += [definition.body for definition in document.abbreviations]
    return [part for side in sides for part in walk(side) if isinstance(part, Derivative)]
