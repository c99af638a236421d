"""A compiled step as the functions that a generated NumPy module has."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnsym.compile.c.library import library

NOT_FINITE = "the gradient is not finite"
REFUSED, INFINITE, MISFIT = 1, 3, 4  # as in the C text
ALIGNMENT = 64
PYTHON = (
    "PyObject_GetBuffer", "PyBuffer_Release", "PyErr_Clear", "PyFloat_AsDouble", "PyErr_Occurred", "PyFloat_FromDouble",
    "PyLong_AsVoidPtr",
)  # fmt: skip
METHODS = ("step", "evaluate", "update")
ARRAYS = ("parameters", "averages", "moments", "gradient", "batch", "guard", "work")


class State(ctypes.Structure):
    """The arrays of one binding, and what a call leaves. `arrays` keeps alive what the addresses point to."""

    arrays: Mapping[str, NDArray]
    _fields_ = (
        *((name, ctypes.c_void_p) for name in ARRAYS),
        ("cost", ctypes.c_double),
        ("status", ctypes.c_long),
    )  # fmt: skip


class Method(ctypes.Structure):
    """What Python makes a built-in function of: a call of one costs a tenth of what a call through ctypes costs."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("call", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("description", ctypes.c_char_p),
    )


_function = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)(
    ("PyCFunction_NewEx", ctypes.pythonapi)
)


def native(text: str, work: int, support: ModuleType) -> ModuleType:
    """The module of a C text. `support` is the NumPy module of the same plan; `work` is in entries.

    Raises CompileError if there is no C compiler.
    """
    loaded = library(text)
    python = [ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value for name in PYTHON]
    loaded.setup.argtypes, loaded.setup.restype = [ctypes.c_void_p], None
    loaded.setup((ctypes.c_void_p * len(PYTHON))(*python))
    methods = (Method * len(METHODS)).in_dll(loaded, "methods")
    module = ModuleType(support.__name__)
    module.__dict__.update({k: v for k, v in vars(support).items() if not k.startswith("__")})
    module.__dict__["bind"] = lambda parameters, averages, moments=None: _bind(
        methods, work, support, parameters, averages, moments
    )
    return module


def _bind(
    methods: ctypes.Array[Method],
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
    state.arrays = arrays
    address = ctypes.addressof(state)
    call, value, change = (_function(ctypes.addressof(method), address, None) for method in methods)
    refuse, count = _refusal(support, state), len(support.ARGUMENTS)

    def step(inputs: NDArray, targets: NDArray, rate: float, time: int, *, call=call, refuse=refuse) -> float:
        """Update the parameters of a network by the gradient; returns the cost before the update."""
        cost = call(inputs, targets, rate, time)
        return cost if cost == cost else refuse(inputs, targets)

    def evaluate(*given: Any, scale: float = 1.0) -> float:
        """The cost; leaves `scale` times its gradient in `gradient`. The scale may be the last of what is given."""
        *arrays, scale = given if len(given) > count else (*given, scale)
        cost = value(*arrays, scale)
        return cost if cost == cost else refuse(*arrays)

    def update(rate: float, time: int) -> None:
        """Update the parameters by what stands in `gradient`, as `evaluate` leaves it with a scale of 1."""
        change(rate, time)
        if state.status == INFINITE:
            raise FloatingPointError(NOT_FINITE)

    return SimpleNamespace(step=step, evaluate=evaluate, update=update, gradient=arrays["gradient"], moments=moments)


def _refusal(support: ModuleType, state: State) -> Callable[..., float]:
    def refuse(*given: NDArray) -> float:
        """Say why there is no cost. Raises ValueError, FloatingPointError."""
        support.check(*given)
        if state.status == INFINITE:
            raise FloatingPointError(NOT_FINITE)
        if state.status == REFUSED:
            support.refuse(state.cost, state.arrays["guard"])
        raise ValueError("what is given must be arrays of numbers that lie in memory row by row")

    return refuse


def _aligned(entries: int, dtype: type) -> NDArray:
    """An array that starts where a cache line does."""
    size = np.dtype(dtype).itemsize
    raw = np.zeros(entries * size + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + entries * size].view(dtype)
