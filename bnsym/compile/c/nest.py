"""One nest as C: loops over plain arrays, every access at an offset that is known.

A value that only its own pass reads is a local variable; what one row hands from pass to pass is one too, or a
scratch row if it has inner axes; what other steps read is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bnsym.compile.c.loops import Loops, Pass
from bnsym.compile.lowering.array import Operand, Value
from bnsym.compile.planning.fuse import REDUCTIONS, operands
from bnsym.compile.planning.memory import Order

LANES = 128  # bytes of a block of lanes
FORMULAS = {
    "negative": "-{0}", "sqrt": "SQRT({0})", "exp": "EXP({0})", "log": "LOG({0})", "tanh": "TANH({0})",
    "sin": "SIN({0})", "cos": "COS({0})", "add": "({0} + {1})", "subtract": "({0} - {1})", "multiply": "({0} * {1})",
    "divide": "({0} / {1})", "power": "POW({0}, {1})", "maximum": "larger({0}, {1})", "greater": "(T)({0} > {1})",
    "logaddexp": "log_add_exp({0}, {1})", "sum": "{0}", "contract": "{0} * {1}", "maximum-over": "{0}",
}  # fmt: skip


def number(value: float) -> str:
    """A literal of the module's type."""
    return f"(T){value!r}" if value >= 0 else f"(-(T){-value!r})"


@dataclass
class Memory:
    """Where values live. `pointers` are arrays with the order of their axes: the first is the one to read."""

    order: Mapping[Value, Order]
    pointers: Mapping[Value, Sequence[tuple[str, Order]]]
    name: Callable[[Value], str]
    guard: Callable[[Value, str, Callable[[Operand], str]], str]  # what a guarded value's pointer is given


def index(place: Sequence[str], sizes: Sequence[int]) -> str:
    """The offset of an entry in an array of these sizes, outermost first."""
    terms, stride = list[str](), 1
    for variable, size in zip(reversed(place), reversed(sizes), strict=True):
        if size > 1:
            terms.append(variable if stride == 1 else f"{variable} * {stride}")
        stride *= size
    return " + ".join(reversed(terms)) or "0"


@dataclass
class NestWriter:
    """The C text of one nest. `scratch` is how many entries its rows hand from pass to pass."""

    loops: Loops
    memory: Memory
    size: int  # bytes of an entry
    scratch: int = 0
    _rows: dict[Value, int] = field(default_factory=dict)  # offsets of scratch rows
    _width: int = 1

    def lines(self) -> list[str]:
        loops = self.loops
        if not loops.outer:
            return [line for value in loops.nest.members for line in self._scalar(value)]
        length = loops.sizes[loops.outer]
        lanes = min(LANES // self.size, length) if loops.lanes else 1
        self._place_rows(lanes)
        before = [line for v in loops.nest.members if loops.is_outer_sum(v) for line in self._outer_start(v)]
        if not loops.lanes:
            hint = [] if any(step.inner for step in loops.passes) else ["IVDEP"]
            return [*before, *hint, f"for (long p = 0; p < {length}; p++) {{", *self._row("p"), "}"]
        whole, rest = divmod(length, lanes)
        made = [*before, f"for (long p = 0; p < {whole * lanes}; p += {lanes}) {{", *self._block("p", lanes), "}"]
        return [*made, "{", *self._block(str(whole * lanes), rest), "}"] if rest else made

    def is_whole(self, value: Value) -> bool:
        """Whether it is an array that is finished by the nest as a whole, in the first of its places."""
        stored = value in self.memory.pointers
        return stored and value.operation in REDUCTIONS and not self._is_row_local(value)

    # ------------------------------------------------------------ rows and passes

    def _block(self, start: str, lanes: int) -> list[str]:
        self._width = lanes
        return self._row(f"({start} + k)")

    def _row(self, outer: str) -> list[str]:
        loops, lines = self.loops, list[str]()
        if loops.lanes:
            local = [v for v in loops.nest.members if self._is_row_local(v)]
            lines += [f"T {self.memory.name(v)}[{self._width}];" for v in local]
            sums = [v for v in loops.nest.members if loops.is_outer_sum(v) and not v.rank]
            lines += [f"T {self.memory.name(v)}_lanes[{self._width}];" for v in sums]
            lines += self._across([f"{self.memory.name(v)}_lanes[k] = {self._start(v)};" for v in sums])
        for step in loops.passes:
            lines += self._pass(step, outer)
        if loops.lanes:
            lines += self._across(
                [self._accumulate(v, self.memory.name(v), f"{self.memory.name(v)}_lanes[k]") for v in sums]
            )
        return lines

    def _across(self, lines: Sequence[str]) -> list[str]:
        """Lines for each lane of a block."""
        if not lines or not self.loops.lanes:
            return list(lines)
        return ["IVDEP", f"for (long k = 0; k < {self._width}; k++) {{", *lines, "}"]

    def _pass(self, step: Pass, outer: str) -> list[str]:
        loops = self.loops
        if not step.inner:
            return self._across([line for v in step.values for line in self._entry(v, outer, {})])
        places = {variable: f"q{k}" for k, variable in enumerate(step.inner)}
        sums = [v for v in step.values if v.operation in REDUCTIONS and not loops.is_outer_sum(v)]
        lines = self._across([line for v in sums if self._is_row_local(v) for line in self._row_start(v)])
        for value in sums:
            if not self._is_row_local(value):
                kept = [v for v in step.inner if v in self._kept(value)]
                clear = f"{self._reference(value, value, outer, places)} = {self._start(value)};"
                lines += self._nested(kept, places, self._across([clear]))
        body = self._across([line for v in step.values for line in self._entry(v, outer, places)])
        lines += self._nested(step.inner, places, body)
        stores = [s for v in sums if self._is_row_local(v) for s in self._stores(v, outer, places, self._local(v))]
        return lines + self._across(stores)

    def _nested(self, inner: Sequence[str], places: Mapping[str, str], body: list[str]) -> list[str]:
        for k, variable in enumerate(reversed(inner)):
            at = places[variable]
            hint = ["IVDEP"] if k == 0 and not self.loops.lanes else []
            body = [*hint, f"for (long {at} = 0; {at} < {self.loops.sizes[variable]}; {at}++) {{", *body, "}"]
        return body

    # ------------------------------------------------------------ values

    def _kept(self, value: Value) -> set[str]:
        labels = self.loops.variables(value)
        return {labels[k] for k in range(value.rank)}

    def _is_row_local(self, value: Value) -> bool:
        """Whether it is one number for each entry of the outer axis."""
        return self._kept(value) == {self.loops.outer}

    def _local(self, value: Value) -> str:
        name = self.memory.name(value)
        return f"{name}[k]" if self.loops.lanes and self._is_row_local(value) else name

    def _place_rows(self, lanes: int) -> None:
        """Scratch for what has inner axes and is read in a later pass, and is not stored anyway."""
        loops = self.loops
        for value in loops.nest.members:
            users = [v for v in loops.nest.members if value in operands(v)]
            crosses = any(loops.number[u] != loops.number[value] for u in users)
            if crosses and not self._is_row_local(value) and value not in self.memory.pointers:
                self._rows[value] = self.scratch
                count = value.count // loops.sizes[loops.outer]
                self.scratch += count * lanes

    def _reference(self, value: Value, reader: Value, outer: str, places: Mapping[str, str]) -> str:
        """An entry of a value that has inner axes, in scratch or in memory, at the reader's own indices."""
        labels = self.loops.variables(value)
        return self._at(value, {k: labels[k] for k in range(value.rank)}, outer, places)

    def _at(self, value: Value, labels: Mapping[int, str], outer: str, places: Mapping[str, str]) -> str:
        loops = self.loops
        if value in self._rows:
            inner = [k for k in self.memory.order[value] if labels[k] != loops.outer]
            place = [places[labels[k]] for k in inner]
            sizes = [value.extents[k].size for k in inner]
            if loops.lanes:
                place, sizes = [*place, "k"], [*sizes, self._width]
            return f"scratch[{self._rows[value]} + {index(place, sizes)}]"
        pointer, order = self.memory.pointers[value][0]
        place = [outer if labels[k] == loops.outer else places[labels[k]] for k in order]
        return f"{pointer}[{index(place, [value.extents[k].size for k in order])}]"

    def operand(self, reader: Value, operand: Operand, outer: str, places: Mapping[str, str]) -> str:
        """An operand of a member, as C."""
        value = operand.value
        if not isinstance(value, Value):
            return number(value)
        if value.operation == "constant":
            return self.operand(reader, value.operands[0], outer, places)
        found = self.loops.variables(reader)
        labels = {k: found[label] for k, label in enumerate(operand.labels)}
        if value.operation == "eye":
            left, right = (outer if v == self.loops.outer else places[v] for v in labels.values())
            return f"(T)({left} == {right})"
        if not value.rank:
            return self.memory.name(value)
        if value in self.loops.number:
            same = self.loops.number[value] == self.loops.number[reader]
            if self._is_row_local(value) or (same and value.operation not in REDUCTIONS):
                return self._local(value)
        return self._at(value, labels, outer, places)

    def _expression(self, value: Value, outer: str, places: Mapping[str, str]) -> str:
        arguments = [self.operand(value, o, outer, places) for o in value.operands]
        return FORMULAS[value.operation].format(*arguments)

    def _entry(self, value: Value, outer: str, places: Mapping[str, str]) -> list[str]:
        """One entry of a value, or what it adds to a sum."""
        expression = self._expression(value, outer, places)
        if value.operation in REDUCTIONS:
            if self._is_row_local(value):
                target = self._local(value)
            elif value.rank:
                target = self._reference(value, value, outer, places)
            else:
                target = f"{self.memory.name(value)}_lanes[k]" if self.loops.lanes else self.memory.name(value)
            return [self._accumulate(value, target, expression)]
        declared = "" if self.loops.lanes and self._is_row_local(value) else "const T "
        lines = [f"{declared}{self._local(value)} = {expression};"]
        if value in self._rows:
            lines.append(f"{self._reference(value, value, outer, places)} = {self._local(value)};")
        return lines + self._stores(value, outer, places, self._local(value))

    def _stores(self, value: Value, outer: str, places: Mapping[str, str], text: str) -> list[str]:
        labels = self.loops.variables(value)
        lines = []
        for pointer, order in self.memory.pointers.get(value, ()):
            place = [outer if labels[k] == self.loops.outer else places[labels[k]] for k in order]
            entry = f"{pointer}[{index(place, [value.extents[k].size for k in order])}]"
            checked = self.memory.guard(value, pointer, lambda o: self.operand(value, o, outer, places))
            lines.append(f"{entry} = {checked.format(text)};")
        return lines

    # ------------------------------------------------------------ reductions

    def _start(self, value: Value) -> str:
        return "-INFINITY" if value.operation == "maximum-over" else "0"

    def _accumulate(self, value: Value, target: str, expression: str) -> str:
        if value.operation == "maximum-over":
            return f"{target} = larger({expression}, {target});"
        return f"{target} += {expression};"

    def _row_start(self, value: Value) -> Iterable[str]:
        declared = "" if self.loops.lanes else "T "
        yield f"{declared}{self._local(value)} = {self._start(value)};"

    def _outer_start(self, value: Value) -> list[str]:
        """Sums over the outer axis start before it does."""
        if not value.rank:
            return [f"{self.memory.name(value)} = {self._start(value)};"]
        pointer, _ = self.memory.pointers[value][0]
        return [f"for (long i = 0; i < {value.count}; i++) {pointer}[i] = {self._start(value)};"]

    def _scalar(self, value: Value) -> list[str]:
        name = self.memory.name(value)
        return [f"{name} = {self._expression(value, '', {})};"]
