"""What is divided by, where it is no sum that could be replaced: products, sums of atoms, sums times atoms."""

from __future__ import annotations

import pytest

from tests.support.documents import claims, read_text, shown

HEADER = r"""+++
title = "Reciprocals"

[axes]
row = "m"
column = "n"

[indices]
row = "i"
column = "j k l"

[symbols]
'a' = ["row"]
'b' = ["row"]
'v' = ["row", "column"]
'w' = ["row", "column"]
'\rho' = { axes = ["row"], positive = true }
's' = { axes = [], positive = true }
'c' = { axes = [], positive = true }
't' = []
'f' = ["row"]
'q' = []
+++
"""
FORWARD = [
    r"\rho_i = \sqrt{\sum_j v_{ij}^2}",
    r"w_{ij} = a_i \frac{v_{ij}}{\rho_i}",
    r"s = 3 c^2",
    r"f_i = \frac{a_i}{a_i^2 + b_i^2}",
    r"q = \sum_i \frac{a_i^2}{a_i^2 + b_i^2}",
]
TRUE = [
    r"\frac{a_i^2}{\sum_j w_{ij}^2} = 1",
    r"\frac{a_i^3 b_i}{\sum_j w_{ij}^2} = a_i b_i",
    r"\sum_i b_i \frac{a_i^2}{\sum_j w_{ij}^2} = \sum_i b_i",
    r"\frac{w_{ij} w_{ik}}{\sum_l w_{il}^2} = \frac{v_{ij} v_{ik}}{\sum_l v_{il}^2}",
    r"\frac{a_i^2 \sum_j v_{ij}^2}{\sum_j (a_i v_{ij})^2} = 1",
    r"\sum_i t b_i \frac{a_i^2 \sum_j v_{ij}^2}{\sum_j (a_i v_{ij})^2} = t \sum_i b_i",
    r"\frac{c^3}{s} = \frac{c}{3}",
    r"\frac{1}{s c} = \frac{s}{9 c^5}",
    r"\frac{a_i^2}{a_i^2 + b_i^2} + \frac{b_i^2}{a_i^2 + b_i^2} = 1",
    r"\frac{\partial f_i}{\partial a_i} = \frac{b_i^2 - a_i^2}{(a_i^2 + b_i^2)^2}",
    r"q = m - \sum_i \frac{b_i^2}{a_i^2 + b_i^2}",
    r"\frac{\partial q}{\partial b_i} = -2 a_i b_i \frac{f_i}{a_i^2 + b_i^2}",
]
FALSE = [
    r"\frac{a_i^2}{\sum_j w_{ij}^2} = 2",
    r"\frac{a_i}{\sum_j w_{ij}^2} = 1",
    r"\frac{w_{ij} w_{ik}}{\sum_l w_{il}^2} = a_i^2 \frac{v_{ij} v_{ik}}{\sum_l v_{il}^2}",
    r"\frac{c^3}{s} = c",
    r"\frac{\partial f_i}{\partial a_i} = \frac{b_i^2}{(a_i^2 + b_i^2)^2}",
    r"q = 1 - \sum_i \frac{b_i^2}{a_i^2 + b_i^2}",
]


@pytest.mark.parametrize(("formulas", "verdict"), [(TRUE, "proved"), (FALSE, "refuted")], ids=["true", "false"])
def test_quotients(formulas, verdict):
    found = claims(read_text(HEADER + shown(FORWARD + formulas)))
    assert len(found) == len(formulas)
    assert [(r.statement.latex, r.verdict) for r in found] == [(r.statement.latex, verdict) for r in found]
