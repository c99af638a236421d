"""How long the documents of the project take, a claim, beside the document on batch normalization as it is written.

    python -m tests.benchmarks.documents

Each document is judged in a process of its own, SymPy loaded before; reading is excluded. Prints the processor's time,
so that other work on the machine counts little, and the ratio to `batch_norm`.
"""

import json
import subprocess
import sys
from pathlib import Path
from statistics import median

DERIVATIONS = Path(__file__).parents[2] / "derivations"
RUNS = 3
INSIDE = """
import json, sys
from time import process_time
import sympy
from bnsym.derivation import read
derivation = read(sys.argv[1])
start = process_time()
claims = [result for result in derivation.verify() if result.is_claim]
assert all(result.verdict == "proved" for result in claims)
print(json.dumps([len(claims), 1000 * (process_time() - start)]))
"""


def judged(path: Path) -> tuple[int, float]:
    """How many claims a document has, and the milliseconds that each takes."""
    command = [sys.executable, "-c", INSIDE, str(path)]
    runs = [json.loads(subprocess.check_output(command, text=True)) for _ in range(RUNS)]
    return runs[0][0], median(milliseconds / count for count, milliseconds in runs)


def main() -> None:
    found = {path.stem: judged(path) for path in sorted(DERIVATIONS.glob("*.md"))}
    _, unit = found["batch_norm"]
    for name, (claims, milliseconds) in sorted(found.items(), key=lambda item: -item[1][1]):
        print(f"{name:24} {claims:3} claims  {milliseconds:5.1f} ms each  {milliseconds / unit:5.2f}")


if __name__ == "__main__":
    main()
