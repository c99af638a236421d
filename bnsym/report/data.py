"""The verdicts as data: what `bnsym verify --json` prints. The contract is version 1; fields are only added."""

from __future__ import annotations

from typing import Any

from bnsym.derivation import Derivation, Result
from bnsym.language.statement import Problem

VERSION = 1


def report(derivations: list[Derivation]) -> dict[str, Any]:
    """Everything that is known of some documents."""
    return {"version": VERSION, "documents": [_document(d) for d in derivations]}


def _document(derivation: Derivation) -> dict[str, Any]:
    document = derivation.document
    result: dict[str, Any] = {"path": document.path, "assumptions": list(document.assumptions)}
    if document.problem is not None:
        return {**result, "error": _problem(document.problem)}
    inductions = [{"symbol": i.symbol, "base": i.base, "step": i.step} for i in derivation.inductions()]
    return {**result, "statements": [_statement(r) for r in derivation.verify()], "inductions": inductions}


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
        "milliseconds": round(result.milliseconds, 3),
    }
    return data if result.problem is None else {**data, "error": _problem(result.problem)}


def _problem(problem: Problem) -> dict[str, Any]:
    return {"line": problem.line, "column": problem.column, "message": problem.message}
