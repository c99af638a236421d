"""Closed forms, found: the normal form of a derivative, in the basis that people use, factored.

A definition h = a (x − m) with an invertible can be solved for x, and where sums of h and h² collapse (they
do for a normalised x̂: Σ x̂ = 0, Σ x̂² = N(1 − ε/σ²)), x is replaced by m + h/a everywhere; but a sum of x alone
stays, so that m may be the mean ⟨x⟩ itself. Each of these collapses is proved first; the closed form is a theorem
like any other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bnsym.calculus.factor import Factoring
from bnsym.calculus.prove import Prover
from bnsym.calculus.rewrite import Chain, Oriented, Unreduced, orient
from bnsym.kernel import Rejected, Term
from bnsym.kernel.rules import Equation, Reference, derivative_name
from bnsym.kernel.term import DELTA, BudgetExceeded, Component, Rational
from bnsym.language.expression import Derivative, Expression, Index, Tensor
from bnsym.language.node import Node


@dataclass(frozen=True)
class Derived:
    """∂numerator/∂denominator = expression; the prover has it as a theorem."""

    derivative: Derivative
    expression: Expression


class Deriver:
    """Finds closed forms over one graph. `letters`: the document's index letters, by the name of the axis.

    Contractions such as x = W u stand for themselves in closed forms, and so does what is `named`.
    """

    def __init__(self, prover: Prover, letters: Mapping[str, Sequence[str]], named: Collection[str] = ()):
        self.prover = prover
        self.kept = prover.contractions.union(named)
        self.graph = prover.graph
        self.factoring = Factoring(prover.graph, letters)

    def derive(self, numerator: str, denominator: str, stop: Collection[str] = ()) -> Derived:
        """The closed form of ∂numerator/∂denominator, down to ∂numerator/∂s for s in `stop` and open nodes.

        Raises Rejected if the derivative cannot be unrolled: a consumer is not in view.
        """
        above = self._indices(numerator, ())
        below = self._indices(denominator, above)
        names = {i.name: i for i in (*above, *below)}
        atom = derivative_name(numerator, denominator)
        left = Term.tensor(atom, tuple(names))
        halt = frozenset(derivative_name(numerator, s) for s in stop)
        chain = self.prover.reduce(left, halt - {atom}, self.kept)
        if atom in chain.current.names():
            raise Rejected(f"the chain rule is refused at {denominator}: not all of its consumers are in view")
        chain = self.compact(chain)
        free = tuple((i.name, i.axis.key) for i in names.values())
        self.prover.record(free, left, chain.current, chain.steps)
        nodes = self.graph.nodes
        top, bottom = nodes[numerator], nodes[denominator]
        assert top.symbol is not None and bottom.symbol is not None
        derivative = Derivative(Tensor(top.symbol, top.layer, above), Tensor(bottom.symbol, bottom.layer, below))
        return Derived(derivative, self.factoring.expression(chain.current, names))

    def _indices(self, key: str, taken: Sequence[Index]) -> tuple[Index, ...]:
        """Index letters for a tensor's axes."""
        result: list[Index] = []
        for axis in self.graph.nodes[key].axes:
            result.append(self.factoring.index(axis, {i.name for i in (*taken, *result)}))
        return tuple(result)

    # ------------------------------------------------------------ the basis that people use

    def compact(self, chain: Chain) -> Chain:
        """The chain, continued into the solved basis, or at least into parts of it, if that is shorter."""
        whole = self._within(chain, self.basis)
        if whole is not chain:
            return whole
        for key, rules in self.basis.items():
            if any(name in chain.current.names() for rule in rules for name, _, _ in rule.lead[1]):
                chain = self._within(chain, [key])
        return chain

    def _within(self, chain: Chain, keys: Collection[str]) -> Chain:
        """The chain, continued by the rules of some of the basis if that is shorter."""
        longer = chain.copy()
        try:
            for rule in (rule for key in keys for rule in self.basis[key]):
                longer.apply(rule)
            # What is divided by may be known by another name.
            self.prover.settle(longer, self.kept, without=self.basis)
        except Unreduced:
            return chain
        return longer if self._length(longer.current) < self._length(chain.current) else chain

    def _length(self, term: Term) -> tuple[int, Rational, int]:
        """How much there is to read: monomials first, then what they are made of, names before functions."""
        nodes = [self.graph.nodes.get(name) for name, _, _ in term.factors()]
        functions = sum(node is not None and node.function is not None for node in nodes)
        return len(term.monomials), sum(max(power, -power) for _, _, power in term.factors()), functions

    def compacted(self, term: Term) -> Term:
        """A normal form in the solved basis, if that is shorter."""
        return self.compact(Chain(term)).current

    @cached_property
    def basis(self) -> dict[str, list[Oriented]]:
        """For each solvable definition: x → m + h/a, then the collapses of Σ h and Σ h²; a function by its name."""
        rules: dict[str, list[Oriented]] = {}
        for node in self.graph.nodes.values():
            if node.slope:
                continue
            named = self._named(node)
            if named is not None:
                rules[node.key] = [named]
                continue
            solved = self._solve(node)
            collapses = self._collapses(node, solved) if solved is not None else []
            if solved is not None and collapses:
                rules[node.key] = [solved, *collapses]
        return rules

    def _named(self, node: Node) -> Oriented | None:
        """The definition of p = g(z), read from right to left."""
        parts = list(node.term.monomials.items()) if node.term is not None and node.symbol is not None else []
        match parts:
            case [(((((), ((name, _, _),)) as atom, 1),), 1)] if name in self.graph.nodes:
                function = self.graph.nodes[name].function
                if function is not None and function[1] == 0 and not self.prover.unfolding(name):
                    reference = ("definition", node.key)
                    equation = self.prover.theory.schema(reference)
                    return Oriented(reference, equation, atom, 1, Term.number(-1))
        return None

    def _solve(self, node: Node) -> Oriented | None:
        """The definition of h as an equation for an entry x; of a product of what unfolds, its normal form."""
        if node.term is None or node.root or not node.indices:
            return None
        product = len(node.term.monomials) == 1
        if product and any(self.prover.unfolding(name) for name in node.term.names()):
            return self._solved(*self.prover.lemma(node.key, self.kept))
        reference = ("definition", node.key)
        return self._solved(reference, self.prover.theory.schema(reference))

    def _solved(self, reference: Reference, equation: Equation) -> Oriented | None:
        """An equation for h, read as one for the only entry x that carries all of its indices."""
        own = {i for i, _ in equation.free}
        found = []
        for monomial, coefficient in equation.right.monomials.items():
            carriers = [(c, p) for c, p in monomial if {i for _, ix, _ in c[1] for i in ix} == own and len(own) > 0]
            rest = tuple(part for part in monomial if part not in carriers)
            if len(carriers) == 1 and carriers[0][1] == 1 and self._entry(carriers[0][0]) and self._computed(rest):
                found.append(Oriented(reference, equation, carriers[0][0], 1, Term([(rest, -coefficient)])))
        if len(found) != 1:
            return None
        ((name, _, _),) = found[0].lead[1]
        within = {c for m in equation.right.monomials for c, _ in m if any(name == n for n, _, _ in c[1])}
        others = within - {found[0].lead}
        if any(not c[0] or len(c[1]) > 1 or c[1][0][2] != 1 for c in others):
            return None
        return replace(found[0], alone=not others)

    @staticmethod
    def _entry(component: Component) -> bool:
        """Whether a factor is an entry of a tensor: no sum, and no δ, for which nothing can be put."""
        return not component[0] and component[1][0][0] != DELTA

    def _computed(self, monomial: tuple) -> bool:
        """Whether a factor can be divided by, and is something that the graph computes rather than a parameter."""
        if not monomial:
            return False
        nodes = [self.graph.nodes.get(c[1][0][0]) for c, _ in monomial if not c[0]]
        return len(nodes) == len(monomial) and all(n is not None and n.sign and n.term is not None for n in nodes)

    def _collapses(self, node: Node, solved: Oriented) -> list[Oriented]:
        """Theorems Σ h = … and Σ h² = … without a sum on the right, over the axes of h that its divisor lacks."""
        divided = {i for _, indices, _ in solved.scale.factors() for i in indices}
        kept = [i for i, (name, _) in zip(node.indices, solved.equation.free, strict=True) if name in divided]
        free = tuple((i.name, i.axis.key) for i in kept)
        summed = [(i.name, i.axis.key) for i in node.indices if i not in kept]
        rules = []
        for power in (1, 2) if summed else ():
            left = Term.tensor(node.key, [i.name for i in node.indices], power).close(summed)
            try:
                chain = self.prover.reduce(left, (), self.kept)
            except (Unreduced, BudgetExceeded, Rejected):
                continue
            if all(not c[0] for monomial in chain.current.monomials for c, _ in monomial):
                number = self.prover.record(free, left, chain.current, chain.steps)
                reference = ("theorem", str(number))
                rule = orient(reference, self.prover.theory.schema(reference), self.prover.invertible, _sum_leads)
                rules += [rule] if rule is not None else []
        return rules


def _sum_leads(component: Component, _: Rational) -> tuple | None:
    return (1,) if component[0] else None
