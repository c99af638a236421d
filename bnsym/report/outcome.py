"""What is known of one document once it is judged, as plain data that goes from process to process.

A `Derivation` holds graphs and provers. An `Outcome` holds what reports, certificate files and the exit status
are made of: results without readings and proofs, steps and certificates as text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from traceback import extract_tb

from bnsym.derivation import Derivation, Induction, read
from bnsym.judge import Result
from bnsym.language.statement import Problem
from bnsym.report.steps import derivation_lines


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


def judge(
    path: Path,
    notation: Path | None = None,
    steps: bool = False,
    certificates: bool = False,
    timeout: float | None = None,
) -> Outcome:
    """Read and judge a document. Nothing is raised: a file that cannot be opened is the document's problem."""
    start = perf_counter()
    try:
        outcome = _outcome(read(path, notation, timeout=timeout), steps=steps, certificates=certificates)
    except OSError as error:
        outcome = failed(path, f"{error.filename or path}: {error.strerror}")
    except Exception as error:
        place = extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}: {error}"
        outcome = failed(path, f"bnsym failed at this document, which is a mistake in bnsym: {what}")
    return replace(outcome, milliseconds=1000 * (perf_counter() - start))


def failed(path: Path, message: str) -> Outcome:
    """The outcome of a document that could not be judged at all."""
    return Outcome(str(path), problem=Problem(1, 1, message))


def lost(how: str, path: Path, *_: object) -> Outcome:
    """The outcome of a document in whose judging a process died."""
    return failed(path, f"the process that judged this document died ({how})")


def _outcome(derivation: Derivation, *, steps: bool, certificates: bool) -> Outcome:
    document = derivation.document
    results = derivation.verify()
    proofs = {r.statement.id: (r, r.proof) for r in results if r.proof is not None}
    return Outcome(
        document.path,
        document.title,
        document.problem,
        document.assumptions,
        bool(document.hypotheses),
        tuple(replace(r, statement=replace(r.statement, readings=()), proof=None) for r in results),
        tuple(derivation.inductions()),
        {name: tuple(derivation_lines(derivation, proof)) for name, (_, proof) in proofs.items()} if steps else {},
        {name: _text(derivation, result) for name, (result, _) in proofs.items()} if certificates else {},
    )


def _text(derivation: Derivation, result: Result) -> str:
    return json.dumps(derivation.certificate(result), ensure_ascii=False, indent=1)
