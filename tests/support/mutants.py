"""Mutants of a document's claims, judged, against a second opinion.

A mutant is a claim of the document with one edit in the tree of its right-hand side, judged in the claim's place.
Whether it is wrong is decided by running the document's definitions with numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from time import process_time

from bnsym.derivation import Derivation
from bnsym.kernel.check import check
from bnsym.language.expression import tensors
from bnsym.language.statement import Document, Reading, Statement
from bnsym.testing.scalars import ComplexStep, Scalars
from bnsym.verdict import Result
from tests.support.documents import claims
from tests.support.mutations import of_document
from tests.support.refutation import replays

WRONG = 1e-6  # relative difference of the sides
EQUAL = 1e-9
ENOUGH = 300  # mutants of a document
SEEDS = 5  # how often numbers are drawn, where one draw does not tell
AGREEING = 2  # how often the sides have to agree


@dataclass(frozen=True)
class Mutant:
    statement: Statement  # the claim, with the edited reading
    edit: str

    @property
    def reading(self) -> Reading:
        return self.statement.readings[0]


@dataclass(frozen=True)
class Judged:
    """A mutant, its verdict and the CPU seconds of that; and whether it is wrong by the numbers, if they can tell."""

    mutant: Mutant
    result: Result
    wrong: bool | None
    seconds: float

    @property
    def kind(self) -> str:
        """How it fared, in the words of the report."""
        result = self.result
        if result.verdict == "refuted" and result.counterexample is not None and self.wrong is not False:
            return "refuted exact" if result.counterexample.exact else "refuted enclosed"
        if result.verdict == "proved" and not self.wrong:
            return "equivalent, proved"
        if result.verdict == "ill-formed" and self.wrong is None:  # it divides by zero, whatever the numbers
            return "nowhere defined"
        return "undecided" if result.verdict == "undecided" else "wrong"


def mutants_of(derivation: Derivation) -> list[Mutant]:
    """Every single edit of every claim of a document that people make; if these are few, all others too."""
    found = list(_edited(derivation, blunt=False))
    return (
        found
        if len(found) >= ENOUGH
        else list({m.reading: m for m in (*_edited(derivation, blunt=True), *found)}.values())
    )


def _edited(derivation: Derivation, *, blunt: bool) -> Iterator[Mutant]:
    for result in claims(derivation):
        reading = next(r for r in result.statement.readings if r.latex == result.reading)
        for edit, right in of_document(derivation.document, reading, blunt=blunt):
            latex = f"{derivation.latex(reading.left)} = {derivation.latex(right)}"
            edited = Reading(reading.left, right, latex)
            yield Mutant(replace(result.statement, readings=(edited,), errata=()), edit)


def judged(derivation: Derivation, mutants: Iterable[Mutant]) -> Iterator[Judged]:
    document = derivation.document
    scalars = {
        generic: [Scalars(document, ComplexStep(), seed=n, generic=generic, depth=generic + 1) for n in range(SEEDS)]
        for generic in (1, 2)
    }
    for mutant in mutants:
        start = process_time()
        result = derivation.judge.judge(mutant.statement)
        seconds = process_time() - start
        yield Judged(mutant, result, _is_wrong(scalars[least(document, mutant.reading)], mutant.reading), seconds)


def least(document: Document, reading: Reading) -> int:
    """The least layer that the generic one can be: of what is below the first layer, only the input has a value."""
    given = {(t.symbol, t.layer) for d in document.definitions for t in tensors(d.body)}
    mentioned = {(t.symbol, t.layer) for side in (reading.left, reading.right) for t in tensors(side)}
    defined = {d.tensor.symbol for d in document.definitions}
    below = {s for s, layer in mentioned - given if s in defined and layer and layer.letter and layer.offset < 0}
    return 2 if below else 1


def _is_wrong(scalars: Iterable[Scalars], reading: Reading) -> bool | None:
    """Whether the sides differ at numbers drawn at random; None where they are nowhere defined.

    That they agree once may be by chance: two tensors may have one value.
    """
    agreeing = 0
    for numbers in scalars:
        try:
            error = numbers.error(reading)
        except (ArithmeticError, ValueError):
            continue
        if error > WRONG:
            return True
        agreeing += error < EQUAL
        if agreeing == AGREEING:
            return False
    return None


def backed(derivation: Derivation, found: Judged) -> bool:
    """Whether a verdict comes with what it rests on: a counterexample that replays, or a proof that the kernel does.

    What is nowhere defined comes with the reason.
    """
    if found.result.verdict == "refuted":
        return replays(derivation, found.result)
    if found.result.verdict == "proved":
        check(json.dumps(derivation.certificate(found.result)))
        return True
    return found.kind == "nowhere defined" and found.result.problem is not None
