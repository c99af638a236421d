"""Evaluation of kernel terms on a concrete instance of a cost graph.

An instance gives sizes to the axes and rationals to the leaves. Definitions and roots are computed as needed; an opaque
function g, and g', take an independent rational at each distinct argument; an opaque cost is known by its
partial derivatives by the open tensors, everything else held. A derivative ∂A/∂n is accumulated backwards
through the graph, entry by entry, which owes nothing to the kernel's chain schema.

Guarantees: values are exact, or enclosures that contain the true value (`bnsym.refute.numbers`); there are a
smooth g and a smooth cost that take the values given, so whatever differs here is false.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from fractions import Fraction
from itertools import product
from math import inf
from time import process_time

from bnsym.kernel.data import decode
from bnsym.kernel.term import DELTA, Component, Rational, Term
from bnsym.language.graph import CostGraph
from bnsym.language.node import Node
from bnsym.refute.nest import Nest, nested
from bnsym.refute.numbers import KNOWN, Enclosure, Value, apart, known, positive, power
from bnsym.refute.order import parents, topological

Place = tuple[int, ...]  # the entry of a tensor, counted from 0
Entries = dict[Place, Value]
Adjoint = dict[str, dict[Place, Value]]
ZERO, ONE = 0, 1
DEEP = 40  # nodes from a leaf on, beyond which values are computed ahead and not by recursion
DERIVATIVE = "∂ð"  # total, direct


class OutOfTime(ArithmeticError):
    """An evaluation went on past its deadline."""


class NotAnInstance(ArithmeticError):
    """The values chosen do not satisfy what the graph declares: a sign, a root, a hypothesis."""


class Functions:
    """Opaque functions at the arguments that occur: equal arguments have equal values.

    `draw` gives a new value. Arguments whose enclosures overlap may be equal, and so are given one value. Those
    that are `rectified` are max(0, a), at rational arguments other than 0.
    """

    def __init__(self, draw: Callable[[], Rational], rectified: Collection[str] = ()):
        self.draw, self.rectified = draw, rectified
        self._exact: dict[tuple[str, int], dict[Rational, Rational]] = defaultdict(dict)
        self._enclosed: dict[tuple[str, int], list[tuple[Value, Rational]]] = defaultdict(list)

    def __call__(self, function: str, order: int, argument: Value) -> Rational:
        values = self._at((function, order), argument)
        if not values:
            drawn = self._rectify(order, argument) if function in self.rectified else self.draw()
            self.assign(function, order, argument, drawn)
            values = self._at((function, order), argument)
        return values.pop()

    @staticmethod
    def _rectify(order: int, argument: Value) -> Rational:
        if isinstance(argument, Enclosure) or argument == 0:
            raise NotAnInstance(f"max(0, a) has no exact value, or no derivative, at {argument}")
        return (argument, 1)[order] if order < 2 and argument > 0 else 0

    def known(self, function: str, order: int, argument: Value) -> Rational | None:
        """The value there, if one was drawn or assigned."""
        return next(iter(self._at((function, order), argument)), None)

    def assign(self, function: str, order: int, argument: Value, value: Rational) -> None:
        """Raises NotAnInstance if the function has another value at what may be the same argument."""
        if not isinstance(argument, Enclosure):
            self._exact[function, order].setdefault(argument, value)
        else:
            self._enclosed[function, order].append((argument, value))
        if self._at((function, order), argument) != {value}:
            raise NotAnInstance(f"{function} would have two values at {argument}")

    def _at(self, key: tuple[str, int], argument: Value) -> set[Rational]:
        near = {v for a, v in self._enclosed[key] if not apart(a, argument)}
        if not isinstance(argument, Enclosure):
            return near | ({self._exact[key][argument]} if argument in self._exact[key] else set())
        return near | {v for a, v in self._exact[key].items() if not apart(a, argument)}


class Instance:
    """Concrete values for a graph, computed from `leaves`, `functions` and `partials` when they are asked for.

    `leaves[name][place]` also holds the value of an opaque tensor, at the place (). `partials[C][n][place]`
    is the derivative of the opaque C by the open tensor n with every other open tensor held.
    """

    def __init__(
        self,
        graph: CostGraph,
        sizes: Mapping[str, int],
        leaves: Mapping[str, Mapping[Place, Rational]],
        partials: Mapping[str, Mapping[str, Mapping[Place, Rational]]],
        functions: Functions,
    ):
        self.graph, self.sizes = graph, sizes
        self.leaves = {name: dict(entries) for name, entries in leaves.items()}
        self.partials, self.functions = partials, functions
        self.values: dict[str, Entries] = {}
        self.order = topological(graph)
        self.parents = {name: parents(node) for name, node in graph.nodes.items()}
        self._depth: dict[str, int] = {}  # the longest way from a leaf
        for name in self.order:
            self._depth[name] = 1 + max((self._depth[parent] for parent in self.parents[name]), default=0)
        self._adjoints: dict[tuple[str, Place], Adjoint] = {}
        self.deadline = inf  # in seconds of processor time: evaluating past it raises OutOfTime

    def _in_time(self) -> None:
        if process_time() > self.deadline:
            raise OutOfTime

    def places(self, name: str) -> Iterator[Place]:
        return product(*(range(self.sizes[axis.key]) for axis in self.graph.nodes[name].axes))

    # ------------------------------------------------------------ values

    def run(self) -> None:
        """Compute every entry of every node. Raises ArithmeticError if one has no value."""
        self.forget()
        for name in self.order:
            for place in self.places(name):
                self.value(name, place)

    def forget(self, changed: Collection[str] | None = None) -> None:
        """Drop what was computed; with `changed`, only what rests on these nodes."""
        self._adjoints = {}
        stale = set(changed or ())
        for name in self.order:
            if changed is None or name in stale or not stale.isdisjoint(self.parents[name]):
                stale.add(name)
                self.values.pop(name, None)

    def value(self, name: str, place: Place) -> Value:
        """One entry of a node, computed when it is first asked for. Raises ArithmeticError if it has no value."""
        entries = self.values.setdefault(name, {})
        if place not in entries:
            if not entries and self._depth[name] > DEEP:
                self._prepare(name)
            entries[place] = self._entry(self.graph.nodes[name], place)
        return entries[place]

    def _prepare(self, name: str) -> None:
        """Compute what a node is made of in order, rather than by recursion from the last to the first."""
        needed, pending = set[str](), [name]
        while pending:
            found = self.parents[pending.pop()] - needed
            needed |= found
            pending += found
        for other in self.order:
            if other in needed and not self.values.get(other):
                for place in self.places(other):
                    self.value(other, place)

    def _entry(self, node: Node, place: Place) -> Value:
        if node.function:
            function, order, argument = node.function
            return self.function(function, order, self.value(argument, place))
        if node.term is None:
            return self.leaves[node.key][place]
        value = self.base(node, place)
        if node.root > 1:
            value = power(value, Fraction(1, node.root))
        if (node.sign == "positive" and not positive(value)) or (node.sign and not apart(value, ZERO)):
            raise NotAnInstance(f"{node.key} is not {node.sign}")
        return value

    def satisfy(self) -> None:
        """Raises NotAnInstance unless the document's hypotheses hold."""
        for data in self.graph.hypotheses:
            left, right = decode(data["left"]), decode(data["right"])
            for place in product(*(range(self.sizes[axis]) for _, axis in data["free"])):
                at = dict(zip((index for index, _ in data["free"]), place, strict=True))
                if self.evaluate(left, at) != self.evaluate(right, at):
                    raise NotAnInstance("a hypothesis does not hold")

    def base(self, node: Node, place: Place) -> Value:
        """The body of a definition, or of the power of a root, at a place."""
        assert node.term is not None
        return self.evaluate(node.term, {i.name: k for i, k in zip(node.indices, place, strict=True)})

    def function(self, function: str, order: int, argument: Value) -> Value:
        if function in KNOWN:
            return known(function, order, argument)
        return self.functions(function, order, argument)

    def atom(self, name: str, place: Place) -> Value:
        """One entry: of a tensor, of a derivative, or the size of an axis."""
        if name[0] == "|":
            return self.sizes[name[1:-1]]
        if name[0] not in DERIVATIVE:
            return self.value(name, place)
        above, below = name[1:].split(f"/{name[0]}")
        split = len(self.graph.nodes[above].axes)
        take = self.adjoint if name[0] == DERIVATIVE[0] else self.direct
        return take(above, place[:split])[below].get(place[split:], ZERO)

    def evaluate(self, term: Term, at: Mapping[str, int]) -> Value:
        """The value of a term; `at` gives the place of each free index."""
        self._in_time()
        total: Value = ZERO
        for monomial, coefficient in term.monomials.items():
            parts = [self._part(component, exponent, at) for component, exponent in monomial]
            total = total + _product([coefficient, *parts])
        return total

    def _part(self, component: Component, exponent: int | Fraction, at: Mapping[str, int]) -> Value:
        axes, factors = component
        if not axes:
            return self._factor(*factors[0][:2], exponent, at)
        return power(self._nested(nested(component), dict(at)), exponent)

    def _nested(self, nest: Nest, at: dict[str, int]) -> Value:
        """The value of a nest of sums; `at` learns the places of its indices on the way."""
        return _product([*self._factors(nest, at), *self._sums(nest, at)])

    def _factors(self, nest: Nest, at: dict[str, int]) -> list[Value]:
        return [self._factor(*factor, at) for factor in nest.factors]

    def _sums(self, nest: Nest, at: dict[str, int]) -> list[Value]:
        totals: list[Value] = []
        for index, axis, inner in nest.sums:
            self._in_time()
            total: Value = ZERO
            for place in range(self.sizes[axis]):
                at[index] = place
                total = total + self._nested(inner, at)
            totals.append(total)
        return totals

    def _factor(self, name: str, indices: tuple[str, ...], exponent: int | Fraction, at: Mapping[str, int]) -> Value:
        if name == DELTA:
            return ONE if at[indices[0]] == at[indices[1]] else ZERO
        return power(self.atom(name, tuple(at[i] for i in indices)), exponent)

    # ------------------------------------------------------------ derivatives

    def adjoint(self, above: str, place: Place) -> Adjoint:
        """∂above[place] by every entry of every node, everything downstream of it following."""
        if (above, place) not in self._adjoints:
            adjoint: Adjoint = defaultdict(dict)
            adjoint[above][place] = ONE
            self._adjoints[above, place] = self._downward(adjoint)
        return self._adjoints[above, place]

    def base_adjoint(self, node: Node, place: Place) -> Adjoint:
        """The derivative of `base(node, place)` by every entry, likewise."""
        assert node.term is not None
        return self.term_adjoint(node.term, {i.name: k for i, k in zip(node.indices, place, strict=True)})

    def term_adjoint(self, term: Term, at: Mapping[str, int]) -> Adjoint:
        """The derivative of `evaluate(term, at)` by every entry, likewise."""
        adjoint: Adjoint = defaultdict(dict)
        self._pull_term(term, at, ONE, adjoint)
        return self._downward(adjoint)

    def _downward(self, adjoint: Adjoint) -> Adjoint:
        for name in reversed(self.order):
            for at, seed in list(adjoint[name].items()):
                self._in_time()
                self._pull(self.graph.nodes[name], at, seed, adjoint)
        return adjoint

    def direct(self, above: str, place: Place) -> Adjoint:
        """ðabove[place] by every entry: the dependence of its own body, functions of a node through that node."""
        adjoint: Adjoint = defaultdict(dict)
        self._pull(self.graph.nodes[above], place, ONE, adjoint)
        for name in list(adjoint):
            node = self.graph.nodes[name]
            if node.function:
                for at, seed in adjoint[name].items():
                    self._pull(node, at, seed, adjoint)
        return adjoint

    def _pull(self, node: Node, place: Place, seed: Value, adjoint: Adjoint) -> None:
        """Add seed × ∂node[place] by each entry that its body mentions."""
        if node.function:
            function, order, argument = node.function
            slope = self.function(function, order + 1, self.value(argument, place))
            _add(adjoint, argument, place, seed * slope)
        elif node.opaque:
            for name, entries in self.partials.get(node.key, {}).items():
                for at, slope in entries.items():
                    _add(adjoint, name, at, seed * slope)
        elif node.term is not None:
            if node.root > 1:
                seed = seed * power(self.value(node.key, place), 1 - node.root) * Fraction(1, node.root)
            self._pull_term(node.term, {i.name: k for i, k in zip(node.indices, place, strict=True)}, seed, adjoint)

    def _pull_term(self, term: Term, at: Mapping[str, int], seed: Value, adjoint: Adjoint) -> None:
        """Add seed × ∂term by each entry that it mentions; `at` gives the place of each free index."""
        for monomial, coefficient in term.monomials.items():
            parts = [self._part(component, exponent, at) for component, exponent in monomial]
            for k, ((axes, factors), exponent) in enumerate(monomial):
                outer = _product([seed, coefficient, *parts[:k], *parts[k + 1 :]])
                if not axes:
                    self._pull_nest(Nest(((*factors[0][:2], exponent),)), dict(at), outer, adjoint)
                elif outer:
                    if exponent != 1:
                        outer = outer * power(self._part((axes, factors), 1, at), exponent - 1) * exponent
                    self._pull_nest(nested((axes, factors)), dict(at), outer, adjoint)

    def _pull_nest(self, nest: Nest, at: dict[str, int], seed: Value, adjoint: Adjoint) -> None:
        values, totals = self._factors(nest, at), self._sums(nest, at)
        for k, (name, indices, exponent) in enumerate(nest.factors):
            if name == DELTA or name[0] == "|":
                continue
            slope = _product([seed, *values[:k], *values[k + 1 :], *totals])
            if slope:
                place = tuple(at[i] for i in indices)
                if exponent != 1:
                    slope = slope * exponent * power(self.atom(name, place), exponent - 1)
                _add(adjoint, name, place, slope)
        for k, (index, axis, inner) in enumerate(nest.sums):
            outer = _product([seed, *values, *totals[:k], *totals[k + 1 :]])
            for here in range(self.sizes[axis]) if outer else ():
                at[index] = here
                self._pull_nest(inner, at, outer, adjoint)


def _product(values: list[Value]) -> Value:
    result = values[0]
    for value in values[1:]:
        result = result * value
    return result


def _add(adjoint: Adjoint, name: str, place: Place, value: Value) -> None:
    adjoint[name][place] = adjoint[name].get(place, ZERO) + value
