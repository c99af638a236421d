r"""Repairs of a wrong line: right-hand sides that are proved, as near as can be to what was written.

Single edits of the text are read again and looked at with numbers; a factor that is missing somewhere is found by what
it would have to be worth; a term that is missing is the residual; and there is always the closed form of the left-hand
side itself. Numbers only choose what is worth a proof: what is offered has been read in the place of the line, and
proved there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations, islice
from time import monotonic

import numpy as np

from bnsym.document.errors import ReadError
from bnsym.document.rewording.editor import Edits, Place
from bnsym.document.rewording.edits import find_edits
from bnsym.document.rewording.equation import Equation, Rewording
from bnsym.document.rewording.palette import Factor, Palette
from bnsym.language.expression import Expression, Index, Number, met_indices, substitute
from bnsym.language.statement import Reading
from bnsym.refute.arrays import Array, Frame, NoValue, agree
from bnsym.refute.closed import Closed

OFFERED = 3
SECONDS = 2.0  # for one line
MARGIN = 1  # how much less likely than the best an edit may be

Prove = Callable[[Reading], bool]


class Repair:
    """Repairs of one line. `frames` are instances of its graph; `prove` decides what is offered."""

    def __init__(
        self, rewording: Rewording, statement: str, frames: Sequence[Frame], prove: Prove, closed: Closed | None
    ) -> None:
        self.rewording, self.statement = rewording, statement
        self.frames, self.prove, self.closed = frames, prove, closed
        self._deadline = monotonic() + SECONDS
        self._tried: set[str] = set()
        self._slips: set[str] = set()  # kinds of errata that the line has as it stands

    def offers(self) -> list[str]:
        """Proved right-hand sides, the likeliest first, at most OFFERED."""
        equation = self.rewording.equation(self.statement)
        if equation is None:
            return []
        try:
            reading = self.rewording.read(equation)[0]
        except ReadError:
            return self._unread(equation)
        self._slips = {erratum.kind for erratum in reading.errata}
        palette = Palette(self.rewording, equation, reading)
        found = find_edits(equation, palette)
        offered: list[str] = []
        for candidates in (
            lambda: self._edited(found),
            lambda: self._multiplied(found.places, palette, equation, reading),
            lambda: self._completed(found, equation, palette, reading),
        ):
            for text in candidates():
                if text not in offered:
                    offered.append(text)
                if len(offered) == OFFERED:
                    return offered
            if offered:
                break
        return offered + [text for text in self._closed(palette, reading) if text not in offered][:1]

    # ------------------------------------------------------------ one candidate

    def _read(self, text: str) -> Reading | None:
        """The likeliest reading of a right-hand side, if it has one."""
        try:
            equation = self.rewording.equation(self.statement, text)
            return None if equation is None else self.rewording.read(equation)[0]
        except ReadError:
            return None

    def _agrees(self, reading: Reading) -> bool:
        """Whether the two sides have the same values, and numbers at all."""
        try:
            return all(agree(*frame.together(reading.left, reading.right)) for frame in self.frames)
        except (NoValue, ArithmeticError):
            return False

    def _holds(self, text: str) -> bool:
        """Whether a right-hand side is proved; each is tried once."""
        if text in self._tried or monotonic() > self._deadline:
            return False
        self._tried.add(text)
        reading = self._read(text)
        if reading is None or reading.left == reading.right or {e.kind for e in reading.errata} - self._slips:
            return False
        return self._agrees(reading) and self.prove(reading)

    # ------------------------------------------------------------ edits

    def _edited(self, found: Edits) -> Iterator[str]:
        best: int | None = None
        for edit in found.edits:
            if best is not None and edit.weight > best + MARGIN:
                return
            if self._holds(edit.text):
                best = edit.weight if best is None else best
                yield edit.text

    def _unread(self, equation: Equation) -> list[str]:
        """Repairs of a line whose indices do not fit together: edits that make them fit, and the line true."""
        left = self.rewording.blank(self.statement)
        if left is None:
            return []
        palette = Palette(self.rewording, equation, left)
        edited = list(islice(self._edited(find_edits(equation, palette)), OFFERED))
        return edited or list(self._closed(palette, left))

    # ------------------------------------------------------------ a missing factor

    def _multiplied(
        self, places: Sequence[Place], palette: Palette, equation: Equation, reading: Reading
    ) -> Iterator[str]:
        """A factor beside a term: of what it has to be worth, one or two factors of the palette."""
        for place in places:
            without = self._read(place.without)
            needed = None if without is None else self._needed(reading, _aligned(without, reading))
            if needed is None:
                continue
            target, mask, known = needed
            values = [(factor, self._value(factor, reading, known)) for factor in palette.factors]
            usable = [(f, v) for f, v in values if v is not None and np.isfinite(v).all()]
            for factor, value in usable:
                if _worth(value, target, mask) and self._holds(text := place.with_factor(factor.text)):
                    yield text
            for (first, a), (second, b) in combinations(usable, 2) if place.before == place.after == "" else ():
                if _worth(a * b, target, mask) and self._holds(
                    text := place.with_factor(f"{first.text} {second.text}")
                ):
                    yield text

    def _needed(self, reading: Reading, without: Expression) -> tuple[Array, Array, dict[str, Index]] | None:
        """What a factor has to be worth: 1 + (left − right) / (right − right without the term), where that is sure."""
        if not self.frames:
            return None
        try:
            left, right, rest = self.frames[0].together(reading.left, reading.right, without)
        except (NoValue, ArithmeticError):
            return None
        term = right - rest
        with np.errstate(all="ignore"):
            target = 1 + (left - right) / term
        mask = np.abs(term) > 1e-9 * (float(np.abs(term).max()) or 1.0)
        free = {i.axis.key: i for i in dict.fromkeys(met_indices(reading.left))}
        return (target, mask, free) if mask.any() else None

    def _value(self, factor: Factor, reading: Reading, free: dict[str, Index]) -> Array | None:
        """A factor's value, an index without a letter being the free one of its axis."""
        unnamed = [i for i in met_indices(factor.expression) if not i.name]
        if any(i.axis.key not in free for i in unnamed):
            return None
        expression = substitute(factor.expression, {i: free[i.axis.key] for i in unnamed})
        try:
            return self.frames[0].together(reading.left, reading.right, expression)[2]
        except (NoValue, ArithmeticError):
            return None

    # ------------------------------------------------------------ a missing term, the closed form

    def _completed(self, found: Edits, equation: Equation, palette: Palette, reading: Reading) -> Iterator[str]:
        """What is lacking, as one more term: in the bracket, or at the end."""
        if self.closed is None:
            return
        bracket = found.bracket
        if bracket is not None and (factor := self._read(bracket.factor)) is not None:
            lacking = self.closed.lacking(_aligned(factor, reading))
            for term in palette.spellings(lacking) if lacking is not None else ():
                if self._holds(text := bracket.with_term(_added(term))):
                    yield text
                    return
        lacking = self.closed.lacking(Number(Fraction(1)))
        for term in palette.spellings(lacking) if lacking is not None else ():
            text = term if equation.right == "0" else f"{equation.right} {_added(term)}"
            if self._holds(text):
                yield text
                return

    def _closed(self, palette: Palette, reading: Reading) -> Iterator[str]:
        if self.closed is not None:
            for text in palette.spellings(self.closed.whole):
                if self._holds(text):
                    yield text
                    return


def _aligned(other: Reading, reading: Reading) -> Expression:
    """The right-hand side of another reading of the same left-hand side, with the letters of this one."""
    theirs = dict.fromkeys(met_indices(other.left))
    ours = dict.fromkeys(met_indices(reading.left))
    return substitute(other.right, dict(zip(theirs, ours, strict=True)))


def _worth(value: Array, target: Array, mask: Array) -> bool:
    value, target, mask = np.broadcast_arrays(value, target, mask)
    return agree(target[mask], value[mask])


def _added(term: str) -> str:
    return f"- {term[1:].lstrip()}" if term.startswith("-") else f"+ {term}"
