r"""Derivatives of what is written: a node, or an expression of nodes.

A derivative is taken of one tensor entry by one tensor entry. Of a sum, a multiple, a Σ or a mean it is
distributed, of a function of an entry it is the chain rule's; any other compound becomes an auxiliary node, defined
by the compound.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from bnsym.document.meaning.scope import Bracket
from bnsym.language.expression import (
    Addition,
    Derivative,
    Expression,
    Function,
    Mean,
    Number,
    Power,
    Product,
    Size,
    Sum,
    Tensor,
    free_indices,
)

DIFFERENTIALS = frozenset((r"\partial", "d", r"\mathrm{d}"))

Name = Callable[[Expression, Tensor], Tensor]
"""Makes an auxiliary node for an expression that is differentiated by a tensor; returns the node's entry."""


def differentiate(expression: Expression, by: Tensor, name: Name) -> Expression:
    match expression:
        case Tensor():
            return Derivative(expression, by)
        case Bracket(body):
            return Bracket(differentiate(body, by, name))
        case Addition(terms):
            return Addition(tuple(differentiate(term, by, name) for term in terms))
        case Sum(index, body) | Mean(index, body) if index not in free_indices(by):
            return type(expression)(index, differentiate(body, by, name))
        case Number() | Size():
            return Number(Fraction(0))
        case Function(name=function, order=order, argument=Tensor() as entry, layer=layer):
            return Product((Function(function, order + 1, entry, layer), Derivative(entry, by)))
        case Product(factors):
            varying = [factor for factor in factors if not is_constant(factor)]
            if len(varying) == 1:
                inner = differentiate(varying[0], by, name)
                return Product(tuple(inner if f is varying[0] else f for f in factors))
    return Derivative(name(expression, by), by)


def is_constant(expression: Expression) -> bool:
    match expression:
        case Number() | Size():
            return True
        case Power(base):
            return is_constant(base)
        case Product(factors):
            return all(map(is_constant, factors))
    return False
