"""A cost graph at concrete sizes, with the values of its constants and what its parameters start from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from bnsym.compile.errors import CompileError
from bnsym.compile.lowering.array import Extent
from bnsym.compile.lowering.cuts import factors
from bnsym.compile.lowering.sizes import extents
from bnsym.compile.lowering.structure import Structure
from bnsym.compile.names import identifier
from bnsym.language.expression import Addition, Expression, Mean, Slot, Sum, Tensor, walk
from bnsym.language.node import Node

EPSILON = (r"\epsilon", r"\varepsilon")
DEFAULT_EPSILON = 1e-5
INPUT_NAME = "inputs"


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
class Argument:
    """A leaf that is given with every call. Nothing else in a program is called `name`; `word` is for users."""

    name: str
    word: str
    key: str


@dataclass(frozen=True)
class Network:
    """A structure whose axes have lengths; the batch has any until `of_batch` gives it one."""

    structure: Structure
    extents: Mapping[str, Extent]
    arguments: tuple[Argument, ...]
    parameters: tuple[Parameter, ...]
    constants: Mapping[str, Fraction]

    @staticmethod
    def read(
        structure: Structure,
        widths: Sequence[int],
        sizes: Mapping[str, int],
        epsilon: float | None,
        constants: Mapping[str, float],
    ) -> Network:
        """The network of these widths and of other sizes by the names of axes, with these values of its constants.

        Without widths it is a function, and `sizes` say how long all axes are. Raises CompileError for what does not
        fit.
        """
        nodes = structure.graph.nodes
        lengths = extents(structure, widths, sizes)
        values = _constants([nodes[key] for key in structure.scalars], epsilon, constants)
        parameters = tuple(_parameters(structure, lengths))
        if widths:
            arguments = [Argument(INPUT_NAME, INPUT_NAME, structure.given[0])]
        else:
            arguments = [Argument(f"given_{_name(nodes[key])}", _name(nodes[key]), key) for key in structure.given]
        names = [*(p.name for p in parameters), *(a.word for a in arguments)]
        if len({*names}) != len(names):
            raise CompileError(f"two tensors have one name: {', '.join(names)}")
        return Network(structure, lengths, tuple(arguments), parameters, values)

    def of_batch(self, batch: int) -> Network:
        """The same with so many samples."""
        lengths = {k: replace(e, size=batch) if e.data else e for k, e in self.extents.items()}
        return replace(self, extents=lengths)

    @property
    def epsilon(self) -> float | None:
        """The value of the constant ε, if there is one."""
        nodes = self.structure.graph.nodes
        return next((float(v) for key, v in self.constants.items() if _is_epsilon(nodes[key])), None)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of a sample."""
        return tuple(e.size for e in self.samples_first(self.structure.given[0]) if not e.data)

    def samples_first(self, key: str) -> list[Extent]:
        """The axes of a tensor, those along which the samples are before the others."""
        found = [self.extents[axis.key] for axis in self.structure.graph.nodes[key].axes]
        return sorted(found, key=lambda extent: not extent.data)


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


def _parameters(structure: Structure, lengths: Mapping[str, Extent]) -> Iterator[Parameter]:
    nodes = structure.graph.nodes
    bodies = (nodes[key].body for key in structure.order)
    parts = [e for body in bodies if body is not None for e in walk(body)]
    sums = [e for e in parts if isinstance(e, Sum | Mean)]
    added = {t.key for e in parts if isinstance(e, Addition) for t in e.terms if isinstance(t, Tensor)}
    fan_in: dict[str, int] = {}
    for expression in sums:
        for key, count in _summed(expression, lengths):
            fan_in[key] = max(count, fan_in.get(key, 0))
    for node in (nodes[key] for key in structure.trained):
        shape = tuple(lengths[axis.key] for axis in node.axes)
        contracted = len(shape) > 1 and node.key in fan_in
        spread = math.sqrt(2 / fan_in[node.key]) if contracted else None
        yield Parameter(_name(node), node.key, shape, spread, 0.0 if node.key in added else 1.0)


def _name(node: Node) -> str:
    """A plain word: "W1" for W^1, "gamma2" for \\gamma^2."""
    assert node.symbol is not None
    labels = "_".join(str(x) for x in node.symbol.labels_below + node.symbol.labels_above if not isinstance(x, Slot))
    words = identifier(f"{node.symbol.base} {labels}", lower=False)
    layer = "" if node.layer is None else f"{'_' if words[-1].isdigit() else ''}{node.layer}"
    return f"{words}{layer}"


def _summed(expression: Sum | Mean, lengths: Mapping[str, Extent]) -> Iterator[tuple[str, int]]:
    """The tensors that a sum runs over, and how many of their entries it adds up."""
    bound = []
    inner: Expression = expression
    while isinstance(inner, Sum | Mean):
        bound.append(inner.index)
        inner = inner.body
    for factor in factors(inner):
        over = [i for i in bound if isinstance(factor, Tensor) and i in factor.indices]
        if over and isinstance(factor, Tensor):
            yield factor.key, math.prod(lengths[i.axis.key].size for i in over)
