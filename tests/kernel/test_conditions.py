"""What a single condition of the kernel sees to, one small case each: without it, something else would pass."""

from __future__ import annotations

from fractions import Fraction

import pytest

from bnsym.kernel.data import Rejected, encode
from bnsym.kernel.rules import Theory, derivative_name
from bnsym.kernel.term import MAX_POWER, Term
from bnsym.testing.graphs import definition, function, graph, leaf, mean, root

T = Term.tensor
AT_I = (("i", "a"),)
X = [leaf("x", "a"), leaf("p", sign="positive"), leaf("q", sign="positive")]


def admitted(theory: Theory, term: Term, free=()) -> frozenset:
    """The hypotheses under which a term is equal to itself. Raises Rejected if it means nothing."""
    return theory.linear(free, term, term, [])[0].hypotheses


# ---------------------------------------------------------------- what may be divided by


def test_of_functions_only_exp_has_a_sign():
    theory = Theory(graph(*X, function("g(x)", "g", "x"), function("e(x)", "exp", "x")))
    assert admitted(theory, T("e(x)", ["i"], -1), AT_I) == frozenset()
    with pytest.raises(Rejected, match="its sign is not known"):
        admitted(theory, T("g(x)", ["i"], -1), AT_I)


def test_what_is_divided_by_inside_a_sum_has_a_sign_too():
    with pytest.raises(Rejected, match="its sign is not known"):
        admitted(Theory(graph(*X)), T("x", ["i"], -1).close(AT_I))


def test_every_power_adds_its_hypothesis():
    found = admitted(Theory(graph(*X)), T("p", (), -1) * T("q", (), Fraction(1, 2)) + T("q"))
    assert found == {("positive", "p"), ("positive", "q")}


def test_the_left_hand_side_of_an_assumption_adds_its_hypotheses():
    assumed = {"free": [], "left": encode(T("p", (), -1)), "right": encode(Term.number(1))}
    found = Theory(graph(*X, hypotheses=[assumed])).schema(("hypothesis", "0")).hypotheses
    assert found == {("assumption", "0"), ("positive", "p")}


def test_how_many_there_are_is_positive_without_a_hypothesis():
    assert Theory(graph(*X)).positive(Term.size("a") * T("p") + Term.size("b")) == {("positive", "p")}


def test_the_agreement_of_indices_that_nobody_knows_is_refused():
    with pytest.raises(Rejected, match="does not join two indices"):
        admitted(Theory(graph(*X)), Term.delta("v", "w"))


# ---------------------------------------------------------------- derivatives


def test_a_tensor_is_its_own_derivative_where_the_indices_agree():
    equation = Theory(graph(*X)).schema(("chain", "x", "x"))
    (i, j), axes = zip(*equation.free, strict=True)
    assert axes == ("a", "a") and equation.left == T(derivative_name("x", "x"), [i, j])
    assert equation.right == Term.delta(i, j)


def test_what_is_defined_by_a_tensor_is_differentiated_at_its_own_indices():
    theory = Theory(graph(*X, definition("m", {}, mean(T("x", ["s"]), "s", "a")), definition("y", {"i": "a"}, T("m"))))
    assert theory.schema(("chain", "m", "x")).right == Term.size("a", -1)
    square = Theory(graph(*X, definition("y", {"i": "a"}, T("x", ["i"], 2)))).schema(("chain", "y", "x"))
    (i, j), _ = zip(*square.free, strict=True)
    assert square.right == T("x", [i]).scale(2) * Term.delta(i, j)


def test_the_direct_derivatives_of_definitions_and_roots():
    x = T("x", ["i"])
    body = definition("d", {"i": "a"}, x**2 * T("p") + T("g1(x)", ["i"]))
    functions = [function(f"g{order}(x)", "g", "x", order) for order in range(3)]
    theory = Theory(graph(*X, *functions, body, root("r", {"i": "a"}, x**2 + T("d", ["i"]) + T("p"))))
    for name, expected, hypotheses in [
        ("d", lambda i: T("x", [i]).scale(2) * T("p") + T("g2(x)", [i]), {("differentiable", "g", "x")}),
        ("r", lambda i: T("x", [i]) * T("r", [i], -1), {("positive", "r")}),
    ]:
        equation = theory.schema(("direct", name, "x"))
        (i, j), axes = zip(*equation.free, strict=True)
        assert axes == ("a", "a") and equation.left == T(derivative_name(name, "x", direct=True), [i, j])
        assert equation.right == expected(i) * Term.delta(i, j) and equation.hypotheses == hypotheses


def test_the_law_of_exp_needs_what_it_takes_the_logarithm_of():
    tensors = [function("log(p)", "log", "p"), definition("t", {}, T("log(p)")), function("exp(t)", "exp", "t")]
    equation = Theory(graph(*X, *tensors)).schema(("law", "t"))
    assert equation.right == T("p") and equation.hypotheses == {("positive", "p")}


# ---------------------------------------------------------------- terms


@pytest.mark.parametrize("order", [("t", "u"), ("u", "t")])
def test_indices_that_agree_are_one_in_whatever_order_they_are_bound(order):
    term = Term.delta("t", "u") * T("x", ["t"]) * T("y", ["u"])
    assert term.close([(index, "a") for index in order]) == (T("x", ["t"]) * T("y", ["t"])).close([("t", "a")])


def test_factors_that_become_equal_under_a_sum_are_multiplied():
    product = (T("K", ["i", "t"]) * T("K", ["j", "t"])).close([("t", "a")])
    assert product.rename({"j": "i"}) == T("K", ["i", "t"], 2).close([("t", "a")])


def test_factors_are_told_with_the_powers_that_they_have_inside_a_sum():
    ((name, _, power),) = T("x", ["t"], 3).close([("t", "a")]).factors()
    assert (name, power) == ("x", 3)


def test_the_largest_exponents_are_admitted_and_no_larger_ones():
    for exponent in (MAX_POWER, -MAX_POWER):
        assert T("p") ** exponent == T("p", (), exponent)
        with pytest.raises(ValueError):
            T("p") ** (exponent + (1 if exponent > 0 else -1))
