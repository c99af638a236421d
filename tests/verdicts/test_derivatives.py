"""Derivatives: of what, with what held, and where there is none."""

from __future__ import annotations

import pytest

from tests.support.documents import judged
from tests.verdicts.headers import PERCEPTRON, SCALED, SOFTMAX

COST = (
    SOFTMAX
    + """[cost]
symbol = "L"
of = "z"
"""
)


def test_what_a_cost_is_at_other_arguments_is_not_read():
    lines = {
        "L(2 z) = L(z)": "error",
        "L(p) = L(q)": "error",
        r"\nabla_z L(2 z) = \nabla_z L(z)": "error",
        r"\frac{\partial L(z, p)}{\partial z_i} = \frac{\partial L(z, p)}{\partial z_i}": "proved",
        r"\frac{\partial L(z)}{\partial z_i} = \frac{\partial L}{\partial z_i}": "proved",
    }
    assert judged(COST, lines) == lines


def test_zero_equals_zero_proves_nothing():
    lines = {
        "p_i = 2 z_i": "definition",
        r"\frac{\partial p_i}{\partial q_j} = 0": "proved",
        r"\frac{\partial p_i}{\partial q_j} = 2 \frac{\partial z_i}{\partial q_j}": "undecided",
        r"\frac{\partial q_i}{\partial z_j} = \frac{\partial q_i}{\partial p_j} p_j": "undecided",
        r"\frac{\partial p_i}{\partial q_j} = q_i": "refuted",
        r"\frac{\partial p_i}{\partial z_j} = 2 \delta_{ij} + \frac{\partial q_i}{\partial z_j}": "proved",
    }
    assert judged(SOFTMAX, lines) == lines


def test_what_the_cost_depends_on_is_in_view_where_the_cost_plays_no_part():
    lines = {
        r"y_i = \exp(x_i)": "definition",
        r"z_i = \frac{y_i}{\sum_j y_j}": "definition",
        r"\frac{\partial \log z_i}{\partial x_j} = \delta_{ij} - z_j": "proved",
        r"\frac{\partial}{\partial x_j} \sum_i \gamma_i \log z_i = \gamma_j - z_j \sum_i \gamma_i": "proved",
        r"\frac{\partial \log z_i}{\partial x_j} = \delta_{ij} - z_i": "refuted",
    }
    assert judged(SCALED, lines) == lines


PRODUCT = r"""
[axes]
input = "n"
output = "m"
[indices]
input = "j k"
output = "i"
[symbols]
A = ["output", "input"]
x = ["input"]
z = ["output"]
q = ["output"]
y = ["output"]
c = ["output"]
"""


@pytest.mark.parametrize(
    "named", [r"z_i = \sum_k A_{ik} x_k", r"\frac{\partial}{\partial x_j} \sum_k A_{ik} x_k = A_{ij}"]
)
def test_a_derivative_holds_nothing_that_its_numerator_is_not_written_with(named):
    """What is named only afterwards, or only differentiated elsewhere, is no node that a derivative could hold."""
    wrong = {
        r"\frac{\partial}{\partial x_j} \left( c_i x_k \sum_j A_{ij} x_j \right) = c_i \delta_{jk} \sum_j A_{ij} x_j",
        r"\frac{\partial}{\partial x_j} \left( \sum_k x_k \sum_j A_{ij} x_j \right) = \sum_k A_{ik} x_k",
        r"\frac{\partial q_i}{\partial x_j} = c_i \sum_k A_{ik} x_k",
    }
    right = r"\frac{\partial q_i}{\partial x_j} = c_i \left( \sum_k A_{ik} x_k + A_{ij} \sum_k x_k \right)"
    defined = r"q_i = c_i \left( \sum_k x_k \right) \sum_k A_{ik} x_k"
    lines = {defined: "definition", named: "definition" if named.startswith("z") else "proved", right: "proved"}
    found = judged(PRODUCT, lines | dict.fromkeys(wrong, "refuted"))
    assert {line: found[line] for line in lines} == lines
    assert all("proved" not in found[line] for line in wrong)


def test_what_a_stage_is_written_with_may_be_held():
    lines = {
        r"z_i = \sum_k A_{ik} x_k": "definition",
        r"q_i = c_i z_i \sum_k x_k": "definition",
        r"\frac{\partial q_i}{\partial x_j} = c_i z_i": "proved",
        r"\frac{\partial q_i}{\partial x_j} = c_i z_i + "
        r"\frac{\partial q_i}{\partial z_i} \frac{\partial z_i}{\partial x_j}": "proved",
    }
    assert judged(PRODUCT, lines) == lines


def test_what_has_no_name_is_held_by_no_direct_partial():
    """The square that another line differentiates is no node between x and its variance."""
    header = PERCEPTRON.partition("[layers]")[0] + "[symbols]\nx = ['unit']\nm = []\nv = []\nq = ['unit']\nc = []\n"
    staged = r"\frac{\partial c}{\partial x_k} = \frac{\partial c}{\partial q_k} \frac{\partial q_k}{\partial x_k} + "
    staged += (
        r"\sum_j \frac{\partial c}{\partial q_j} \frac{\partial q_j}{\partial v} \frac{\partial v}{\partial x_k} + "
    )
    staged += r"\sum_j \frac{\partial c}{\partial q_j} \frac{\partial q_j}{\partial m} \frac{\partial m}{\partial x_k}"
    lines = {
        r"m = \frac{1}{n} \sum_k x_k": "definition",
        r"v = \frac{1}{n} \sum_k (x_k - m)^2": "definition",
        r"q_j = \frac{x_j - m}{v}": "definition",
        r"c = \sum_j q_j^3": "definition",
        staged: "proved",
        r"\frac{\partial v}{\partial m} = \frac{1}{n} \sum_k \frac{\partial}{\partial m} (x_k - m)^2": "proved",
    }
    assert judged(header, lines) == lines


def test_a_fraction_of_differentials_is_one_though_d_is_a_size():
    header = '[axes]\nf = "d"\n[indices]\nf = "i j"\n[symbols]\nx = ["f"]\nm = []\nc = []'
    lines = {
        r"m = \sum_i x_i^2": "definition",
        r"\frac{d m}{d x_i} = 2 x_i": "proved",
        r"\frac{d}{d x_i} m = 2 x_i": "proved",
        r"dm/dx_i = 2 x_i": "proved",
        r"\frac{d^2 m}{d x_i^2} = 2": "proved",
        r"\frac{d m}{d x_i} = m / x_i": "refuted",
        r"\frac{d c}{d} + \frac{c}{d} = c + c/d": "proved",  # by a size
        r"\frac{d - 1}{d} c = c - c/d": "proved",
        r"d c / d - 0 = c": "proved",
        r"\frac{d \cdot c}{d \cdot m} = c/m": "proved",
        r"\frac{d c}{d (m + 1)} = \frac{c}{m + 1}": "proved",
    }
    assert judged(header, lines) == lines
