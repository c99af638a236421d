"""Rewriting that leaves a proof behind: every replacement is a use of the kernel's rule LIN.

An `Oriented` equation has one monomial chosen, its lead, and replaces every occurrence of it by what the
equation says it equals. A `Chain` is a term on its way: its steps are what `Theory.linear` replays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from bnsym.kernel import Term
from bnsym.kernel.rules import Equation, Reference, Use
from bnsym.kernel.term import Binder, Component, Factor, Monomial, Rational, open_component

MAX_ROUNDS = 200
MAX_TERMS = 1500
MAX_WORK = 20_000  # while one chain is rewritten: seconds; what is right mostly takes less than 300
QUICK_WORK = 3_000


class Unreduced(Exception):
    """A rewriting did not come to an end within its bounds."""


@dataclass(frozen=True)
class Oriented:
    """left = right, read as: `lead` is to be replaced.

    The lead is a sum, an atom with a power, or a product of atoms and at most one sum. `scale` is what
    (left − right) has to be divided by for the lead to stand alone in it; it is invertible. Unless `alone`, a sum
    of nothing but the lead is left as it is.
    """

    reference: Reference
    equation: Equation
    lead: Component
    power: Rational
    scale: Term
    alone: bool = True

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(name for name, _, _ in self.lead[1])

    @cached_property
    def fixed(self) -> bool:
        """Whether the lead has all indices of the equation; if not, nothing says at what it should be used."""
        return {index for index, _ in self.equation.free} <= {i for _, indices, _ in self.lead[1] for i in indices}

    @cached_property
    def mixed(self) -> bool:
        """Whether atoms are part of the lead that may stand outside of a sum which has the rest of it."""
        factors = self.lead[1]
        return len(factors) > 1 and any(not any(i[0] == "#" for i in indices) for _, indices, _ in factors)


def orient(
    reference: Reference,
    equation: Equation,
    invertible: Callable[[str], bool],
    rank: Callable[[Component, Rational], tuple | None],
) -> Oriented | None:
    """The equation with the lead of highest rank; None if there is none.

    A component of left − right can lead if `rank` gives it one, the rest of its monomial are atoms that can be
    divided by, and it does not occur again in what would replace it.
    """
    best: tuple[tuple, Oriented] | None = None
    parts = equation.difference.monomials
    for monomial, coefficient in parts.items():
        for place, (component, power) in enumerate(monomial):
            others = (*monomial[:place], *monomial[place + 1 :])
            ranked = rank(component, power) if power == 1 or not component[0] else None
            if ranked is None or any(c[0] or not invertible(c[1][0][0]) for c, _ in others):
                continue
            if best is None or ranked > best[0]:
                rule = Oriented(reference, equation, component, power, Term([(others, coefficient)]))
                if all(_occurrence(rule, m, c) is None for m, c in parts.items() if m != monomial):
                    best = (ranked, rule)
    return None if best is None else best[1]


@dataclass
class Chain:
    """A term that is being rewritten: the uses of each step, and the terms from the first to the current."""

    current: Term
    steps: list[list[Use]] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    work: int = 0
    limit: int = MAX_WORK

    def __post_init__(self) -> None:
        self.terms = self.terms or [self.current]

    def apply(self, rule: Oriented) -> bool:
        """Replace the rule's lead everywhere, as one step; True if it occurred. Raises Unreduced."""
        step: list[Use] = []
        for _ in range(MAX_ROUNDS):
            uses = [use for m, c in self.current.monomials.items() if (use := _occurrence(rule, m, c)) is not None]
            if not uses:
                break
            subtracted = [part for use in uses for part in instance(rule.equation, use).scale(-1).monomials.items()]
            self.current = Term([*self.current.monomials.items(), *subtracted])
            step += uses
            self.work += len(self.current.monomials) + sum(map(_labour, (monomial for monomial, _ in subtracted)))
            if len(self.current.monomials) > MAX_TERMS or self.work > self.limit:
                raise Unreduced(f"more than {MAX_TERMS} terms, or {self.limit} looked at")
        else:
            raise Unreduced(f"replacing {' '.join(rule.reference)} does not end")
        if step:
            self.steps.append(step)
            self.terms.append(self.current)
        return bool(step)

    def copy(self, limit: int | None = None) -> Chain:
        """An independent chain; with another limit of work, if that is given."""
        return Chain(self.current, list(self.steps), list(self.terms), self.work, limit or self.limit)


def _labour(monomial: Monomial) -> int:
    """How long a monomial takes to make: sums over many indices have to be labelled."""
    return 1 + sum(len(axes) * len(factors) for (axes, factors), _ in monomial) // 8


def instance(equation: Equation, use: Use) -> Term:
    """Σ_v m (a − b), what a use subtracts."""
    names = {i: j for (i, _), j in zip(equation.free, use.at, strict=True)}
    return (use.multiplier * equation.difference.rename(names)).close(use.binders)


def shortest(there: Chain, back: Chain) -> list[list[Use]] | None:
    """The steps from the start of one chain to the start of another, over the nearest term that both pass, if any."""
    place = {term: k for k, term in reversed(list(enumerate(back.terms)))}
    meetings = [(k + place[term], k, place[term]) for k, term in enumerate(there.terms) if term in place]
    if not meetings:
        return None
    _, forward, backward = min(meetings)
    reverse = [
        [Use(u.reference, u.at, u.multiplier.scale(-1), u.binders) for u in reversed(step)]
        for step in reversed(back.steps[:backward])
    ]
    return there.steps[:forward] + reverse


def _occurrence(rule: Oriented, monomial: Monomial, coefficient: Rational) -> Use | None:
    """The use that replaces one occurrence of the lead in a monomial."""
    if not rule.fixed:
        return None
    for site in _sites(monomial, rule.mixed):
        if not rule.names <= site.names:
            continue
        for bound, binding, left in _match(rule, site.binders, site.factors):
            if not (rule.alone or left or not site.binders):
                continue
            at = tuple(binding[i] for i, _ in rule.equation.free)
            scale = rule.scale.rename({i: binding[i] for i, _ in rule.equation.free})
            multiplier = Term([(site.others, coefficient)]) * Term.product(left) * scale**-1
            return Use(rule.reference, at, multiplier, tuple(b for b in site.binders if b[0] not in bound))
    return None


@dataclass(frozen=True)
class Site:
    """Where a lead may occur in a monomial: an opened sum or the free atoms, and the rest of the monomial."""

    names: frozenset[str]
    binders: list[Binder]
    factors: list[Factor]
    others: Monomial


@lru_cache(maxsize=65536)
def _sites(monomial: Monomial, mixed: bool) -> list[Site]:
    """The sites of a monomial: its free atoms, and each of its sums; if `mixed`, with the free atoms as its factors.

    A sum is opened once, so that what comes of its indices is found again in the kernel's caches.
    """
    free = [part for part in monomial if not part[0][0]]
    atoms = [(*component[1][0][:2], power) for component, power in free]
    sites: list[tuple[list[Binder], list[Factor], Monomial]] = []
    if atoms:
        sites.append(([], atoms, tuple(part for part in monomial if part[0][0])))
    for component, _ in monomial:
        if component[0]:
            binders, factors = open_component(component)
            left = ((c, p - (c == component)) for c, p in monomial if c[0] or not mixed)
            sites.append((binders, factors + atoms * mixed, tuple((c, p) for c, p in left if p)))
    return [Site(frozenset(name for name, _, _ in factors), binders, factors, rest) for binders, factors, rest in sites]


def _match(
    rule: Oriented, binders: list[Binder], factors: list[Factor]
) -> Iterator[tuple[set[str], dict[str, str], list[Factor]]]:
    """Ways to see the lead in a product: the indices it binds, the binding of its free ones, what is left over."""
    axes, pattern = rule.lead
    if len(pattern) == 1 and not axes:
        pattern = ((*pattern[0][:2], rule.power),)
    axis_of = dict(binders)
    pattern = tuple(sorted(pattern, key=lambda f: -len(f[1])))

    def search(k: int, binding: dict[str, str], left: list[Factor]) -> Iterator[tuple[dict[str, str], list[Factor]]]:
        if k == len(pattern):
            yield binding, left
            return
        name, indices, power = pattern[k]
        for n, (other, places, have) in enumerate(left):
            if other != name or not (have >= power > 0 or have <= power < 0):
                continue
            extended = dict(binding)
            if all(extended.setdefault(i, j) == j for i, j in zip(indices, places, strict=True)):
                remaining = [(other, places, have - power)] if have != power else []
                yield from search(k + 1, extended, [*left[:n], *remaining, *left[n + 1 :]])

    for binding, left in search(0, {}, list(factors)):
        bound = [binding[f"#{k}"] for k in range(len(axes))]
        used = {i for _, indices, _ in left for i in indices} | {j for i, j in binding.items() if i[0] != "#"}
        fits = len(set(bound)) == len(bound) and not used.intersection(bound)
        if fits and all(axis_of.get(i) == axis for i, axis in zip(bound, axes, strict=True)):
            yield set(bound), binding, left
