"""How long a new shape takes to compile, once the derivation is proved.

    python -m tests.benchmarks.compiling

For each cell of `tests.benchmarks.training`, in float32: the milliseconds from a derivation to a module that is loaded,
of NumPy (time of the processor, the median of several batch sizes), and of the compiled backend (on the clock, with its
cache empty, and again with the library in it). Another network was compiled before, so that packages are loaded.
"""

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import bnsym
from tests.benchmarks.training import CELLS

SIZES = 5
DOCUMENT = Path(__file__).parents[2] / "derivations" / "batch_norm_epsilon.md"


def main() -> None:
    derivation = bnsym.read(DOCUMENT)

    def milliseconds(clock: Callable[[], float], widths: Sequence[int], batch: int, backend: str) -> float:
        start = clock()
        program = bnsym.lambdify(derivation, widths=widths, batch=batch, dtype="float32", backend=backend)
        assert program.module
        return 1000 * (clock() - start)

    milliseconds(process_time, (2, 2), 2, "numpy")
    print("cell     NumPy  compiled  cached")
    for name, (batch, widths) in CELLS.items():
        milliseconds(process_time, widths, 2, "numpy")  # the derivatives of a network of this depth
        new = median(milliseconds(process_time, widths, batch + n, "numpy") for n in range(SIZES))
        with tempfile.TemporaryDirectory() as cache:
            os.environ["XDG_CACHE_HOME"] = cache
            first, again = (milliseconds(perf_counter, widths, batch, "compiled") for _ in range(2))
        print(f"{name:7} {new:6.0f}  {first:8.0f}  {again:6.0f}")


if __name__ == "__main__":
    main()
