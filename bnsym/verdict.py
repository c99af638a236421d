"""What is known of the lines of a document once they are judged.

Data alone, which goes from process to process: who shows it loads neither SymPy nor NumPy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bnsym.language.statement import Erratum, Problem, Statement

if TYPE_CHECKING:
    from bnsym.calculus.derive import Deriver
    from bnsym.refute.counterexample import Counterexample

VerdictName = Literal["proved", "refuted", "ill-formed", "undecided", "definition", "informal", "error"]


@dataclass(frozen=True)
class Condition:
    """An equation, as LaTeX and in words, under which a line is right; `proved`, or right in all instances tried."""

    latex: str
    words: str
    proved: bool


@dataclass(frozen=True)
class Proof:
    """Where a proof is to be found: the theorem `number` of a prover."""

    deriver: Deriver
    number: int


@dataclass(frozen=True)
class Result:
    """The verdict on one statement. LaTeX throughout; `reading` is the one the verdict is about.

    `differs_from` and `same_as` are about the expression before it in its chain of =, by the identifier of that link.
    """

    statement: Statement
    verdict: VerdictName
    reading: str = ""
    hypotheses: tuple[str, ...] = ()
    errata: tuple[Erratum, ...] = ()
    residual: str | None = None
    counterexample: Counterexample | None = None
    suggestions: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    differs_from: str | None = None
    same_as: str | None = None
    problem: Problem | None = None
    milliseconds: float = 0.0
    proof: Proof | None = None

    @property
    def is_claim(self) -> bool:
        return self.verdict not in ("definition", "informal")

    @property
    def is_wrong(self) -> bool:
        return self.verdict in ("refuted", "ill-formed")


@dataclass(frozen=True)
class Induction:
    """A recursion together with its base case: what `symbol` is at every layer of every depth."""

    symbol: str
    base: str
    step: str
