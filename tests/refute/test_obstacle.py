r"""Every undecided claim says what stopped it, in the result and in the report's data."""

from __future__ import annotations

import pytest

from bnsym.report.data import report
from bnsym.report.outcome import Outcome
from tests.support.documents import claims, read_text, shown

HEADER = r"""+++
[axes]
sample = { size = "N", data = true }
unit = "n"
[indices]
sample = "s t"
unit = "i j"
[layers]
generic = "l"
last = "L"
[symbols]
'x' = ["sample", "unit"]
'a' = []
'b' = []
'p' = { axes = [], positive = true }
'v^l' = ["sample"]
'w^l' = []
[functions]
g = "elementwise"
[cost]
symbol = "C"
of = 'v^L'
+++

$$v_s^l = w^l g(v_s^{l-1})$$
"""
FIRST = r"\sum_s x_{si}^2 + p"
SECOND = r"\sum_s x_{si}^2 + 2 p"
UNDECIDED = {  # what stopped it, and what does
    "roots that share a leading sum": (
        rf"\sqrt{{{FIRST}}} \sqrt{{{SECOND}}} = \sqrt{{({FIRST}) ({SECOND})}}",
        "shares its leading sum with another",
    ),
    "a root of a compound without a sign": (r"\sqrt{p^2 + 2 p + 1} = p + 1", "whose sign is not known"),
    "reciprocals of roots": (r"\sqrt{p + 1} + \sqrt{p} = \frac{1}{\sqrt{p + 1} - \sqrt{p}}", "in part only"),
    "an identity of a known function": (r"\sin(a)^2 + \cos(a)^2 = 1", "identities of cos and sin"),
    "layers that are not in view": (
        r"\frac{\partial v_s^l}{\partial v_t^3} = 0",
        "layers between those of the claim are not in view",
    ),
    "too many terms": (r"(a + b + p + \sum_s x_{si} + \sum_s x_{si}^2)^{40} = a", "a bound was reached"),
    "a sum over too many indices": (
        r"\sum_s (\sum_i x_{si})^{60} = \sum_s (\sum_i x_{si})^{30} (\sum_i x_{si})^{30}",
        "61 bound indices",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNDECIDED)
def test_what_stopped_it_is_said(case):
    line, stopped = UNDECIDED[case]
    derivation = read_text(HEADER + shown([line]))
    (result,) = claims(derivation)
    assert result.verdict == "undecided"
    assert result.problem is not None and stopped in result.problem.message, result.problem
    (document,) = report([Outcome("document.md", results=tuple(derivation.verify()))])["documents"]
    *_, statement = document["statements"]
    assert statement["stopped"]["message"] == result.problem.message
    assert statement["stopped"]["line"] == result.statement.line
    assert "error" not in statement


def test_how_the_search_for_numbers_went_is_said():
    (result,) = claims(read_text(HEADER + shown([r"\sqrt{2} \sqrt{3} = \sqrt{6}"])))
    assert result.problem is not None and "the two sides agree at 3 instances" in result.problem.message
