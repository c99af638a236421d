"""What is known of one document once it is judged, as plain data that goes from process to process.

A `Derivation` holds graphs and provers. An `Outcome` holds what reports, certificate files and the exit status
are made of: results without readings and proofs, steps and certificates as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bnsym.language.statement import Problem
from bnsym.verdict import Induction, Result


@dataclass(frozen=True)
class Outcome:
    """The verdicts on one document, or the `problem` that it has as a whole.

    `conditional`: its header assumes more than definitions, so that what is proved is proved under that.
    `steps` (numbered derivations) and `certificates` (JSON) are by the identifier of the claim.
    """

    path: str
    title: str = ""
    problem: Problem | None = None
    assumptions: tuple[str, ...] = ()
    conditional: bool = False
    results: tuple[Result, ...] = ()
    inductions: tuple[Induction, ...] = ()
    steps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    certificates: Mapping[str, str] = field(default_factory=dict)
    milliseconds: float = 0.0

    @property
    def claims(self) -> list[Result]:
        return [result for result in self.results if result.is_claim]

    @property
    def status(self) -> int:
        """0: every claim proved and nothing assumed but definitions; 2: something could not be read; else 1."""
        if self.problem is not None or any(r.verdict == "error" for r in self.results):
            return 2
        proved = self.claims and all(r.verdict == "proved" for r in self.claims)
        return 0 if proved and not self.conditional else 1


def failed(path: Path, message: str) -> Outcome:
    """The outcome of a document that could not be judged at all."""
    return Outcome(str(path), problem=Problem(1, 1, message))
