"""Exact numbers: rational powers of perfect powers, and dual numbers, whose slope is an exact derivative.

>>> from fractions import Fraction
>>> power(Fraction(4, 9), Fraction(-3, 2))
Fraction(27, 8)
>>> (Dual(3, 1) ** 2).slope
Fraction(6, 1)
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any


class Dual:
    """a + b·η with η² = 0: the coefficient of η is an exact derivative."""

    def __init__(self, value: Fraction | int, slope: Fraction | int = 0):
        self.value, self.slope = Fraction(value), Fraction(slope)

    def __add__(self, other: Dual | Fraction | int) -> Dual:
        other = dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    __radd__ = __add__

    def __mul__(self, other: Dual | Fraction | int) -> Dual:
        other = dual(other)
        return Dual(self.value * other.value, self.value * other.slope + self.slope * other.value)

    __rmul__ = __mul__

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.slope)

    def __sub__(self, other: Dual | Fraction | int) -> Dual:
        return self + -dual(other)

    def __rsub__(self, other: Dual | Fraction | int) -> Dual:
        return dual(other) - self

    def __pow__(self, exponent: Fraction | int) -> Dual:
        if not exponent:
            return Dual(1)
        lowered = rational_power(self.value, exponent - 1)
        return Dual(rational_power(self.value, exponent), exponent * lowered * self.slope)


def dual(value: Dual | Fraction | int) -> Dual:
    return value if isinstance(value, Dual) else Dual(value)


def power(base: Any, exponent: Fraction | int) -> Any:
    """base ** exponent of a fraction or of a dual number, exactly."""
    return base**exponent if isinstance(base, Dual) else rational_power(base, exponent)


def rational_power(base: Fraction, exponent: Fraction | int) -> Fraction:
    """base ** exponent; the q-th root only of the q-th power of a positive rational. Raises ArithmeticError."""
    exponent = Fraction(exponent)
    if exponent.denominator == 1:
        return base ** int(exponent)
    degree = exponent.denominator
    root = Fraction(_integer_root(base.numerator, degree), _integer_root(base.denominator, degree))
    if base <= 0 or root**degree != base:
        raise ArithmeticError(f"{base} has no rational root of degree {degree}")
    return root**exponent.numerator


def _integer_root(n: int, degree: int) -> int:
    """The largest r with r^degree ≤ n, by bisection."""
    low, high = 0, 1 << (n.bit_length() // degree + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**degree <= n else (low, middle)
    return low
