"""A plan as a C file: nests of loops, matrix products, and the update of the parameters.

The file has `step` and `evaluate`, which take NumPy arrays through Python's buffer interface and check them, and
need nothing but a C compiler. Identifiers are generated (see `names`), what a document says occurs in
comments alone.

With plain SGD the gradient of a matrix goes from its product straight into the parameters: the last thing that a
step does, once it is known to be finite (an entry is at most the product of the operands' norms, which are had
while they are computed; if that is too large to tell, the gradient is computed by itself and looked at).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from bnsym.compile.c.arena import LINE, arena
from bnsym.compile.c.loops import loops
from bnsym.compile.c.nest import Memory, NestWriter, index, number
from bnsym.compile.c.product import INLINE, TALLEST, WRITTEN, Shape, product_text
from bnsym.compile.c.template import ENTRY, HEAD, RUN
from bnsym.compile.lowering.arithmetic import GIVEN
from bnsym.compile.lowering.array import Operand, Reference, Value
from bnsym.compile.lowering.spread import spread
from bnsym.compile.names import Namer, block_comment
from bnsym.compile.optimizer import Optimizer
from bnsym.compile.planning.fuse import Nest, Product, fuse, is_product, operands
from bnsym.compile.planning.matrices import matrices
from bnsym.compile.planning.memory import Order, natural
from bnsym.compile.planning.naming import ValueNames
from bnsym.compile.planning.outline import Step, outline
from bnsym.compile.planning.placement import Place, Placement
from bnsym.compile.planning.plan import Plan
from bnsym.language.expression import Axis, Index

TAKEN = (
    "parameters", "averages", "moments", "gradient", "batch", "guard", "work", "scratch", "inputs", "targets", "scale",
    "direct", "state", "cost", "rate", "time", "bad", "product", "larger", "infinite", "run", "apply", "average",
    "take", "call", "step", "evaluate", "update", "setup", "acquire", "release", "forget", "multiply", "pack", "turn",
    "as_double", "occurred", "as_object", "as_pointer", "numbers", "methods", "pack_first", "pack_second",
    "view", "ranks", "shapes", "tiles", "rows", "columns", "narrow_rows", "narrow_columns",
    *(f"{kind}_{k}" for kind in ("rows", "columns", "narrow_rows", "narrow_columns") for k in range(1, TALLEST + 1)),
    "p", "k", "i", "j", "g", "v",
    *(f"q{k}" for k in range(8)), "auto", "case", "char", "const", "default", "do", "double", "enum", "extern", "float",
    "goto", "inline", "int", "long", "register", "restrict", "short", "signed", "sizeof", "static", "struct", "switch",
    "typedef", "union", "unsigned", "void", "volatile", "exp", "log", "sqrt", "tanh", "sin", "cos", "pow",
)  # fmt: skip


def emit(
    plan: Plan, dtype: str, optimizer: Optimizer, origin: Sequence[str], *, data_last: bool
) -> tuple[str, tuple[Step, ...], int]:
    """The C text, its steps, and how many entries of work space it needs.

    `data_last` says whether the samples are the last axis of arrays in memory.
    """
    step = _Step(plan, dtype, optimizer.fused, data_last)
    single = dtype == "float32"
    head = HEAD.format(
        origin="\n".join(block_comment(line) for line in origin),
        real="float" if single else "double",
        prefix="FLT" if single else "DBL",
        suffix="f" if single else "",
        mask="int32_t" if single else "int64_t",
        inline=INLINE,
        written=WRITTEN,
    )
    run = RUN.format(
        given="".join(f"const T *{name}, " for name in plan.arguments),
        pointers=_indented(step.pointer_lines),
        scalars=f"T {', '.join(dict.fromkeys(step.scalars))};",
        steps=_indented(step.body),
        guards=sum(size for _, size in step.placement.guards),
        finals=_indented(step.finals),
    )
    entry = ENTRY.format(
        update=optimizer.text.format(count=sum(p.entries for p in step.placement.gradients.values())),
        averaged=sum(p.entries for p in step.averaged),
        format="f" if single else "d",
        count=len(plan.arguments),
        ranks=", ".join(str(len(plan.shape(name))) for name in plan.arguments) or "0",
        shapes=", ".join(str(size) for name in plan.arguments for size in plan.shape(name)) or "0",
        buffers="".join(f"view[{k}].buffer, " for k in range(len(plan.arguments))),
        scale=optimizer.scale,
        fused=int(optimizer.fused),
        parameters=sum(p.entries for p in step.placement.gradients.values()),
    )
    return head + product_text(step.products, np.dtype(dtype).itemsize) + run + entry, step.outline(), step.work


def _indented(lines: Sequence[str]) -> str:
    """Lines of C inside a function, by their braces."""
    depth, result = 1, []
    for line in lines:
        depth -= line.startswith("}")
        result.append(f"{'    ' * depth}{line}".rstrip())
        depth += line.endswith("{")
    return "\n".join(result).strip()


class _Step:
    """The inside of `run`."""

    def __init__(self, plan: Plan, dtype: str, fused: bool, data_last: bool) -> None:
        self._plan, self._dtype, self._fused = plan, dtype, fused
        self.placement = Placement.of(plan, fuse=False)
        self.averaged = [
            p for p in (*self.placement.home.values(), *(c for _, c in self.placement.copies)) if p.vector == "batch"
        ]
        self.pointer_lines: list[str] = []
        self.scalars: list[str] = ["cost"]
        self.body: list[str] = []
        self.finals: list[str] = []
        values = list(self.placement.planned.values)
        self._bounds = self._norms(values)
        values += [n for pair in self._bounds.values() for n in pair if n not in values]
        values = list(dict.fromkeys(values))
        self._order = {v: self.placement.fixed.get(v) or natural(v, data_last) for v in values}
        self._steps = fuse(values, lambda value: matrices(value, self._order) is not None)
        self._loops = {s: loops(s, self._order) for s in self._steps if isinstance(s, Nest)}
        namer = Namer((*TAKEN, *plan.arguments))
        self._names = ValueNames(namer, plan.arithmetic.names, {plan.cost.value: "cost"})
        self._pointers: dict[Value, list[tuple[str, Order]]] = {}
        self._guards: set[str] = set()
        self._packing = 0
        self.products: list[Shape] = []
        self._spread: list[tuple[Value, Place]] = []
        self._place(values, namer)
        self._write()

    def outline(self) -> tuple[Step, ...]:
        """The steps, for who wants to read them."""
        size = np.dtype(self._dtype).itemsize
        groups = [step.members for step in self._steps]
        return outline(groups, self.placement.kept, self._names.name, self._plan.equations, size)

    # ------------------------------------------------------------ what is kept where

    def _norms(self, values: Sequence[Value]) -> dict[Value, tuple[Value, Value]]:
        """The gradients that are matrix products and nothing else, with the squared norms of their operands."""
        used = {o for v in values for o in operands(v)} | {v for v, _ in self.placement.copies}
        found = {}
        for value, place in self.placement.home.items():
            if place.vector == "gradient" and is_product(value) and value not in used:
                first, second = (self._norm(o) for o in operands(value))
                found[value] = (first, second)
        return found

    def _norm(self, value: Value) -> Value:
        over = [Index(f"n{k}", Axis(extent.key)) for k, extent in enumerate(value.extents)]
        reference = Reference(value, tuple(over))
        return self._plan.arithmetic.builder.reduce("contract", reference, reference, over=over).value

    def _place(self, values: Sequence[Value], namer: Namer) -> None:
        placement = self.placement
        for value in values:
            if value.operation == "leaf" and value not in placement.leaves:
                self._names.names[value] = value.name
            elif not value.rank and value.operation != "constant":
                self.scalars.append(self._names.name(value))
        for value, place in placement.leaves.items():
            self._pointers[value] = [self._pointer(namer, place.title, f"{place.vector} + {place.offset}", place.order)]
        for value in values:
            if value.operation == "leaf" and value.rank and value not in placement.leaves:
                self._pointers[value] = [(value.name, self._order[value])]
        further = [(v, p) for v, p in placement.guarded.items() if placement.home[v] != p]
        for value, place in (*placement.home.items(), *further, *placement.copies):
            if value.operation not in GIVEN and value.rank and set(place.order) == set(range(value.rank)):
                self._point(namer, value, place)
            else:
                self._spread.append((value, place))
        placed = set(self._pointers)
        memory = arena(self._steps, self._loops, self._order, placed, self._until())
        self.work = memory.scratch
        for value, offset in memory.offsets.items():
            name = self._names.name(value)
            self._pointers[value] = [self._pointer(namer, f"at {name}", f"work + {offset}", self._order[value])]

    def _until(self) -> dict[Value, int]:
        """The last steps that read arrays without computing with them."""
        end = len(self._steps)
        until = {o: end for value in self._bounds for o in operands(value)} | {v: end for v, _ in self._spread}
        at = {value: k for k, step in enumerate(self._steps) for value in step.members}
        for value in self.placement.guarded:
            found = spread(value)
            if found is not None and found.centre in at:
                until[found.centre] = max(until.get(found.centre, 0), at[value])
        return until

    def _point(self, namer: Namer, value: Value, place: Place) -> None:
        start = f"{place.vector} + {place.offset}"
        pointer = self._pointer(namer, f"at {place.vector} {self._names.name(value)}", start, place.order)
        self._pointers.setdefault(value, []).append(pointer)
        if place.vector == "guard":
            self._guards.add(pointer[0])

    def _pointer(self, namer: Namer, title: str, start: str, order: Order) -> tuple[str, Order]:
        name = namer.fresh(title)
        self.pointer_lines.append(f"T *const {name} = {start};")
        return name, order

    # ------------------------------------------------------------ text

    def _write(self) -> None:
        memory = Memory(self._order, self._pointers, self._names.name, self._checked)
        size = np.dtype(self._dtype).itemsize
        scratch = 0
        for step in self._steps:
            equations = [self._plan.equations[v] for v in step.members if v in self._plan.equations]
            self.body += ["", *map(block_comment, equations)] if equations else []
            if isinstance(step, Product):
                if step.value not in self._bounds:
                    self.body += [self._product(step.value), *self._further(step.value)]
                continue
            writer = NestWriter(self._loops[step], memory, size)
            lines = writer.lines()
            scratch = max(scratch, writer.scratch)
            self.body += ["{", *lines, "}"] if self._loops[step].outer else lines
            for value in step.members:
                if writer.is_whole(value):
                    self.body += self._further(value)
        self.pointer_lines.append(f"T *const scratch = work + {self.work};")
        self.work += -(-scratch // LINE) * LINE
        for value, place in self._spread:
            start = f"({place.vector} + {place.offset})"
            self.body += self._copy(value, start, place.order, place.shape)
        for place, factor in self.placement.multiples:
            fill = f"{place.vector}[{place.offset} + i] = {number(factor)} * scale;"
            self.body.append(f"for (long i = 0; i < {place.entries}; i++) {fill}")
        self._write_finals()
        self.pointer_lines.append(f"T *const pack = work + {self.work};")
        self.work += self._packing

    def _write_finals(self) -> None:
        """The update, where it is a subtraction; the gradients that are products go where they belong."""
        direct = {self.placement.home[value] for value in self._bounds}
        apart = [p for p in self.placement.gradients.values() if p not in direct]
        if self._fused:
            self.finals.append("if (direct) {")
            for norms in self._bounds.values():
                first, second = (self._names.name(n) for n in norms)
                bound = f"sqrt((double){first}) * sqrt((double){second})"
                self.finals.append(f"if (!({bound} <= HUGE_ONE / 4)) return UNSURE;")
            ranges = [(p.offset, p.offset + p.entries) for p in apart]
            self.finals += [f"if (infinite(gradient, {start}, {end})) return INFINITE;" for start, end in ranges]
            line = "for (long i = {0}; i < {1}; i++) parameters[i] -= gradient[i];"
            self.finals += [line.format(start, end) for start, end in ranges]
            self.finals.append("}")
        for value in self._bounds:
            offset = self.placement.home[value].offset
            into = f"(direct ? parameters : gradient) + {offset}"
            self.finals.append(self._product(value, into, "direct ? -1 : 1", "direct ? 1 : 0"))

    def _checked(self, value: Value, pointer: str, operand: Callable[[Operand], str]) -> str:
        """What is stored of a value: nothing, in the place that is checked, if it is nothing but rounding."""
        found = spread(value) if pointer in self._guards else None
        if found is None:
            return "{0}"
        centre = operand(Operand(found.centre, found.labels))
        floor = found.floor(float(np.finfo(self._dtype).eps))
        return f"{{0}} < {number(floor)} * {centre} * {centre} ? 0 : {{0}}"

    def _further(self, value: Value) -> list[str]:
        """The other places of a value that was computed as a whole array."""
        shape = [extent.size for extent in value.extents]
        others = self._pointers[value][1:]
        return [line for p, order in others for line in self._copy(value, p, order, [shape[k] for k in order])]

    def _copy(self, value: Value, target: str, order: Order, shape: Sequence[int]) -> list[str]:
        """Loops that write a value into an array whose axes have these labels."""
        places = {label: f"q{k}" for k, label in enumerate(order)}
        source = self._whole(Operand(value, tuple(range(value.rank))), places)
        checked = self._checked(value, target, lambda o: self._whole(o, places)).format(source)
        lines = [f"{target}[{index([places[k] for k in order], shape)}] = {checked};"]
        for label, size in zip(reversed(order), reversed(shape), strict=True):
            at = places[label]
            lines = [f"for (long {at} = 0; {at} < {size}; {at}++) {{", *lines, "}"]
        return lines

    def _whole(self, operand: Operand, places: Mapping[int, str]) -> str:
        """An entry of an operand that is not part of a nest."""
        value = operand.value
        assert isinstance(value, Value)
        if value.operation == "eye":
            return f"(T)({' == '.join(places[label] for label in operand.labels)})"
        if value.operation == "constant":
            constant = value.operands[0].value
            assert isinstance(constant, float)
            return number(constant)
        if not value.rank:
            return self._names.name(value)
        pointer, order = self._pointers[value][0]
        return f"{pointer}[{index([places[operand.labels[k]] for k in order], [value.extents[k].size for k in order])}]"

    # ------------------------------------------------------------ products

    def _product(self, value: Value, into: str = "", alpha: str = "1", add: str = "0") -> str:
        target, _ = self._pointers[value][0]
        found = matrices(value, {v: self._pointers[v][0][1] for v in (value, *operands(value))})
        assert found is not None
        shape = Shape(found.m, found.n, found.k, found.first_turned, found.second_turned)
        self.products.append(shape)
        self._packing = max(self._packing, shape.packing(np.dtype(self._dtype).itemsize))
        left, right = self._matrix(found.first, found.first_turned), self._matrix(found.second, found.second_turned)
        return f"product({shape.m}, {shape.n}, {shape.k}, {alpha}, {left}, {right}, {add}, {into or target}, pack);"

    def _matrix(self, operand: Operand, turned: bool) -> str:
        """A factor, and whether it is transposed."""
        assert isinstance(operand.value, Value)
        return f"{self._pointers[operand.value][0][0]}, {int(turned)}"
