"""Derivatives, unrolled by the chain rule over a cost graph; and the theorems that are made on the way.

SymPy differentiates each definition; the kernel derives the same rule again, so that a wrong derivative loses a
proof and never makes one. `lemmas` mirrors the kernel's list of theorems, each with the steps that made it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bnsym.calculus.rewrite import Chain, Oriented
from bnsym.calculus.symbolic import Partials, SymbolicGraph
from bnsym.kernel import Term, Theorem, Theory, fresh
from bnsym.kernel.rules import Equation, Free, Reference, Use, derivative_name
from bnsym.language.graph import CostGraph


@dataclass(frozen=True)
class Step:
    """What the uses of one step did, and the term after it."""

    uses: tuple[Use, ...]
    after: Term


@dataclass(frozen=True)
class Lemma:
    """A theorem with the steps that made it; or, by root-unique, with the theorem `source` about the powers."""

    theorem: Theorem
    steps: tuple[Step, ...] = ()
    source: int | None = None
    exponent: int = 1


class Unrolling:
    """A theory over one cost graph, and the rules for its derivatives."""

    def __init__(self, graph: CostGraph, partials: Partials | None = None):
        self.graph = graph
        self.symbolic = SymbolicGraph(graph, partials)
        self.theory = Theory(graph.data())
        self.lemmas: list[Lemma] = []
        self.position = {key: n for n, key in enumerate(graph.nodes)}
        self._chains: dict[tuple[str, str], Oriented | None] = {}

    def record(self, free: Free, left: Term, right: Term, steps: Sequence[list[Use]]) -> int:
        """Have the kernel replay the steps; returns the theorem's number. Raises Rejected."""
        theorem, after = self.theory.linear(free, left, right, steps)
        made = tuple(Step(tuple(uses), term) for uses, term in zip(steps, after, strict=True))
        return self.keep(Lemma(theorem, made))

    def keep(self, lemma: Lemma) -> int:
        self.lemmas.append(lemma)
        return len(self.lemmas) - 1

    def differentiate(self, chain: Chain, stop: frozenset[str]) -> None:
        """Unroll derivatives by the chain rule, upstream first, down to open nodes and `stop`."""
        while True:
            atoms = {n for n in chain.current.names() if n[0] in "∂ð"} - stop
            rules = {atom: rule for atom in atoms if (rule := self._derivative(atom)) is not None}
            if not rules:
                return
            chain.apply(rules[min(rules, key=lambda atom: (self.position[self.parts(atom)[1]], atom))])

    def parts(self, atom: str) -> tuple[str, str]:
        numerator, denominator = atom[1:].split(f"/{atom[0]}")
        return numerator, denominator

    def opaque(self, name: str) -> bool:
        """Whether a tensor is opaque, or made of one that is: it may depend on all that is open."""
        return any(self.graph.nodes[n].opaque for n in (name, *self.theory.ancestors[name]))

    def _whole(self, reference: Reference) -> Oriented:
        """A schema read from left to right."""
        equation = self.theory.schema(reference)
        ((monomial, coefficient),) = equation.left.monomials.items()
        (component, power), *rest = monomial
        return Oriented(reference, equation, component, power, Term([(tuple(rest), coefficient)]))

    def _derivative(self, atom: str) -> Oriented | None:
        """The rule that unrolls a derivative; None where the chain rule is refused."""
        numerator, name = self.parts(atom)
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
            elif self.opaque(numerator) or consumer in self.theory.ancestors[numerator]:
                over = [(fresh(), axis.key) for axis in nodes[consumer].axes]
                indices = [i for i, _ in over]
                seed = Term.tensor(derivative_name(numerator, consumer), outer + indices)
                right = right + (seed * self.symbolic.partial(consumer, indices, name, inner)).close(over)
        return Equation((*above, *at), left, right)
