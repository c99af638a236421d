"""The prover: both sides of a claim are rewritten to a normal form, and the way there is the proof.

Derivatives are unrolled by the chain rule over the graph (SymPy differentiates each definition), definitions
are unfolded, every root is oriented so that its leading sum is replaced (Σ_t x_tj² → Nσ_j² − Nε + (Σ_t x_tj)²/N),
which makes the root a free Laurent generator. Two sides with one normal form are equal for all sizes. The
prover is a client of the kernel: what it claims is a theorem only if `Theory` replays it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bnsym.calculus.rewrite import Chain, Oriented, Unreduced, orient, reverse
from bnsym.calculus.symbolic import SymbolicGraph
from bnsym.kernel import Rejected, Term, Theorem, Theory, fresh
from bnsym.kernel.rules import FUNCTIONS, Equation, Free, Reference, Use, derivative_name
from bnsym.kernel.term import BudgetExceeded, Component, Rational
from bnsym.language.graph import CostGraph, Node

MAX_CUTS = 4


@dataclass(frozen=True)
class Step:
    """What the uses of one step did, and the term after it."""

    uses: tuple[Use, ...]
    after: Term


@dataclass(frozen=True)
class Lemma:
    """A theorem with the steps that made it."""

    theorem: Theorem
    steps: tuple[Step, ...]


class Prover:
    """Proves equations over one cost graph. `lemmas` mirrors the kernel's list of theorems."""

    def __init__(self, graph: CostGraph):
        self.graph = graph
        self.symbolic = SymbolicGraph(graph)
        self.theory = Theory(graph.data())
        self.lemmas: list[Lemma] = []
        self._position = {key: n for n, key in enumerate(graph.nodes)}
        self._chains: dict[tuple[str, str], Oriented | None] = {}
        self._roots: dict[tuple[str, frozenset[str]], Oriented | None] = {}
        self.contractions = frozenset(k for k, n in graph.nodes.items() if _is_contraction(graph, n))
        bodies = [n.term for n in graph.nodes.values() if n.term is not None]
        self._inverted = {name for body in bodies for name, _, p in body.factors() if p < 0 or p.denominator != 1}

    # ------------------------------------------------------------ claims

    def prove(self, free: Free, left: Term, right: Term) -> int | None:
        """The number of a theorem left = right, or None if no attempt proves it."""
        for term in (left, right):
            self._inverted |= {name for name, _, p in term.factors() if p < 0 or p.denominator != 1}
        for stop, keep in self._attempts(left, right):
            try:
                chains = [self.reduce(term, stop, keep) for term in (left, right)]
                if chains[0].current == chains[1].current:
                    return self.record(free, left, right, chains[0].steps + reverse(chains[1].steps))
            except (Unreduced, BudgetExceeded, Rejected):
                continue
        return None

    def residual(self, left: Term, right: Term) -> Term | None:
        """right − left in normal form, what a wrong claim has too much; None where no normal form is reached."""
        for stop, keep in self._attempts(left, right):
            try:
                return self.reduce(right, stop, keep).current - self.reduce(left, stop, keep).current
            except (Unreduced, BudgetExceeded):
                continue
        return None

    def _attempts(self, left: Term, right: Term) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
        """What to leave alone, most first.

        Derivatives of the cost need not be unrolled beyond a node that every path from the nodes of the claim
        to the cost passes through: it is tried to stop there, nearest first. Contractions such as x = W u are
        unfolded last.
        """
        atoms = {n for n in left.names() | right.names() if n[0] == "∂" and self._opaque(n)}
        if right.names() & atoms:
            yield right.names() & atoms, self.contractions
        if atoms:
            ((cost, _), *_) = map(self._parts, atoms)
            passed = [self._passed_by(self._parts(atom)[1]) for atom in atoms]
            common = frozenset.intersection(*passed) - {self._parts(n)[1] for n in left.names() & atoms}
            for node in sorted(common, key=self._position.__getitem__)[:MAX_CUTS]:
                yield frozenset({derivative_name(cost, node)}), self.contractions
        yield frozenset(), self.contractions
        yield frozenset(), frozenset()

    def _passed_by(self, name: str) -> frozenset[str]:
        """The nodes that every path from here to the cost passes through, this one included."""
        consumers = self.theory.consumers[name]
        if name in self.theory.open or not consumers:
            return frozenset({name})
        return frozenset.intersection(*map(self._passed_by, consumers)) | {name}

    def record(self, free: Free, left: Term, right: Term, steps: Sequence[list[Use]]) -> int:
        """Have the kernel replay the steps; returns the theorem's number. Raises Rejected."""
        theorem, after = self.theory.linear(free, left, right, steps)
        made = tuple(Step(tuple(uses), term) for uses, term in zip(steps, after, strict=True))
        self.lemmas.append(Lemma(theorem, made))
        return len(self.lemmas) - 1

    # ------------------------------------------------------------ normal form

    def reduce(self, term: Term, stop: Iterable[str] = (), keep: Iterable[str] = ()) -> Chain:
        """Rewrite a term to its normal form. Derivative atoms in `stop` and nodes in `keep` are left alone.

        Raises Unreduced or BudgetExceeded where no end is reached.
        """
        chain, keep = Chain(term), frozenset(keep)
        self.differentiate(chain, frozenset(stop))
        self._unfold(chain, keep)
        self._settle(chain, keep)
        return chain

    def differentiate(self, chain: Chain, stop: frozenset[str]) -> None:
        """Unroll derivatives by the chain rule, upstream first, down to open nodes and `stop`."""
        while True:
            atoms = {n for n in chain.current.names() if n[0] in "∂ð"} - stop
            rules = {atom: rule for atom in atoms if (rule := self._derivative(atom)) is not None}
            if not rules:
                return
            chain.apply(rules[min(rules, key=lambda atom: (self._position[self._parts(atom)[1]], atom))])

    def _unfold(self, chain: Chain, keep: frozenset[str]) -> None:
        for key in reversed(self.graph.nodes):
            node = self.graph.nodes[key]
            if node.function and node.function[1] == 1 and node.function[0] in FUNCTIONS:
                chain.apply(self._whole(("function", node.function[0], node.function[2])))
            elif self._unfolds(node) and key not in keep:
                chain.apply(self._whole(("definition", key)))

    def _settle(self, chain: Chain, keep: frozenset[str]) -> None:
        """Apply the oriented roots, and fold contractions that are kept, until nothing changes."""
        rules = [rule for key in self.graph.nodes if (rule := self._root(key, keep)) is not None]
        rules += [self._fold(key) for key in sorted(keep & self.contractions)]
        while any(chain.apply(rule) for rule in rules):
            pass

    def _unfolds(self, node: Node) -> bool:
        return node.term is not None and not node.root and not (node.sign and node.key in self._inverted)

    # ------------------------------------------------------------ rules

    def _parts(self, atom: str) -> tuple[str, str]:
        numerator, denominator = atom[1:].split(f"/{atom[0]}")
        return numerator, denominator

    def _opaque(self, atom: str) -> bool:
        return self.graph.nodes[self._parts(atom)[0]].opaque

    def _whole(self, reference: Reference) -> Oriented:
        """A schema read from left to right."""
        equation = self.theory.schema(reference)
        ((monomial, coefficient),) = equation.left.monomials.items()
        (component, power), *rest = monomial
        return Oriented(reference, equation, component, power, Term([(tuple(rest), coefficient)]))

    def _derivative(self, atom: str) -> Oriented | None:
        """The rule that unrolls a derivative; None where the chain rule is refused."""
        numerator, name = self._parts(atom)
        if atom[0] == "ð":
            return self._whole(("direct", numerator, name))
        if (numerator, name) not in self._chains:
            equation = self._chain(numerator, name)
            rule = None
            if equation is not None:
                lead = ((), ((atom, tuple(i for i, _ in equation.free), 1),))
                rule = Oriented(("chain", numerator, name), equation, lead, 1, Term.number(1))
            self._chains[numerator, name] = rule
        return self._chains[numerator, name]

    def _chain(self, numerator: str, name: str) -> Equation | None:
        """∂A/∂n = Σ_m Σ_j ∂A/∂m[j] ∂m[j]/∂n, each ∂m/∂n by SymPy."""
        nodes = self.graph.nodes
        above = [(fresh(), axis.key) for axis in nodes[numerator].axes]
        at = [(fresh(), axis.key) for axis in nodes[name].axes]
        outer, inner = [i for i, _ in above], [i for i, _ in at]
        left = Term.tensor(derivative_name(numerator, name), outer + inner)
        right = Term([])
        if numerator == name:
            right = Term.number(1)
            for i, j in zip(outer, inner, strict=True):
                right = right * Term.delta(i, j)
            return Equation((*above, *at), left, right)
        if name in self.theory.open:
            return None
        for consumer in self.theory.consumers[name]:
            if consumer == numerator:
                right = right + self.symbolic.partial(consumer, outer, name, inner)
            elif nodes[numerator].opaque or consumer in self.theory.ancestors[numerator]:
                over = [(fresh(), axis.key) for axis in nodes[consumer].axes]
                indices = [i for i, _ in over]
                seed = Term.tensor(derivative_name(numerator, consumer), outer + indices)
                right = right + (seed * self.symbolic.partial(consumer, indices, name, inner)).close(over)
        return Equation((*above, *at), left, right)

    def _fold(self, key: str) -> Oriented:
        """A contraction read from right to left: Σ_i W_ji u_si becomes x_sj."""
        equation = self.theory.schema(("definition", key))
        ((monomial, coefficient),) = equation.right.monomials.items()
        ((component, power),) = monomial
        return Oriented(("definition", key), equation, component, power, Term.number(-coefficient))

    def _root(self, key: str, keep: frozenset[str]) -> Oriented | None:
        """A root, or a definition whose powers are free, with its leading sum to be replaced."""
        node = self.graph.nodes[key]
        if node.term is None or key in keep or self._unfolds(node):
            return None
        if (key, keep) not in self._roots:
            reference = ("root" if node.root else "definition", key)
            equation = self.theory.schema(reference)
            chain = Chain(equation.left)
            chain.apply(self._whole(reference))
            self._unfold(chain, keep)
            for earlier in list(self.graph.nodes)[: self._position[key]]:
                rule = self._root(earlier, keep)
                if rule is not None:
                    chain.apply(rule)
            names = {i: f"i{k}" for k, (i, _) in enumerate(equation.free)}
            free = tuple((names[i], axis) for i, axis in equation.free)
            left, right = equation.left.rename(names), chain.current.rename(names)
            number = self.record(free, left, right, [[_renamed(use, names) for use in step] for step in chain.steps])
            theorem = self.lemmas[number].theorem
            own = {i for i, _ in free}
            self._roots[key, keep] = orient(("theorem", str(number)), theorem, lambda c, p: self._rank(c, p, own, key))
        return self._roots[key, keep]

    def _rank(self, component: Component, power: Rational, free: set[str], own: str) -> tuple | None:
        """The largest sum leads; without one, an atom that is never divided by. All free indices must occur."""
        axes, factors = component
        if {i for _, indices, _ in factors for i in indices if i[0] != "#"} != free:
            return None
        if axes:
            return (1, len(factors), len(axes), max(p for _, _, p in factors), factors)
        name = factors[0][0]
        if name == own or name in self._inverted or power != 1:
            return None
        return (0, self._position.get(name, 0))


def _renamed(use: Use, names: dict[str, str]) -> Use:
    at = tuple(names.get(i, i) for i in use.at)
    return Use(use.reference, at, use.multiplier.rename(names), use.binders)


def _is_contraction(graph: CostGraph, node: Node) -> bool:
    """A definition by one sum of a product, over axes that no mean runs over: x = Σ_i W u."""
    if node.term is None or node.root or len(node.term.monomials) != 1:
        return False
    ((monomial, _),) = node.term.monomials.items()
    if len(monomial) != 1:
        return False
    axes, factors = monomial[0][0]
    return len(factors) > 1 and bool(axes) and not any(graph.axes[a].data for a in axes)
