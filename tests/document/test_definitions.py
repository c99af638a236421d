"""What defines, in which order, and what is named by it."""

from bnsym.language.expression import Derivative, Layer, Tensor, walk
from tests.support.documents import kinds


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


def test_stages_that_restate_a_definition_define_where_a_derivative_needs_them(document):
    body = r"$$y = 2 c h$$ $$\hat{y} = 2 h$$ $$y = c \hat{y}$$"
    assert kinds(document(body.replace(r"\hat{y}", "z"), STAGED)) == ["definition", "definition", "claim"]
    found = document(
        body.replace(r"\hat{y}", "z") + r"$$\frac{\partial C}{\partial z} = \frac{\partial C}{\partial y} c$$", STAGED
    )
    assert kinds(found) == ["claim", "definition", "definition", "claim"]
    assert not [e for s in found.statements for e in s.errata if e.kind == "no-path"]
