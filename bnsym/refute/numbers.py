"""Numbers for evaluation: rationals as long as that is possible, else intervals that contain the true value.

Guarantees: an operation on rationals that has a rational result gives it exactly; every `Enclosure` contains
the real number that it stands for (mpmath's interval arithmetic at about 60 digits, rounded outward), so two
values that are `apart` are different.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from mpmath.ctx_iv import MPIntervalContext

DIGITS = 60
SHOWN = 20
_intervals = MPIntervalContext()
_intervals.dps = DIGITS


class Enclosure:
    """An interval around a real number that is not known to be rational."""

    __slots__ = ("interval",)

    def __init__(self, interval: Any):
        self.interval = interval

    def __add__(self, other: Value) -> Value:
        return self if other == 0 else Enclosure(self.interval + _interval(other))

    __radd__ = __add__

    def __neg__(self) -> Enclosure:
        return Enclosure(-self.interval)

    def __sub__(self, other: Value) -> Value:
        return self + -other

    def __rsub__(self, other: Value) -> Value:
        return -self + other

    def __mul__(self, other: Value) -> Value:
        return 0 if other == 0 else Enclosure(self.interval * _interval(other))

    __rmul__ = __mul__

    def __str__(self) -> str:
        low, high = self.bounds()
        return f"[{_decimal(low, -1)}, {_decimal(high, 1)}]"

    def bounds(self) -> tuple[Fraction, Fraction]:
        return _rational(self.interval.a), _rational(self.interval.b)


Value = int | Fraction | Enclosure


def _interval(value: Value) -> Any:
    if isinstance(value, Enclosure):
        return value.interval
    return _intervals.mpf(value.numerator) / _intervals.mpf(value.denominator)


def _rational(end: Any) -> Fraction:
    """One end of an interval, which is a dyadic number."""
    sign, mantissa, exponent, _ = end._mpi_[0]
    return Fraction(-int(mantissa) if sign else int(mantissa)) * Fraction(2) ** int(exponent)


def _decimal(value: Fraction, direction: int) -> str:
    """The number with SHOWN decimals, rounded down (-1) or up (1)."""
    scaled = value * 10**SHOWN
    units = scaled.numerator // scaled.denominator if direction < 0 else -(-scaled.numerator // scaled.denominator)
    sign, digits = "-" if units < 0 else "", str(abs(units)).rjust(SHOWN + 1, "0")
    return f"{sign}{digits[:-SHOWN]}.{digits[-SHOWN:]}"


def bounds(value: Value) -> tuple[Fraction, Fraction]:
    return value.bounds() if isinstance(value, Enclosure) else (Fraction(value), Fraction(value))


def apart(a: Value, b: Value) -> bool:
    """Whether the two are certainly different."""
    if not isinstance(a, Enclosure) and not isinstance(b, Enclosure):
        return a != b
    left, right = _interval(a), _interval(b)
    return (left < right) is True or (left > right) is True


def positive(value: Value) -> bool:
    """Whether the value is certainly greater than zero."""
    return (value.interval > 0) is True if isinstance(value, Enclosure) else value > 0


def root_of(value: int | Fraction, degree: int) -> Fraction | None:
    """The positive number whose power it is, if that is rational and the value positive."""
    if value <= 0:
        return None
    root = Fraction(_integer_root(value.numerator, degree), _integer_root(value.denominator, degree))
    return root if root**degree == value else None


def _integer_root(n: int, degree: int) -> int:
    """The largest r with r^degree ≤ n, by Newton's iteration from above."""
    r = 1 << -(-n.bit_length() // degree)
    while True:
        lower = ((degree - 1) * r + n // r ** (degree - 1)) // degree
        if lower >= r:
            return r
        r = lower


def power(base: Value, exponent: int | Fraction) -> Value:
    """base ** exponent. Raises ArithmeticError where that is not defined, or not certain to be."""
    if exponent == 1:
        return base
    if exponent.denominator == 1 and not isinstance(base, Enclosure):
        return base ** int(exponent) if exponent >= 0 else Fraction(base) ** int(exponent)
    if exponent.denominator == 1 and exponent > 0:
        return Enclosure(_interval(base) ** int(exponent))
    if exponent.denominator == 1:
        if not apart(base, Fraction(0)):
            raise ArithmeticError("a negative power of a number that may be zero")
        return Enclosure(1 / _interval(base) ** int(-exponent))
    if not positive(base):
        raise ArithmeticError("a fractional power of a number that may not be positive")
    root = root_of(base, exponent.denominator) if not isinstance(base, Enclosure) else None
    if root is not None:
        return root**exponent.numerator
    return Enclosure(_intervals.exp(_intervals.log(_interval(base)) * _interval(Fraction(exponent))))


def _logistic(x: Any) -> Any:
    return 1 / (1 + _intervals.exp(-x))


def _tanh(x: Any) -> Any:
    return 2 * _logistic(2 * x) - 1


# Known functions and their first derivatives, on intervals.
KNOWN: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "exp": (_intervals.exp, _intervals.exp),
    "log": (_intervals.log, lambda x: 1 / x),
    "tanh": (_tanh, lambda x: 1 - _tanh(x) ** 2),
    "logistic": (_logistic, lambda x: _logistic(x) * (1 - _logistic(x))),
    "softplus": (lambda x: _intervals.log(1 + _intervals.exp(x)), _logistic),
    "sin": (_intervals.sin, _intervals.cos),
    "cos": (_intervals.cos, lambda x: -_intervals.sin(x)),
}


def known(function: str, order: int, argument: Value) -> Value:
    """The value of a known function or of its first derivative. Raises ArithmeticError if it has none there."""
    if order > 1:
        raise ArithmeticError(f"no enclosure of derivative {order} of {function}")
    if function == "log" and not positive(argument):
        raise ArithmeticError("the logarithm of a number that may not be positive")
    return Enclosure(KNOWN[function][order](_interval(argument)))
