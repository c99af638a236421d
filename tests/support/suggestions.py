"""Wrong lines in the text of a document, and what is suggested in their place, against a second opinion.

A line is a mutant of a claim, printed, as a display of its own at the end of the document: repairs edit text.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import bnsym
from bnsym.derivation import Derivation
from bnsym.mend import Mender
from bnsym.testing.scalars import ComplexStep, Scalars
from bnsym.verdict import Result
from tests.support.documents import read_text, shown
from tests.support.mutants import EQUAL, least, mutants_of

SEEDS = 4  # how often numbers are drawn, where a side is not defined at some


@dataclass(frozen=True)
class Mended:
    """A wrong line with its verdict and suggestions; the CPU seconds that these took."""

    derivation: Derivation
    line: str
    result: Result
    seconds: float

    def is_true(self, suggestion: str) -> bool:
        """Whether the definitions, run with numbers, say the same of a suggestion."""
        document = self.derivation.document
        reading = document.rewording.read(document.rewording.equation(self.result.statement.id, suggestion))
        generic = least(document, reading)
        for seed in range(SEEDS):
            try:
                numbers = Scalars(document, ComplexStep(), seed=seed, generic=generic, depth=generic + 1)
                return numbers.error(reading) < 100 * EQUAL
            except (ArithmeticError, ValueError):
                continue
        return False

    @property
    def written(self) -> list[str]:
        """Everything that is said of the line."""
        result = self.result
        return [result.reading, result.residual or "", *result.suggestions, *(c.latex for c in result.conditions)]


def mend(text: str, line: str) -> Mended | None:
    """A line at the end of a document, if it is wrong."""
    derivation = read_text(text + shown([line]))
    result = derivation.judge.judge(derivation.statements[-1])
    if not result.is_wrong:
        return None
    start = process_time()
    (result,) = Mender(derivation.judge).mended([result])
    return Mended(derivation, line, result, process_time() - start)


def wrong_lines(path: Path) -> Iterator[Mended]:
    """Wrong lines of a document, in an order that is the same every time."""
    derivation, text = bnsym.read(path), path.read_text(encoding="utf-8")
    mutants = mutants_of(derivation)
    random.Random(path.stem).shuffle(mutants)
    for mutant in mutants:
        reading = mutant.reading
        found = mend(text, f"{derivation.latex(reading.left)} = {derivation.latex(reading.right)}")
        if found is not None:
            yield found
