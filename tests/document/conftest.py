"""Documents for tests: a body under a header, in a temporary file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bnsym.document import read
from bnsym.language.statement import Document, Problem, Statement

HEADER = r"""
[axes]
sample = { size = "N", data = true }
time = { size = "T", data = true }
a = "A"
b = { size = ["B", "n_b"] }
unit = "n"
[indices]
sample = "s t"
a = "i i'"
b = "j k"
[layers]
generic = "l"
last = "L"
[symbols]
x = ["sample", "a"]
y = ["sample", "b"]
h = ["sample", "b"]
z = ["sample", "time", "b"]
W = ["b", "a"]
V = ["a", "b"]
U = ["b", "b"]
c = ["b"]
q = ["b"]
r = ["sample"]
'\hat{x}' = ["sample", "a"]
'\sigma' = { axes = ["b"], positive = true }
'\sigma^2' = { axes = ["b"], positive = true }
'\lambda' = []
'\mu' = []
'M_B^{2,l}' = ["unit^l"]
'v^l' = ["unit^l"]
'w^{l-1,l}' = ["unit^l", "unit^{l-1}"]
'd\gamma' = ["b"]
'\gamma' = ["b"]
[functions]
g = "elementwise"
'\phi' = "tanh"
[cost]
symbol = 'C'
of = 'y'
"""

Reader = Callable[..., Document]


@pytest.fixture
def document(tmp_path: Path) -> Reader:
    """Read a body under a header (the one above unless another is given)."""

    def make(body: str, header: str = HEADER) -> Document:
        path = tmp_path / "document.md"
        path.write_text(f"+++\n{header}\n+++\n{body}", encoding="utf-8")
        return read(path)

    return make


@pytest.fixture
def statement(document: Reader) -> Callable[..., Statement]:
    """The only statement of a one-line document."""

    def make(latex: str, header: str = HEADER) -> Statement:
        found = document(f"$${latex}$$", header)
        assert found.problem is None, found.problem
        (only,) = found.statements
        return only

    return make


@pytest.fixture
def reading(statement: Callable[..., Statement]) -> Callable[..., str]:
    """The LaTeX of the only reading of a one-line document."""

    def make(latex: str, header: str = HEADER) -> str:
        found = statement(latex, header)
        assert found.problem is None, found.problem
        (only,) = found.readings
        return only.latex

    return make


@pytest.fixture
def problem(statement: Callable[..., Statement]) -> Callable[..., tuple[str, Problem]]:
    """The kind and the problem of a formula that cannot be read."""

    def make(latex: str, header: str = HEADER) -> tuple[str, Problem]:
        found = statement(latex, header)
        assert found.problem is not None, found
        return found.kind, found.problem

    return make
