"""Whole-array values: what index expressions become before they are code.

A `Value` is one array and one operation that makes it, a single NumPy call in the end. How its operands
line up is said by labels: label k below the rank is the k-th axis of the result, a label beyond that is
summed over. `Builder` makes each value once: equal operations on equal operands are the same value, which
is all there is to common subexpressions.

Guarantees: values are numbered in an order in which they can be computed; the order of axes in a value says
nothing about memory, which is `bnsym.compile.planning.layout`'s choice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from bnsym.language.expression import Index

# Elementwise operations by arity; their names are NumPy's.
UNARY = ("negative", "sqrt", "exp", "log", "tanh", "sin", "cos")
BINARY = ("add", "subtract", "multiply", "divide", "power", "maximum", "greater", "logaddexp")
POSITIVE = ("sqrt", "exp", "greater")  # never negative
MONOTONE = (
    "add",
    "multiply",
    "divide",
    "power",
    "sum",
    "contract",
    "outer",
    "copy",
)  # not negative where no operand is
COMMUTATIVE = ("add", "multiply", "maximum", "logaddexp", "contract")


@dataclass(frozen=True)
class Extent:
    """One axis of an array: its key in the derivation, its length, and whether it is a data axis."""

    key: str
    size: int
    data: bool = False


@dataclass(frozen=True, eq=False)
class Value:
    """One array. Compared by identity: `Builder` makes equal ones once. Sets of them have one order in every process.

    `operation` is "leaf" (named by `name`), "constant", "eye", "ones", "centre", an elementwise one, or a reduction:
    "sum" and "maximum-over" of one operand, "contract" of two. A "copy" of an array lies in another order, an "outer"
    product with a vector of ones repeats a vector. Operands that are numbers have no labels. `positive` says that no
    entry is negative.
    """

    number: int
    extents: tuple[Extent, ...]
    operation: str
    operands: tuple[Operand, ...] = field(default=(), repr=False)
    name: str = ""
    positive: bool = False

    def __hash__(self) -> int:
        return self.number

    @property
    def rank(self) -> int:
        return len(self.extents)

    @property
    def count(self) -> int:
        """The number of entries."""
        return entries(self.extents)


@dataclass(frozen=True)
class Operand:
    """A value with the label of each of its axes, or a number."""

    value: Value | float
    labels: tuple[int, ...] = ()


@dataclass(frozen=True)
class Reference:
    """A value with an index on each of its axes: how expressions speak of values."""

    value: Value
    indices: tuple[Index, ...]

    @property
    def count(self) -> int:
        return self.value.count


def entries(extents: Iterable[Extent]) -> int:
    result = 1
    for extent in extents:
        result *= extent.size
    return result


@dataclass
class Builder:
    """Makes values, each once."""

    values: list[Value] = field(default_factory=list)
    _made: dict[tuple, Value] = field(default_factory=dict)

    def leaf(self, name: str, extents: Sequence[Extent]) -> Value:
        """An array that is given from outside."""
        return self._make("leaf", tuple(extents), (), name, False)

    def constant(self, number: float) -> Reference:
        """A number in the place of an array."""
        return Reference(self._make("constant", (), (Operand(number),), "", number >= 0), ())

    def eye(self, extent: Extent, left: Index, right: Index) -> Reference:
        """Kronecker's delta."""
        return Reference(self._make("eye", (extent, extent), (), "", True), (left, right))

    def apply(self, operation: str, *operands: Reference | float) -> Reference:
        """An elementwise operation; operands are broadcast along the indices that they lack."""
        return self._combine(operation, operands, ())

    def reduce(self, operation: str, *operands: Reference, over: Iterable[Index]) -> Reference:
        """A reduction over some of the indices of the operands, multiplied if there are two."""
        return self._combine(operation, operands, over)

    def combine(self, operation: str, operands: Sequence[Operand], over: Collection[int] = ()) -> Operand:
        """The operation on operands that are lined up by labels, any integers; the result has those that are left."""
        if operation in COMMUTATIVE:
            operands = sorted(operands, key=lambda o: o.value.number if isinstance(o.value, Value) else -1)
        extents: dict[int, Extent] = {}
        for operand in operands:
            if isinstance(operand.value, Value):
                extents.update(zip(operand.labels, operand.value.extents, strict=True))
        kept = [i for i in extents if i not in over]
        label = {i: k for k, i in enumerate([*kept, *(i for i in extents if i in over)])}
        lined_up = tuple(Operand(o.value, tuple(label[i] for i in o.labels)) for o in operands)
        value = self._make(operation, tuple(extents[i] for i in kept), lined_up, "", _positive(operation, lined_up))
        return Operand(value, tuple(kept))

    def ones(self, extent: Extent, number: float = 1.0) -> Value:
        """A vector of ones, or of one number."""
        return self._make("ones", (extent,), (Operand(number),), "", number >= 0)

    def centre(self, extent: Extent) -> Value:
        """The matrix that takes the mean away: δ_st - 1/N."""
        return self._make("centre", (extent, extent), (), "", False)

    def _combine(self, operation: str, operands: Sequence[Reference | float], over: Iterable[Index]) -> Reference:
        labels: dict[Index, int] = {}
        lined_up = [
            Operand(o.value, tuple(labels.setdefault(i, len(labels)) for i in o.indices))
            if isinstance(o, Reference)
            else Operand(o)
            for o in operands
        ]
        made = self.combine(operation, lined_up, {labels[i] for i in over if i in labels})
        indices = list(labels)
        assert isinstance(made.value, Value)
        return Reference(made.value, tuple(indices[k] for k in made.labels))

    def _make(
        self, operation: str, extents: tuple[Extent, ...], operands: tuple[Operand, ...], name: str, positive: bool
    ) -> Value:
        key = (operation, extents, operands, name)
        if key not in self._made:
            self._made[key] = Value(len(self.values), extents, operation, operands, name, positive)
            self.values.append(self._made[key])
        return self._made[key]


def _positive(operation: str, operands: Sequence[Operand]) -> bool:
    """Whether no entry of the result can be negative."""
    signs = [o.value.positive if isinstance(o.value, Value) else o.value >= 0 for o in operands]
    if operation in ("multiply", "contract") and operands[0] == operands[1]:
        return True
    if operation == "maximum":
        return any(signs)
    return operation in POSITIVE or (operation in MONOTONE and all(signs))
