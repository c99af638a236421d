"""Numbers for evaluation: rationals as long as that is possible, else intervals that contain the true value.

Guarantees: an operation on rationals that has a rational result gives it exactly; every `Enclosure` contains
the real number that it stands for (fixed-point arithmetic rounded outward; mpmath's intervals for known functions), so
two values that are `apart` are different.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from mpmath.ctx_iv import MPIntervalContext

BITS = 240  # after the binary point
SHOWN = 20
LARGEST = 10_000  # bits before the binary point, of what a known function may return
_intervals = MPIntervalContext()
_intervals.prec = BITS + 40


class Enclosure:
    """An interval around a real number that is not known to be rational; its ends are in units of 2^-BITS."""

    __slots__ = ("high", "low")

    def __init__(self, low: int, high: int):
        self.low, self.high = low, high

    def __add__(self, other: Value) -> Value:
        low, high = _ends(other)
        return Enclosure(self.low + low, self.high + high)

    __radd__ = __add__

    def __neg__(self) -> Enclosure:
        return Enclosure(-self.high, -self.low)

    def __sub__(self, other: Value) -> Value:
        return self + -other

    def __rsub__(self, other: Value) -> Value:
        return -self + other

    def __mul__(self, other: Value) -> Value:
        if isinstance(other, Enclosure):
            products = (self.low * other.low, self.low * other.high, self.high * other.low, self.high * other.high)
            return Enclosure(min(products) >> BITS, _up(max(products), BITS))
        if other == 0:
            return 0
        p, q = other.numerator, other.denominator
        low, high = (self.low, self.high) if p > 0 else (self.high, self.low)
        return Enclosure(low * p // q, -(-high * p // q))

    __rmul__ = __mul__

    def __str__(self) -> str:
        low, high = self.bounds()
        return f"[{_decimal(low, -1)}, {_decimal(high, 1)}]"

    def bounds(self) -> tuple[Fraction, Fraction]:
        return Fraction(self.low, 1 << BITS), Fraction(self.high, 1 << BITS)


Value = int | Fraction | Enclosure


def _up(number: int, bits: int) -> int:
    """number / 2^bits, rounded up."""
    return -(-number >> bits)


def _ends(value: Value) -> tuple[int, int]:
    if isinstance(value, Enclosure):
        return value.low, value.high
    scaled = value.numerator << BITS
    return scaled // value.denominator, -(-scaled // value.denominator)


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
    (low, high), (least, most) = _ends(a), _ends(b)
    return high < least or most < low


def positive(value: Value) -> bool:
    """Whether the value is certainly greater than zero."""
    return value.low > 0 if isinstance(value, Enclosure) else value > 0


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
    if not isinstance(base, Enclosure):
        if exponent.denominator == 1:
            return base ** int(exponent) if exponent >= 0 else Fraction(base) ** int(exponent)
        root = root_of(base, exponent.denominator)
        if root is not None:
            return root**exponent.numerator
    elif exponent.denominator == 1:
        return _whole_power(base, int(exponent))
    if not positive(base):
        raise ArithmeticError("a fractional power of a number that may not be positive")
    return _whole_power(_root(base, exponent.denominator), exponent.numerator)


def _whole_power(base: Enclosure, exponent: int) -> Value:
    if exponent < 0:
        if not apart(base, 0):
            raise ArithmeticError("a negative power of a number that may be zero")
        unit = 1 << 2 * BITS
        base = Enclosure(unit // base.high, -(-unit // base.low))
    result: Value = 1
    for _ in range(abs(exponent)):
        result = base * result
    return result


def _root(base: Value, degree: int) -> Enclosure:
    """The root of a number that is certainly positive."""
    low, high = (_integer_root(end << (degree - 1) * BITS, degree) for end in _ends(base))
    return Enclosure(low, high + 1)


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
    result = KNOWN[function][order](_interval(argument))
    return Enclosure(_floor(result.a), -_floor(-result.b))


def _interval(value: Value) -> Any:
    low, high = (_intervals.mpf(end) / (1 << BITS) for end in _ends(value))
    return _intervals.mpf([low.a, high.b])


def _floor(end: Any) -> int:
    """The lower end of one of mpmath's intervals, in units of 2^-BITS. Raises ArithmeticError if it is beyond reach."""
    sign, mantissa, exponent, _ = end._mpi_[0]
    shift = int(exponent) + BITS
    if shift > LARGEST or (not mantissa and exponent):
        raise ArithmeticError("a number that is too large")
    number = -int(mantissa) if sign else int(mantissa)
    return number << shift if shift >= 0 else number >> -shift
