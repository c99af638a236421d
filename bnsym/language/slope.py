"""The derivative of a defined tensor, written out: the chain rule over its definitions, without one left to do.

The rules are those of sums, products, powers and functions; what no definition leads to has the derivative zero.
Sums over a Kronecker delta are carried out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import count

from bnsym.kernel.rules import FUNCTIONS
from bnsym.language.expression import (
    Addition,
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
    substitute,
    walk,
)
from bnsym.language.statement import Definition

ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))
LARGEST = 2000
"""How many nodes a derivative may come to."""


def write_out(derivative: Derivative, definitions: Iterable[Definition]) -> Expression | None:
    """A total derivative by the definitions, none of which has a layer; None if it comes to too much."""
    denominator = derivative.denominator
    bodies = {d.tensor.symbol: d for d in definitions}
    numbers = count()
    size = 0

    def fresh(index: Index) -> Index:
        return Index(f"§slope{next(numbers)}", index.axis)

    def of(expression: Expression) -> Expression:
        nonlocal size
        size += 1
        if size > LARGEST:
            raise OverflowError
        match expression:
            case Tensor(symbol=symbol, indices=indices):
                if symbol == denominator.symbol:
                    return times([Delta(*pair) for pair in zip(indices, denominator.indices, strict=True)])
                known = bodies.get(symbol)
                if known is None:
                    return ZERO
                return of(substitute(known.body, dict(zip(known.tensor.indices, indices, strict=True))))
            case Addition(terms):
                return plus([of(term) for term in terms])
            case Product(factors):
                products = [(factors[:k], of(factor), factors[k + 1 :]) for k, factor in enumerate(factors)]
                return plus([times([*before, inner, *after]) for before, inner, after in products])
            case Sum(index, body) | Mean(index, body):
                bound = fresh(index)  # it must not catch an index of the denominator
                inner = summed(bound, of(substitute(body, {index: bound})))
                return times([Power(Size(index.axis), Fraction(-1)), inner]) if isinstance(expression, Mean) else inner
            case Power(base, exponent):
                lowered = base if exponent == 2 else Power(base, exponent - 1)
                return times([Number(exponent), lowered, of(base)])
            case Function(argument=argument):
                return times([_derived(expression), of(argument)])
        return ZERO

    try:
        found = of(derivative.numerator)
    except OverflowError:
        return None
    return found if sum(1 for _ in walk(found)) <= LARGEST else None


def _derived(function: Function) -> Expression:
    """g' of g, in closed form if g is known."""
    closed = FUNCTIONS.get(function.name) if function.order == 0 else None
    if closed is None:
        return replace(function, order=function.order + 1)
    terms = []
    for name, exponent, coefficient in closed:
        base = Function(name, 0, function.argument) if name else function.argument
        power = ONE if exponent == 0 else base if exponent == 1 else Power(base, Fraction(exponent))
        terms.append(times([Number(Fraction(coefficient)), power]))
    return plus(terms)


def plus(terms: list[Expression]) -> Expression:
    kept = [term for term in terms if term != ZERO]
    return ZERO if not kept else kept[0] if len(kept) == 1 else Addition(tuple(kept))


def times(factors: list[Expression]) -> Expression:
    flat = [part for factor in factors for part in (factor.factors if isinstance(factor, Product) else (factor,))]
    kept = [factor for factor in flat if factor != ONE]
    if ZERO in kept:
        return ZERO
    return ONE if not kept else kept[0] if len(kept) == 1 else Product(tuple(kept))


def summed(index: Index, body: Expression) -> Expression:
    """Σ body, term by term, where a delta of the index says which term is left."""
    if isinstance(body, Addition):
        return plus([summed(index, term) for term in body.terms])
    factors = list(body.factors) if isinstance(body, Product) else [body]
    for at, factor in enumerate(factors):
        if isinstance(factor, Delta) and index in (factor.left, factor.right) and factor.left != factor.right:
            other = factor.right if factor.left == index else factor.left
            return times([substitute(rest, {index: other}) for rest in factors[:at] + factors[at + 1 :]])
    if index not in free_indices(body):
        return times([Size(index.axis), body])
    return ZERO if body == ZERO else Sum(index, body)
