"""Letters that mean something by themselves, and are names all the same: e, x̄; sums and rows without an index."""

from __future__ import annotations

import pytest

from tests.support.documents import judged

HEADER = r"""
[axes]
sample = { size = "B", data = true }
unit = "n"
[indices]
sample = "b"
unit = "i j"
[symbols]
x = ["sample", "unit"]
y = ["sample", "unit"]
W = ["unit", "unit"]
v = ["unit"]
'\mathbf{1}' = { axes = ["unit"], value = "ones" }
[cost]
symbol = "C"
of = "y"
"""
FORWARD = {r"y_{bi} = \sum_j W_{ij} x_{bj}": "definition"}


def _judged(lines):
    return {line: verdict for line, verdict in judged(HEADER, FORWARD | lines).items() if line in lines}


@pytest.mark.parametrize("name", ["e_{bi}", r"\bar{y}_{bi}", r"\bar y_{bi}", "h_{bi}"])
@pytest.mark.parametrize("sign", ["=", ":=", r"\equiv"])
def test_a_letter_with_its_indices_is_a_name(name, sign):
    lines = {
        rf"{name} {sign} \frac{{\partial C}}{{\partial y_{{bi}}}}": "definition",
        rf"\frac{{\partial C}}{{\partial W_{{ij}}}} = \sum_b {name} x_{{bj}}": "proved",
        rf"\frac{{\partial C}}{{\partial W_{{ij}}}} = -\sum_b {name} x_{{bj}}": "refuted",
    }
    assert _judged(lines) == lines


def test_the_adjoint_of_a_symbol_is_no_mean():
    lines = {
        r"\bar{y} = \frac{\partial C}{\partial y}": "definition",
        r"\frac{\partial C}{\partial W_{ij}} = \sum_b \bar{y}_{bi} x_{bj}": "proved",
        r"\bar{x}_i = \frac{1}{B} \sum_b x_{bi}": "proved",
    }
    assert _judged(lines) == lines


def test_an_error_e_and_an_exponential():
    lines = {
        r"e_{bi} = \frac{\partial C}{\partial y_{bi}}": "definition",
        r"\frac{\partial C}{\partial x_{bj}} = \sum_i W_{ij} e_{bi}": "proved",
        r"\frac{\partial e^{v_i}}{\partial v_j} = \delta_{ij} e^{v_i}": "proved",
        r"\frac{\partial e^{2 v_i}}{\partial v_j} = \delta_{ij} e^{2 v_i}": "refuted",
        r"e_{bi}^2 = e_{bi} \frac{\partial C}{\partial y_{bi}}": "proved",
    }
    assert _judged(lines) == lines


def test_a_sum_without_an_index_may_run_over_any_axis():
    """The gradient of what takes away its mean over the units sums to zero over the units, not over the samples."""
    header = HEADER.replace('of = "y"', 'of = "z"').replace("[cost]", 'z = ["sample", "unit"]\n[cost]')
    lines = {
        r"z_{bi} = x_{bi} - \frac{1}{n} \sum_j x_{bj}": "definition",
        r"\sum \frac{\partial C}{\partial x} = 0": "proved",
        r"\sum z = 0": "proved",
        r"\sum z = 1": "refuted",
        r"\sum x = \bar{x} B": "proved",  # over the samples: nothing else has the axes of the other side
        r"\sum \frac{\partial C}{\partial z} = 0": "refuted",
    }
    assert judged(header, lines) == lines


def test_a_row_is_multiplied_with_the_column_behind_it():
    lines = {
        r"v v^\top x_b = v \sum_j v_j x_{bj}": "proved",
        r"v_i v^\top x_b = v_i \sum_j v_j x_{bj}": "proved",
        r"\mathbf{1} \mathbf{1}^\top v = \sum_j v_j": "proved",
        r"v v^\top x_b = v \odot v \odot x_b": "refuted",
        r"(v v^\top) x_b = v \sum_j v_j x_{bj}": "ill-formed",
    }
    assert _judged(lines) == lines


def test_division_element_by_element():
    lines = {
        r"\frac{\partial}{\partial v_i} \sum_j (x_b \oslash e^{v})_j = -x_{bi} / e^{v_i}": "proved",
        r"x_b \oslash e^{v} \odot e^v = x_b": "proved",
    }
    assert _judged(lines) == lines


def test_a_diagonal_matrix_beside_what_it_multiplies():
    header = HEADER.replace('of = "y"', 'of = "z"').replace(
        "[cost]", 'z = ["sample", "unit"]\n[functions]\ng = "elementwise"\n[cost]'
    )
    lines = FORWARD | {
        r"z_b = g(y_b)": "definition",
        r"\frac{\partial C}{\partial y_b} = \operatorname{diag}(g'(y_b)) \frac{\partial C}{\partial z_b}": "proved",
        r"\frac{\partial C}{\partial y_b} = \operatorname{diag}(g(y_b)) \frac{\partial C}{\partial z_b}": "refuted",
        r"\frac{\partial z_b}{\partial y_b} = \operatorname{diag}(g'(y_b))": "proved",
        r"\frac{\partial z_b}{\partial y_b} = 2 \operatorname{diag}(g'(y_b))": "refuted",
        r"\frac{\partial z_{bi}}{\partial y_{bj}} = \operatorname{diag}(g'(y_b))_{ij}": "proved",
        r"\frac{\partial z_b}{\partial y_b} = \operatorname{diag}(v) \operatorname{diag}(g'(y_b))": "refuted",
        r"v \odot v = \operatorname{diag}(v) \operatorname{diag}(v)": "ill-formed",
        r"v \odot v = \operatorname{diag}(v) v": "proved",
        r"\operatorname{diag}(v)_{ij} = v_i \delta_{ij}": "proved",
        r"\operatorname{diag}(v)_{ij} = v_i": "refuted",
        r"v \odot x_b = \operatorname{diag}(v) + x_b": "ill-formed",
    }
    assert judged(header, lines) == lines


@pytest.mark.parametrize("name", ["dy", r"\mathrm{d}y", r"\delta y", r"\Delta y", r"\delta"])
@pytest.mark.parametrize("letters", ["_{bi}", ""])
def test_a_derivative_is_given_a_name(name, letters):
    lines = {
        rf"{name}{letters} = \frac{{\partial C}}{{\partial y{letters}}}": "definition",
        rf"\frac{{\partial C}}{{\partial W_{{ij}}}} = \sum_b {name}_{{bi}} x_{{bj}}": "proved",
        rf"\frac{{\partial C}}{{\partial x_{{bj}}}} = \sum_i W_{{ij}} {name}_{{bi}}": "proved",
        rf"\frac{{\partial C}}{{\partial x_{{bj}}}} = \sum_i W_{{ij}} {name}_{{bj}}": "refuted",
        r"\frac{\partial v_i}{\partial v_j} = \delta_{ij}": "proved",
    }
    assert _judged(lines) == lines


def test_an_equation_between_differentials_names_nothing():
    lines = {r"dC = \sum_b \sum_i \frac{\partial C}{\partial y_{bi}} dy_{bi}": "proved"}
    assert _judged(lines) == lines


def test_a_delta_that_the_text_explains_is_kroneckers_whatever_its_letters_range_over():
    lines = {
        r"\delta_{b,i} = \begin{cases} 1 & b = i \\ 0 & \text{otherwise} \end{cases}": "proved",
        r"\frac{\partial v_i}{\partial v_j} = \delta_{ij}": "proved",
    }
    assert _judged(lines) == lines


def test_a_size_d_above_and_below_a_stroke_is_a_derivatives():
    header = HEADER.replace('unit = "n"', 'unit = "d"')
    lines = FORWARD | {
        r"\frac{dC}{dW_{ij}} = \sum_b \frac{dC}{dy_{bi}} x_{bj}": "proved",
        r"\frac{dC}{dW_{ij}} = \sum_b \frac{\partial C}{\partial y_{bj}} x_{bj}": "refuted",
        r"dC / dx_{bj} = \sum_i W_{ij} \, dC/dy_{bi}": "proved",
        r"d v_i / d = v_i": "proved",
        r"\frac{1}{d} \sum_i v_i = \frac{\sum_i v_i}{d}": "proved",
        r"\frac{d \sum_i v_i}{d^2} = \frac{1}{d} \sum_i v_i": "proved",
    }
    assert judged(header, lines) == lines


@pytest.mark.parametrize("written", [r"j : j \neq i", r"j \mid j \ne i", r"j: i \neq j", r"j \neq i"])
def test_all_but_one(written):
    lines = {
        rf"\sum_{{{written}}} v_j = \sum_j v_j - v_i": "proved",
        rf"\sum_{{{written}}} v_j = \sum_j v_j": "refuted",
    }
    assert _judged(lines) == lines
