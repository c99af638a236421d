"""Training by generated code.

    trainer = Trainer([64, 32, 10], learning_rate=0.1, batch_size=32, seed=0)
    trainer.fit(X, labels, epochs=10)
    trainer.predict(X)

A trainer compiles a proved derivation (the project's batch-normalization document, unless given) once for each
size of batch that it meets, and runs that code on one flat vector of parameters.

Guarantees: the same seed, data and options give the same numbers; a step that cannot be computed raises and
changes nothing; predictions use averages of the statistics of the training batches, with weight 1/t for the
t-th step and at least 0.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from bnsym.compile import Blueprint, Program
from bnsym.compile.packaged import BATCH_NORM, packaged
from bnsym.derivation import Derivation, read
from bnsym.train import checkpoint, inputs
from bnsym.train.batches import batches, show_progress
from bnsym.train.errors import NumericalError, TrainingError

if TYPE_CHECKING:
    from types import ModuleType

KEPT = 8  # for how many sizes of batch code and buffers are kept
ROWS = 4096  # how many samples are predicted at once


class Trainer:
    """A network and what trains it.

    `widths` are the sizes of the layers, the input's first. `activation` is "relu", "sigmoid", "tanh", "softplus"
    or "identity" (the last layer has the identity); `cost` is "cross-entropy" (softmax) or "squared-error";
    `optimizer` is "sgd", "momentum" or "adam". `dtype` is "float32" or "float64". `epsilon` is the ε of the
    derivation, 1e-5 unless given. `learning_rate` may be changed between steps.

    Raises CompileError for options that do not fit, UnprovedError for a derivation with a claim that is not
    proved, TrainingError for a learning rate or seed that makes no sense.
    """

    def __init__(
        self,
        widths: Sequence[int],
        *,
        activation: str = "relu",
        cost: str = "cross-entropy",
        optimizer: str = "sgd",
        learning_rate: float = 0.1,
        batch_size: int = 32,
        dtype: DTypeLike = "float32",
        backend: str = "numpy",
        epsilon: float | None = None,
        seed: int = 0,
        derivation: Derivation | None = None,
    ) -> None:
        if not 0 < learning_rate < float("inf"):
            raise TrainingError(f"a learning rate is a positive number, not {learning_rate}")
        if not isinstance(seed, int | np.integer) or seed < 0:
            raise TrainingError(f"a seed is an integer from 0 on, not {seed}")
        self.derivation = read(packaged(BATCH_NORM)) if derivation is None else derivation
        self.learning_rate = float(learning_rate)
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.dtype = np.dtype(dtype).name
        known = None if epsilon is None else float(epsilon)
        self.options = {
            "activation": activation, "cost": cost, "optimizer": optimizer, "learning_rate": self.learning_rate,
            "batch_size": int(batch_size), "dtype": self.dtype, "backend": backend, "epsilon": known, "seed": int(seed),
        }  # fmt: skip
        self._blueprint = Blueprint(
            self.derivation, widths, activation=activation, cost=cost, epsilon=epsilon, backend=backend
        )
        self.widths = self._blueprint.widths
        self._programs: dict[int, tuple[Program, SimpleNamespace]] = {}
        module = self._compile(batch_size).module
        self._module: ModuleType = module
        self._flat: NDArray = module.initial(seed)
        self._averages = np.zeros(module.AVERAGED, self.dtype)
        self._moments = np.zeros((module.MOMENTS, self._flat.size), self.dtype)
        self._parameters: Mapping[str, NDArray] = MappingProxyType(module.views(self._flat))
        self._random = np.random.default_rng([seed, 1])
        self.steps = 0

    @property
    def parameters(self) -> Mapping[str, NDArray]:
        """ "W1", "gamma1", "beta1", "W2", …: arrays that may be written in place between steps."""
        return self._parameters

    @property
    def labels(self) -> bool:
        """Whether targets are labels."""
        return self._blueprint.cost.labels

    # ------------------------------------------------------------ programs

    def _compile(self, batch: int) -> Program:
        return self._blueprint.program(batch, dtype=self.dtype, optimizer=self.optimizer)

    def _bound(self, batch: int) -> SimpleNamespace:
        """The step for batches of one size, on this trainer's parameters; compiled when it is first needed."""
        if batch not in self._programs:
            if len(self._programs) >= KEPT:
                self._programs.pop(next(size for size in self._programs if size != self.batch_size))
            program = self._compile(batch)
            self._programs[batch] = (program, program.module.bind(self._flat, self._averages, self._moments))
        return self._programs[batch][1]

    # ------------------------------------------------------------ training

    def step(self, X: ArrayLike, T: ArrayLike) -> float:
        """One update from a batch of any size; returns the cost before it, the mean over the batch.

        X is (N, n_in). T holds integer labels (N,) for cross-entropy, or is (N, n_out).
        Raises DataError, NumericalError.
        """
        return self._step(*self._checked(X, T))

    def gradient(self, X: ArrayLike, T: ArrayLike) -> dict[str, NDArray]:
        """The gradient of the cost by each parameter, by name; updates nothing. Raises as `step` does."""
        samples, targets = self._checked(X, T)
        bound = self._bound(len(samples))
        with np.errstate(all="ignore"):
            try:
                bound.evaluate(samples, targets)
            except FloatingPointError as error:
                raise self._explained(error, len(samples)) from error
        return {name: part.copy() for name, part in self._module.views(bound.gradient).items()}

    def _checked(self, X: ArrayLike, T: ArrayLike) -> tuple[NDArray, NDArray]:
        samples = inputs.samples(X, self.widths[0], self.dtype)
        return samples, inputs.targets(T, len(samples), self.widths[-1], self.dtype, self.labels)

    def _step(self, samples: NDArray, targets: NDArray) -> float:
        bound = self._bound(len(samples))
        with np.errstate(all="ignore"):  # the program itself looks at what comes out
            try:
                cost = bound.step(samples, targets, self.learning_rate, self.steps + 1)
            except FloatingPointError as error:
                raise self._explained(error, len(samples)) from error
        self.steps += 1
        return float(cost)

    def _explained(self, error: FloatingPointError, count: int) -> NumericalError:
        advice = "a number overflowed: scale the data, or lower the learning rate"
        if not self._blueprint.damped:
            one = "a batch of one sample has no variance" if count == 1 else "the samples of a batch must differ"
            advice = f"without an epsilon {one}, and nothing may overflow: use epsilon > 0, or scale the data"
        return NumericalError(f"step {self.steps + 1} with a batch of {count}: {error}; {advice}")

    def fit(self, X: ArrayLike, T: ArrayLike, *, epochs: int = 10, progress: bool = False) -> list[float]:
        """Train on shuffled mini-batches; returns the mean cost of each epoch.

        The last batch of an epoch may be smaller; a single sample that is left over is passed over in that
        epoch. `progress` shows a progress bar. Raises DataError, NumericalError.
        """
        if not isinstance(epochs, int | np.integer) or epochs < 0:
            raise TrainingError(f"epochs are counted from 0 on, not {epochs}")
        samples, targets = self._checked(X, T)
        history: list[float] = []
        with show_progress(epochs, enabled=progress) as report:
            for _ in range(epochs):
                total, seen = 0.0, 0
                for rows in batches(self._random, len(samples), self.batch_size):
                    total += len(rows) * self._step(samples[rows], targets[rows])
                    seen += len(rows)
                history.append(total / seen)
                report(history)
        return history

    # ------------------------------------------------------------ predicting

    def predict(self, X: ArrayLike) -> NDArray:
        """Labels (N,) for cross-entropy, outputs (N, n_out) for squared error. Raises DataError, TrainingError."""
        outputs = self._predicted(X, self._module.predict)
        return outputs.argmax(axis=1) if self.labels else outputs

    def predict_proba(self, X: ArrayLike) -> NDArray:
        """The softmax of the outputs, (N, n_out). Raises TrainingError if the cost is not cross-entropy."""
        if not self.labels:
            raise TrainingError("predict_proba needs the cost cross-entropy")
        return self._predicted(X, self._module.probabilities)

    def _predicted(self, X: ArrayLike, function) -> NDArray:
        samples = inputs.samples(X, self.widths[0], self.dtype)
        if not self.steps and self._averages.size:
            raise TrainingError("a prediction needs the statistics of training batches: call step or fit first")
        parts = [samples[k : k + ROWS] for k in range(0, len(samples), ROWS)]
        with np.errstate(all="ignore"):
            outputs = np.concatenate([function(self._flat, self._averages, part) for part in parts])
        if not np.isfinite(outputs).all():
            raise NumericalError("a prediction is not finite: X is too far from the data of the training")
        return outputs

    # ------------------------------------------------------------ checkpoints

    def save(self, path: str | Path) -> None:
        """Write everything that training depends on; the file is replaced whole or not at all. Raises OSError."""
        state = {"parameters": self._flat, "averages": self._averages, "moments": self._moments}
        options = {**self.options, "learning_rate": self.learning_rate, "widths": list(self.widths)}
        random = self._random.bit_generator.state
        checkpoint.save(Path(path), state, options, self.steps, random, self.derivation.document.digest)

    @classmethod
    def load(cls, path: str | Path, *, derivation: Derivation | None = None) -> Trainer:
        """The trainer that was saved, to go on as if it had not been. Raises OSError, CheckpointError.

        `derivation` has to be given if the trainer was made with one.
        """
        saved = checkpoint.load(Path(path))
        trainer = cls(**saved.options, derivation=derivation)
        saved.restore(
            {"parameters": trainer._flat, "averages": trainer._averages, "moments": trainer._moments},
            trainer.derivation.document.digest,
        )
        trainer.steps = saved.steps
        trainer._random.bit_generator.state = saved.random
        return trainer
