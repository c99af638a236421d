"""A formula is read as it looks on the page, or not at all: nothing is proved by what a reader does not see."""

from __future__ import annotations

import pytest

from tests.support.documents import judged

PLAIN = r"""
[axes]
sample = { size = "N", data = true }
unit = "n"
[indices]
sample = "s t"
unit = "i j k"
[symbols]
x = ["sample", "unit"]
u = ["unit"]
A = ["unit", "unit"]
a = []
b = []
p = { axes = [], positive = true }
[functions]
g = "elementwise"
"""


def test_an_entry_of_a_transposed_matrix_has_its_indices_in_the_other_order():
    lines = {
        r"2 A^\top_{ij} = 2 A_{ji}": "proved",
        r"2 A_{ij}^T = 2 A_{ji}": "proved",
        r"2 A_{ij}^T = 2 A_{ij}": "refuted",
        r"\sum_j A_{ij}^\top u_j = \sum_j A_{ij} u_j": "refuted",
        r"2 x^T_{is} = 2 x_{si}": "proved",  # what is of another type has one place
        r"2 x_{si}^T = 2 x_{si}": "proved",
        r"x_s^T x_s = \sum_i x_{si}^2": "proved",
    }
    assert judged(PLAIN, lines) == lines


def test_a_transposition_among_three_axes_has_to_say_which():
    header = PLAIN.replace("A = [", 'B = ["sample", "unit", "unit"]\nA = [')
    assert judged(header, {r"2 B_{sij}^T = 2 B_{sij}": "error"}) == {r"2 B_{sij}^T = 2 B_{sij}": "error"}


@pytest.mark.parametrize(
    "line",
    [
        r"\sin^{-1}(a) = 1 / \sin(a)", r"g^{-1}(a) = 1 / g(a)", r"\tanh^{-1} a = 1 / \tanh(a)",  # inverse functions
        "2 a^{(1)} = 2 a", "2 a^{[2]} = 2 a^2", "2 g^{(2)}(a) = 2 g(a)^2",  # labels, layers, derivatives
        r"\sum_i' u_i = \sum_i u_i", r"\exp(a)' = \exp(a)",  # something left out, a derivative
        r"\log p (b + 1) = (b + 1) \log p", r"\exp{a}^2 = e^{2a}",
    ],
)  # fmt: skip
def test_what_has_two_meanings_is_not_read(line):
    assert judged(PLAIN, {line: "error"}) == {line: "error"}


def test_powers_of_functions_that_have_one_meaning_are_read():
    lines = {
        r"g(a)^{-1} = 1 / g(a)": "proved",
        "g^2(a) = g(a) g(a)": "proved",
        r"p^{(1/2)} = \sqrt{p}": "proved",
        r"\log(p) (b + 1) = (b + 1) \log p": "proved",
    }
    assert judged(PLAIN, lines) == lines


@pytest.mark.parametrize(
    "line",
    [
        "2a{b + p} = 2ab + 2ap", "2a{-b} = -2ab", "2a{+b} = 2ab", "a - {b + p} = a - b - p", "{a + b}^2 = (a + b)^2",
        "{a + b}/p = a/p + b/p", "{ab}^2 = a^2 b^2", r"{\sum_i u_i} b = b \sum_i u_i",
        r"2\color{red}{b + p} = 2b + 2p", r"2\mathbf{b + p} = 2b + 2p", r"2a = 2a \mathrm{+ b}",
    ],
)  # fmt: skip
def test_braces_that_do_not_show_hold_nothing_together(line):
    assert judged(PLAIN, {line: "error"}) == {line: "error"}


def test_braces_that_change_nothing_are_passed_over():
    lines = {
        "{2a}{b} = 2ab": "proved",
        "b + {a - p} = a + b - p": "proved",
        r"2\boxed{b + p} = 2b + 2p": "proved",
        r"2\underbrace{(b + p)}_{a} = 2b + 2p": "proved",
        r"{g(a)}^2 = g(a) g(a)": "proved",
        r"2{\sum_i} u_i b = 2b \sum_i u_i": "proved",
    }
    assert judged(PLAIN, lines) == lines


def test_a_formula_in_upright_letters_is_no_prose():
    lines = {
        r"2a = 2a \mathrm{b p}": "refuted",
        r"2a = 2a \mathrm{b^2}": "refuted",
        r"2b = 2b \operatorname{2 b}": "refuted",
        r"3a = 3a \text{ - } b": "error",
        r"3b = 3b \quad \mathrm{by\ symmetry}": "proved",
        r"3p = 3p \; \text{(1)}": "proved",
    }
    assert judged(PLAIN, lines) == lines


@pytest.mark.parametrize("relation", [r"\leq", "<", r"\neq", r"\approx", r"\propto", r"\rightarrow", r"\in"])
def test_behind_what_is_no_equation_another_expression_goes_on(relation):
    """a ≤ b = c says that b is c, and nothing of a and c."""
    lines = {
        rf"2a {relation} 2b = 2a": "informal refuted",
        rf"2a {relation} 2b = b + b": "informal proved",
        rf"2a = a + a {relation} 2b = b + b": "proved informal proved",
        rf"\boxed{{2a {relation} 2b = b + b}} = 2a": "informal proved refuted",
        rf"\begin{{aligned}} 2a &{relation} 2b \\ &= 2a \end{{aligned}}": "informal refuted",
        rf"2a {relation} \max(a, b) = 2a": "informal error",
        rf"2a {relation} \{{1, \dots, n\}} = 2a": "informal informal",
    }
    assert judged(PLAIN, lines) == lines
