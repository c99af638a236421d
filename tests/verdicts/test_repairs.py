"""A wrong line is refuted and repaired, whatever its layout and whatever stands on its left."""

from __future__ import annotations

from tests.support.documents import judged, read_text, shown
from tests.verdicts.headers import SOFTMAX


def test_a_wrong_line_is_repaired_whatever_lays_it_out():
    header = SOFTMAX
    lines = {
        r"p_i = \frac{\exp(z_i)}{\sum_k \exp(z_k)}": "definition",
        r"\frac{\partial p_i}{\partial z_j} = \begin{cases} p_i (1 - p_i) & \text{if } i = j \\ 0 & \text{otherwise}"
        r"\end{cases}": "refuted",
        r"\sum_i \frac{\partial p_i}{\partial z_j} = \left< p, z \right>": "refuted",
    }
    assert judged(header, lines) == lines


def test_a_product_on_the_left_is_repaired_where_it_can_be():
    header = r"""
[axes]
sample = { size = "N", data = true }
unit = "n"
[symbols]
x = ["sample", "unit"]
v = ["unit"]
'\sigma' = ["unit"]
"""
    lines = {r"v \sigma = \overline{x}^{\odot 2}": "refuted"}
    assert judged(header, lines) == lines


def test_what_has_no_name_binds_no_letter_of_the_line_that_it_is_written_into():
    r"""∂‖v‖/∂v names \sqrt{\sum_i v_i^2}; in a line about v_i it is written with another letter."""
    header = r"""
[axes]
in = "n"
[indices]
in = "i j k"
[symbols]
v = ["in"]
w = ["in"]
g = []
[cost]
symbol = 'L'
of = 'w'
"""
    lines = [
        r"w_i = \frac{g}{\|v\|} v_i",
        r"\frac{\partial \|v\|}{\partial v_i} = \frac{v_i}{\|v\|}",
        r"\frac{\partial L}{\partial v_i} = \frac{g}{\|v\|} \sum_j (\delta_{ij} - v_i) \frac{\partial L}{\partial w_j}",
    ]
    *_, wrong = read_text(f"+++\n{header}\n+++{shown(lines)}").verify()
    assert wrong.verdict == "refuted"
    assert wrong.suggestions
    assert not any(r"\sum_i" in suggestion for suggestion in wrong.suggestions)


def test_a_jacobian_in_denominator_layout_is_written_as_its_matrix():
    header = r"""
[axes]
d = "d"
[symbols]
x = ["d"]
g = ["d"]
n = ["d"]
r = { axes = [], positive = true }
I = { axes = ["d", "d"], value = "identity" }
[reading]
products = "matrix"
layout = "denominator"
"""
    wrong = r"\frac{\partial n}{\partial x} = \frac1r \operatorname{diag}(g) (I - \frac{1}{r^2} x x^\top)"
    lines = [r"r = \sqrt{x^\top x}", r"n = \frac1r g \odot x", wrong]
    *_, result = read_text(f"+++\n{header}\n+++{shown(lines)}").verify()
    assert result.verdict == "refuted"
    assert result.suggestions[0] == r"\frac{1}{r} (\operatorname{diag}(g) - \frac{1}{{r}^2} x (x \odot g)^\top)"
