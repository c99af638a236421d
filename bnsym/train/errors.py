"""What can go wrong in training; each says what was found and what to do."""

from __future__ import annotations

from pathlib import Path


class TrainingError(ValueError):
    """Base class: a trainer cannot do what was asked."""


class DataError(TrainingError):
    """The data do not fit: a shape, a type, a number that is not finite, a label out of range, an unreadable file."""


class NumericalError(TrainingError):
    """A step cannot be computed: no variance where epsilon is 0, an overflow. The parameters are as they were."""


class CheckpointError(TrainingError):
    """A file is not a checkpoint of this trainer, or not as it was written."""


class MissingExtraError(TrainingError):
    """What was asked needs a package that is not installed; the message names the extra that brings it."""


class Interrupted(TrainingError):
    """A signal stopped a fit between two steps, and the checkpoint `path` was written."""

    def __init__(self, number: int, epoch: int, path: Path) -> None:
        super().__init__(f"stopped by signal {number} in epoch {epoch}; saved to {path}, from where it can be resumed")
        self.signal = number
        self.path = path
