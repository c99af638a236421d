"""What a program needs to know of a cost graph: its input, parameters, constants, and where to cut it.

All of it is read off the graph at concrete layers 1, …, L: the input is the leaf with a data axis, parameters
are the other leaves that have axes, constants the scalar ones. Nothing here knows what the graph computes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from bnsym.compile.errors import CompileError
from bnsym.compile.lowering.array import Extent
from bnsym.compile.names import identifier
from bnsym.language.expression import (
    Addition,
    Axis,
    Expression,
    Function,
    Mean,
    Product,
    Slot,
    Sum,
    Tensor,
    free_indices,
    map_layers,
    tensors,
    walk,
)
from bnsym.language.graph import CostGraph
from bnsym.language.node import Node
from bnsym.language.statement import Document
from bnsym.language.window import concrete

EPSILON = (r"\epsilon", r"\varepsilon")
DEFAULT_EPSILON = 1e-5


@dataclass(frozen=True)
class Parameter:
    """A leaf that is trained.

    `name` is a plain word, "W1" or "gamma1"; `key` the derivation's. It starts as normal with standard deviation
    `spread`, or, where that is None, as the constant `start`.
    """

    name: str
    key: str
    extents: tuple[Extent, ...]
    spread: float | None
    start: float

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(extent.size for extent in self.extents)


@dataclass(frozen=True)
class Network:
    """A graph at concrete sizes. `order` holds the keys that the output depends on, in topological order."""

    graph: CostGraph
    cost: str
    output: str
    order: tuple[str, ...]
    input: str
    extents: Mapping[str, Extent]
    parameters: tuple[Parameter, ...]
    constants: Mapping[str, Fraction]
    cuts: tuple[str, ...]

    @property
    def epsilon(self) -> float | None:
        """The value of the constant ε, if there is one."""
        return next((float(v) for key, v in self.constants.items() if _is_epsilon(self.graph.nodes[key])), None)

    @staticmethod
    def read(
        document: Document, widths: Sequence[int], batch: int, epsilon: float | None, constants: Mapping[str, float]
    ) -> Network:
        """The network of len(widths) - 1 layers, with these values of ε and of its other scalar constants.

        Raises CompileError if the document does not describe one.
        """
        if document.cost is None or document.layers is None:
            example = "derivations/layer_norm_network.md has both"
            raise CompileError(
                f"{document.path}: a network needs a cost in [cost] and a generic layer in [layers]; {example}"
            )
        depth = len(widths) - 1
        graph = CostGraph.build(document, {"": (1, depth)}, depth=depth)
        output = map_layers(document.cost.of, concrete(document, depth)).key
        if output not in graph.nodes or graph.nodes[output].body is None:
            raise CompileError(f"{document.path}: {output}, which the cost is of, has no definition")
        needed = _ancestors(graph, output)
        order = tuple(k for k in graph.nodes if k in needed)
        extents = {key: _extent(axis, widths, batch) for key, axis in graph.axes.items()}
        leaves = [graph.nodes[k] for k in order if graph.nodes[k].body is None and graph.nodes[k].symbol is not None]
        inputs = [n for n in leaves if any(axis.data for axis in n.axes)]
        if len(inputs) != 1:
            found = ", ".join(n.key for n in inputs) or "none"
            raise CompileError(f"{document.path}: a network has one leaf with a data axis, its input; found {found}")
        values = _constants([n for n in leaves if not n.axes], epsilon, constants)
        trained = [n for n in leaves if n.axes and n is not inputs[0]]
        parameters = tuple(_parameter(graph, n, extents) for n in trained)
        if len({p.name for p in parameters}) != len(parameters):
            raise CompileError(f"two parameters have one name: {', '.join(p.name for p in parameters)}")
        reached = {p.key for p in parameters}  # what they reach
        for key in order:
            body = graph.nodes[key].body
            if body is not None and any(t.key in reached for t in tensors(body)):
                reached.add(key)
        cuts = tuple(k for k in order if k in reached and (k == output or _is_cut(graph, k, order)))
        cost = document.cost.symbol.key
        return Network(graph, cost, output, order, inputs[0].key, extents, parameters, values, cuts)


def _ancestors(graph: CostGraph, key: str) -> set[str]:
    found, pending = set[str](), [key]
    while pending:
        current = pending.pop()
        if current not in found:
            found.add(current)
            body = graph.nodes[current].body
            pending += [t.key for t in tensors(body)] if body is not None else []
    return found


def _extent(axis: Axis, widths: Sequence[int], batch: int) -> Extent:
    if axis.data:
        return Extent(axis.key, batch, True)
    if axis.layer is not None and not axis.layer.letter and 0 <= axis.layer.offset < len(widths):
        return Extent(axis.key, widths[axis.layer.offset])
    raise CompileError(f"the widths do not say how long the axis {axis.key} is")


def _is_epsilon(node: Node) -> bool:
    return node.symbol is not None and node.symbol.base in EPSILON


def _constants(scalars: list[Node], epsilon: float | None, given: Mapping[str, float]) -> dict[str, Fraction]:
    """The values of the scalar leaves: of ε, and of others by their names, without the backslash that LaTeX has."""
    small = [n.key for n in scalars if _is_epsilon(n)]
    if epsilon and not small:
        raise CompileError(f"the derivation has no epsilon: it cannot be {epsilon}")
    values = {key: Fraction(DEFAULT_EPSILON if epsilon is None else epsilon) for key in small}
    others = {n.key.lstrip("\\"): n for n in scalars if n.key not in small}
    for name in given.keys() - others.keys():
        there = ", ".join(sorted(others)) or "none"
        raise CompileError(f"the derivation has no constant {name} beside epsilon; there is {there}")
    for name, node in others.items():
        value = given.get(name)
        if value is None:
            raise CompileError(f"the constant {name} has no value: give it in constants, or as --constant {name}=1")
        fit = {"positive": value > 0, "nonzero": value != 0}.get(node.sign or "", True)
        if not (fit and math.isfinite(value)):
            raise CompileError(f"the constant {name} is a {node.sign or 'finite'} number, not {value}")
        values[node.key] = Fraction(value)
    return values


def _parameter(graph: CostGraph, node: Node, extents: Mapping[str, Extent]) -> Parameter:
    shape = tuple(extents[axis.key] for axis in node.axes)
    parts = list(_parts(graph))
    fan_in = max((_fan_in(e, node, extents) for e in parts if isinstance(e, Sum | Mean)), default=1)
    terms = [t for e in parts if isinstance(e, Addition) for t in e.terms]
    added = any(isinstance(t, Tensor) and t.key == node.key for t in terms)
    assert node.symbol is not None
    labels = "_".join(str(x) for x in node.symbol.labels_below + node.symbol.labels_above if not isinstance(x, Slot))
    words = identifier(f"{node.symbol.base} {labels}", lower=False)
    layer = "" if node.layer is None else f"{'_' if words[-1].isdigit() else ''}{node.layer}"
    spread = math.sqrt(2 / fan_in) if len(shape) > 1 else None
    return Parameter(f"{words}{layer}", node.key, shape, spread, 0.0 if added else 1.0)


def _parts(graph: CostGraph) -> Iterator[Expression]:
    for node in graph.nodes.values():
        if node.body is not None:
            yield from walk(node.body)


def _factors(body: Expression) -> tuple[Expression, ...]:
    return body.factors if isinstance(body, Product) else (body,)


def _fan_in(expression: Sum | Mean, node: Node, extents: Mapping[str, Extent]) -> int:
    """How many entries of the tensor one entry of the sum adds up; 1 if it does not sum it."""
    bound = []
    inner: Expression = expression
    while isinstance(inner, Sum | Mean):
        bound.append(inner.index)
        inner = inner.body
    for factor in _factors(inner):
        if isinstance(factor, Tensor) and factor.key == node.key:
            return math.prod(extents[i.axis.key].size for i in bound if i in factor.indices)
    return 1


def _is_cut(graph: CostGraph, key: str, order: Sequence[str]) -> bool:
    """Whether the derivative by this node is worth an array of its own, shared by everything upstream.

    It is for a contraction (what follows is a matrix product each way), and for the argument of an opaque
    function (its derivative is needed once for every parameter of the layer).
    """
    body = graph.nodes[key].body
    if body is None:
        return False
    if is_contraction(body):
        return True
    consumers = (graph.nodes[k].body for k in order)
    return any(
        isinstance(e, Function) and isinstance(e.argument, Tensor) and e.argument.key == key
        for consumer in consumers
        if consumer is not None
        for e in walk(consumer)
    )


def is_contraction(body: Expression) -> bool:
    """Whether there is a matrix product in it."""
    return any(_is_matrix_product(e) for e in walk(body))


def _is_matrix_product(body: Expression) -> bool:
    """A sum over a non-data axis of a product of tensors over different indices."""
    if not isinstance(body, Sum) or body.index.axis.data:
        return False
    over = {free_indices(f) for f in _factors(body.body)}
    return len(over) > 1
