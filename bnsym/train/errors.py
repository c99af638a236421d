"""What can go wrong in training; each says what was found and what to do."""

from __future__ import annotations


class TrainingError(ValueError):
    """Base class: a trainer cannot do what was asked."""


class DataError(TrainingError):
    """The data do not fit: a shape, a type, a number that is not finite, a label out of range, an unreadable file."""


class NumericalError(TrainingError):
    """A step cannot be computed: no variance where epsilon is 0, an overflow. The parameters are as they were."""


class CheckpointError(TrainingError):
    """A file is not a checkpoint of this trainer."""
