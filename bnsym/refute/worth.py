"""Where a line is wrong by a factor, and by which: found by what a factor beside a term would have to be worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np

from bnsym.document.rewording.palette import Factor
from bnsym.language.expression import Expression, Index, Number, met_indices, substitute
from bnsym.language.statement import Reading
from bnsym.refute.arrays import Array, Frame, NoValue, agree

RELATIVE = 1e-9  # entries of a term that are smaller than this part of its largest say nothing
ALWAYS = [Factor(Number(Fraction(0)), ""), Factor(Number(Fraction(-1)), "")]  # a term too many, a wrong sign


@dataclass(frozen=True)
class Worth:
    """What the factor beside a term has to be, where `sure`."""

    target: Array
    sure: Array

    def of(self, value: Array) -> bool:
        value, target, sure = np.broadcast_arrays(value, self.target, self.sure)
        return agree(target[sure], value[sure])


class Scales:
    """Weighs the terms of one reading in one frame. `factors` are what may be missing."""

    def __init__(self, frame: Frame, reading: Reading, factors: Sequence[Factor]) -> None:
        self._frame, self._reading = frame, reading
        free = {i.axis.key: i for i in dict.fromkeys(met_indices(reading.left))}
        values = [(factor, self._value(factor, free)) for factor in [*ALWAYS, *factors]]
        self._values = [(factor, value) for factor, value in values if value is not None and np.isfinite(value).all()]

    def worth(self, without: Expression) -> Worth | None:
        """What a factor has to be beside a term, given the right-hand side without the term.

        That is 1 + (left − right) / (right − right without the term). None if that is nowhere sure.
        """
        try:
            left, right, rest = self._frame.together(self._reading.left, self._reading.right, without)
        except (NoValue, ArithmeticError):
            return None
        term = right - rest
        with np.errstate(all="ignore"):
            target = 1 + (left - right) / term
        sure = np.abs(term) > RELATIVE * (float(np.abs(term).max()) or 1.0)
        return Worth(target, sure) if sure.any() else None

    def fitting(self, worth: Worth) -> list[Factor]:
        """The factors that are worth as much. Of zero and of minus one there is no text."""
        return [factor for factor, value in self._values if worth.of(value)]

    def pairs(self, worth: Worth) -> list[tuple[Factor, Factor]]:
        """Two factors that are worth as much together."""
        written = [(factor, value) for factor, value in self._values if factor.text]
        return [(first, second) for (first, a), (second, b) in combinations(written, 2) if worth.of(a * b)]

    def _value(self, factor: Factor, free: dict[str, Index]) -> Array | None:
        """A factor's value, an index without a letter being the free one of its axis."""
        unnamed = [i for i in met_indices(factor.expression) if not i.name]
        if any(i.axis.key not in free for i in unnamed):
            return None
        expression = substitute(factor.expression, {i: free[i.axis.key] for i in unnamed})
        try:
            return self._frame.together(self._reading.left, self._reading.right, expression)[2]
        except (NoValue, ArithmeticError):
            return None
