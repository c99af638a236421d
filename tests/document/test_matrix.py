"""Matrix notation: shapes, transpositions, elementwise products."""

import pytest

HEADER = r"""
[axes]
sample = { size = "N", data = true }
in = "D"
out = "M"
unit = "n"
[indices]
in = "i k"
out = "j"
[layers]
generic = "l"
last = "L"
[symbols]
X = ["sample", "in"]
W = ["in", "out"]
Y = ["sample", "out"]
A = ["in", "in"]
b = ["out"]
v = ["in"]
'\lambda' = []
'\mathbf{1}' = { axes = ["sample"], value = "ones" }
I = { axes = ["in", "in"], value = "identity" }
'w^l' = ["unit^l", "unit^{l-1}"]
'z^l' = ["unit^l"]
'a^l' = ["unit^l"]
'\delta^l' = ["unit^l"]
[functions]
'\sigma' = "elementwise"
[cost]
symbol = "C"
of = "Y"
[reading]
products = "matrix"
"""


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"Y = XW + \mathbf{1} b^\top", r"Y_{sj} = \sum_{i} X_{si} W_{ij} + b_{j}"),
        (r"Y = X A W", r"Y_{sj} = \sum_{i} \left(\sum_{k} X_{sk} A_{ki}\right) W_{ij}"),
        (r"\lambda = v^\top A v", r"\lambda = \sum_{i} \left(\sum_{k} v_{k} A_{ki}\right) v_{i}"),
        (r"\lambda = \operatorname{tr}(A^T A)", r"\lambda = \sum_{i} \sum_{k} A_{ki} A_{ki}"),
        (r"A = v v^\top", r"A_{ik} = v_{i} v_{k}"),
        (r"A = v v'", r"A_{ik} = v_{i} v_{k}"),
        (
            r"\nabla_v v^T A v = v",
            r"\sum_{k} \frac{\partial \left(\left(\sum_{j} v_{j} A_{jk}\right) v_{k}\right)}{\partial v_{i}} = v_{i}",
        ),
        (r"\lambda = v \cdot v", r"\lambda = \sum_{i} v_{i} v_{i}"),
        (r"\lambda = \langle v, W b \rangle", r"\lambda = \sum_{i} v_{i} \sum_{j} W_{ij} b_{j}"),
        (r"b^\top = \sum_{s=1}^N (X W)_{s,:}", r"b_{j} = \sum_{s} \sum_{i} X_{si} W_{ij}"),
        (r"Y_{sj} = (X W)_{sj}", r"Y_{sj} = \sum_{i} X_{si} W_{ij}"),
        (
            r"\frac{\partial C}{\partial v} = A v \odot v",
            r"\frac{\partial C}{\partial v_{i}} = \left(\sum_{k} A_{ik} v_{k}\right) v_{i}",
        ),
        (r"A = I + \lambda \operatorname{diag}(v)", r"A_{ik} = \delta_{ik} + \lambda \delta_{ik} v_{i}"),
        (r"\lambda = \|X\|_F^2", r"\lambda = \sum_{s} \sum_{i} {X_{si}}^{2}"),
        (
            r"\frac{\partial C}{\partial W} = X^\top \frac{\partial C}{\partial Y}",
            r"\frac{\partial C}{\partial W_{ij}} = \sum_{s} X_{si} \frac{\partial C}{\partial Y_{sj}}",
        ),
        (
            r"\delta^l = ((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l)",
            r"\delta_{p}^{l} = \left(\sum_{q} w_{qp}^{l+1} \delta_{q}^{l+1}\right) \sigma'\left(z_{p}^{l}\right)",
        ),
        (
            r"\delta^l = w^{(l+1)^T} \delta^{l+1}",
            r"\delta_{p}^{l} = \sum_{q} w_{qp}^{l+1} \delta_{q}^{l+1}",
        ),
        (r"\delta^l = w^{l+1\,T} \delta^{l+1}", r"\delta_{p}^{l} = \sum_{q} w_{qp}^{l+1} \delta_{q}^{l+1}"),
        (r"\delta^l = w^{l+1\top} \delta^{l+1}", r"\delta_{p}^{l} = \sum_{q} w_{qp}^{l+1} \delta_{q}^{l+1}"),
        (r"a_p^l = \sum_q w^l_{pq} z^{l-1}_q", r"a_{p}^{l} = \sum_{q} w_{pq}^{l} z_{q}^{l-1}"),
        (r"\frac{\partial z^l}{\partial b} = 1", r"\frac{\partial z_{p}^{l}}{\partial b_{j}} = 1"),
    ],
)
def test_shapes(document, written, read):
    found = document(f"$${written}$$", HEADER).statements[0]
    assert found.problem is None, found.problem
    assert found.readings[0].latex == read


@pytest.mark.parametrize(
    "written", ["Y = W X", "Y = X W^T", "v = v v", r"\lambda = \operatorname{tr}(W)", "Y = A W", "v = v + b"]
)
def test_shapes_that_do_not_fit(document, written):
    (found,) = document(f"$${written}$$", HEADER).statements
    assert found.kind == "ill-formed"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"\nabla_A C = A^2", r"\frac{\partial C}{\partial A_{ik}} = \sum_{i'} A_{ii'} A_{i'k}"),
        (r"\nabla_v C = (A^\top)^2 v", None),
        (r"\nabla_A C = A^{\odot 2}", r"\frac{\partial C}{\partial A_{ik}} = {A_{ik}}^{2}"),
        (r"\nabla_v C = v^2", r"\frac{\partial C}{\partial v_{i}} = {v_{i}}^{2}"),
        (r"\nabla_W C = W^2", r"\frac{\partial C}{\partial W_{ij}} = {W_{ij}}^{2}"),
    ],
)
def test_powers_of_matrices(document, written, read):
    (found,) = document(f"$${written}$$", HEADER).statements
    assert found.problem is None, found.problem
    assert read is None or found.readings[0].latex == read


@pytest.mark.parametrize("written", ["A^{-1}", "(A + I)^{-1}", r"A^{1/2}", r"\sqrt{A}"])
def test_inverses_and_roots_of_matrices_are_not_taken_entry_by_entry(document, written):
    (found,) = document(f"$$v = {written} v$$", HEADER).statements
    assert found.kind == "error" and "entry" in found.problem.message


def test_a_derivative_is_a_row_where_a_column_does_not_fit(document):
    found = document(
        r"$$\frac{\partial C}{\partial b} = v^\top W$$" "\n" r"$$\nabla_b C = v^\top W$$" "\n"
        r"$$A = v \frac{\partial C}{\partial v}$$" "\n" r"$$\frac{\partial C}{\partial b} = b^\top W$$",
        HEADER,
    )  # fmt: skip
    kinds = [s.kind for s in found.statements]
    assert kinds == ["claim", "ill-formed", "definition", "ill-formed"]
    assert found.statements[0].readings[0].latex == (r"\frac{\partial C}{\partial b_{j}} = \sum_{i} v_{i} W_{ij}")
    assert "ambiguous" in [e.kind for e in found.statements[0].errata]
    assert found.statements[2].readings[0].latex == r"A_{ik} = v_{i} \frac{\partial C}{\partial v_{k}}"
