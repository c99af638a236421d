"""A plan as a Python module that needs NumPy alone.

The module has `bind`, which allocates every buffer once and returns the training step as straight-line code on
them, and `predict`. Each line is one NumPy call; comments name the equations. Identifiers are the emitter's own
(see `names`): nothing of a document's text is code.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from bnsym.compile.array import Operand, Reference, Value
from bnsym.compile.body import Body
from bnsym.compile.memory import Order, allocate, orders
from bnsym.compile.names import Namer, comment
from bnsym.compile.optimizer import Optimizer
from bnsym.compile.plan import INPUT_NAME, SCALE_NAME, TARGET_NAME, Plan
from bnsym.compile.schedule import schedule
from bnsym.compile.spread import spread
from bnsym.compile.template import AVERAGE, CHECK, EVALUATE, HEAD, PREDICT, PROBABILITIES, STEP

FUNCTIONS = (
    "add", "copyto", "cos", "divide", "dot", "einsum", "exp", "greater", "log", "logaddexp", "maximum", "minimum",
    "multiply", "negative", "power", "sin", "sqrt", "subtract", "tanh", "vdot", "vecdot",
)  # fmt: skip
TAKEN = (
    *FUNCTIONS, INPUT_NAME, TARGET_NAME, SCALE_NAME, "np", "parameters", "gradient", "moments", "averages", "batch",
    "guard", "scratch", "rate", "time", "cost", "step", "evaluate", "bind", "predict", "probabilities", "first",
    "second", "isfinite", "initial", "refuse", "views", "tiny", "huge", "update", "apply",
)  # fmt: skip

Copy = tuple[Value, tuple[int, ...], str]  # a value, the labels of the axes of where it goes, and its name


def emit(plan: Plan, dtype: str, optimizer: Optimizer, origin: Sequence[str]) -> str:
    """The module's source. `origin` is what the header says of where it comes from, one comment a line."""
    training = _Training(plan, dtype)
    update = [*optimizer.lines, *(AVERAGE if plan.statistics else ())]
    prepare = "" if optimizer.scale == "1.0" else f"        multiply(gradient, {optimizer.scale}, out=gradient)\n"
    lines = "\n".join(f"        {line}" for line in update)
    step = STEP.format(scale=optimizer.scale, prepare=prepare, lines=lines)
    if "scratch" in step:
        training.setup.append("scratch = np.empty_like(parameters)")
    code = (
        "\n".join(f"    {line}".rstrip() for line in training.setup)
        + "\n"
        + EVALUATE
        + "\n".join(f"        {line}".rstrip() for line in training.body)
        + "\n        return cost\n"
        + step
        + _predicting(plan, plan.prediction, PREDICT)
        + (_predicting(plan, plan.probability, PROBABILITIES) if plan.probability else "")
    )
    used = [f for f in FUNCTIONS if re.search(rf"(?<![.\w]){f}[(.]", code)]
    head = HEAD.format(
        module="step",
        origin="\n".join(f"# {comment(line)}" for line in origin),
        imports=",\n    ".join(used),
        dtype=dtype,
        batch=next(e.size for e in plan.network.extents.values() if e.data),
        shapes=_table({p.name: p.shape for p in plan.network.parameters}),
        starts=_table({p.name: (p.spread, p.start) for p in plan.network.parameters}),
        averages=_table({f"{k}: {comment(s.name)}": s.shape for k, s in enumerate(plan.statistics)}),
        averaged=sum(math.prod(s.shape) for s in plan.statistics),
        moments=optimizer.moments,
        guards="".join(f"    ({comment(name)!r}, {size}),\n" for name, size in training.guards),
        guarded=max(1, sum(size for _, size in training.guards)),
    )
    return head + code


def _part(offset: int, shape: Sequence[int], whole: int = -1) -> str:
    """The code that takes an array out of a flat one of `whole` entries."""
    end = offset + math.prod(shape)
    cut = "" if (offset, end) == (0, whole) else f"[{offset}:{end}]"
    return cut if len(shape) == 1 else f"{cut}.reshape{tuple(shape)!r}"


def _table(entries: dict) -> str:
    return "".join(f"    {key!r}: {value!r},\n" for key, value in entries.items())


class _Training:
    """The inside of `bind`: `setup` allocates, `body` computes the cost and then the gradient."""

    def __init__(self, plan: Plan, dtype: str) -> None:
        self.plan = plan
        self._dtype = dtype
        self.setup: list[str] = []
        self.body: list[str] = []
        self.guards: list[tuple[str, int]] = []
        self._namer = Namer(TAKEN)
        self._given: dict[Value, str] = {}
        self._fixed: dict[Value, Order] = {}
        self._after: list[str] = []
        self._guard_places: dict[Value, str] = {}
        gradients = {n: plan.arithmetic.array(m) for n, (m, _) in plan.outputs.items() if m.factors}
        kept = {plan.cost.value, *(s.value for s in plan.statistics), *(r.value for r in gradients.values())}
        planned = schedule(kept, plan.arithmetic.guarded)
        values = planned.values
        copies = self._place_parameters(values, gradients)
        copies += self._place_statistics()
        self._place_guards([v for v in values if v.number <= plan.cost.value.number])
        order = orders(planned, self._fixed)
        for value in values:
            if value.operation == "leaf" and value.name in (INPUT_NAME, TARGET_NAME, SCALE_NAME):
                self._given[value] = value.name
        placed = set(self._given)
        body = Body(planned, order, self._namer, self._given, plan.arithmetic.names, plan.equations)
        body.names.setdefault(plan.cost.value, "cost")
        arguments = {v for v in values if v.name in (INPUT_NAME, TARGET_NAME, SCALE_NAME)}
        body.constant = {v for v in values if v.rank and v not in arguments}
        self._buffers(body, placed, kept)
        self._write(body, copies)

    def _place_parameters(self, values: Sequence[Value], gradients: dict[str, Reference]) -> list[Copy]:
        """Views of the flat vectors; returns the gradients that have to be copied there."""
        self.setup += ["", "# the parameters and their gradients"]
        offset, copies = 0, list[Copy]()
        leaves = {v.name: v for v in values if v.operation == "leaf"}
        for parameter in self.plan.network.parameters:
            end = offset + math.prod(parameter.shape)
            where = _part(offset, parameter.shape)
            if parameter.name in leaves:
                self._given[leaves[parameter.name]] = self._namer.fresh(parameter.name)
                self.setup.append(f"{self._given[leaves[parameter.name]]} = parameters{where}")
            target = self._namer.fresh(f"gradient {parameter.name}")
            self.setup.append(f"{target} = gradient{where}")
            offset = end
            monomial, indices = self.plan.outputs[parameter.name]
            if parameter.name not in gradients:
                self._after.append(f"{target}.fill({float(monomial.coefficient)!r} * scale)")
                continue
            reference = gradients[parameter.name]
            fits = set(reference.indices) == set(indices) and reference.value not in self._given
            if fits and reference.value.operation != "leaf":
                self._given[reference.value] = target
                self._fixed[reference.value] = tuple(reference.indices.index(i) for i in indices)
            else:
                # An axis that the gradient does not depend on gets a label of its own.
                known = {i: k for k, i in enumerate(reference.indices)}
                labels = tuple(known.get(i, -1 - k) for k, i in enumerate(indices))
                copies.append((reference.value, labels, target))
        return copies

    def _place_statistics(self) -> list[Copy]:
        self.setup += ["", "# what predictions average"] if self.plan.statistics else []
        offset, copies = 0, list[Copy]()
        for statistic in self.plan.statistics:
            end = offset + math.prod(statistic.shape)
            target = self._namer.fresh(f"batch {statistic.name}")
            self.setup.append(f"{target} = batch{_part(offset, statistic.shape)}")
            offset = end
            value = statistic.value
            if value in self._given or not value.rank:
                copies.append((value, tuple(range(value.rank)), target))
            else:
                self._given[value] = target
                self._fixed[value] = tuple(range(value.rank))
        return copies

    def _place_guards(self, before: Sequence[Value]) -> None:
        """Put what has to be positive into one vector, which is checked at once."""
        self.setup += ["", "# what has to be positive"]
        offset = 0
        for value in self.plan.arithmetic.guarded:
            if value in before and value.rank:
                name = self._describe(value)
                place = self._namer.fresh(f"guard {name}")
                self.setup.append(f"{place} = guard{_part(offset, [e.size for e in value.extents])}")
                offset += value.count
                self.guards.append((name, value.count))
                self._guard_places[value] = place
                if value not in self._given:
                    self._given[value] = place
                    self._fixed[value] = tuple(range(value.rank))

    def _guard_lines(self, body: Body, value: Value) -> list[str]:
        """What follows the line of a value that has to be positive."""
        place = self._guard_places.get(value)
        if place is None:
            return []
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

    def _describe(self, value: Value) -> str:
        """What a value is called, or what it is made of."""
        names, pending = self.plan.arithmetic.names, [value]
        multiples = (v for v in names if v.operation == "multiply" and not isinstance(v.operands[0].value, Value))
        for multiple in multiples:
            if multiple.operands[1].value is value:
                return names[multiple]
        while pending:
            current = pending.pop(0)
            if current in names:
                return names[current] if current is value else f"made of {names[current]}"
            pending += [o.value for o in current.operands if isinstance(o.value, Value)]
        return value.operation

    def _buffers(self, body: Body, placed: set[Value], kept: set[Value]) -> None:
        held = {found.centre: value for value in self._guard_places if (found := spread(value)) is not None}
        allocation = allocate(body.planned, body.order, placed, kept, held)
        self.setup += ["", "# buffers, and what is in them, one after the other"]
        for slot in allocation.slots:
            kind = "bool" if slot.boolean else "DTYPE"
            self.setup.append(f"buffer_{slot.number} = np.empty({slot.entries}, {kind})")
        for value, slot in allocation.places.items():
            part = _part(0, body.shape(value), slot.entries)
            self.setup.append(f"{body.name(value)} = buffer_{slot.number}{part}")
        for value in body.planned.values:
            if value.operation == "eye":
                self.setup.append(f"{body.name(value)} = np.eye({value.extents[0].size}, dtype=DTYPE)")

    def _write(self, body: Body, copies: Sequence[Copy]) -> None:
        self.setup += ["", "# views and constants"]
        body.setup = self.setup
        for value in body.planned.values:
            self.body += [*body.line(value), *self._guard_lines(body, value)]
            if value is self.plan.cost.value:
                self.body += CHECK
        for value, labels, target in copies:
            self.body.append(f"copyto({target}, {body.lined_up(Operand(value, tuple(range(value.rank))), labels)})")
        self.body += self._after


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
