"""The loops of a nest: which axis is the outer one, and what runs in which pass over the inner ones.

For each entry of the outer axis the passes run one after the other: a pass ends where a reduction is needed that
it makes. Where the outer axis is the contiguous one in memory, the entries are taken in blocks of lanes, so that
either way the innermost loop runs along memory.

Guarantees: within a pass, whatever a value reads of the nest is of the same entry; what it reads of earlier
passes is whole for this entry of the outer axis.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bnsym.compile.lowering.array import Value
from bnsym.compile.planning.fuse import REDUCTIONS, Nest, axes, operands
from bnsym.compile.planning.memory import Order


@dataclass
class Pass:
    """Values over the outer axis and these inner ones, in order; without inner axes once per outer entry."""

    inner: tuple[str, ...]
    values: list[Value] = field(default_factory=list)


@dataclass
class Loops:
    """A nest with its loops. `sizes` are the lengths by variable; `number` is the pass of each member."""

    nest: Nest
    outer: str
    lanes: bool
    sizes: dict[str, int]
    passes: list[Pass]
    number: dict[Value, int]

    def variables(self, value: Value) -> dict[int, str]:
        """The loop variable of each label."""
        return variables(self.nest, value)

    def inner(self, value: Value) -> tuple[str, ...]:
        """The inner loops that a value runs over."""
        return self.passes[self.number[value]].inner

    def is_outer_sum(self, value: Value) -> bool:
        """Whether it is summed over the outer axis, so that it is whole when the nest has ended."""
        found = self.variables(value)
        return any(label >= value.rank and v == self.outer for label, v in found.items())


def variables(nest: Nest, value: Value) -> dict[int, str]:
    found = axes(value)
    return {label: f"{extent.key}/{label}" if nest.alone else extent.key for label, extent in found.items()}


def accesses(nest: Nest, value: Value, order: Mapping[Value, Order]) -> list[tuple[str, ...]]:
    """The variables of what a member reads and writes, outermost in memory first."""
    labels = variables(nest, value)
    found = [tuple(labels[k] for k in order[value])]
    for operand in value.operands:
        if isinstance(operand.value, Value) and operand.value in order:
            found.append(tuple(labels[operand.labels[k]] for k in order[operand.value]))
    return found


def loops(nest: Nest, order: Mapping[Value, Order]) -> Loops:
    """Choose the loops; `order` says how every array that is not a number lies in memory."""
    sizes: dict[str, int] = {}
    for value in nest.members:
        labels = variables(nest, value)
        sizes.update({labels[label]: extent.size for label, extent in axes(value).items()})
    votes = Counter(a for v in nest.members for a in accesses(nest, v, order) if len(a) > 1)
    outer = _outer(nest, votes)
    last = sum(n for a, n in votes.items() if a[-1] == outer)
    lanes = last > sum(n for a, n in votes.items() if outer in a[:-1])
    ranking = list(dict.fromkeys(v for a, _ in votes.most_common() for v in a))
    ranking += [v for v in sizes if v not in ranking]
    made = Loops(nest, outer, lanes, sizes, [], {})
    _fill(made, [v for v in ranking if v != outer])
    return made


def _outer(nest: Nest, votes: Counter[tuple[str, ...]]) -> str:
    if not nest.outer:
        return ""
    if nest.alone:
        (value,) = nest.members
        labels = variables(nest, value)
        return labels[0] if value.rank else next(iter(labels.values()))
    return min(sorted(nest.outer), key=lambda key: -sum(n for a, n in votes.items() if a[0] == key))


def _fill(made: Loops, ranking: Sequence[str]) -> None:
    """Put every member in a pass."""
    members = set(made.nest.members)
    level: dict[Value, tuple[int, bool, tuple[str, ...]]] = {}
    for value in made.nest.members:
        here = set(made.variables(value).values())
        inner = tuple(v for v in ranking if v in here)
        at = 0
        for operand in operands(value):
            if operand in members:
                below, _, other = level[operand]
                later = (operand.operation in REDUCTIONS and bool(other)) or (bool(other) and other != inner)
                at = max(at, below + later)
        level[value] = (at, bool(inner), inner)
    for key in sorted(set(level.values())):
        made.passes.append(Pass(key[2], [v for v in made.nest.members if level[v] == key]))
        made.number.update(dict.fromkeys(made.passes[-1].values, len(made.passes) - 1))
