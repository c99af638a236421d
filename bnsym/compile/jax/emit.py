"""A plan as a JAX module whose batch may lie on many devices.

Samples meet one another only where the plan reduces over a data axis: in a mean, and in the gradient of a
parameter. Each device computes its own rows, and these reductions are all-reduces (`psum`); nothing else of the
plan changes. JAX itself checks that what leaves the computation is the same on all devices.

Guarantees: where the batch does not divide evenly, the rows that fill up the last devices count in no reduction.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_lowercase

import numpy as np

from bnsym.compile.errors import CompileError
from bnsym.compile.lowering.array import BINARY, UNARY, Operand, Value
from bnsym.compile.lowering.spread import spread
from bnsym.compile.names import Namer, comment, comment_lines
from bnsym.compile.planning.naming import ValueNames
from bnsym.compile.planning.placement import Place, Placement
from bnsym.compile.planning.plan import SCALE_NAME, Plan

HEAD = '''"""The cost of one network and its gradient, on one device or many: JAX code from equations that are proved.

    evaluate, mesh = build(jax.devices()[:DEVICES])
    cost, gradient, statistics, fine = evaluate({names}parameters, scale)

What is given along the BATCH samples, as SPLIT says, has DEVICES * ROWS rows, those beyond the samples of zeros; they
are split over the devices. `parameters` and `gradient` are flat; `statistics` are what predictions average. `fine`
says that all that has to be positive is.
"""
{origin}

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.sharding import Mesh, PartitionSpec

DTYPE = np.{dtype}
BATCH, DEVICES, ROWS = {batch}, {devices}, {rows}
SPLIT = ({split})


def shard({names}parameters, scale):
    """The part of one device."""
    real = lax.axis_index("batch") * ROWS + jnp.arange(ROWS) < BATCH
    refused = []

    def refuse_unless_positive(values, real):
        good = (values >= np.finfo(DTYPE).tiny) & (values <= np.finfo(DTYPE).max)
        refused.append(jnp.sum(~good & real))

'''

TAIL = '''
    fine = (lax.psum(sum(refused), "batch") == 0) & jnp.isfinite(cost)
    return cost, gradient, statistics, fine


def build(devices):
    """The function of the whole batch, compiled when it is first called."""
    rows, whole = PartitionSpec("batch"), PartitionSpec()
    mesh = Mesh(np.array(devices), ("batch",))
    given = tuple(rows if part else whole for part in SPLIT)
    split = jax.shard_map(shard, mesh=mesh, in_specs=(*given, whole, whole), out_specs=whole)
    return jax.jit(split), mesh
'''

TAKEN = (
    SCALE_NAME, "jax", "jnp", "np", "lax", "parameters", "gradient", "statistics", "real",
    "refused", "refuse_unless_positive", "fine", "cost", "build", "shard", "devices", "rows", "whole", "mesh", "split",
)  # fmt: skip


def emit(plan: Plan, dtype: str, devices: int, origin: Sequence[str]) -> str:
    """The module's source. Raises CompileError if the batch cannot be split over so many devices."""
    extents = plan.network.extents.values()
    batch = next((e.size for e in extents if e.data), 1)
    if devices > 1 and any(e.data for parameter in plan.network.parameters for e in parameter.extents):
        raise CompileError("the gradient is by a tensor along the samples: it cannot be split over devices")
    leaves = [plan.leaf(name).extents for name in plan.arguments]
    if devices > 1 and any(e.data for axes in leaves for e in axes[1:]):
        raise CompileError("samples that are not the first axis of what is given cannot be split over devices")
    body = _Shard(plan, dtype, devices)
    head = HEAD.format(
        origin="\n".join(f"# {comment(line)}" for line in origin),
        dtype=dtype,
        batch=batch,
        devices=devices,
        rows=-(-batch // devices),
        names="".join(f"{name}, " for name in plan.arguments),
        split="".join(f"{any(e.data for e in axes[:1])}, " for axes in leaves),
    )
    return head + "\n".join(f"    {line}".rstrip() for line in body.lines) + TAIL


class _Shard:
    """The lines of `shard`."""

    def __init__(self, plan: Plan, dtype: str, devices: int) -> None:
        self._dtype = dtype
        self._devices = devices
        self._padded = any(e.data and e.size % devices for e in plan.network.extents.values())
        self.lines: list[str] = []
        self.placement = Placement.of(plan, fuse=False)
        self._names = ValueNames(Namer((*TAKEN, *plan.arguments)), plan.arithmetic.names, {plan.cost.value: "cost"})
        for value in self.placement.planned.values:
            equation = plan.equations.get(value)
            self.lines += ["", *comment_lines(equation)] if equation else []
            self._line(value)
            if value in self.placement.guarded:
                self._guard(value)
        self._vector("gradient")
        self._vector("batch")

    def _line(self, value: Value) -> None:
        if sum(extent.data for extent in value.extents) > 1 and self._devices > 1:
            raise CompileError("the derivation has an array of samples by samples: it cannot be split over devices")
        if value.operation == "constant":
            return
        if value.operation != "leaf":
            self.lines.append(f"{self._names.name(value)} = {self._computed(value)}")
        elif value in self.placement.leaves:
            place = self.placement.leaves[value]
            part = f"parameters[{place.offset} : {place.offset + place.entries}].reshape({place.shape!r})"
            self.lines.append(f"{self._names.name(value)} = {part}")
        else:
            self._names.names[value] = value.name

    def _computed(self, value: Value) -> str:
        operation, labels = value.operation, range(value.rank)
        if operation == "eye":
            return f"jnp.eye({value.extents[0].size}, dtype=DTYPE)"
        if operation in (*UNARY, *BINARY):
            operands = ", ".join(self._lined_up(operand, labels) for operand in value.operands)
            return f"jnp.{operation}({operands})"
        over = any(self._carries(operand, value.rank) for operand in value.operands)
        if operation == "maximum-over":
            (operand,) = value.operands
            summed = [label for label in operand.labels if label >= value.rank]
            axes = tuple(value.rank + k for k in range(len(summed)))
            source = self._real(operand, value.rank, "-jnp.inf")
            highest = f"jnp.max({self._arranged(source, operand, [*labels, *summed])}, axis={axes})"
            return f'lax.pmax({highest}, "batch")' if over else highest
        sources = [self._real(operand, value.rank, "0") for operand in value.operands]
        letters = ["".join(ascii_lowercase[k] for k in operand.labels) for operand in value.operands]
        formula = f"{','.join(letters)}->{''.join(ascii_lowercase[k] for k in labels)}"
        total = f'jnp.einsum("{formula}", {", ".join(sources)}, precision="highest")'
        return f'lax.psum({total}, "batch")' if over else total

    def _carries(self, operand: Operand, rank: int) -> bool:
        """Whether an operand has a data axis that a reduction to this rank sums over."""
        return isinstance(operand.value, Value) and any(
            extent.data and label >= rank for extent, label in zip(operand.value.extents, operand.labels, strict=True)
        )

    def _real(self, operand: Operand, rank: int, otherwise: str) -> str:
        """The operand of a reduction, with the rows that fill up replaced."""
        if not (self._padded and self._carries(operand, rank)):
            return self._name(operand)
        assert isinstance(operand.value, Value)
        index = ", ".join(":" if extent.data else "None" for extent in operand.value.extents)
        return f"jnp.where(real[{index}], {self._name(operand)}, {otherwise})"

    def _name(self, operand: Operand) -> str:
        if not isinstance(operand.value, Value):
            return repr(operand.value)
        return self._names.name(operand.value)

    def _lined_up(self, operand: Operand, target: Sequence[int]) -> str:
        """The operand with axes that broadcast along `target`."""
        if not isinstance(operand.value, Value):
            return repr(operand.value)
        return self._arranged(self._names.name(operand.value), operand, target)

    def _arranged(self, source: str, operand: Operand, target: Sequence[int]) -> str:
        wanted = [label for label in target if label in operand.labels]
        permutation = tuple(operand.labels.index(label) for label in wanted)
        text = source if permutation == tuple(sorted(permutation)) else f"jnp.transpose({source}, {permutation})"
        places = [":" if label in operand.labels else "None" for label in target]
        while places and places[0] == "None":
            places.pop(0)
        return f"{text}[{', '.join(places)}]" if "None" in places else text

    def _guard(self, value: Value) -> None:
        """Count what is not positive; a square that is nothing but rounding is not."""
        labels, name = range(value.rank), self._names.name(value)
        found = spread(value)
        if found is not None:
            centre = self._lined_up(Operand(found.centre, found.labels), labels)
            floor = found.floor(float(np.finfo(self._dtype).eps))
            name = f"jnp.where({name} < {floor!r} * {centre} ** 2, 0, {name})"
        data = [k for k, extent in enumerate(value.extents) if extent.data]
        # What has no data axis is the same on every device: it counts where there are samples.
        index = ", ".join(":" if k in data else "None" for k in labels)
        self.lines.append(f"refuse_unless_positive({name}, {f'real[{index}]' if data else 'real[0]'})")

    def _vector(self, name: str) -> None:
        """The flat vector of the parts that have places in it."""
        placed: list[tuple[Value | None, Place, float]] = [(v, p, 0.0) for v, p in self.placement.home.items()]
        placed += [(v, p, 0.0) for v, p in self.placement.copies]
        placed += [(None, p, number) for p, number in self.placement.multiples]
        parts = []
        for value, place, number in sorted((x for x in placed if x[1].vector == name), key=lambda x: x[1].offset):
            if value is None:
                text = f"jnp.full({place.shape!r}, {number!r} * scale)"
            else:
                text = self._lined_up(Operand(value, tuple(range(value.rank))), place.order)
                if any(extent.data for extent in value.extents):
                    text = f'lax.psum({text}, "batch")'  # on one device: it says that nothing is left to add
                if set(place.order) != set(range(value.rank)):
                    text = f"jnp.broadcast_to({text}, {place.shape!r})"
            parts.append(f"jnp.ravel({text})")
        vector = "statistics" if name == "batch" else name
        self.lines.append("")
        inside = ", ".join([*parts, "jnp.zeros(0, DTYPE)"])
        self.lines.append(f"{vector} = jnp.concatenate([{inside}]).astype(DTYPE)")
