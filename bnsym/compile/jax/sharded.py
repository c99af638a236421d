"""A JAX module as the functions that a generated NumPy module has.

JAX computes the cost and the gradient, over devices and processes; the update of the parameters and the averages
is the NumPy module's, the same in every process, so that all hold the same numbers. Every process is given the
whole batch and computes the rows of its own devices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnsym.compile.errors import CompileError


def _jax() -> Any:
    """Raises CompileError if it is not installed."""
    try:
        import jax
    except ImportError as error:
        raise CompileError("the backend jax needs JAX: pip install bnsym[jax]") from error
    return jax


_processes = 1  # that train together; JAX itself can only be asked once its devices are settled


def join(coordinator: str, processes: int, process: int) -> None:
    """Become one of several processes that train together, before anything else uses JAX.

    `coordinator` is the host:port where process 0 listens. Raises CompileError.
    """
    global _processes
    jax = _jax()
    if not 0 <= process < processes:
        raise CompileError(f"there is no process {process} of {processes}: they count from 0")
    try:
        jax.distributed.initialize(coordinator, processes, process)
    except RuntimeError as error:
        raise CompileError(f"process {process} of {processes} does not reach {coordinator}: {error}") from error
    _processes = processes


def _devices(count: int) -> list[Any]:
    """So many devices, those of all processes if there are several. Raises CompileError."""
    jax = _jax()
    if count > 1:
        with suppress(RuntimeError):  # they are settled
            jax.config.update("jax_num_cpu_devices", max(1, count // _processes))  # a CPU can be any number
    found = jax.devices()
    if len(found) < count or (_processes > 1 and len(found) != count):
        raise CompileError(f"there are {len(found)} devices in {_processes} processes, not {count}")
    return found[:count]


def sharded(load: Callable[[], ModuleType], support: ModuleType) -> ModuleType:
    """The module of a JAX program, which `load` imports. `support` is the NumPy module of the same plan.

    Raises CompileError without JAX, or if there are not so many devices.
    """
    jax = _jax()
    program = load()
    devices = _devices(program.DEVICES)
    wide = support.DTYPE is np.float64
    evaluate, mesh = program.build(devices)
    rows = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("batch"))
    whole = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec())

    def run(arrays: Sequence[NDArray], parameters: NDArray, scale: float) -> list[NDArray]:
        with jax.enable_x64(wide):
            given = [
                _spread(jax, _padded(array, program), rows) if along else _spread(jax, array, whole)
                for array, along in zip(arrays, program.SPLIT, strict=True)
            ]
            given += [_spread(jax, array, whole) for array in (parameters, np.asarray(scale, support.DTYPE))]
            return [np.asarray(part) for part in evaluate(*given)]

    module = ModuleType(support.__name__)
    module.__dict__.update({k: v for k, v in vars(support).items() if not k.startswith("__")})
    module.__dict__["bind"] = lambda parameters, averages, moments=None: _bind(
        run, support, parameters, averages, moments
    )
    return module


def _padded(array: NDArray, program: ModuleType) -> NDArray:
    missing = program.DEVICES * program.ROWS - len(array)
    return np.concatenate([array, np.zeros((missing, *array.shape[1:]), array.dtype)]) if missing else array


def _spread(jax: Any, array: NDArray, sharding: Any) -> Any:
    return jax.make_array_from_callback(array.shape, sharding, lambda part: array[part])


def _bind(
    run: Any, support: ModuleType, parameters: NDArray, averages: NDArray, moments: NDArray | None
) -> SimpleNamespace:
    host = support.bind(parameters, averages, moments)

    count = len(support.ARGUMENTS)

    def evaluate(*given: Any, scale: float = 1.0) -> float:
        """The cost; leaves `scale` times its gradient in `gradient`. The scale may be the last of what is given."""
        *arrays, scale = given if len(given) > count else (*given, scale)
        support.check(*arrays)
        cost, gradient, statistics, fine = run(arrays, parameters, scale)
        if not fine:
            host.evaluate(*arrays, scale)  # says what is wrong
            raise FloatingPointError(f"the cost is {cost}, or something that has to be positive is not")
        host.gradient[...] = gradient
        host.batch[...] = statistics
        return float(cost)

    def step(inputs: NDArray, targets: NDArray, rate: float, time: int) -> float:
        """Update the parameters by the gradient; returns the cost before the update."""
        cost = evaluate(inputs, targets)
        host.update(rate, time)
        return cost

    return SimpleNamespace(
        step=step, evaluate=evaluate, update=host.update, gradient=host.gradient, moments=host.moments
    )
