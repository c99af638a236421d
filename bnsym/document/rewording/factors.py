r"""Edits of products, fractions and sums over an index: factors lost, inverted, misplaced, letters bound anew."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from bnsym.document.meaning.derivatives import DIFFERENTIALS
from bnsym.document.notation.names import flatten
from bnsym.document.rewording.editor import script_tokens
from bnsym.document.rewording.names import NameEdits, transposed
from bnsym.document.syntax.tree import (
    Angle,
    Big,
    Group,
    Name,
    Negative,
    Node,
    Numeral,
    Product,
    Quotient,
    Root,
    Total,
    names_in,
)


class FactorEdits(NameEdits):
    def product(self, node: Product, scope: frozenset[str], averaged: bool) -> None:
        if self._is_derivative(node):
            self._inside_derivative(node, scope)
            return
        units = self.units(node)
        for place, (sign, parts) in enumerate(units):
            rest = [*units[:place], *units[place + 1 :]]
            self.put("factor", 2, (node.start, node.end, self.side_by_side(rest)))
            own = self.side_by_side([("", parts)])
            if sign == "/":
                self.put("factor", 3, (parts[0].start, parts[-1].end, f"1 \\cdot {own}"))
            elif not any(isinstance(part, Big | Numeral) for part in parts):
                self.put("inverse", 4, (parts[0].start, parts[-1].end, rf"\frac{{1}}{{{own}}}"))
            if not any(isinstance(part, Big) for part in parts):
                self._move_inside(node, rest, own)
        self._one_mean(node, units)
        self._close_earlier(node, units)
        if self.palette.matrix:
            self._matrix_product(node, units)
        for _, parts in units:
            if len(parts) > 1:
                self.squared(*parts)
            elif isinstance(parts[0], Group) and parts[0].bracket != "{" and not averaged:
                self.put("mean", 4, (parts[0].start, parts[0].end, rf"\langle {self.text(parts[0].body)} \rangle"))
            for part in parts:
                self.visit(part, False, scope, averaged)

    def _one_mean(self, node: Product, units: Sequence[tuple[str, list[Node]]]) -> None:
        """⟨a⟩ ⟨b⟩ as ⟨a b⟩."""
        means = [place for place, (sign, parts) in enumerate(units) if sign != "/" and isinstance(parts[0], Angle)]
        for first, second in pairwise(means):
            one, other = (units[place][1][0] for place in (first, second))
            assert isinstance(one, Angle) and isinstance(other, Angle)
            joined = rf"\langle {self.bracketed(one.body)} {self.bracketed(other.body)} \rangle"
            self.put("mean", 3, (one.start, one.end, joined), (other.start, other.end, ""))

    def _close_earlier(self, node: Product, units: Sequence[tuple[str, list[Node]]]) -> None:
        """a (b − c) as a b − c: a bracket that is closed too late."""
        *before, (sign, (*_, last)) = units
        if sign == "/" or not before or not isinstance(last, Group) or not isinstance(last.body, Total):
            return
        terms = last.body.terms
        for place in range(1, len(terms)):
            kept = self.equation.text[last.body.start : terms[place - 1].end]
            left = self.equation.text[terms[place - 1].end : last.body.end].strip()
            kept = f"({kept})" if place > 1 else self.bracketed(terms[0])
            text = f"{self.side_by_side(before)} {kept} {left}"
            self.put("bracket", 3, (node.start, node.end, text))

    def _matrix_product(self, node: Product, units: Sequence[tuple[str, list[Node]]]) -> None:
        """Factors of a matrix product in another order, transposed, and both."""
        for place in range(len(units) - 1):
            swapped = [*units[:place], units[place + 1], units[place], *units[place + 2 :]]
            self.put("order", 2, (node.start, node.end, self.side_by_side(swapped)))
        turned = [" ".join(transposed(self.text(part)) for part in parts) for _, parts in units]
        self.put("transpose", 2, (node.start, node.end, " ".join(turned)))
        self.put("transpose", 2, (node.start, node.end, " ".join(reversed(turned))))

    def _move_inside(self, node: Product, rest: Sequence[tuple[str, list[Node]]], factor: str) -> None:
        """f (a − Σ_j b) as (f a − Σ_j f_j b): a factor that carries the axis of the sums it stands outside of."""
        for sign, parts in rest:
            body = parts[-1].body if isinstance(parts[-1], Group) else parts[-1]
            if sign == "/" or len(parts) > 1 or not isinstance(body, Total | Big | Angle | Product):
                continue
            terms = body.terms if isinstance(body, Total) else (body,)
            for letter in ("", *self.palette.letters):
                moved = [self._with_factor(unsigned(term), factor, letter) for term in terms]
                joined = "".join(
                    f" {'-' if isinstance(term, Negative) else '+'} {text}"
                    for term, text in zip(terms, moved, strict=True)
                ).removeprefix(" +")
                others = [(s, p) for s, p in rest if p is not parts]
                text = f"{self.side_by_side(others)} ({joined.strip()})" if others else joined.strip()
                self.put("place", 3, (node.start, node.end, text))

    def _with_factor(self, term: Node, factor: str, letter: str) -> str:
        """A term with a factor put into its sum or mean; `letter` of it becomes what the sum binds."""
        for part in _below(term):
            if isinstance(part, Angle):
                inside = part.body
                new = factor
            elif isinstance(part, Big):
                bound = [i.letter for i in flatten(part.below) if i.letter] or [
                    i.bare[0] for i in flatten(part.below) if i.bare
                ]
                inside = part.body
                new = _relettered(factor, letter, bound[0]) if letter and bound else factor
            else:
                continue
            at, end = inside.start - term.start, inside.end - term.start
            text = self.text(term)
            return f"{text[:at]}{new} {self.bracketed(inside)}{text[end:]}"
        return f"{factor} {self.bracketed(term)}"

    def quotient(self, node: Quotient, scope: frozenset[str], averaged: bool) -> None:
        if self._is_derivative(node.numerator):
            self._inside_derivative(node, scope)
            return
        above, below = self.text(node.numerator), self.text(node.denominator)
        self.put("inverse", 4, (node.start, node.end, rf"\frac{{{below}}}{{{above}}}"))
        if above != "1":  # a fraction of one is dropped as a factor
            self.put("factor", 2, (node.start, node.end, f"({above})"))
        self.put("factor", 2, (node.start, node.end, rf"\frac{{1}}{{{below}}}"))
        if not isinstance(node.denominator, Root):
            self.put("power", 2, (node.denominator.start, node.denominator.end, rf"\sqrt{{{below}}}"))
            self.put("power", 2, (node.denominator.start, node.denominator.end, f"({below})^2"))
        for part in (node.numerator, node.denominator):
            self.visit(part, False, scope, averaged)

    @staticmethod
    def _is_derivative(node: Node) -> bool:
        first = node.factors[0] if isinstance(node, Product) else node
        return isinstance(first, Name) and first.base in DIFFERENTIALS | {r"\nabla"}

    def _inside_derivative(self, node: Node, scope: frozenset[str]) -> None:
        for name in names_in(node):
            self.name(name, scope)

    # ------------------------------------------------------------ sums over an index

    def sum_over(self, node: Big, scope: frozenset[str], averaged: bool) -> None:
        body = node.body
        self.put("sum", 3, (node.start, node.end, self.bracketed(body)))
        items = [item for item in flatten(node.below) if item.bare]
        bound = frozenset(item.letter or item.bare[0] for item in items)
        if node.above and len(items) == 1:
            self._whole_range(node, items[0].letter or items[0].bare[0])
        for item in items:
            old = item.letter or item.bare[0]
            for new in self.palette.letters:
                if new not in scope | bound:
                    places = [
                        (t.start, t.end, new) for name in names_in(body) for t in script_tokens(name) if t.text == old
                    ]
                    head = (item.start, item.start + len(old), new)
                    self.put("index", 2, head, *places)
                    for place in places:
                        self.put("index", 3, head, place)
        self.beside(body, scope | bound, averaged)
        self.visit(body, False, scope | bound, averaged)

    def _whole_range(self, node: Big, letter: str) -> None:
        """A sum over the whole axis of its letter, with its range and without."""
        at = node.body.start
        self.put("range", 1, (node.start, at, rf"{node.operator}_{{{letter}}} "))
        for size in self.palette.sizes(letter):
            self.put("range", 1, (node.start, at, rf"{node.operator}_{{{letter}=1}}^{{{size}}} "))


def unsigned(term: Node) -> Node:
    """A term without its sign."""
    return term.body if isinstance(term, Negative) else term


def _below(node: Node) -> Iterator[Node]:
    """A node and the factors that it is made of, through brackets and fractions, outermost first."""
    yield node
    match node:
        case Product(factors=factors):
            for factor in factors:
                yield from _below(factor)
        case Group(body=body) | Negative(body=body):
            yield from _below(body)
        case Quotient(numerator=numerator):
            yield from _below(numerator)


def _relettered(text: str, old: str, new: str) -> str:
    """The text of a factor with one index letter for another."""
    return re.sub(rf"(?<![a-zA-Z\\]){re.escape(old)}(?![a-zA-Z])", lambda _: new, text)
