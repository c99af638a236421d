"""What holds of values by their form, and need not be looked at in every step.

ε + σ² is at least ε, and Σ exp(a - max a) at least 1, as the largest a is among those that are summed: such a value
can only be too large, or no number. And where a number that is not finite cannot get lost on the way to a value that
is looked at, the place where it came from need not be.
"""

from __future__ import annotations

from bnsym.compile.lowering.array import Operand, Value


def at_least(value: Value | float) -> float:
    """A bound from below of every entry that is not NaN; 0 or less says nothing."""
    if not isinstance(value, Value):
        return value
    if value.operation in ("constant", "add", "multiply"):
        sides = [at_least(o.value) for o in value.operands]
        if value.operation == "add":
            return sum(sides) if min(sides) >= 0 and value.positive else 0.0
        if value.operation == "constant" or not isinstance(value.operands[0].value, Value):
            return sides[0] * (sides[1] if len(sides) > 1 else 1.0) if min(sides) >= 0 else 0.0
    return 1.0 if value.operation == "sum" and _has_its_largest(value) else 0.0


def _has_its_largest(total: Value) -> bool:
    """Whether it is Σ exp(a - m), with m the maximum of a over nothing but what is summed over."""
    (summed,) = total.operands
    assert isinstance(summed.value, Value)
    if summed.value.operation != "exp":
        return False
    difference = summed.value.operands[0].value
    if not isinstance(difference, Value) or difference.operation != "subtract":
        return False
    first, second = difference.operands[0], _as_it_is(difference.operands[1])
    if not isinstance(second.value, Value) or second.value.operation != "maximum-over":
        return False
    (largest,) = second.value.operands
    over = {label for label in range(difference.rank) if label not in second.labels}
    gone = {summed.labels[label] for label in over}
    aligned = all(
        first.labels[k] == second.labels[label] for k, label in enumerate(largest.labels) if label < second.value.rank
    )
    return largest.value is first.value and aligned and all(label >= total.rank for label in gone)


def _as_it_is(operand: Operand) -> Operand:
    """What an operand repeats along another axis, or copies."""
    value = operand.value
    while isinstance(value, Value) and value.operation in ("outer", "copy"):
        inner, *others = sorted(
            value.operands, key=lambda o: isinstance(o.value, Value) and o.value.operation == "ones"
        )
        if any(isinstance(o.value, Value) and o.value.operands[0].value != 1 for o in others):
            break
        operand = Operand(inner.value, tuple(operand.labels[k] for k in inner.labels))
        value = operand.value
    return operand


# by these, what is not finite in an operand makes something in the result not finite: inf·0 and inf - inf are NaN
CARRYING = ("add", "subtract", "multiply", "negative", "sqrt", "sum", "contract", "outer", "copy")


def carries(value: Value, leaf: Value) -> bool:
    """Whether, if an entry of the leaf is not finite, some entry of the value is not."""
    if value is leaf:
        return True
    reading = value.operands[:1] if value.operation == "divide" else value.operands
    carrying = value.operation in (*CARRYING, "divide")
    return carrying and any(isinstance(o.value, Value) and carries(o.value, leaf) for o in reading)
