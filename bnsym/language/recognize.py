r"""Which known function an expression is: 1/(1 + e^{-z}) is the logistic function, however it is written.

Guarantees: a name is given only to what has the same value everywhere. Quotients of polynomials in e^z are compared
exactly, and nothing is divided by unless its coefficients, all of one sign, show that it is never zero.
"""

from __future__ import annotations

from fractions import Fraction

from bnsym.kernel.rules import FUNCTIONS
from bnsym.language.expression import Addition, Expression, Function, Number, Power, Product, Tensor

Polynomial = dict[Fraction, Fraction]
"""Coefficients by the power of e^z."""
Ratio = tuple[Polynomial, Polynomial]

_ONE: Polynomial = {Fraction(0): Fraction(1)}
_LARGEST = 64
_KNOWN = ("logistic", "tanh", "exp")


def recognize(body: Expression, parameter: Tensor) -> str | None:
    """The known function of which `body` is the value at the parameter; None if it is none."""
    match body:
        case Function(name, 0, argument) if argument == parameter and name in FUNCTIONS:
            return name
        case Function("log", 0, argument):
            ratio = _ratio(argument, parameter)
            return "softplus" if ratio is not None and _same(ratio, (_sum(_ONE, _power(1)), _ONE)) else None
    ratio = _ratio(body, parameter)
    if ratio is None:
        return None
    return next((name for name in _KNOWN if _same(ratio, _known(name, Fraction(1)))), None)


def written_shortly(body: Expression, parameter: Tensor) -> Expression:
    """The same with known functions for what they are: z/(1 + e^{-z}) is z times the logistic function."""
    known = recognize(body, parameter)
    if known is not None:
        return Function(known, 0, parameter)
    children = tuple(written_shortly(child, parameter) for child in body.children)
    return body.rebuild(children) if children else body


def _same(one: Ratio, other: Ratio) -> bool:
    """Whether two quotients have one value everywhere."""
    return _product(one[0], other[1]) == _product(other[0], one[1])


def _known(name: str, times: Fraction) -> Ratio:
    """A known function of a multiple of z, as a quotient of polynomials in e^z."""
    if name == "exp":
        return _power(times), _ONE
    if name == "logistic":
        return _power(times), _sum(_ONE, _power(times))
    double = _power(2 * times)
    return _sum(double, {Fraction(0): Fraction(-1)}), _sum(double, _ONE)


def _ratio(expression: Expression, parameter: Tensor) -> Ratio | None:
    """The expression as a quotient of polynomials in e^z; None if it is none, or too long."""
    match expression:
        case Number(value):
            return ({Fraction(0): value} if value else {}), _ONE
        case Addition() | Product():
            result: Ratio = ({}, _ONE) if isinstance(expression, Addition) else (_ONE, _ONE)
            for child in expression.children:
                part = _ratio(child, parameter)
                if part is None or len(result[1]) * len(part[1]) > _LARGEST or len(result[0]) > _LARGEST:
                    return None
                below = _product(result[1], part[1])
                if isinstance(expression, Product):
                    result = _product(result[0], part[0]), below
                elif result[1] == part[1]:
                    result = _sum(result[0], part[0]), result[1]
                else:
                    result = _sum(_product(result[0], part[1]), _product(part[0], result[1])), below
            return result
        case Power(base, exponent) if exponent.denominator == 1 and abs(exponent) <= 4:
            part = _ratio(base, parameter)
            if part is None or (exponent < 0 and len({coefficient > 0 for coefficient in part[0].values()}) != 1):
                return None
            above, below = part if exponent > 0 else part[::-1]
            result = _ONE, _ONE
            for _ in range(abs(int(exponent))):
                result = _product(result[0], above), _product(result[1], below)
            return result if max(map(len, result)) <= _LARGEST else None
        case Function(name, 0, argument) if name in _KNOWN:
            times = _multiple(argument, parameter)
            return None if times is None else _known(name, times)
    return None


def _multiple(argument: Expression, parameter: Tensor) -> Fraction | None:
    """What an argument is as a multiple of the parameter."""
    match argument:
        case Tensor():
            return Fraction(1) if argument == parameter else None
        case Product(factors):
            times, found = Fraction(1), 0
            for factor in factors:
                match factor:
                    case Number(value):
                        times *= value
                    case Power(Number(value), exponent) if exponent == -1 and value:
                        times /= value
                    case _ if (inner := _multiple(factor, parameter)) is not None:
                        times, found = times * inner, found + 1
                    case _:
                        return None
            return times if found == 1 else None
    return None


def _power(exponent: Fraction | int) -> Polynomial:
    return {Fraction(exponent): Fraction(1)}


def _sum(one: Polynomial, other: Polynomial) -> Polynomial:
    result = dict(one)
    for exponent, coefficient in other.items():
        result[exponent] = result.get(exponent, Fraction(0)) + coefficient
    return {exponent: coefficient for exponent, coefficient in result.items() if coefficient}


def _product(one: Polynomial, other: Polynomial) -> Polynomial:
    result: Polynomial = {}
    for exponent, coefficient in one.items():
        result = _sum(result, {exponent + e: coefficient * c for e, c in other.items()})
    return result
