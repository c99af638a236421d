"""Whatever a file holds, it is read to an end, and every problem has a place that is in the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnsym.document import caret, read
from bnsym.language.statement import Document
from tests.support.thorough import examples

from .test_tex import NOTATION, commented

PIECES = [
    "$", "$$", "\\[", "\\]", "\\(", "\\)", "\\begin{align}", "\\end{align}", "\\begin{cases}", "\\end{cases}",
    "\\begin{equation*}", "\\end{equation*}", "\\begin{aligned}", "\\end{aligned}", "\\begin{document}",
    "\\end{document}", "\\begin{verbatim}", "\\end{verbatim}", "\\verb|", "%", "\\%", "\\$", "\\\\", "\\\\[2pt]",
    "\n", "\n\n", " ", "\t", "```\n", "`", "> ", "    ", "- ", "<!--", "-->", "+++\n", "---\n", "&", "{", "}", "(",
    ")", "[", "]", "|", "\\|", "y", "c", "x_{si}", "q_i", "_", "^", "_{", "^{2}", "'", "=", "\\equiv", ":=",
    "\\leftarrow", "+", "-", "/", "\\cdot", "\\sum_s", "\\sum_{i=1}^{n}", "\\frac", "\\frac{1}{N}", "\\sqrt", "\\hat",
    "\\mathbf", "\\text{where }", "\\text{", "\\partial", "\\frac{\\partial \\mathcal{L}}{\\partial y}", "\\nabla_",
    "\\langle", "\\rangle", "\\mathbb{E}[", "g(", "\\exp", "\\log", "e^", "\\delta_{ij}", "\\mathbf{1}", ",", ".",
    ";", "\\quad", "\\Rightarrow", "12", "0.5", "1e9", "\\newcommand{\\a}", "\\newcommand{\\b}[1]{\\frac{#1}{2}}",
    "\\def\\c#1{#1}", "\\let\\d\\c", "\\a", "\\b", "\\c{y}", "\\tag{1}", "\\label{x}", "\\intertext{so}",
    "\\input{x}", "\\left", "\\right", "\\iffalse", "\\fi", "\\overset{!}{=}", "é", "𝔼", "∂", "²", "\x00", "\u2028",
    "\x0c", "\r", "\ufeff", "\\", "#", "#1", "~", "\"", "\\u", "§",
]  # fmt: skip
SOUP = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
LINES = st.lists(SOUP | st.just("$y = c$"), min_size=1, max_size=4).map("\n\n".join)


def check(path: Path, text: str, document: Document) -> None:
    lines = text.replace("\r\n", "\n").split("\n")
    problems = [document.problem, *(s.problem for s in document.statements)]
    for problem in [p for p in problems if p is not None]:
        assert 1 <= problem.line <= len(lines) and problem.message
        assert problem.excerpt.rstrip("\r") == lines[problem.line - 1].rstrip("\r")
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        caret(problem)
    for statement in document.statements:
        assert 1 <= statement.line <= len(lines)
        json.dumps(statement.latex, ensure_ascii=False).encode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("garbage")
    (folder / "notation.toml").write_text(NOTATION)
    return folder


@given(body=LINES)
@examples(150)
def test_markdown(folder, body):
    path, text = folder / "a.md", f"+++\n{NOTATION}+++\n{body}"
    path.write_text(text, encoding="utf-8", newline="")
    check(path, text, read(path))


@given(body=LINES)
@examples(150)
def test_latex(folder, body):
    path, text = folder / "a.tex", commented(NOTATION) + body
    path.write_text(text, encoding="utf-8", newline="")
    check(path, text, read(path))


@given(cells=st.lists(LINES, max_size=3), indent=st.sampled_from([None, 1]), ascii_only=st.booleans())
@examples(100)
def test_notebooks(folder, cells, indent, ascii_only):
    path = folder / "a.ipynb"
    content = {"cells": [{"cell_type": "markdown", "source": cell.splitlines(keepends=True)} for cell in cells]}
    text = json.dumps(content, indent=indent, ensure_ascii=ascii_only)
    path.write_text(text, encoding="utf-8", newline="")
    check(path, text, read(path, folder / "notation.toml"))


@given(header=SOUP)
@examples(60)
def test_headers(folder, header):
    for name, text in (("b.md", f"+++\n{header}\n+++\n$y = c$"), ("b.tex", commented(header) + "$y = c$")):
        path = folder / name
        path.write_text(text, encoding="utf-8", newline="")
        check(path, text, read(path))


@given(content=st.binary(max_size=300), suffix=st.sampled_from([".md", ".tex", ".ipynb", ".toml"]))
@examples(60)
def test_bytes(folder, content, suffix):
    path = folder / f"c{suffix}"
    path.write_bytes(content)
    assert read(path).problem is not None or suffix == ".toml"


def test_a_carriage_return_alone_is_no_line(tmp_path):
    """Found by the test above: the Markdown parser makes a line of it, the file has none."""
    path = tmp_path / "document.md"
    path.write_bytes(b"```\n\r$")
    assert read(path).problem is not None
