r"""Which letter stands for which axis of a tensor.

With a letter for every axis the order of the declaration decides, or, where the letters are declared for axes of
other names, the order in which they fit: a data index may come first or last. The axes of a matrix, be they of one name
or of two, keep their order within a script: a transposed weight is never put right in silence. With fewer letters each
takes the axis of its own type.
"""

from __future__ import annotations

from itertools import permutations

from bnsym.document.errors import IllFormed, ReadError
from bnsym.document.meaning.scope import Scope
from bnsym.document.notation.header import Notation
from bnsym.document.notation.names import WHOLE, Item
from bnsym.language.expression import Axis


def assign(
    notation: Notation, key: str, axes: tuple[Axis, ...], items: list[Item], scope: Scope, below: int | None = None
) -> dict[int, str]:
    """The letter of each axis that has one, by the axis' place; letters are recorded in the scope.

    The first `below` items are subscripts, the others superscripts; all are subscripts if it is not given.
    """
    if len(items) > len(axes):
        at = items[len(axes)]
        plural = "axis" if len(axes) == 1 else "axes"
        raise ReadError(f"{key} has {len(axes)} {plural} but {len(items)} subscripts; {at} is one too many", at.start)
    lettered = [place for place, item in enumerate(items) if item.texts[0] not in WHOLE]
    if len(lettered) < len(items) == len(axes):  # x_{:,j}: the other axes are left without a letter
        there, shown = tuple(axes[place] for place in lettered), [items[place] for place in lettered]
        found = _all_axes(notation, key, there, [_letter(item, key) for item in shown], shown, scope, below)
        places = {lettered[place]: letter for place, letter in found.items()}
        for place, letter in places.items():
            scope.record(letter, axes[place])
        return places
    letters = [_letter(item, key) for item in items]
    if len(letters) == len(axes):
        places = _all_axes(notation, key, axes, letters, items, scope, below)
    else:
        places = _some_axes(notation, key, axes, letters, items, scope)
    for place, letter in places.items():
        scope.record(letter, axes[place])
    return places


def _letter(item: Item, key: str) -> str:
    letter = item.letter
    if letter is None:
        entry = any(text.isdecimal() for text in item.texts)
        hint = ": an index is a letter that runs over the whole axis, and single entries are not read" if entry else ""
        raise ReadError(
            f"the script {item} of {key} is neither an index nor part of a declared symbol{hint}", item.start
        )
    return letter


def fits(notation: Notation, letter: str, axis: Axis, scope: Scope) -> bool:
    """Whether a letter may range over an axis: by what it is in this statement, else by its declaration."""
    known = scope.axis(letter)
    if known is not None:
        return known == axis
    declared = notation.letters.get(letter)
    return declared is None or declared == axis.name


def _all_axes(
    notation: Notation,
    key: str,
    axes: tuple[Axis, ...],
    letters: list[str],
    items: list[Item],
    scope: Scope,
    below: int | None,
) -> dict[int, str]:
    orders: list[tuple[int, ...]] = [tuple(range(len(axes)))]
    if any(_name(notation, x, scope) not in (None, axis.name) for x, axis in zip(letters, axes, strict=True)):
        below = len(axes) if below is None else below
        orders += [o for o in permutations(range(len(axes))) if _keeps_order(o, axes, below)] if len(axes) < 6 else []
    fitting = [o for o in orders if all(fits(notation, x, axes[p], scope) for x, p in zip(letters, o, strict=True))]
    if not fitting:
        for letter, axis, item in zip(letters, axes, items, strict=True):
            if not fits(notation, letter, axis, scope):
                raise _mismatch(notation, key, letter, axis, item, scope)
    return dict(zip(fitting[0], letters, strict=True))


def _name(notation: Notation, letter: str, scope: Scope) -> str | None:
    """The name of the axis that a letter ranges over, at whatever layer."""
    known = scope.axis(letter)
    return known.name if known is not None else notation.letters.get(letter)


def _keeps_order(order: tuple[int, ...], axes: tuple[Axis, ...], below: int) -> bool:
    """Whether axes of one name, and axes of one script that are no data axes, come as they are declared."""
    pairs = ((first, second) for second in range(len(order)) for first in range(second))
    return all(
        order[first] < order[second]
        for first, second in pairs
        if axes[order[first]].name == axes[order[second]].name
        or not (axes[order[first]].data or axes[order[second]].data or first < below <= second)
    )


def _some_axes(
    notation: Notation, key: str, axes: tuple[Axis, ...], letters: list[str], items: list[Item], scope: Scope
) -> dict[int, str]:
    places: dict[int, str] = {}
    unknown: list[tuple[str, Item]] = []
    for letter, item in zip(letters, items, strict=True):
        if scope.axis(letter) is None and letter not in notation.letters:
            unknown.append((letter, item))
            continue
        free = [p for p, axis in enumerate(axes) if p not in places and fits(notation, letter, axis, scope)]
        if not free:
            other = next((axis for p, axis in enumerate(axes) if p not in places), axes[0])
            raise _mismatch(notation, key, letter, other, item, scope)
        places[free[0]] = letter
    rest = [p for p in range(len(axes)) if p not in places]
    plain = [p for p in rest if not axes[p].data]
    if unknown and len(plain) != len(unknown):
        letter, item = unknown[0]
        names = " or ".join(axes[p].key for p in rest)
        raise ReadError(f"the index {letter} of {key} ranges over {names}? Declare it in [indices]", item.start)
    places.update({place: letter for place, (letter, _) in zip(plain, unknown, strict=False)})
    return places


def _mismatch(notation: Notation, key: str, letter: str, axis: Axis, item: Item, scope: Scope) -> IllFormed:
    known = scope.axis(letter)
    ranges = known.key if known else notation.letters[letter]
    return IllFormed(
        f"the index {letter} ranges over {ranges}, the axis of {key} is {axis.key}{scope.bindings()}", item.start
    )
