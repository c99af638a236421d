"""What a document is put through when it is fuzzed: read, judged in time, shown in both ways.

`survive` raises for anything that is not an outcome: an exception that bnsym itself calls a mistake, text that no
report can show, or time beyond the budget.
"""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from time import monotonic

from rich.console import Console

from bnsym.report.data import report
from bnsym.report.judging import judge
from bnsym.report.outcome import Outcome
from bnsym.report.terminal import show

TIMEOUT = 0.5  # seconds a claim: what is not decided soon is not decided in ten times as long either
READING = 10.0  # seconds for reading a document, on a busy machine


class Broken(AssertionError):
    """bnsym did not survive a document."""


def survive(path: Path, text: str | bytes, *, whole: bool = True) -> Outcome:
    """The outcome of a document that `path` is to hold. Raises Broken.

    What takes longest, repairs, steps, certificates and the table, is left out unless `whole`.
    """
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    start = monotonic()
    outcome = judge(path, certificates=whole, steps=whole, repairs=whole, timeout=TIMEOUT)
    if outcome.problem is not None and "mistake in bnsym" in outcome.problem.message:
        raise Broken(outcome.problem.message)
    if monotonic() - start > READING + 2 * TIMEOUT * len(outcome.claims):
        raise Broken(f"{len(outcome.claims)} claims took {monotonic() - start:.1f} s")
    json.dumps(report([outcome], []), ensure_ascii=False).encode()
    if whole:
        show(Console(file=StringIO(), width=100), outcome)
    if outcome.status not in (0, 1, 2):
        raise Broken(f"exit status {outcome.status}")
    return outcome
