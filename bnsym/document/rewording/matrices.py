r"""An expression in matrix notation: contractions as products, what is element by element with `\odot`.

An expression over at most two free indices is taken apart into factors that are numbers, columns and matrices; each
bound index joins two of them. Where the notation has no product for what is joined (three factors that share an index,
tensors with more axes) there is no text. Nothing is said here of whether the text reads as what it was made from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count, product

from bnsym.language.expression import (
    Addition,
    Axis,
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
    met_indices,
    substitute,
)

ATOM, PRODUCT, ENTRYWISE, TOTAL = range(4)  # what a text is, the tighter first
_ZERO = Number(Fraction(0))


class NoNotation(Exception):
    """There is no matrix notation for an expression."""


@dataclass(frozen=True)
class Part:
    """A text and its shape: no index for a number, one for a column, row and column for a matrix.

    `factors` are those of a product element by element. A `unit` is the identity matrix, which may have no name.
    """

    text: str
    indices: tuple[Index, ...] = ()
    level: int = ATOM
    factors: tuple[Part, ...] = ()
    unit: bool = False

    def factor(self) -> str:
        """As it stands in a product."""
        if not self.text:
            raise NoNotation
        return self.text if self.level <= PRODUCT else f"({self.text})"

    def atom(self) -> str:
        return self.factor() if self.level == ATOM else f"({self.text})"

    def turned(self) -> Part:
        """A matrix transposed."""
        if self.unit:
            return replace(self, indices=self.indices[::-1])
        plain = self.level == ATOM and "^" not in self.text and r"\frac" not in self.text
        text = self.text if plain else f"({self.text})"
        return Part(rf"{text}^\top", self.indices[::-1])

    def oriented(self, row: Index) -> Part:
        return self if self.indices[0] == row else self.turned()


@dataclass(frozen=True)
class Matrices:
    """Writes expressions with the free indices of a head, row first.

    `ones` is the column of ones over an axis, `identity` the matrix, "" if it has no name; `latex` writes entries.
    """

    head: tuple[Index, ...]
    latex: Callable[[Expression], str]
    ones: Callable[[Axis], str]
    identity: Callable[[Axis], str]

    def text(self, expression: Expression) -> str:
        """Raises NoNotation."""
        if len(self.head) > 2:
            raise NoNotation
        try:
            return self._whole(expression, self.head).text
        except NoNotation:  # a bracket may need ones, or the identity, that its terms do not
            terms = _terms(expression)
            if len(terms) == 1:
                raise
            return self._whole(Addition(tuple(terms)), self.head).text

    # ------------------------------------------------------------ sums of terms

    def _whole(self, expression: Expression, indices: tuple[Index, ...]) -> Part:
        """An expression as a part of the shape that some indices give, spread where it depends on fewer."""
        if not isinstance(expression, Addition):
            return self._term(expression, indices)
        text, parts = "", [self._term(term, indices) for term in expression.terms]
        for part in parts:
            negative = part.text.startswith("-")
            shown = part.text.removeprefix("-").strip()
            text += (f" {'-' if negative else '+'} " if text else "-" * negative) + shown
        return Part(text, indices, TOTAL)

    def _term(self, expression: Expression, indices: tuple[Index, ...]) -> Part:
        numbers: list[Expression] = []
        parts: list[Part] = []
        bound: list[Index] = []
        self._collect(expression, numbers, parts, bound, count())
        return self._contracted(numbers, parts, bound, indices)

    def _collect(
        self, expression: Expression, numbers: list[Expression], parts: list[Part], bound: list[Index], fresh: count
    ) -> None:
        """The factors of a term, and the indices that are summed over, under names of their own."""
        match expression:
            case Product(factors):
                for factor in factors:
                    self._collect(factor, numbers, parts, bound, fresh)
            case Sum(index, body) | Mean(index, body):
                own = Index(f"§{next(fresh)}", index.axis)
                bound.append(own)
                if isinstance(expression, Mean):
                    numbers.append(Power(Size(index.axis), Fraction(-1)))
                self._collect(substitute(body, {index: own}), numbers, parts, bound, fresh)
            case _ if not free_indices(expression) and not isinstance(expression, Addition):
                numbers.append(expression)
            case _:
                parts.append(self._factor(expression))

    # ------------------------------------------------------------ factors

    def _factor(self, expression: Expression) -> Part:
        match expression:
            case Tensor(indices=indices):
                return self._entry(expression, indices)
            case Derivative(numerator, denominator):
                if numerator.indices and len(numerator.indices) + len(denominator.indices) != 2:
                    raise NoNotation
                return self._entry(expression, (*numerator.indices, *denominator.indices))
            case Delta(left, right):
                row = (right, left) if (right, left) == self.head else (left, right)
                return Part(self.identity(left.axis), row, unit=True)
            case Function(argument=argument):
                inner = self._whole(argument, self._shape(argument))
                name = self.latex(replace(expression, argument=_ZERO)).partition(r"\left(")[0]
                return Part(f"{name}({inner.text})", inner.indices)
            case Power(base, exponent) if exponent.denominator == 1:
                inner = self._whole(base, self._shape(base))
                mark = r"\odot " if len(inner.indices) == 2 else ""
                plain = inner.level == ATOM and "^" not in inner.text
                return Part(f"{inner.text if plain else f'({inner.text})'}^{{{mark}{exponent}}}", inner.indices)
            case Addition():
                return self._whole(expression, self._shape(expression))
        raise NoNotation

    def _entry(self, expression: Expression, indices: tuple[Index, ...]) -> Part:
        if len(indices) > 2 or len(set(indices)) < len(indices):
            raise NoNotation
        return Part(self.latex(substitute(expression, {i: Index("", i.axis) for i in indices})), indices)

    def _shape(self, expression: Expression) -> tuple[Index, ...]:
        """The free indices, in the order of the head, or else in which they are met."""
        indices = tuple(dict.fromkeys(met_indices(expression)))
        if len(indices) > 2:
            raise NoNotation
        return self.head if set(indices) == set(self.head) else indices

    # ------------------------------------------------------------ contraction

    def _contracted(
        self, numbers: list[Expression], parts: list[Part], bound: list[Index], indices: tuple[Index, ...]
    ) -> Part:
        scalars = [part for part in parts if not part.indices]
        parts = _merged([part for part in parts if part.indices])
        while bound:
            index = min(bound, key=lambda b: sum(b in part.indices for part in parts))
            bound.remove(index)
            touching = [part for part in parts if index in part.indices]
            joined = self._joined(index, touching)
            rest = [part for part in parts if part not in touching]
            scalars += [joined] if not joined.indices else []
            parts = _merged([*rest, *([joined] if joined.indices else [])])
        core = self._spread(parts, indices)
        front = self.latex(Product(tuple(numbers))) if numbers else ""
        sign = "-" if front.startswith("-") else ""
        front = front.removeprefix("-").strip()
        words = [*([front] if front not in ("", "1") else []), *(scalar.atom() for scalar in scalars)]
        if core is None:
            if len(scalars) == 1:
                words[-1] = scalars[0].factor()
            return Part(sign + (" ".join(words) or "1"), (), PRODUCT)
        if not words and not sign:
            return core
        return Part(sign + " ".join([*words, core.factor()]), indices, PRODUCT)

    def _joined(self, index: Index, touching: Sequence[Part]) -> Part:
        """The factors that carry a bound index, summed over it."""
        columns = [part for part in touching if len(part.indices) == 1]
        matrices = [part for part in touching if len(part.indices) == 2]
        match matrices, columns:
            case [], []:
                return Part(self.latex(Size(index.axis)))
            case [], [Part(factors=(first, *others))]:
                other = _entrywise(others)
                return Part(f"{first.turned().text} {other.factor()}", (), PRODUCT)
            case [], [one]:
                return Part(f"{self._ones(index).turned().text} {one.factor()}", (), PRODUCT)
            case [matrix], _:
                (row,) = (i for i in matrix.indices if i != index)
                right = columns[0] if columns else self._ones(index)
                return Part(f"{matrix.oriented(row).factor()} {right.factor()}", (row,), PRODUCT)
            case [first, second], _:
                row, column = (next(i for i in part.indices if i != index) for part in (first, second))
                if column in self.head[:1] or row in self.head[1:]:
                    (first, row), (second, column) = (second, column), (first, row)
                middle = [rf"\operatorname{{diag}}({columns[0].text})"] if columns else []
                words = [first.oriented(row).factor(), *middle, second.oriented(index).factor()]
                return Part(" ".join(words), (row, column), PRODUCT)
        raise NoNotation

    def _ones(self, index: Index) -> Part:
        text = self.ones(index.axis)
        if not text:
            raise NoNotation
        return Part(text, (index,))

    def _spread(self, parts: list[Part], indices: tuple[Index, ...]) -> Part | None:
        """What is left, in the shape of the head; None if that is a number."""
        if any(not set(part.indices) <= set(indices) for part in parts):
            raise NoNotation
        if not indices:
            return None
        if len(indices) == 1:
            return parts[0] if parts else self._ones(indices[0])
        row, column = indices
        matrix = next((part.oriented(row) for part in parts if len(part.indices) == 2), None)
        left = next((part for part in parts if part.indices == (row,)), None)
        right = next((part for part in parts if part.indices == (column,)), None)
        if matrix is None:
            left, right = left or self._ones(row), right or self._ones(column)
            return Part(f"{left.factor()} {right.turned().text}", indices, PRODUCT)
        words = [rf"\operatorname{{diag}}({left.text})"] if left else []
        if not matrix.unit or not (left or right):
            words.append(matrix.factor())
        words += [rf"\operatorname{{diag}}({right.text})"] if right else []
        return Part(" ".join(words), indices, PRODUCT) if left or right else matrix


def _terms(expression: Expression) -> list[Expression]:
    """The terms of an expression multiplied out, but for what is summed over."""
    match expression:
        case Addition(terms):
            return [part for term in terms for part in _terms(term)]
        case Product(factors):
            return [Product(chosen) for chosen in product(*map(_terms, factors))]
    return [expression]


def _merged(parts: Iterable[Part]) -> list[Part]:
    """Factors with the same indices as one, element by element."""
    groups: dict[frozenset[Index], list[Part]] = {}
    for part in parts:
        known = groups.setdefault(frozenset(part.indices), [])
        row = known[0].indices[0] if known else part.indices[0]
        known.append(part.oriented(row) if len(part.indices) == 2 else part)
    return [_entrywise(group) for group in groups.values()]


def _entrywise(parts: Sequence[Part]) -> Part:
    """Factors of one shape, one at least, element by element."""
    if len(parts) == 1:
        return parts[0]
    factors = tuple(factor for part in parts for factor in (part.factors or (part,)))
    return Part(r" \odot ".join(part.atom() for part in factors), parts[0].indices, ENTRYWISE, factors)
