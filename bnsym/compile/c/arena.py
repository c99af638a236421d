"""The memory of the compiled step: one piece of work space that its arrays share.

Guarantees: an array is given away only after the last step that reads it; a nest writes over what it reads only
where every read of an entry comes before the write of that entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bnsym.compile.c.loops import Loops
from bnsym.compile.lowering.array import Value
from bnsym.compile.planning.fuse import REDUCTIONS, Nest, Step, operands
from bnsym.compile.planning.memory import Allocation, Order, Slot, take

LINE = 64  # entries that an array's start is aligned to: a cache line at least


@dataclass
class Arena:
    """`offsets` says where in the work space an array starts; `scratch` where what lasts for one row may start."""

    offsets: dict[Value, int] = field(default_factory=dict)
    scratch: int = 0


def arena(
    steps: Sequence[Step],
    made: Mapping[Nest, Loops],
    order: Mapping[Value, Order],
    placed: Iterable[Value],
    until: Mapping[Value, int],
) -> Arena:
    """Places for the arrays that outlast their step, but for those in `placed`.

    `until` says, for some, which step reads them last although it does not compute with them.
    """
    at = {value: k for k, step in enumerate(steps) for value in step.members}
    last = dict(until)
    for k, step in enumerate(steps):
        for value in step.members:
            for operand in operands(value):
                last[operand] = max(last.get(operand, -1), k)
    allocation, elsewhere, free = Allocation(), set(placed), list[Slot]()
    for k, step in enumerate(steps):
        dying = {v for v in allocation.places if last[v] == k}
        released = {v: allocation.places[v] for v in dying}
        for value in step.members:
            if not value.rank or value in elsewhere or last.get(value, -1) <= at[value]:
                continue
            over = None
            if isinstance(step, Nest):
                over = next((v for v in released if _may_overwrite(made[step], value, v, order)), None)
            allocation.places[value] = take(allocation, free, value.count) if over is None else released.pop(over)
        free += released.values()
    starts, total = {}, 0
    for slot in allocation.slots:
        starts[slot] = total
        total += -(-slot.entries // LINE) * LINE
    return Arena({value: starts[slot] for value, slot in allocation.places.items()}, total)


def _may_overwrite(loops: Loops, value: Value, old: Value, order: Mapping[Value, Order]) -> bool:
    if value.operation in REDUCTIONS or value.count != old.count or value.rank != old.rank:
        return False
    labels = loops.variables(value)
    target = [labels[k] for k in order[value]]
    members = loops.nest.members
    for reader in members:
        found = loops.variables(reader)
        for operand in reader.operands:
            if operand.value is old:
                source = [found[operand.labels[k]] for k in order[old]]
                before = (loops.number[reader], members.index(reader)) <= (loops.number[value], members.index(value))
                if source != target or not before:
                    return False
    return True
