"""exp of a sum, log of a product, and that what is positive by its form needs no hypothesis."""

from __future__ import annotations

import pytest

from tests.support.documents import claims, read_text, shown

HEADER = r"""+++
title = "Laws"

[axes]
class = "K"

[indices]
class = "i j k"

[symbols]
'z' = ["class"]
'p' = ["class"]
'q' = ["class"]
'y' = ["class"]
'\ell' = ["class"]
'a' = []
'b' = []
's' = { axes = [], positive = true }
'L' = []
+++
"""
FORWARD = [
    r"p_i = \frac{e^{z_i}}{\sum_k e^{z_k}}",
    r"\ell_i = z_i - \log\left(\sum_k e^{z_k}\right)",
    r"q_i = \frac{e^{z_i - a}}{\sum_k e^{z_k - a}}",
    r"L = -\sum_i y_i \log(p_i)",
]
TRUE = [
    r"\log(p_i) = z_i - \log\left(\sum_k e^{z_k}\right)",
    r"\exp(\ell_i) = p_i",
    r"\log(p_i) = \ell_i",
    r"q_i = p_i",
    r"\log(q_i) = \ell_i",
    r"a + \log\left(\sum_k e^{z_k - a}\right) = \log\left(\sum_k e^{z_k}\right)",
    r"e^{a + b} = e^a e^b",
    r"e^{2a - \frac{1}{2} b} = \frac{(e^a)^2}{\sqrt{e^b}}",
    r"\exp(-\log(s)) = \frac{1}{s}",
    r"\log(s^2 e^a) = 2 \log(s) + a",
    r"L = \log\left(\sum_k e^{z_k}\right) \sum_i y_i - \sum_i y_i z_i",
    r"\frac{\partial L}{\partial z_j} = p_j \sum_i y_i - y_j",
    r"\frac{\partial L}{\partial p_i} = -\frac{y_i}{p_i}",
]
FALSE = [
    r"\log(p_i) = z_i",
    r"\exp(\ell_i) = 2 p_i",
    r"q_i = e^a p_i",
    r"e^{a + b} = e^a + e^b",
    r"\log(s^2 e^a) = \log(s) + a",
]


@pytest.mark.parametrize(("formulas", "verdict"), [(TRUE, "proved"), (FALSE, "refuted")], ids=["true", "false"])
def test_exponentials_and_logarithms(formulas, verdict):
    found = claims(read_text(HEADER + shown(FORWARD + formulas)))
    assert [(r.statement.latex, r.verdict) for r in found] == [(formula, verdict) for formula in formulas]
    if verdict == "proved":
        assert {h for r in found for h in r.hypotheses} == {"s > 0"}


@pytest.mark.parametrize(
    "definition",
    [
        r"L = \frac{b}{\sum_k z_k^2 + a} + \sqrt{\sum_i z_i^2 + a}",
        r"L = \sqrt{\sum_i z_i^2 + a} + \frac{b}{\sum_k z_k^2 + a}",
    ],
    ids=["reciprocal first", "root first"],
)
def test_a_base_that_is_divided_by_and_has_a_root_needs_one_hypothesis(definition):
    claim = r"\left(\sqrt{\sum_k z_k^2 + a}\right)^4 \frac{\partial L}{\partial b} = \sum_k z_k^2 + a"
    (found,) = claims(read_text(HEADER + shown([definition, claim])))
    assert found.verdict == "proved"
    (hypothesis,) = found.hypotheses
    assert hypothesis.endswith(" + a > 0")
