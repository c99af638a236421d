"""Numbers for expressions, so that tests can compare what is printed with what is read back.

Functions are bounded. Every tensor entry, and every derivative, is a fixed pseudo-random number that depends
on its name and its indices only; axes have two or three elements. Two expressions that differ have different values.

    >>> from bnsym.language.expression import Number
    >>> same(Power(Number(Fraction(4)), Fraction(1, 2)), Number(Fraction(2)))
    True
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from fractions import Fraction
from itertools import product

from bnsym.language.expression import (
    Addition,
    Axis,
    Delta,
    Derivative,
    Expression,
    Function,
    Index,
    Mean,
    Number,
    Power,
    Product,
    Size,
    Sum,
    Tensor,
    free_indices,
)


def size(axis: Axis) -> int:
    return 2 + zlib.crc32(axis.key.encode()) % 2


def noise(*key: object) -> float:
    """A number between 0.5 and 1.5."""
    return 0.5 + zlib.crc32(repr(key).encode()) / 2**32


def evaluate(expression: Expression, at: Mapping[Index, int]) -> float:
    match expression:
        case Number(value):
            return float(value)
        case Size(axis):
            return size(axis)
        case Tensor(indices=indices):
            return noise(expression.key, *[at[i] for i in indices])
        case Delta(left, right):
            return float(at[left] == at[right])
        case Function(name, order, argument):
            x = evaluate(argument, at)
            return math.sin(x / (1 + abs(x)) * noise(name, order) + noise(order, name))
        case Power(base, exponent):
            return power(evaluate(base, at), exponent)
        case Product(factors):
            return math.prod(evaluate(factor, at) for factor in factors)
        case Addition(terms):
            return math.fsum(evaluate(term, at) for term in terms)
        case Sum(index, body) | Mean(index, body):
            values = [evaluate(body, {**at, index: n}) for n in range(size(index.axis))]
            return math.fsum(values) / (len(values) if isinstance(expression, Mean) else 1)
        case Derivative(numerator, denominator, total):
            entries = [[t.key, *[at[i] for i in t.indices]] for t in (numerator, denominator)]
            return noise(entries, total)
    raise TypeError(expression)


def power(base: float, exponent: Fraction) -> float:
    """A power of a number; of its absolute value where it is a root, and of nothing it is nothing."""
    if base == 0:
        return 0.0
    return base**exponent.numerator if exponent.denominator == 1 else abs(base) ** float(exponent)


def table(expression: Expression, free: tuple[Index, ...]) -> list[float]:
    """The values of an expression at every assignment of `free`."""
    ranges = [range(size(index.axis)) for index in free]
    return [evaluate(expression, dict(zip(free, at, strict=True))) for at in product(*ranges)]


def same(first: Expression, second: Expression) -> bool:
    """Whether two expressions with equally named free indices have the same values."""
    free = tuple(sorted(free_indices(first), key=lambda i: (i.name, i.axis.key)))
    if free_indices(second) != frozenset(free):
        return False
    pairs = zip(table(first, free), table(second, free), strict=True)
    return all(math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9) for a, b in pairs)
