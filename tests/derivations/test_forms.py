"""A document means the same in Markdown, as a LaTeX file and in a notebook, with macros or without."""

from __future__ import annotations

import json
import re

import pytest

from bnsym.document import read
from bnsym.language.statement import Document
from tests.support.documents import DOCUMENTS

MACROS = r"""\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}
\newcommand{\avg}[1]{\langle #1 \rangle}
\let\dd\partial \DeclareMathOperator{\varOf}{Var}
"""


def split(text: str) -> tuple[str, str]:
    """The header's TOML and the body."""
    _, header, body = text.split("+++\n", 2)
    return header, body


def as_tex(text: str) -> str:
    header, body = split(text)
    comments = "".join(f"% {line}\n" for line in ["+++", *header.splitlines(), "+++"])
    body = re.sub(r"(?m)^(#+) (.*)$", r"\\section{\2}", body.replace("%", r"\%"))
    return f"{comments}\\documentclass{{article}}\n\\begin{{document}}\n{body}\n\\end{{document}}\n$never = read$\n"


def as_notebook(text: str) -> str:
    header, body = split(text)
    cells = [f"+++\n{header}+++\n", *body.split("\n## ")]
    content = [{"cell_type": "markdown", "source": cell.splitlines(keepends=True)} for cell in cells]
    return json.dumps({"cells": [*content, {"cell_type": "code", "source": "$$never = read$$"}]}, indent=1)


def with_macros(text: str) -> str:
    """The document, with derivatives and means written by macros."""
    header, body = split(text)
    body = re.sub(r"\\frac\{\\partial ([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}\{\\partial ([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}",
                  r"\\pd{\1}{\2}", body)  # fmt: skip
    body = re.sub(r"\\langle ((?:(?!\\langle|\\rangle|\$|\\\\).)*?) \\rangle", r"\\avg{\1}", body)
    return f"+++\n{header}+++\n\n{MACROS}\n{body}"


def meaning(document: Document) -> list:
    assert document.problem is None, document.problem
    return [(s.id, s.kind, [r.latex for r in s.readings], s.errata) for s in document.statements]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_it_means_the_same(path, tmp_path):
    text = path.read_text("utf-8")
    original = read(path)
    forms = {"a.tex": as_tex(text), "b.ipynb": as_notebook(text), "c.md": with_macros(text),
             "d.tex": as_tex(with_macros(text)), "e.ipynb": as_notebook(with_macros(text))}  # fmt: skip
    assert r"\pd{" in forms["c.md"] or r"\partial" not in text
    for name, content in forms.items():
        other = tmp_path / name
        other.write_text(content, encoding="utf-8")
        found = read(other)
        assert meaning(found) == meaning(original), name
        if name < "c":
            assert [s.latex for s in found.statements] == [s.latex for s in original.statements]
        lines = content.split("\n")
        for statement in found.statements:
            first = statement.latex.split()[0]
            assert json.dumps(first)[1:-1] in lines[statement.line - 1] or first in lines[statement.line - 1]
