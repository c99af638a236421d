"""One fit, from its first batch to its last, across interruptions.

A `Run` is all that a fit knows beyond the trainer's own arrays; with these it is what a checkpoint holds.

Guarantees: a fit that is resumed from a checkpoint gives the same bits as one that was not interrupted, on the
same machine, with the same data and backend.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bnsym.files import check_writable
from bnsym.train import schedule
from bnsym.train.errors import Interrupted, TrainingError
from bnsym.train.inputs import check_offset
from bnsym.train.interrupt import stop_signals
from bnsym.train.metrics import measure
from bnsym.train.model import ROWS
from bnsym.train.progress import Record, show_progress
from bnsym.train.samples import Samples

if TYPE_CHECKING:
    from bnsym.train.trainer import Trainer

PROBED = 1024  # samples that the accuracy on what is trained on is measured on


@dataclass
class Run:
    """Where a fit is: `epoch` epochs and `batch` batches of the next one are done.

    `data` tells its samples from others, `total` is the sum of the costs of the `seen` samples of this epoch,
    `rate` the learning rate of the last step, `random` the state of the generator when the epoch began. `best` is
    the lowest cost on the samples set aside, `waited` for how many epochs it has not been beaten.
    """

    epochs: int
    validation: float
    patience: int | None
    data: str
    random: Mapping[str, Any]
    epoch: int = 0
    batch: int = 0
    total: float = 0.0
    seen: int = 0
    rate: float = 0.0
    best: float = math.inf
    waited: int = 0
    records: list[Record] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        """Whether the last epoch is done, or the cost has not sunk for as long as it may."""
        return self.epoch >= self.epochs or (self.patience is not None and self.waited >= self.patience)

    def to_data(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @staticmethod
    def from_data(data: dict[str, Any]) -> Run:
        """Raises TypeError for what is not a run."""
        return Run(**{**data, "records": [Record(**record) for record in data["records"]]})


@dataclass
class Watch:
    """Who is told of a run, and where its checkpoints go: after every `every` steps, or else every epoch."""

    callback: Callable[[Record], None] | None = None
    checkpoint: Path | None = None
    every: int | None = None
    progress: bool = False


def train(trainer: Trainer, run: Run, samples: Samples, watch: Watch) -> None:
    """Take a run to its end. Raises DataError, NumericalError, TrainingError, OSError, Interrupted."""
    if watch.checkpoint is not None:
        check_writable(watch.checkpoint)
    if trainer.averages:  # statistics of the batch: what they leave sums to zero over the samples
        if trainer.batch_size == 1 or len(samples) == 1:
            raise TrainingError("a batch of one sample has no spread to normalise by: 2 samples or more train")
        check_offset(samples.spread()[0], trainer.epsilon)
    training, held = samples, None
    if run.validation:
        training, held = samples.split(run.validation, np.random.default_rng([trainer.seed, 2]))
    probe = training.head(PROBED)
    steps = training.batches(trainer.batch_size)
    with (
        show_progress(run.epochs, run.epoch, enabled=watch.progress) as show,
        stop_signals(enabled=watch.checkpoint is not None) as stopped,
    ):
        while not run.finished:
            trainer.random.bit_generator.state = run.random
            for X, T in training.epoch(trainer.random, trainer.batch_size, run.batch):
                done = run.epoch * steps + run.batch
                run.rate = trainer.learning_rate * schedule.factor(trainer.schedule, done, run.epochs * steps)
                run.total += len(X) * trainer.model.step(X, T, run.rate)
                run.seen += len(X)
                run.batch += 1
                signal = stopped()
                if watch.checkpoint is not None and (signal or (watch.every and (done + 1) % watch.every == 0)):
                    trainer.save(watch.checkpoint)
                    if signal:
                        raise Interrupted(signal, run.epoch + 1, watch.checkpoint)
            _close(trainer, run, probe, held)
            if watch.callback is not None:
                watch.callback(run.records[-1])
            show(run.records[-1])
            if watch.checkpoint is not None and (watch.every is None or run.finished):
                trainer.save(watch.checkpoint)


def _close(trainer: Trainer, run: Run, probe: Samples, held: Samples | None) -> None:
    """Measure the epoch that is over, and begin the next."""
    predict = trainer.model.outputs
    accuracy = measure(predict, probe.parts(PROBED), True)[1] if trainer.labels else None
    validation = measure(predict, held.parts(ROWS), trainer.labels) if held is not None else (None, None)
    record = Record(run.epoch + 1, run.rate, run.total / run.seen, accuracy, *validation)
    run.records.append(record)
    if record.validation_cost is not None and record.validation_cost < run.best:
        run.best, run.waited = record.validation_cost, 0
        if run.patience is not None:
            trainer.model.keep_best()
    else:
        run.waited += 1
    run.epoch, run.batch, run.total, run.seen = run.epoch + 1, 0, 0.0, 0
    run.random = trainer.random.bit_generator.state
    if run.finished and run.patience is not None:
        trainer.model.restore_best()
