"""Many documents: judged in several processes, with a bar that shows how far that is.

SymPy is loaded by who judges, not here: the processes start at once.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bnsym.workers import Work, run

if TYPE_CHECKING:
    from bnsym.report.outcome import Outcome

Task = tuple[Path, Path | None, bool, bool, float | None]  # what `judge` takes
JUDGING = Work("bnsym.report.process", "judge", "lost")
WORTH = 8  # documents for which a process more is started: about as long as loading SymPy takes


def usual_jobs(documents: int) -> int:
    """How many processes are used if nothing is said."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, documents // WORTH))


def judge_all(tasks: Sequence[Task], jobs: int | None) -> Generator[Outcome, None, None]:
    """The outcomes of documents, in their order. On a terminal stderr shows a bar between them."""
    jobs = jobs or usual_jobs(len(tasks))
    bar = Progress(
        TextColumn("judging"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    bar.disable = not bar.console.is_terminal
    task = bar.add_task("judging", total=len(tasks))
    with closing(run(JUDGING, tasks, jobs, lambda: bar.advance(task))) as outcomes, bar:
        for outcome in outcomes:
            bar.stop()  # what is printed now is not to meet it
            yield outcome
            bar.start()
