r"""Expressions as LaTeX, every index explicit.

Guarantees: what is printed can be read back, under the notation that it came from, as an equivalent
expression; brackets are as few as the grammar of the reader allows; a derivative that the document abbreviates
is printed by its abbreviation. A mean is ⟨·⟩ without its bound index where nothing inside leaves a doubt about
which axis it runs over, and \frac{1}{N}\sum_t elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from fractions import Fraction

from bnsym.language.expression import (
    Addition,
    Axis,
    Delta,
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
    Slot,
    Sum,
    Tensor,
    free_indices,
    map_layers,
    substitute,
    walk,
)
from bnsym.language.statement import AUXILIARY, Definition

_TERM, _FACTOR, _ATOM = 0, 1, 2
"""What may stand unbracketed in a place: a sum of terms, a product, a single factor."""

_FUNCTIONS = {"exp": r"\exp", "log": r"\log", "tanh": r"\tanh", "sin": r"\sin", "cos": r"\cos"}


_LETTERS = [*"jikpqrstabcfhmnovwz", *(f"{letter}'" for letter in "jikpqrst")]


def to_latex(expression: Expression, *, definitions: Sequence[Definition] = ()) -> str:
    """The expression as LaTeX, at any layer: abbreviations are folded back to their symbols, what has no name is
    written out. `definitions` are those of both."""
    return _Printer(definitions).whole(expression)


def size_latex(axis: Axis) -> str:
    """The size of an axis: `N`, `n^{l-1}`."""
    symbol = axis.sizes[0] if axis.sizes else rf"\lvert\mathrm{{{axis.name}}}\rvert"
    return symbol if axis.layer is None else f"{symbol}^{{{axis.layer}}}"


class _Printer:
    def __init__(self, definitions: Sequence[Definition]) -> None:
        self._unnamed = {d.tensor.symbol: d for d in definitions if d.tensor.symbol.base == AUXILIARY}
        derivatives = (d for d in definitions if isinstance(d.body, Derivative))
        self._abbreviations = [d for d in derivatives if d.tensor.symbol not in self._unnamed]
        self._dropped: frozenset[Index] = frozenset()
        self._around: frozenset[str] = frozenset()  # letters of the whole, which what has no name may not bind

    def whole(self, expression: Expression) -> str:
        if self._unnamed:
            bound = (part.index for part in walk(expression) if isinstance(part, Sum | Mean))
            self._around = frozenset(index.name for index in (*free_indices(expression), *bound))
        return self.show(expression, _TERM)

    def show(self, expression: Expression, level: int) -> str:
        match expression:
            case Number(value):
                return self._number(value, level)
            case Size(axis):
                return size_latex(axis)
            case Tensor(symbol=symbol) if symbol in self._unnamed:
                return self.show(self._written(expression), level)
            case Tensor():
                return self._tensor(expression)
            case Delta(left, right):
                return rf"\delta_{{{_indices((left, right))}}}"
            case Function(name, order, argument, layer):
                mark = ("" if layer is None else f"^{{{layer}}}") + "'" * order
                return rf"{_function(name)}{mark}\left({self.show(argument, _TERM)}\right)"
            case Power(base, exponent):
                return self._power(base, exponent, level)
            case Product():
                text = self._product(expression)
                return _bracket(text) if level == _ATOM or (level == _FACTOR and text.startswith("-")) else text
            case Addition(terms):
                text = self._addition(terms)
                return text if level == _TERM else _bracket(text)
            case Sum(index, body):
                return self._summation(rf"\sum_{{{index.name}}}", body, level)
            case Mean(index, body):
                return self._mean(index, body, level)
            case Derivative():
                return self._derivative(expression)
        raise TypeError(f"no LaTeX for {type(expression).__name__}")

    # -- numbers, tensors ---------------------------------------------------------------------------------

    def _number(self, value: Fraction, level: int) -> str:
        size = abs(value)
        text = str(size) if size.denominator == 1 else rf"\frac{{{size.numerator}}}{{{size.denominator}}}"
        if value < 0:
            return f"-{text}" if level == _TERM else _bracket(f"-{text}")
        return text

    def _tensor(self, tensor: Tensor) -> str:
        symbol, layer = tensor.symbol, tensor.layer
        indices = tuple(i for i in tensor.indices if i.name and i not in self._dropped)
        below = [_label(x, layer) for x in symbol.labels_below if x]
        if indices:
            below.append(_indices(indices))
        above = [_label(x, layer) for x in symbol.labels_above]
        scripts = f"_{{{','.join(below)}}}" if below else ""
        return symbol.base + scripts + (f"^{{{','.join(above)}}}" if above else "")

    def _derivative(self, derivative: Derivative) -> str:
        folded = self._fold(derivative)
        if folded is not None:
            return self._tensor(folded)
        inner = self._written(derivative.numerator) if derivative.numerator.symbol in self._unnamed else None
        if isinstance(inner, Derivative):
            above, first, second = (
                self.show(t, _ATOM) for t in (inner.numerator, inner.denominator, derivative.denominator)
            )
            by = rf"{{{first}}}^2" if first == second else rf"{first} \partial {second}"
            return rf"\frac{{\partial^2 {above}}}{{\partial {by}}}"
        above, below = (self.show(tensor, _ATOM) for tensor in (derivative.numerator, derivative.denominator))
        return rf"\frac{{\partial {above}}}{{\partial {below}}}"

    def _written(self, tensor: Tensor) -> Expression:
        """What a tensor without a name stands for."""
        definition = self._unnamed[tensor.symbol]
        body, home, layer = definition.body, definition.tensor.layer, tensor.layer
        if home is not None and layer is not None:
            body = map_layers(body, lambda at: Layer(layer.letter, layer.offset + at.offset - home.offset))
        body = _bound_apart(body, {index.name for index in tensor.indices} | self._around)
        return substitute(body, dict(zip(definition.tensor.indices, tensor.indices, strict=True)))

    def _fold(self, derivative: Derivative) -> Tensor | None:
        """The abbreviation of this derivative, at its layer and indices."""
        for definition in self._abbreviations:
            body, tensor = definition.body, definition.tensor
            assert isinstance(body, Derivative)
            if body.denominator.symbol != derivative.denominator.symbol:
                continue
            moved = _at_layer_of(body.denominator, derivative.denominator.layer, tensor, body)
            if moved is None:
                continue
            name, pattern = moved
            renaming = dict(zip(pattern.denominator.indices, derivative.denominator.indices, strict=True))
            renaming |= dict(zip(pattern.numerator.indices, derivative.numerator.indices, strict=False))
            if substitute(pattern, renaming) == derivative:
                entry = substitute(name, renaming)
                return entry if isinstance(entry, Tensor) else None
        return None

    # -- products -----------------------------------------------------------------------------------------

    def _addition(self, terms: tuple[Expression, ...]) -> str:
        text = ""
        for term in terms:
            shown = self.show(term, _TERM)
            if isinstance(term, Addition):
                shown = _bracket(shown)
            if not text:
                text = shown
            elif shown.startswith("-"):
                text += f" - {shown[1:].lstrip()}"
            else:
                text += f" + {shown}"
        return text or "0"

    def _product(self, expression: Product) -> str:
        """The factors in order; what is divided by stands under one stroke, with the factor before it above."""
        coefficient = Fraction(1)
        factors: list[Expression] = []
        for factor in _flat(expression):
            if isinstance(factor, Number):
                coefficient *= factor.value
            else:
                factors.append(factor)
        sign = "-" if coefficient < 0 else ""
        coefficient = abs(coefficient)
        below = [factor for factor in factors if isinstance(factor, Power) and factor.exponent < 0]
        if not below and coefficient.denominator == 1:
            head = [str(coefficient)] if coefficient != 1 or not factors else []
            return sign + self._juxtapose(head, factors)
        at = factors.index(below[0]) if below else 0
        before = factors[:at]
        above = [before.pop()] if before and isinstance(before[-1], Tensor | Size | Addition) else []
        after = [factor for factor in factors[at:] if factor not in below]
        over = [str(coefficient.numerator)] if coefficient.numerator != 1 or not above else []
        under = [str(coefficient.denominator)] if coefficient.denominator != 1 else []
        single = len(below) == 1 and not under
        for factor in below:
            assert isinstance(factor, Power)
            under.append(self._power(factor.base, -factor.exponent, _TERM if single else _ATOM))
        alone = not over and isinstance(above[0], Addition)
        numerator = self.show(above[0], _TERM) if alone else self._juxtapose(over, above)
        fraction = rf"\frac{{{numerator}}}{{{' '.join(under)}}}"
        left = self._juxtapose([], before, last=False)
        return sign + self._juxtapose([left, fraction] if left else [fraction], after)

    def _juxtapose(self, head: list[str], factors: Sequence[Expression], *, last: bool = True) -> str:
        """Factors side by side; a Σ takes all that follows it, so it comes last or in brackets."""
        shown = list(head)
        for at, factor in enumerate(factors):
            text = self.show(factor, _FACTOR if last and at == len(factors) - 1 else _ATOM)
            if shown and text[:1].isdigit():
                text = rf"\cdot {text}"
            shown.append(text)
        return " ".join(shown)

    def _summation(self, operator: str, body: Expression, level: int) -> str:
        """A Σ over a product; a sign in front of the product goes in front of the Σ."""
        if level == _TERM and isinstance(body, Product | Sum | Mean):
            shown = self.show(body, _TERM)
            return f"-{operator} {shown[1:]}" if shown.startswith("-") else f"{operator} {shown}"
        text = f"{operator} {self.show(body, _FACTOR)}"
        return text if level < _ATOM else _bracket(text)

    def _power(self, base: Expression, exponent: Fraction, level: int) -> str:
        if exponent < 0:
            return rf"\frac{{1}}{{{self._power(base, -exponent, _FACTOR)}}}"
        if exponent == 1:
            return self.show(base, level)
        if exponent == Fraction(1, 2):
            return rf"\sqrt{{{self.show(base, _TERM)}}}"
        shown = str(exponent) if exponent.denominator == 1 else f"{exponent.numerator}/{exponent.denominator}"
        text = self.show(base, _ATOM)
        match base:
            case Tensor(symbol=symbol) if not symbol.labels_above:
                return f"{{{text}}}^{{{shown}}}"
            case Number(value) if value >= 0 and value.denominator == 1:
                return f"{text}^{{{shown}}}"
            case Size(axis) if axis.layer is None:
                return f"{text}^{{{shown}}}"
            case Mean() if text.startswith(r"\langle") and text.count(r"\langle") == 1:
                return f"{text}^{{{shown}}}"
        if not (text.startswith(r"\left(") and isinstance(base, Product | Addition | Sum)):
            text = _bracket(text)
        return f"{text}^{{{shown}}}"

    # -- means --------------------------------------------------------------------------------------------

    def _mean(self, index: Index, body: Expression, level: int) -> str:
        if self._needs_no_index(index, body):
            around, self._dropped = self._dropped, self._dropped | {index}
            try:
                return rf"\langle {self.show(body, _TERM)} \rangle"
            finally:
                self._dropped = around
        indices = [index]
        while isinstance(body, Mean) and not self._needs_no_index(body.index, body.body):
            indices.append(body.index)
            body = body.body
        sizes = " ".join(size_latex(i.axis) for i in indices)
        sums = " ".join(rf"\sum_{{{i.name}}}" for i in indices)
        return self._summation(rf"\frac{{1}}{{{sizes}}} {sums}", body, level)

    def _needs_no_index(self, index: Index, body: Expression) -> bool:
        """Whether every factor inside that has the axis has this index for it, and none has another data axis."""
        if not index.axis.data:
            return False
        inner: set[Index] = set()
        seen = False
        for part in walk(body):
            match part:
                case Mean(bound, inside) if bound.axis.data and index not in _all_indices(inside):
                    inner.add(bound)
                case Sum(bound) | Mean(bound) if bound.axis.name == index.axis.name:
                    return False
                case Delta(left, right) if index in (left, right):
                    return False
                case Derivative(numerator, denominator) if numerator.indices and index in (
                    *numerator.indices,
                    *denominator.indices,
                ):
                    return False
        for part in walk(body):
            if isinstance(part, Tensor):
                same = [i for i in part.indices if i.axis.data and i not in inner]
                if any(i != index for i in same) or len(same) > 1:
                    return False
                seen = seen or bool(same)
        return seen


def _bound_apart(expression: Expression, taken: Set[str]) -> Expression:
    """The expression with other letters for what is bound under a letter that is taken."""
    inside = expression.rebuild(tuple(_bound_apart(child, taken) for child in expression.children))
    if isinstance(inside, Sum | Mean) and inside.index.name in taken:
        used = taken | {index.name for index in _all_indices(inside.body)}
        other = Index(next(letter for letter in _LETTERS if letter not in used), inside.index.axis)
        return type(inside)(other, substitute(inside.body, {inside.index: other}))
    return inside


def _all_indices(expression: Expression) -> set[Index]:
    return {i for part in walk(expression) if isinstance(part, Tensor) for i in part.indices}


def _flat(product: Product) -> list[Expression]:
    factors: list[Expression] = []
    for factor in product.factors:
        factors += _flat(factor) if isinstance(factor, Product) else (factor,)
    return factors


def _at_layer_of(
    denominator: Tensor, layer: Layer | None, tensor: Tensor, body: Derivative
) -> tuple[Tensor, Derivative] | None:
    home = denominator.layer
    if (home is None) != (layer is None):
        return None
    if home is None or layer is None or home == layer:
        return tensor, body

    def move(at: Layer) -> Layer:
        return Layer(layer.letter, layer.offset + at.offset - home.offset) if at.letter == home.letter else at

    name, pattern = map_layers(tensor, move), map_layers(body, move)
    assert isinstance(name, Tensor) and isinstance(pattern, Derivative)
    return name, pattern


def _label(label: str | Slot, layer: Layer | None) -> str:
    if not isinstance(label, Slot):
        return label
    return str(layer.shift(label.offset)) if layer is not None else str(label.offset)


def _indices(indices: Sequence[Index]) -> str:
    """Index letters side by side; with commas where one is a command."""
    names = [index.name for index in indices]
    return "".join(names) if all(not name.startswith("\\") for name in names) else ",".join(names)


def _function(name: str) -> str:
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    return rf"\operatorname{{{name}}}" if name.isalpha() and len(name) > 1 else name


def _bracket(text: str) -> str:
    return rf"\left({text}\right)"
