"""How long the document on batch normalization takes, against a process that only imports SymPy.

    python -m tests.benchmarks.verify

Prints, as medians over interleaved pairs, in time of the processor: the claims together after import (reading excluded,
deriving by SymPy, proving, replaying and refuting included), what of it the kernel and the search for proofs took, and
the whole process against the import. One thread; both figures are for a fresh process each time. Every process finds
compiled modules, as an installed package has them: a first run that is not counted leaves those that are missing,
whatever the environment says of writing them.
"""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
SEED = HERE.parent / "document" / "seed.md"
NOTATION = HERE.parents[1] / "derivations" / "batch_norm.md"
RUNS = 9
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
INSIDE = """
import json, sys
from time import process_time
from bnsym.calculus.prove import Prover
from bnsym.calculus.symbolic import SymbolicGraph
from bnsym.derivation import read
seconds = {}
def timed(owner, name):
    method = getattr(owner, name)
    def wrapper(*arguments, **options):
        start = process_time()
        result = method(*arguments, **options)
        seconds[name] = seconds.get(name, 0.0) + process_time() - start
        return result
    setattr(owner, name, wrapper)
timed(SymbolicGraph, "partial")
timed(Prover, "prove")
derivation = read(*sys.argv[1:])
start = process_time()
results = derivation.verify()
whole = process_time() - start
assert all(r.verdict == "proved" for r in results if r.is_claim)
proving = seconds["prove"] - seconds["partial"]
print(json.dumps({"claims": 1000 * whole, "sympy": 1000 * seconds["partial"], "proving": 1000 * proving}))
"""


def run(*arguments: str | Path) -> tuple[str, float]:
    """What a process of Python prints, and how many seconds of the processor it takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, *map(str, arguments)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return printed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    inside, ratios = [], []
    for number in range(RUNS + 1):
        claims, _ = run("-c", INSIDE, SEED, NOTATION)
        _, whole = run("-m", "bnsym", "verify", SEED, "--notation", NOTATION)
        _, alone = run("-c", "import sympy")
        if number:
            inside.append(json.loads(claims))
            ratios.append(whole / alone)
    together, sympy, proving = (median(run[key] for run in inside) for key in ("claims", "sympy", "proving"))
    print(f"the claims together: {together:.0f} ms, of which deriving by SymPy {sympy:.0f} ms, ", end="")
    print(f"proving and replaying {proving:.0f} ms")
    print(f"whole process: {median(ratios):.2f} times the import of SymPy ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
