"""Softmax, its logarithm and the log of a sum of exponentials, in both notations."""

from __future__ import annotations

import pytest

from tests.support.documents import judged

NAMED = r"""
[axes]
sample = { size = "N", data = true }
class = "K"
[indices]
sample = "s"
class = "i j k"
[symbols]
z = ["sample", "class"]
u = ["class"]
v = ["class"]
p = ["sample", "class"]
f = []
"""
MATRICES = NAMED.replace(", data = true", "") + '\n[reading]\nproducts = "matrix"\n'


@pytest.mark.parametrize(
    "written",
    [
        r"p_s = \operatorname{softmax}(z_s)",
        r"p = \mathrm{softmax}(z)",
        r"p_{si} = \text{softmax}(z_s)_i",
        r"p_{si} = \operatorname{softmax}_i(z_{si})",
        r"p_{si} = \operatorname{Softmax}(z_{si})",
    ],
)
def test_softmax_runs_over_the_axis_without_a_letter_or_with_its_subscript(written):
    lines = {
        written: "definition",
        r"p_{si} = \frac{e^{z_{si}}}{\sum_k e^{z_{sk}}}": "proved",
        r"\frac{\partial p_{si}}{\partial z_{sj}} = p_{si} (\delta_{ij} - p_{sj})": "proved",
        r"\frac{\partial p_{si}}{\partial z_{sj}} = p_{si} \delta_{ij}": "refuted",
        r"\sum_i p_{si} = 1": "proved",
        r"\sum_s p_{si} = 1": "refuted",
    }
    assert judged(NAMED, lines) == lines


def test_logarithms():
    lines = {
        r"f = \operatorname{logsumexp}(u)": "definition",
        r"f = \operatorname{LSE}_i(u_i)": "proved",
        r"\frac{\partial f}{\partial u_i} = \operatorname{softmax}(u)_i": "proved",
        r"\log \operatorname{softmax}(u)_i = u_i - f": "proved",
        r"\log \operatorname{softmax}(u) = \operatorname{logsoftmax}(u)": "proved",
        r"\operatorname{logsoftmax}(u)_i = u_i": "refuted",
    }
    assert judged(NAMED, lines) == lines


def test_softmax_of_a_matrix_runs_along_its_rows():
    lines = {
        r"p = \operatorname{softmax}(z)": "definition",
        r"\sum_i p_{si} = 1": "proved",
        r"\frac{\partial f}{\partial u} = v": "proved",
        r"f = \operatorname{logsumexp}(u)": "definition",
        r"v = \operatorname{softmax}(u)": "definition",
        r"\frac{\partial v}{\partial u} = \operatorname{diag}(v) - v v^\top": "proved",
        r"\frac{\partial v}{\partial u} = \operatorname{diag}(v) + v v^\top": "refuted",
    }
    assert judged(MATRICES, lines) == lines


@pytest.mark.parametrize(
    "written", [r"f = \operatorname{softmax}(f)", r"p = \operatorname{softmax}_s(u)", r"p = \operatorname{softmax}'(z)"]
)
def test_softmax_of_nothing(written):
    assert judged(NAMED, {written: ""})[written] in ("ill-formed", "error")
