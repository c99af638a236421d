r"""What the elaborators of both notations share: powers, exponents, and the axes that carry no letter.

In named notation an unwritten axis is an implicit index, and transpositions and the kind of a product mean
nothing; `matrix` replaces these methods.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction
from itertools import islice
from typing import Self

from bnsym.document import limits
from bnsym.document.errors import IllFormed, ReadError
from bnsym.document.meaning.contraction import close
from bnsym.document.meaning.indexing import fits
from bnsym.document.meaning.registry import Registry
from bnsym.document.meaning.scope import Diagonal, Entrywise, Scope, implicit_indices, is_implicit, own
from bnsym.document.notation.names import WHOLE, Item, flatten
from bnsym.document.syntax.lexer import tokenize
from bnsym.document.syntax.parser import Parser
from bnsym.document.syntax.tree import (
    Group,
    Name,
    Negative,
    Node,
    Numeral,
    Quotient,
    Scripted,
    Total,
)
from bnsym.document.syntax.tree import (
    Product as ProductNode,
)
from bnsym.language.expression import (
    Axis,
    Delta,
    Expression,
    Index,
    Number,
    Power,
    Product,
    Sum,
    Symbol,
    Tensor,
    free_indices,
    substitute,
    walk,
)
from bnsym.language.statement import Erratum

ENTRYWISE = frozenset((r"\odot", r"\circ", "*"))
TRANSPOSES = frozenset(((r"\top",), ("T",), (r"\mathrm{T}",), (r"\mathsf{T}",)))


class Formula(ABC):
    """Gives formulas of one statement a meaning. `content` is the text that offsets of the tree refer to."""

    def __init__(self, registry: Registry, content: str) -> None:
        self.registry = registry
        self.notation = registry.notation
        self.content = content
        self.errata: list[Erratum] = []
        self.varying = False  # whether differentials are read: their equation is between differentials
        self.differentials: dict[Symbol, Symbol] = {}  # of what each is, among those that were read
        self.choice = 0  # over which of the axes in question a sum without an index runs
        self.choices = 1
        self._nodes = 0

    def again(self) -> Self:
        """An elaborator like this one that has read nothing yet."""
        return type(self)(self.registry, self.content)

    @abstractmethod
    def value(self, node: Node, scope: Scope) -> Expression:
        """What a node of the presentation tree means; raises `ReadError`."""

    @abstractmethod
    def factors(self, rest: list[tuple[str, Node]], scope: Scope, at: int) -> Expression:
        """What factors side by side mean, each with the sign before it."""

    def count(self, nodes: int, at: int) -> None:
        """Keep account of how much the statement comes to; raises `ReadError` if it is too much."""
        self._nodes += nodes
        if self._nodes > limits.NODES:
            raise ReadError(f"the statement comes to more than {limits.NODES} nodes", at)

    def count_again(self, value: Expression, at: int) -> Expression:
        """The value, of which there is one more copy now."""
        self.count(sum(1 for _ in islice(walk(value), limits.NODES + 1)), at)
        return value

    # -- where the two notations differ: axes that carry no letter --------------------------------------

    ordered = False  # whether axes that carry no letter have an order

    def turned(self) -> Self | None:
        """Another elaborator for the same statement, with derivatives laid out otherwise, if there is one."""
        return None

    layout = ""  # how the derivative of a vector by a vector is laid out

    def laid_out_otherwise(self) -> Self | None:
        """Another elaborator for the same statement, with Jacobians in the other layout, if there is one."""
        return None

    def fill(self, tensor_axes: tuple[Axis, ...], letters: dict[int, str], key: str, at: int) -> tuple[Index, ...]:
        """The indices of a tensor: the letters that are written, implicit ones along the other axes."""
        indices = tuple(Index(letters.get(p, ""), axis) for p, axis in enumerate(tensor_axes))
        unwritten = [i.axis.key for i in indices if is_implicit(i)]
        for axis in unwritten:
            if unwritten.count(axis) > 1:
                raise IllFormed(f"{key} leaves two indices over {axis} implicit: write them", at)
        return indices

    def multiply(self, factors: list[Expression], signs: list[str], at: int) -> Expression:
        """The product of values; `signs[i]` stands before `factors[i]`."""
        for at, sign in enumerate(signs[1:]):
            if sign in ENTRYWISE and isinstance(factors[at], Tensor):
                factors[at] = Entrywise(factors[at])
        return factors[0] if len(factors) == 1 else Product(tuple(factors))

    def is_transposed(self, node: Node) -> bool:
        """Whether a factor is written as a transpose."""
        found = self.registry.find(node) if isinstance(node, Name) else None
        above = flatten(node.above) if isinstance(node, Name | Scripted) else []
        return any(item.texts in TRANSPOSES for item in (above if found is None else found[1].above))

    def inner_products(
        self, values: list[Expression], signs: list[str], rows: list[bool], at: int
    ) -> tuple[list[Expression], list[str]]:
        r"""The factors of a product with `a^\top b` in one, a sum over the axis that a has no letter for.

        A row behind its column, `a a^\top`, has two indices without letters over one axis, which only matrices have.
        """
        if not any(rows):
            return values, signs
        found: list[tuple[Expression, str]] = []
        before: set[Index] = set()
        value, sign, row = values[0], signs[0], rows[0]
        following = list(zip(values, signs, rows, strict=True))[:0:-1]
        while True:
            left = self.unwritten(value) if row else []
            if len(left) == 1 and following and following[-1][1] in ("", r"\cdot"):
                (index,) = left
                other = following[-1][0]
                if index in free_indices(other):
                    following.pop()
                    bound = own(index.axis)
                    factors = (substitute(value, {index: bound}), substitute(other, {index: bound}))
                    value = Sum(bound, Product(factors))
                    continue
            if len(left) == 1 and left[0] in before:
                raise IllFormed(
                    f"the product of a column and a row leaves two indices over {left[0].axis.key} implicit: "
                    'write them, or declare products = "matrix" in [reading]',
                    at,
                )
            found.append((value, sign))
            before |= free_indices(value)
            if not following:
                return [value for value, _ in found], [sign for _, sign in found]
            value, sign, row = following.pop()

    def transpose(self, value: Expression) -> Expression:
        """Axes have names: a transposition moves none."""
        return value

    def diagonal(self, value: Expression, at: int) -> Expression:
        """The diagonal matrix of a vector."""
        if len(self.unwritten(value, data=False)) != 1:
            raise IllFormed("a diagonal matrix is that of a vector: of one axis that has no letter", at)
        return Diagonal(value)

    def is_shaped(self, value: Expression) -> bool:
        """Whether a value is a row, a column or a matrix: only matrix notation can tell."""
        return False

    def unwritten(self, value: Expression, *, data: bool | None = None) -> list[Index]:
        """The free indices along axes that carry no letter."""
        return implicit_indices(value, data=data)

    def declared_order(self, unwritten: list[Index]) -> list[Axis]:
        """The axes of a symbol that is made of what has no letter: data axes come first."""
        return sorted((i.axis for i in unwritten), key=lambda axis: (not axis.data, axis.key))

    def norm_axes(self, value: Expression) -> list[Index]:
        """The indices that a norm runs over: no data axis where there is another one."""
        return self.unwritten(value, data=False) or self.unwritten(value)

    def entry(self, value: Expression, items: list[Item], scope: Scope, at: int) -> Expression:
        """The entry of a bracketed value at the letters of its subscript."""
        if isinstance(value, Diagonal) and len(items) == 2:  # diag(v)_{ij}
            (index,) = self.unwritten(value.body, data=False)
            first = self._lettered(value.body, index, items[0], scope)
            second = self._lettered(Delta(index, index), index, items[1], scope)
            assert isinstance(second, Delta)
            return Product((Delta(Index(items[0].letter or "", index.axis), second.left), first))
        whole = any(item.texts[0] in WHOLE for item in items)
        if whole and self.ordered and len(items) == len(self.unwritten(value)):  # (A B)_{i,:} is a row
            for index, item in zip(self.unwritten(value), items, strict=True):
                value = value if item.texts[0] in WHOLE else self._lettered(value, index, item, scope)
            return value
        items = [item for item in items if item.texts[0] not in WHOLE]
        if not items:
            return value
        letters = [item.letter for item in items if item.letter is not None]
        named = [i for i in self.unwritten(value) if any(fits(self.notation, x, i.axis, scope) for x in letters)]
        value = close(value, at, keep=frozenset(named))
        free = self.unwritten(value)
        in_order = len(items) == len(free)
        for item in items:
            letter = item.letter
            if letter is None:
                raise ReadError(f"the subscript {item} of a bracket is not an index", item.start)
            fitting = [i for i in free if fits(self.notation, letter, i.axis, scope)]
            if not fitting:
                axes = " or ".join(i.axis.key for i in free) or "no axis"
                message = f"the index {letter} of a bracket that leaves {axes} without a letter{scope.bindings()}"
                raise IllFormed(message, item.start)
            if len(fitting) > 1 and not in_order:
                axes = " or ".join(i.axis.key for i in fitting)
                raise IllFormed(f"the index {letter} of this bracket ranges over {axes}?{scope.bindings()}", item.start)
            free.remove(fitting[0])
            value = self._lettered(value, fitting[0], item, scope)
        return value

    def _lettered(self, value: Expression, index: Index, item: Item, scope: Scope) -> Expression:
        """A value with a letter in the place of an index that had none."""
        letter = item.letter
        if letter is None or not fits(self.notation, letter, index.axis, scope):
            message = f"the subscript {item} of a bracket is not an index over {index.axis.key}{scope.bindings()}"
            raise IllFormed(message, item.start)
        scope.record(letter, index.axis)
        return substitute(value, {index: Index(letter, index.axis)})

    # -- powers -----------------------------------------------------------------------------------------

    def _powers(self, value: Expression, items: list[Item]) -> Expression:
        for item in items:
            if item.texts in TRANSPOSES:
                value = self.transpose(value)
            else:
                entrywise = item.texts[0] in (r"\odot", r"\circ")
                value = self.raised(value, self._exponent(item), item.start, entrywise=entrywise)
        return value

    def refuse_inverse(self, function: str, items: list[Item]) -> None:
        """Raises `ReadError` if a function's name carries the power -1."""
        for item in items:
            if item.texts not in TRANSPOSES and self._exponent(item) == -1:
                what = "may be the inverse function or the reciprocal"
                raise ReadError(
                    f"{function} to the power of -1 {what}: write ({function}(…))^{{-1}} for the reciprocal", item.start
                )

    def raised(self, value: Expression, exponent: Fraction, at: int, *, entrywise: bool = False) -> Expression:
        r"""A power, of a power too, whose exponent is not too large; `entrywise` if it says so, as in x^{\odot 2}."""
        total = exponent * value.exponent if isinstance(value, Power) else exponent
        if abs(total) > limits.EXPONENT or total.denominator > limits.EXPONENT:
            raise ReadError(f"an exponent lies between -{limits.EXPONENT} and {limits.EXPONENT}", at)
        result = power(value, exponent)
        if isinstance(result, Number) and max(map(_digits, result.value.as_integer_ratio())) > limits.DIGITS:
            raise ReadError(f"the power has more than {limits.DIGITS} digits", at)
        return result

    def _exponent(self, item: Item) -> Fraction:
        if item.bare != item.texts and len(item.bare) == 1 and item.bare[0].isdecimal():
            raise ReadError(
                f"the superscript {item} is a label, a layer or the order of a derivative rather than a power: declare "
                "it as part of the name, or write a power without brackets",
                item.start,
            )
        elementwise = item.texts[0] in (r"\odot", r"\circ")
        start = self.content.index(item.texts[1], item.start) if elementwise and len(item.texts) > 1 else item.start
        return self._constant(self._parse(start, item.end))

    def _parse(self, start: int, end: int) -> Node:
        tokens = [t for t in tokenize(self.content, start, end) if t.kind != "space"]
        if len(tokens) > 2 and tokens[0].text == "{" and tokens[-2].text == "}":
            tokens = tokens[1:-2] + tokens[-1:]
        parser = Parser(tokens, self.notation.compounds)
        node = parser.expression()
        if parser.peek().kind != "end":
            raise parser.fail(f"unexpected {parser.peek().text!r} in a script")
        return node

    def _constant(self, node: Node) -> Fraction:
        """The value of an exponent, which has to be a number."""
        match node:
            case Numeral(value=value):
                return value
            case Negative(body=body):
                return -self._constant(body)
            case Group(body=body):
                return self._constant(body)
            case Quotient(numerator=n, denominator=d) if (below := self._constant(d)) != 0:
                return self._constant(n) / below
            case Total(terms=terms):
                return sum(map(self._constant, terms), Fraction(0))
            case ProductNode(factors=factors, signs=signs):
                result = Fraction(1)
                for sign, factor in zip(signs, factors, strict=True):
                    value = self._constant(factor)
                    if sign == "/" and value == 0:
                        raise ReadError("division by zero in an exponent", factor.start)
                    result = result / value if sign == "/" else result * value
                return result
        raise ReadError("an exponent is a number; write e^{…} or \\exp for an exponential", node.start)


def _digits(number: int) -> int:
    return len(str(abs(number)))


def negate(value: Expression) -> Expression:
    if isinstance(value, Number):
        return Number(-value.value)
    return Product((Number(Fraction(-1)), value))


def power(value: Expression, exponent: Fraction) -> Expression:
    """A power; of a number where it is one, and ‖v‖² is the sum of squares itself."""
    if isinstance(value, Number) and exponent.denominator == 1 and (value.value or exponent > 0):
        return Number(value.value**exponent.numerator)
    if exponent == 1:
        return value
    if isinstance(value, Power) and value.exponent * exponent == 1 and _is_sum_of_squares(value.base):
        return value.base
    return Power(value, exponent)


def _is_sum_of_squares(value: Expression) -> bool:
    while isinstance(value, Sum):
        value = value.body
    return isinstance(value, Power) and value.exponent == 2
