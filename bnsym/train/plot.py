"""The learning curve as a picture. matplotlib is loaded when one is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bnsym.files import check_writable
from bnsym.train.errors import MissingExtraError, TrainingError
from bnsym.train.progress import Record


def check_plot(path: Path) -> None:
    """That a picture can be drawn there: before the work, not after it.

    Raises MissingExtraError, TrainingError for a suffix that is not known, OSError.
    """
    known = _figures().Figure().canvas.get_supported_filetypes()
    if path.suffix[1:].lower() not in known:
        raise TrainingError(f"{path}: a plot is one of {', '.join(f'.{kind}' for kind in sorted(known))}")
    check_writable(path)


def _figures() -> Any:
    """matplotlib's module of figures, which needs no display. Raises MissingExtraError."""
    try:
        from matplotlib import figure
    except ImportError as error:
        raise MissingExtraError("a plot needs matplotlib: pip install bnsym[plot]") from error
    return figure


def plot(history: Sequence[Record], path: Path) -> None:
    """Write cost and accuracy by epoch; the suffix of the file says the format. Raises as `check_plot` does."""
    check_plot(path)
    figure = _figures().Figure(figsize=(7, 4), layout="constrained")
    epochs = [record.epoch for record in history]
    costs = figure.add_subplot()
    costs.set_xlabel("epoch")
    costs.xaxis.get_major_locator().set_params(integer=True)
    costs.set_ylabel("cost")
    lines = costs.plot(epochs, [record.cost for record in history], "C0-", label="cost")
    if any(record.validation_cost is not None for record in history):
        lines += costs.plot(epochs, [r.validation_cost for r in history], "C0--", label="cost, validation")
    if any(record.accuracy is not None for record in history):
        accuracies = costs.twinx()
        accuracies.set_ylabel("accuracy")
        lines += accuracies.plot(epochs, [r.accuracy for r in history], "C1-", label="accuracy")
        if any(record.validation_accuracy is not None for record in history):
            values = [r.validation_accuracy for r in history]
            lines += accuracies.plot(epochs, values, "C1--", label="accuracy, validation")
    costs.legend(handles=lines, loc="center right")
    figure.savefig(path)
