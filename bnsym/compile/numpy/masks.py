"""Where an activation is off: truth values as whole numbers.

NumPy converts truth values before it multiplies by them, which takes longer than the multiplication. The bits of
max(a, 0), read as a whole number, are 0 or positive; their sign is 1 where it is greater than 0. This times the bits
of a number is that number or 0, exactly.
"""

from __future__ import annotations

from bnsym.compile.lowering.array import Value
from bnsym.compile.planning.schedule import Schedule


def masks(planned: Schedule) -> frozenset[Value]:
    """The comparisons that can be whole numbers: of what is never negative (nor -0) with 0, if all that reads them is
    a multiplication with an array of numbers."""
    found = {v for v in planned.values if _is_of_a_maximum(v)}
    for value in planned.values:
        operands = [o.value for o in planned.operands(value)]
        read = [o for o in operands if o in found]
        if read and (value.operation != "multiply" or len(read) > 1 or not all(isinstance(o, Value) for o in operands)):
            found -= {*read}
    return frozenset(found)


def _is_of_a_maximum(value: Value) -> bool:
    if value.operation != "greater" or not value.rank or value.operands[1].value != 0:
        return False
    above = value.operands[0].value
    return isinstance(above, Value) and above.operation == "maximum" and above.operands[0].value == 0
