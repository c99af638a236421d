"""Mini-batches, and the bar that shows how far training has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


def batches(random: np.random.Generator, count: int, size: int) -> Iterator[NDArray]:
    """The rows of each batch of one epoch, shuffled.

    The last batch may be smaller, but a single sample that is left over is passed over: there is no spread in it.
    """
    shuffled = random.permutation(count)
    for start in range(0, count, size):
        rows = shuffled[start : start + size]
        if len(rows) > 1 or start == 0 or size == 1:
            yield rows


@contextmanager
def show_progress(epochs: int, *, enabled: bool) -> Iterator[Callable[[Sequence[float]], None]]:
    """A function to call with the costs so far after each epoch."""
    if not enabled:
        yield lambda history: None
        return
    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[cost]}"))
    with Progress(*columns, TimeRemainingColumn()) as bar:
        task = bar.add_task("training", total=epochs, cost="")
        yield lambda history: bar.update(task, advance=1, cost=f"cost {history[-1]:.4f}")
