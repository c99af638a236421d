"""Index expressions in matrix notation: what is joined by which product, and what by none."""

import pytest

from bnsym.document.rewording.matrices import Matrices, NoNotation
from bnsym.language.expression import Axis, Index, Product, Sum, Symbol, Tensor
from bnsym.language.latex import to_latex

A, B = Axis("a"), Axis("b")
R, J, K = Index("i", A), Index("j", B), Index("k", A)
M = Symbol("M", axes=(A, B))
V = Symbol("v", axes=(B,))


def write(expression, *head, ones="e"):
    return Matrices(head, to_latex, lambda axis: ones, lambda axis: "").text(expression)


def entry(symbol, *indices):
    return Tensor(symbol, None, indices)


def test_products():
    assert write(Sum(J, Product((entry(M, R, J), entry(V, J)))), R) == "M v"
    assert write(Sum(J, Product((entry(M, R, J), entry(M, K, J)))), R, K) == r"M M^\top"
    assert write(Sum(J, Product((entry(M, R, J), entry(V, J), entry(M, K, J)))), K, R) == (
        r"M \operatorname{diag}(v) M^\top"
    )
    assert write(Sum(J, Product((entry(V, J), entry(V, J))))) == r"v^\top v"
    assert write(Product((entry(M, R, J), entry(V, J))), R, J) == r"M \operatorname{diag}(v)"
    assert write(Product((entry(M, R, J), entry(M, R, J))), J, R) == r"(M \odot M)^\top"


def test_where_a_column_of_ones_is_needed():
    assert write(Sum(J, entry(M, R, J)), R) == "M e"
    assert write(entry(V, J), R, J) == r"e v^\top"
    with pytest.raises(NoNotation):
        write(Sum(J, entry(M, R, J)), R, ones="")


def test_what_no_product_of_matrices_is():
    three = [entry(M, Index(name, A), J) for name in "ikp"]
    with pytest.raises(NoNotation):
        write(Sum(J, Product(tuple(three))), R, K)
    with pytest.raises(NoNotation):
        write(entry(Symbol("T", axes=(A, A, B)), R, K, J), R, K, J)
