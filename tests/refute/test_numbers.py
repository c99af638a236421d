"""Enclosures contain the numbers that they stand for, whatever is done with them, and stay narrow."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bnsym.refute.numbers import KNOWN, Enclosure, apart, bounds, known, positive, power

NARROW = Fraction(1, 10**60)
rationals = st.fractions(-30, 30, max_denominator=40)
exact = mpmath.MPContext()
exact.dps = 120
FUNCTIONS = {
    "exp": (exact.exp, exact.exp),
    "log": (exact.log, lambda x: 1 / x),
    "tanh": (exact.tanh, lambda x: 1 - exact.tanh(x) ** 2),
    "logistic": (lambda x: 1 / (1 + exact.exp(-x)), lambda x: exact.exp(-x) / (1 + exact.exp(-x)) ** 2),
    "softplus": (lambda x: exact.log(1 + exact.exp(x)), lambda x: 1 / (1 + exact.exp(-x))),
    "sin": (exact.sin, exact.cos),
    "cos": (exact.cos, lambda x: -exact.sin(x)),
}


def real(value: Fraction):
    return exact.mpf(value.numerator) / value.denominator


def check(value, true, terms=1) -> None:
    """Whether a value encloses what it is, narrowly beside its `terms`, which may cancel."""
    low, high = bounds(value)
    slack = exact.mpf(10) ** -100 * (1 + abs(true))
    assert real(low) <= true + slack and true <= real(high) + slack
    assert real(high - low) < real(NARROW) * max(1, abs(real(high)), terms)


@given(rationals, st.sampled_from(sorted(FUNCTIONS)), st.sampled_from([0, 1]))
def test_known_functions(x, name, order):
    assume(name != "log" or x > 0)
    check(known(name, order, x), FUNCTIONS[name][order](real(x)))


def test_every_known_function_is_tested():
    assert FUNCTIONS.keys() == KNOWN.keys()


@given(rationals, rationals, rationals, st.integers(-4, 4))
def test_arithmetic(x, y, z, n):
    """e^x and cos(y), mixed with each other and with a rational."""
    a, b = known("exp", 0, x), known("cos", 0, y)
    true_a, true_b = exact.exp(real(x)), exact.cos(real(y))
    check(a * power(b, 2) - b * z + z - a, true_a * true_b**2 - true_b * real(z) + real(z) - true_a, true_a)
    check(power(power(a, 2) + 1, n), (true_a**2 + 1) ** n)
    check((a + 3) * -z, -(true_a + 3) * real(z))


@given(st.fractions(0, 50, max_denominator=30), st.integers(1, 5), st.integers(-5, 5))
def test_rational_powers(x, degree, numerator):
    assume(x > 0)
    value = power(x, Fraction(numerator, degree))
    check(value, real(x) ** (exact.mpf(numerator) / degree))
    again = power(known("exp", 0, x), Fraction(numerator, degree))
    check(again, exact.exp(real(x)) ** (exact.mpf(numerator) / degree))


@given(rationals)
def test_a_root_of_a_square_is_exact(x):
    assume(x)
    assert power(x * x, Fraction(1, 2)) == abs(x)


@given(rationals, rationals)
def test_different_numbers_are_apart(x, y):
    assert apart(known("exp", 0, x), known("exp", 0, y)) == (x != y)
    assert apart(x, y) == (x != y)


def test_what_may_be_zero_is_not_divided_by():
    unknown = known("sin", 0, Fraction(1)) - known("sin", 0, Fraction(1))
    assert isinstance(unknown, Enclosure) and not positive(unknown) and not apart(unknown, 0)
    for exponent in (-1, Fraction(1, 2), Fraction(-3, 2)):
        with pytest.raises(ArithmeticError):
            power(unknown, exponent)


@pytest.mark.parametrize("x", [10**9, 10**15])
def test_what_is_too_large_is_refused_at_once(x):
    with pytest.raises(ArithmeticError, match="too large"):
        known("exp", 0, x)
    low, high = bounds(known("exp", 0, -x))
    assert low == 0 < high < NARROW
