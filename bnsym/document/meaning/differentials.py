r"""How derivatives are written: fractions of ∂ or d, ∂C/∂x on a line, ∇_x, and operators before a bracket."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from bnsym.document.errors import IllFormed, ReadError
from bnsym.document.meaning.derivatives import DIFFERENTIALS, differentiate, is_constant
from bnsym.document.meaning.formula import power
from bnsym.document.meaning.scope import Scope, is_implicit
from bnsym.document.meaning.symbols import Symbols
from bnsym.document.notation.names import Match, Pattern, flatten, without_fonts
from bnsym.document.syntax.compounds import join
from bnsym.document.syntax.tree import (
    Group,
    Name,
    Node,
    Quotient,
)
from bnsym.document.syntax.tree import (
    Product as ProductNode,
)
from bnsym.language.expression import (
    Derivative,
    Expression,
    Number,
    Slot,
    Tensor,
)
from bnsym.language.statement import Erratum, is_slope

Marked = tuple[Name, list[tuple[str, Node]]]


class Differentials(Symbols):
    # -- derivatives ------------------------------------------------------------------------------------

    def _quotient(self, node: Quotient, scope: Scope) -> Expression:
        derivative = self._fraction_of_differentials(node, scope)
        if derivative is not None:
            return derivative
        numerator, denominator = self.value(node.numerator, scope), self.value(node.denominator, scope)
        if isinstance(numerator, Number) and isinstance(denominator, Number) and denominator.value:
            return Number(numerator.value / denominator.value)
        below = power(denominator, Fraction(-1))
        return below if numerator == Number(Fraction(1)) else self.multiply([numerator, below], ["", "/"], node.start)

    def _fraction_of_differentials(self, node: Quotient, scope: Scope) -> Expression | None:
        pair = self._pair(node)
        if pair is None:
            return None
        above, below = pair
        if not above[1]:
            raise ReadError("this derivative has nothing to differentiate", node.end - 1)
        return self._derivative(above, below, scope)

    def _pair(self, node: Quotient) -> tuple[Marked, Marked] | None:
        """The sides of a fraction of differentials, each its mark and what follows it."""
        above, below = self._differential(node.numerator), self._differential(node.denominator)
        if above is None and below is None:  # no fraction has one size as a factor above and below its stroke
            above, below = (self._differential(part, sized=True) for part in (node.numerator, node.denominator))
            if above is None or below is None or not below[1]:
                return None
            if any(side[1] and side[1][0][0] for side in (above, below)) or not isinstance(below[1][0][1], Name):
                return None  # d times something
            self._note_size()
        return None if above is None or below is None else (above, below)

    def _differential(self, node: Node, *, sized: bool = False) -> Marked | None:
        r"""`\partial x` as its mark and what follows it; a d that is a size if `sized` asks for one."""
        while isinstance(node, Group) and node.bracket == "{":
            node = node.body
        factors = list(zip(node.signs, node.factors, strict=True)) if isinstance(node, ProductNode) else [("", node)]
        if isinstance(factors[0][1], Name):
            factors[:1] = [("", part) for part in self._split_mark(factors[0][1])]
        mark = factors[0][1]
        if not (self._is_mark(mark) or (sized and self._is_size_d(mark))):
            return None
        assert isinstance(mark, Name)
        return mark, factors[1:]

    def _split_mark(self, name: Name) -> list[Name]:
        r"""A declared `dx` as d and x: between the two sides of a fraction it is a differential."""
        for bases in self.notation.compounds:
            if bases[0] == "d" and join(bases) == name.base:
                return [Name(name.start, name.start + 1, "d"), replace(name, base=join(bases[1:]))]
        return [name]

    def _is_size_d(self, node: Node) -> bool:
        """Whether a factor is a d that is the size of an axis, or its square, and nothing else."""
        if not isinstance(node, Name) or node.base != "d" or node.below or node.primes:
            return False
        return all(item.texts == ("2",) for item in flatten(node.above)) and self.registry.find(node) is None

    def _note_size(self) -> None:
        message = "d is the size of an axis: with one above and one below, this is read as a derivative"
        self.errata.append(Erratum("ambiguous", message))

    def _is_mark(self, node: Node) -> bool:
        if not isinstance(node, Name) or node.base not in DIFFERENTIALS | {r"\delta"} or node.below or node.primes:
            return False
        if node.base != without_fonts(node.base):  # an upright d is no d that stands for a size
            return node.base not in self.notation.patterns and node.base not in self.notation.sizes
        return self.registry.find(node) is None and self.registry.find_size(node) is None

    def _derivative(self, above: Marked, below: Marked, scope: Scope) -> Expression:
        mark, numerator = above
        if mark.base != below[0].base:
            raise ReadError(f"the derivative mixes {mark.base} and {below[0].base}", mark.start)
        value = self.factors(numerator, scope, mark.start)
        for by in self._denominators(mark, below, scope):
            value = self.differentiate(value, by, mark.start, gradient=bool(mark.above))
        return value

    def _denominators(self, mark: Name, below: Marked, scope: Scope) -> tuple[Tensor, ...]:
        r"""What is differentiated by: the x of `\partial x`, the two of `\partial x \partial y`, of `\partial x^2`."""
        if not mark.above:
            return (self._denominator(below, scope),)
        if [item.texts for item in flatten(mark.above)] != [("2",)]:
            raise ReadError("derivatives of an order above two are not read", mark.start)
        marks = [at for at, (_, node) in enumerate(below[1]) if self._is_mark(node)]
        if not marks and below[1]:
            name = below[1][-1][1]
            if isinstance(name, Name) and name.above and flatten(name.above[-1:])[-1].texts == ("2",):
                plain = replace(name, above=name.above[:-1])
                by = self._denominator((below[0], [*below[1][:-1], ("", plain)]), scope)
                return by, by
        if len(marks) != 1:
            raise ReadError(r"a second derivative is by two: \partial x_i \partial x_j, or \partial x_i^2", mark.start)
        first, second = below[1][: marks[0]], below[1][marks[0] + 1 :]
        return tuple(self.upright(self._denominator((below[0], part), scope)) for part in (first, second))

    def _denominator(self, below: Marked, scope: Scope) -> Tensor:
        mark, factors = below
        node = factors[0][1] if factors else mark
        while isinstance(node, Group):
            node = node.body
        node = self.hoisted(node) or node
        if len(factors) != 1 or not isinstance(node, Name):
            raise ReadError("a derivative is taken with respect to one symbol", node.start)
        value = self.value(node, scope)
        if not isinstance(value, Tensor):
            raise ReadError(
                "a derivative is taken with respect to a symbol that is no abbreviation, without a power", node.start
            )
        return value

    def differentiate(self, value: Expression, by: Tensor, at: int, *, gradient: bool = False) -> Expression:
        r"""The derivative of a value; a gradient is written with \nabla, and its layout is never another."""
        return differentiate(self._with_slopes(value, by, at), by, self.registry.auxiliary)

    def _with_slopes(self, value: Expression, by: Tensor, at: int) -> Expression:
        """A value with a node of its own for every derivative in it, so that it can be differentiated again."""
        if not isinstance(value, Derivative):
            children = tuple(self._with_slopes(child, by, at) for child in value.children)
            return value.rebuild(children) if children else value
        if value.numerator.symbol == self.registry.cost:
            raise ReadError(f"nothing is known of second derivatives of {value.numerator.key}: define it", at)
        if value.numerator.layer or value.denominator.layer or not value.total or is_slope(value.numerator.symbol):
            raise ReadError("second derivatives are read where there are no layers, third ones are not", at)
        implicit = [i.axis.key for i in (*value.denominator.indices, *by.indices) if is_implicit(i)]
        if len(set(implicit)) < len(implicit):
            raise IllFormed(f"this second derivative leaves two indices over {implicit[0]} implicit: write them", at)
        return self.registry.slope(value)

    def _operator(self, node: Node, scope: Scope) -> tuple[Tensor, ...]:
        r"""What `\frac{\partial}{\partial x}`, `\nabla_x` or `\partial_x` differentiates by; twice for `\nabla_x^2`."""
        if isinstance(node, Quotient):
            pair = self._pair(node)
            return () if pair is None or pair[0][1] else self._denominators(pair[0][0], pair[1], scope)
        if not isinstance(node, Name) or node.base not in (r"\nabla", r"\partial") or not node.below:
            return ()
        if self.registry.find(node) is not None:
            return ()
        tokens = [token for script in node.below for token in script]
        inner = self._parse(tokens[0].start, tokens[-1].end)
        argument = self._cost_argument(inner, scope)
        by = self._denominator((node, [("", inner)]), scope) if argument is None else argument
        if not node.above:
            return (by,)
        if [item.texts for item in flatten(node.above)] != [("2",)]:
            raise ReadError(
                f"a power of {node.base} is not read, but for the second derivatives {node.base}^2", node.start
            )
        return by, by

    def _cost_argument(self, node: Node, scope: Scope) -> Tensor | None:
        r"""The a of `\nabla_a C`, without its layer: what the cost is a function of."""
        argument = self.registry.cost_argument
        if argument is None or not isinstance(node, Name) or self.registry.find(node) is not None:
            return None
        symbol = argument.symbol
        labels = [*symbol.labels_below, *symbol.labels_above]
        if without_fonts(node.base) != without_fonts(symbol.base) or not all(isinstance(x, Slot) for x in labels):
            return None
        pattern = Pattern(symbol.base, (), (), symbol.base)
        found = Match(pattern, argument.layer, tuple(flatten(node.below)), tuple(flatten(node.above)), 0)
        value = self.tensor(node, symbol, found, scope)
        return value if isinstance(value, Tensor) else None

    def _differentiated(
        self, by: tuple[Tensor, ...], rest: list[tuple[str, Node]], scope: Scope
    ) -> tuple[int, Expression]:
        r"""An operator takes the bracket that follows it, or else all that is left of the product.

        `\nabla_w` takes one factor, and as many more as it takes to make a scalar of it that is no mere number:
        `\nabla_w w^T w`, `\nabla_w \frac12 \|w\|^2`.
        """
        if len(rest) == 1:
            raise ReadError("this derivative has nothing to differentiate", rest[0][1].end - 1)
        bracket = isinstance(rest[1][1], Group)
        taken = 2 if bracket or isinstance(rest[0][1], Name) else len(rest)
        if (
            isinstance(rest[0][1], Name)
            and len(rest) > 2
            and isinstance(rest[2][1], Group)
            and isinstance(rest[1][1], Name)
        ):
            taken = 3
        value = self.factors([("", rest[1][1]), *rest[2:taken]], scope, rest[1][1].start)
        gradient = isinstance(rest[0][1], Name)
        while (
            gradient
            and (self.is_shaped(value) or is_constant(value))
            and taken < len(rest)
            and rest[taken][0] in ("", r"\cdot")
        ):
            taken += 1
            value = self.factors([("", rest[1][1]), *rest[2:taken]], scope, rest[1][1].start)
        for one in by:
            value = self.differentiate(value, one, rest[0][1].start, gradient=gradient or len(by) > 1)
        return taken, value

    def upright(self, by: Tensor) -> Tensor:
        """What is differentiated by, as a column."""
        return by

    # -- differentials by themselves --------------------------------------------------------------------

    def varied(self, node: Node) -> Node | None:
        """The y of a head that is dy; None if it is no differential."""
        if not isinstance(node, ProductNode) or node.signs[1] or not self._is_differential(node.factors[0]):
            return None
        rest = node.factors[1:]
        return rest[0] if len(rest) == 1 else ProductNode(rest[0].start, node.end, rest, ("", *node.signs[2:]))

    def _is_differential(self, node: Node) -> bool:
        return self._is_mark(node) and isinstance(node, Name) and without_fonts(node.base) == "d" and not node.above

    def differential(self, rest: list[tuple[str, Node]], scope: Scope) -> tuple[int, Expression] | None:
        """The dx that begins a run of factors: a symbol of its own, with the axes of x."""
        if not self.varying or len(rest) < 2 or rest[1][0] or not self._is_differential(rest[0][1]):
            return None
        value = self.value(rest[1][1], scope)
        if not isinstance(value, Tensor):
            message = "a differential on this side is that of a symbol: write out the product rule"
            raise ReadError(message, rest[1][1].start)
        own = replace(value.symbol, base=rf"\mathrm{{d}}{value.symbol.base}", sign=None)
        self.differentials[own] = value.symbol
        return 2, replace(value, symbol=own)

    def _written_on_a_line(self, rest: list[tuple[str, Node]], scope: Scope) -> tuple[int, Expression] | None:
        r"""`\partial C / \partial x`, with one factor on either side of the stroke."""
        if not (self._is_mark(rest[0][1]) or self._is_size_d(rest[0][1])):
            return None
        stroke = next((at for at, (sign, _) in enumerate(rest) if sign == "/"), None)
        if stroke is None or stroke < 2 or stroke + 1 >= len(rest):
            return None
        marks = rest[0][1], rest[stroke][1]
        sized = all(map(self._is_size_d, marks)) and not any(map(self._is_mark, marks))
        if not sized and not all(map(self._is_mark, marks)):
            return None
        if sized:
            self._note_size()
        above, below = (self._differential(mark, sized=sized) for mark in marks)
        assert above is not None and below is not None
        taken = stroke + 2
        return taken, self._derivative((above[0], rest[1:stroke]), (below[0], rest[stroke + 1 : taken]), scope)
