"""How derivatives are written, and what they are derivatives of."""

import pytest

from bnsym.language.expression import Derivative, walk
from tests.document.conftest import HEADER

CHAIN = r"\frac{\partial C}{\partial c_{j}} = \sum_{s} \frac{\partial C}{\partial y_{sj}}"


@pytest.mark.parametrize(
    "written",
    [
        r"\frac{\partial C}{\partial c_j} = \sum_s \frac{\partial C}{\partial y_{sj}}",
        r"\frac{d C}{d c_j} = \sum_s \frac{dC}{dy_{sj}}",
        r"\frac{\mathrm{d} C}{\mathrm{d} c_j} = \sum_s \frac{\mathrm{d}C}{\mathrm d y_{sj}}",
        r"\partial C / \partial c_j = \sum_s \partial C / \partial y_{sj}",
        r"\nabla_{c_j} C = \sum_s \nabla_{y_{sj}} C",
        r"\nabla_c C = \sum_s \nabla_{y_s} C",
        r"\frac{\partial}{\partial c_j} C = \sum_s \frac{\partial}{\partial y_{sj}} C",
        r"\frac{∂C}{∂c_j} = ∑_s \frac{∂C}{∂y_{sj}}",
        r"\frac{\delta C}{\delta c_j} = \sum_s \frac{\delta C}{\delta y_{sj}}",
        r"{\partial C \over \partial c_j} = \sum_s {\partial C \over \partial y_{sj}}",
        r"\frac{\partial C}{\partial c_j} = \sum_s \frac{\partial C}{\partial y_{sj}} \quad \blacksquare",
        r"\frac{\partial C(x, y)}{\partial c_j} = \sum_s \frac{\partial C}{\partial y_{sj}}",
    ],
)
def test_notations(reading, written):
    assert reading(written) == CHAIN


def test_a_gradient_takes_more_than_a_number(reading):
    read = reading(r"\nabla_c \tfrac12 \|c\|^2 = c")
    assert read == reading(r"\nabla_c \left( \tfrac12 \|c\|^2 \right) = c")


def test_the_chain_rule_sums_over_the_axes_of_the_middle(reading):
    read = reading(
        r"\frac{\partial C}{\partial c} = \sum_s \frac{\partial C}{\partial y_s} \frac{\partial y_s}{\partial c}"
    )
    assert read.endswith(r"\sum_{s} \sum_{k} \frac{\partial C}{\partial y_{sk}} \frac{\partial y_{sk}}{\partial c_{j}}")


def test_a_shared_implicit_axis_claims_the_diagonal_and_zero_elsewhere(reading):
    read = reading(r"\frac{\partial y_s}{\partial c} = q h_s")
    assert read == r"\frac{\partial y_{sj}}{\partial c_{k}} = \delta_{jk} q_{k} h_{sk}"


def test_a_shared_letter_is_the_diagonal(reading):
    read = reading(r"\frac{\partial y_{sj}}{\partial c_j} = h_{sj}")
    assert read == r"\frac{\partial y_{sj}}{\partial c_{j}} = h_{sj}"


def test_total_first_then_direct(document):
    found = document(
        r"""$$\mu = \sum_s r_s \quad y_{sj} = (r_s - \mu) c_j$$
        $$\frac{\partial y_{sj}}{\partial r_t} = \delta_{st} c_j$$"""
    )
    total, direct = found.statements[2].readings
    assert all(p.total for p in walk(total.left) if isinstance(p, Derivative))
    assert not any(p.total for p in walk(direct.left) if isinstance(p, Derivative))
    assert [erratum.kind for erratum in direct.errata] == ["direct-partial"]
    assert not total.errata


def test_a_bar_says_what_is_held(document, problem):
    found = document(
        r"""$$\mu = \sum_s r_s \quad y_{sj} = (r_s - \mu) c_j$$
        $$\left. \frac{\partial y_{sj}}{\partial r_t} \right|_{\mu} = \delta_{st} c_j$$"""
    )
    (direct,) = found.statements[2].readings
    assert not any(p.total for p in walk(direct.left) if isinstance(p, Derivative))
    for written, part in [
        (r"\frac{\partial C}{\partial c_j} \Big|_{c = 0} = 0", "a value at a point is not read"),
        (r"h_s |_{\mu} = 0", "behind a derivative of a defined symbol"),
    ]:
        kind, found = problem(written)
        assert kind == "error" and part in found.message


@pytest.mark.parametrize(
    "written", [r"\frac{\partial C}{\partial Y_{sj}} = 0", r"\frac{\partial Y_{sj}}{\partial y_{sj}} = 0"]
)
def test_a_derivative_of_what_is_neither_declared_nor_defined(problem, written):
    kind, found = problem(written)
    assert kind == "error" and "the symbol Y is not declared" in found.message


def test_one_reading_where_total_and_direct_agree(document):
    found = document(r"$$y_{sj} = h_{sj} c_j$$ $$\frac{\partial y_{sj}}{\partial c_j} = h_{sj}$$")
    assert len(found.statements[1].readings) == 1


def test_a_compound_is_distributed_or_named(document):
    found = document(r"$$\frac{\partial}{\partial c_j} \left[ 2 c_j + c_j q_j \right] = 2 + q_j$$")
    (reading,) = found.statements[0].readings
    assert reading.latex.startswith(
        r"2 \frac{\partial c_{j}}{\partial c_{j}} + \frac{\partial \left(c_{j} q_{j}\right)}"
    )
    (auxiliary,) = found.definitions
    assert auxiliary.tensor.key == r"\operatorname{aux}_{1}"


@pytest.mark.parametrize(
    ("written", "part"),
    [
        (r"\frac{\partial^2 C}{\partial c^2} = 1", "second derivatives"),
        (r"\frac{\partial C}{d c} = 1", r"mixes \partial and d"),
        (r"\frac{\partial C}{\partial c^2} = 1", "with respect to a symbol"),
        (r"\frac{\partial C}{\partial (c + q)} = 1", "with respect to one symbol"),
    ],
)
def test_derivatives_that_are_not_read(problem, written, part):
    kind, found = problem(written)
    assert kind == "error"
    assert part in found.message


def test_declared_differentials_in_a_fraction_are_a_derivative(reading):
    assert reading(r"\frac{dC}{d\gamma_j} = 1") == r"\frac{\partial C}{\partial \gamma_{j}} = 1"


def test_a_derivative_without_a_path_is_flagged(document):
    found = document(r"$$y = h c$$ $$\frac{\partial C}{\partial q} = 0 \qquad \frac{\partial C}{\partial c} = 1$$")
    first, second = found.statements[1:]
    assert [e.kind for e in first.errata] == ["no-path"]
    assert not second.errata


def test_the_loss_of_a_document_is_differentiated_totally(document):
    header = "[axes]\na = 'A'\n[indices]\na = 'i'\n[symbols]\nz = ['a']\ny = ['a']\nL = []\n"
    body = r"$$y = z^2$$ $$L(y, z) = \sum_i y_i z_i$$ $$\frac{\partial L(y, z)}{\partial z_i} = 3 z_i^2$$"
    found = document(body, header)
    assert [s.kind for s in found.statements] == ["definition", "definition", "claim"]
    assert len(found.statements[2].readings) == 1


def test_the_power_of_a_scalar_with_its_argument_stands_behind_the_argument(document):
    header = "[axes]\na = 'A'\n[symbols]\nx = ['a']\ny = ['a']\nr = []"
    found = document(r"$$r(x) = \sqrt{\sum_i x_i^2}$$ $$y_i = \frac{x_i}{r(x)^2}$$", header)
    assert found.statements[1].readings[0].latex == r"y_{i} = \frac{x_{i}}{{r}^{2}}"


def test_a_scalar_with_its_argument(document):
    header = "[axes]\na = 'A'\n[indices]\na = 'i'\n[symbols]\nz = ['a']\nL = []\nq = []\n"
    found = document(r"$$L(z) = \sum_i z_i^2$$ $$q = 2 L(z)$$ $$q = L (1 + 1)$$", header)
    assert [s.readings[0].latex for s in found.statements] == [
        r"L = \sum_{i} {z_{i}}^{2}",
        "q = 2 L",
        r"q = L \left(1 + 1\right)",
    ]


def test_the_gradient_by_the_argument_of_the_cost_needs_no_layer(document):
    header = """[axes]
unit = "n"
[layers]
generic = "l"
last = "L"
[symbols]
'a^l' = ["unit^l"]
'z^l' = ["unit^l"]
[functions]
g = "elementwise"
[cost]
symbol = "C"
of = 'a^L'"""
    found = document(r"$$a^l = g(z^l)$$ $$\frac{\partial C}{\partial z^L} = \nabla_a C \odot g'(z^L)$$", header)
    right = found.statements[1].readings[0].latex.split(" = ")[1]
    assert right == r"\frac{\partial C}{\partial a_{j}^{L}} g'\left(z_{j}^{L}\right)"


def test_a_constant_beside_what_varies_is_no_missing_path(document):
    for body, kinds in ((r"c q + r", []), (r"q + r", ["no-path", "no-path"])):
        header = HEADER_OF_SCALARS
        found = document(rf"$$x = c + q$$ $$1 = \frac{{\partial}}{{\partial c}} \left({body}\right)$$", header)
        assert [e.kind for e in found.statements[1].errata] == kinds


HEADER_OF_SCALARS = "[axes]\n[symbols]\nx = []\nc = []\nq = []\nr = []"


def test_an_upright_d_is_no_size(reading):
    """Where d is the size of an axis, \\mathrm{d} is a differential all the same."""
    header = HEADER.replace('b = { size = ["B", "n_b"] }', 'b = { size = ["B", "d"] }')
    assert reading(r"c_j = \frac{\mathrm{d} C}{\mathrm{d} q_j}", header) == r"c_{j} = \frac{\partial C}{\partial q_{j}}"
