"""Single edits of an expression, each the kind of slip that people make.

An edit keeps the types: an index is put where one over its axis was, a tensor where one over the same axes was, and
nothing becomes free that was not in scope. Some edits change nothing that matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from bnsym.language.expression import (
    Addition,
    Axis,
    Derivative,
    Expression,
    Function,
    Index,
    Layer,
    Mean,
    Number,
    Power,
    Product,
    Size,
    Sum,
    Tensor,
    free_indices,
    map_layers,
    substitute,
    tensors,
    walk,
)
from bnsym.language.statement import Document, Reading

Mutant = tuple[str, Expression]  # what was done, what came out
Scope = tuple[Index, ...]
HALF = Number(Fraction(1, 2))
TWO = Number(Fraction(2))
MINUS = Number(Fraction(-1))
KINDS = (
    "sign", "lost term", "doubled term", "lost factor", "doubled factor", "factor out of the bracket", "mean for sum",
    "sum for mean", "lost sum", "more sum", "size", "number", "power", "parentheses", "order", "averaged", "index",
    "transpose", "tensor", "layer", "more factor", "more term", "constant",
)  # fmt: skip


def of_document(document: Document, reading: Reading, *, blunt: bool = False) -> list[Mutant]:
    """Every single edit of a claim's right-hand side, each outcome once; with `blunt`, the blunt ones instead."""
    found: dict[Expression, str] = {}
    scope = tuple(sorted(free_indices(reading.left) | free_indices(reading.right), key=lambda i: (i.name, i.axis.key)))
    mutations = Mutations(palette(document, reading))
    for what, edited in (mutations.blunt if blunt else mutations.of)(reading.right, scope):
        if edited != reading.right:
            found.setdefault(edited, what)
    return [(what, edited) for edited, what in found.items()]


def palette(document: Document, reading: Reading) -> list[Tensor]:
    """The tensors that could stand in a claim: those of the definitions, at the layers that it speaks of."""
    written = [t for side in (reading.left, reading.right) for t in tensors(side)]
    layers = {t.layer for t in written if t.layer is not None}
    found: dict[tuple[str, tuple[Axis, ...]], Tensor] = {}
    for tensor in [*written, *(t for d in document.definitions for t in (d.tensor, *tensors(d.body)))]:
        for moved in _at_layers(tensor, layers):
            found.setdefault((moved.key, tuple(i.axis for i in moved.indices)), moved)
    cost = document.cost.symbol.key if document.cost is not None else None
    return [tensor for (key, _), tensor in found.items() if key != cost]


def _at_layers(tensor: Tensor, layers: Iterable[Layer]) -> Iterator[Tensor]:
    own = tensor.layer
    if own is None:
        yield tensor
        return
    for layer in sorted(layers, key=str):

        def move(other: Layer, layer: Layer = layer) -> Layer:
            return (
                Layer(layer.letter, layer.offset + other.offset - own.offset) if other.letter == own.letter else other
            )

        yield map_layers(tensor, move)


class Mutations:
    """Edits with the tensors of a palette."""

    def __init__(self, known: Iterable[Tensor] = ()):
        self.known = list(known)
        self.constants = [t for t in self.known if not t.indices and t.symbol.base in (r"\epsilon", r"\varepsilon")]

    def of(self, expression: Expression, scope: Scope) -> Iterator[Mutant]:
        """Every edit of an expression anywhere within it; `scope` are the indices that it may mention."""
        yield "sign", Product((MINUS, expression))
        yield "number", Product((TWO, expression))
        yield "number", Product((HALF, expression))
        for axis in dict.fromkeys(part.index.axis for part in walk(expression) if isinstance(part, Sum | Mean)):
            yield "size", Product((Size(axis), expression))
            yield "size", Product((Power(Size(axis), Fraction(-1)), expression))
        for tensor in self.known:
            indices = _placed(tensor, scope)
            if indices is not None:
                yield "more term", Addition((expression, replace(tensor, indices=indices)))
        yield from self._within(expression, scope, self._here)

    def blunt(self, expression: Expression, scope: Scope) -> Iterator[Mutant]:
        """Edits that nobody makes: of every part of an expression, whatever it is."""
        yield from self._within(expression, scope, self._bluntly)

    def _bluntly(self, part: Expression, scope: Scope) -> Iterator[Mutant]:
        for number in (-2, -1, 2, 3, Fraction(1, 2), Fraction(1, 3)):
            yield "number", Product((Number(Fraction(number)), part))
        for axis in dict.fromkeys(index.axis for index in scope):
            yield "size", Product((Size(axis), part))
            yield "size", Product((Power(Size(axis), Fraction(-1)), part))
        placed = (replace(t, indices=at) for t in self.known if (at := _placed(t, scope)) is not None)
        for other in (Number(Fraction(1)), *placed):
            yield "more term", Addition((part, other))
            yield "more term", Addition((part, Product((MINUS, other))))
        for exponent in (2, 3):
            yield "power", Power(part, Fraction(exponent))
        for index in sorted(free_indices(part), key=lambda i: i.name):
            bound = Index("t9", index.axis)
            yield "more sum", Sum(bound, substitute(part, {index: bound}))
            yield "averaged", Mean(bound, substitute(part, {index: bound}))

    def _within(
        self, expression: Expression, scope: Scope, here: Callable[[Expression, Scope], Iterator[Mutant]]
    ) -> Iterator[Mutant]:
        yield from here(expression, scope)
        if isinstance(expression, Derivative):
            return
        inner = (*scope, expression.index) if isinstance(expression, Sum | Mean) else scope
        children = expression.children
        for place, child in enumerate(children):
            for what, edited in self._within(child, inner, here):
                yield what, expression.rebuild((*children[:place], edited, *children[place + 1 :]))

    def _here(self, expression: Expression, scope: Scope) -> Iterator[Mutant]:
        match expression:
            case Addition(terms):
                yield from self._addition(terms)
            case Product(factors):
                yield from self._product(factors, scope)
            case Sum(index, body) | Mean(index, body):
                yield from self._sum(expression, index, body, scope)
            case Power(base, exponent):
                yield from self._power(base, exponent)
            case Function(order=order):
                yield "order", replace(expression, order=1 - order if order < 2 else 1)
            case Tensor():
                yield from self._tensor(expression, scope)
            case Derivative(numerator, denominator):
                for what, edited in self._tensor(denominator, scope):
                    if isinstance(edited, Tensor) and what in ("index", "transpose"):
                        yield what, replace(expression, denominator=edited)
                yield "averaged", self._averaged(expression, denominator.indices)
                if not numerator.indices:
                    yield from (("tensor", other) for other in self._like(denominator))

    def _addition(self, terms: tuple[Expression, ...]) -> Iterator[Mutant]:
        for place, term in enumerate(terms):
            before, after = terms[:place], terms[place + 1 :]
            yield "sign", Addition((*before, Product((MINUS, term)), *after))
            yield "lost term", _sum_of((*before, *after))
            yield "doubled term", Addition((*before, Product((TWO, term)), *after))

    def _product(self, factors: tuple[Expression, ...], scope: Scope) -> Iterator[Mutant]:
        for place, factor in enumerate(factors):
            rest = (*factors[:place], *factors[place + 1 :])
            if not isinstance(factor, Number):
                yield "lost factor", _product_of(rest)
                yield "doubled factor", Product((*factors, factor))
            if isinstance(factor, Addition):
                for at, term in enumerate(factor.terms):
                    others = _sum_of((*factor.terms[:at], *factor.terms[at + 1 :]))
                    yield "parentheses", Addition((_product_of((*rest, others)), term))
                for at, other in enumerate(rest):
                    first, *later = factor.terms
                    inside = Addition((Product((other, first)), *later))
                    yield "factor out of the bracket", _product_of((*rest[:at], *rest[at + 1 :], inside))
        for tensor in self.known:
            indices = _placed(tensor, scope)
            if indices is not None:
                yield "more factor", Product((*factors, replace(tensor, indices=indices)))

    def _sum(self, expression: Sum | Mean, index: Index, body: Expression, scope: Scope) -> Iterator[Mutant]:
        if isinstance(expression, Sum):
            yield "mean for sum", Mean(index, body)
        else:
            yield "sum for mean", Sum(index, body)
        for other in scope:
            if other.axis == index.axis and other != index:
                yield "lost sum", substitute(body, {index: other})
        for other in scope:
            if other.axis.data and other.axis != index.axis and other in free_indices(body):
                bound = Index("t9", other.axis)
                yield "more sum", type(expression)(index, Sum(bound, substitute(body, {other: bound})))

    def _power(self, base: Expression, exponent: Fraction) -> Iterator[Mutant]:
        for changed in (exponent - 1, exponent + 1, -exponent, exponent / 2, exponent * 2):
            if changed not in (0, exponent):
                yield "power", Power(base, changed)
        if isinstance(base, Addition):
            for at, term in enumerate(base.terms):
                others = (*base.terms[:at], *base.terms[at + 1 :])
                yield "parentheses", Addition((Power(_sum_of(others), exponent), term))
        for constant in self.constants if exponent < 0 or exponent.denominator > 1 else ():
            if not isinstance(base, Size | Number) and constant not in walk(base):
                yield "constant", Power(Addition((base, constant)), exponent)

    def _tensor(self, tensor: Tensor, scope: Scope) -> Iterator[Mutant]:
        for place, index in enumerate(tensor.indices):
            for other in dict.fromkeys(scope):
                if other.axis == index.axis and other != index:
                    yield "index", replace(tensor, indices=_put(tensor.indices, place, other))
            if len(tensor.indices) > 1:
                yield "averaged", self._averaged(tensor, (index,))
        for first in range(len(tensor.indices)):
            for second in range(first):
                a, b = tensor.indices[first], tensor.indices[second]
                if a.axis == b.axis and a != b:
                    yield "transpose", replace(tensor, indices=_put(_put(tensor.indices, first, b), second, a))
        for other in self._like(tensor):
            yield ("layer" if other.symbol == tensor.symbol else "tensor"), other
        for other in self.known:
            if other.symbol == tensor.symbol and other.layer != tensor.layer:
                indices = _placed(other, scope)
                if indices is not None:
                    yield "layer", replace(other, indices=indices)

    def _like(self, tensor: Tensor) -> Iterator[Tensor]:
        """The other tensors over the same axes, at the same indices."""
        axes = [i.axis for i in tensor.indices]
        for other in self.known:
            if [i.axis for i in other.indices] == axes and other.key != tensor.key:
                yield replace(other, indices=tensor.indices)

    @staticmethod
    def _averaged(expression: Expression, indices: tuple[Index, ...]) -> Expression:
        """The mean over the first of the indices that runs over data; over the first if there is none."""
        for index in [*(i for i in indices if i.axis.data), *indices][:1]:
            bound = Index("t9", index.axis)
            return Mean(bound, substitute(expression, {index: bound}))
        return expression


def _put(indices: tuple[Index, ...], place: int, index: Index) -> tuple[Index, ...]:
    return (*indices[:place], index, *indices[place + 1 :])


def _placed(tensor: Tensor, scope: Scope) -> tuple[Index, ...] | None:
    """Indices in scope for the axes of a tensor, the innermost first; None if there are none."""
    chosen: list[Index] = []
    for index in tensor.indices:
        fitting = [i for i in reversed(scope) if i.axis == index.axis and i not in chosen]
        if not fitting:
            return None
        chosen.append(fitting[0])
    return tuple(chosen)


def _sum_of(terms: tuple[Expression, ...]) -> Expression:
    return terms[0] if len(terms) == 1 else Addition(terms)


def _product_of(factors: tuple[Expression, ...]) -> Expression:
    return Number(Fraction(1)) if not factors else factors[0] if len(factors) == 1 else Product(factors)
