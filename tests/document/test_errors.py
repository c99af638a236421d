"""What cannot be read is reported with its place, and the rest is read all the same."""

from dataclasses import fields

import pytest

from bnsym.document import caret, read
from bnsym.document.syntax.lexer import tokenize
from bnsym.document.syntax.parser import Parser
from bnsym.document.syntax.tree import Node


@pytest.mark.parametrize(
    ("written", "message", "at"),
    [
        ("y = h +", "expected a factor, found the end of the formula", 8),
        (r"y = \left( h + c", "the bracket opened by '(' is not closed: expected ')'", 10),
        (r"y = \frac{h}{c", "the group opened by '{' is not closed: expected '}'", 13),
        ("y = h_{sj", "the script opened by '{' is not closed: expected '}'", 7),
        ("y = (h + c]", "expected ')' to close the bracket, found ']'", 11),
        ("y = h § c", "unexpected '§'", 7),
        ("y = * h", "expected a factor, found '*'", 5),
        ("y = h_", "expected a script after '_'", 7),
        (r"y = \begin{cases} h \end{cases}", "a case says when it holds", 21),
        (r"y = h^\frac{1}", r"\frac lacks an argument", 15),
        ("= h", "the relation = has nothing on its left", 1),
        ("y = \\langle h", r"opened by '\\langle' is not closed", 5),
    ],
)
def test_a_broken_formula_has_its_place(problem, written, message, at):
    kind, found = problem(written)
    assert kind == "error"
    assert message in found.message
    assert found.column == at + 2


def test_the_caret_points_at_the_column(problem):
    _, found = problem("y = p h")
    message, excerpt, mark = caret(found).split("\n")
    assert message.startswith(f"line {found.line}, column 7: the symbol p is not declared")
    assert excerpt[mark.index("^")] == "p"


def test_the_caret_of_a_long_line(problem):
    _, found = problem("y = " + "h + " * 200 + "p")
    _, excerpt, mark = caret(found).split("\n")
    assert len(excerpt) < 120
    assert excerpt[mark.index("^")] == "p"


@pytest.mark.parametrize(
    ("text", "opening"),
    [
        ("$$y = h", "$$"),
        ("$$y = h\n\nAnd so on, $c = q$.", "$$"),
        ("\\begin{align} y &= h\n\n$c = q$", r"\begin{align}"),
        ("```math\ny = h\n", "```math"),
    ],
)
def test_what_is_not_closed_is_an_error_and_not_lost(document, text, opening):
    """It ends with its paragraph; a dollar or two in a text are none."""
    found = document(f"It is worth $$.\n\n{text}" if "$$" not in text else text)
    first, *rest = found.statements
    assert first.kind == "error" and first.problem.message == f"{opening} is not closed"
    assert first.problem.line == found.statements[0].line
    assert [s.kind for s in rest] == ["definition"] * text.count("c = q")
    assert not document("It is worth $$ and more.").statements


def test_the_rest_is_read(document):
    found = document("$$y = h \\\\ = p \\\\ = (h \\\\ = c h$$\n\n$$c = q$$")
    assert [s.kind for s in found.statements] == ["definition", "error", "error", "claim", "definition"]


@pytest.mark.parametrize(
    ("row", "kinds"),
    [
        (r"y = h § \quad c = q", ["error", "definition"]),
        (r"y = h §, c = q", ["error", "definition"]),
        (r"y = h § \text{ where } c = q", ["error", "definition"]),
        (r"y = h § = c h", ["error", "definition"]),
        (r"y ( \quad c = q", ["error"]),
        (r"y = g(h, §) c, c = q", ["error", "definition"]),
        (r"y = h §, c q", ["error"]),
    ],
)
def test_the_rest_of_the_row_is_read(document, row, kinds):
    assert [s.kind for s in document(f"$${row}$$").statements] == kinds


def test_what_continues_an_unreadable_head_is_an_error(document):
    found = document("$$y ( = h \\\\ = c$$")
    assert {s.kind for s in found.statements} == {"error"}


def test_deep_nesting_has_a_message(problem):
    _, found = problem("y = " + "(" * 200 + "h" + ")" * 200)
    assert "nested deeper than 64 levels" in found.message


def test_nesting_within_the_limit(reading):
    assert reading("y = " + "(" * 60 + "h" + ")" * 60) == "y_{sj} = h_{sj}"
    assert reading("y = " + r"\sqrt{" * 40 + "h" + "}" * 40).count("sqrt") == 40


@pytest.mark.parametrize(
    "command", [r"\hat ", r"\frac", r"\sum_s ", r"\mathbf ", "-", r"\log ", r"\sqrt", "{", "h_", "'"]
)
def test_long_runs_end_in_a_message(document, command):
    found = document(f"$$y = {command * 3000}$$")
    assert found.problem is None
    assert {s.kind for s in found.statements} <= {"error", "ill-formed", "definition"}


def test_no_header(tmp_path):
    path = tmp_path / "plain.md"
    path.write_text("$$y = h$$")
    found = read(path)
    assert not found.statements
    assert found.problem is not None
    assert (found.problem.line, found.problem.column) == (1, 1)
    assert "expected TOML between two lines +++" in found.problem.message
    assert found.problem.excerpt == "$$y = h$$"


def test_not_utf_8(tmp_path):
    path = tmp_path / "plain.md"
    path.write_bytes(b"+++\n+++\n\n\xff")
    assert "not UTF-8" in read(path).problem.message


def test_no_file(tmp_path):
    with pytest.raises(OSError):
        read(tmp_path / "none.md")


@pytest.mark.parametrize(
    "junk", [r"\end{aligned}", r"\end{cases}", r"\begin{cases}", r"\begin{nonsense}", r"\end{nonsense}"]
)
def test_a_stray_environment_is_an_error_and_reading_goes_on(tmp_path, junk):
    path = tmp_path / "stray.md"
    path.write_text('+++\n[symbols]\n"a" = []\n"b" = []\n+++\n$$' + junk + " a = b $$\n\n$$a = b$$\n")
    document = read(path)
    assert document.statements[-1].kind in ("definition", "claim")
    assert len(document.statements) < 8


@pytest.mark.parametrize(
    "written",
    [
        r"\tanh(x_i)^2 + \log(x) \boxed{y_j} - \underbrace{h}_{k} g'(z)",
        r"\frac{\partial \hat{x}_i}{\partial x_j} \sum_{k=1}^{B} \left( \sqrt[3]{y} \langle h \rangle \right)^{-3/2}",
        r"\| v \|_2 \mathbf{w} \overline{x y} [i = j] \nabla_w C",
    ],
)
def test_a_node_covers_its_parts(written):
    def check(node, start, end):
        if isinstance(node, tuple):
            for part in node:
                check(part, start, end)
        elif isinstance(node, Node):
            assert start <= node.start < node.end <= end, node
            for part in fields(node):
                check(getattr(node, part.name), node.start, node.end)

    check(Parser(tokenize(written)).expression(), 0, len(written))


@pytest.mark.parametrize(
    ("written", "part"),
    [
        (r"y = h + \rho", "add '\\rho' = [\"a\"]"),
        (r"y = \mathbf{I} h", 'add \'\\mathbf{I}\' = { axes = ["a", "a"], value = "identity" }'),
        (r"y = \mathbf{1} h", 'add \'\\mathbf{1}\' = { axes = ["a"], value = "ones" }'),
        (r"\mathrm{d} y = h", "write dy = A dx"),
        (r"c_j = \sum_{s \in \mathcal{S}} y_{sj}", r"declare \mathcal{S} as one more name"),
        (r"c_j = \int y_{sj} ds", "sums and means over whole axes"),
        (r"y = \operatorname{ReLU}(h)", "add '\\operatorname{ReLU}' = \"elementwise\" to [functions]"),
        (r"y = \max(0, h)", "write g(x) with 'g' = \"elementwise\" in [functions]"),
        (r"c_1 = q_1", "single entries are not read"),
        (r"y = \operatorname{tr}(c) h", 'products = "matrix"'),
        (r"\frac{\partial y}{\partial h} = \operatorname{diag}(c) + c", 'products = "matrix"'),
    ],
)
def test_a_message_says_what_to_write(problem, written, part):
    _, found = problem(written)
    assert part in found.message
