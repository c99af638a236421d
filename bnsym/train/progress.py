"""What is told of each epoch, and the bar that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@dataclass(frozen=True)
class Record:
    """One epoch, counted from 1.

    `rate` is the learning rate of its last step; `cost` the mean over its samples, each with the parameters of its
    own step. What follows is measured after the epoch, with the averages that predictions use: `accuracy` on at
    most 1024 of the samples trained on (None where there are no labels), and the cost and accuracy on those set
    aside (None where there are none).
    """

    epoch: int
    rate: float
    cost: float
    accuracy: float | None = None
    validation_cost: float | None = None
    validation_accuracy: float | None = None

    def __str__(self) -> str:
        accuracy = "" if self.accuracy is None else f" accuracy {self.accuracy:.1%}"
        text = f"cost {self.cost:.4f}{accuracy}"
        if self.validation_cost is not None:
            accuracy = "" if self.validation_accuracy is None else f" accuracy {self.validation_accuracy:.1%}"
            text += f", validation {self.validation_cost:.4f}{accuracy}"
        return text


@contextmanager
def show_progress(epochs: int, done: int, *, enabled: bool) -> Iterator[Callable[[Record], None]]:
    """A function to call with the record of each epoch; `done` of them are over."""
    if not enabled:
        yield lambda record: None
        return
    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[record]}"))
    with Progress(*columns, TimeRemainingColumn()) as bar:
        task = bar.add_task("training", total=epochs, completed=done, record="")
        yield lambda record: bar.update(task, completed=record.epoch, record=str(record))
