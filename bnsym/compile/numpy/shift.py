"""The largest entry that is taken away before an exponential, and given back: left out where no number is large.

exp(a - m) is computed in place of exp(a), so that it does not overflow, and m, the largest a, cancels in everything
that is made of it: whatever m is, 0 too. If the sum of the squares of a is below a bound, no entry is beyond its root,
and exp(a), sums of it and their reciprocals are normal numbers: then a stands in for a - m, and v for m + v. What
decides is one product with itself; it is asked where there are so few entries that, if they are of the order of one,
the answer is yes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from bnsym.compile.lowering.arithmetic import GIVEN
from bnsym.compile.lowering.array import Value
from bnsym.compile.planning.memory import Order
from bnsym.compile.planning.schedule import Schedule

LARGE = {4: 6400.0, 8: 476_100.0}  # a sum of squares, by bytes of an entry: that of a single 80 or 690


@dataclass(frozen=True)
class Shift:
    """`largest` is m, `array` is a; `repeated` are arrays of it, `instead` says what stands in for a - m and m + v."""

    largest: Value
    array: Value
    repeated: frozenset[Value]
    instead: Mapping[Value, Value]
    bound: float


def shifts(
    planned: Schedule, order: Mapping[Value, Order], placed: Collection[Value], itemsize: int
) -> Iterator[Shift]:
    """What can be left out. `placed` are the values that are needed where they are."""
    readers: dict[Value, list[Value]] = {}
    for value in planned.values:
        for operand in planned.operands(value):
            if isinstance(operand.value, Value):
                readers.setdefault(operand.value, []).append(value)
    for largest in planned.values:
        if largest.operation == "maximum-over" and largest not in placed:
            array = largest.operands[0].value
            assert isinstance(array, Value)
            repeated = frozenset(r for r in readers[largest] if r.operation == "outer")
            users = [r for value in (largest, *repeated) for r in readers[value] if r not in repeated]
            instead = {user: _instead(user, array, {largest, *repeated}, order) for user in users}
            found = {user: other for user, other in instead.items() if other is not None and user not in placed}
            if array.operation not in GIVEN and 2 * array.count <= LARGE[itemsize] and len(found) == len(users):
                yield Shift(largest, array, repeated, found, LARGE[itemsize])


def _instead(user: Value, array: Value, shift: Collection[Value], order: Mapping[Value, Order]) -> Value | None:
    """What a value is without the shift, if it is a - m or m + v."""
    rest = [o for o in user.operands if o.value not in shift]
    if len(rest) != 1 or rest[0].labels != tuple(range(user.rank)) or user.rank == 0:
        return None
    other = rest[0].value
    if not isinstance(other, Value) or other.operation in GIVEN or order[other] != order[user]:
        return None
    taken = user.operation == "subtract" and other is array and user.operands[0].value is array
    return other if taken or (user.operation == "add" and other.extents == user.extents) else None
