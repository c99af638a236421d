"""What a program needs to know of a cost graph before it has sizes: what is given, what is trained, where to cut.

All of it is read off the graph at concrete layers 1, …, L. Leaves with a data axis are given, other leaves that have
axes are trained, scalar ones are constants. Nothing here knows what the graph computes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bnsym.compile.errors import CompileError
from bnsym.compile.lowering.cuts import cuts, named
from bnsym.language.expression import Axis, Mean, Size, Sum, map_layers, tensors, walk
from bnsym.language.graph import CostGraph
from bnsym.language.node import Node
from bnsym.language.statement import Document
from bnsym.language.window import concrete


@dataclass(frozen=True)
class Structure:
    """A graph of `depth` layers. `order` holds the keys that the output depends on, in topological order.

    `input` is the leaf that is given, `trained` and `scalars` are the others, `axes` those that anything needed is
    over; `batch` is the key of the axis along which the samples are. `layered`: there is a generic layer. What is
    `named` stands for itself in derivatives (see `bnsym.compile.lowering.cuts`).
    """

    graph: CostGraph
    depth: int
    layered: bool
    cost: str
    output: str
    order: tuple[str, ...]
    input: str
    trained: tuple[str, ...]
    scalars: tuple[str, ...]
    axes: Mapping[str, Axis]
    batch: str
    cuts: tuple[str, ...]
    named: frozenset[str]

    @property
    def input_axes(self) -> tuple[Axis, ...]:
        return self.graph.nodes[self.input].axes

    @property
    def output_axes(self) -> tuple[Axis, ...]:
        return self.graph.nodes[self.output].axes

    @staticmethod
    def read(document: Document, depth: int) -> Structure:
        """The structure of a document's network of so many layers.

        Raises CompileError if the document does not describe a network.
        """
        if document.cost is None:
            example = "derivations/layer_norm_network.md has one"
            raise CompileError(f"{document.path}: a network needs a cost in [cost]; {example}")
        graph = CostGraph.build(document, {"": (1, depth)}, depth=depth)
        output = map_layers(document.cost.of, concrete(document, depth)).key
        if output not in graph.nodes or graph.nodes[output].body is None:
            raise CompileError(f"{document.path}: {output}, which the cost is of, has no definition")
        needed = _ancestors(graph, output)
        order = tuple(k for k in graph.nodes if k in needed)
        leaves = [graph.nodes[k] for k in order if graph.nodes[k].body is None and graph.nodes[k].symbol is not None]
        given = [n for n in leaves if any(axis.data for axis in n.axes)]
        if len(given) != 1:
            found = ", ".join(n.key for n in given) or "none"
            raise CompileError(f"{document.path}: a network has one leaf with a data axis, its input; found {found}")
        trained = tuple(n.key for n in leaves if n.axes and n not in given)
        cut = cuts(graph, order, output, trained)
        return Structure(
            graph,
            depth,
            has_generic_layer(document),
            document.cost.symbol.key,
            output,
            order,
            given[0].key,
            trained,
            tuple(n.key for n in leaves if not n.axes),
            _axes(graph, order),
            _batch_axis(document, given[0], graph.nodes[output]),
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


def _batch_axis(document: Document, given: Node, output: Node) -> str:
    """The data axis of the input along which there are samples: one that the output has, if there are several."""
    shared = [axis for axis in given.axes if axis.data and axis in output.axes]
    if not shared:
        raise CompileError(
            f"{document.path}: {output.key}, which the cost is of, has no data axis of the input {given.key}: "
            "there is no output for each sample"
        )
    return shared[0].key
