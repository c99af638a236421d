"""Chains, rows, definitions and claims."""

import pytest

from bnsym.language.expression import Derivative, Layer, Tensor, walk


def kinds(found):
    return [statement.kind for statement in found.statements]


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


def test_the_first_equation_defines_in_any_order(document):
    found = document("$$y = h$$ $$h = c q$$ $$y = c q$$ $$h = c q$$")
    assert kinds(found) == ["definition", "definition", "claim", "claim"]
    assert [d.tensor.key for d in found.definitions] == ["h", "y"]


def test_a_circle_is_ill_formed(document):
    found = document("$$y = h$$ $$h = y + c$$")
    assert kinds(found) == ["definition", "ill-formed"]
    assert "circular definition: h → y → h" in found.statements[1].problem.message
    assert [d.tensor.key for d in found.definitions] == ["y"]


def test_a_definition_with_a_derivative_is_an_abbreviation(document):
    found = document(r"$$\frac{\partial C}{\partial c} = \sum_s h_s$$ where $h \equiv \frac{\partial C}{\partial y}$")
    assert [d.tensor.key for d in found.abbreviations] == ["h"]
    assert not found.definitions
    claim = found.statements[0].readings[0]
    assert claim.latex == r"\frac{\partial C}{\partial c_{j}} = \sum_{s} h_{sj}"
    assert "Derivative" in repr(claim.right)


def test_an_abbreviation_is_expanded_at_every_layer(document):
    found = document(r"$v^l \equiv \frac{\partial C}{\partial M_B^{2,l}}$ $$\sum_p v_p^L = \sum_p v^3_p$$")
    claim = found.statements[1].readings[0]
    assert claim.latex == r"\sum_{p} v_{p}^{L} = \sum_{p} v_{p}^{3}"
    layers = [
        d.denominator.layer for side in (claim.left, claim.right) for d in walk(side) if isinstance(d, Derivative)
    ]
    assert layers == [Layer("L"), Layer("", 3)]


def test_bound_anew(document):
    found = document(r"$$y := h$$ $$y := y + c$$ $$\mu = \sum_s \sum_j y_{sj}$$")
    assert kinds(found) == ["definition"] * 3
    assert [e.kind for e in found.statements[1].errata] == ["ambiguous"]
    assert found.statements[2].readings[0].latex == r"\mu = \sum_{s} \sum_{j} y_{(2),sj}"


def test_a_repeated_definition_is_a_claim(document):
    found = document(r"$$y := h$$ $$y_{sj} \leftarrow h_{sj}$$")
    assert kinds(found) == ["definition", "claim"]


@pytest.mark.parametrize(
    "written",
    [r"y \leftarrow \mathcal{BN}(W x)", r"y \equiv \mathrm{BN}_{\gamma}(x)", r"y := F(x)",
     r"y \in \mathbb{R}^{N \times B}",
     r"N = 32", r"g(p) = \frac{1}{1 + e^{-p}}", r"g'(p) = g(p)(1 - g(p))",
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


def test_an_intermediate_that_is_named_late(document):
    found = document(r"$$y_{sk} = g(\sum_i W_{ki} x_{si} + q_k)$$ $$h_{sj} = q_j + \sum_i W_{ji} x_{si}$$")
    assert [d.tensor.key for d in found.definitions] == ["h", "y"]
    assert [p.key for p in walk(found.definitions[1].body) if isinstance(p, Tensor)] == ["h"]
    assert [e.kind for e in found.statements[1].errata] == ["ambiguous"]


def test_what_is_used_is_not_folded(document):
    found = document(r"$$y = g(c h)$$ $$\hat{x} = V h$$ $$h = 2 x W$$")
    assert not any(s.errata for s in found.statements)


def test_a_claim_about_a_named_argument(document):
    found = document(r"$$h = W x + q$$ $$y = g(h)$$ $$y = g(W x + q)$$")
    assert found.statements[2].readings[0].latex == r"y_{sj} = g\left(h_{sj}\right)"


@pytest.mark.parametrize(
    ("line", "factor"),
    [
        (r"U_{jk} = c_j, \quad j = k", r"\delta_{jk}"),
        (r"U_{jk} = c_j \quad (j = k)", r"\delta_{jk}"),
        (r"U_{jk} = c_j \text{ if } j \neq k", r"\left(1 - \delta_{jk}\right)"),
        (r"\text{If } j \neq k: \quad U_{jk} = c_j", r"\left(1 - \delta_{jk}\right)"),
    ],
)
def test_a_condition_beside_a_claim_restricts_it(document, line, factor):
    claim = next(s for s in document(rf"$$U_{{jk}} = q_j q_k$$ $${line}$$").statements if s.kind == "claim")
    assert claim.readings[0].latex == rf"{factor} U_{{jk}} = {factor} c_{{j}}"


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        (r"and for $j \neq k$: $U_{jk} = c_j$.", r"\left(1 - \delta_{jk}\right)"),
        (r"Finally, if $j = k$, $U_{jk} = c_j$.", r"\delta_{jk}"),
        (r"Hence $U_{jk} = c_j$ for $j \neq k$.", r"\left(1 - \delta_{jk}\right)"),
        ("Hence\n\n$$U_{jk} = c_j$$\n\nif $j = k$.", r"\delta_{jk}"),
        (r"Hence $U_{jk} = c_j$. If $j = k$. Then.", ""),
        (r"This is for $j = k$. And $U_{jk} = c_j$.", ""),
    ],
)
def test_a_condition_in_the_text_restricts_the_claim_beside_it(document, text, factor):
    claim = next(s for s in document(f"$$U_{{jk}} = q_j q_k$$\n\n{text}").statements if s.kind == "claim")
    assert claim.readings[0].latex == f"{factor} U_{{jk}} = {factor} c_{{j}}".strip().replace("=  c", "= c")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (r"With $\lambda = 0$ it vanishes.", "informal"),
        (r"if $c = -1$,", "informal"),
        (r"Let $\lambda = 1$.", "definition"),
        (r"with $\lambda = \sum_j c_j$", "definition"),
    ],
)
def test_what_is_supposed_for_a_remark_defines_nothing(document, text, kind):
    assert kinds(document(text)) == [kind]


def test_every_row_has_its_own_condition(document):
    rows = r"U_{jk} &= c_j, & j = k \\ U_{jk} &= 0, & j \neq k"
    found = [
        s
        for s in document(rf"$$U_{{jk}} = q_j q_k$$ $$\begin{{align}} {rows} \end{{align}}$$").statements
        if s.kind == "claim"
    ]
    assert [s.readings[0].latex for s in found] == [
        r"\delta_{jk} U_{jk} = \delta_{jk} c_{j}",
        r"\left(1 - \delta_{jk}\right) U_{jk} = 0 \left(1 - \delta_{jk}\right)",
    ]


def test_letters_that_the_claim_lacks_are_no_condition(document):
    found = document(r"$$c_j = q_j, \quad j = i$$")
    assert kinds(found) == ["definition", "informal"]


def test_a_definition_under_a_condition_is_an_error(document):
    found = document(r"$$U_{jk} = c_j, \quad j = k$$")
    assert kinds(found) == ["error", "informal"]
    assert "a definition under a condition" in found.statements[0].problem.message


def test_a_remark_after_where_is_not_continued(document):
    found = document(r"$$y = h, \quad \text{where } \lambda = \sum_s \sum_j h_{sj}$$ $$= W x$$")
    assert [s.readings[0].latex.split(" = ")[0] for s in found.statements] == ["y_{sj}", r"\lambda", "y_{sj}"]
    found = document(r"$$y &= h, \text{where } \lambda = \sum_s \sum_j h_{sj} \\ &= W x$$")
    assert [s.readings[0].latex.split(" = ")[0] for s in found.statements] == ["y_{sj}", r"\lambda", "y_{sj}"]


def test_the_head_of_a_definition_takes_the_letter_of_its_axis(document):
    found = document(r"$$c = q_j$$ $$c = q_j$$")
    assert kinds(found) == ["definition", "ill-formed"]
    assert found.statements[0].readings[0].latex == "c_{j} = q_{j}"
    assert [e.kind for e in found.statements[0].errata] == ["missing-index"]


def test_what_the_header_says_is_a_derivative_is_not_defined_by_the_document(document):
    header = """[axes]
a = "A"
[symbols]
x = ["a"]
y = ["a"]
dx = ["a"]
dy = ["a"]
[cost]
symbol = "C"
of = "y"
[assume]
dx = '\\frac{\\partial C}{\\partial x}'
dy = '\\frac{\\partial C}{\\partial y}'"""
    found = document(r"$y = 2 x$ $dx = 2 dy$", header)
    assert kinds(found) == ["definition", "claim"]
    assert all(isinstance(side, Derivative) for side in (found.statements[1].readings[0].left,))
    assert {d.tensor.key for d in found.abbreviations} == {"dx", "dy"} and not found.hypotheses


def test_stages_that_restate_a_definition_define_where_a_derivative_needs_them(document):
    body = r"$$y = 2 c h$$ $$\hat{y} = 2 h$$ $$y = c \hat{y}$$"
    assert kinds(document(body.replace(r"\hat{y}", "z"), STAGED)) == ["definition", "definition", "claim"]
    found = document(
        body.replace(r"\hat{y}", "z") + r"$$\frac{\partial C}{\partial z} = \frac{\partial C}{\partial y} c$$", STAGED
    )
    assert kinds(found) == ["claim", "definition", "definition", "claim"]
    assert not [e for s in found.statements for e in s.errata if e.kind == "no-path"]


STAGED = """[axes]
b = "B"
[symbols]
y = ["b"]
z = ["b"]
h = ["b"]
c = ["b"]
[cost]
symbol = "C"
of = "y"
"""


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


def test_code_after_mathematics_between_backticks(document):
    body = "$`y = h`$ in one way\n\n$$c = q$$\n\n`$c = 5$` in code, and $`c = 2 q`$ again, `$q = 5$`\n"
    assert [s.latex for s in document(body).statements] == ["y = h", "c = q", "c = 2 q"]


@pytest.mark.parametrize("wrapped", [r"y = h \eqno(3)", r"y = h \leqno (3a)", r"\require{cancel} y = \cancel{h}"])
def test_what_tex_says_of_an_equation(reading, wrapped):
    assert reading(wrapped) == "y_{sj} = h_{sj}"


@pytest.mark.parametrize("written", [r"i = 1, \dots, \mid x", r"\overline{x}, \dots \mid", r"y = h, \dots \}"])
def test_dots_before_what_cannot_be_read(document, written):
    found = document(f"$${written}$$\n\n$$c = q$$")
    assert found.statements[-1].kind == "definition"
    assert "error" in kinds(found)
