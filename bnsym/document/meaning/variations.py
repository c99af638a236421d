r"""Equations between differentials: dy = A dx.

The differential of y is \sum_x \partial y/\partial x dx, over each x whose differential is on the right. What varies
there is held while another varies, and nothing else is: the derivatives are direct where all that y is written with
and that varies at all has its differential there, and total where none of them rests on another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bnsym.document.errors import IllFormed
from bnsym.document.meaning.dependencies import Dependencies, Node
from bnsym.document.meaning.elaborate import Elaborator
from bnsym.document.meaning.registry import Undeclared
from bnsym.document.meaning.scope import Scope, own
from bnsym.document.syntax.tree import Node as Tree
from bnsym.language.expression import Addition, Derivative, Expression, Product, Sum, Tensor, walk


@dataclass(frozen=True)
class Variation:
    """A differential as a sum of derivatives times differentials, and the symbols that vary."""

    total: Expression
    varied: frozenset[Node]


def vary(elaborator: Elaborator, varied: Tree, body: Tree, scope: Scope) -> Variation:
    """The differential of `varied` by what varies in `body`; raises `ReadError` if nothing does."""
    value = elaborator.value(varied, scope)
    elaborator.varying = True
    other = elaborator.again()
    other.varying = True
    differentials = {
        (part.symbol, part.layer): part
        for part in walk(other.value(body, Scope(dict(scope.free))))
        if isinstance(part, Tensor) and part.symbol in other.differentials
    }
    if not differentials:
        raise Undeclared("this is a differential, and there is none on the other side: write dy = A dx", varied.start)
    terms: list[Expression] = []
    for (symbol, layer), part in differentials.items():
        indices = tuple(own(index.axis) for index in part.indices)
        by = Tensor(other.differentials[symbol], layer, indices)
        slope = elaborator.differentiate(elaborator.count_again(value, varied.start), by, varied.start)
        term: Expression = Product((slope, Tensor(symbol, layer, indices)))
        for index in indices:
            term = Sum(index, term)
        terms.append(term)
    nodes = frozenset((other.differentials[symbol], layer) for symbol, layer in differentials)
    return Variation(terms[0] if len(terms) == 1 else Addition(tuple(terms)), nodes)


def settle_held(total: Expression, varied: frozenset[Node], dependencies: Dependencies, at: int) -> Expression:
    """A differential with its derivatives total or direct, as is meant; raises `IllFormed` if they are neither."""

    def is_direct(derivative: Derivative) -> bool:
        node = derivative.numerator.symbol, derivative.numerator.layer
        parents = [p for p in dependencies.parents(node) if any(dependencies.reaches(p, v) for v in varied)]
        if varied.issuperset(parents):
            return dependencies.is_indirect(derivative)
        if any(v != w and dependencies.reaches(v, w) for v in varied for w in varied):
            names = " and ".join(sorted(symbol.base for symbol, _ in varied))
            raise IllFormed(f"of {names} one rests on another: write the differential of all that varies", at)
        return False

    return direct_where(total, is_direct)


def direct_where(side: Expression, is_direct: Callable[[Derivative], bool]) -> Expression:
    """An expression in which some derivatives are direct: all other nodes are held."""
    if isinstance(side, Derivative):
        return replace(side, total=False) if is_direct(side) else side
    children = side.children
    return side.rebuild(tuple(direct_where(child, is_direct) for child in children)) if children else side
