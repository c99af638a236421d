"""From a derivation to programs.

`lambdify` is the way from a derivation to a `Program`; `Blueprint` keeps what does not depend on the batch (the
verdicts, the derived gradients), so that a ragged last batch costs milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import numpy as np

from bnsym.calculus.derive import Derived
from bnsym.compile.c.emit import emit as emit_c
from bnsym.compile.errors import CompileError, UnprovedError
from bnsym.compile.jax.emit import emit as emit_jax
from bnsym.compile.lowering.activation import activation as activation_function
from bnsym.compile.lowering.cost import cost_model
from bnsym.compile.lowering.network import Network
from bnsym.compile.lowering.sizes import exact_depth, likely_depth
from bnsym.compile.lowering.structure import Structure
from bnsym.compile.numpy.emit import emit as emit_numpy
from bnsym.compile.optimizer import optimizer as optimizer_update
from bnsym.compile.planning.plan import Plan, cheapest, derive_all, function_plan, opaque, plan
from bnsym.compile.program import Program
from bnsym.language.statement import Document

DTYPES = ("float32", "float64")
BACKENDS = ("numpy", "compiled", "jax")


class Proved(Protocol):
    """What is needed of a derivation: see `bnsym.derivation.Derivation`."""

    @property
    def document(self) -> Document: ...

    @property
    def letters(self) -> Mapping[str, Sequence[str]]: ...

    def verify(self, *, repairs: bool = ...) -> Sequence[Any]: ...


@dataclass(frozen=True)
class _Known:
    """Networks of a derivation by how many layers they have, and its function by None; no axis has a length there."""

    structures: dict[int | None, Structure] = field(default_factory=dict)
    derivatives: dict[int | None, dict[str, Derived]] = field(default_factory=dict)


_KNOWN: WeakKeyDictionary[Proved, _Known] = WeakKeyDictionary()


class Blueprint:
    """A derivation that was proved, with the derivatives that a network of these widths needs; or, without widths, its
    cost as a function of all that is not defined.

    Raises UnprovedError unless every claim of the derivation is proved, CompileError if the derivation does not
    describe a network of these widths or an option is unknown.
    """

    def __init__(
        self,
        derivation: Proved,
        widths: Sequence[int] | None,
        *,
        activation: str = "relu",
        cost: str = "cross-entropy",
        epsilon: float | None = None,
        constants: Mapping[str, float] | None = None,
        sizes: Mapping[str, int] | None = None,
        backend: str = "numpy",
        devices: int = 1,
    ) -> None:
        if devices < 1 or (devices > 1 and backend != "jax"):
            raise CompileError(f"{devices} devices: there is one, or with the backend jax as many as it finds")
        if backend not in BACKENDS:
            raise CompileError(f"there is no backend {backend!r}; there are {', '.join(BACKENDS)}")
        self.is_function = widths is None
        if widths is None:
            widths = ()
        elif len(widths) < 2 or any(not isinstance(w, int | np.integer) or w < 1 for w in widths):
            raise CompileError(f"widths are two or more positive integers, not {list(widths)}")
        self.widths = tuple(int(w) for w in widths)
        self.activation = activation_function(activation)
        self.cost = cost_model(cost)
        if epsilon is not None and not 0 <= epsilon < float("inf"):
            raise CompileError(f"epsilon is a number from 0 on, not {epsilon}")
        self.backend = backend
        self.devices = devices
        self.document = derivation.document
        _require_proofs(derivation)
        depth, structure = _structure(derivation, self.widths)
        values = {name.lstrip("\\"): float(value) for name, value in (constants or {}).items()}
        self.network = Network.read(structure, self.widths, sizes or {}, epsilon, values)
        known = _KNOWN[derivation].derivatives
        if depth not in known:
            known[depth] = derive_all(structure, derivation.letters)
        self._derived = known[depth]

    @property
    def epsilon(self) -> float | None:
        """The value of the derivation's ε, if it has one."""
        return self.network.epsilon

    def program(self, batch: int = 1, *, dtype: str = "float64", optimizer: str = "sgd") -> Program:
        """The code for batches of one size; a function is of the sizes that it has."""
        if not isinstance(batch, int | np.integer) or batch < 1:
            raise CompileError(f"a batch is a positive number of samples, not {batch}")
        if dtype not in DTYPES:
            raise CompileError(f"there is no dtype {dtype!r}; there are {', '.join(DTYPES)}")
        update = optimizer_update(optimizer)
        compiled = self.backend == "compiled"
        made = self._plan(int(batch))
        origin = (
            f"From: {self.document.title} ({self.document.digest[:16]}), every claim proved",
            *self._about(int(batch), dtype, optimizer),
        )
        source, steps, forms = emit_numpy(cheapest(made, np.dtype(dtype).itemsize), dtype, update, origin)
        program = Program(source, self.widths, int(batch), dtype, steps, forms=forms)
        if self.backend == "jax":
            # What XLA does not do by itself: what a matrix product reads is an array.
            text = emit_jax(cheapest(made, np.dtype(dtype).itemsize, ("factors",)), dtype, self.devices, origin)
            return Program(text, self.widths, int(batch), dtype, steps, program, devices=self.devices)
        if not compiled:
            return program
        source, steps, work = emit_c(made, dtype, update, origin, data_last=True)
        return Program(source, self.widths, int(batch), dtype, steps, program, work)

    def _plan(self, batch: int) -> Plan:
        if self.is_function:
            return function_plan(self.network, self._derived, self.activation)
        return plan(self.network.of_batch(batch), self._derived, self.cost, self.activation)

    def _about(self, batch: int, dtype: str, optimizer: str) -> tuple[str, str]:
        """What the header of a program says of its options."""
        unknown = opaque(self.network.structure)
        if self.is_function:
            sizes = ", ".join(f"{key} {extent.size}" for key, extent in self.network.extents.items())
            known = f"opaque functions are {self.activation}" if unknown else "functions are those of the derivation"
            return f"sizes {sizes}; {dtype}", known
        widths = "-".join(map(str, self.widths))
        activation = f"g is {self.activation}, the identity in the last layer" if unknown else "g is the derivation's"
        return (
            f"widths {widths}, batches of {batch}, {dtype}, {optimizer}",
            f"{activation}; the cost is {self.cost.name}",
        )


def _structure(derivation: Proved, widths: Sequence[int]) -> tuple[int | None, Structure]:
    """The network with as many layers as the widths are for, and how many these are; or the function.

    Raises CompileError.
    """
    document, known = derivation.document, _KNOWN.setdefault(derivation, _Known()).structures

    def of_depth(depth: int | None) -> Structure:
        if depth not in known:
            known[depth] = Structure.function(document) if depth is None else Structure.network(document, depth)
        return known[depth]

    if not widths:
        return None, of_depth(None)
    depth = exact_depth(of_depth(likely_depth(document, widths)), widths)
    return depth, of_depth(depth)


def _require_proofs(derivation: Proved) -> None:
    document = derivation.document
    if document.problem is not None:
        raise CompileError(f"{document.path}:{document.problem.line}: {document.problem.message}")
    for result in derivation.verify(repairs=False):
        if result.is_claim and result.verdict != "proved":
            statement = result.statement
            raise UnprovedError(document.path, statement.id, statement.line, statement.latex, result.verdict)
    if document.hypotheses:
        raise CompileError(f"{document.path}: the claims rest on an assumption: {document.hypotheses[0].latex}")


def lambdify(
    derivation: Proved,
    *,
    widths: Sequence[int] | None = None,
    batch: int = 32,
    dtype: str = "float64",
    activation: str = "relu",
    cost: str = "cross-entropy",
    epsilon: float | None = None,
    constants: Mapping[str, float] | None = None,
    sizes: Mapping[str, int] | None = None,
    optimizer: str = "sgd",
    backend: str = "numpy",
    devices: int = 1,
) -> Program:
    """Compile a proved derivation into a training step and a prediction; or, without widths, into a function.

    `widths` are the sizes of the layers, the input's first; `batch` the number of samples of a step;
    `activation` stands for the derivation's opaque function (but for the last layer, which has the identity);
    `cost` is "cross-entropy" (softmax) or "squared-error"; `epsilon` is the value of the constant ε, 1e-5 unless
    given, where the derivation has one; `constants` are those of its other scalars, by name, "alpha" for \\alpha;
    `sizes` are the lengths of axes that the widths leave open, by name (see `bnsym.compile.lowering.sizes`);
    `optimizer` is "sgd", "momentum" or "adam"; `backend` is "numpy", or "compiled", which needs a C compiler, or "jax",
    which splits a batch over `devices`.

    Without `widths`, `sizes` say how long all axes are, and the program is a function of the tensors that the document
    does not define: `program(W=…, x=…, t=…)` gives the cost and its gradient by those without a data axis, and by
    those that the document differentiates by. Where the cost is opaque, `cotangent`, its derivative by what it is of,
    is one more tensor. `batch`, `cost` and `optimizer` say nothing then.

    Raises UnprovedError unless every claim of the derivation is proved, CompileError for what does not fit.
    """
    blueprint = Blueprint(
        derivation,
        widths,
        activation=activation,
        cost=cost,
        epsilon=epsilon,
        constants=constants,
        sizes=sizes,
        backend=backend,
        devices=devices,
    )
    return blueprint.program(batch, dtype=dtype, optimizer=optimizer)
