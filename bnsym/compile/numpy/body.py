"""The lines of one function, and the names that they use.

`Body` turns scheduled values into statements. Where values have buffers, a line writes to its buffer with
`out=`; where they have none, it assigns a new array.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from bnsym.compile.lowering.arithmetic import GIVEN
from bnsym.compile.lowering.array import Operand, Value
from bnsym.compile.names import Namer, comment_lines
from bnsym.compile.numpy.call import Call, Calls
from bnsym.compile.numpy.shift import Shift
from bnsym.compile.numpy.skinny import blocks, is_better_turned
from bnsym.compile.planning.fuse import axes, is_product
from bnsym.compile.planning.memory import Order
from bnsym.compile.planning.naming import ValueNames
from bnsym.compile.planning.schedule import Schedule

CONSTANT = ("eye", "ones", "centre")


def constant(value: Value) -> str:
    """The array that nothing computes: it is made once."""
    size = value.extents[0].size
    if value.operation == "ones":
        return f"np.full({size}, {value.operands[0].value!r}, DTYPE)"
    less = f" - DTYPE(1 / {size})" if value.operation == "centre" else ""
    return f"np.eye({size}, dtype=DTYPE){less}"


class Body(ValueNames):
    """Statements for values, in order.

    `labels` are what the derivation calls values, `equations` the equation that a value computes, both as LaTeX.
    `given` are the names of what exists already. Views of values in `constant` are made once, in `setup`; other
    views are made where they are used. `single` says that numbers are float32. `masks` are whole numbers (see there).
    """

    def __init__(
        self,
        planned: Schedule,
        order: Mapping[Value, Order],
        namer: Namer,
        given: Mapping[Value, str],
        labels: Mapping[Value, str],
        equations: Mapping[Value, str],
        *,
        single: bool = False,
        masks: Collection[Value] = (),
    ) -> None:
        super().__init__(namer, labels, given)
        self.planned = planned
        self.single = single
        self.order = order
        self.equations = equations
        self.setup: list[str] = []
        self.constant: set[Value] = set()
        self.objects: dict[Value, Value] = {}  # what is the same object as an earlier value
        self.apart: set[Value] = set()  # matrices with gaps between their rows
        self.shifts: list[Shift] = []
        self._rooms: dict[Value, str] = {}
        self._views: dict[tuple[Value, str], str] = {}
        self._vectors: dict[tuple[int, float], str] = {}
        weights = dict(planned.fused.values())
        self._numbers: dict[float, str] = {}
        self._boxed: set[Value] = set()
        self._calls = Calls(order, self._view, self._ones, self._number, weights, masks, self.apart)

    def box(self) -> None:
        """Give numbers that meet arrays an array without axes: NumPy takes longer to start with a number."""
        for value in self.planned.values:
            for operand in self.planned.operands(value) if value.rank else ():
                number = operand.value
                if not isinstance(number, Value) or number.rank or number.operation in GIVEN:
                    continue
                if number not in self._boxed:
                    self._boxed.add(number)
                    self.setup.append(f"{self.name(number)} = np.empty((), DTYPE)")

    def line(self, value: Value) -> list[str]:
        """The statement that computes a value, after its equation if it is one of the derivation's."""
        if value.operation in GIVEN:
            return []
        call = self._calls.call(self.planned.made_by(value))
        shift = next((s for s in self.shifts if value in (s.largest, *s.repeated, *s.instead)), None)
        if shift is not None:
            lines = self._shifted(value, call, shift)
        elif value in self._boxed:
            lines = [f"{self.name(value)}[()] = {call.text()}"]
        elif not call.into or value not in self.constant:
            product = self._calls.unbuffered(value) if value.operation == "contract" and call.into else None
            lines = [f"{self.name(value)} = {product or call.text()}"]
        elif is_product(value):
            lines = self._product(value, call)
        elif value.operation == "contract" and (matrices := self._calls.matrices(value)) is not None:
            lines = ["{}.dot({}, {})".format(*matrices)]
        else:
            lines = [call.text(self._view(value, "_bits", ".view(bits)") if call.bits else self.name(value))]
        equation = self.equations.get(value)
        return ["", *comment_lines(equation), *lines] if equation else lines

    def _shifted(self, value: Value, call: Call, shift: Shift) -> list[str]:
        """What is done, or not, as the numbers are large or not."""
        name, large = self.name(value), f"large_{self.name(shift.largest)}"
        if value in shift.instead:
            return [f"{name} = {call.text(self.room(value))} if {large} else {self.name(shift.instead[value])}"]
        lines = [f"if {large}:", f"    {call.text(name)}"]
        if value is shift.largest:
            flat = self._view(shift.array, "_flat", ".ravel()")
            lines = [f"{large} = not {flat}.dot({flat}) < {shift.bound!r}", *lines]
        return lines

    def room(self, value: Value) -> str:
        """The name of the buffer of a value: a name of its own if the value is not always there."""
        if all(value not in shift.instead for shift in self.shifts):
            return self.name(value)
        if value not in self._rooms:
            self._rooms[value] = self.namer.fresh(f"room {self.name(value)}")
        return self._rooms[value]

    def _product(self, value: Value, call: Call) -> list[str]:
        """A matrix product, whole, in pieces or by its transpose; `dot` would copy a piece of a transpose."""
        first, second = call.arguments
        out = self.name(value)
        rows, columns = self.shape(value)
        terms = math.prod(extent.size for label, extent in axes(value).items() if label >= value.rank)
        along = [self._ends_with_term(value, label) for label in self.order[value]]
        if is_better_turned(rows, columns, terms, ordered=all(along), single=self.single):
            turned = self.namer.fresh(f"turned {out}")
            self.setup.append(f"{turned} = aligned({columns * rows}).reshape({columns}, {rows})")
            pieces = blocks(columns, rows, terms, along=along[0])
            lines = [f"matmul({second}.T[{a}:{b}], {first}.T, {turned}[{a}:{b}])" for a, b in pieces]
            return [*(lines or [f"matmul({second}.T, {first}.T, {turned})"]), f"copyto({out}, {turned}.T)"]
        pieces = blocks(rows, columns, terms, along=along[1])
        lines = [f"matmul({first}[{a}:{b}], {second}, {out}[{a}:{b}])" for a, b in pieces]
        return lines or [call.text(out)]

    def _ends_with_term(self, value: Value, label: int) -> bool:
        """Whether in the matrix that has this axis of the product the terms of a sum lie next to one another."""
        operand = next(o for o in value.operands if label in o.labels)
        assert isinstance(operand.value, Value)
        return operand.labels[self.order[operand.value][-1]] >= value.rank

    def lined_up(self, operand: Operand, labels: Sequence[int]) -> str:
        """A view that broadcasts along these labels."""
        return self._calls.lined_up(operand, labels)

    def shape(self, value: Value) -> tuple[int, ...]:
        return tuple(value.extents[label].size for label in self.order[value])

    def _view(self, value: Value, suffix: str, expression: str) -> str:
        name = self.name(value)
        if not expression:
            return name
        if value not in self.constant or any(value in shift.instead for shift in self.shifts):
            return f"{name}{expression}"
        if (value, expression) not in self._views:
            made = self.namer.fresh(f"{name}{suffix}")
            first = self.objects.get(value, value)
            known = self._views.setdefault((first, expression), made)
            self.setup.append(f"{made} = {known if known != made else name + expression}")
            self._views[value, expression] = made
        return self._views[value, expression]

    def _ones(self, length: int, weight: float) -> str:
        if (length, weight) not in self._vectors:
            name = self.namer.fresh(f"ones {length}" if weight == 1 else f"weights {length}")
            self._vectors[length, weight] = name
            self.setup.append(f"{name} = np.full({length}, {weight!r}, DTYPE)")
        return self._vectors[length, weight]

    def _number(self, number: float) -> str:
        """A number that meets arrays: where lines are run again and again, an array without axes, made once."""
        if not self.constant:
            return _literal(number)
        if number not in self._numbers:
            self._numbers[number] = self.namer.fresh(f"number {number!r}")
            self.setup.append(f"{self._numbers[number]} = np.array({_literal(number)}, DTYPE)")
        return self._numbers[number]


def _literal(number: float) -> str:
    return "np.inf" if number == math.inf else repr(number)
