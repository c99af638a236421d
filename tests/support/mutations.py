"""Single edits of an expression, each the kind of slip that people make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from bnsym.language.expression import (
    Addition,
    Derivative,
    Expression,
    Function,
    Index,
    Mean,
    Number,
    Power,
    Product,
    Sum,
    Tensor,
    substitute,
)

Mutant = tuple[str, Expression]  # what was done, what came out
MINUS = Number(Fraction(-1))


def mutants(expression: Expression) -> Iterator[Mutant]:
    """Every single edit anywhere in an expression; some of them change nothing that matters."""
    yield from _here(expression)
    if isinstance(expression, Derivative):
        return
    children = expression.children
    for place, child in enumerate(children):
        for what, edited in mutants(child):
            yield what, expression.rebuild((*children[:place], edited, *children[place + 1 :]))


def _here(expression: Expression) -> Iterator[Mutant]:
    match expression:
        case Addition(terms):
            for place, term in enumerate(terms):
                rest = (*terms[:place], *terms[place + 1 :])
                yield "sign", Addition((*terms[:place], Product((MINUS, term)), *terms[place + 1 :]))
                yield "lost term", rest[0] if len(rest) == 1 else Addition(rest)
        case Product(factors):
            for place, factor in enumerate(factors):
                if not isinstance(factor, Number):
                    rest = (*factors[:place], *factors[place + 1 :])
                    yield "lost factor", rest[0] if len(rest) == 1 else Product(rest)
        case Sum(index, body):
            if index.axis.data:
                yield "mean for sum", Mean(index, body)
        case Mean(index, body):
            yield "sum for mean", Sum(index, body)
        case Power(base, exponent):
            yield "power", Power(base, exponent - 1)
            yield "power", Power(base, -exponent)
            if isinstance(base, Addition):
                yield "parentheses", Addition((Power(base.terms[0], exponent), *base.terms[1:]))
        case Function(order=order):
            yield "order", replace(expression, order=1 - order)
        case Tensor(indices=indices):
            for index in indices:
                if index.axis.data and len(indices) > 1:
                    bound = Index("t", index.axis)
                    yield "averaged", Mean(bound, substitute(expression, {index: bound}))
