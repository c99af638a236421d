r"""Implicit axes: which of them a product sums over.

Along a shared name a product is elementwise. For each product P, bottom-up: an implicit axis that is repeated
in P, and that neither the head of the chain nor a factor outside P's group has, is summed over P; in a nested
group (argument, root, power, mean, bracket) each map (a tensor with two or more axes that are no data axes)
contracts exactly one axis with the factors to its right, unless `\odot` follows it. An axis in one factor only is
never summed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import permutations

from bnsym.document.errors import IllFormed
from bnsym.document.meaning.scope import Bracket, is_implicit, is_link, is_typed, link, own
from bnsym.language.expression import (
    Addition,
    Derivative,
    Expression,
    Function,
    Index,
    Mean,
    Power,
    Product,
    Sum,
    Tensor,
    free_indices,
    substitute,
)
from bnsym.language.statement import Erratum

Indices = frozenset[Index]


def flatten(expression: Expression) -> Expression:
    """Products inside products become one; a product inside a bracket stays a group of its own."""
    children = tuple(map(flatten, expression.children))
    if isinstance(expression, Product):
        factors: list[Expression] = []
        for child in children:
            factors += child.factors if isinstance(child, Product) else (child,)
        return Product(tuple(_link_derivatives(factors)))
    if type(expression) is Bracket and not isinstance(children[0], Product):
        return children[0]
    return expression.rebuild(children) if children else expression


def _link_derivatives(factors: list[Expression]) -> list[Expression]:
    """∂C/∂A · ∂A/∂B: the implicit axes of A are one index of its own, to be summed."""
    factors = list(factors)
    places = [at for at, factor in enumerate(factors) if isinstance(factor, Derivative)]
    for at, to in permutations(places, 2):
        outer, inner = factors[at], factors[to]
        assert isinstance(outer, Derivative) and isinstance(inner, Derivative)
        if outer.denominator != inner.numerator:
            continue
        shared = {i: link(i.axis) for i in outer.denominator.indices if is_implicit(i)}
        if not shared:
            continue
        middle = substitute(outer.denominator, shared)
        assert isinstance(middle, Tensor)
        factors[at] = replace(outer, denominator=middle)
        factors[to] = replace(inner, numerator=middle)
    return factors


def fixed_indices(expression: Expression) -> Indices:
    """The indices that an expression has whatever is contracted in it."""
    match expression:
        case Addition(terms):
            return frozenset().union(*map(fixed_indices, terms))
        case Sum(index, body) | Mean(index, body):
            return fixed_indices(body) - {index}
        case Product(factors):
            free = [free_indices(factor) for factor in factors]
            fixed = frozenset().union(*map(fixed_indices, factors))
            return frozenset(i for i in fixed if not is_implicit(i) or sum(i in f for f in free) == 1)
        case Bracket() | Power() | Function():
            return fixed_indices(expression.children[0])
    return free_indices(expression)


@dataclass
class Contraction:
    """Sums out what is implicit and repeated. `target` holds the indices of the head of the chain."""

    target: Indices
    position: int
    errata: list[Erratum] = field(default_factory=list)

    def run(self, expression: Expression) -> Expression:
        return self._contract(expression, frozenset(), top=True)

    def _wanted(self, index: Index) -> bool:
        return any(index.axis == other.axis for other in self.target)

    def _contract(self, expression: Expression, siblings: Indices, *, top: bool) -> Expression:
        match expression:
            case Addition(terms):
                return Addition(tuple(self._contract(term, siblings, top=top) for term in terms))
            case Bracket(body):
                return self._contract(body, siblings, top=top)
            case Sum(body=body) | Mean(body=body):
                inner = self._contract(body, siblings, top=top and isinstance(expression, Sum))
                return replace(expression, body=inner)
            case Power(base) | Function(argument=base):
                return expression.rebuild((self._contract(base, siblings, top=False),))
            case Product(factors):
                return self._product(factors, siblings, top=top)
        return expression

    def _product(self, factors: tuple[Expression, ...], siblings: Indices, *, top: bool) -> Expression:
        free = [free_indices(factor) for factor in factors]
        occurrences = Counter(index for indices in free for index in indices)
        done: list[Expression] = []
        for factor, indices in zip(factors, free, strict=True):
            others = siblings.union(i for i, times in occurrences.items() if times > (i in indices))
            done.append(self._contract(factor, others, top=False))
        free = [free_indices(factor) for factor in done]
        everything = frozenset().union(*free)
        summed = {
            index
            for index in everything
            if sum(index in f for f in free) >= 2
            and (is_link(index) or (is_implicit(index) and self._contracts(index, siblings, everything)))
        }
        if not top:
            self._contract_maps(factors, free, siblings, summed)
        product: Expression = Product(tuple(done))
        for index in sorted(summed, key=lambda i: (i.axis.key, i.name)):
            if index.axis.data and is_implicit(index):
                self.errata.append(
                    Erratum(
                        "missing-sum",
                        f"a sum over {index.axis.key} is not written: a product of two factors with this axis "
                        "is read as its sum",
                    )
                )
            bound = own(index.axis)
            product = Sum(bound, substitute(product, {index: bound}))
        return product

    def _contracts(self, index: Index, siblings: Indices, everything: Indices) -> bool:
        """Rule (a). Where some factors write the letter of a data axis, the others lack it: no sum."""
        if self._wanted(index) or index in siblings:
            return False
        lettered = any(is_typed(i) and i.axis == index.axis for i in everything | siblings)
        return not (index.axis.data and lettered)

    def _contract_maps(
        self, factors: tuple[Expression, ...], free: list[Indices], siblings: Indices, summed: set[Index]
    ) -> None:
        rights: list[Indices] = [frozenset()]
        for indices in reversed(free[1:]):
            rights.append(rights[-1] | indices)
        for factor, right in zip(factors, reversed(rights), strict=True):
            if not isinstance(factor, Tensor) or not is_map(factor):
                continue
            shared = [i for i in factor.indices if is_implicit(i) and i in right]
            if not shared or any(i in summed for i in factor.indices):
                continue
            candidates = [i for i in shared if not self._wanted(i) or i in siblings]
            if len(candidates) > 1:
                first, second = candidates[0].axis.key, candidates[1].axis.key
                raise IllFormed(
                    f"which axis does {factor.key} contract here, {first} or {second}? Write the indices",
                    self.position,
                )
            summed.update(candidates)


def is_map(expression: Expression) -> bool:
    return isinstance(expression, Tensor) and sum(not i.axis.data for i in expression.indices) >= 2


def strip_brackets(expression: Expression) -> Expression:
    children = tuple(map(strip_brackets, expression.children))
    if isinstance(expression, Bracket):
        return children[0]
    return expression.rebuild(children) if children else expression


def close(expression: Expression, position: int, keep: Indices = frozenset()) -> Expression:
    """Contract inside an expression that stands for itself: the argument of a norm. `keep` is not summed."""
    expression = flatten(expression)
    return strip_brackets(Contraction(fixed_indices(expression) | keep, position).run(expression))
