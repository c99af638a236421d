"""Training with generated code; see `Trainer`."""

from bnsym.train.errors import (
    CheckpointError,
    DataError,
    Interrupted,
    MissingExtraError,
    NumericalError,
    TrainingError,
)
from bnsym.train.progress import Record
from bnsym.train.trainer import Trainer

__all__ = [
    "CheckpointError",
    "DataError",
    "Interrupted",
    "MissingExtraError",
    "NumericalError",
    "Record",
    "Trainer",
    "TrainingError",
]
