r"""Diagonal matrices in named notation, where products are element by element.

Beside a factor that has its axis, `\operatorname{diag}(v)` is v. Alone it is what a derivative of a vector by a vector
of the same axis is, `\frac{\partial y}{\partial x} = \operatorname{diag}(v)`: v on the diagonal and zero elsewhere.
"""

from __future__ import annotations

from dataclasses import replace

from bnsym.document.meaning.scope import Diagonal, is_implicit, own
from bnsym.language.expression import (
    Addition,
    Delta,
    Derivative,
    Expression,
    Index,
    Product,
    Tensor,
    free_indices,
    substitute,
)


def beside(factors: list[Expression]) -> list[Expression]:
    """The factors of a product: a diagonal matrix is its vector, if a factor that is none has its axis."""
    if not any(isinstance(factor, Diagonal) for factor in factors):
        return factors
    axes = {i for factor in factors if not isinstance(factor, Diagonal) for i in free_indices(factor)}
    return [factor.body if isinstance(factor, Diagonal) and _axes(factor) & axes else factor for factor in factors]


def _axes(matrix: Diagonal) -> set[Index]:
    return {i for i in free_indices(matrix.body) if is_implicit(i) and not i.axis.data}


def off_diagonal(head: Derivative, right: Expression) -> tuple[Expression, list[Expression]]:
    """∂y/∂W along a shared implicit axis: entries off the diagonal are claimed to be zero."""
    shared = [i for i in head.numerator.indices if is_implicit(i) and i in head.denominator.indices]
    shared = [i for i in shared if i.name == ""]
    renaming = {i: own(i.axis) for i in shared}
    numerator = substitute(head.numerator, renaming)
    assert isinstance(numerator, Tensor)
    return replace(head, numerator=numerator), [Delta(renaming[i], i) for i in shared]


def vectors(side: Expression) -> Expression:
    """What stands on the diagonal, where every term has a diagonal matrix as a factor; else the side as it is."""
    match side:
        case Addition(terms):
            found = tuple(map(vectors, terms))
            return side if any(v is t for v, t in zip(found, terms, strict=True)) else Addition(found)
        case Product(factors) if any(isinstance(factor, Diagonal) for factor in factors):
            return Product(tuple(f.body if isinstance(f, Diagonal) else f for f in factors))
        case Diagonal(body):
            return body
    return side
