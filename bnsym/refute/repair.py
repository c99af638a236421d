r"""Repairs of a wrong line: right-hand sides that are proved, as near as can be to what was written.

Terms that are wrong by a factor are found by what the factor would have to be worth: likely edits inside of them come
first, and the factor itself next. Other single edits of the text are read again and looked at with numbers; a term that
is missing is the residual; and there is always the closed form of the left-hand side itself. Numbers only choose what
is worth a proof: what is offered has been read in the place of the line, and proved there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import islice
from time import process_time

from bnsym.document.errors import ReadError
from bnsym.document.rewording.editor import Edit, Edits, Place
from bnsym.document.rewording.edits import find_edits
from bnsym.document.rewording.equation import Equation, Rewording
from bnsym.document.rewording.palette import Palette
from bnsym.language.expression import Delta, Expression, Number, Product, met_indices, substitute
from bnsym.language.statement import Reading
from bnsym.refute.arrays import Frame, NoValue, agree
from bnsym.refute.closed import Closed
from bnsym.refute.worth import Scales

OFFERED = 3
SECONDS = 2.0  # for the edits of one line
LIKELY = 2  # the weight of an edit that comes before a factor
MARGIN = 1  # how much less likely than the best an edit may be

Prove = Callable[[Reading], bool]


class Repair:
    """Repairs of one line. `frames` are instances of its graph; `prove` decides what is offered."""

    def __init__(
        self, rewording: Rewording, statement: str, frames: Sequence[Frame], prove: Prove, closed: Closed | None
    ) -> None:
        self.rewording, self.statement = rewording, statement
        self.frames, self.prove, self.closed = frames, prove, closed
        self._deadline = process_time() + SECONDS
        self._tried: set[str] = set()
        self._offered: set[Expression] = set()
        self._slips: set[str] = set()  # kinds of errata that the line has as it stands

    def offers(self) -> list[str]:
        """Proved right-hand sides, the likeliest first, at most OFFERED."""
        equation = self.rewording.equation(self.statement)
        if equation is None:
            return []
        try:
            reading = self.rewording.read(equation)
        except ReadError:
            return self._unread(equation)
        self._slips = {erratum.kind for erratum in reading.errata}
        palette = Palette(self.rewording, equation, reading)
        found = find_edits(equation, palette)
        located = self._locate(found.places, palette, reading)
        inside = [edit for edit in found.edits if any(place.holds(edit.where) for place, _ in located)]
        likely = [edit for edit in inside if edit.weight <= LIKELY]
        offered: list[str] = []
        for candidates in (
            lambda: self._edited(likely),
            lambda: self._multiplied(located),
            lambda: self._edited(inside),
            lambda: self._edited(found.edits),
            lambda: self._completed(found, equation, palette, reading),
        ):
            offered += islice(candidates(), OFFERED)
            if offered:
                break
        return (offered + list(self._closed(palette, reading)))[:OFFERED]

    # ------------------------------------------------------------ one candidate

    def _read(self, text: str) -> Reading | None:
        """The likeliest reading of a right-hand side, if it has one."""
        try:
            equation = self.rewording.equation(self.statement, text)
            return None if equation is None else self.rewording.read(equation)
        except ReadError:
            return None

    def _agrees(self, reading: Reading) -> bool:
        """Whether the two sides have the same values, and numbers at all."""
        try:
            return all(agree(*frame.together(reading.left, reading.right)) for frame in self.frames)
        except (NoValue, ArithmeticError):
            return False

    def _holds(self, text: str) -> bool:
        """Whether a right-hand side is proved; each is tried once, and what reads the same is offered once."""
        if text in self._tried:
            return False
        self._tried.add(text)
        reading = self._read(text)
        if reading is None or reading.left == reading.right or {e.kind for e in reading.errata} - self._slips:
            return False
        if reading.right in self._offered or not self._agrees(reading) or not self.prove(reading):
            return False
        self._offered.add(reading.right)
        return True

    # ------------------------------------------------------------ edits

    def _edited(self, edits: Iterable[Edit]) -> Iterator[str]:
        best: int | None = None
        for edit in edits:
            if (best is not None and edit.weight > best + MARGIN) or process_time() > self._deadline:
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
        edited = list(islice(self._edited(find_edits(equation, palette).edits), OFFERED))
        return edited or list(self._closed(palette, left))

    # ------------------------------------------------------------ wrong by a factor

    def _locate(self, places: Sequence[Place], palette: Palette, reading: Reading) -> list[tuple[Place, list[str]]]:
        """The terms that are wrong by a factor of the palette, the shortest first, each with the factors it lacks."""
        located: list[tuple[Place, list[str]]] = []
        if not self.frames:
            return located
        scales = Scales(self.frames[0], reading, palette.factors)
        for place in sorted(places, key=lambda place: len(place.term)):
            without = self._read(place.without)
            worth = None if without is None else scales.worth(aligned(without, reading))
            if worth is None:
                continue
            fitting = scales.fitting(worth)
            texts = [factor.text for factor in fitting if factor.text]
            if not fitting and place.before == place.after == "":
                texts = [f"{first.text} {second.text}" for first, second in scales.pairs(worth)]
            if fitting or texts:
                located.append((place, texts))
        return located

    def _multiplied(self, located: Sequence[tuple[Place, list[str]]]) -> Iterator[str]:
        for place, factors in located:
            for factor in factors:
                if self._holds(text := place.with_factor(factor)):
                    yield text

    # ------------------------------------------------------------ a missing term, the closed form

    def _completed(self, found: Edits, equation: Equation, palette: Palette, reading: Reading) -> Iterator[str]:
        """What is lacking, as one more term: in the bracket, or at the end."""
        if self.closed is None:
            return
        bracket = found.bracket
        if bracket is not None and (factor := self._read(bracket.factor)) is not None:
            lacking = self.closed.lacking(self._linked(aligned(factor, reading), reading))
            for term in palette.spellings(self._linked(lacking, reading)) if lacking is not None else ():
                if self._holds(text := bracket.with_term(_added(term))):
                    yield text
                    return
        lacking = self.closed.lacking(Number(Fraction(1)))
        for term in palette.spellings(self._linked(lacking, reading)) if lacking is not None else ():
            text = term if equation.right == "0" else f"{equation.right} {_added(term)}"
            if self._holds(text):
                yield text
                return

    def _closed(self, palette: Palette, reading: Reading) -> Iterator[str]:
        if self.closed is not None:
            for text in palette.spellings(self._linked(self.closed.whole, reading)):
                if self._holds(text):
                    yield text
                    return

    def _linked(self, expression: Expression, reading: Reading) -> Expression:
        """An expression as it is to be written where the reader puts a δ between two indices of the head by itself.

        That is where ∂y/∂W shares an axis that it leaves without letters: what is written is the diagonal.
        """
        blank = self.rewording.blank(self.statement)
        if blank is None or not isinstance(blank.right, Product):
            return expression
        letters = dict(
            zip(dict.fromkeys(met_indices(blank.left)), dict.fromkeys(met_indices(reading.left)), strict=True)
        )
        factors = list(expression.factors) if isinstance(expression, Product) else [expression]
        for put in [substitute(f, letters) for f in blank.right.factors if isinstance(f, Delta)]:
            assert isinstance(put, Delta)
            factors = [f for f in factors if f not in (put, Delta(put.right, put.left))]
            factors = [substitute(f, {put.left: put.right}) for f in factors]
        return Product(tuple(factors)) if len(factors) != 1 else factors[0]


def aligned(other: Reading, reading: Reading) -> Expression:
    """The right-hand side of another reading of the same left-hand side, with the letters of this one."""
    theirs = dict.fromkeys(met_indices(other.left))
    ours = dict.fromkeys(met_indices(reading.left))
    return substitute(other.right, dict(zip(theirs, ours, strict=True)))


def _added(term: str) -> str:
    return f"- {term[1:].lstrip()}" if term.startswith("-") else f"+ {term}"
