"""Settling an instance: leaves, and values of opaque functions, chosen so that roots are rational and signs are right.

It goes through the graph in order. Of each root, or tensor with a sign, what it rests on stays from then on. A base is
mostly quadratic in an entry of a leaf, a w² + b w + c, with its coefficients from three values; some small w, or one by
the formula for √a rational, makes it a square. Where nothing does, at least the sign is put right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from itertools import combinations, islice, product
from time import process_time

from bnsym.kernel.term import DELTA, Rational, Term, plain
from bnsym.language.graph import CostGraph
from bnsym.language.node import Node
from bnsym.refute.evaluate import Instance, Place
from bnsym.refute.instances import SIGNED, Entry, Sampler
from bnsym.refute.numbers import KNOWN, Enclosure, apart, positive, root_of
from bnsym.refute.order import parents

PAIRS = 2  # of entries that are solved for together
REDRAWS = 12  # attempts to have a root rational by redrawing what it rests on, where no entry can be solved for
TRIED = 6  # entries that are solved for
RISING: list[Rational] = [1, 2, 5, 10, 30, 100, 1000]


Polynomial = tuple[Fraction, Fraction, Fraction]  # the coefficients of w², w and 1


@cache
def small_numbers() -> list[Rational]:
    """What is tried for an entry, simple numbers first."""
    numbers = {Fraction(p, q) for q in (1, 2, 3, 4) for p in range(1, 10)}
    return [plain(s * n) for n in sorted(numbers, key=lambda n: (n.denominator, n.numerator)) for s in (1, -1)]


@cache
def small_pairs() -> list[tuple[int, int]]:
    """What is tried for two entries, neither of them zero."""
    numbers = [number for number in range(-8, 9) if number]
    return list(product(numbers, numbers))


def touched(graph: CostGraph, terms: Iterable[Term]) -> set[str]:
    """The nodes whose values an evaluation of these terms may need.

    A derivative by n needs what is made from n; everything needs what it is made of.
    """
    above = {name: parents(node) for name, node in graph.nodes.items()}
    pending = {name for term in terms for name in term.names() if name != DELTA and name[0] != "|"}
    moved = {name[1:].split(f"/{name[0]}")[1] for name in pending if name not in above}
    for name in graph.nodes:  # each comes after what it is made of
        if not moved.isdisjoint(above[name]):
            moved.add(name)
    found: set[str] = set()
    todo = [name for name in pending if name in above] + list(moved)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += above[name]
    return found


class Settlement:
    """Settles one instance that a sampler drew, before it is evaluated. `terms` say what of it will be needed."""

    def __init__(self, sampler: Sampler, instance: Instance, terms: Iterable[Term], deadline: float):
        self.sampler, self.instance, self.deadline = sampler, instance, deadline
        self.nodes = instance.graph.nodes
        self.choose = sampler.choose
        self.needed = touched(instance.graph, terms)
        self.given = {(name, place) for name in sampler.laws for place in instance.places(name)} | sampler.tied
        self.given |= {(name, ()) for name in sampler.epsilons if instance.leaves[name][()] == 0}
        self.fixed = set(self.given)
        self._resting: dict[Entry, frozenset[Entry]] = {}

    def run(self) -> None:
        """Settle what is needed, as far as it can be."""
        for name in self.instance.order:
            node = self.nodes[name]
            if name not in self.needed or process_time() > self.deadline:
                continue
            if node.function:
                self._spread(node)
            elif node.term is not None and (name in self.sampler.roots or node.sign):
                for place in self.instance.places(name):
                    self._settle(node, place)

    def _spread(self, node: Node) -> None:
        """Give an opaque function values with a rational spread along a data axis, like those of a leaf."""
        assert node.function is not None
        function, order, argument = node.function
        functions = self.instance.functions
        if function in KNOWN or order or not self.sampler.roots:
            return
        values = self.sampler.entries(node.key, self.instance.sizes)
        for place, value in values.items():
            where = self.instance.value(argument, place)
            if not isinstance(where, Enclosure) and functions.known(function, 0, where) is None:
                functions.assign(function, 0, where, value)

    # ------------------------------------------------------------ one root

    def _settle(self, node: Node, place: Place) -> None:
        resting = self.resting(node.key, place)
        free = sorted(resting - self.fixed)
        if node.key in self.sampler.roots:
            self.fixed |= resting
        if self._fits(node, place):
            return
        self.choose.shuffle(free)
        free.sort(key=lambda entry: any(axis.data for axis in self.nodes[entry[0]].axes))
        if not isinstance(self.instance.base(node, place), Enclosure):
            if self.sampler.roots.get(node.key) == 2 and self._solve(node, place, free[:TRIED]):
                return
            for _ in range(REDRAWS if free else 0):
                for leaf, at in self.choose.sample(free, min(2, len(free))):
                    self._change((leaf, at), self.sampler.draw(leaf))
                if self._fits(node, place) or process_time() > self.deadline:
                    return
        if not self._has_sign(node, place):
            self._right_sign(node, place, sorted(resting - self.given))

    def _change(self, entry: Entry, value: Rational) -> None:
        self.sampler.change(self.instance, entry, value)

    def _polynomial(self, node: Node, place: Place, entry: Entry) -> Polynomial | None:
        """a, b, c of the base a w² + b w + c, if it is quadratic in the entry w; None if it is not rational."""
        values = []
        for trial in (1, 0, -1):
            self._change(entry, trial)
            value = self.instance.base(node, place)
            if isinstance(value, Enclosure):
                return None
            values.append(Fraction(value))
        above, c, below = values
        return (above + below) / 2 - c, (above - below) / 2, c

    def _solve(self, node: Node, place: Place, entries: Sequence[Entry]) -> bool:
        """Choose one of some entries so that the base is a square: by a small number if any of them may be one."""
        polynomials: list[tuple[Entry, Polynomial]] = []
        for entry in entries:
            before = self.instance.leaves[entry[0]][entry[1]]
            polynomial = self._polynomial(node, place, entry)
            self._change(entry, before)
            if polynomial is not None:
                polynomials.append((entry, polynomial))
                if self._takes(node, place, entry, _small(polynomial)):
                    return True
        solved = [entry for entry, _ in polynomials]
        if any(self._solve_pair(node, place, *pair) for pair in islice(combinations(solved, 2), PAIRS)):
            return True
        return any(self._takes(node, place, entry, _any(polynomial)) for entry, polynomial in polynomials)

    def _solve_pair(self, node: Node, place: Place, first: Entry, second: Entry) -> bool:
        """Choose two entries, both small whole numbers, so that the base, quadratic in them, is a square."""
        before = [self.instance.leaves[name][at] for name, at in (first, second)]
        value: dict[tuple[int, int], Fraction] = {}
        for v, w in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1)):
            self._change(first, v)
            self._change(second, w)
            base = self.instance.base(node, place)
            if isinstance(base, Enclosure):
                break
            value[v, w] = Fraction(base)
        if len(value) == 6:
            c = value[0, 0]
            a, b = (value[1, 0] + value[-1, 0]) / 2 - c, (value[1, 0] - value[-1, 0]) / 2
            d, e = (value[0, 1] + value[0, -1]) / 2 - c, (value[0, 1] - value[0, -1]) / 2
            mixed = value[1, 1] - a - b - d - e - c
            # In no order: of several roots, each is to rest on numbers of its own.
            for v, w in self.choose.sample(small_pairs(), len(small_pairs())):
                if root_of(a * v * v + b * v + d * w * w + e * w + mixed * v * w + c, 2) is None:
                    continue
                self._change(first, v)
                self._change(second, w)
                if self._fits(node, place):
                    return True
        self._change(first, before[0])
        self._change(second, before[1])
        return False

    def _takes(self, node: Node, place: Place, entry: Entry, candidates: Iterator[Rational]) -> bool:
        """Put the first of some values, or the second, in an entry; if neither fits, the entry stays as it is."""
        before = self.instance.leaves[entry[0]][entry[1]]
        signed = self.nodes[entry[0]].sign != "positive" and entry[0] not in self.sampler.epsilons
        for w in islice((w for w in candidates if w > 0 or signed), 2):
            self._change(entry, w)
            if self._fits(node, place):
                return True
        self._change(entry, before)
        return False

    def _right_sign(self, node: Node, place: Place, entries: list[Entry]) -> None:
        """Change an entry, also one that was fixed, so that the sign is right; then it is rational by chance only."""
        self.choose.shuffle(entries)
        entries.sort(key=lambda entry: len(self.nodes[entry[0]].axes))
        for entry in entries[:TRIED]:
            before = self.instance.leaves[entry[0]][entry[1]]
            for value in RISING:
                self._change(entry, value)
                if self._has_sign(node, place):
                    return
            self._change(entry, before)

    def _has_sign(self, node: Node, place: Place) -> bool:
        value = self.instance.base(node, place)
        return apart(value, 0) if node.sign == "nonzero" else positive(value)

    def _fits(self, node: Node, place: Place) -> bool:
        """Whether a base has the sign, and the root, that it must have."""
        value, degree = self.instance.base(node, place), self.sampler.roots.get(node.key, 1)
        if node.sign == "nonzero" or degree == 1:
            return self._has_sign(node, place)
        return not isinstance(value, Enclosure) and root_of(value, degree) is not None

    def resting(self, name: str, place: Place) -> frozenset[Entry]:
        """The entries of leaves that an entry is made of, not those behind an opaque function: its values are free."""
        entry = (name, place)
        if entry not in self._resting:
            node = self.nodes[name]
            if node.function:
                function, _, argument = node.function
                self._resting[entry] = self.resting(argument, place) if function in KNOWN else frozenset()
            elif node.term is None:
                self._resting[entry] = frozenset() if node.opaque else frozenset([entry])
            else:
                at = {i.name: k for i, k in zip(node.indices, place, strict=True)}
                self._resting[entry] = frozenset().union(*(self.resting(*e) for e in self._mentioned(node.term, at)))
        return self._resting[entry]

    def _mentioned(self, term: Term, at: dict[str, int]) -> Iterator[Entry]:
        for monomial in term.monomials:
            for (axes, factors), _ in monomial:
                for name, indices, _ in factors:
                    if name == DELTA or name[0] == "|":
                        continue
                    bound = sorted({i for i in indices if i[0] == "#"})
                    for where in product(*(range(self.instance.sizes[axes[int(i[1:])]]) for i in bound)):
                        local = {**at, **dict(zip(bound, where, strict=True))}
                        yield name, tuple(local[i] for i in indices)


def _small(polynomial: Polynomial) -> Iterator[Rational]:
    """Small numbers at which a polynomial is a square other than 0, simple ones first."""
    a, b, c = polynomial
    return (w for w in small_numbers() if root_of((a * w + b) * w + c, 2) is not None)


def _any(polynomial: Polynomial) -> Iterator[Rational]:
    """Numbers at which a polynomial is a square other than 0, by a formula, simple ones first."""
    a, b, c = polynomial
    root = root_of(a, 2) if a else Fraction(0)
    if root is None:
        return
    found = [(t * t - c) / (b - 2 * root * t) for t in SIGNED if b != 2 * root * t]  # (√a w + t)²
    for w in sorted(found, key=lambda w: (w.denominator, abs(w.numerator))):
        if w and root_of((a * w + b) * w + c, 2) is not None:
            yield plain(w)
