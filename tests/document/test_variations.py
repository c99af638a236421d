r"""Equations between differentials: dy = A dx says what the derivatives of y are by all that varies on the right."""

import pytest

from tests.support.documents import read_text, shown

MATRIX = r"""
[axes]
input = "n"
output = "m"
[symbols]
A = ["output", "input"]
x = ["input"]
y = ["output"]
b = ["output"]
t = ["output"]
f = []
[reading]
products = "matrix"
"""
INDICES = r"""
[axes]
batch = { size = "m", data = true }
[indices]
batch = "i j"
[symbols]
x = ["batch"]
z = ["batch"]
y = ["batch"]
q = ["batch"]
r = ["batch"]
'\mu' = []
'\gamma' = []
[cost]
symbol = '\ell'
of = "y"
"""


def judged(header, lines):
    derivation = read_text(f"+++\n{header}\n+++{shown(dict.fromkeys(lines, ''))}")
    assert derivation.document.problem is None, derivation.document.problem
    return [result.verdict for result in derivation.verify()]


@pytest.mark.parametrize(
    ("line", "verdicts"),
    [
        (r"\mathrm{d}y = A \, \mathrm{d}x", "proved"),
        (r"\mathrm{d}y = (\mathrm{d}A) x + A \, \mathrm{d}x + \mathrm{d}b", "proved"),
        (r"\mathrm{d}y = A \, \mathrm{d}x - \mathrm{d}b", "refuted"),
        (r"dy = A^\top dx", "ill-formed"),
        (r"df = (y - t)^\top dy = (y - t)^\top A \, dx", "proved proved"),
        (r"df = 2 (y - t)^\top dy", "refuted"),
        (r"df = \langle y - t, dy \rangle", "proved"),
        (r"df = \operatorname{tr}\left( x (y - t)^\top dA \right)", "proved"),
        (r"d(x^\top A^\top A x) = 2 x^\top A^\top A \, dx", "proved"),
        (r"d(x^\top A^\top A x) = x^\top A^\top A \, dx", "refuted"),
        (r"\mathrm{d} \|A\|_F^2 = 2 \operatorname{tr}(A^\top \mathrm{d}A)", "proved"),
        (r"df = (y - t)^\top", "error"),
        (r"f = (y - t)^\top dy", "error"),
        (r"df = (y - t)^\top d(A x)", "error"),
    ],
)
def test_in_matrix_notation(line, verdicts):
    first = [r"y = A x + b", r"f = \frac{1}{2} \|y - t\|^2"]
    assert " ".join(judged(MATRIX, [*first, line])[2:]) == verdicts


@pytest.mark.parametrize(
    ("line", "verdicts"),
    [
        (r"dz_i = dx_i - d\mu", "proved"),
        (r"dz_i = dx_i - \frac{1}{m} \sum_j dx_j", "proved"),
        (r"dz_i = dx_i", "refuted"),
        (r"d\mu = \frac{1}{m} \sum_i dx_i", "proved"),
        (r"d\ell = \sum_i \frac{\partial \ell}{\partial y_i} dy_i", "proved"),
        (r"d\ell = \gamma \sum_i \frac{\partial \ell}{\partial y_i} dz_i", "proved"),
        (r"d\ell = \sum_i \frac{\partial \ell}{\partial y_i} dz_i", "refuted"),
        (r"dy_i = z_i \, d\gamma + \gamma \, dz_i", "proved"),
        (r"dy_i = \gamma \, dz_j", "ill-formed"),
        (r"dq_i = 2 x_i \, dx_i - \mu \, dx_i - x_i \, d\mu", "proved"),
        (r"dq_i = (2 x_i - \mu) \, dx_i", "refuted"),
        (r"dq_i = (2 x_i - \mu) \, dx_i + 0 d\gamma", "refuted"),
        (r"dq_i = (2 x_i - \mu) \, dx_i - \frac{x_i}{m} \sum_j dx_j", "proved"),
        (r"dr_i = q_i \, dz_i + z_i \, dx_i", "ill-formed"),
    ],
)
def test_with_indices(line, verdicts):
    first = [r"\mu = \frac{1}{m} \sum_i x_i", r"z_i = x_i - \mu", r"y_i = \gamma z_i"]
    more = [r"q_i = x_i^2 - x_i \mu", r"r_i = q_i z_i"]
    assert " ".join(judged(INDICES, [*first, *more, line])[5:]) == verdicts
