"""The normal form of index terms over a cost graph, reached by steps that the kernel can replay.

Derivatives are unrolled by the chain rule over the graph, definitions are unfolded, exp of a sum and log of a product
fall into their parts, every root is oriented so that its leading sum is replaced
(Σ_t x_tj² → Nσ_j² − Nε + (Σ_t x_tj)²/N).

What is decided: equations, for all sizes that are large enough, between polynomials in entries of tensors, sums over
whole axes, δ, opaque functions g, g', … of entries, and any powers of sizes and of roots, where each root has a *lead*:
a sum (or an atom that is never divided by) with all of the root's indices, whose coefficient can be divided by, which
occurs in no other term of the base once the earlier roots are put in. Replacing the lead by the root makes the root a
free generator, and no relation is left: two sides then are equal if and only if they have one normal form, because
distinct connected components are linearly independent functions of the entries once the axes are long enough.

What is decided in part: reciprocals of compounds, by partial fractions; roots of one base, or of products of others.
What is not: roots that share a lead, roots of compounds without a sign (√((p+1)²)), what g or a known function is
beyond its derivatives and the laws of exp and log, what holds at particular sizes only, and whatever does not come to
an end within the bounds (`MAX_TERMS`, `MAX_WORK`, the budget of labelling). Equal normal forms are a proof all the
same; different ones are not a refutation: that takes numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fractions import Fraction
from functools import cached_property
from math import lcm

from bnsym.calculus.reciprocals import instead, partial_fractions
from bnsym.calculus.rewrite import MAX_WORK, Chain, Oriented, orient
from bnsym.calculus.symbolic import Partials
from bnsym.calculus.unroll import Lemma, Unrolling
from bnsym.kernel import Term
from bnsym.kernel.rules import FUNCTIONS, Equation, Reference, Use
from bnsym.kernel.term import Component, Rational, plain
from bnsym.language.graph import CostGraph
from bnsym.language.laws import INVERSE
from bnsym.language.node import Node, function_key

STAGES = 3  # of a reduction: differentiate, unfold, settle
MAX_KEPT = 512  # chains


class Normalizer(Unrolling):
    """Rules over one cost graph, and the normal form they lead to."""

    def __init__(self, graph: CostGraph, partials: Partials | None = None):
        super().__init__(graph, partials)
        self._unfoldings: dict[str, list[Oriented]] = {}
        self._rules: dict[tuple[str, frozenset[str]], list[Oriented]] = {}
        self.limit = MAX_WORK
        self._rewritten: dict[tuple[Term, frozenset[str], frozenset[str] | None, int], Chain] = {}
        # Nodes that occur with powers other than natural ones, and the least common denominator of these.
        self._divided: dict[str, int] = {}
        for node in graph.nodes.values():
            if node.term is not None:
                self.note_powers(node.term)
            if node.function and node.function[0] == "log":  # its derivative divides
                self._note_power(node.function[2], 1)
        self.contractions = self._find_contractions()

    def note_powers(self, term: Term) -> None:
        for name, _, power in term.factors():
            if power < 0 or power.denominator != 1:
                self._note_power(name, power.denominator)

    def _note_power(self, name: str, denominator: int) -> None:
        """Note that a node is divided by, and with it the factors of what it is."""
        known = self._divided.get(name, 0)
        self._divided[name] = lcm(known or 1, denominator)
        if self._divided[name] == known:
            return
        self._rules.clear()
        self._unfoldings.clear()
        self._rewritten.clear()
        node = self.graph.nodes.get(name)
        if node is not None and node.term is not None and not node.root and len(node.term.monomials) == 1:
            ((monomial, _),) = node.term.monomials.items()
            for axes, ((factor, _, _), *_) in (component for component, _ in monomial):
                if not axes and factor in self.graph.nodes:
                    self._note_power(factor, denominator)

    # ------------------------------------------------------------ normal form

    def reduce(self, term: Term, stop: Iterable[str] = (), keep: Iterable[str] = ()) -> Chain:
        """Rewrite a term to its normal form. Derivative atoms in `stop` and nodes in `keep` are left alone.

        Raises Unreduced or BudgetExceeded where no end is reached.
        """
        return self.rewritten(term, frozenset(stop), frozenset(keep), STAGES).copy()

    def rewritten(self, term: Term, stop: frozenset[str], keep: frozenset[str], stages: int) -> Chain:
        """The chain of a term after so many stages of `reduce`; it is kept for whoever asks again.

        It is not to be changed. Raises Unreduced or BudgetExceeded.
        """
        if stages == 0:
            return Chain(term)
        known = (term, stop, keep if stages > 1 else None, stages)
        if known not in self._rewritten:
            chain = self.rewritten(term, stop, keep, stages - 1).copy(self.limit)
            if stages == 1:
                self.differentiate(chain, stop)
            elif stages == 2:
                self.unfold(chain, keep)
            else:
                self.settle(chain, keep)
            if len(self._rewritten) >= MAX_KEPT:
                self._rewritten.clear()
            self._rewritten[known] = chain
        return self._rewritten[known]

    def unfold(self, chain: Chain, keep: frozenset[str]) -> None:
        """Replace definitions by their bodies, downstream first, and derivatives of known functions."""
        done = keep
        while True:
            rules = {name: found for name in chain.current.names() - done if (found := self.unfolding(name))}
            if not rules:
                return
            name = max(rules, key=self.position.__getitem__)
            occurred = [chain.apply(rule) for rule in rules[name]]
            if True not in occurred:
                done = done | {name}  # a power that no rule is about, such as exp(x)^(1/2)

    def unfolding(self, name: str) -> list[Oriented]:
        """The rules by which a node unfolds."""
        if name not in self._unfoldings:
            node, rule = self.graph.nodes.get(name), None
            if node is not None and node.function:
                function, order, argument = node.function
                if order == 1 and function in FUNCTIONS:
                    rule = self._whole(("function", function, argument))
                elif order == 0 and function in INVERSE:
                    rule = self._law(function, argument)
            elif node is not None and self.unfolds(node):
                rule = self._whole(("definition", name))
            self._unfoldings[name] = [] if rule is None else [rule, *self._inverse(rule)]
        return self._unfoldings[name]

    def _inverse(self, rule: Oriented) -> list[Oriented]:
        """1/a = 1/b from a = b, where a can be divided by, b is a product, and a stands alone."""
        equation = rule.equation
        product = equation.left * equation.right
        if len(product.monomials) != 1 or any(c[0] for m in product.monomials for c, _ in m):
            return []
        if not all(map(self.invertible, product.names())) or rule.power != 1:
            return []
        return [Oriented(rule.reference, equation, rule.lead, -rule.power, product.scale(-1))]

    def _law(self, function: str, argument: str) -> Oriented | None:
        """exp of a definition that is a sum, log of one that is a product, or is one in normal form."""
        node = self.graph.nodes[argument]
        if node.term is None or node.root:
            return None
        if function == "exp":
            return self._whole(("law", argument)) if self.graph.law(function, node.term) else None
        at = tuple(i.name for i in node.indices)
        free = tuple((i.name, i.axis.key) for i in node.indices)
        if self.graph.law(function, node.term):
            step = [Use(("definition", argument), at, Term.number(1))]
            number = self.record(free, Term.tensor(argument, at), node.term, [step])
        else:
            number = int(self.lemma(argument, frozenset())[0][1])
        given, right = self.theory.theorems[number], Term([])
        parts = self.graph.law(function, given.right)
        for name, indices, weight in parts:
            of = self.graph.nodes[name].function
            part = of[2] if of else function_key(function, 0, name)
            right = right + Term.tensor(part, indices).scale(weight)
        if not parts or not right.names() <= self.graph.nodes.keys():
            return None
        left = Term.tensor(function_key(function, 0, argument), [i for i, _ in given.free])
        theorem = self.theory.root_unique(given.free, left, right, number, 0)
        return self._whole(("theorem", str(self.keep(Lemma(theorem, source=number, exponent=0)))))

    def settle(
        self, chain: Chain, keep: frozenset[str], before: str | None = None, without: Collection[str] = ()
    ) -> None:
        """Fold the contractions that are kept and apply the oriented roots, until nothing changes.

        With `before`, only those of the nodes before it, and what is assumed of leaves; none of those `without`.
        """
        rules = []
        for key in self.graph.nodes:
            if key == before:
                break
            if key not in without:
                rules += self._fold(key, keep) if key in keep else self._root(key, keep)
        rules += [rule for rule in self._assumed if before is None or self._of_leaves(rule.equation)]
        while any(chain.apply(rule) for rule in rules):
            pass

    def loose(self) -> list[str]:
        """Roots, and definitions that are divided by, which no rule replaces, nor what they are made of."""
        loose = [key for (key, keep), rules in self._rules.items() if not rules and key not in keep]
        return [key for key in dict.fromkeys(loose) if not self.unfolds(self.graph.nodes[key])]

    def unfolds(self, node: Node) -> bool:
        """Whether a node is replaced by its body; roots, and what is divided by, stand for themselves."""
        return node.term is not None and not node.root and not (node.sign and node.key in self._divided)

    def _find_contractions(self) -> frozenset[str]:
        """Definitions by one sum of a product, and what is added to it: x = Σ_i W u + b; each sum once."""
        found: dict[Component, str] = {}
        for key, node in self.graph.nodes.items():
            if node.term is None or node.slope or not self.unfolds(node) or not self._sums(node.term):
                continue
            chain = Chain(node.term)
            self.unfold(chain, frozenset(found.values()))
            sums = [c for monomial in chain.current.monomials for c, _ in monomial if self._contracts(c)]
            if len(sums) == 1:
                found.setdefault(sums[0], key)
        return frozenset(found.values())

    def _sums(self, term: Term) -> bool:
        """Whether there is a sum over axes that no mean runs over."""
        return any(self._over_units(component) for monomial in term.monomials for component, _ in monomial)

    def _over_units(self, component: Component) -> bool:
        return bool(component[0]) and not any(self.graph.axes[axis].data for axis in component[0])

    def _contracts(self, component: Component) -> bool:
        """Whether a component is a sum of a product over axes that no mean runs over: Σ_i W_ji u_si."""
        return len(component[1]) > 1 and self._over_units(component)

    # ------------------------------------------------------------ rules

    def lemma(self, key: str, keep: frozenset[str]) -> tuple[Reference, Equation]:
        """The defining equation of a node, n[i]^q = body, with the body in normal form, as a theorem."""
        reference = ("root" if self.graph.nodes[key].root else "definition", key)
        equation = self.theory.schema(reference)
        names = {i: f"i{k}" for k, (i, _) in enumerate(equation.free)}
        free = tuple((names[i], axis) for i, axis in equation.free)
        left = equation.left.rename(names)
        chain = Chain(left)
        chain.apply(self._whole(reference))
        self.unfold(chain, keep - {key})
        self.settle(chain, keep, before=key)
        number = self.record(free, left, chain.current, chain.steps)
        return ("theorem", str(number)), self.theory.theorems[number]

    def _fold(self, key: str, keep: frozenset[str]) -> list[Oriented]:
        """A contraction read from right to left: Σ_i W_ji u_si becomes x_sj."""
        if (key, keep) not in self._rules:
            reference, equation = self.lemma(key, keep)
            rule = orient(reference, equation, self.invertible, lambda c, _: (1,) if self._contracts(c) else None)
            self._rules[key, keep] = [rule] if rule is not None else []
        return self._rules[key, keep]

    def invertible(self, name: str) -> bool:
        """Whether an atom can be divided by: sizes, and what has a sign."""
        node = self.graph.nodes.get(name)
        return name[0] == "|" or (node is not None and node.sign is not None)

    def _root(self, key: str, keep: frozenset[str]) -> list[Oriented]:
        """A root, or a definition whose powers are free: its leading sum is replaced.

        Where the base is itself a power of positive atoms, because an earlier root has the same base, the
        root is replaced instead.
        """
        node = self.graph.nodes[key]
        if node.term is None or self.unfolds(node):
            return []
        if (key, keep) not in self._rules:
            reference, equation = self.lemma(key, keep)
            self._rules[key, keep] = self._same_root(key, reference, equation) or self._product(key)
            if not self._rules[key, keep]:
                rule = self._led(reference, equation, key)
                self._rules[key, keep] = (
                    [rule] if rule is not None else partial_fractions(key, reference, equation, self.invertible)
                )
        return self._rules[key, keep]

    @cached_property
    def _assumed(self) -> list[Oriented]:
        """The document's hypotheses, each with its largest sum, or an atom, to be replaced."""
        rules = [self._led(("hypothesis", str(n)), e, "") for n, e in enumerate(self.theory.assumed)]
        return [rule for rule in rules if rule is not None]

    def _of_leaves(self, equation: Equation) -> bool:
        """Whether an equation mentions nothing that is computed."""
        names = equation.left.names() | equation.right.names()
        nodes = [self.graph.nodes.get(name) for name in names if name[0] != "|"]
        return all(node is not None and node.term is None and not node.function for node in nodes)

    def _led(self, reference: Reference, equation: Equation, own: str) -> Oriented | None:
        """The equation of the node `own` with the lead of highest rank."""
        free = {i for i, _ in equation.free}
        return orient(reference, equation, self.invertible, lambda c, p: self._rank(c, p, free, own))

    def _same_root(self, key: str, reference: Reference, equation: Equation) -> list[Oriented]:
        """r^q = M for a product M of powers: r^(1/d) = M^(1/qd) by root-unique, for whatever power r occurs in.

        A factor of M that has no root, because it is known not to be zero but not to be positive, is replaced instead.
        """
        monomials = equation.right.monomials
        if (
            len(monomials) != 1
            or set(monomials.values()) != {1}
            or not all(map(self.invertible, equation.right.names()))
        ):
            return []
        if any(component[0] for monomial in monomials for component, _ in monomial):
            return []
        denominator = self._divided.get(key, 1)
        exponent = max(self.graph.nodes[key].root, 1) * denominator
        ((monomial, _),) = monomials.items()
        if exponent > 1 and not all(self._positive(atom) for atom, _ in monomial):
            weak = [(atom, power) for atom, power in monomial if power == 1 and not self._positive(atom)]
            return instead(reference, equation, *weak[0]) if weak else []
        if exponent > 1:
            number = int(reference[1])
            at = [i for i, _ in equation.free]
            left = Term.tensor(key, at, plain(Fraction(1, denominator)))
            right = equation.right ** Fraction(1, exponent)
            theorem = self.theory.root_unique(equation.free, left, right, number, exponent)
            number = self.keep(Lemma(theorem, source=number, exponent=exponent))
            reference, equation = ("theorem", str(number)), theorem
        ((((component, power),), _),) = equation.left.monomials.items()
        ((monomial, _),) = equation.right.monomials.items()
        tensors = [(atom, p) for atom, p in monomial if atom[1][0][0][0] != "|"]
        if power == 1 and len(tensors) == 1 and tensors[0][1] == 1 and self._nameless(tensors[0][0], key):
            return instead(reference, equation, *tensors[0])  # the document's own name stays
        product = equation.left * equation.right
        return [
            Oriented(reference, equation, component, power, Term.number(1)),
            Oriented(reference, equation, component, -power, product.scale(-1)),
        ]

    def _product(self, key: str) -> list[Oriented]:
        """A definition by a product of powers is replaced by it, where partial fractions would make a sum of it."""
        if self.graph.nodes[key].root or self._divided.get(key, 1) > 1:
            return []
        reference = ("definition", key)
        return self._same_root(key, reference, self.theory.schema(reference))

    def _positive(self, atom: Component) -> bool:
        name = atom[1][0][0]
        return name[0] == "|" or self.graph.nodes[name].sign == "positive"

    def _nameless(self, component: Component, key: str) -> bool:
        """Whether an atom is an auxiliary node, and the node `key` is not."""
        other = self.graph.nodes.get(component[1][0][0])
        return other is not None and other.symbol is None and self.graph.nodes[key].symbol is not None

    def _rank(self, component: Component, power: Rational, free: set[str], own: str) -> tuple | None:
        """The largest sum leads; without one, an atom that is never divided by. All free indices must occur."""
        axes, factors = component
        if {i for _, indices, _ in factors for i in indices if i[0] != "#"} != free:
            return None
        if axes:
            return (1, len(factors), len(axes), max(p for _, _, p in factors), factors)
        name = factors[0][0]
        if name == own or name in self._divided or power != 1:
            return None
        return (0, self.position.get(name, 0))
