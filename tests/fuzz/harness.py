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

from bnsym.document import read
from bnsym.report.data import report
from bnsym.report.judging import judge
from bnsym.report.outcome import Outcome
from bnsym.report.terminal import show

TIMEOUT = 2.0  # seconds a claim
READING = 10.0  # seconds for reading a document, on a busy machine


class Broken(AssertionError):
    """bnsym did not survive a document."""


def survive(path: Path, text: str | bytes) -> Outcome:
    """The outcome of a document that `path` is to hold. Raises Broken."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    start = monotonic()
    claims = sum(statement.kind == "claim" for statement in read(path).statements)
    if monotonic() - start > READING:
        raise Broken(f"reading took {monotonic() - start:.1f} s")
    outcome = judge(path, certificates=True, steps=True, timeout=TIMEOUT)
    if outcome.problem is not None and "mistake in bnsym" in outcome.problem.message:
        raise Broken(outcome.problem.message)
    if monotonic() - start > 2 * READING + 2 * TIMEOUT * claims:
        raise Broken(f"{claims} claims took {monotonic() - start:.1f} s")
    json.dumps(report([outcome], []), ensure_ascii=False).encode()
    show(Console(file=StringIO(), width=100), outcome)
    if outcome.status not in (0, 1, 2):
        raise Broken(f"exit status {outcome.status}")
    return outcome
