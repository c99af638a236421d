"""One training step by every backend and its peers: python -m tests.benchmarks.training

Each does forward, backward and plain SGD of a network with batch normalization in every layer, ReLU, and softmax
cross-entropy, on one thread, on fixed data; bnsym's steps check their input each time. The floor is the matrix
products that no step can do without, through `np.dot(out=)`. All run one after the other, again and again, in one
process; what counts is the median of the ratios within a round, which carries over to other machines better than
times do. On a machine that others use too, `--clock cpu` counts the time of the processor (of all threads).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from statistics import median, quantiles
from time import perf_counter, process_time

import numpy as np

from tests.benchmarks.peers import PEERS, Peer, Problem

Clock = Callable[[], float]

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
CELLS = {
    "tiny": (8, (4, 8, 3)),
    "small": (32, (64, 64, 10)),
    "medium": (128, (784, 256, 128, 10)),
    "wide": (4096, (64, 128, 10)),
    "large": (512, (1024, 1024, 1024, 10)),
}
COMPARED = ("floor", "eager", "jax")  # what the others are divided by
CLOCKS: dict[str, Clock] = {"wall": perf_counter, "cpu": process_time}


def time_of(run: Peer, repeat: int, clock: Clock) -> float:
    start = clock()
    for _ in range(repeat):
        run()
    return (clock() - start) / repeat


def rounds(problem: Problem, names: list[str], count: int, clock: Clock) -> dict[str, list[float]]:
    """Seconds of a step, by peer and round."""
    runs = {}
    for name in names:
        try:
            runs[name] = PEERS[name](problem)
        except ImportError as error:
            print(f"{name}: not installed ({error.name})")
    repeats = {}
    for name, run in runs.items():
        time_of(run, 3, clock)
        repeats[name] = max(1, int(0.01 / time_of(run, 3, clock)))
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(count):
        for name, run in runs.items():
            found[name].append(time_of(run, repeats[name], clock))
    return found


def ratio(times: dict[str, list[float]], name: str, other: str) -> str:
    """The median of the ratios of two peers, and the middle half of them."""
    found = sorted(a / b for a, b in zip(times[name], times[other], strict=True))
    low, _, high = quantiles(found, n=4)
    return f"{median(found):.3g} ({low:.3g} to {high:.3g})"


def show(cell: str, dtype: str, times: dict[str, list[float]]) -> None:
    for name, found in times.items():
        others = [other for other in COMPARED if other in times and other != name]
        ratios = " | ".join(ratio(times, name, other) if other in others else "–" for other in COMPARED)
        print(f"| {cell} {dtype} | {name} | {1e6 * median(found):.1f} | {ratios} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the generated steps with their peers.")
    parser.add_argument("cells", nargs="*", metavar="CELL", help=f"of {', '.join(CELLS)}; all unless given")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--dtype", choices=["float32", "float64"], action="append", help="both unless given")
    parser.add_argument("--peers", default=",".join(PEERS), help=f"of {', '.join(PEERS)}; all unless given")
    arguments = parser.parse_args()
    names = arguments.peers.split(",")
    for given, known in ((arguments.cells, CELLS), (names, PEERS)):
        if set(given) - set(known):
            parser.error(f"there is no {', '.join(sorted(set(given) - set(known)))}")
    if any(os.environ.get(variable) != "1" for variable in THREADS):
        # BLAS reads them when it is loaded.
        os.environ.update(dict.fromkeys(THREADS, "1"))
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        os.execv(sys.executable, [sys.executable, "-m", "tests.benchmarks.training", *sys.argv[1:]])
    print("| cell | step | µs | / floor | / PyTorch eager | / JAX jit |\n| --- | --- | --- | --- | --- | --- |")
    for dtype in arguments.dtype or ["float32", "float64"]:
        for cell in arguments.cells or CELLS:
            batch, widths = CELLS[cell]
            chosen = [n for n in names if n != "literal" or batch * widths[0] * widths[1] <= 2**25]
            problem = Problem.random(batch, widths, np.dtype(dtype))
            show(cell, dtype, rounds(problem, chosen, arguments.rounds, CLOCKS[arguments.clock]))


if __name__ == "__main__":
    main()
