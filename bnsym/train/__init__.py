"""Training with generated code; see `Trainer`."""

from bnsym.train.errors import CheckpointError, DataError, NumericalError, TrainingError
from bnsym.train.trainer import Trainer

__all__ = ["CheckpointError", "DataError", "NumericalError", "Trainer", "TrainingError"]
