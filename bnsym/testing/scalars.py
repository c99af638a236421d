"""A second opinion on claims: a document's own definitions, run entry by entry over numbers.

It shares nothing with the cost graph, the kernel or the prover: an expression is evaluated as the tree that the
reader returned, at concrete sizes and layers, and a derivative is had by moving one entry and running everything
that follows again. `Numbers` says what a number is: complex ones with an imaginary step, or SymPy's, exactly.

    scalars = Scalars(derivation.document, ComplexStep(), seed=1)
    assert all(scalars.error(reading) < 1e-9 for reading in readings_that_are_proved)
"""

from __future__ import annotations

import cmath
import math
import random
import zlib
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import Any, Protocol

import sympy

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
    Sum,
    Tensor,
    free_indices,
    map_layers,
    walk,
)
from bnsym.language.statement import Document, Reading

ZERO = 1e-9  # what is nearer to zero is no value that a claim could be wrong about
Place = tuple[int, ...]
Entry = tuple[str, Place]


class Numbers(Protocol):
    """How to calculate."""

    def number(self, value: Fraction) -> Any: ...
    def power(self, base: Any, exponent: Fraction) -> Any: ...
    def function(self, name: str, order: int, argument: Any) -> Any: ...
    def settled(self, value: Any) -> Any: ...
    def moved(self, value: Any) -> Any: ...
    def slope(self, value: Any) -> Any: ...
    def size(self, value: Any) -> float: ...


class ComplexStep:
    """Floating-point numbers; derivatives are exact to rounding, for there is no difference of like numbers."""

    step = 1e-150

    def number(self, value: Fraction) -> complex:
        return complex(value)

    def power(self, base: complex, exponent: Fraction) -> complex:
        if exponent.denominator == 1:
            return base**exponent.numerator
        if base.real < 0:
            raise ValueError(f"{base.real} has no real power {exponent}")
        return base ** float(exponent)

    def function(self, name: str, order: int, argument: complex) -> complex:
        if name == "log" and argument.real < 0:
            raise ValueError(f"{argument.real} has no real logarithm")
        return _FUNCTIONS.get(name, _FUNCTIONS["g"])[order](argument)

    def settled(self, value: complex) -> complex:
        return value

    def moved(self, value: complex) -> complex:
        return value + 1j * self.step

    def slope(self, value: complex) -> complex:
        return complex(value.imag / self.step)

    def size(self, value: complex) -> float:
        return abs(value.real)


class Symbolic:
    """SymPy's numbers of fifty digits; derivatives are SymPy's, of scalar expressions in one symbol.

    An entry of a tensor is kept to first order in that symbol, which is all that a derivative of what follows needs.
    """

    step = sympy.Symbol("step")

    def number(self, value: Fraction) -> sympy.Expr:
        return sympy.Float(sympy.Rational(value.numerator, value.denominator), 50)

    def power(self, base: sympy.Expr, exponent: Fraction) -> sympy.Expr:
        return base ** sympy.Rational(exponent.numerator, exponent.denominator)

    def function(self, name: str, order: int, argument: sympy.Expr) -> sympy.Expr:
        variable = sympy.Symbol("z")
        return _SYMBOLIC.get(name, _SYMBOLIC["g"])(variable).diff(variable, order).subs(variable, argument)

    def settled(self, value: sympy.Expr) -> sympy.Expr:
        if not value.has(self.step):
            return value
        return value.subs(self.step, 0) + self.slope(value) * self.step

    def moved(self, value: sympy.Expr) -> sympy.Expr:
        return value + self.step

    def slope(self, value: sympy.Expr) -> sympy.Expr:
        return value.diff(self.step).subs(self.step, 0)

    def size(self, value: sympy.Expr) -> float:
        return float(abs(value))


def _logistic(z: complex) -> complex:
    return 1 / (1 + cmath.exp(-z))


# An opaque g is as good as any: what is proved holds for all of them.
_FUNCTIONS = {
    "g": (lambda z: cmath.sin(z) + z * z / 4, lambda z: cmath.cos(z) + z / 2, lambda z: -cmath.sin(z) + 0.5),
    "h": (lambda z: z / 2 - z**3 / 9, lambda z: 0.5 - z * z / 3),
    "exp": (cmath.exp, cmath.exp),
    "log": (cmath.log, lambda z: 1 / z),
    "tanh": (cmath.tanh, lambda z: 1 - cmath.tanh(z) ** 2),
    "sin": (cmath.sin, cmath.cos),
    "cos": (cmath.cos, lambda z: -cmath.sin(z)),
    "logistic": (_logistic, lambda z: _logistic(z) * (1 - _logistic(z))),
    "softplus": (lambda z: cmath.log(1 + cmath.exp(z)), _logistic),
}
_SYMBOLIC = {
    "g": lambda z: z**3 / 5 + z**2 / 3 - z,
    "h": lambda z: z**2 + z / 2,
    "exp": sympy.exp,
    "log": sympy.log,
    "tanh": sympy.tanh,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "logistic": lambda z: 1 / (1 + sympy.exp(-z)),
    "softplus": lambda z: sympy.log(1 + sympy.exp(z)),
}


class Scalars:
    """A document at concrete sizes: its leaves drawn at random, everything else computed.

    Layers: the generic letter stands for `generic`, the last for `depth`; what is below layer 1 is given. `samples` and
    `units` are sizes. Of several data axes, each has one element less than the one before it, down to two; of
    units, each layer has another number unless `units` says so for all.
    """

    def __init__(
        self, document: Document, numbers: Numbers, *, samples: int = 4, units: int | None = None, depth: int = 2,
        generic: int = 1, seed: int = 0, moved: Entry | None = None,
    ):  # fmt: skip
        self.document, self.numbers = document, numbers
        self.samples, self.units, self.depth, self.seed = samples, units, depth, seed
        self._moved = moved
        self._values: dict[Entry, Any] = {}
        self._others: dict[Entry, Scalars] = {}
        letter, last = document.layers or ("", "")
        self.generic, self._layers = generic, {letter: generic, last: depth}
        indices = (i for d in document.definitions for e in walk(d.body) for i in free_indices(e))
        self._data = sorted({i.axis.name for i in indices if i.axis.data})

    # ------------------------------------------------------------ sizes and layers

    def _number(self, layer: Layer) -> Layer:
        return Layer("", self._layers[layer.letter] + layer.offset) if layer.letter else layer

    def size(self, axis: Axis) -> int:
        if axis.data:
            return max(2, self.samples - self._data.index(axis.name))
        if self.units is not None:
            return self.units
        return 2 + ((axis.layer.offset if axis.layer else zlib.crc32(axis.key.encode())) % 2)

    # ------------------------------------------------------------ values

    def entry(self, tensor: Tensor, place: Place) -> Any:
        """One entry of a tensor, whose layer is a number; the one that is moved is."""
        entry = (tensor.key, place)
        if entry not in self._values:
            value = self.numbers.settled(self._computed(tensor, place))
            self._values[entry] = self.numbers.moved(value) if entry == self._moved else value
        return self._values[entry]

    def _computed(self, tensor: Tensor, place: Place) -> Any:
        cost = self.document.cost
        if cost is not None and tensor.symbol == cost.symbol.symbol:
            return self._cost(map_layers(cost.of, self._number))
        for definition in sorted(self.document.definitions, key=lambda d: self._is_generic(d.tensor)):
            if definition.tensor.symbol == tensor.symbol:
                here = self._instance(definition.tensor, tensor.layer)
                if here is not None:
                    names = map_layers(definition.tensor, here)
                    at = dict(zip(names.indices, place, strict=True))
                    return self.evaluate(map_layers(definition.body, here), at)
        return self.numbers.number(self._leaf(tensor, place))

    def _is_generic(self, tensor: Tensor) -> bool:
        return tensor.layer is not None and self.document.layers is not None and (
            tensor.layer.letter == self.document.layers[0]
        )  # fmt: skip

    def _instance(self, defined: Tensor, layer: Layer | None):
        """How to move a definition to a layer; None if it does not hold there."""
        if layer is None or defined.layer is None:
            return self._number
        if not self._is_generic(defined):
            return self._number if self._number(defined.layer) == layer else None
        if layer.offset < 1:
            return None
        base, letter = layer.offset - defined.layer.offset, defined.layer.letter
        return lambda at: Layer("", base + at.offset) if at.letter == letter else self._number(at)

    def _leaf(self, tensor: Tensor, place: Place) -> Fraction:
        draw = random.Random(f"{self.seed} {tensor.key} {place}")
        if tensor.symbol.sign == "positive" or tensor.symbol.base == r"\epsilon":
            return Fraction(draw.randint(30, 120), 80)
        return Fraction(draw.choice((-1, 1)) * draw.randint(20, 130), 80)

    def _cost(self, of: Tensor) -> Any:
        """A cost of the whole batch that no sample and no unit enters alone."""
        number = self.numbers.number
        total = number(Fraction(0))
        entries = [self.entry(of, place) for place in product(*(range(self.size(i.axis)) for i in of.indices))]
        for n, value in enumerate(entries):
            other = entries[(3 * n + 1) % len(entries)]
            total = total + number(Fraction(n % 3 + 1, 2)) * value + number(Fraction(1, n + 2)) * value * value * other
        return total

    def places(self, indices: tuple[Index, ...]) -> Iterator[dict[Index, int]]:
        for place in product(*(range(self.size(index.axis)) for index in indices)):
            yield dict(zip(indices, place, strict=True))

    def evaluate(self, expression: Expression, at: Mapping[Index, int]) -> Any:
        """The value of an expression whose layers are numbers."""
        number = self.numbers.number
        match expression:
            case Number(value):
                return number(value)
            case Size(axis):
                return number(Fraction(self.size(axis)))
            case Tensor(indices=indices):
                return self.entry(expression, tuple(at[i] for i in indices))
            case Delta(left, right):
                return number(Fraction(at[left] == at[right]))
            case Function(name, order, argument):
                return self.numbers.function(name, order, self.evaluate(argument, at))
            case Power(base, exponent):
                return self.numbers.power(self.evaluate(base, at), exponent)
            case Product(factors):
                return math.prod((self.evaluate(f, at) for f in factors), start=number(Fraction(1)))
            case Addition(terms):
                return sum((self.evaluate(t, at) for t in terms), start=number(Fraction(0)))
            case Sum(index, body) | Mean(index, body):
                size = self.size(index.axis)
                values = (self.evaluate(body, {**at, index: n}) for n in range(size))
                total = sum(values, start=number(Fraction(0)))
                return total * number(Fraction(1, size)) if isinstance(expression, Mean) else total
            case Derivative(numerator, denominator, True):
                entry = (denominator.key, tuple(at[i] for i in denominator.indices))
                return self.numbers.slope(self._with(entry).evaluate(numerator, at))
        raise TypeError(f"{expression} is not evaluated")

    def _with(self, entry: Entry) -> Scalars:
        if entry not in self._others:
            self._others[entry] = Scalars(
                self.document, self.numbers, samples=self.samples, units=self.units, depth=self.depth,
                generic=self.generic, seed=self.seed, moved=entry,
            )  # fmt: skip
        return self._others[entry]

    # ------------------------------------------------------------ claims

    def error(self, reading: Reading, most: int | None = None) -> float:
        """The largest difference of the two sides of a claim, by the size of what they are.

        It is looked for at all values of the free indices, or at `most` of them where a side is not zero. Raises
        ArithmeticError where a side has no value.
        """
        left, right = (map_layers(side, self._number) for side in (reading.left, reading.right))
        free = tuple(sorted(free_indices(left) | free_indices(right), key=lambda i: (i.name, i.axis.key)))
        worst = scale = 0.0
        places = list(self.places(free))
        random.Random(self.seed).shuffle(places)
        seen = 0
        for at in places:
            a, b = self.evaluate(left, at), self.evaluate(right, at)
            here = max(self.numbers.size(a), self.numbers.size(b))
            worst, scale = max(worst, self.numbers.size(a - b)), max(scale, here)
            if not math.isfinite(here):
                raise ArithmeticError(f"{reading.latex} has no value at {at}")
            seen += here > ZERO
            if seen == most:
                break
        return worst / max(scale, 1e-3)
