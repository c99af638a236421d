"""Terms as data (JSON), one encoding a term.

A term is a list of [coefficient, [[axes, factors, power], …]], a factor is [name, indices, power]; numbers
are strings such as "-3/2", a component's bound indices are "#0", "#1", … in the order of its axes. Decoding
goes through the constructors of `bnsym.kernel.term`, and what it yields must encode to what was read:
nothing that is not canonical on the wire is admitted.
"""

import re
from fractions import Fraction
from typing import Any

from bnsym.kernel.term import MAX_POWER, Component, Rational, Term, fresh, plain

MAX_DIGITS = 400
NUMBER = re.compile(r"-?[0-9]+(/[0-9]+)?")
RESERVED = "#$|∂ð"


class Rejected(Exception):
    """What was presented does not follow, or is not well formed."""


def outside_name(name: Any) -> str:
    """A name from outside: of an axis, a tensor, a function or an index. Raises Rejected."""
    if not isinstance(name, str) or not name or name == "δ" or any(c in name for c in RESERVED):
        raise Rejected(f"{name!r} is not a name")
    return name


def _number(text: Any) -> Rational:
    readable = isinstance(text, str) and len(text) <= MAX_DIGITS and NUMBER.fullmatch(text)
    if not readable or str(Fraction(text)) != text:
        raise Rejected(f"{text!r} is not a number in lowest terms")
    return plain(Fraction(text))


def _power(text: Any) -> Rational:
    value = _number(text)
    if not value or not -MAX_POWER <= value <= MAX_POWER:
        raise Rejected(f"{text!r} is not an exponent")
    return value


def encode(term: Term) -> list:
    """The term as data."""
    return [[str(c), [_encode_part(*part) for part in monomial]] for monomial, c in sorted(term.monomials.items())]


def _encode_part(component: Component, outer: Rational) -> list:
    axes, factors = component
    return [list(axes), [[name, list(indices), str(power)] for name, indices, power in factors], str(outer)]


def decode(data: Any) -> Term:
    """The term that `data` encodes. Raises Rejected unless it is the canonical encoding of one."""
    result = Term({})
    for coefficient, components in data:
        product = Term.number(_number(coefficient))
        for axes, factors, outer in components:
            bound = {f"#{k}": (fresh(), axis) for k, axis in enumerate(axes)}
            part = Term.number(1)
            for name, indices, power in factors:
                at = [bound[i][0] if i in bound else outside_name(i) for i in indices]
                part = part * Term.tensor(name, at, _power(power if axes else outer))
            product = product * (part.close(bound.values()) ** _power(outer) if axes else part)
        result = result + product
    if encode(result) != data:
        raise Rejected("a term is not in canonical form")
    return result
