"""Known functions by their definitions, where claims relate them to exponentials.

    logistic(x) = 1/(1 + exp(-x))     tanh(x) = 1 - 2/(1 + exp(2x))     softplus(x) = log(1 + exp(x))

In the expanded document a claim means the same, and the laws of exp and log apply to more of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from bnsym.language.expression import (
    Addition,
    Expression,
    Function,
    Number,
    Power,
    Product,
)
from bnsym.language.statement import Document, Reading

_ONE, _TWO, _MINUS = (Number(Fraction(n)) for n in (1, 2, -1))


def expanded(document: Document, reading: Reading) -> Iterator[tuple[Document, Reading]]:
    """The document and one of its readings with known functions written out, if there are any.

    First tanh is left: beside what it is in exponentials, its own square is hard to see.
    """
    before = document, reading
    for kept in (frozenset(("tanh",)), frozenset[str]()):
        definitions = tuple(replace(d, body=_expand(d.body, kept)) for d in document.definitions)
        left, right = _expand(reading.left, kept), _expand(reading.right, kept)
        found = replace(document, definitions=definitions), replace(reading, left=left, right=right)
        if found != before:
            yield found
        before = found


def _expand(expression: Expression, kept: frozenset[str]) -> Expression:
    expression = expression.rebuild(tuple(_expand(child, kept) for child in expression.children))
    if not isinstance(expression, Function) or expression.name in kept:
        return expression
    argument = expression.argument
    match expression.name, expression.order:
        case ("logistic", 0) | ("softplus", 1):
            return _reciprocal(_exp(_MINUS, argument))
        case "logistic", 1:
            return Product((_reciprocal(_exp(_MINUS, argument)), _reciprocal(_exp(_ONE, argument))))
        case "tanh", 0:
            return Addition((_ONE, Product((_MINUS, _TWO, _reciprocal(_exp(_TWO, argument))))))
        case "tanh", 1:
            whole = Product((_TWO, _reciprocal(_exp(_TWO, argument))))
            return Product((whole, Addition((_TWO, Product((_MINUS, whole))))))
        case "softplus", 0:
            return Function("log", 0, Addition((_ONE, _exp(_ONE, argument))))
    return expression


def _exp(factor: Number, argument: Expression) -> Expression:
    return Function("exp", 0, argument if factor == _ONE else Product((factor, argument)))


def _reciprocal(exponential: Expression) -> Expression:
    """1/(1 + e)."""
    return Power(Addition((_ONE, exponential)), Fraction(-1))
