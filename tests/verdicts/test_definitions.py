"""What defines, what is a claim about what is defined, and what there is to say of what is not."""

from __future__ import annotations

from tests.support.documents import judged, read_text, shown
from tests.verdicts.headers import SCALED, SOFTMAX


def test_nothing_is_refuted_that_rests_on_what_could_not_be_read():
    lines = {
        r"p_i = \operatorname{sparsemax}(z_i)": "error",
        r"q_i = 2 p_i": "definition",
        r"q_i = 3 p_i": "undecided",
        r"\sum_i p_i = 1": "undecided",
        r"\sum_i q_i = 2": "undecided",
        r"\sum_i z_i = 2": "refuted",
    }
    assert judged(SOFTMAX, lines) == lines


def test_a_symbol_that_is_known_nowhere_else_refutes_nothing():
    lines = {
        r"z_i = \gamma_i x_i": "definition",
        r"\frac{\partial L}{\partial x_i} = h_i \frac{\partial L}{\partial z_i}": "undecided",
        r"z_i = q_i": "undecided",
        r"z_i \equiv \gamma_i p_i": "informal",
        r"z_i = 2 \gamma_i x_i": "refuted",
    }
    assert judged(SCALED, lines) == lines


def test_a_square_defines_its_root():
    header = r"""
[axes]
sample = { size = "m", data = true }
[symbols]
x = ["sample"]
y = ["sample"]
'\sigma' = { axes = [], positive = true }
[cost]
symbol = "L"
of = "y"
"""
    lines = {
        r"\sigma^2 = \frac{1}{m} \sum_i x_i^2 + 1": "definition",
        r"y_i = \frac{x_i}{\sigma}": "definition",
        r"\frac{\partial \sigma}{\partial x_i} = \frac{x_i}{m \sigma}": "proved",
        r"\frac{\partial \sigma}{\partial x_i} = \frac{x_i}{m \sigma^2}": "refuted",
        r"\sigma^2 = \frac{1}{m} \sum_j x_j^2 + 1": "proved",
        r"\sigma^2 = \frac{1}{m} \sum_j x_j^2": "refuted",
        r"\frac{\partial L}{\partial x_i} = \frac{1}{\sigma} \left( \frac{\partial L}{\partial y_i} - "
        r"\frac{y_i}{m} \sum_j \frac{\partial L}{\partial y_j} y_j \right)": "proved",
    }
    assert judged(header, lines) == lines
    bracketed = {
        r"(\sigma)^2 = \frac{1}{m} \sum_i x_i^2 + 1": "definition",
        r"y_i = \frac{x_i}{\sigma}": "definition",
        r"\frac{\partial \sigma}{\partial x_i} = \frac{y_i}{m}": "proved",
    }
    assert judged(header, bracketed) == bracketed
    swapped = {
        r"\sigma^2 = \frac{1}{m} \sum_i x_i^2 + 1": "proved",
        r"\sigma = \sqrt{\frac{1}{m} \sum_i x_i^2 + 1}": "definition",
        r"y_i^2 = \frac{x_i^2}{\sigma^2}": "proved",
        r"y_i = \frac{x_i}{\sigma}": "definition",
    }
    assert judged(header, swapped) == swapped


def test_what_is_said_of_the_square_of_a_symbol_that_it_rests_on_is_a_claim():
    header = r"""
[axes]
input = "n"
[symbols]
v = ["input"]
w = ["input"]
g = []
[cost]
symbol = "L"
of = "w"
"""
    lines = {
        r"g^2 = \sum_i w_i^2": "proved",
        r"w = \frac{g}{\|v\|} v": "definition",
        r"g^2 = \sum_i v_i^2": "refuted",
    }
    assert judged(header, lines) == lines


def test_a_number_that_comes_first_is_a_definition():
    lines = {
        r"\gamma_i = 1": "definition",
        r"z_i = \gamma_i x_i": "definition",
        r"\frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial z_i}": "proved",
    }
    assert judged(SCALED, lines) == lines


def test_a_name_of_several_letters_is_one_in_any_face():
    lines = {
        r"z_i = \gamma_i x_i": "definition",
        r"\mathbf{dout}_i := \frac{\partial L}{\partial z_i}": "definition",
        r"\frac{\partial L}{\partial x_i} = \gamma_i \, \text{dout}_i": "proved",
        r"\frac{\partial L}{\partial \gamma_i} = x_i \, dout_i": "proved",
        r"\frac{\partial L}{\partial \gamma_i} = \mathrm{dout}_i": "refuted",
    }
    assert judged(SCALED, lines) == lines


def test_axes_whose_size_has_one_name_have_one_size():
    """Σ_i 1 = N holds if N is also the size of the axis of i, which the prover does not know."""
    header = '[axes]\nrow = "N"\ncolumn = "N"\n[indices]\nrow = "i"\ncolumn = "j"\n[symbols]\nx = ["row", "column"]'
    lines = {r"\sum_j 1 = N": "undecided", r"\sum_i 1 = N": "proved", r"\sum_i \sum_j 1 = 2 N": "refuted"}
    assert judged(header, lines) == lines


def test_what_is_defined_as_the_same_for_every_sample():
    """Read from right to left, Σ_i W g(Σ_t x) would be y at no sample in particular, and g(Σ_t x) u at none."""
    header = r"""
[axes]
sample = { size = "N", data = true }
unit = "n"
[indices]
sample = "s t"
unit = "i p"
[symbols]
x = ["sample", "unit"]
u = ["sample", "unit"]
y = ["sample", "unit"]
W = ["unit", "unit"]
b = ["unit"]
'\nu' = ["unit"]
[functions]
g = "elementwise"
[cost]
symbol = "C"
of = "y"
"""
    lines = {
        r"u_{si} = g(\sum_t x_{ti})": "definition",
        r"y_{sp} = \sum_i W_{pi} u_{si} + b_p": "definition",
        r"\nu = \langle y \rangle": "definition",
        r"\nu_p = \sum_i W_{pi} g(\sum_t x_{ti}) + b_p": "proved",
        r"\nu_p = \sum_i W_{pi} \langle u_i \rangle + b_p": "proved",
        r"y_{sp} = \nu_p": "proved",
        r"\sum_p \sum_i W_{pi} g(\sum_t x_{ti}) = \sum_p (\nu_p - b_p)": "proved",
        r"\sum_p \sum_i W_{pi} g(\sum_t x_{ti}) = \sum_p \nu_p": "refuted",
        r"\frac{\partial C}{\partial x_{si}} = "
        r"g'(\sum_t x_{ti}) \sum_p W_{pi} \sum_t \frac{\partial C}{\partial y_{tp}}": "proved",
    }
    assert judged(header, lines) == lines
    forms = read_text(f"+++\n{header}\n+++{shown(list(lines)[:2])}").derive("x")
    assert [form.latex.split(" = ")[1] for form in forms] == [
        r"g'\left(\sum_{t} x_{ti}\right) \sum_{p} W_{pi} \sum_{t} \frac{\partial C}{\partial y_{tp}}"
    ]
