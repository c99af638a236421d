"""From a file to the outcome of the document that it holds: what a process does that judges documents."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from traceback import extract_tb

from bnsym.derivation import Derivation, read
from bnsym.report.outcome import Outcome, failed
from bnsym.report.steps import derivation_lines
from bnsym.verdict import Result


def judge(
    path: Path,
    notation: Path | None = None,
    steps: bool = False,
    certificates: bool = False,
    timeout: float | None = None,
    repairs: bool = True,
) -> Outcome:
    """Read and judge a document. Nothing is raised: a file that cannot be opened is the document's problem."""
    start = perf_counter()
    try:
        derivation = read(path, notation, timeout=timeout)
        outcome = _outcome(derivation, steps=steps, certificates=certificates, repairs=repairs)
    except OSError as error:
        outcome = failed(path, f"{error.filename or path}: {error.strerror}")
    except Exception as error:
        place = extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}: {error}"
        outcome = failed(path, f"bnsym failed at this document, which is a mistake in bnsym: {what}")
    return replace(outcome, milliseconds=1000 * (perf_counter() - start))


def lost(how: str, path: Path, *_: object) -> Outcome:
    """The outcome of a document in whose judging a process died."""
    return failed(path, f"the process that judged this document died ({how})")


def _outcome(derivation: Derivation, *, steps: bool, certificates: bool, repairs: bool) -> Outcome:
    document = derivation.document
    results = derivation.verify(repairs=repairs)
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
