"""Documents for tests: those of the project, edited, or made up on the spot."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path

import bnsym
from bnsym.derivation import Derivation
from bnsym.language.statement import Document
from bnsym.verdict import Result

ROOT = Path(__file__).parents[2]
DERIVATIONS = ROOT / "derivations"
SEED = ROOT / "tests" / "document" / "seed.md"
DOCUMENTS = sorted(DERIVATIONS.glob("*.md"))


def source(name: str) -> str:
    """The text of a document of the project."""
    return (DERIVATIONS / f"{name}.md").read_text(encoding="utf-8")


def edited(text: str, *edits: tuple[str, str]) -> str:
    """The text with each edit made everywhere; an edit that finds nothing is a mistake in the test."""
    for old, new in edits:
        assert old in text, f"{old!r} does not occur"
        text = text.replace(old, new)
    return text


def shown(formulas: Iterable[str]) -> str:
    """Formulas as displays, one each."""
    return "".join(f"\n\n$${formula}$$" for formula in formulas) + "\n"


def as_file(text: str, suffix: str) -> str:
    """What a file of this kind holds that says the same: LaTeX has its header in comments, a notebook has cells."""
    if suffix == ".tex":
        start, header, body = text.split("+++\n", 2)
        return start + "".join(f"% {line}\n" for line in ["+++", *header.splitlines(), "+++"]) + body
    if suffix == ".ipynb":
        first, *others = text.split("\n\n$$")
        sources = [first, *(f"$${other}" for other in others)]
        cells = [{"cell_type": "markdown", "metadata": {}, "source": source} for source in sources]
        return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4})
    return text


def read_text(text: str, name: str = "document.md", timeout: float | None = None) -> Derivation:
    """The derivation of a text, as if it had been read from a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_text(text, encoding="utf-8")
        return bnsym.read(path, timeout=timeout)


def judged(header: str, lines: dict[str, str]) -> dict[str, str]:
    """The verdicts on lines of mathematics under a header, line by line."""
    derivation = read_text(f"+++\n{header}\n+++{shown(lines)}")
    assert derivation.document.problem is None, derivation.document.problem
    found = dict.fromkeys(lines, "")
    first = header.count("\n") + 5
    for result in derivation.verify():
        line = list(lines)[(result.statement.line - first) // 2]
        found[line] = f"{found[line]} {result.verdict}".strip()
    return found


def kinds(document: Document) -> list[str]:
    """What the statements of a document are."""
    return [statement.kind for statement in document.statements]


def claims(derivation: Derivation) -> list[Result]:
    """The verdicts on what claims something. The document must be readable."""
    assert derivation.document.problem is None, derivation.document.problem
    return [result for result in derivation.verify(repairs=False) if result.is_claim]


def verdicts(derivation: Derivation) -> dict[str, str]:
    """{identifier: verdict} of the claims."""
    return {result.statement.id: result.verdict for result in claims(derivation)}


def without_claims(text: str) -> str:
    """The document up to the display in which the first claim stands: header and definitions.

    The definitions must come before the claims, each claim in a display of its own or among claims.
    """
    first = next(s.line for s in read_text(text).statements if s.kind not in ("definition", "informal"))
    lines = text.split("\n")
    start = max(n for n in range(first) if lines[n].startswith("$$"))
    return "\n".join(lines[:start]) + "\n"
