"""The mean as an object of SymPy's, and what derivatives and LaTeX make of it."""

from __future__ import annotations

import pytest
import sympy
from sympy import IndexedBase, KroneckerDelta, Symbol, latex, symbols

from bnsym.calculus.symbolic import Agreement, Entry, Mean, Power, Total, elementwise

N = Symbol("N", positive=True)
s, t, j = symbols("s t j")
x, u = IndexedBase("x"), IndexedBase("u")


def test_it_prints_as_a_mean():
    assert latex(Mean(x[t, j], t, N)) == r"\left\langle {x}_{t,j} \right\rangle"
    assert latex(2 * Mean(x[t, j] * u[t, j], t, N)).startswith(r"2 \left\langle ")


def test_it_is_kept():
    mean = Mean(x[t, j] ** 2, t, N)
    assert isinstance(mean, Mean) and (mean + 1).has(Mean)
    assert Mean(sympy.S.Zero, t, N) == 0


def test_its_index_is_bound():
    mean = Mean(x[t, j], t, N)
    assert t not in mean.free_symbols and {j, N} <= mean.free_symbols


def test_its_derivative_is_the_mean_of_the_derivative():
    found = Mean(x[t, j] ** 2, t, N).diff(x[s, j])
    assert isinstance(found, Mean)
    assert found == Mean(2 * KroneckerDelta(s, t) * x[t, j], t, N)
    assert Mean(u[t], t, N).diff(x[s]) == 0


def test_it_comes_to_a_sum():
    total = Mean(x[t], t, sympy.Integer(3)).doit().doit()
    assert sympy.expand(total - (x[1] + x[2] + x[3]) / 3) == 0


def test_definitions_have_means_where_the_document_has(symbolic):
    data = [axis for axis in symbolic.graph.axes.values() if axis.data]
    means = [body for body in symbolic.definitions.values() if body.has(Mean)]
    assert means or not any(r"\langle" in a for a in map(str, data))
    for body in means:
        assert r"\left\langle" in latex(body)


def test_an_opaque_function_differentiates_to_the_next(symbolic):
    g = elementwise("g", 0)(x[s])
    assert g.diff(x[s]) == elementwise("g", 1)(x[s])
    assert g.diff(x[t]).has(KroneckerDelta)
    assert elementwise("g", 1) is elementwise("g", 1)


def test_terms_come_back(symbolic):
    """From a term to SymPy and back is the identity, for every body and every derivative of one."""
    for node in symbolic.graph.nodes.values():
        if node.term is not None:
            assert symbolic.term(symbolic.expression(node.term)) == node.term


def test_what_is_no_expression_of_the_graph_is_refused(symbolic):
    with pytest.raises(TypeError, match="not an expression over the graph"):
        symbolic.term(sympy.Max(1, sympy.Symbol("q")))


def test_what_is_kept_comes_to_sympys_own():
    """`doit` leaves nothing of ours: sums, agreements of indices, powers; and they are worth the same."""
    base = IndexedBase("x")
    entry, other = Entry(base, s), Entry(base, t)
    assert Power(entry, sympy.Integer(1)) == entry
    slope = Power(entry, sympy.Rational(3, 2))._eval_derivative(other)
    assert slope.has(Agreement) and entry._eval_derivative(Entry(u, t)) == 0
    assert slope.doit() == sympy.Rational(3, 2) * sympy.sqrt(entry) * KroneckerDelta(s, t)
    total = Total(Power(entry, sympy.Integer(2)), s, sympy.Integer(3)).doit().doit()
    assert total == sum(Entry(base, k) ** 2 for k in (1, 2, 3))
    assert latex(Total(x[t] + 1, t, N)) == r"\sum_{t} \left({x}_{t} + 1\right)"
