"""The counterexamples of a report: found in its JSON, and replayed against the document.

A report is data from outside: it is checked before anything is computed with it, and what does not fit the document
does not replay. Neither SymPy nor the prover takes part.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from bnsym.language.claim import Claim
from bnsym.language.graph import CostGraph, GraphError
from bnsym.language.statement import Document, Statement
from bnsym.refute.counterexample import replay as evaluate

LARGEST_SIZE = 1000
DIGITS = 2000  # of a numerator or a denominator
DEPTH = 16  # of nested lists
_RATIONAL = re.compile(rf"-?[0-9]{{1,{DIGITS}}}(?:/[0-9]{{1,{DIGITS}}})?")
_DECIMAL = rf"-?[0-9]{{1,{DIGITS}}}\.[0-9]{{1,{DIGITS}}}"
_ENCLOSURE = re.compile(rf"\[({_DECIMAL}), ({_DECIMAL})\]")


class NotAReport(ValueError):
    """JSON that is not what `bnsym verify --json` prints."""


class Mismatch(Exception):
    """Why a counterexample does not replay."""


@dataclass(frozen=True)
class Reported:
    """One refuted statement of a report, with its counterexample as data."""

    path: str
    id: str
    latex: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Replayed:
    """A counterexample in the graph of its claim, with the two sides computed again."""

    statement: Statement
    claim: Claim
    left: str
    right: str


def read_report(text: str | bytes) -> list[Reported]:
    """The counterexamples of a report, in its order. Raises NotAReport."""
    try:
        report = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotAReport(f"it is not JSON: {error}") from None
    if not isinstance(report, dict) or report.get("version") != 1 or not isinstance(report.get("documents"), list):
        raise NotAReport('expected {"version": 1, "documents": […]}, as `bnsym verify --json` prints it')
    return [reported for document in report["documents"] for reported in _of_document(document)]


def _of_document(document: Any) -> Iterator[Reported]:
    _expect(isinstance(document, dict) and isinstance(document.get("path"), str), "every document has a path")
    statements = document.get("statements", [])
    _expect(isinstance(statements, list), "the statements of a document are a list")
    for statement in statements:
        _expect(isinstance(statement, dict), "a statement is an object")
        identifier, latex, data = (statement.get(key) for key in ("id", "latex", "counterexample"))
        _expect(isinstance(identifier, str) and isinstance(latex, str), 'a statement has an "id" and its "latex"')
        if data is not None:
            _check(data, f"the counterexample of {identifier}")
            yield Reported(document["path"], str(identifier), str(latex), data)


def _expect(condition: bool, what: str) -> None:
    if not condition:
        raise NotAReport(what)


def _check(data: Any, where: str) -> None:
    """What a counterexample has to look like; whether it is one of the claim is another question."""
    _expect(isinstance(data, dict), f"{where} is an object")
    for key in ("sizes", "tensors", "functions", "partials", "at"):
        _expect(isinstance(data.get(key), dict), f"{where} has an object {key!r}")
    for key in ("sizes", "at"):
        numbers = [n for n in data[key].values() if type(n) is int and 1 <= n <= LARGEST_SIZE]
        _expect(len(numbers) == len(data[key]), f"{key} in {where} are numbers from 1 to {LARGEST_SIZE}")
    tables = [*data["tensors"].values(), *data["functions"].values()]
    for by in data["partials"].values():
        _expect(isinstance(by, dict), f"partials in {where} are objects")
        tables += by.values()
    _expect(all(map(_is_table, tables)), f"the values in {where} are nested lists of rationals as strings, or null")
    sides = [data.get("left"), data.get("right")]
    _expect(all(isinstance(s, str) and _value(s) is not None for s in sides), f"{where} has a left and a right value")


def _is_table(data: Any, depth: int = DEPTH) -> bool:
    if isinstance(data, list):
        return depth > 0 and all(_is_table(inner, depth - 1) for inner in data)
    return data is None or (isinstance(data, str) and _is_rational(data))


def _is_rational(text: str) -> bool:
    return bool(_RATIONAL.fullmatch(text)) and int(text.partition("/")[2] or 1) != 0


def _value(text: str) -> tuple[Fraction, Fraction] | None:
    """The ends of a value as a counterexample has it: a rational, or an enclosure."""
    if _is_rational(text):
        return Fraction(text), Fraction(text)
    enclosed = _ENCLOSURE.fullmatch(text)
    return (Fraction(enclosed[1]), Fraction(enclosed[2])) if enclosed else None


def replay(document: Document, reported: Reported) -> Replayed:
    """Evaluate both sides of the claim at the instance. Raises Mismatch if the values are not the recorded ones."""
    if document.problem is not None:
        raise Mismatch(f"the document cannot be read: {document.problem.message}")
    statement = next((s for s in document.statements if s.id == reported.id), None)
    if statement is None or statement.latex != reported.latex:
        raise Mismatch("the document has another statement there: it is not the one that was judged")
    why = Mismatch("the document claims nothing there that has a counterexample")
    for reading in statement.readings:
        try:
            claim = Claim.refutable(document, reading, lambda window: CostGraph.build(document, window))
            if claim is not None:
                left, right = _sides(claim, reported.data)
                return Replayed(statement, claim, left, right)
        except (GraphError, Mismatch) as error:
            why = Mismatch(str(error)) if why.args[0].startswith("the document") else why
    raise why


def _sides(claim: Claim, data: Mapping[str, Any]) -> tuple[str, str]:
    """Both sides at the instance, if they are what was recorded and differ."""
    try:
        left, right = evaluate(claim.graph, claim.left, claim.right, data)
    except KeyError as error:
        raise Mismatch(f"the instance has no value for {error.args[0]}") from None
    except (ValueError, ArithmeticError) as error:
        raise Mismatch(f"it is no instance of the document: {error}") from None
    for side, value in (("left", left), ("right", right)):
        if not _meet(value, data[side]):
            raise Mismatch(f"the {side}-hand side is {value}, recorded is {data[side]}")
    if _meet(left, right):
        raise Mismatch(f"the two sides are not different: {left} and {right}")
    return left, right


def _meet(one: str, other: str) -> bool:
    """Whether two values may be equal: are equal, or enclosures with a number in common."""
    first, second = _value(one), _value(other)
    if first is None or second is None:  # more digits than a report has
        return one == other
    return first[0] <= second[1] and second[0] <= first[1]
