"""Products and powers of terms, within bounds: what a document writes in one line may be too much to write out."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from bnsym.kernel.term import MAX_POWER, BudgetExceeded, Term

MAX_PRODUCT = 20_000  # pairs of monomials


def product(terms: Iterable[Term]) -> Term:
    """The product. Raises BudgetExceeded if it has too many terms."""
    return reduce(_times, terms, Term.number(1))


def power(term: Term, exponent: int) -> Term:
    """The natural power. Raises BudgetExceeded if it has too many terms."""
    if len(term.monomials) < 2 or exponent > MAX_POWER:
        return term**exponent
    return product([term] * exponent)


def _times(left: Term, right: Term) -> Term:
    if len(left.monomials) * len(right.monomials) > MAX_PRODUCT:
        raise BudgetExceeded(f"a product of more than {MAX_PRODUCT} terms, before like ones are put together")
    return left * right
