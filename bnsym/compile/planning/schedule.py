"""What is computed, and when.

Guarantees: every value comes after those that its line reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bnsym.compile.lowering.array import BINARY, UNARY, Operand, Value


@dataclass(frozen=True)
class Schedule:
    """Values in the order in which they are computed, leaves included.

    `fused` maps a product of a number and a sum that nothing else needs to (sum, number). Such a sum is not among
    the values: it runs over a vector of the number in place of one of ones when the product is due, and the
    product is free.
    """

    values: tuple[Value, ...]
    fused: dict[Value, tuple[Value, float]]

    def made_by(self, value: Value) -> Value:
        """The value whose operation the line of this one carries out."""
        return self.fused[value][0] if value in self.fused else value

    def operands(self, value: Value) -> tuple[Operand, ...]:
        """What the line of a value reads."""
        return self.made_by(value).operands


def schedule(wanted: Iterable[Value], whole: Iterable[Value] = (), *, fuse: bool = True) -> Schedule:
    """Everything that the wanted values need; `whole` ones, if they are among it, are not fused away."""
    wanted = set(wanted)
    found, pending = set[Value](), list(wanted)
    while pending:
        value = pending.pop()
        if value not in found:
            found.add(value)
            pending += [o.value for o in value.operands if isinstance(o.value, Value)]
    values = sorted(found, key=lambda v: v.number)
    fused = _fused(values, wanted | set(whole)) if fuse else {}
    hidden = {total for total, _ in fused.values()}
    return Schedule(tuple(v for v in values if v not in hidden), fused)


def delayed(planned: Schedule) -> Schedule:
    """The same with each operation on a single array, which is needed further on anyway, just before it is used.

    Then it can write over that array.
    """
    readers: dict[Value, list[Value]] = {}
    for value in planned.values:
        for operand in planned.operands(value):
            if isinstance(operand.value, Value):
                readers.setdefault(operand.value, []).append(value)
    place = {value: float(k) for k, value in enumerate(planned.values)}
    for value in reversed(planned.values):
        arrays = [o.value for o in planned.operands(value) if isinstance(o.value, Value)]
        alone = value.operation in (*UNARY, *BINARY) and value.rank and len(arrays) == 1
        if alone and value in readers and readers[arrays[0]][-1] is not value:
            place[value] = min(place[reader] for reader in readers[value]) - 1 / (1 + len(place))
    return Schedule(tuple(sorted(planned.values, key=lambda v: place[v])), planned.fused)


def _fused(values: list[Value], kept: set[Value]) -> dict[Value, tuple[Value, float]]:
    uses: dict[Value, int] = {}
    for value in values:
        for operand in value.operands:
            if isinstance(operand.value, Value):
                uses[operand.value] = uses.get(operand.value, 0) + 1
    found = {}
    for value in values:
        if value.operation != "multiply":
            continue
        for number, other in (value.operands, value.operands[::-1]):
            if isinstance(number.value, Value) or not isinstance(other.value, Value):
                continue
            total = other.value
            if total.operation == "sum" and uses[total] == 1 and total not in kept and _is_product_with_ones(total):
                found[value] = (total, number.value)
    return found


def _is_product_with_ones(total: Value) -> bool:
    (operand,) = total.operands
    return len(operand.labels) <= 2 and sum(label >= total.rank for label in operand.labels) == 1
