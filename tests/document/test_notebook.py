"""Notebooks: the Markdown cells are a document, and places are those of the .ipynb file."""

from __future__ import annotations

import json

import pytest

from bnsym.document import caret, limits, read

from .test_tex import NOTATION


def cell(source, kind: str = "markdown") -> dict:
    return {
        "cell_type": kind,
        "metadata": {"cells": [{"cell_type": "markdown", "source": "$y = q$"}]},
        "source": source,
    }


def notebook(*cells: dict, **options) -> str:
    return json.dumps({"cells": [*cells], "metadata": {"source": "$y = q$"}, "nbformat": 4}, **options)


HEADER = cell([f"{line}\n" for line in ("+++", *NOTATION.splitlines(), "+++")])
BODY = [
    cell(["# A \"title\" with \\ and\ttab, é and 𝔼\n", "\n", "$$y = \\frac{c}{2}$$\n"]),
    cell("$$y = q$$", "code"), cell("$y = q$", "raw"), cell([]), cell(""),
    cell("one string:\n\n$$c = q$$ and `$q = 1$`"),
    cell("```\nnot closed $y = q$"),
    cell(["$$y = ", "\\frac{c}{2} + p$$"]),
]  # fmt: skip


@pytest.fixture
def write(tmp_path):
    def make(text: str):
        path = tmp_path / "paper.ipynb"
        path.write_text(text, encoding="utf-8")
        return path

    return make


@pytest.mark.parametrize("options", [{"indent": 1}, {}, {"indent": 1, "ensure_ascii": False}])
def test_the_markdown_cells_are_read(write, options):
    text = notebook(HEADER, *BODY, **options)
    found = read(write(text))
    assert found.problem is None, found.problem
    assert [(s.kind, s.latex) for s in found.statements] == [
        ("definition", r"y = \frac{c}{2}"), ("definition", "c = q"), ("error", r"y = \frac{c}{2} + p"),
    ]  # fmt: skip
    lines = text.split("\n")
    places = [r"$$y = \\frac{c}{2}$$", r"$$c = q$$", r'"$$y = "']
    for statement, written in zip(found.statements, places, strict=True):
        assert written in lines[statement.line - 1]
    problem = found.statements[-1].problem
    assert problem.excerpt == lines[problem.line - 1]
    assert problem.excerpt[problem.column - 1 :].startswith("p$$")
    assert caret(problem).split("\n")[1][caret(problem).split("\n")[2].index("^")] == "p"


def test_the_place_of_an_escape_is_where_it_begins(write):
    text = notebook(HEADER, cell("x\n\n$$y = \\nosuchthing$$"))
    problem = read(write(text)).statements[0].problem
    assert problem.excerpt[problem.column - 1 :].startswith(r"\\nosuchthing")


def test_a_problem_of_the_header(write):
    text = notebook(cell(["+++\n", "[axes]\n", "unit = 3\n", "+++"]), indent=1)
    problem = read(write(text)).problem
    assert "the size of the axis 'unit' is a symbol" in problem.message
    assert problem.excerpt[problem.column - 1 :].startswith(r"unit = 3\n")


def test_as_a_notation_and_with_one(write, tmp_path):
    body, path = tmp_path / "body.md", write(notebook(HEADER))
    body.write_text("$y = c$")
    assert [s.readings[0].latex for s in read(body, path).statements] == ["y_{si} = c_{i}"]
    (tmp_path / "notation.toml").write_text(NOTATION)
    found = read(write(notebook(*BODY)), tmp_path / "notation.toml")
    assert [s.kind for s in found.statements] == ["definition", "definition", "error"]


def test_macros_go_from_cell_to_cell(write):
    found = read(write(notebook(HEADER, cell(r"$\newcommand{\half}{\frac12}$"), cell(r"$y = \half c$"))))
    assert [s.readings[0].latex for s in found.statements] == [r"y_{si} = \frac{1}{2} c_{i}"]
    assert found.statements[0].latex == r"y = \half c"


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("", "this is not a notebook: Expecting value", 1, 1),
        ('{"cells": [\n  {,}]}', "this is not a notebook: Expecting property name", 2, 4),
        ("[1, 2]", 'expected an object with a list of "cells"', 1, 1),
        ('{"cells": 3}', 'expected an object with a list of "cells"', 1, 1),
        ('{"cells": []}', "there is no header", 1, 1),
        ("[" * 100_000, "this is not a notebook", 1, 1),
        ('{"cells": ' + "1" * 5000 + "}", "this is not a notebook", 1, 1),
    ],
    ids=["empty", "not JSON", "a list", "no cells", "no header", "deep", "a long number"],
)
def test_what_is_no_notebook(write, text, message, line, column):
    problem = read(write(text)).problem
    assert message in problem.message
    assert (problem.line, problem.column) == (line, column)


@pytest.mark.parametrize(
    "text",
    [
        '{"cells": [3, null, "x", [], {}, {"cell_type": "markdown"}, {"source": "$y = c$"}]}',
        '{"cells": [{"cell_type": 3, "source": {"a": "$y = c$"}}, {"cell_type": "markdown", "source": [["$y = c$"]]}]}',
        '{"cells": [{"cell_type": "markdown", "source": ["$y = \\\\ud800c", 3, "$"]}]}',
    ],
)
def test_cells_of_other_shapes_are_passed_over(write, tmp_path, text):
    (tmp_path / "notation.toml").write_text(NOTATION)
    found = read(write(text), tmp_path / "notation.toml")
    assert found.problem is None
    json.dumps([s.latex for s in found.statements], ensure_ascii=False).encode()


def test_outputs_do_not_count_but_text_does(write):
    output = {**cell("1", "code"), "outputs": [{"data": "A" * (2 * limits.LENGTH)}]}
    assert read(write(notebook(HEADER, output, cell("$y = c$")))).problem is None
    problem = read(write(notebook(HEADER, cell("é" * (limits.LENGTH // 2 + 1))))).problem
    assert "Markdown cells are longer than 1048576 bytes" in problem.message
    problem = read(write(" " * (limits.NOTEBOOK + 1))).problem
    assert "it is longer than 16777216 bytes" in problem.message
