"""A wrong line is refuted and repaired, whatever its layout and whatever stands on its left."""

from __future__ import annotations

from tests.support.documents import judged
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
