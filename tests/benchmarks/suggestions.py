"""Suggestions for wrong lines: how many lines get one that is true, and how long it takes.

    python -m tests.benchmarks.suggestions [LINES [DOCUMENT ...]]

LINES (12 unless given) mutants of the claims of each document, printed at its end. Whether a suggestion is true is
decided by running the document's definitions with numbers. Times are CPU times of repairs and conditions together.
"""

import sys
from itertools import islice
from statistics import median

from tests.support.documents import DOCUMENTS
from tests.support.suggestions import wrong_lines


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    names = sys.argv[2:]
    total, helped, false, times = 0, 0, 0, list[float]()
    print(f"{'':22}  lines  with a true suggestion  false  median ms")
    for path in DOCUMENTS:
        if names and path.stem not in names:
            continue
        found = list(islice(wrong_lines(path), lines))
        verdicts = [[mended.is_true(suggestion) for suggestion in mended.result.suggestions] for mended in found]
        good, bad = sum(map(any, verdicts)), sum(verdict.count(False) for verdict in verdicts)
        took = [mended.seconds for mended in found]
        print(f"{path.stem:22}  {len(found):5}  {good:22}  {bad:5}  {1000 * median(took):9.0f}", flush=True)
        for mended, verdict in zip(found, verdicts, strict=True):
            if not any(verdict):
                print(f"    none: {mended.line}")
        total, helped, false = total + len(found), helped + good, false + bad
        times += took
    print(f"{'all':22}  {total:5}  {helped:22}  {false:5}  {1000 * median(times):9.0f}  ({helped / total:.1%})")


if __name__ == "__main__":
    main()
