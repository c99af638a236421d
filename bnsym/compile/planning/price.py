"""What a step costs where nothing is fused: nanoseconds by operations, bytes and calls.

The figures are of one processor; what is chosen by them depends on their ratios alone, which carry over. A call takes
a time of its own, more if operands are broadcast or lie in another order than the result; an entry takes time by the
operation and by the bytes that are read and written.
"""

from __future__ import annotations

from dataclasses import dataclass

from bnsym.compile.lowering.arithmetic import GIVEN
from bnsym.compile.lowering.array import BINARY, UNARY, Operand, Value, entries
from bnsym.compile.planning.fuse import axes, is_product, operands

CALL, BROADCAST, NUMBER = 150.0, 500.0, 60.0
PER_BYTE, PER_SUMMED_BYTE, PER_ROW = 0.006, 0.005, 5.0
REPEATED, SCALED, MANY = 0.018, 0.05, 4096  # a byte of a vector that is repeated, by a copy or a product; entries
PER_BROADCAST_BYTE, PER_BROADCAST_ROW = 0.02, 60.0
SLOW = {"exp": 0.6, "log": 0.6, "tanh": 2.0, "sin": 1.0, "cos": 1.0, "power": 5.0, "logaddexp": 10.0, "divide": 0.1,
        "sqrt": 0.1}  # fmt: skip


@dataclass(frozen=True)
class Price:
    """What some values take together."""

    nanoseconds: float = 0.0
    calls: int = 0
    operations: int = 0
    bytes: int = 0

    def __add__(self, other: Price) -> Price:
        return Price(
            self.nanoseconds + other.nanoseconds,
            self.calls + other.calls,
            self.operations + other.operations,
            self.bytes + other.bytes,
        )

    def __str__(self) -> str:
        time = f"{self.nanoseconds / 1000:.1f} us"
        return f"{time} ({self.calls} calls, {self.operations:,} operations, {self.bytes:,} bytes)"


def price(value: Value, itemsize: int) -> Price:
    """What it takes to compute the value by one call of NumPy."""
    if value.operation in GIVEN:
        return Price()
    moved = itemsize * (value.count + sum(o.count for o in operands(value)))
    done = entries(axes(value).values()) * (2 if value.operation == "contract" else 1)
    return Price(_time(value, moved, done, itemsize), 1, done, moved)


def _time(value: Value, moved: int, done: int, itemsize: int) -> float:
    if value.operation == "copy":
        return 2 * CALL + 0.25 * value.count
    if value.operation == "outer":
        return 2 * CALL + (REPEATED if is_copied(value) or value.count <= MANY else SCALED) * itemsize * value.count
    if value.operation in (*UNARY, *BINARY):
        return _elementwise(value, moved, itemsize) if value.rank else NUMBER
    if value.operation == "contract":
        first, second = value.operands
        if is_product(value) or len({*first.labels} ^ {*second.labels}) > 0:
            return 2 * CALL + done * itemsize / 400
        if not value.rank:
            lies_across = is_across(first) != is_across(second)
            return 2 * CALL + moved * PER_SUMMED_BYTE * 2 + lies_across * (4 * CALL + 0.3 * done)
        summed = [e for k, e in axes(value).items() if k >= value.rank]
        across = any(e.data for e in value.extents) and not any(e.data for e in summed)
        return 3 * CALL + moved * PER_SUMMED_BYTE + value.count * PER_ROW + 0.35 * done * across
    if value.operation == "sum":
        return 2 * CALL + moved * PER_SUMMED_BYTE * 2
    return 5 * CALL + moved * PER_SUMMED_BYTE * 3


def _elementwise(value: Value, moved: int, itemsize: int) -> float:
    time = CALL + moved * PER_BYTE + value.count * SLOW.get(value.operation, 0.0)
    if value.rank > 1:
        arrays = [o for o in value.operands if isinstance(o.value, Value) and o.value.rank]
        if any(len(o.labels) < value.rank for o in arrays):
            rows = value.count // max(e.size for e in value.extents)
            time += BROADCAST + min(PER_BROADCAST_BYTE * itemsize * value.count, PER_BROADCAST_ROW * rows)
        if any(is_across(o) for o in arrays):
            time += BROADCAST + 0.3 * value.count
    return time


def is_copied(outer: Value) -> bool:
    """Whether a repeated vector is copied: a product with ones takes longer where there are many entries."""
    (ones,) = (value for value in operands(outer) if value.operation == "ones")
    return outer.count > MANY and ones.operands[0].value == 1


def is_across(operand: Operand) -> bool:
    """Whether it is given, and with its data axis first, where what is computed has it last."""
    value = operand.value
    return isinstance(value, Value) and value.operation == "leaf" and value.rank > 1 and value.extents[0].data
