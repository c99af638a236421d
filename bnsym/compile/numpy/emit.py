"""A plan as a Python module that needs NumPy alone.

The module has `bind`, which allocates every buffer once and returns the training step as straight-line code on
them, and `predict`. Each line is one NumPy call; comments name the equations. Identifiers are the emitter's own
(see `names`): nothing of a document's text is code.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

import numpy as np

from bnsym.compile.lowering.arithmetic import GIVEN
from bnsym.compile.lowering.array import Operand, Reference, Value
from bnsym.compile.lowering.spread import spread
from bnsym.compile.names import Namer, comment
from bnsym.compile.numpy.body import CONSTANT, Body, constant
from bnsym.compile.numpy.masks import masks
from bnsym.compile.numpy.rows import buffer_size
from bnsym.compile.numpy.shift import shifts
from bnsym.compile.numpy.template import (
    AVERAGE,
    CHECK,
    CLIP,
    EVALUATE,
    FITS,
    FUNCTION,
    HEAD,
    NARROW,
    NETWORK,
    POSITIVE,
    PREDICT,
    PROBABILITIES,
    STEP,
    UNDONE,
)
from bnsym.compile.optimizer import Optimizer
from bnsym.compile.planning.layout import LINE, gap, samples_first
from bnsym.compile.planning.memory import Slot, allocate, orders
from bnsym.compile.planning.outline import Form, Step, outline
from bnsym.compile.planning.placement import Place, Placement
from bnsym.compile.planning.plan import INPUT_NAME, SCALE_NAME, TARGET_NAME, Plan
from bnsym.compile.planning.schedule import delayed, schedule

APART = 4  # lines of the cache between buffers
FUNCTIONS = (
    "add", "copyto", "cos", "divide", "dot", "einsum", "errstate", "exp", "greater", "log", "logaddexp", "matmul",
    "maximum", "minimum", "multiply", "negative", "power", "setbufsize", "sign", "sin", "sqrt", "subtract", "tanh",
    "vdot", "vecdot",
)  # fmt: skip
TAKEN = (
    *FUNCTIONS, "clip", INPUT_NAME, TARGET_NAME, SCALE_NAME, "np", "parameters", "gradient", "moments", "averages",
    "batch", "checked", "guard", "scratch", "rate", "time", "cost", "step", "evaluate", "bind", "predict",
    "probabilities", "first", "second", "isfinite", "initial", "check", "refuse", "finite", "views", "tiny", "weight",
    "dtype", "update", "apply", "bits", "aligned", "room",
)  # fmt: skip


def emit(
    plan: Plan, dtype: str, optimizer: Optimizer, origin: Sequence[str]
) -> tuple[str, tuple[Step, ...], tuple[Form, ...]]:
    """The module's source, its steps, and their forms.

    `origin` is what the header says of where it comes from, line by line.
    """
    training = _Training(plan, dtype)
    update = [*optimizer.lines, *(AVERAGE if plan.statistics else ())]
    prepare = "" if optimizer.scale == "1.0" else f"        multiply(gradient, {optimizer.scale}, gradient)\n"
    lines = "\n".join(f"        {line}" for line in update)
    names = "".join(f"{name}, " for name in plan.arguments)
    step = STEP.format(names=names, scale=optimizer.scale, prepare=prepare, lines=lines)
    if "scratch" in step:
        training.setup.append("scratch = np.empty_like(parameters)")
    code = (
        "\n".join(f"    {line}".rstrip() for line in training.setup)
        + "\n"
        + EVALUATE.format(
            names=names,
            undone=UNDONE if training.buffer else "",
            fits=_fits(plan, training.placement) if plan.arguments else "",
            narrow=NARROW.format(size=training.buffer) if training.buffer else "",
        )
        + "\n".join(f"        {line}".rstrip() for line in training.body)
        + "\n"
        + CHECK.format(
            names=", ".join(plan.arguments),
            positive="" if training.placement.bounded(float(np.finfo(dtype).tiny)) else POSITIVE,
        )
        + step
        + (_predicting(plan, plan.prediction, PREDICT) if plan.prediction else "")
        + (_predicting(plan, plan.probability, PROBABILITIES) if plan.probability else "")
    )
    called = {*re.findall(r"(?<![.\w])(\w+)[(.]", code)}
    used = [f for f in FUNCTIONS if f in called]
    head = HEAD.format(
        about=NETWORK if plan.prediction else FUNCTION,
        origin="\n".join(f"# {comment(line)}" for line in origin),
        imports=",\n    ".join(used),
        clip=CLIP if "clip(" in code else "",
        dtype=dtype,
        batch=next((e.size for e in plan.network.extents.values() if e.data), 1),
        arguments=_table({word: plan.shape(name) for name, word in plan.arguments.items()}),
        shapes=_table({p.name: p.shape for p in plan.network.parameters}),
        starts=_table({p.name: (p.spread, p.start) for p in plan.network.parameters}),
        averages=_table({f"{k}: {comment(s.name)}": s.shape for k, s in enumerate(plan.statistics)}),
        averaged=sum(math.prod(s.shape) for s in plan.statistics),
        moments=optimizer.moments,
        guards="".join(f"    ({comment(name)!r}, {size}),\n" for name, size in training.placement.guards),
        guarded=max(1, sum(size for _, size in training.placement.guards)),
    )
    return head + code, training.steps, training.forms


def _fits(plan: Plan, placement: Placement) -> str:
    """The test of what is given; that a target is not finite shows in the cost, which is linear in it."""
    looked_at = [name for name in plan.arguments if name != TARGET_NAME and not placement.shows(name)]
    finite = "".join(f" and isfinite(vdot({name}, {name}))" for name in looked_at)
    return FITS.format(
        shaped=" and ".join(f"{name}.shape == {plan.shape(name)}" for name in plan.arguments),
        typed=" == ".join(f"{name}.dtype" for name in plan.arguments),
        fine=f"(fits{finite})" if finite else "fits",
        names=", ".join(plan.arguments),
    )


def _part(offset: int, shape: Sequence[int], whole: int = -1) -> str:
    """The code that takes an array out of a flat one of `whole` entries."""
    end = offset + math.prod(shape)
    cut = "" if (offset, end) == (0, whole) else f"[{offset}:{end}]"
    return cut if len(shape) == 1 else f"{cut}.reshape{tuple(shape)!r}"


def _rooms(slots: Sequence[Slot], itemsize: int) -> Iterator[str]:
    """The lines that take buffers out of one array, each from the start of a line of the cache.

    One large array lies on large pages; what lies whole pages apart would meet in the caches.
    """
    line, offset, parts = LINE // itemsize, 0, []
    for slot in slots:
        parts.append(f"buffer_{slot.number} = room[{offset}:{offset + slot.entries}]")
        offset += (-(-slot.entries // line) + APART) * line
    yield from (f"room = aligned({offset})", *parts) if slots else ()


def _matrix(shape: Sequence[int], gap: int, whole: int) -> str:
    """The code that takes an array with so many entries between its rows out of a flat one."""
    if not gap:
        return _part(0, shape, whole)
    rows, columns = shape
    return f"{_part(0, (rows, columns + gap), whole)}[:, :{columns}]"


def _table(entries: dict) -> str:
    return "".join(f"    {key!r}: {value!r},\n" for key, value in entries.items())


class _Training:
    """The inside of `bind`: `setup` allocates, `body` computes the cost and then the gradient."""

    def __init__(self, plan: Plan, dtype: str) -> None:
        self.plan = plan
        self.placement = Placement.of(plan)
        self._dtype = dtype
        self.setup: list[str] = []
        self.body: list[str] = []
        self._namer = Namer((*TAKEN, *plan.arguments))
        self._names: dict[Place, str] = {}
        planned = delayed(self.placement.planned)
        whole = masks(planned)
        self._name_places()
        given = {v: self._names[p] for v, p in (*self.placement.leaves.items(), *self.placement.home.items())}
        arguments = {v for v in planned.values if v.operation == "leaf" and v not in self.placement.leaves}
        given |= {v: v.name for v in arguments}
        first = samples_first(planned.values, np.dtype(dtype).itemsize)
        order = orders(planned, self.placement.fixed, data_last=lambda value: value not in first)
        single = dtype == "float32"
        body = Body(
            planned, order, self._namer, given, plan.arithmetic.names, plan.equations, single=single, masks=whole
        )
        body.names.setdefault(plan.cost.value, "cost")
        body.constant = {v for v in planned.values if v.rank and v not in arguments}
        placed = {*self.placement.kept, *self.placement.home, *self.placement.guarded}
        body.shifts = list(shifts(planned, order, placed, np.dtype(dtype).itemsize))
        self.buffer = buffer_size(planned.values, order, np.dtype(dtype).itemsize)
        self._buffers(body, set(given))
        if whole:
            self.setup.append(f"bits = np.int{8 * np.dtype(dtype).itemsize}")
        self._write(body)
        groups = [[planned.made_by(v)] for v in planned.values if v.operation not in GIVEN]
        shown = {planned.made_by(v): body.name(v) for v in planned.values}
        equations = {planned.made_by(v): text for v, text in plan.equations.items()}
        kept = {planned.made_by(v) for v in self.placement.kept}
        self.forms = tuple(
            Form(c.what, tuple(shown[v] for v in c.values if v in shown), c.own, c.other, c.made)
            for c in plan.choices
            if shown.keys() & set(c.values)
        )
        self.steps = outline(groups, kept, lambda v: shown[v], equations, np.dtype(dtype).itemsize)

    def _name_places(self) -> None:
        """Views of the flat vectors."""
        placement = self.placement
        self.setup += ["", "# the parameters and their gradients"]
        leaves = {place.title: place for place in placement.leaves.values()}
        for name, place in placement.gradients.items():
            if name in leaves:
                self._view(leaves[name], name)
            self._view(place, place.title)
        places = [*placement.home.values(), *(place for _, place in placement.copies), *placement.guarded.values()]
        for vector, title in (("batch", "what predictions average"), ("guard", "what has to be positive")):
            found = sorted({p for p in places if p.vector == vector}, key=lambda p: p.offset)
            self.setup += ["", f"# {title}"] if found or vector == "guard" else []
            for place in found:
                self._view(place, place.title if vector == "batch" else f"guard {place.title}")

    def _view(self, place: Place, title: str) -> None:
        self._names[place] = self._namer.fresh(title)
        self.setup.append(f"{self._names[place]} = {place.vector}{_part(place.offset, place.shape)}")

    def _guard_lines(self, body: Body, value: Value) -> list[str]:
        """What follows the line of a value that has to be positive."""
        if value not in self.placement.guarded:
            return []
        place = self._names[self.placement.guarded[value]]
        axes, found = tuple(range(value.rank)), spread(value)
        lines = [] if body.name(value) == place else [f"copyto({place}, {body.lined_up(Operand(value, axes), axes)})"]
        if found is not None:
            centre = body.lined_up(Operand(found.centre, found.labels), axes)
            floor = found.floor(float(np.finfo(self._dtype).eps))
            lines += [
                "# within rounding of nothing",
                f"copyto({place}, 0.0, where={place} < {floor!r} * {centre}**2)",
            ]
        return lines

    def _buffers(self, body: Body, placed: set[Value]) -> None:
        held = {found.centre: value for value in self.placement.guarded if (found := spread(value)) is not None}
        for value in body.planned.values:
            read = {o.value for o in body.planned.operands(value)}
            held |= {o: value for shift in body.shifts for v, o in shift.instead.items() if v in read}
        gaps = {v: gap(body.shape(v), np.dtype(self._dtype).itemsize) for v in body.planned.values}
        room = {v: k * body.shape(v)[0] for v, k in gaps.items() if k}
        allocation = allocate(body.planned, body.order, placed, self.placement.kept, held, room)
        self.setup += ["", "# buffers, and what is in them, one after the other"]
        self.setup += _rooms(allocation.slots, np.dtype(self._dtype).itemsize)
        # What lies in one place is one object: NumPy sees at once that it is, and else looks for overlaps.
        first: dict[tuple[int, tuple[int, ...]], Value] = {}
        for value, slot in allocation.places.items():
            shape = body.shape(value)
            known = first.setdefault((slot.number, shape), value)
            view = f"buffer_{slot.number}{_matrix(shape, gaps[value], slot.entries)}"
            self.setup.append(f"{body.room(value)} = {view if known is value else body.room(known)}")
            body.objects[value] = known
            if gaps[value]:
                body.apart.add(value)
        for value in body.planned.values:
            if value.operation in CONSTANT:
                self.setup.append(f"{body.name(value)} = {constant(value)}")

    def _write(self, body: Body) -> None:
        self.setup += ["", "# views and constants"]
        body.setup = self.setup
        body.box()
        for value in body.planned.values:
            self.body += [*body.line(value), *self._guard_lines(body, value)]
        for value, place in self.placement.copies:
            source = body.lined_up(Operand(value, tuple(range(value.rank))), place.order)
            self.body.append(f"copyto({self._names[place]}, {source})")
        for place, number in self.placement.multiples:
            self.body.append(f"{self._names[place]}.fill({number!r} * scale)")


def _predicting(plan: Plan, wanted: Reference, head: str) -> str:
    """A function from inputs to one value."""
    planned = schedule([wanted.value])
    values = planned.values
    body = Body(planned, orders(planned, {}), Namer(TAKEN), {}, plan.arithmetic.names, {})
    lines = []
    offset = 0
    for parameter in plan.network.parameters:
        end = offset + math.prod(parameter.shape)
        leaf = next((v for v in values if v.name == parameter.name), None)
        if leaf is not None:
            lines.append(f"{body.name(leaf)} = parameters{_part(offset, parameter.shape)}")
        offset = end
    offset = 0
    for statistic in plan.statistics:
        end = offset + math.prod(statistic.shape)
        if statistic.leaf in values:
            body.names[statistic.leaf] = body.namer.fresh(f"average {statistic.name}")
            lines.append(f"{body.names[statistic.leaf]} = averages{_part(offset, statistic.shape)}")
        offset = end
    for value in values:
        if value.name == INPUT_NAME:
            body.names[value] = INPUT_NAME
        lines += body.line(value)
    result = "\n".join(f"    {line}" for line in (*body.setup, *lines, f"return {body.name(wanted.value)}"))
    return f"{head}{result}\n"
