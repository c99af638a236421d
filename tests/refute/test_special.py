"""Special cases in which a wrong line would be right: symmetric matrices, deviations and norms that are one."""

from __future__ import annotations

import pytest

from tests.support.documents import read_text, shown

HEADER = r"""
[axes]
sample = { size = "N", data = true }
unit = "n"
[indices]
sample = "s t"
unit = "i j k"
[symbols]
A = ["unit", "unit"]
x = ["unit"]
y = ["unit"]
q = []
u = ["sample"]
v = ["sample"]
p = ["unit"]
z = ["unit"]
'\sigma' = { axes = [], positive = true }
'\tau' = { axes = [], positive = true }
'\hat{u}' = ["sample"]
[cost]
symbol = "L"
of = "v"
"""
FORWARD = [
    r"q = \sum_i \sum_j x_i A_{ij} x_j",
    r"y_i = \frac{x_i}{\|x\|}",
    r"\sigma = \sqrt{\langle (u - \langle u \rangle)^2 \rangle}",
    r"\hat u_s = \frac{u_s - \langle u \rangle}{\sigma}",
    r"v_s = 3 \hat u_s",
    r"p_i = \frac{e^{z_i/\tau}}{\sum_k e^{z_k/\tau}}",
]
BRACKET = (
    r"\frac{\partial L}{\partial v_s} - \langle \frac{\partial L}{\partial v} \rangle"
    r" - \hat u_s \langle \hat u \frac{\partial L}{\partial v} \rangle"
)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (r"\frac{\partial q}{\partial x_i} = 2 \sum_j A_{ij} x_j", "true if A is symmetric"),
        (r"\frac{\partial q}{\partial x_i} = 2 \sum_j A_{ji} x_j", "true if A is symmetric"),
        (
            r"\frac{\partial y_i}{\partial x_j} = \frac{\delta_{ij} - x_i x_j}{\|x\|}",
            r"true if \sum_{k} {x_{k}}^{2} = 1",
        ),
        (
            rf"\frac{{\partial L}}{{\partial u_s}} = 3 ({BRACKET})",
            r"true if \sigma = 1",
        ),
        (r"\frac{\partial p_i}{\partial z_j} = p_i (\delta_{ij} - p_j)", r"true if \tau = 1"),
    ],
)
def test_a_special_case_is_named(line, expected):
    *_, wrong = read_text(f"+++\n{HEADER}\n+++{shown([*FORWARD, line])}").verify()
    assert wrong.verdict == "refuted"
    assert expected in [condition.words for condition in wrong.conditions]


@pytest.mark.parametrize(
    "line",
    [
        r"\frac{\partial q}{\partial x_i} = \sum_j A_{ij} x_j",
        rf"\frac{{\partial L}}{{\partial u_s}} = 2 ({BRACKET})",
        r"\frac{\partial p_i}{\partial z_j} = p_i (\delta_{ij} + p_j)",
    ],
)
def test_none_is_named_where_it_does_not_help(line):
    *_, wrong = read_text(f"+++\n{HEADER}\n+++{shown([*FORWARD, line])}").verify()
    assert wrong.verdict == "refuted"
    assert not [c.words for c in wrong.conditions if "symmetric" in c.words or c.words.endswith("= 1")]
