"""All mutants of the documents: how each fared, and how long a refutation takes.

    python -m tests.benchmarks.refutations [DOCUMENT ...]

A mutant is one edit of the tree of a claim's right-hand side. "wrong" counts verdicts that the numbers contradict, and
those that do not come with what they rest on: a counterexample that replays, a proof that the kernel replays. The time
is the CPU time of a refutation, residual included, as a median.
"""

import sys
from collections import Counter
from statistics import median

import bnsym
from tests.support.documents import DOCUMENTS
from tests.support.mutants import backed, judged, mutants_of

COLUMNS = ("refuted exact", "refuted enclosed", "equivalent, proved", "nowhere defined", "undecided", "wrong")


def main() -> None:
    names = sys.argv[1:]
    print(f"{'':22}  {'claims':>6}  {'mutants':>7}  " + "  ".join(COLUMNS) + "  median ms")
    total: Counter[str] = Counter()
    for path in DOCUMENTS:
        if names and path.stem not in names:
            continue
        derivation = bnsym.read(path)
        mutants = mutants_of(derivation)
        tally: Counter[str] = Counter()
        times, told = [], []
        for found in judged(derivation, mutants):
            kind = found.kind if found.kind == "undecided" or backed(derivation, found) else "wrong"
            tally[kind] += 1
            if found.result.verdict == "refuted":
                times.append(found.seconds)
            if kind in ("undecided", "wrong"):
                why = found.result.problem.message if found.result.problem else ""
                told.append(
                    f"    {kind} ({found.result.verdict}): {found.mutant.edit}: {found.mutant.reading.latex}  {why}"
                )
        row = "  ".join(f"{tally[column]:{len(column)}}" for column in COLUMNS)
        claims = len({mutant.statement.id for mutant in mutants})
        print(f"{path.stem:22}  {claims:6}  {len(mutants):7}  {row}  {1000 * median(times):9.1f}", flush=True)
        print("\n".join(told), end="\n" if told else "", flush=True)
        total += tally
    print(f"{'all':22}  {'':6}  {sum(total.values()):7}  " + "  ".join(f"{total[c]:{len(c)}}" for c in COLUMNS))


if __name__ == "__main__":
    main()
