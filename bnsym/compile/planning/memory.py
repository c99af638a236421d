"""Where arrays live: their order in memory, and which of them share a buffer.

Guarantees: a buffer is given away only after the last use of what it holds; an operation writes over one of its
operands only if it is elementwise and reads that operand in the same order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bnsym.compile.lowering.arithmetic import GIVEN
from bnsym.compile.lowering.array import BINARY, UNARY, Value
from bnsym.compile.planning.schedule import Schedule

Order = tuple[int, ...]  # labels of the axes, outermost first


def orders(
    planned: Schedule, fixed: Mapping[Value, Order], *, data_last: Callable[[Value], bool] = lambda _: False
) -> dict[Value, Order]:
    """The order of the axes of each value in memory; `fixed` says it where there is no choice.

    Data axes come first, as in the input, or last; but elementwise operations follow their first operand of full
    rank that is computed.
    """
    result: dict[Value, Order] = {}
    wanted = _wanted(planned, fixed)
    for value in planned.values:
        if value in planned.fused:
            # A vector or a number.
            result[planned.made_by(value)] = tuple(range(value.rank))
        if value in wanted:
            result[value] = wanted[value]
            continue
        result[value] = natural(value, data_last(value))
        if value.operation in (*UNARY, *BINARY):
            for operand in value.operands:
                array = operand.value
                if isinstance(array, Value) and array.operation not in GIVEN and array.rank == value.rank:
                    result[value] = tuple(operand.labels[k] for k in result[array])
                    break
    return result


def _wanted(planned: Schedule, fixed: Mapping[Value, Order]) -> dict[Value, Order]:
    """The fixed orders, and those of what elementwise operations make such arrays of, if nothing else reads it."""
    wanted = dict(fixed)
    uses = Counter(o.value for value in planned.values for o in planned.operands(value))
    for value in reversed(planned.values):
        if value in wanted and value.operation in (*UNARY, *BINARY) and value not in planned.fused:
            for operand in value.operands:
                array = operand.value
                if not isinstance(array, Value) or array.operation == "leaf":
                    continue
                if array.rank == value.rank > 1 and uses[array] == 1:
                    wanted.setdefault(array, tuple(operand.labels.index(label) for label in wanted[value]))
    return wanted


def natural(value: Value, data_last: bool) -> Order:
    """The order of the axes that nothing else decides; what is given lies as it is."""
    if value.operation == "leaf":
        return tuple(range(value.rank))
    data = [k for k, extent in enumerate(value.extents) if extent.data]
    rest = [k for k in range(value.rank) if k not in data]
    return tuple(rest + data) if data_last else tuple(data + rest)


@dataclass(frozen=True)
class Slot:
    """A buffer of so many entries."""

    number: int
    entries: int


@dataclass
class Allocation:
    """The slot of every value that needs one: not of scalars, leaves, or values with a place of their own."""

    slots: list[Slot] = field(default_factory=list)
    places: dict[Value, Slot] = field(default_factory=dict)


def allocate(
    planned: Schedule,
    order: Mapping[Value, Order],
    placed: Iterable[Value],
    kept: Iterable[Value],
    held: Mapping[Value, Value],
    gaps: Mapping[Value, int] = MappingProxyType({}),
) -> Allocation:
    """Give buffers to values, in their order.

    `placed` have a place elsewhere, `kept` are needed to the end, `held` at least until another value is made. `gaps`
    are the entries that some need besides their own.
    """
    result, elsewhere, values = Allocation(), set(placed), planned.values
    last: dict[Value, int] = {}
    for at, value in enumerate(values):
        for operand in planned.operands(value):
            if isinstance(operand.value, Value):
                last[operand.value] = at
    for value, until in held.items():
        last[value] = max(last[value], values.index(until))
    last.update(dict.fromkeys(kept, len(values)))
    free: list[Slot] = []
    for at, value in enumerate(values):
        operands = dict.fromkeys(o.value for o in planned.operands(value) if isinstance(o.value, Value))
        dying = [v for v in operands if last[v] == at]
        released = [result.places[v] for v in dying if v in result.places]
        if value.rank and value.operation not in GIVEN and value not in elsewhere:
            over = None
            if value not in planned.fused:
                over = next((v for v in dying if v in result.places and _may_overwrite(value, v, order)), None)
            if over is not None:
                result.places[value] = result.places[over]
                released.remove(result.places[over])
            else:
                result.places[value] = take(result, free, value.count + gaps.get(value, 0))
        free += released
    return result


def _may_overwrite(value: Value, operand: Value, order: Mapping[Value, Order]) -> bool:
    if value.operation not in (*UNARY, *BINARY) or operand.count != value.count or operand.rank != value.rank:
        return False
    uses = [o for o in value.operands if o.value is operand]
    return all(tuple(o.labels[k] for k in order[operand]) == order[value] for o in uses)


def take(allocation: Allocation, free: list[Slot], entries: int) -> Slot:
    """The smallest free slot that is large enough, or a new one."""
    fits = [s for s in free if s.entries >= entries]
    if fits:
        slot = min(fits, key=lambda s: (s.entries, s.number))
        # A far larger buffer stays free for what needs it.
        if slot.entries <= 4 * entries:
            free.remove(slot)
            return slot
    slot = Slot(len(allocation.slots), entries)
    allocation.slots.append(slot)
    return slot
