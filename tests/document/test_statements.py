"""Chains, rows and displays: where a statement begins and ends, and what it is told as."""

import pytest

from tests.support.documents import kinds


def test_every_link_is_about_the_head(document):
    found = document("$$y = h \\\\ = c h = W x$$")
    assert kinds(found) == ["definition", "claim", "claim"]
    assert [s.readings[0].latex.split(" = ")[0] for s in found.statements] == ["y_{sj}"] * 3
    assert [s.id for s in found.statements] == ["eq1.1", "eq1.2", "eq1.3"]
    assert {s.chain for s in found.statements} == {"eq1.1"}
    assert [s.latex for s in found.statements] == ["y = h", "= c h", "= W x"]


def test_a_display_that_begins_with_a_relation_continues(document):
    found = document("$$y = h$$\nand so\n$$= c h$$\n")
    assert kinds(found) == ["definition", "claim"]
    assert found.statements[1].readings[0].latex == "y_{sj} = c_{j} h_{sj}"
    assert found.statements[1].id == "eq2.1"
    assert found.statements[1].chain == "eq1.1"


def test_rows_have_lines_of_their_own(document):
    body = "text\n\n\\begin{align}\ny &= h \\\\\n  &= c h \\\\\nc &= q\n\\end{align}\n"
    found = document(body)
    first = found.statements[0].line
    assert [s.line - first for s in found.statements] == [0, 1, 2]
    assert kinds(found) == ["definition", "claim", "definition"]


@pytest.mark.parametrize(
    "separator",
    [r", \quad", r"\qquad", ",", r"\Rightarrow", r"\text{ and }", r"\text{where}", ".", ";", r"\\"],
)
def test_what_ends_a_statement(document, separator):
    found = document(f"$$y = h {separator} c = q$$")
    assert kinds(found) == ["definition", "definition"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (r"y = h \quad (\text{by the chain rule})", ["definition"]),
        (r"y = h \qquad [\text{as above}] \\ c = q", ["definition", "definition"]),
        (r"y = h \quad (\text{since } c = q)", ["definition", "definition"]),
        (r"\forall j \in \{1, \ldots, B\}, y = h", ["informal", "definition"]),
        (r"j = [1, \cdots, B], \quad s = 1\dots, N", ["informal", "informal"]),
        (r"\begin{cases} y = h \\ c = q \end{cases}", ["definition", "definition"]),
        (r"\left\{ \begin{array}{l} y = h \\ c = q \end{array} \right.", ["definition", "definition"]),
    ],
)
def test_comments_ranges_and_systems(document, written, expected):
    assert kinds(document(f"$${written}$$")) == expected


@pytest.mark.parametrize(
    "wrapped",
    [r"\boxed{y = h + c}", r"y = \color{red}{h} + c", r"y = \underbrace{h}_{\text{hidden}} + c",
     r"y = h + \cancelto{0}{c}",
     r"\textcolor{red}{y} = h + c",
     r"{y}_{sj} = {{h}}_{sj} + {c}_j", r"y = \left( h \right) + c", r"y = h + c \tag{7}",
     r"y = h\xspace + \protect c", r"y &= h + c \label{eq:7}",
     "y = h % a comment\n + c"],
)  # fmt: skip
def test_what_only_decorates(reading, wrapped):
    assert reading(wrapped) == "y_{sj} = h_{sj} + c_{j}"


@pytest.mark.parametrize(
    "rows",
    [
        "y &= h \\\\ &+ c",
        "y &= h \\\\ &\\quad + c",
        "y = h + \\\\ c",
        "y = \\\\ h + c",
        "y &= h + \\left( c \\right. \\\\ &\\left. + 0 c \\right)",
    ],
)
def test_a_row_that_goes_on(document, rows):
    found = document(f"$$\\begin{{align}} {rows} \\\\ &= c \\end{{align}}$$")
    assert kinds(found) == ["definition", "claim"]
    assert found.statements[0].readings[0].latex.startswith("y_{sj} = h_{sj} + ")


def test_a_row_that_begins_with_a_minus(document):
    assert kinds(document("$$y &= h \\\\ &- c \\\\ &= q$$")) == ["definition", "claim"]
    assert kinds(document("$$y &= h \\\\ -c &= q$$")) == ["definition", "claim"]


def test_a_block_quote(document):
    found = document("> $$\n> y = h\n> $$\n")
    assert [s.latex for s in found.statements] == ["y = h"]


@pytest.mark.parametrize("opening", ["\\[", "$$", "\\begin{equation}", "\\begin{align*}", "$$\\begin{aligned}"])
def test_displays(document, opening):
    closing = {"\\[": "\\]", "$$": "$$"}.get(opening) or opening.replace("begin", "end")
    if opening.startswith("$$\\begin"):
        closing = "\\end{aligned}$$"
    found = document(f"before\n{opening}\n y &= h \\\\\n c &= q\n{closing}\nafter")
    assert kinds(found) == ["definition", "definition"]


def test_reading_is_deterministic(document):
    body = r"$$y = W x$$ $$c = \langle y \rangle$$"
    assert document(body) == document(body)


@pytest.mark.parametrize(
    "relation",
    ["=", r"\equiv", ":=", r"\leftarrow", r"\overset{!}{=}", r"\stackrel{\text{def}}{=}", r"\triangleq", "←"],
)
def test_what_relates(document, relation):
    found = document(f"$$y {relation} h$$")
    assert kinds(found) == ["definition"]


def test_a_remark_after_where_is_not_continued(document):
    found = document(r"$$y = h, \quad \text{where } \lambda = \sum_s \sum_j h_{sj}$$ $$= W x$$")
    assert [s.readings[0].latex.split(" = ")[0] for s in found.statements] == ["y_{sj}", r"\lambda", "y_{sj}"]
    found = document(r"$$y &= h, \text{where } \lambda = \sum_s \sum_j h_{sj} \\ &= W x$$")
    assert [s.readings[0].latex.split(" = ")[0] for s in found.statements] == ["y_{sj}", r"\lambda", "y_{sj}"]


@pytest.mark.parametrize(
    "latex",
    [
        r"\left( y_{sj} - c_j \right)^2 = \left( c_j - y_{sj} \right)^2",
        r"\left\langle x \right\rangle = 0",
        r"\Big[ y_{sj} \Big] = y_{sj}",
        r"\left. c_j \right. = \left. c_j \right.",
    ],
)
def test_a_statement_is_told_as_it_is_written(document, latex):
    found = document(rf"$$\begin{{aligned}} c_j &= 2 q_j \\ {latex} \end{{aligned}}$$")
    assert found.statements[1].latex == latex


@pytest.mark.parametrize(
    "space", [r"\hspace{0.5in}", r"\hspace*{1cm}", r"\;\;\;\;", "\\ \\ \\ ", "~~~", r"\: \: \: \: \:"]
)
def test_wide_space_ends_a_statement_however_it_is_made(document, space):
    assert kinds(document(f"$$y = h {space} c = q$$")) == ["definition", "definition"]


@pytest.mark.parametrize("space", [r"\hspace{2pt}", r"\hspace{-1cm}", r"\hspace{\fill}", r"\;\;", r"\;\;\;\!\!\!\!"])
def test_narrow_space_only_sets_apart(reading, space):
    assert reading(f"y = c {space} h") == "y_{sj} = c_{j} h_{sj}"


@pytest.mark.parametrize("wrapped", [r"y = h \eqno(3)", r"y = h \leqno (3a)", r"\require{cancel} y = \cancel{h}"])
def test_what_tex_says_of_an_equation(reading, wrapped):
    assert reading(wrapped) == "y_{sj} = h_{sj}"
