r"""The indices of one statement: which letters are free or bound, over which axis, and the implicit ones.

While a formula is elaborated, an axis that the document leaves without a letter has the *implicit* index
`Index("", axis)`; it is one index per axis, which is what makes products elementwise along shared names. An
index that belongs to one place only (the bound index of a mean, the units of a numerator) is *own*: its name
begins with `§`. Both get letters at the end, in `naming`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count

from bnsym.language.expression import Axis, Delta, Expression, Index, Layer, free_indices


@dataclass(frozen=True)
class Bracket(Expression):
    """A bracket around a product: implicit contraction inside it is a matter of its own."""

    body: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.body,)

    def rebuild(self, children: tuple[Expression, ...]) -> Bracket:
        return type(self)(children[0])


@dataclass(frozen=True)
class Entrywise(Bracket):
    r"""A factor before `\odot`: along the axes that it shares with what follows, nothing is contracted."""


@dataclass(frozen=True)
class Diagonal(Bracket):
    """The diagonal matrix of a vector: two indices over the axis that has no letter, of which one shows.

    Beside a factor that has the axis it multiplies that element by element, and is no more than the vector.
    """


_numbers = count(1)
_UNSETTLED = Layer("§?")


def own(axis: Axis) -> Index:
    return Index(f"§{next(_numbers)}", axis)


def link(axis: Axis) -> Index:
    """The index along which a chain rule joins two derivatives; it is summed where they meet."""
    return Index(f"§§{next(_numbers)}", axis)


def is_link(index: Index) -> bool:
    return index.name.startswith("§§")


def is_implicit(index: Index) -> bool:
    return not index.name


def is_typed(index: Index) -> bool:
    return bool(index.name) and not index.name.startswith("§")


def unsettled(axis: Axis) -> Axis:
    r"""The axis of the indices of a `\delta_{ij}` while nothing says at which layer they are."""
    return axis.at(_UNSETTLED)


def is_unsettled(index: Index) -> bool:
    return index.axis.layer == _UNSETTLED


def settle(expression: Expression, known: dict[str, Axis]) -> Expression:
    """Give the indices of every δ the axis that their letters have elsewhere; `known` learns the others."""
    if not isinstance(expression, Delta):
        return expression.rebuild(tuple(settle(child, known) for child in expression.children))
    pair = (expression.left, expression.right)
    axis = next((known[i.name] for i in pair if i.name in known), None)
    if axis is None:
        return expression
    left, right = (Index(i.name, axis) if is_unsettled(i) else i for i in pair)
    known.setdefault(left.name, left.axis)
    known.setdefault(right.name, right.axis)
    return Delta(left, right)


def implicit_indices(expression: Expression, *, data: bool | None = None) -> list[Index]:
    """The free implicit indices, sorted; of data axes or of the others only, if asked."""
    found = [i for i in free_indices(expression) if is_implicit(i)]
    found = [i for i in found if data is None or i.axis.data == data]
    return sorted(found, key=lambda i: i.axis.key)


@dataclass
class Scope:
    """Letters in sight. `free` is shared by a whole side of a link, `bound` grows inwards."""

    free: dict[str, Axis] = field(default_factory=dict)
    bound: dict[str, Axis | None] = field(default_factory=dict)
    head: frozenset[str] = frozenset()

    def axis(self, letter: str) -> Axis | None:
        return self.bound[letter] if letter in self.bound else self.free.get(letter)

    def record(self, letter: str, axis: Axis) -> None:
        if letter in self.bound:
            self.bound[letter] = axis
        else:
            self.free[letter] = axis

    def under(self, letters: Iterable[str]) -> Scope:
        """The scope inside a binder of these letters."""
        return Scope(self.free, {**self.bound, **dict.fromkeys(letters)}, self.head)

    def bindings(self) -> str:
        """What every letter is, for messages: "s over sample (free), j over unit^{l} (bound)"."""
        parts = [f"{x} over {a.key} (free)" for x, a in self.free.items() if x not in self.bound]
        parts += [f"{x} over {a.key if a else 'no axis yet'} (bound)" for x, a in self.bound.items()]
        return "; the indices here: " + (", ".join(parts) if parts else "none")
