"""How long the rows are that NumPy handles at once where arrays are broadcast.

An operation on a matrix and a column goes through NumPy's iterator. Where two rows or more fit into its buffer, it
copies them there to have longer ones, which takes longer than to begin a new row unless rows are short. A buffer that
holds a single row makes it leave them where they are: three to four times as fast for rows of thousands of entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bnsym.compile.lowering.array import BINARY, Value
from bnsym.compile.planning.memory import Order

DEFAULT, UNIT = 8192, 16  # NumPy's own size of the buffer in entries, and what sizes are multiples of
COPIED = 0.026  # nanoseconds that a byte takes on its way through the buffer
BEGUN, SET = 60.0, 2000.0  # nanoseconds that it takes to begin a row, and to set the size


def buffer_size(values: Iterable[Value], order: Mapping[Value, Order], itemsize: int) -> int | None:
    """The size of the buffer with which these values take least, in entries; None for the one that NumPy has."""
    rows = [row for value in values for row in _rows(value, order)]
    sizes = {size for length, _ in rows if (size := length // UNIT * UNIT) >= UNIT}
    cost = {size: sum(_cost(length, count, size, itemsize) for length, count in rows) for size in {*sizes, DEFAULT}}
    best = min(cost, key=lambda size: (cost[size], -size))
    return best if cost[best] + SET < cost[DEFAULT] else None


def _rows(value: Value, order: Mapping[Value, Order]) -> Iterable[tuple[int, int]]:
    """The length and the number of the rows of a matrix that meets a vector."""
    ranks = [o.value.rank for o in value.operands if isinstance(o.value, Value) and o.value.rank]
    if value.operation in BINARY and value.rank > 1 and ranks and min(ranks) < value.rank:
        length = value.extents[order[value][-1]].size
        yield length, value.count // length


def _cost(length: int, count: int, size: int, itemsize: int) -> float:
    return count * (length * itemsize * COPIED if 2 * length <= size else BEGUN)
