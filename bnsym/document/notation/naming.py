"""Letters for the indices that a document leaves out.

An axis' declared letters come first, in their order; an axis without declared letters takes letters that mean
nothing else in the document. A letter never stands for two free indices of one statement, and never for a
bound index where it is free.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from bnsym.document.notation.header import Notation
from bnsym.language.expression import Axis, Expression, Index, Mean, Sum, free_indices, substitute, walk

_POOL = ["j", "i", "k", "p", "q", "r", "a", "b", "c", "d", "e", "f", "h", "o", "v", "w", "z"]
_DATA_POOL = ["s", "t", "n", "i", "j", "p", "q", "r", "a", "b", "c", "d"]
_LETTER = re.compile(r"(\\[a-zA-Z]+|[^\W\d_])'*")


def name_indices(left: Expression, right: Expression, notation: Notation) -> tuple[Expression, Expression]:
    """Both sides with a letter for every index; an index that is free on both gets the same letter."""
    namer = _Namer(notation)
    free = list(dict.fromkeys([*_in_order(left), *_in_order(right)]))
    typed = {i.name for i in free if _LETTER.fullmatch(i.name)} | _typed_letters(left) | _typed_letters(right)
    renaming: dict[Index, Index] = {}
    for index in free:
        if not _LETTER.fullmatch(index.name):
            renaming[index] = namer.choose(index.axis, typed)
            typed.add(renaming[index].name)
    used = frozenset(renaming.get(i, i).name for i in free)
    left, right = substitute(left, renaming), substitute(right, renaming)
    return namer.bound(left, used), namer.bound(right, used)


def _in_order(expression: Expression) -> Iterator[Index]:
    """The free indices in the order in which they are written."""
    free = free_indices(expression)
    for part in walk(expression):
        indices = getattr(part, "indices", None) or (
            (part.left, part.right) if hasattr(part, "right") and hasattr(part, "left") else ()
        )
        yield from (i for i in indices if i in free)


def _typed_letters(expression: Expression) -> set[str]:
    found = {part.index.name for part in walk(expression) if isinstance(part, Sum | Mean)}
    return {name for name in found if _LETTER.fullmatch(name)}


class _Namer:
    def __init__(self, notation: Notation) -> None:
        taken = {notation.generic, notation.last, "d", "e", *notation.letters, *notation.functions}
        taken |= set(notation.patterns) | set(notation.sizes)
        self._own: dict[str, list[str]] = {}
        for letter, axis in notation.letters.items():
            self._own.setdefault(axis, []).append(letter)
        self._spare = {
            True: [x for x in _DATA_POOL if x not in taken],
            False: [x for x in _POOL if x not in taken],
        }

    def choose(self, axis: Axis, used: set[str] | frozenset[str]) -> Index:
        letters = self._own.get(axis.name) or self._spare[axis.data]
        for primes in count():
            for letter in letters:
                if letter + "'" * primes not in used:
                    return Index(letter + "'" * primes, axis)
        raise AssertionError

    def bound(self, expression: Expression, used: frozenset[str]) -> Expression:
        """Letters for what is bound; `used` are the letters that are taken around it."""
        if isinstance(expression, Sum | Mean):
            index = expression.index
            body = expression.body
            if not _LETTER.fullmatch(index.name) or index.name in used:
                inside = _typed_letters(body) | {i.name for i in free_indices(body) if i != index}
                new = self.choose(index.axis, used | inside)
                body = substitute(body, {index: new})
                index = new
            return replace(expression, index=index, body=self.bound(body, used | {index.name}))
        children = expression.children
        return expression.rebuild(tuple(self.bound(child, used) for child in children)) if children else expression
