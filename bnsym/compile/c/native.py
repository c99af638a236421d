"""A compiled step as the functions that a generated NumPy module has."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from bnsym.compile.c.library import library

NOT_FINITE = "the gradient is not finite"
REFUSED, INFINITE, MISFIT = 1, 3, 4  # as in the C text
ALIGNMENT = 64
ARRAYS = ("parameters", "averages", "moments", "gradient", "batch", "guard", "work")


class State(ctypes.Structure):
    """The arrays of one binding, and what a call leaves."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ARRAYS),
        ("cost", ctypes.c_double),
        ("status", ctypes.c_long),
    )  # fmt: skip


def native(text: str, work: int, support: ModuleType) -> ModuleType:
    """The module of a C text. `support` is the NumPy module of the same plan; `work` is in entries.

    Raises CompileError if there is no C compiler.
    """
    loaded = library(text)
    python = [ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p) for name in PYTHON]
    loaded.setup.argtypes, loaded.setup.restype = [ctypes.c_void_p] * 3, None
    loaded.setup(*python)
    for function, numbers in ((loaded.step, 2), (loaded.evaluate, 1)):
        objects = [ctypes.py_object, ctypes.py_object]
        function.argtypes = [*objects, *[ctypes.c_double] * numbers, ctypes.c_void_p]
        function.restype = ctypes.c_double
    loaded.update.argtypes, loaded.update.restype = [ctypes.c_double, ctypes.c_double, ctypes.c_void_p], ctypes.c_double
    module = ModuleType(support.__name__)
    module.__dict__.update({k: v for k, v in vars(support).items() if not k.startswith("__")})
    module.__dict__["bind"] = lambda parameters, averages, moments=None: _bind(
        loaded, work, support, parameters, averages, moments
    )
    return module


PYTHON = ("PyObject_GetBuffer", "PyBuffer_Release", "PyErr_Clear")


def _bind(
    loaded: ctypes.PyDLL,
    work: int,
    support: ModuleType,
    parameters: NDArray,
    averages: NDArray,
    moments: NDArray | None,
) -> SimpleNamespace:
    dtype = support.DTYPE
    moments = np.zeros((support.MOMENTS, parameters.size), dtype) if moments is None else moments
    arrays = {
        "parameters": parameters, "averages": averages, "moments": moments, "gradient": np.empty_like(parameters),
        "batch": np.empty_like(averages), "guard": np.ones(max(1, sum(n for _, n in support.GUARDS)), dtype),
        "work": _aligned(work, dtype),
    }  # fmt: skip
    for name, array in arrays.items():
        if array.dtype != dtype or not array.flags.c_contiguous:
            raise ValueError(f"{name} must be contiguous and of {np.dtype(dtype).name}")
    state = State(**{name: array.ctypes.data for name, array in arrays.items()})
    address = ctypes.addressof(state)
    refuse = _refusal(support, state, arrays["guard"])

    def step(
        inputs: NDArray, targets: NDArray, rate: float, time: int, *, call=loaded.step, at=address, refuse=refuse
    ) -> float:
        """Update the parameters by the gradient; returns the cost before the update."""
        cost = call(inputs, targets, rate, time, at)
        return cost if cost == cost else refuse(inputs, targets)

    def evaluate(inputs: NDArray, targets: NDArray, scale: float = 1.0) -> float:
        """The cost; leaves `scale` times its gradient in `gradient`."""
        cost = loaded.evaluate(inputs, targets, scale, address)
        return cost if cost == cost else refuse(inputs, targets)

    def update(rate: float, time: int) -> None:
        """Update the parameters by what stands in `gradient`, as `evaluate` leaves it with a scale of 1."""
        loaded.update(rate, time, address)
        if state.status == INFINITE:
            raise FloatingPointError(NOT_FINITE)

    return SimpleNamespace(
        step=step, evaluate=evaluate, update=update, gradient=arrays["gradient"], moments=moments, kept=(state, arrays)
    )


def _refusal(support: ModuleType, state: State, guard: NDArray) -> Callable[[NDArray, NDArray], float]:
    def refuse(inputs: NDArray, targets: NDArray) -> float:
        """Say why there is no cost. Raises ValueError, FloatingPointError."""
        support.check(inputs, targets)
        if state.status == INFINITE:
            raise FloatingPointError(NOT_FINITE)
        if state.status == REFUSED:
            support.refuse(state.cost, guard)
        raise ValueError("inputs and targets must be arrays of numbers that lie in memory row by row")

    return refuse


def _aligned(entries: int, dtype: type) -> NDArray:
    """An array that starts where a cache line does."""
    size = np.dtype(dtype).itemsize
    raw = np.zeros(entries * size + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + entries * size].view(dtype)
