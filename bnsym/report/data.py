"""The verdicts as data: what `bnsym verify --json` prints. The contract is version 1; fields are only added."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bnsym.language.statement import Problem
from bnsym.report.outcome import Outcome
from bnsym.verdict import Result

VERSION = 1


def report(outcomes: list[Outcome], skipped: Iterable[Path] = ()) -> dict[str, Any]:
    """Everything that is known of some documents; `skipped` are files in folders that are none."""
    result = {"version": VERSION, "documents": [_document(outcome) for outcome in outcomes]}
    return {**result, "skipped": list(map(str, skipped))} if skipped else result


def _document(outcome: Outcome) -> dict[str, Any]:
    result: dict[str, Any] = {"path": outcome.path, "assumptions": list(outcome.assumptions)}
    if outcome.problem is not None:
        return {**result, "error": _problem(outcome.problem)}
    inductions = [{"symbol": i.symbol, "base": i.base, "step": i.step} for i in outcome.inductions]
    return {**result, "statements": [_statement(r) for r in outcome.results], "inductions": inductions}


def _statement(result: Result) -> dict[str, Any]:
    statement = result.statement
    found = result.counterexample
    data = {
        "id": statement.id,
        "line": statement.line,
        "latex": statement.latex,
        "reading": result.reading,
        "verdict": result.verdict,
        "hypotheses": list(result.hypotheses),
        "errata": [{"kind": e.kind, "message": e.message} for e in result.errata],
        "residual": result.residual,
        "counterexample": None if found is None else found.to_json(),
        "suggestions": list(result.suggestions),
        "conditions": [{"latex": c.latex, "message": c.words, "proved": c.proved} for c in result.conditions],
        "differs_from": result.differs_from,
        "same_as": result.same_as,
        "milliseconds": round(result.milliseconds, 3),
    }
    if result.problem is None:
        return data
    # What kept a claim from being decided is no error of the document.
    return {**data, "stopped" if result.verdict == "undecided" else "error": _problem(result.problem)}


def _problem(problem: Problem) -> dict[str, Any]:
    return {"line": problem.line, "column": problem.column, "message": problem.message}
