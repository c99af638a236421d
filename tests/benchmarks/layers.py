"""How the time for a network of explicit layers grows with their number.

    python -m tests.benchmarks.layers [DEPTH ...]

For each number of layers: the CPU seconds, after import, of reading the document, of all its claims together (four a
layer, each proved), and what of these SymPy's derivatives, the search for proofs and the kernel's own inference took;
apart from that, of replaying the certificates of all of them, with the kernel alone. Medians over fresh processes, the
depths interleaved. The exponent is the slope of time against depth in logarithms, from the second depth on.
"""

import json
import subprocess
import sys
from math import log
from statistics import median

DEPTHS = (1, 2, 4, 8, 12, 16)
RUNS = 5
COLUMNS = ("reading", "claims", "SymPy", "search", "kernel", "replay")
INSIDE = """
import json, sys, tempfile
from pathlib import Path
from time import process_time
import sympy
from bnsym.calculus.prove import Prover
from bnsym.calculus.symbolic import SymbolicGraph
from bnsym.derivation import read
from bnsym.kernel.check import check
from bnsym.kernel.rules import Theory
from tests.support.layers import explicit_layers
seconds = {"partial": 0.0, "prove": 0.0, "linear": 0.0}
def timed(owner, name):
    method = getattr(owner, name)
    def wrapper(*arguments, **options):
        start = process_time()
        result = method(*arguments, **options)
        seconds[name] += process_time() - start
        return result
    setattr(owner, name, wrapper)
timed(SymbolicGraph, "partial")
timed(Prover, "prove")
timed(Theory, "linear")
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "layers.md")
    path.write_text(explicit_layers(int(sys.argv[1])))
    start = process_time()
    derivation = read(path)
    reading = process_time() - start
start = process_time()
results = [result for result in derivation.verify() if result.is_claim]
claims = process_time() - start
assert all(result.verdict == "proved" for result in results)
search = seconds["prove"] - seconds["partial"] - seconds["linear"]
texts = [json.dumps(derivation.certificate(result)) for result in results]
start = process_time()
for text in texts:
    check(text)
replay = process_time() - start
times = (reading, claims, seconds["partial"], search, seconds["linear"], replay)
print(json.dumps([len(results), *times]))
"""


def measured(depth: int) -> list[float]:
    command = [sys.executable, "-c", INSIDE, str(depth)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def exponent(depths: list[int], times: list[float]) -> float:
    """The slope of log time against log depth, by least squares."""
    xs, ys = [log(d) for d in depths], [log(t) for t in times]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def main() -> None:
    depths = [int(word) for word in sys.argv[1:]] or list(DEPTHS)
    runs: dict[int, list[list[float]]] = {depth: [] for depth in depths}
    for _ in range(RUNS):
        for depth in depths:
            runs[depth].append(measured(depth))
    table = {depth: [median(column) for column in zip(*runs[depth], strict=True)] for depth in depths}
    print("layers  claims proved  " + "  ".join(f"{name:>7}" for name in COLUMNS) + "   ms a claim")
    for depth, (count, *times) in table.items():
        shown = "  ".join(f"{time:7.3f}" for time in times)
        print(f"{depth:6}  {count:13.0f}  {shown}  {1000 * times[1] / count:10.1f}")
    later = depths[1:]
    if len(later) > 1:
        slopes = (exponent(later, [table[depth][1 + column] for depth in later]) for column in range(len(COLUMNS)))
        print("exponent" + " " * 15 + "  ".join(f"{slope:7.2f}" for slope in slopes))


if __name__ == "__main__":
    main()
