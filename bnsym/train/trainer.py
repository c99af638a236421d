"""Training by generated code.

    trainer = Trainer([64, 32, 10], learning_rate=0.1, batch_size=32, seed=0)
    trainer.fit(X, labels, epochs=10)
    trainer.predict(X)

A trainer compiles a proved derivation (the project's batch-normalization document, unless given) once for each
size of batch that it meets, and runs that code on one flat vector of parameters.

Guarantees: the same seed, data and options give the same numbers, whether a fit was interrupted and resumed or
not; a step that cannot be computed raises and changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from bnsym.compile import Blueprint
from bnsym.compile.packaged import BATCH_NORM, packaged
from bnsym.derivation import Derivation, read
from bnsym.train import checkpoint as checkpoints
from bnsym.train import inputs
from bnsym.train.checkpoint import Checkpoint
from bnsym.train.errors import CheckpointError, DataError, NumericalError, TrainingError
from bnsym.train.metrics import measure
from bnsym.train.model import ROWS, Model
from bnsym.train.progress import Record
from bnsym.train.run import Run, Watch, train
from bnsym.train.samples import Samples
from bnsym.train.schedule import check_schedule


class Trainer:
    """A network and what trains it.

    `widths` are the sizes of the layers, the input's first. `activation` is "relu", "sigmoid", "tanh", "softplus"
    or "identity" (the last layer has the identity); `cost` is "cross-entropy" (softmax) or "squared-error";
    `optimizer` is "sgd", "momentum" or "adam". `dtype` is "float32" or "float64". `epsilon` is the ε of the
    derivation, 1e-5 unless given; `constants` are the values of its other scalars, by name, "alpha" for \\alpha.
    `sizes` are the lengths of axes that the widths leave open, by name (see `bnsym.compile.lowering.sizes`).
    `learning_rate` may be changed between steps; `schedule` says what becomes of it during a fit: "constant",
    "linear", "cosine", "step" or "warmup-cosine" (see `bnsym.train.schedule`).
    `backend` is "numpy", "compiled", or "jax", which splits every batch over `devices`.
    `weight_decay` and `clip`, a norm of the gradient, are as `bnsym.train.model` says.

    Raises CompileError for options that do not fit, UnprovedError for a derivation with a claim that is not
    proved, TrainingError for a number that makes no sense.
    """

    def __init__(
        self,
        widths: Sequence[int],
        *,
        activation: str = "relu",
        cost: str = "cross-entropy",
        optimizer: str = "sgd",
        learning_rate: float = 0.1,
        schedule: str = "constant",
        weight_decay: float = 0.0,
        clip: float | None = None,
        batch_size: int = 32,
        dtype: DTypeLike = "float32",
        backend: str = "numpy",
        devices: int = 1,
        epsilon: float | None = None,
        constants: Mapping[str, float] | None = None,
        sizes: Mapping[str, int] | None = None,
        seed: int = 0,
        derivation: Derivation | None = None,
    ) -> None:
        if not 0 < learning_rate < math.inf:
            raise TrainingError(f"a learning rate is a positive number, not {learning_rate}")
        if not 0 <= weight_decay < math.inf:
            raise TrainingError(f"a weight decay is a number from 0 on, not {weight_decay}")
        if clip is not None and not 0 < clip < math.inf:
            raise TrainingError(f"a norm to clip to is a positive number, not {clip}")
        if not isinstance(seed, int | np.integer) or seed < 0:
            raise TrainingError(f"a seed is an integer from 0 on, not {seed}")
        self.derivation = read(packaged(BATCH_NORM)) if derivation is None else derivation
        self.learning_rate = float(learning_rate)
        self.schedule = check_schedule(schedule)
        self.dtype = np.dtype(dtype).name
        self.options = {
            "activation": activation, "cost": cost, "optimizer": optimizer, "learning_rate": self.learning_rate,
            "schedule": schedule, "weight_decay": float(weight_decay), "clip": None if clip is None else float(clip),
            "batch_size": int(batch_size), "dtype": self.dtype, "backend": backend,
            "devices": int(devices),
            "epsilon": None if epsilon is None else float(epsilon), "seed": int(seed),
            "constants": {name: float(value) for name, value in (constants or {}).items()},
            "sizes": {name: int(size) for name, size in (sizes or {}).items()},
        }  # fmt: skip
        self.batch_size = batch_size
        self.seed = int(seed)
        blueprint = Blueprint(
            self.derivation,
            widths,
            activation=activation,
            cost=cost,
            epsilon=epsilon,
            constants=constants,
            sizes=sizes,
            backend=backend,
            devices=devices,
        )
        self.widths = blueprint.widths
        self.model = Model(
            blueprint,
            batch_size=batch_size,
            dtype=self.dtype,
            optimizer=optimizer,
            seed=seed,
            weight_decay=weight_decay,
            clip=clip,
        )
        self.random = np.random.default_rng([seed, 1])  # shuffles
        self.run: Run | None = None

    @property
    def parameters(self) -> Mapping[str, NDArray]:
        """ "W1", "gamma1", "beta1", "W2", …: arrays that may be written in place between steps."""
        return self.model.parameters

    @property
    def epsilon(self) -> float:
        """The ε of the derivation; 0 where it has none."""
        return self.model.blueprint.epsilon or 0.0

    @property
    def averages(self) -> list[NDArray]:
        """What predictions use in the place of a batch's statistics, in the order in which it is computed."""
        return self.model.statistics()

    @property
    def labels(self) -> bool:
        """Whether targets are labels."""
        return self.model.labels

    @property
    def steps(self) -> int:
        """How many steps were made."""
        return self.model.steps

    @property
    def history(self) -> tuple[Record, ...]:
        """What there is to say of each epoch of the last fit."""
        return () if self.run is None else tuple(self.run.records)

    # ------------------------------------------------------------ training

    def step(self, X: ArrayLike, T: ArrayLike) -> float:
        """One update from a batch of any size; returns the cost before it, the mean over the batch.

        X is (N, n_in), or over the axes that the document gives a sample. T holds integer labels (N,) for
        cross-entropy, or is (N, n_out). The learning rate is taken as it is: schedules belong to fits. Raises
        DataError, NumericalError.
        """
        return self.model.step(*self._checked(X, T), self.learning_rate)

    def gradient(self, X: ArrayLike, T: ArrayLike) -> dict[str, NDArray]:
        """The gradient of the cost by each parameter, by name; updates nothing. Raises as `step` does."""
        return self.model.gradient(*self._checked(X, T))

    def _checked(self, X: ArrayLike, T: ArrayLike) -> tuple[NDArray, NDArray]:
        samples = inputs.samples(X, self.model.input_shape, self.dtype)
        return samples, inputs.targets(T, len(samples), self.widths[-1], self.dtype, self.labels)

    def fit(
        self,
        X: ArrayLike,
        T: ArrayLike,
        *,
        rows: NDArray | None = None,
        epochs: int = 10,
        validation: float = 0.0,
        patience: int | None = None,
        callback: Callable[[Record], None] | None = None,
        checkpoint: str | Path | None = None,
        every: int | None = None,
        progress: bool = False,
    ) -> list[float]:
        """Train on shuffled mini-batches; returns the mean cost of each epoch.

        X and T are as for `step`, or memory maps, which are read in pieces (see `bnsym.train.samples`); with
        `rows`, an array of integers, these of their samples are trained on. The last batch of an epoch may be
        smaller; a single sample that is left over is passed over in that epoch.

        A random fraction `validation` of the samples is set aside, and measured after each epoch. With `patience`
        the fit ends after that many epochs without a lower cost on them, and leaves the parameters of the best.
        `callback` is called with the `Record` of each epoch, and may change `learning_rate`; `progress` shows a
        bar. A `checkpoint` is written every `every` steps (after each epoch, unless given), when the fit is over,
        and when SIGTERM or SIGINT comes, which then raises Interrupted.

        Raises DataError, NumericalError, TrainingError, OSError for a checkpoint that cannot be written.
        """
        if not isinstance(epochs, int | np.integer) or epochs < 0:
            raise TrainingError(f"epochs are counted from 0 on, not {epochs}")
        if not 0 <= validation < 1:
            raise TrainingError(f"the fraction for validation is from 0 to below 1, not {validation}")
        if patience is not None and (patience < 1 or not validation):
            raise TrainingError("patience is 1 epoch or more, and needs a fraction of the samples for validation")
        watch = _watch(callback, checkpoint, every, progress)
        samples = self._samples(X, T, rows)
        state = self.random.bit_generator.state
        self.model.best = None
        self.run = Run(int(epochs), float(validation), patience, samples.digest, state)
        train(self, self.run, samples, watch)
        return [record.cost for record in self.run.records]

    def resume(
        self,
        X: ArrayLike,
        T: ArrayLike,
        *,
        rows: NDArray | None = None,
        callback: Callable[[Record], None] | None = None,
        checkpoint: str | Path | None = None,
        every: int | None = None,
        progress: bool = False,
    ) -> list[float]:
        """Take the fit that was interrupted to its end, as if it had not been; returns the costs of all its epochs.

        X, T and `rows` are those of the fit. Raises as `fit` does, TrainingError if there is none, DataError for
        other samples.
        """
        if self.run is None:
            raise TrainingError("there is no fit to resume: call fit")
        watch = _watch(callback, checkpoint, every, progress)
        samples = self._samples(X, T, rows)
        if samples.digest != self.run.data:
            raise DataError("these are not the samples of the fit that was interrupted")
        train(self, self.run, samples, watch)
        return [record.cost for record in self.run.records]

    def _samples(self, X: ArrayLike, T: ArrayLike, rows: NDArray | None) -> Samples:
        return Samples.of(X, T, self.model.input_shape, self.widths[-1], self.dtype, self.labels, rows)

    # ------------------------------------------------------------ predicting

    def predict(self, X: ArrayLike) -> NDArray:
        """Labels (N,) for cross-entropy, outputs (N, n_out) for squared error. Raises DataError, TrainingError."""
        outputs = self._predicted(X, self.model.outputs)
        return outputs.argmax(axis=1) if self.labels else outputs

    def predict_proba(self, X: ArrayLike) -> NDArray:
        """The softmax of the outputs, (N, n_out). Raises TrainingError if the cost is not cross-entropy."""
        if not self.labels:
            raise TrainingError("predict_proba needs the cost cross-entropy")
        return self._predicted(X, self.model.probabilities)

    def measure(self, X: ArrayLike, T: ArrayLike, *, rows: NDArray | None = None) -> tuple[float, float | None]:
        """The mean cost of predictions, and their accuracy, None for squared error; X, T, `rows` as for `fit`.

        Raises DataError, TrainingError.
        """
        return measure(self.model.outputs, self._samples(X, T, rows).parts(ROWS), self.labels)

    def _predicted(self, X: ArrayLike, function: Callable[[NDArray], NDArray]) -> NDArray:
        outputs = function(inputs.samples(X, self.model.input_shape, self.dtype))
        if not np.isfinite(outputs).all():
            raise NumericalError("a prediction is not finite: X is too far from the data of the training")
        return outputs

    # ------------------------------------------------------------ checkpoints

    def save(self, path: str | Path) -> None:
        """Write everything that training depends on; the file is replaced whole or not at all. Raises OSError."""
        checkpoints.save(Path(path), self.model.arrays(), self._about())

    def _about(self) -> dict[str, Any]:
        """What there is to keep beside the arrays."""
        return {
            "options": {**self.options, "learning_rate": self.learning_rate, "widths": list(self.widths)},
            "steps": self.steps,
            "random": self.random.bit_generator.state,
            "run": None if self.run is None else self.run.to_data(),
            "digest": self.derivation.document.digest,
        }

    @classmethod
    def load(cls, path: str | Path, *, derivation: Derivation | None = None) -> Trainer:
        """The trainer that was saved, to go on as if it had not been. Raises OSError, CheckpointError.

        `derivation` has to be given if the trainer was made with one.
        """
        trainer = cls.__new__(cls)
        trainer._restore(checkpoints.load(Path(path)), derivation)
        return trainer

    def _restore(self, saved: Checkpoint, derivation: Derivation | None) -> None:
        try:
            Trainer.__init__(self, **saved.options, derivation=derivation)
            if saved.digest != self.derivation.document.digest:
                raise CheckpointError(f"{saved.path} was trained with another derivation: give it as derivation=")
            if saved.arrays["best_parameters"].size:
                self.model.keep_best()
            saved.restore(self.model.arrays())
            self.model.steps = int(saved.steps)
            self.random.bit_generator.state = saved.random
            self.run = None if saved.run is None else Run.from_data(saved.run)
        except (KeyError, TypeError, AttributeError) as error:
            raise CheckpointError(f"{saved.path} is not a checkpoint of a trainer: {error}") from error

    def __getstate__(self) -> dict[str, Any]:
        """For pickle: the document in place of its proofs, which are made again, as code is."""
        arrays = {name: array.copy() for name, array in self.model.arrays().items()}
        return {"arrays": arrays, "document": self.derivation.document, **self._about()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        document, arrays = state.pop("document"), state.pop("arrays")
        self._restore(Checkpoint(Path("pickle"), arrays, **state), Derivation(document))


def _watch(
    callback: Callable[[Record], None] | None, checkpoint: str | Path | None, every: int | None, progress: bool
) -> Watch:
    if every is not None and every < 1:
        raise TrainingError(f"a checkpoint is written every 1 or more steps, not {every}")
    return Watch(callback, None if checkpoint is None else Path(checkpoint), every, progress)
