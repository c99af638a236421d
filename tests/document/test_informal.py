"""What claims nothing: undeclared operators, sets, arrays with dots, code; and what looks like it and is an error."""

import pytest

from tests.support.documents import kinds


@pytest.mark.parametrize(
    "written",
    [r"y \leftarrow \mathcal{BN}(W x)", r"y \equiv \mathrm{BN}_{\gamma}(x)", r"y := F(x)",
     r"y \in \mathbb{R}^{N \times B}",
     r"N = 32", r"g(p) = \max(0, p)", r"g'(p) = g(p)(1 - g(p))",
      r"c \approx 1", r"i = 1, \dots, A", r"c \leftarrow c - \lambda \frac{\partial C}{\partial c}"],
)  # fmt: skip
def test_informal(document, written):
    found = document(f"$${written}$$")
    assert set(kinds(found)) == {"informal"}


def test_an_undeclared_operator_after_an_equals_sign_is_an_error(problem):
    kind, found = problem(r"y = \mathcal{BN}(W x)")
    assert kind == "error"
    assert "neither a declared function nor a declared tensor" in found.message


def test_inline_mathematics_counts_if_it_relates(document):
    found = document(r"Let $y_s$ be $g(h)$, with $y = h$ and \(c = q\) and $`\mu = 1`$; it costs $5 or $6.")
    assert [s.latex for s in found.statements] == ["y = h", "c = q", r"\mu = 1"]


def test_code_is_no_mathematics(document):
    body = "`$a = b$`\n\n```python\nx = '$$a = b$$'\n```\n\n<!-- $a = b$ -->\n\n    $a = b$\n\n```math\ny = h\n```\n"
    found = document(body)
    assert [s.latex for s in found.statements] == ["y = h"]


def test_code_after_mathematics_between_backticks(document):
    body = "$`y = h`$ in one way\n\n$$c = q$$\n\n`$c = 5$` in code, and $`c = 2 q`$ again, `$q = 5$`\n"
    assert [s.latex for s in document(body).statements] == ["y = h", "c = q", "c = 2 q"]


@pytest.mark.parametrize(
    "written",
    [
        r"\mathcal{D} = \{x_1, x_2, \dots, x_m\}",
        r"\Theta = \{c, q\}",
        r"\mathcal{S} = \left\{ k \mid k = i \right\}",
        r"\mathcal{B} = \{x_i\}_{i=1}^{m}",
        r"\mathcal{B} = \{(x_i, y_i) : i = 1, \dots, m\}",
        r"x = (x_1, x_2, \ldots, x_m)^\top",
        r"x = [x_1, \cdots, x_m]^T",
        r"x = \begin{pmatrix} x_1 \\ \vdots \\ x_m \end{pmatrix}^T",
        r"U = \begin{bmatrix} U_{11} & \cdots & U_{1n} \\ \vdots & \ddots & \vdots \end{bmatrix}",
        r"x = \left( \begin{array}{c} x_1, & \ldots, & x_m \\ \end{array} \right)",
        r"(x_1, \dots, x_m) = x",
    ],
)
def test_what_something_consists_of_claims_nothing(document, written):
    assert kinds(document(f"$${written}$$")) == ["informal"]
    assert kinds(document(f"Let ${written}$, then\n\n$$y = h$$")) == ["informal", "definition"]


def test_a_bracket_with_a_comma_in_a_formula_is_no_list(document):
    assert kinds(document(r"$$y = \{h, c\} q$$")) == ["error"]
    assert kinds(document(r"$$y = \{h c\} q$$")) == ["definition"]


def test_an_array_without_dots_is_not_passed_over(problem):
    kind, found = problem(r"U = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}")
    assert kind == "error" and "write its entries with indices" in found.message


@pytest.mark.parametrize("written", [r"i = 1, \dots, \mid x", r"\overline{x}, \dots \mid", r"y = h, \dots \}"])
def test_dots_before_what_cannot_be_read(document, written):
    found = document(f"$${written}$$\n\n$$c = q$$")
    assert found.statements[-1].kind == "definition"
    assert "error" in kinds(found)
