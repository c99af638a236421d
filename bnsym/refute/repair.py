r"""Repairs of a wrong line: right-hand sides that are proved, as near as can be to what was written.

Terms that are wrong by a factor are found by what the factor would have to be worth: likely edits inside of them come
first, and the factor itself next. Other single edits of the text are read again and looked at with numbers; a term that
is missing is the residual; and there is always the closed form of the left-hand side itself. Numbers only choose what
is worth a proof: what is offered has been read in the place of the line, and proved there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from time import process_time

from bnsym.document.errors import ReadError
from bnsym.document.rewording.editor import Edit, Edits, Place
from bnsym.document.rewording.edits import find_edits
from bnsym.document.rewording.equation import Equation, Rewording
from bnsym.document.rewording.palette import Palette
from bnsym.kernel import Term
from bnsym.language.expression import (
    Delta,
    Derivative,
    Expression,
    Number,
    Product,
    Tensor,
    met_indices,
    substitute,
    tensors,
)
from bnsym.language.graph import GraphError
from bnsym.language.statement import Reading
from bnsym.refute.arrays import Frame, NoValue, agree
from bnsym.refute.closed import Closed
from bnsym.refute.worth import Scales

OFFERED = 3
SECONDS = 2.0  # for the edits of one line
LIKELY = 2  # the weight of an edit that comes before a factor
PLAIN = 3  # the weight of an edit that comes before any closed form; of others the shortest does
ADDED = 6  # the weight of a term that is added
MARGIN = 1  # how much less likely than the best an edit may be
LONG = 2  # times as long as the closed form: too long to be of use

_SYMBOL = re.compile(r"\\(?:left|right)\b|(?P<shown>\\[a-zA-Z]+|[^\s{}])")

Prove = Callable[[Reading], bool]
Lacks = tuple[str, int]  # the text of a factor, and its weight


@dataclass(frozen=True)
class Offer:
    """A right-hand side that is proved, and how far it is from what was written.

    Two of one `essence` differ in order, brackets and letters alone.
    """

    text: str
    weight: int
    essence: Expression | Term

    @property
    def length(self) -> int:
        """How many symbols there are to read."""
        return sum(found["shown"] is not None for found in _SYMBOL.finditer(self.text))


class Repair:
    """Repairs of one line. `frames` are instances of its graph; `prove` decides what is offered."""

    def __init__(
        self, rewording: Rewording, statement: str, frames: Sequence[Frame], prove: Prove, closed: Closed | None
    ) -> None:
        self.rewording, self.statement = rewording, statement
        self.frames, self.prove, self.closed = frames, prove, closed
        self._deadline = process_time() + SECONDS
        self._tried: set[str] = set()
        self._slips: set[str] = set()  # kinds of errata that the line has as it stands
        self._known: set[str] = set()  # the tensors on its right-hand side

    def offers(self) -> list[str]:
        """Proved right-hand sides, the likeliest first, at most OFFERED; of what is zero, 0 and nothing else."""
        equation = self.rewording.equation(self.statement)
        if equation is None:
            return []
        if list(self._offer("0", 0)):
            return ["0"]
        try:
            reading = self.rewording.read(equation)
        except ReadError:
            return self._unread(equation)
        self._slips = {erratum.kind for erratum in reading.errata}
        self._known = _keys(reading)
        palette = Palette(self.rewording, equation, reading)
        found = find_edits(equation, palette)
        located = self._locate(found.places, palette, reading)
        inside = [edit for edit in found.edits if any(place.holds(edit.where) for place, _ in located)]
        likely = [edit for edit in inside if edit.weight <= LIKELY]
        offered: list[Offer] = []
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
        return self._ranked(offered, palette, reading)

    def _unread(self, equation: Equation) -> list[str]:
        """Repairs of a line whose indices do not fit together: edits that make them fit, and the line true."""
        left = self.rewording.blank(self.statement)
        if left is None:
            return []
        palette = Palette(self.rewording, equation, left)
        return self._ranked(islice(self._edited(find_edits(equation, palette).edits), OFFERED), palette, left)

    def _ranked(self, offered: Iterable[Offer], palette: Palette, reading: Reading) -> list[str]:
        """What was found, together with the closed form: likely edits first, then what is short."""
        found = list(offered)
        closed = list(self._closed(palette, reading))
        plain = [offer for offer in found if offer.weight <= PLAIN]
        rest = [offer for offer in (*found, *closed) if offer not in plain]
        if closed:
            rest = [offer for offer in rest if offer.length <= LONG * closed[0].length]
        ranked = [*plain, *sorted(rest, key=lambda offer: offer.length)]
        first = {offer.essence: offer for offer in reversed(ranked)}
        return [offer.text for offer in ranked if first[offer.essence] is offer][:OFFERED]

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

    def _offer(self, text: str, weight: int) -> Iterator[Offer]:
        """A right-hand side, if it is proved; each is tried once."""
        if text in self._tried:
            return
        self._tried.add(text)
        reading = self._read(text)
        if reading is None or reading.left == reading.right or {e.kind for e in reading.errata} - self._slips:
            return
        essence = self._essence(reading)
        if isinstance(reading.left, Tensor | Derivative) and self.closed and essence == self.closed.claim.left:
            return  # it says that the head is itself
        if isinstance(reading.left, Tensor) and reading.left.key in _keys(reading) - self._known:
            return  # it goes in a circle, though what was written does not
        if self._agrees(reading) and self.prove(reading):
            yield Offer(text, weight, essence)

    def _essence(self, reading: Reading) -> Expression | Term:
        """The right-hand side without order and brackets, with the letters of the claim."""
        if self.closed is None:
            return reading.right
        names = self.closed.claim.names
        ours = dict(zip(dict.fromkeys(met_indices(reading.left)), names.values(), strict=False))
        try:
            return self.closed.claim.graph.copy().term(
                substitute(reading.right, ours), {index: name for name, index in names.items()}
            )
        except (GraphError, KeyError):
            return reading.right

    # ------------------------------------------------------------ edits

    def _edited(self, edits: Iterable[Edit]) -> Iterator[Offer]:
        best: int | None = None
        known: set[Expression | Term] = set()
        for edit in edits:
            if (best is not None and edit.weight > best + MARGIN) or process_time() > self._deadline:
                return
            for offer in self._offer(edit.text, edit.weight):
                best = edit.weight if best is None else best
                if offer.essence not in known:
                    known.add(offer.essence)
                    yield offer

    # ------------------------------------------------------------ wrong by a factor

    def _locate(self, places: Sequence[Place], palette: Palette, reading: Reading) -> list[tuple[Place, list[Lacks]]]:
        """The terms that are wrong by a factor of the palette, the shortest first, each with the factors it lacks."""
        located: list[tuple[Place, list[Lacks]]] = []
        if not self.frames:
            return located
        scales = Scales(self.frames[0], reading, palette.factors)
        for place in sorted(places, key=lambda place: len(place.term)):
            without = self._read(place.without)
            same = None if without is None else aligned(without, reading)
            worth = None if same is None else scales.worth(same)
            if worth is None:
                continue
            fitting = scales.fitting(worth)
            lacks = [(factor.text, factor.weight) for factor in fitting if factor.text]
            if not fitting and place.before == place.after == "":
                pairs = scales.pairs(worth)
                lacks = [(f"{one.text} {other.text}", one.weight + other.weight) for one, other in pairs]
            if fitting or lacks:
                located.append((place, lacks))
        return located

    def _multiplied(self, located: Sequence[tuple[Place, list[Lacks]]]) -> Iterator[Offer]:
        for place, factors in located:
            for factor, weight in factors:
                yield from self._offer(place.with_factor(factor), weight)

    # ------------------------------------------------------------ a missing term, the closed form

    def _completed(self, found: Edits, equation: Equation, palette: Palette, reading: Reading) -> Iterator[Offer]:
        """What is lacking, as one more term: in the bracket, or at the end."""
        if self.closed is None or isinstance(reading.left, Number):
            return
        bracket = found.bracket
        factor = None if bracket is None else self._read(bracket.factor)
        same = None if factor is None else aligned(factor, reading)
        if bracket is not None and same is not None:
            lacking = self.closed.lacking(self._linked(same, reading))
            for term in palette.spellings(self._linked(lacking, reading)) if lacking is not None else ():
                for offer in self._offer(bracket.with_term(_added(term)), ADDED):
                    yield offer
                    return
        lacking = self.closed.lacking(Number(Fraction(1)))
        for term in palette.spellings(self._linked(lacking, reading)) if lacking is not None else ():
            text = term if equation.right == "0" else f"{equation.right} {_added(term)}"
            for offer in self._offer(text, ADDED):
                yield offer
                return

    def _closed(self, palette: Palette, reading: Reading) -> Iterator[Offer]:
        if self.closed is not None:
            spellings = (palette.spellings(self._linked(whole, reading)) for whole in self.closed.wholes)
            for text in chain.from_iterable(spellings):
                for offer in self._offer(text, ADDED):
                    yield offer
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


def aligned(other: Reading, reading: Reading) -> Expression | None:
    """The right-hand side of another reading of the same left-hand side, with the letters of this one.

    None if the left-hand side is read otherwise: which axes of a product are summed may depend on the right.
    """
    theirs = dict.fromkeys(met_indices(other.left))
    ours = dict.fromkeys(met_indices(reading.left))
    if [index.axis for index in theirs] != [index.axis for index in ours]:
        return None
    return substitute(other.right, dict(zip(theirs, ours, strict=True)))


def _keys(reading: Reading) -> set[str]:
    return {tensor.key for tensor in tensors(reading.right)}


def _added(term: str) -> str:
    return f"- {term[1:].lstrip()}" if term.startswith("-") else f"+ {term}"
