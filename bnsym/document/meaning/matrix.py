r"""Formulas in matrix notation: vectors are columns, a matrix' declared axes are (row, column).

Juxtaposition, `\cdot` and `\times` multiply matrices; `\cdot` between two columns is their inner product;
`\odot`, `\circ`, `*` and `/` work element by element; a transposition swaps row and column, and so does a prime.
Every value has at most a row and a column index; that is its shape.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from bnsym.document import limits
from bnsym.document.errors import IllFormed, ReadError
from bnsym.document.meaning.elaborate import TRACES, Elaborator
from bnsym.document.meaning.formula import ENTRYWISE
from bnsym.document.meaning.registry import Registry
from bnsym.document.meaning.scope import Scope, own
from bnsym.document.syntax.tree import Group, Name, Node
from bnsym.language.expression import (
    Axis,
    Delta,
    Expression,
    Index,
    Product,
    Sum,
    Tensor,
    free_indices,
    substitute,
)
from bnsym.language.statement import Erratum

_ROW, _COLUMN = "§row", "§column"

_TURNED = Erratum("ambiguous", "derivatives of a scalar by a column are read as rows here: as columns they do not fit")


class MatrixElaborator(Elaborator):
    r"""Elaborates the formulas of one statement in matrix notation.

    A scalar's derivative by a column, \frac{\partial f}{\partial x}, is a column too; where that does not fit, it is
    a row in all of the statement. A gradient, `\nabla_x f`, is a column always.
    """

    rows = False
    ordered = True

    def __init__(self, registry: Registry, content: str) -> None:
        super().__init__(registry, content)
        self.layout: str = self.notation.layout

    def turned(self) -> MatrixElaborator | None:
        if self.rows or self.layout == "denominator":
            return None
        other = MatrixElaborator(self.registry, self.content)
        other.arguments, other.rows = dict(self.arguments), True
        return other

    def laid_out_otherwise(self) -> MatrixElaborator:
        other = self.again()
        other.arguments = dict(self.arguments)
        other.layout = "numerator" if self.layout == "denominator" else "denominator"
        return other

    def fill(self, tensor_axes: tuple[Axis, ...], letters: dict[int, str], key: str, at: int) -> tuple[Index, ...]:
        names = [_ROW, _COLUMN]
        unwritten = [place for place in range(len(tensor_axes)) if place not in letters]
        if len(unwritten) > len(names):
            raise ReadError(f"{key} has {len(unwritten)} axes without an index: a matrix has two", at)
        places = dict(zip(unwritten, names, strict=False))
        return tuple(Index(letters.get(p) or places[p], axis) for p, axis in enumerate(tensor_axes))

    def unwritten(self, value: Expression, *, data: bool | None = None) -> list[Index]:
        found = [i for i in free_indices(value) if i.name in (_ROW, _COLUMN)]
        return sorted((i for i in found if data is None or i.axis.data == data), key=lambda i: i.name == _COLUMN)

    def is_shaped(self, value: Expression) -> bool:
        return bool(self.unwritten(value))

    def declared_order(self, unwritten: list[Index]) -> list[Axis]:
        return [i.axis for name in (_ROW, _COLUMN) for i in unwritten if i.name == name]

    def norm_axes(self, value: Expression) -> list[Index]:
        return self.unwritten(value)[::-1]

    def transpose(self, value: Expression) -> Expression:
        swapped = {_ROW: _COLUMN, _COLUMN: _ROW}
        return substitute(value, {i: Index(swapped[i.name], i.axis) for i in self.unwritten(value)})

    def raised(self, value: Expression, exponent: Fraction, at: int, *, entrywise: bool = False) -> Expression:
        r"""A natural power of a square matrix is a product of matrices; `A^{\odot 2}` is one of its entries."""
        row, column = self._index(value, _ROW), self._index(value, _COLUMN)
        if entrywise or row is None or column is None or row.axis != column.axis or exponent == 1:
            return super().raised(value, exponent, at)
        if exponent.denominator != 1 or exponent < 1:
            raise ReadError(
                "inverses and roots of matrices are not read: define the result as a symbol, or write a power of each "
                r"entry, A^{\odot -1}",
                at,
            )
        if exponent > limits.EXPONENT:
            raise ReadError(f"an exponent lies between -{limits.EXPONENT} and {limits.EXPONENT}", at)
        product = value
        for _ in range(int(exponent) - 1):
            product = self._times(product, self.count_again(value, at), "", at)
        return product

    def primed(self, node: Name, scope: Scope) -> Expression:
        """A prime on a matrix or a vector transposes it."""
        plain = replace(node, primes=0)
        if node.primes > 1 or self.registry.find(plain) is None:
            return super().primed(node, scope)
        return self.transpose(self.value(plain, scope))

    def inner_products(
        self, values: list[Expression], signs: list[str], rows: list[bool], at: int
    ) -> tuple[list[Expression], list[str]]:
        """Rows and columns say by themselves what is summed."""
        return values, signs

    def multiply(self, factors: list[Expression], signs: list[str], at: int) -> Expression:
        product = factors[0]
        for sign, factor in zip(signs[1:], factors[1:], strict=True):
            product = self._times(product, factor, sign, at)
        return product

    def _times(self, left: Expression, right: Expression, sign: str, at: int) -> Expression:
        column, row = self._index(left, _COLUMN), self._index(right, _ROW)
        scalar = not self.unwritten(left) or not self.unwritten(right)
        if sign in ENTRYWISE or sign == "/" or scalar or (column is None and row is None):
            return Product((left, right))
        columns = column is None and self._index(right, _COLUMN) is None
        if sign == r"\cdot" and columns and row is not None and row == self._index(left, _ROW):
            bound = own(row.axis)
            return Sum(bound, Product((substitute(left, {row: bound}), substitute(right, {row: bound}))))
        if column is None or row is None or column.axis != row.axis:
            raise IllFormed(
                f"the shapes {self._shape(left)} and {self._shape(right)} do not multiply: transpose one with ^\\top, "
                r"or write \odot for a product element by element",
                at,
            )
        bound = own(column.axis)
        return Sum(bound, Product((substitute(left, {column: bound}), substitute(right, {row: bound}))))

    def differentiate(self, value: Expression, by: Tensor, at: int, *, gradient: bool = False) -> Expression:
        r"""A scalar's derivative has the shape of what it is taken by; a vector's by a vector is a matrix.

        In numerator layout its rows are those of the vector above; in denominator layout it is the transpose of that.
        With one of them transposed, as in \partial y / \partial x^\top, it is what is written in either.
        """
        above, below = self.unwritten(value), self.unwritten(by)
        if above and below and (len(above) > 1 or len(below) > 1):
            raise ReadError("a derivative of a matrix, or by a matrix, needs its indices written", at)
        turned = [i.name for i in above] == [_ROW] and [i.name for i in below] != [_COLUMN]
        if turned and self.layout == "denominator":
            value = self.transpose(value)
        elif turned and below:
            moved = self.transpose(by)
            assert isinstance(moved, Tensor)
            by = moved
        elif above and below and above[0].name == below[0].name:
            raise IllFormed("the derivative of a row by a row: transpose one of them", at)
        derivative = super().differentiate(value, by, at)
        if not self.rows or gradient or above or [i.name for i in below] != [_ROW]:
            return derivative
        if _TURNED not in self.errata:
            self.errata.append(_TURNED)
        return self.transpose(derivative)

    def upright(self, by: Tensor) -> Tensor:
        turned = self.transpose(by) if [i.name for i in self.unwritten(by)] == [_COLUMN] else by
        assert isinstance(turned, Tensor)
        return turned

    def is_function(self, node: Name) -> bool:
        return super().is_function(node) or (node.base in TRACES and self.registry.find(node) is None)

    def apply(self, node: Name, argument: Node, scope: Scope) -> Expression:
        """Besides the elementwise functions: the trace of a matrix or a scalar."""
        if node.base not in TRACES or self.registry.find(node) or self.registry.function(node):
            return super().apply(node, argument, scope)
        value = self.value(argument.body if isinstance(argument, Group) else argument, scope)
        row, column = self._index(value, _ROW), self._index(value, _COLUMN)
        if row is None and column is None:
            return value  # of one by one
        if row is None or column is None or row.axis != column.axis:
            raise IllFormed(f"the trace of a value of shape {self._shape(value)}", node.start)
        bound = own(row.axis)
        return Sum(bound, substitute(value, {row: bound, column: bound}))

    def diagonal(self, value: Expression, at: int) -> Expression:
        row = self._index(value, _ROW)
        if row is None or self._index(value, _COLUMN) is not None:
            raise IllFormed(f"the diagonal matrix of a value of shape {self._shape(value)}", at)
        return Product((Delta(row, Index(_COLUMN, row.axis)), value))

    def _index(self, value: Expression, name: str) -> Index | None:
        return next((i for i in self.unwritten(value) if i.name == name), None)

    def _shape(self, value: Expression) -> str:
        row, column = self._index(value, _ROW), self._index(value, _COLUMN)
        return f"({row.axis.key if row else 1}, {column.axis.key if column else 1})"


def make_elaborator(registry: Registry, content: str) -> Elaborator:
    """The elaborator of the document's notation."""
    kind = MatrixElaborator if registry.notation.products == "matrix" else Elaborator
    return kind(registry, content)
