"""The generated NumPy step against PyTorch eager: python -m tests.benchmarks.step

Both do forward, backward and plain SGD of a network with batch normalization in every layer, ReLU, and softmax
cross-entropy, in float32 on one thread. Each cell is timed in pairs, one after the other in one process; what is
reported is the median of the ratios of the pairs, which carries over to other machines better than times do.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from itertools import pairwise
from statistics import median
from time import perf_counter

import numpy as np

from bnsym import lambdify, read
from bnsym.compile.packaged import BATCH_NORM, packaged

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
CELLS = {
    "tiny": (8, (4, 8, 3)),
    "small": (32, (64, 64, 10)),
    "medium": (128, (784, 256, 128, 10)),
    "wide": (4096, (64, 128, 10)),
    "large": (512, (1024, 1024, 1024, 10)),
}
RATE = 0.05


def generated(batch: int, widths: Sequence[int], samples: np.ndarray, labels: np.ndarray) -> Callable[[], object]:
    """The step of the generated module, on fixed data."""
    module = lambdify(DERIVATION, widths=widths, batch=batch, dtype="float32").module
    network = module.bind(module.initial(0), np.zeros(module.AVERAGED, np.float32))
    targets = np.eye(widths[-1], dtype=np.float32)[labels]
    return lambda: network.step(samples, targets, RATE, 1000)


def matrix_products(batch: int, widths: Sequence[int], samples: np.ndarray, labels: np.ndarray) -> Callable[[], object]:
    """The products that no step can do without."""
    arrays = []
    for layer, (before, after) in enumerate(pairwise(widths)):
        u = np.ones((batch, before), np.float32)
        W, G = np.ones((after, before), np.float32), np.empty((after, before), np.float32)
        x, d = np.ones((batch, after), np.float32), np.empty((batch, before), np.float32)
        arrays += [(u, W.T, x), (x.T, u, G)] + [(x, W, d)] * (layer > 0)

    def run() -> None:
        for a, b, out in arrays:
            np.dot(a, b, out=out)

    return run


def eager(batch: int, widths: Sequence[int], samples: np.ndarray, labels: np.ndarray) -> Callable[[], object]:
    """The step of PyTorch, eager, with its modules and optimizer."""
    import torch

    torch.set_num_threads(1)
    layers: list[torch.nn.Module] = []
    for before, after in pairwise(widths):
        layers += [torch.nn.Linear(before, after, bias=False), torch.nn.BatchNorm1d(after), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    x, t = torch.from_numpy(samples), torch.from_numpy(labels)

    def run() -> None:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x), t).backward()
        optimizer.step()

    return run


def time_of(run: Callable[[], object], repeat: int) -> float:
    start = perf_counter()
    for _ in range(repeat):
        run()
    return (perf_counter() - start) / repeat


def compare(cell: str, pairs: int, peers: Sequence[Callable]) -> None:
    batch, widths = CELLS[cell]
    random = np.random.default_rng(0)
    samples = random.standard_normal((batch, widths[0])).astype(np.float32)
    labels = random.integers(0, widths[-1], batch)
    runs = [make(batch, widths, samples, labels) for make in (generated, *peers)]
    for run in runs:
        time_of(run, 5)
    repeat = max(1, int(0.02 / time_of(runs[0], 5)))
    times = [[time_of(run, repeat) for run in runs] for _ in range(pairs)]
    own = median(t[0] for t in times)
    shown = [f"{cell:7} generated {1e6 * own:9.1f} µs"]
    for k, peer in enumerate(peers, 1):
        other, ratio = median(t[k] for t in times), median(t[0] / t[k] for t in times)
        shown.append(f"{peer.__name__} {1e6 * other:9.1f} µs, ratio {ratio:5.2f}")
    print("  ".join(shown))


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the generated step with its peers.")
    parser.add_argument("cells", nargs="*", metavar="CELL", help=f"of {', '.join(CELLS)}; the first three unless given")
    parser.add_argument("--pairs", type=int, default=15)
    arguments = parser.parse_args()
    unknown = set(arguments.cells) - CELLS.keys()
    if unknown:
        parser.error(f"there is no cell {', '.join(sorted(unknown))}")
    arguments.cells = arguments.cells or list(CELLS)[:3]
    if any(os.environ.get(variable) != "1" for variable in THREADS):
        # BLAS reads them when it is loaded.
        os.environ.update(dict.fromkeys(THREADS, "1"))
        os.execv(sys.executable, [sys.executable, "-m", "tests.benchmarks.step", *sys.argv[1:]])
    peers: list[Callable] = [matrix_products]
    if find_spec("torch"):
        peers.append(eager)
    else:
        print("PyTorch is not installed: nothing to compare with but the matrix products")
    for cell in arguments.cells:
        compare(cell, arguments.pairs, peers)


DERIVATION = read(packaged(BATCH_NORM))

if __name__ == "__main__":
    main()
