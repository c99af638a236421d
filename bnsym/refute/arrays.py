"""Whole arrays of floating-point numbers: a quick look at whether two sides may be equal.

A `Frame` is a random instance of a graph with every entry of every node computed at once, and with the derivative
of any node by any other, accumulated backwards. It decides nothing: what agrees here goes to the prover, and what
differs is dropped from a list of candidates.

An array stands in a frame with one dimension an index name, of length 1 where the array does not depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bnsym.kernel.rules import DERIVATIVE
from bnsym.kernel.term import DELTA, Component, Rational, Term
from bnsym.language.expression import (
    Addition,
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
)
from bnsym.language.node import Node
from bnsym.refute.evaluate import Instance, Place

RANK = 24  # index names in a frame at once
CLOSE = 1e-7
SMALL = 1e-3  # instances have entries of about one: what is far below this is rounding

Array = np.ndarray
KNOWN: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "exp": (np.exp, np.exp),
    "log": (np.log, lambda x: 1 / x),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "logistic": (lambda x: 1 / (1 + np.exp(-x)), lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2),
    "softplus": (lambda x: np.log1p(np.exp(x)), lambda x: 1 / (1 + np.exp(-x))),
    "sin": (np.sin, np.cos),
    "cos": (np.cos, lambda x: -np.sin(x)),
}


class NoValue(Exception):
    """An expression has no value in a frame: it mentions what is not there, or divides by zero."""


class Frame:
    """The whole arrays of an instance of a graph; opaque functions are smooth ones, drawn by `seed`."""

    def __init__(self, instance: Instance, seed: int):
        self.graph, self.sizes = instance.graph, dict(instance.sizes)
        self._random = np.random.default_rng(seed)
        self._dimensions: dict[str, int] = {}
        self._waves: dict[str, Array] = {}
        self._drawn: dict[tuple[str, tuple[str, ...]], Array] = {}
        self._adjoints: dict[str, dict[str, Array]] = {}
        self.values: dict[str, Array] = {}
        self._leaves = {name: self._entries(name, entries) for name, entries in instance.leaves.items()}
        self._partials = {
            (cost, name): self._entries(name, entries)
            for cost, opened in instance.partials.items()
            for name, entries in opened.items()
        }
        self._order = instance.order
        with np.errstate(all="ignore"):
            for name in self._order:
                self.values[name] = self._compute(self.graph.nodes[name])

    def _shape(self, node: Node) -> tuple[int, ...]:
        return tuple(self.sizes[axis.key] for axis in node.axes)

    def _entries(self, name: str, entries: Mapping[Place, Rational]) -> Array:
        values = np.zeros(self._shape(self.graph.nodes[name]))
        for place, value in entries.items():
            values[place] = float(value)
        return values

    def _compute(self, node: Node) -> Array:
        if node.function:
            function, order, argument = node.function
            return self._function(function, order, self.values[argument])
        if node.term is None:
            return self._leaves[node.key]
        names = [i.name for i in node.indices]
        value = self._array(self._term(node.term, _axes(node)), names, self._shape(node))
        return value ** (1 / node.root) if node.root else value

    def _function(self, function: str, order: int, argument: Array) -> Array:
        if function in KNOWN and order < 2:
            return KNOWN[function][order](argument)
        if function not in self._waves:
            self._waves[function] = self._random.uniform(0.5, 1.5, 4)
        a, b, slope, shift = self._waves[function]
        wave = a * b**order * np.sin(b * argument + shift + order * np.pi / 2)
        return wave + [slope * argument, slope][order] if order < 2 else wave

    def sound(self) -> bool:
        """Whether every entry is a number."""
        return all(np.isfinite(value).all() for value in self.values.values())

    # ------------------------------------------------------------ dimensions

    def _dimension(self, name: str) -> int:
        if name not in self._dimensions:
            if len(self._dimensions) == RANK:
                raise NoValue("too many indices")
            self._dimensions[name] = len(self._dimensions)
        return self._dimensions[name]

    def _place(self, values: Array, names: Sequence[str]) -> Array:
        """An array of a tensor, spread over the dimensions of its indices; an index may come twice."""
        for name in {n for n in names if names.count(n) > 1}:
            first, second, *_ = (k for k, n in enumerate(names) if n == name)
            values = np.moveaxis(np.diagonal(values, axis1=first, axis2=second), -1, first)
            return self._place(values, [*names[:second], *names[second + 1 :]])
        dimensions = [self._dimension(name) for name in names]
        shape = [1] * RANK
        for length, dimension in zip(values.shape, dimensions, strict=True):
            shape[dimension] = length
        return values.transpose(np.argsort(dimensions)).reshape(shape) if names else values.reshape(shape)

    def _array(self, placed: Array, names: Sequence[str], shape: tuple[int, ...]) -> Array:
        """The array over some indices, of one that stands in the frame; summed over all others."""
        if len(set(names)) < len(names):
            result = np.zeros(shape)
            distinct = list(dict.fromkeys(names))
            inner = self._array(placed, distinct, tuple(shape[names.index(n)] for n in distinct))
            letters = {n: chr(97 + k) for k, n in enumerate(distinct)}
            np.einsum(f"{''.join(letters[n] for n in names)}->{''.join(letters.values())}", result)[...] = inner
            return result
        dimensions = [self._dimension(name) for name in names]
        others = tuple(d for d in range(RANK) if d not in dimensions)
        reduced = placed.sum(axis=others)
        order = np.argsort(np.argsort(dimensions))
        return np.broadcast_to(reduced.transpose(order), shape) if names else reduced

    # ------------------------------------------------------------ terms

    def _term(self, term: Term, axes: Mapping[str, str]) -> Array:
        """The value of a term, spread over its free indices, of which `axes` are the axes."""
        total = np.zeros([1] * RANK)
        for monomial, coefficient in term.monomials.items():
            value = np.full([1] * RANK, float(coefficient))
            for component, power in monomial:
                value = value * self._component(component, power, axes)
            total = total + value
        return total

    def _component(self, component: Component, power: Rational, axes: Mapping[str, str]) -> Array:
        bound, factors = component
        if not bound:
            return self._factor(*factors[0][:2], power, axes)
        value = np.ones([1] * RANK)
        for factor in factors:
            value = value * self._factor(*factor, axes)
        return value.sum(axis=tuple(self._dimension(f"#{k}") for k in range(len(bound))), keepdims=True) ** float(power)

    def _factor(self, name: str, indices: tuple[str, ...], power: Rational, axes: Mapping[str, str]) -> Array:
        # Of bound indices there are no deltas in a canonical term.
        array = np.eye(self.sizes[axes[indices[0]]]) if name == DELTA else self._atom(name)
        return self._place(array, indices) ** (int(power) if power.denominator == 1 and power > 0 else float(power))

    def _atom(self, name: str) -> Array:
        """All entries of an atom: a size, a tensor, a derivative."""
        if name[0] == "|":
            return np.array(float(self.sizes[name[1:-1]]))
        if name[0] in DERIVATIVE:
            above, below = name[1:].split(f"/{name[0]}")
            return self._derivative(above, below, total=name[0] == DERIVATIVE[0])
        return self.values[name]

    # ------------------------------------------------------------ derivatives

    def _derivative(self, above: str, below: str, *, total: bool) -> Array:
        """∂above/∂below: the axes of `above`, then those of `below`."""
        key = above if total else f"ð{above}"
        if key not in self._adjoints:
            with np.errstate(all="ignore"):
                self._adjoints[key] = self._downward(above, total=total)
        nodes = self.graph.nodes
        shape = (*self._shape(nodes[above]), *self._shape(nodes[below]))
        return self._adjoints[key].get(below, np.zeros(shape))

    def _downward(self, above: str, *, total: bool) -> dict[str, Array]:
        node = self.graph.nodes[above]
        shape = self._shape(node)
        adjoint = {above: np.eye(int(np.prod(shape))).reshape(shape + shape)}
        for name in reversed(self._order):
            if name in adjoint and (total or name == above or self.graph.nodes[name].function):
                for parent, contribution in self._pull(self.graph.nodes[name], adjoint[name], len(shape)):
                    adjoint[parent] = adjoint[parent] + contribution if parent in adjoint else contribution
        return adjoint

    def _pull(self, node: Node, seed: Array, outer: int) -> Iterator[tuple[str, Array]]:
        """What a node passes on of its adjoint to those it is computed from; `outer` axes come first everywhere."""
        if node.function:
            function, order, argument = node.function
            yield argument, seed * self._function(function, order + 1, self.values[argument])
        elif node.opaque:
            for (cost, name), partial in self._partials.items():
                if cost == node.key:
                    yield name, seed.reshape(seed.shape + (1,) * partial.ndim) * partial
        elif node.term is not None:
            above = [f"^{k}" for k in range(outer)]
            if node.root > 1:
                seed = seed / node.root * self.values[node.key] ** (1 - node.root)
            placed = self._place(seed, [*above, *(i.name for i in node.indices)])
            for name, indices, slope in self._slopes(node.term, _axes(node)):
                shape = seed.shape[:outer] + self._shape(self.graph.nodes[name])
                yield name, self._array(placed * slope, [*above, *indices], shape)

    def _slopes(self, term: Term, axes: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...], Array]]:
        """The derivative of a term by each factor in it, spread over the factor's indices and the free ones."""
        for monomial, coefficient in term.monomials.items():
            parts = [self._component(component, power, axes) for component, power in monomial]
            for k, (component, power) in enumerate(monomial):
                bound, factors = component
                rest = np.full([1] * RANK, float(coefficient))
                for other in (*parts[:k], *parts[k + 1 :]):
                    rest = rest * other
                if bound:
                    rest = rest * float(power) * self._component(component, power - 1, axes)
                inner = factors if bound else [(*factors[0][:2], power)]
                for n, (name, indices, exponent) in enumerate(inner):
                    if name != DELTA and name[0] != "|":
                        slope = rest * float(exponent) * self._factor(name, indices, exponent - 1, axes)
                        for m, factor in enumerate(inner):
                            slope = slope * self._factor(*factor, axes) if m != n else slope
                        yield name, indices, slope

    # ------------------------------------------------------------ expressions

    def together(self, *expressions: Expression) -> list[Array]:
        """The values of expressions, spread over the same indices. Raises NoValue."""
        self._dimensions = {}
        with np.errstate(all="ignore"):
            return [self._value(expression) for expression in expressions]

    def _value(self, expression: Expression) -> Array:
        match expression:
            case Number(number):
                return np.full([1] * RANK, float(number))
            case Size(axis):
                return np.full([1] * RANK, float(self._size(axis.key)))
            case Delta(left, right):
                return self._place(np.eye(self._size(left.axis.key)), [self._name(left), self._name(right)])
            case Tensor(indices=indices, layer=layer):
                drawn = layer is None and expression.key not in self.graph.nodes
                values = self._draw(expression) if drawn else self._known(expression)
                return self._place(values, [self._name(i) for i in indices])
            case Derivative(numerator, denominator, total):
                for tensor in (numerator, denominator):
                    self._known(tensor)
                array = self._derivative(numerator.key, denominator.key, total=total)
                return self._place(array, [self._name(i) for i in (*numerator.indices, *denominator.indices)])
            case Addition(terms):
                return sum((self._value(term) for term in terms[1:]), self._value(terms[0]))
            case Product(factors):
                result = self._value(factors[0])
                for factor in factors[1:]:
                    result = result * self._value(factor)
                return result
            case Power(base, exponent):
                whole = exponent.denominator == 1
                return self._value(base) ** (float(exponent) if not whole or exponent < 0 else int(exponent))
            case Function(name, order, argument):
                return self._function(name, order, self._value(argument))
            case Sum(index, body) | Mean(index, body):
                inner, dimension = self._value(body), self._dimension(self._name(index))
                if isinstance(expression, Mean):
                    return inner.mean(axis=dimension, keepdims=True)
                times = self._size(index.axis.key) if inner.shape[dimension] == 1 else 1
                return times * inner.sum(axis=dimension, keepdims=True)
        raise NoValue(type(expression).__name__)

    def _draw(self, tensor: Tensor) -> Array:
        """Numbers for a tensor that nothing in view is made of, the same ones every time.

        Candidates may give one name to tensors over different axes.
        """
        axes = tuple(index.axis.key for index in tensor.indices)
        if (tensor.key, axes) not in self._drawn:
            self._drawn[tensor.key, axes] = self._random.uniform(0.5, 1.5, [self._size(axis) for axis in axes])
        return self._drawn[tensor.key, axes]

    def _name(self, index: Index) -> str:
        return f"{index.name}@{index.axis.key}"

    def _size(self, axis: str) -> int:
        if axis not in self.sizes:
            raise NoValue(f"{axis} is not in view")
        return self.sizes[axis]

    def _known(self, tensor: Tensor) -> Array:
        """The array of a tensor in view. Candidates may give its name to one over other axes, which is not."""
        axes = [index.axis.key for index in tensor.indices]
        if tensor.key not in self.values or [axis.key for axis in self.graph.nodes[tensor.key].axes] != axes:
            raise NoValue(f"{tensor.key} over {', '.join(axes) or 'no axis'} is not in view")
        return self.values[tensor.key]


def _axes(node: Node) -> dict[str, str]:
    return {index.name: index.axis.key for index in node.indices}


def agree(left: Array, right: Array) -> bool:
    """Whether two values in a frame are the same to rounding, and numbers."""
    if not np.isfinite(right).all():
        return False
    scale = max(float(np.abs(left).max()), SMALL)
    return bool((np.abs(left - right) <= CLOSE * scale).all())
