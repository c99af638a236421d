"""Index expressions: what a line of a derivation says once every index is explicit.

An expression is a tree, kept as it was written (a mean stays a mean, a square root a square root, a
product keeps its order); `bnsym.kernel.term` holds the canonical form that proofs are about. The reader
produces expressions, the printer turns them into LaTeX, the calculus into SymPy, the compiler into code.

Guarantees: expressions are immutable and hashable; an index ranges over the whole of exactly one axis;
`free_indices` and `substitute` respect binding, and `substitute` never captures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from typing import Literal, TypeVar, cast


@dataclass(frozen=True)
class Layer:
    """A layer expression: `l`, `l-1`, `L`, or a concrete number (letter is "")."""

    letter: str
    offset: int = 0

    def __str__(self) -> str:
        if not self.letter:
            return str(self.offset)
        return self.letter if not self.offset else f"{self.letter}{self.offset:+d}"

    def shift(self, offset: int) -> Layer:
        return Layer(self.letter, self.offset + offset)


@dataclass(frozen=True)
class Axis:
    """A finite set of symbolic size: `sample` of size N, `unit^l` of size n^l.

    `sizes` are the size symbols as LaTeX (several when the size is a product or has synonyms), `data` says
    that a mean runs over the axis and that no matrix contracts it.
    """

    name: str
    layer: Layer | None = None
    sizes: tuple[str, ...] = ()
    data: bool = False

    @property
    def key(self) -> str:
        """The axis' name in kernel terms and certificates."""
        return self.name if self.layer is None else f"{self.name}^{{{self.layer}}}"

    def at(self, layer: Layer | None) -> Axis:
        """The axis of another layer."""
        return Axis(self.name, layer, self.sizes, self.data)


@dataclass(frozen=True)
class Index:
    """A variable that ranges over one axis. `name` is a letter of the document or a made-up one."""

    name: str
    axis: Axis

    def __hash__(self) -> int:  # asked for more often than anything else, and names tell indices apart well enough
        return hash(self.name)


@dataclass(frozen=True)
class Slot:
    """The place of a layer expression among a symbol's scripts: `l` is Slot(0), `l-1` is Slot(-1)."""

    offset: int = 0


@dataclass(frozen=True)
class Symbol:
    r"""A declared tensor: `\sigma_B^{2,l}` has base `\sigma`, labels_below ("B",), labels_above ("2", Slot(0)).

    `axes` are the axes in declared order, with the layers of the generic occurrence: for `W^{l-1,l}` they
    are unit at Layer(l, 0), unit at Layer(l, -1). `sign` licenses powers: "positive" any rational power,
    "nonzero" integer ones, None non-negative integer ones. The label "" shows nowhere: it tells L_i from L.
    """

    base: str
    labels_below: tuple[str | Slot, ...] = ()
    labels_above: tuple[str | Slot, ...] = ()
    axes: tuple[Axis, ...] = ()
    sign: Literal["positive", "nonzero"] | None = None

    def __hash__(self) -> int:  # asked for often, and the name says it all: the axes are declared with it
        return hash((self.base, self.labels_below, self.labels_above))

    @property
    def layered(self) -> bool:
        return any(isinstance(x, Slot) for x in self.labels_below + self.labels_above)

    def key(self, layer: Layer | None) -> str:
        r"""The tensor's name in kernel terms: its LaTeX without indices, e.g. `\sigma_{B}^{2,l+1}`."""

        def script(mark: str, labels: tuple[str | Slot, ...]) -> str:
            words = [str(layer.shift(x.offset)) if isinstance(x, Slot) and layer else str(x) for x in labels]
            return f"{mark}{{{','.join(words)}}}" if words else ""

        return self.base + script("_", self.labels_below) + script("^", self.labels_above)


class Expression:
    """Base class of the node types below."""

    __slots__ = ()

    @property
    def children(self) -> tuple[Expression, ...]:
        return ()

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        """The same node over other children."""
        return self


@dataclass(frozen=True)
class Number(Expression):
    value: Fraction


@dataclass(frozen=True)
class Size(Expression):
    """The number of elements of an axis."""

    axis: Axis


@dataclass(frozen=True)
class Tensor(Expression):
    """One entry of a tensor. `layer` is what the symbol's Slot(0) stands for, None for unlayered symbols."""

    symbol: Symbol
    layer: Layer | None
    indices: tuple[Index, ...]

    @property
    def key(self) -> str:
        return self.symbol.key(self.layer)


@dataclass(frozen=True)
class Delta(Expression):
    """Kronecker's delta of two indices over one axis."""

    left: Index
    right: Index


@dataclass(frozen=True)
class Function(Expression):
    """An elementwise function of one argument, `order` times differentiated: g(e), g'(e).

    With a `layer` it is that layer's own function, g^{l}; those of two layers are two functions.
    """

    name: str
    order: int
    argument: Expression
    layer: Layer | None = None

    @property
    def key(self) -> str:
        """The function's name in kernel terms."""
        return self.name if self.layer is None else f"{self.name}^{{{self.layer}}}"

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.argument,)

    def rebuild(self, children: tuple[Expression, ...]) -> Function:
        return Function(self.name, self.order, children[0], self.layer)


@dataclass(frozen=True)
class Power(Expression):
    base: Expression
    exponent: Fraction

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.base,)

    def rebuild(self, children: tuple[Expression, ...]) -> Power:
        return Power(children[0], self.exponent)


@dataclass(frozen=True)
class Product(Expression):
    factors: tuple[Expression, ...]

    @property
    def children(self) -> tuple[Expression, ...]:
        return self.factors

    def rebuild(self, children: tuple[Expression, ...]) -> Product:
        return Product(children)


@dataclass(frozen=True)
class Addition(Expression):
    terms: tuple[Expression, ...]

    @property
    def children(self) -> tuple[Expression, ...]:
        return self.terms

    def rebuild(self, children: tuple[Expression, ...]) -> Addition:
        return Addition(children)


@dataclass(frozen=True)
class Sum(Expression):
    """The sum over the whole axis of `index`, which it binds."""

    index: Index
    body: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.body,)

    def rebuild(self, children: tuple[Expression, ...]) -> Sum:
        return Sum(self.index, children[0])


@dataclass(frozen=True)
class Mean(Expression):
    """⟨body⟩ over the whole axis of `index`, which it binds: (1/size) Σ."""

    index: Index
    body: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.body,)

    def rebuild(self, children: tuple[Expression, ...]) -> Mean:
        return Mean(self.index, children[0])


@dataclass(frozen=True)
class Derivative(Expression):
    """∂numerator/∂denominator, of one entry by one entry.

    `total`: everything downstream of the denominator follows. Otherwise only the explicit dependence of the
    numerator's own definition counts, all other nodes held. The opaque cost is a Tensor without indices.
    """

    numerator: Tensor
    denominator: Tensor
    total: bool = True

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.numerator, self.denominator)

    def rebuild(self, children: tuple[Expression, ...]) -> Derivative:
        numerator, denominator = children
        assert isinstance(numerator, Tensor) and isinstance(denominator, Tensor)
        return Derivative(numerator, denominator, self.total)


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and everything below it, parents first."""
    pending = [expression]
    while pending:
        part = pending.pop()
        yield part
        pending += reversed(part.children)


def tensors(expression: Expression) -> Iterator[Tensor]:
    """Every tensor entry in the expression, derivatives' numerators and denominators among them."""
    return (e for e in walk(expression) if isinstance(e, Tensor))


def met_indices(expression: Expression) -> Iterator[Index]:
    """The free indices in the order in which they are met, each as often as it occurs."""
    match expression:
        case Tensor(indices=indices):
            yield from indices
        case Delta(left, right):
            yield from (left, right)
        case Sum(index, body) | Mean(index, body):
            yield from (i for i in met_indices(body) if i != index)
        case _:
            for child in expression.children:
                yield from met_indices(child)


def free_indices(expression: Expression) -> frozenset[Index]:
    return frozenset(met_indices(expression))


_unused = count()


def substitute(expression: Expression, renaming: Mapping[Index, Index]) -> Expression:
    """Rename free indices, all at once. A binder that would capture is renamed out of the way."""
    if not renaming:
        return expression
    match expression:
        case Tensor(symbol, layer, indices):
            return Tensor(symbol, layer, tuple(renaming.get(i, i) for i in indices))
        case Delta(left, right):
            return Delta(renaming.get(left, left), renaming.get(right, right))
        case Sum(index, body) | Mean(index, body):
            inner = {old: new for old, new in renaming.items() if old != index}
            if index in inner.values():
                index = Index(f"{index.name}{next(_unused)}", index.axis)
                inner[expression.index] = index
            return type(expression)(index, substitute(body, inner))
        case _:
            return expression.rebuild(tuple(substitute(c, renaming) for c in expression.children))


AnyExpression = TypeVar("AnyExpression", bound=Expression)


def map_layers(expression: AnyExpression, move: Callable[[Layer], Layer]) -> AnyExpression:
    """Apply `move` to every layer of tensors, sizes and indices: a definition at l becomes the one at l+1."""

    def axis(a: Axis) -> Axis:
        return a if a.layer is None else a.at(move(a.layer))

    def index(i: Index) -> Index:
        return Index(i.name, axis(i.axis))

    result: Expression
    match expression:
        case Tensor(symbol, layer, indices):
            result = Tensor(symbol, None if layer is None else move(layer), tuple(map(index, indices)))
        case Size(a):
            result = Size(axis(a))
        case Delta(left, right):
            result = Delta(index(left), index(right))
        case Sum(i, body) | Mean(i, body):
            result = type(expression)(index(i), map_layers(body, move))
        case Function(name, order, argument, layer):
            result = Function(name, order, map_layers(argument, move), None if layer is None else move(layer))
        case _:
            result = expression.rebuild(tuple(map_layers(c, move) for c in expression.children))
    return cast(AnyExpression, result)
