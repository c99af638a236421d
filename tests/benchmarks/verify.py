"""How long the document on batch normalization takes, against a process that only imports SymPy.

    python -m tests.benchmarks.verify

Prints, as medians over interleaved pairs: the claims together after import (reading excluded, deriving by SymPy,
proving, replaying and refuting included), what of it the kernel and the search for proofs took, and the whole
process against the import. One thread; both figures are for a fresh process each time.
"""

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

HERE = Path(__file__).parent
SEED = HERE.parent / "document" / "seed.md"
NOTATION = HERE.parents[1] / "derivations" / "batch_norm.md"
RUNS = 9
INSIDE = """
import json, sys
from time import perf_counter
from bnsym.calculus.prove import Prover
from bnsym.calculus.symbolic import SymbolicGraph
from bnsym.derivation import read
seconds = {}
def timed(owner, name):
    method = getattr(owner, name)
    def wrapper(*arguments, **options):
        start = perf_counter()
        result = method(*arguments, **options)
        seconds[name] = seconds.get(name, 0.0) + perf_counter() - start
        return result
    setattr(owner, name, wrapper)
timed(SymbolicGraph, "partial")
timed(Prover, "prove")
derivation = read(*sys.argv[1:])
start = perf_counter()
results = derivation.verify()
whole = perf_counter() - start
assert all(r.verdict == "proved" for r in results if r.is_claim)
proving = seconds["prove"] - seconds["partial"]
print(json.dumps({"claims": 1000 * whole, "sympy": 1000 * seconds["partial"], "proving": 1000 * proving}))
"""


def seconds(*command: str) -> float:
    start = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - start


def main() -> None:
    inside, ratios = [], []
    for _ in range(RUNS):
        printed = subprocess.run(
            [sys.executable, "-c", INSIDE, SEED, NOTATION], check=True, capture_output=True, text=True
        ).stdout
        inside.append(json.loads(printed))
        process = seconds(sys.executable, "-m", "bnsym", "verify", str(SEED), "--notation", str(NOTATION), "--json")
        ratios.append(process / seconds(sys.executable, "-c", "import sympy"))
    claims, sympy, proving = (median(run[key] for run in inside) for key in ("claims", "sympy", "proving"))
    print(f"the claims together: {claims:.0f} ms, of which deriving by SymPy {sympy:.0f} ms, ", end="")
    print(f"proving and replaying {proving:.0f} ms")
    print(f"whole process: {median(ratios):.2f} times the import of SymPy ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
