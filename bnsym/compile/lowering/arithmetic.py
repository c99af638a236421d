"""The arithmetic of arrays that lowering needs: products, sums, powers, contractions, each at its least cost.

Guarantees: what meets first is what has fewest entries; nothing is computed twice; a contraction of three or
more factors is ordered by opt_einsum.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce

import opt_einsum

from bnsym.compile.lowering.array import Builder, Reference, Value
from bnsym.compile.lowering.monomial import Coefficient, Monomial
from bnsym.language.expression import Index

GIVEN = ("leaf", "eye", "constant", "ones", "centre")  # what nothing computes: arguments, and what is made once
Signed = tuple[int, Reference | float]  # a sign and what it is put before


@dataclass
class Arithmetic:
    """Builds values. `names` are what the derivation calls them; `guarded` must be positive and finite."""

    builder: Builder = field(default_factory=Builder)
    names: dict[Value, str] = field(default_factory=dict)
    guarded: dict[Value, None] = field(default_factory=dict)
    shifts: dict[Value, Reference] = field(default_factory=dict)  # exp(m), to be cancelled: m

    def name(self, monomial: Monomial, key: str) -> None:
        if monomial.single is not None and monomial.single.value.operation not in GIVEN:
            self.names.setdefault(monomial.single.value, key)

    # ------------------------------------------------------------ products

    def array(self, monomial: Monomial) -> Reference:
        """The monomial multiplied out: factors over the same indices first, then the small into the large."""
        groups: dict[frozenset[Index], list[tuple[Reference, Fraction]]] = {}
        for reference, exponent in sorted(monomial.factors.items(), key=lambda f: f[0].value.number):
            groups.setdefault(frozenset(reference.indices), []).append((reference, exponent))
        pending: list[Reference] = []
        coefficient: Coefficient = monomial.coefficient
        for group in sorted(groups.values(), key=lambda g: g[0][0].count):
            inside = [p for p in pending if set(p.indices) <= set(group[0][0].indices)]
            pending = [p for p in pending if p not in inside]
            for reference, exponent in group:
                if exponent < 0:
                    self.guard(reference)
            above = [*inside, *(self.power(r, e) for r, e in group if e > 0)]
            product = self._group(above, [self.power(r, -e) for r, e in group if e < 0], coefficient)
            coefficient = Fraction(1)
            pending.append(product)
        if not pending:
            return self.builder.constant(float(coefficient))
        return reduce(lambda a, b: self.builder.apply("multiply", a, b), pending)

    def _group(self, above: list[Reference], below: list[Reference], coefficient: Coefficient) -> Reference:
        """coefficient · Π above / Π below; the coefficient meets the smallest factor."""
        apply = self.builder.apply
        above = sorted(above, key=lambda r: r.count)
        if below:
            denominator = reduce(lambda a, b: apply("multiply", a, b), below)
            if not above:
                return apply("divide", float(coefficient), denominator)
            if above[0].count < denominator.count or len(above) > 1:
                above = [apply("divide", self._scaled(above[0], coefficient), denominator), *above[1:]]
                return reduce(lambda a, b: apply("multiply", a, b), above)
            return apply("divide", self._scaled(above[0], coefficient), denominator)
        if coefficient != 1:
            above = [self._scaled(above[0], coefficient), *above[1:]]
        return reduce(lambda a, b: apply("multiply", a, b), above)

    def _scaled(self, reference: Reference, coefficient: Coefficient) -> Reference:
        if coefficient == 1:
            return reference
        if coefficient == -1:
            return self.builder.apply("negative", reference)
        return self.builder.apply("multiply", reference, float(coefficient))

    def power(self, reference: Reference, exponent: Fraction) -> Reference:
        """A positive power, by multiplication and square roots where that is possible."""
        apply = self.builder.apply
        if exponent.denominator > 2:
            self.guard(reference)
            return apply("power", reference, float(exponent))
        whole, half = divmod(exponent, 1)
        parts = []
        if half:
            self.guard(reference)
            parts.append(apply("sqrt", reference))
        square = reference
        while whole:
            if whole % 2:
                parts.append(square)
            whole //= 2
            if whole:
                square = apply("multiply", square, square)
        return reduce(lambda a, b: apply("multiply", a, b), parts)

    def guard(self, reference: Reference) -> None:
        """Have the program check that the array is positive and finite, if it cannot be negative."""
        if reference.value.positive and reference.value.operation not in GIVEN:
            self.guarded.setdefault(reference.value)

    # ------------------------------------------------------------ sums of terms

    def add(self, terms: Iterable[Monomial]) -> Monomial:
        """The sum of monomials, terms over few indices first, as one array (or as fewer, if that is possible)."""
        merged: dict[tuple, Monomial] = {}
        constant: Coefficient = Fraction(0)
        for term in terms:
            if not term.factors:
                constant += term.coefficient
                continue
            key = tuple(sorted(term.factors.items(), key=lambda f: (f[0].value.number, [i.name for i in f[0].indices])))
            known = merged.get(key)
            total = term.coefficient + known.coefficient if known else term.coefficient
            merged[key] = Monomial(total, term.factors)
        present = [m for m in merged.values() if m.coefficient]
        if not present:
            return Monomial(constant)
        if len(present) == 1 and not constant:
            return present[0]
        common = _magnitude(present[0].coefficient)
        if constant or any(_magnitude(m.coefficient) != common for m in present):
            common = Fraction(1)
        groups: dict[frozenset[Index], list[Signed]] = {}
        for m in present:
            sign = 1 if m.coefficient > 0 else -1
            reference = self.array(Monomial(_magnitude(m.coefficient) / common, m.factors))
            groups.setdefault(frozenset(reference.indices), []).append((sign, reference))
        total_signed: Signed | None = None
        if constant:
            total_signed = (1 if constant > 0 else -1, float(_magnitude(constant)))
        for group in sorted(groups.values(), key=lambda g: _count(g[0])):
            # Start with a positive term, so that no negation is needed.
            ordered = sorted(group, key=lambda signed: -signed[0])
            inner = reduce(self._plus, ordered)
            total_signed = inner if total_signed is None else self._plus(total_signed, inner)
        assert total_signed is not None
        sign, result = total_signed
        assert isinstance(result, Reference)
        return Monomial.of(result).scale(sign * common)

    def _plus(self, left: Signed, right: Signed) -> Signed:
        (s, a), (t, b) = left, right
        if s == t:
            return s, self.builder.apply("add", a, b)
        return 1, self.builder.apply("subtract", *((a, b) if s > 0 else (b, a)))

    # ------------------------------------------------------------ contractions

    def contract(self, monomial: Monomial, over: Sequence[Index]) -> Monomial:
        """Σ over indices; factors without any of them stay outside, a product of the rest is contracted."""
        outside = Monomial(monomial.coefficient)
        groups: dict[frozenset[Index], Monomial] = {}
        for reference, exponent in monomial.factors.items():
            if set(over) & set(reference.indices):
                key = frozenset(reference.indices)
                groups[key] = groups.get(key, Monomial()) * Monomial.of(reference, exponent)
            else:
                outside = outside * Monomial.of(reference, exponent)
        inside: list[Reference] = []
        for group in groups.values():
            if all(exponent in (1, 2) for exponent in group.factors.values()):
                inside += [r for r, exponent in group.factors.items() for _ in range(int(exponent))]
            else:
                inside.append(self.array(group))
        return outside * Monomial.of(self._contracted(inside, over))

    def _contracted(self, factors: list[Reference], over: Sequence[Index]) -> Reference:
        kept = {i for f in factors for i in f.indices} - set(over)
        pending = sorted(factors, key=lambda f: f.value.number)
        for pair in _order(pending, kept):
            first, second = (pending[k] for k in pair)
            pending = [p for k, p in enumerate(pending) if k not in pair]
            elsewhere = kept.union(*(p.indices for p in pending))
            done = [i for i in {*first.indices, *second.indices} if i not in elsewhere]
            alone = [i for i in done if (i in first.indices) != (i in second.indices)]
            first, second = (self._summed(f, [i for i in alone if i in f.indices]) for f in (first, second))
            done = [i for i in done if i not in alone]
            if done:
                pending.append(self.builder.reduce("contract", first, second, over=done))
            else:
                pending.append(self.builder.apply("multiply", first, second))
        (result,) = pending
        return self._summed(result, [i for i in over if i in result.indices])

    def _summed(self, reference: Reference, over: Sequence[Index]) -> Reference:
        return self.builder.reduce("sum", reference, over=over) if over else reference

    # ------------------------------------------------------------ exp and log

    def shifted_exponential(self, argument: Monomial, over: Sequence[Index]) -> Monomial:
        """exp(a) as exp(a - m)·exp(m), m the maximum of a over some of its indices."""
        a = self.array(argument)
        m = self.builder.reduce("maximum-over", a, over=over)
        shift = self.builder.apply("exp", m)
        self.shifts[shift.value] = m
        return Monomial.of(self.builder.apply("exp", self.builder.apply("subtract", a, m))) * Monomial.of(shift)

    def logarithm(self, argument: Monomial) -> Monomial:
        """log of a product of positive factors, one by one; the log of exp(m) is m."""
        shifts = {r: p for r, p in argument.factors.items() if r.value in self.shifts}
        rest = Monomial(argument.coefficient, {r: p for r, p in argument.factors.items() if r not in shifts})
        terms = [Monomial.of(Reference(self.shifts[r.value].value, r.indices)).scale(p) for r, p in shifts.items()]
        if rest.factors:
            reference = self.array(rest)
            self.guard(reference)
            terms.append(Monomial.of(self.builder.apply("log", reference)))
        return self.add(terms)


def _magnitude(coefficient: Coefficient) -> Coefficient:
    return coefficient if coefficient >= 0 else -coefficient


def _count(signed: Signed) -> int:
    return signed[1].count if isinstance(signed[1], Reference) else 0


def _order(factors: Sequence[Reference], kept: set[Index]) -> list[tuple[int, int]]:
    """Which two factors to contract, again and again, the result going to the end."""
    if len(factors) < 2:
        return []
    if len(factors) == 2:
        return [(0, 1)]
    letter = {i: opt_einsum.get_symbol(k) for k, i in enumerate(dict.fromkeys(i for f in factors for i in f.indices))}
    inputs = ["".join(letter[i] for i in f.indices) for f in factors]
    output = "".join(letter[i] for i in letter if i in kept)
    shapes = [tuple(extent.size for extent in f.value.extents) for f in factors]
    path, _ = opt_einsum.contract_path(f"{','.join(inputs)}->{output}", *shapes, shapes=True, optimize="optimal")
    pairs = []
    for step in path:
        if len(step) == 2:
            pairs.append((min(step), max(step)))
    return pairs
