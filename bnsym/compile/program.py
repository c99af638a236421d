"""Programs: what it is that runs, whatever it was generated for and in which language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib.abc import InspectLoader
from importlib.util import module_from_spec, spec_from_loader
from types import ModuleType, SimpleNamespace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bnsym.compile.c.native import native
from bnsym.compile.jax.sharded import sharded
from bnsym.compile.planning.outline import Form, Step


@dataclass(frozen=True)
class Program:
    """A generated training step for one batch size; or, without widths, a cost and its gradient as a function.

    Called with tensors by name it is their cost, and the gradient. `source` is a NumPy module that needs NumPy alone;
    with the backend "compiled" it is C text, `work` the entries of its work space; with "jax" it is a JAX module for so
    many `devices`. `support` is the NumPy program that predicts and explains beside these two. `steps` are what a
    training step does, `forms` which of equal forms were chosen: see `bnsym.compile.planning.outline`.
    """

    source: str
    widths: tuple[int, ...]
    batch: int
    dtype: str
    steps: tuple[Step, ...] = ()
    support: Program | None = None
    work: int = 0
    devices: int = 0
    forms: tuple[Form, ...] = ()

    @cached_property
    def module(self) -> ModuleType:
        """The source as a module: `bind`, `predict`, … as its docstring says.

        The text that is compiled here is the emitter's: its identifiers and literals are generated, and what a
        document says occurs in comments and in quoted strings of printable ASCII only.
        Raises CompileError if C text cannot be compiled here, or without JAX and the devices.
        """
        if self.support is not None and self.devices:
            return sharded(self._imported, self.support.module)
        if self.support is not None:
            return native(self.source, self.work, self.support.module)
        return self._imported()

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The tensors that a call needs, by name: first those by which it has the gradient, then the others."""
        return {**self.module.SHAPES, **self.module.ARGUMENTS}

    def __call__(self, **tensors: ArrayLike) -> tuple[float, dict[str, NDArray]]:
        """The cost at these tensors, and its gradient by those of them that the module's SHAPES lists, by name.

        Raises ValueError for tensors that do not fit, FloatingPointError where something is not finite, or not
        positive that has to be.
        """
        if tensors.keys() != self.shapes.keys():
            listed = ", ".join(f"{name} {shape}" for name, shape in self.shapes.items())
            raise ValueError(f"expected the tensors {listed}; found {', '.join(tensors) or 'none'}")
        module, flat, bound = self._bound
        given = {name: np.array(array, module.DTYPE, order="C") for name, array in tensors.items()}
        for name, shape in self.shapes.items():
            if given[name].shape != shape:
                raise ValueError(f"{name} has shape {given[name].shape}; expected {shape}")
        for name, part in module.views(flat).items():
            part[...] = given[name]
        with np.errstate(all="ignore"):  # the program itself looks at what comes out
            cost = bound.evaluate(*(given[name] for name in module.ARGUMENTS))
        return float(cost), {name: part.copy() for name, part in module.views(bound.gradient).items()}

    @cached_property
    def _bound(self) -> tuple[ModuleType, NDArray, SimpleNamespace]:
        """The module, bound to a vector of its own."""
        flat = self.module.initial()
        return self.module, flat, self.module.bind(flat, np.zeros(self.module.AVERAGED, flat.dtype))

    def _imported(self) -> ModuleType:
        name = f"bnsym_step_{self.batch}"
        spec = spec_from_loader(name, _Generated(self.source))
        assert spec is not None and spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


class _Generated(InspectLoader):
    """Imports a module from its source."""

    def __init__(self, source: str) -> None:
        self._source = source

    def get_source(self, fullname: str) -> str:
        return self._source
