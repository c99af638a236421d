"""Second derivatives: of what the document defines, in both notations, and what is not read of them."""

from __future__ import annotations

import json

import pytest

from bnsym.kernel.check import check
from bnsym.language.claim import mismatch
from tests.support.documents import judged, read_text, shown
from tests.verdicts.headers import SCALED, SOFTMAX

FUNCTIONS = r"""
[axes]
unit = "n"
[indices]
unit = "i j k"
[symbols]
x = ["unit"]
z = ["unit"]
y = ["unit"]
a = ["unit"]
s = ["unit"]
G = ["unit"]
f = []
q = []
t = []
u = []
[functions]
g = "elementwise"
'\sigma' = "logistic"
"""
LOGSUMEXP = {r"f = \log \sum_k e^{x_k}": "definition", r"s_i = \frac{e^{x_i}}{\sum_k e^{x_k}}": "definition"}
MATRICES = r"""
[axes]
sample = "m"
feature = "d"
[symbols]
X = ["sample", "feature"]
w = ["feature"]
z = ["sample"]
p = ["sample"]
y = ["sample"]
J = []
H = ["feature", "feature"]
I = { axes = ["feature", "feature"], value = "identity" }
'\lambda' = []
[functions]
'\sigma' = "logistic"
[reading]
products = "matrix"
"""


@pytest.mark.parametrize(
    "written",
    [
        r"\frac{\partial^2 f}{\partial x_i \partial x_j}",
        r"\frac{\partial}{\partial x_j} \frac{\partial f}{\partial x_i}",
        r"\frac{\partial}{\partial x_i} \left( \frac{\partial f}{\partial x_j} \right)",
        r"\frac{\partial^2}{\partial x_i \partial x_j} f",
        r"\frac{\partial G_i}{\partial x_j}",
    ],
)
def test_the_hessian_of_a_log_of_a_sum(written):
    lines = LOGSUMEXP | {
        r"G_i = \frac{\partial f}{\partial x_i}": "definition",
        rf"{written} = s_i \delta_{{ij}} - s_i s_j": "proved",
        rf"{written} = \frac{{\partial s_i}}{{\partial x_j}}": "proved",
        rf"{written} = s_i \delta_{{ij}} + s_i s_j": "refuted",
        rf"\sum_j {written} = 0": "proved",
    }
    assert judged(FUNCTIONS, lines) == lines


def test_twice_by_the_same():
    lines = LOGSUMEXP | {
        r"\frac{\partial^2 f}{\partial x_i^2} = s_i (1 - s_i)": "proved",
        r"\frac{\partial^2 f}{\partial x_i^2} = s_i": "refuted",
        r"q = \frac{1}{2} u t^2 + u^3": "definition",
        r"\frac{d^2 q}{d t^2} = u": "proved",
        r"\frac{\partial^2 q}{\partial u^2} = 6 u": "proved",
        r"\frac{\partial^2 q}{\partial u \, \partial t} = t": "proved",
        r"\frac{\partial^2 q}{\partial u \partial t} = 2 t": "refuted",
    }
    assert judged(FUNCTIONS, lines) == lines


def test_through_stages_and_any_activation():
    lines = {
        r"z_i = a_i \sum_k x_k": "definition",
        r"y_i = g(z_i)": "definition",
        r"f = \sum_i \sigma(y_i)": "definition",
        r"\frac{\partial^2 y_i}{\partial x_j \partial x_k} = a_i^2 g''(z_i)": "proved",
        r"\frac{\partial^2 y_i}{\partial x_j \partial x_k} = a_i g''(z_i)": "refuted",
        r"s_i = \sigma(y_i)": "definition",
        r"\frac{\partial^2 f}{\partial y_i \partial y_j} = \delta_{ij} s_i (1 - s_i) (1 - 2 s_i)": "proved",
        r"\frac{\partial^2 f}{\partial z_i^2} = s_i (1 - s_i) ((1 - 2 s_i) g'(z_i)^2 + g''(z_i))": "proved",
        r"\frac{\partial^2 f}{\partial z_i^2} = s_i (1 - s_i) (1 - 2 s_i) g'(z_i)^2": "refuted",
    }
    assert judged(FUNCTIONS, lines) == lines


@pytest.mark.parametrize(
    "written",
    [r"\nabla_w^2 J", r"\nabla^2_w J", r"\frac{\partial^2 J}{\partial w \partial w^\top}", "H",
     r"\frac{\partial^2 J}{\partial w^T \partial w}", r"\frac{\partial}{\partial w} \nabla_w J"],
)  # fmt: skip
def test_hessians_in_matrix_notation(written):
    lines = {
        r"z = X w": "definition",
        r"p = \sigma(z)": "definition",
        r"J = -y^\top \log p - (1 - y)^\top \log(1 - p) + \frac{\lambda}{2} w^\top w": "definition",
        r"H = \nabla_w^2 J": "definition",
        rf"{written} = X^\top \operatorname{{diag}}(p \odot (1 - p)) X + \lambda I": "proved",
        rf"{written} = X^\top \operatorname{{diag}}(p) X + \lambda I": "refuted",
    }
    assert judged(MATRICES, lines) == lines


@pytest.mark.parametrize(
    ("header", "line", "said"),
    [
        (SCALED, r"\frac{\partial^2 L}{\partial z_i \partial z_j} = 0", "nothing is known of second derivatives of L"),
        (FUNCTIONS, r"\frac{\partial^3 q}{\partial u^3} = 6", "above two"),
        (FUNCTIONS, r"\frac{\partial^2 q}{\partial u} = 6", "a second derivative is by two"),
        (FUNCTIONS, r"\frac{\partial^2 f}{\partial x \partial x} = 0", "leaves two indices over unit implicit"),
        (SOFTMAX, r"\frac{\partial}{\partial z_k} \frac{\partial^2 p_i}{\partial z_i \partial z_j} = 0", "third ones"),
    ],
)
def test_what_is_not_read(header, line, said):
    result = read_text(f"+++\n{header}\n+++{shown([line])}").verify()[-1]
    assert result.verdict in ("error", "ill-formed")
    assert said in result.statement.problem.message


def test_a_second_derivative_is_shown_as_one_and_its_certificate_is_of_the_document():
    line = r"\frac{\partial^2 f}{\partial x_i \partial x_j} = s_i \delta_{ij} - s_i s_j"
    derivation = read_text(f"+++\n{FUNCTIONS}\n+++{shown([*LOGSUMEXP, line])}")
    *_, result = derivation.verify()
    assert result.reading.startswith(r"\frac{\partial^2 f}{\partial x_{i} \partial x_{j}} = ")
    certificate = json.dumps(derivation.certificate(result))
    check(certificate)
    assert mismatch(json.loads(certificate), derivation.document) is None


def test_what_a_derivative_was_written_out_to_is_proved_before_anything_is_said(monkeypatch):
    """Were the reader to differentiate wrongly, nothing would be proved or refuted with it."""
    monkeypatch.setattr("bnsym.document.statements.links.write_out", lambda derivative, _: derivative.denominator)
    lines = LOGSUMEXP | {
        r"\frac{\partial^2 f}{\partial x_i \partial x_j} = \delta_{ij}": "undecided",
        r"\frac{\partial^2 f}{\partial x_i \partial x_j} = s_i \delta_{ij} - s_i s_j": "undecided",
    }
    assert judged(FUNCTIONS, lines) == lines


def test_a_derivative_that_is_differentiated_is_derived_as_any_other():
    """What it was written out to is no name to fold its closed form back to."""
    lines = {
        r"J = \frac{1}{2} \|y - X w\|^2 + \frac{\lambda}{2} w^\top w": "",
        r"z = y - X w": "",
        r"\nabla_w^2 J = H": "",
    }
    derivation = read_text(f"+++\n{MATRICES}\n+++{shown(lines)}")
    (form,) = derivation.derive("w")
    left, right = form.latex.split(" = ")
    assert left not in right
    assert "X" in right
