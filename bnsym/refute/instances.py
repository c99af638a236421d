"""Instances at which wrong claims show: generic, small, and with rational roots where that can be had.

Data axes have at least three places, all others at least two, and a derivative's two layers have different
widths; the entries of a tensor differ from one another; ε is tried at 0 and above. (With two samples and
ε = 0, with fan-in 1 and ε = 0, or with a constant Δ the true gradient vanishes and wrong claims pass.)
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import product
from math import lcm

from bnsym.kernel.data import decode
from bnsym.kernel.term import Rational, Term, plain
from bnsym.language.expression import Layer
from bnsym.language.graph import CostGraph
from bnsym.language.node import Node
from bnsym.refute.evaluate import Functions, Instance, NotAnInstance, Place
from bnsym.refute.numbers import Enclosure, root_of
from bnsym.refute.order import open_below

EPSILON = (r"\epsilon", r"\varepsilon", "ε", "eps")
REDRAWS = 60  # attempts at a rational spread
SIGNED: list[Rational] = [-4, -3, -2, -1, 1, 2, 3, 4, 5]
POSITIVE: list[Rational] = [1, 2, 3, 4, 5, Fraction(1, 2), Fraction(1, 4), Fraction(3, 4)]

Entry = tuple[str, Place]


def roots_needed(graph: CostGraph, terms: Iterable[Term]) -> dict[str, int]:
    """The degree of the root that is taken of each tensor, or of a root node's base, anywhere in view."""
    needed: dict[str, int] = {name: node.root for name, node in graph.nodes.items() if node.root > 1}
    for term in [node.term for node in graph.nodes.values() if node.term is not None] + list(terms):
        for name, _, exponent in term.factors():
            if exponent.denominator > 1 and name in graph.nodes and not graph.nodes[name].root:
                needed[name] = lcm(needed.get(name, 1), exponent.denominator)
    return needed


class Sampler:
    """Draws instances of one graph; the same seed gives the same instances.

    Unless `simple`, numbers are in general position: nothing holds of them by chance, and no root is rational.
    """

    def __init__(self, graph: CostGraph, terms: Iterable[Term], seed: int, *, simple: bool = True):
        self.graph, self.choose, self.simple = graph, random.Random(seed), simple
        self.roots = roots_needed(graph, terms) if simple else {}
        self.epsilons = [n for n, node in graph.nodes.items() if self._is_epsilon(node)]
        self.laws = self._laws()
        self.tied: set[Entry] = set()  # entries that hypotheses, other than laws, were solved for

    def _is_epsilon(self, node: Node) -> bool:
        return node.symbol is not None and node.symbol.base in EPSILON and not node.axes and node.sign is None

    def _laws(self) -> dict[str, tuple[tuple[str, ...], Term]]:
        """Hypotheses that say what a leaf is: leaf[i…] = term, in terms of other leaves."""
        laws: dict[str, tuple[tuple[str, ...], Term]] = {}
        leaves = {n for n, node in self.graph.nodes.items() if self._is_leaf(node)}
        for data in self.graph.hypotheses:
            left, right = decode(data["left"]), decode(data["right"])
            if len(left.monomials) == 1 and right.names() <= leaves - laws.keys():
                ((monomial, coefficient),) = left.monomials.items()
                if coefficient == 1 and len(monomial) == 1 and not monomial[0][0][0] and monomial[0][1] == 1:
                    name, indices, _ = monomial[0][0][1][0]
                    if name in leaves - right.names() and len(set(indices)) == len(indices):
                        laws[name] = (indices, right)
        return laws

    @staticmethod
    def _is_leaf(node: Node) -> bool:
        return node.term is None and not node.function and not node.opaque

    # ------------------------------------------------------------ drawing

    def sizes(self) -> dict[str, int]:
        """A data axis three to five places, several of them different numbers; the others two or three, in turn.

        In general position no two of the others have one number. Axes whose size has one name have one size.
        """
        data = [name for name, axis in self.graph.axes.items() if axis.data]
        others = [name for name in self.graph.axes if name not in data]
        least, width = 2 if len(data) > 2 and self.simple else 3, self.choose.randint(2, 3)
        samples = self.choose.sample(range(least, least + len(data)), len(data))
        if len(data) == 1:
            samples = [self.choose.choice((4, 5) if self.roots else (3, 4))]
        units = [width if k % 2 == 0 else 5 - width for k in range(len(others))]
        if not self.simple:
            units = self.choose.sample(range(2, 2 + len(others)), len(others))
        sizes, named = (
            dict(zip([*data, *others], [*samples, *units], strict=True)),
            dict[tuple[str, Layer | None], int](),
        )
        for name, axis in self.graph.axes.items():
            for symbol in axis.sizes:
                sizes[name] = named.setdefault((symbol, axis.layer), sizes[name])
        return sizes

    def draw(self, name: str) -> Rational:
        """A value for one entry of a leaf."""
        node = self.graph.nodes[name]
        if not self._is_leaf(node) or (node.sign != "positive" and name not in self.epsilons):
            return self._number()
        value = self.choose.choice(POSITIVE) if self.simple else Fraction(self.choose.randint(20, 500), 97)
        return plain(Fraction(value) ** self.roots.get(name, 1))

    def _number(self) -> int | Fraction:
        if self.simple:
            return self.choose.choice(SIGNED)
        return Fraction(self.choose.choice((-1, 1)) * self.choose.randint(20, 500), 97)

    def entries(self, name: str, sizes: Mapping[str, int]) -> dict[Place, Rational]:
        """Values for a leaf, no two alike as far as there are enough; along a data axis, with a rational spread.

        That is, N Σ v² - (Σ v)² is a square: roots over such data can be made rational.
        """
        result: dict[Place, Rational] = {}
        axes = self.graph.nodes[name].axes
        data = [k for k, axis in enumerate(axes) if axis.data] if self.roots else []
        for place in product(*(range(sizes[axis.key]) for axis in axes)):
            tried = [self.draw(name) for _ in range(8)]
            new = [value for value in tried if value not in result.values()]
            result[place] = (new or tried)[0]
        if len(data) == 1:
            for place in [p for p in result if p[data[0]] == 0]:
                column = [(*place[: data[0]], k, *place[data[0] + 1 :]) for k in range(sizes[axes[data[0]].key])]
                for _ in range(REDRAWS):
                    values = [self.draw(name) for _ in column]
                    spread = len(column) * sum(v * v for v in values) - sum(values) ** 2
                    if len(set(values)) > 2 and root_of(spread, 2) is not None:
                        result |= dict(zip(column, values, strict=True))
                        break
        return result

    def instance(self, sizes: Mapping[str, int], *, zero_epsilon: bool = False) -> Instance:
        """A random instance. Raises ArithmeticError if a hypothesis cannot be satisfied so."""
        nodes = self.graph.nodes
        leaves = {n: self.entries(n, sizes) for n, node in nodes.items() if node.term is None and not node.function}
        if zero_epsilon:
            leaves |= {name: {(): 0} for name in self.epsilons}
        partials = {c: {n: self.entries(n, sizes) for n in opened} for c, opened in open_below(self.graph).items()}
        instance = Instance(self.graph, sizes, leaves, partials, Functions(self._number, self.graph.rectified))
        self._obey(instance)
        instance.satisfy()
        return instance

    def _obey(self, instance: Instance) -> None:
        """Give the leaves that hypotheses define the values that they say, and solve the other hypotheses."""
        for name, (indices, right) in self.laws.items():
            for place in instance.places(name):
                value = instance.evaluate(right, dict(zip(indices, place, strict=True)))
                if isinstance(value, Enclosure):
                    raise NotAnInstance(f"{name} is not rational")
                instance.leaves[name][place] = value
            instance.forget({name})
        self.tied = set()
        for data in self.graph.hypotheses:
            difference = decode(data["left"]) - decode(data["right"])
            for place in product(*(range(instance.sizes[axis]) for _, axis in data["free"])):
                self._tie(instance, difference, dict(zip((i for i, _ in data["free"]), place, strict=True)))

    def _tie(self, instance: Instance, difference: Term, at: Mapping[str, int]) -> None:
        """Change one entry of a leaf so that a term is zero, if the term is linear in one that is not tied yet."""
        value = instance.evaluate(difference, at)
        if isinstance(value, Enclosure) or value == 0:
            return
        adjoint = instance.term_adjoint(difference, at)
        entries = sorted((n, p) for n, places in adjoint.items() if self._is_leaf(self.graph.nodes[n]) for p in places)
        for name, place in reversed([entry for entry in entries if entry not in self.tied]):
            slope, before = adjoint[name][place], instance.leaves[name][place]
            if isinstance(slope, Enclosure) or slope == 0:
                continue
            solved = plain(before - Fraction(value) / slope)
            if solved <= 0 and self.graph.nodes[name].sign == "positive":
                continue
            instance.leaves[name][place] = solved
            instance.forget({name})
            if instance.evaluate(difference, at) == 0:
                self.tied.add((name, place))
                return
            instance.leaves[name][place] = before
            instance.forget({name})

    def change(self, instance: Instance, entry: Entry, value: Rational) -> None:
        """Give an entry of a leaf another value, and what hypotheses say of others."""
        leaf, place = entry
        instance.leaves[leaf][place] = value
        instance.forget({leaf})
        self._obey(instance)
