"""In which order the axes of matrices lie, where samples may come first or last.

Matrices that meet elementwise lie alike: they form a group. A group takes the order in which its matrix products,
the beginnings of its rows and its sums over samples take less. The figures are of OpenBLAS on one processor: its
products in float64 are faster if the rows of the result are longer than its columns, in float32 if they are not, but
for a result with few rows or columns, whose rows had better be long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bnsym.compile.lowering.arithmetic import GIVEN
from bnsym.compile.lowering.array import BINARY, UNARY, Value, entries
from bnsym.compile.planning.fuse import axes, is_product, operands

FEW = 16  # rows or columns
SLOWER = {4: 0.12, 8: 0.06}  # the part of a product's time that the other order takes more, by bytes of an entry
RATE = 400.0  # bytes times operations in a nanosecond
MANY, PAGE, LINE = 32, 4096, 64  # rows; bytes of a page, and of a line of a cache
BEGUN = 30.0  # nanoseconds that it takes to begin a row where a vector meets a matrix
ACROSS = 0.015  # nanoseconds a byte that a sum of products over samples takes more where they come first


def samples_first(values: Iterable[Value], itemsize: int) -> frozenset[Value]:
    """The values whose data axis comes first in memory; of all others it comes last."""
    values = list(values)
    groups = list(_groups(values))
    group = {value: k for k, members in enumerate(groups) for value in members}
    more = [0.0] * len(groups)  # nanoseconds that a group takes more if its samples come first
    for value in values:
        if value in group:
            more[group[value]] += _cost(value, itemsize, first=True) - _cost(value, itemsize, first=False)
        elif value.operation == "contract" and value.rank == 1:
            read = [o for o in operands(value) if o in group]
            if len(read) == 2 and any(e.data for label, e in axes(value).items() if label >= value.rank):
                more[group[read[0]]] += ACROSS * itemsize * read[0].count
    return frozenset(value for value, k in group.items() if more[k] < 0)


def gap(shape: Sequence[int], itemsize: int) -> int:
    """How many entries to leave free behind each row of a matrix.

    Rows that lie whole pages apart meet in the same places of the caches: a product then takes up to twice as long.
    """
    rows, columns = shape if len(shape) == 2 else (0, 0)
    return LINE // itemsize if rows >= MANY and columns * itemsize % PAGE == 0 else 0


def _is_free(value: Value) -> bool:
    return value.operation not in GIVEN and value.rank == 2 and sum(e.data for e in value.extents) == 1


def _groups(values: list[Value]) -> Iterator[set[Value]]:
    """What is connected by elementwise operations."""
    near: dict[Value, set[Value]] = {value: set() for value in values if _is_free(value)}
    for value in near:
        if value.operation in (*UNARY, *BINARY):
            for operand in operands(value):
                if operand in near:
                    near[value].add(operand)
                    near[operand].add(value)
    seen: set[Value] = set()
    for value in near:
        if value not in seen:
            group, pending = {value}, [value]
            for current in pending:
                pending += near[current] - group
                group |= near[current]
            seen |= group
            yield group


def _cost(value: Value, itemsize: int, *, first: bool) -> float:
    """Nanoseconds that a matrix takes more than at best, if its samples come first, or last."""
    (samples,) = (e.size for e in value.extents if e.data)
    rows, columns = (samples, value.count // samples) if first else (value.count // samples, samples)
    if is_product(value):
        faster = columns >= rows if itemsize == 8 or min(rows, columns) <= FEW else columns <= rows
        return 0.0 if faster else SLOWER[itemsize] * entries(axes(value).values()) * 2 * itemsize / RATE
    if value.operation in BINARY and any(o.rank == 1 for o in operands(value)):
        return BEGUN * rows
    return 0.0
