"""Products of powers that are not multiplied out yet.

A `Monomial` is a coefficient times powers of arrays. Lowering keeps products in this form as long as it can:
γ/σ becomes one vector before it meets an array of a sample axis, equal factors cancel before they are
computed, and a factor without the bound index leaves a sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from bnsym.compile.lowering.array import Reference
from bnsym.language.expression import Index

Coefficient = Fraction | float


@dataclass(frozen=True)
class Monomial:
    """coefficient · Π reference ** power."""

    coefficient: Coefficient = Fraction(1)
    factors: Mapping[Reference, Fraction] = field(default_factory=dict)

    @staticmethod
    def of(reference: Reference, power: Fraction = Fraction(1)) -> Monomial:
        return Monomial(Fraction(1), {reference: power})

    @property
    def single(self) -> Reference | None:
        """The one array that this is, if it is one."""
        if self.coefficient == 1 and list(self.factors.values()) == [1]:
            return next(iter(self.factors))
        return None

    @property
    def indices(self) -> frozenset[Index]:
        return frozenset(i for reference in self.factors for i in reference.indices)

    def __mul__(self, other: Monomial) -> Monomial:
        powers = dict(self.factors)
        for reference, power in other.factors.items():
            powers[reference] = powers.get(reference, Fraction(0)) + power
        return Monomial(self.coefficient * other.coefficient, {r: p for r, p in powers.items() if p})

    def scale(self, factor: Coefficient) -> Monomial:
        return Monomial(self.coefficient * factor, self.factors)

    def rename(self, renaming: Mapping[Index, Index]) -> Monomial:
        """The same product at other indices, all at once."""
        result = Monomial(self.coefficient)
        for reference, power in self.factors.items():
            indices = tuple(renaming.get(i, i) for i in reference.indices)
            result = result * Monomial.of(Reference(reference.value, indices), power)
        return result

    def distributes(self, exponent: Fraction) -> bool:
        """Whether (Π f^p)^exponent = Π f^(p·exponent) holds for all values that the factors can have."""
        if exponent.denominator == 1:
            return True
        if self.coefficient < 0:
            return False
        powers = list(self.factors.items())
        bare = len(powers) == 1 and powers[0][1] == 1
        return bare or all(r.value.positive or p.denominator > 1 for r, p in powers)

    def __pow__(self, exponent: Fraction) -> Monomial:
        """Only where `distributes(exponent)`."""
        whole = exponent.denominator == 1
        coefficient = self.coefficient ** int(exponent) if whole else float(self.coefficient) ** float(exponent)
        exact = Fraction(1) if coefficient == 1 else coefficient
        return Monomial(exact, {r: p * exponent for r, p in self.factors.items()})
