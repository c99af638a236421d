"""Sums of squared differences that come to nothing but rounding.

Where a program divides by a power of Σ (a - b)², with b the mean of a or anything else that a is compared with,
equal entries leave not zero but the square of a rounding error, and what follows would be noise. Such a sum is
recognised here by its form, and taken to be zero if it is within rounding of b².
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bnsym.compile.lowering.array import Value, entries

ULPS = 4


@dataclass(frozen=True)
class Spread:
    """`value` is factor · Σ (a - `centre`)²; the centre's k-th axis has the label labels[k] of the value."""

    centre: Value
    labels: tuple[int, ...]
    factor: float

    def floor(self, epsilon: float) -> float:
        """What of centre² is rounding, for arithmetic with that epsilon."""
        return self.factor * epsilon**2


def parts(value: Value) -> list[Value]:
    """The values whose form makes it a spread, if it is one: from it down to the difference, its centre, and what
    that is a multiple of: a mean that is computed in another way has other errors of rounding."""
    found = spread(value)
    chain = [value]
    while found is not None and found.centre not in chain:
        last = chain[-1]
        chain.append(next(o.value for o in reversed(last.operands) if isinstance(o.value, Value)))
    if found is not None:
        chain += [o.value for o in found.centre.operands if isinstance(o.value, Value)]
    return chain if found is not None else []


def spread(value: Value) -> Spread | None:
    """The value as a spread, if it is one."""
    factor = 1.0
    while value.operation == "multiply" and not isinstance(value.operands[0].value, Value):
        number, other = value.operands
        assert isinstance(number.value, float) and isinstance(other.value, Value)
        factor, value = factor * number.value, other.value
    if value.operation != "contract" or value.operands[0] != value.operands[1]:
        return None
    operand = value.operands[0]
    difference = operand.value
    if not isinstance(difference, Value) or difference.operation != "subtract":
        return None
    labels = dict(enumerate(operand.labels))
    centre = difference.operands[1]
    places = tuple(labels[k] for k in centre.labels)
    if not isinstance(centre.value, Value) or any(place >= value.rank for place in places):
        return None
    count = entries(e for e, label in zip(difference.extents, operand.labels, strict=True) if label >= value.rank)
    # Σ over `count` entries of a rounding error each; that of a mean grows with the root of their number.
    return Spread(centre.value, places, factor * count * (ULPS + math.sqrt(count)) ** 2)
