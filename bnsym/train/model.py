"""A network as numbers: the flat vectors that generated code works on, and the step that changes them.

Guarantees: a step that cannot be computed raises and changes nothing.

Weight decay is decoupled from the gradient (p ← p - rate·decay·p beside the optimizer's own update), and acts on
what starts at random: the weights, not the scales and shifts of a normalisation. Clipping scales the whole
gradient to the norm `clip` where it is longer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType, SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from bnsym.compile import Blueprint, Program
from bnsym.train.errors import NumericalError, TrainingError

KEPT = 8  # for how many sizes of batch code and buffers are kept
ROWS = 4096  # how many samples are predicted at once


class Model:
    """Parameters, averages and moments, with the programs on them, one for each size of batch that it meets.

    `averages` are those of the statistics of the training batches, with weight 1/t for the t-th step and at least
    0.1; `best` are the parameters and averages that `keep_best` kept last. Raises CompileError.
    """

    def __init__(
        self,
        blueprint: Blueprint,
        *,
        batch_size: int,
        dtype: str,
        optimizer: str,
        seed: int,
        weight_decay: float,
        clip: float | None,
    ) -> None:
        self.blueprint = blueprint
        self.dtype = dtype
        self.steps = 0
        self._batch_size = batch_size
        self._optimizer = optimizer
        self._decay = weight_decay
        self._clip = clip
        self.programs: dict[int, tuple[Program, SimpleNamespace]] = {}
        self._module = self._compile(batch_size).module
        self.flat: NDArray = self._module.initial(seed)
        self.averages = np.zeros(self._module.AVERAGED, dtype)
        self.moments = np.zeros((self._module.MOMENTS, self.flat.size), dtype)
        self.best: tuple[NDArray, NDArray] | None = None
        self.parameters: Mapping[str, NDArray] = MappingProxyType(self._module.views(self.flat))

    @property
    def labels(self) -> bool:
        """Whether targets are labels."""
        return self.blueprint.cost.labels

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of a sample."""
        return self.blueprint.network.input_shape

    # ------------------------------------------------------------ programs

    def _compile(self, batch: int) -> Program:
        return self.blueprint.program(batch, dtype=self.dtype, optimizer=self._optimizer)

    def _bound(self, batch: int) -> SimpleNamespace:
        """The step for batches of one size, on these vectors; compiled when it is first needed."""
        if batch not in self.programs:
            if len(self.programs) >= KEPT:
                self.programs.pop(next(size for size in self.programs if size != self._batch_size))
            program = self._compile(batch)
            self.programs[batch] = (program, program.module.bind(self.flat, self.averages, self.moments))
        return self.programs[batch][1]

    # ------------------------------------------------------------ training

    def step(self, X: NDArray, T: NDArray, rate: float) -> float:
        """One update from a batch that was checked; returns the cost before it. Raises NumericalError."""
        X = self._shaped(X)
        bound = self._bound(len(X))
        with np.errstate(all="ignore"):  # the program itself looks at what comes out
            try:
                if self._decay or self._clip is not None:
                    cost = bound.evaluate(X, T)
                    self._restrain(bound.gradient, rate)
                    bound.update(rate, self.steps + 1)
                else:
                    cost = bound.step(X, T, rate, self.steps + 1)
            except FloatingPointError as error:
                raise self._explained(error, len(X)) from error
        self.steps += 1
        return float(cost)

    def gradient(self, X: NDArray, T: NDArray) -> dict[str, NDArray]:
        """The gradient of the cost by each parameter, by name; updates nothing. Raises NumericalError."""
        X = self._shaped(X)
        bound = self._bound(len(X))
        with np.errstate(all="ignore"):
            try:
                bound.evaluate(X, T)
            except FloatingPointError as error:
                raise self._explained(error, len(X)) from error
        return {name: part.copy() for name, part in self._module.views(bound.gradient).items()}

    def _shaped(self, X: NDArray) -> NDArray:
        """Rows as the program wants its samples."""
        return X if X.shape[1:] == self.input_shape else X.reshape(len(X), *self.input_shape)

    def _restrain(self, gradient: NDArray, rate: float) -> None:
        """Clip the gradient and decay the weights. Raises FloatingPointError, and then changes nothing."""
        norm = math.sqrt(np.dot(gradient, gradient))
        if not math.isfinite(norm):
            largest = float(np.abs(gradient).max())
            if not math.isfinite(largest):
                raise FloatingPointError("the gradient is not finite")
            norm = largest * math.sqrt(np.square(gradient / largest).sum())  # only the square overflowed
        if self._clip is not None and norm > self._clip:
            np.multiply(gradient, self._clip / norm, out=gradient)
        if self._decay:
            for name, array in self.parameters.items():
                if self._module.STARTS[name][0] is not None:
                    array *= 1 - rate * self._decay

    def _explained(self, error: FloatingPointError, count: int) -> NumericalError:
        advice = "a number overflowed: scale the data, or lower the learning rate"
        epsilon = self.blueprint.epsilon
        if epsilon == 0 or (epsilon is None and self.averages.size):
            one = "a batch of one sample has no variance" if count == 1 else "the samples of a batch must differ"
            advice = f"without an epsilon {one}, and nothing may overflow: use epsilon > 0, or scale the data"
        return NumericalError(f"step {self.steps + 1} with a batch of {count}: {error}; {advice}")

    # ------------------------------------------------------------ predicting

    def outputs(self, X: NDArray) -> NDArray:
        """The outputs (N, n_out) for samples that were checked, with the averages; they may not be finite."""
        return self._predicted(X, self._module.predict)

    def probabilities(self, X: NDArray) -> NDArray:
        """The softmax of the outputs."""
        return self._predicted(X, self._module.probabilities)

    def _predicted(self, X: NDArray, function) -> NDArray:
        if not self.steps and self.averages.size:
            raise TrainingError("a prediction needs the statistics of training batches: call step or fit first")
        parts = [self._shaped(X[k : k + ROWS]) for k in range(0, len(X), ROWS)]
        with np.errstate(all="ignore"):
            return np.concatenate([function(self.flat, self.averages, part) for part in parts])

    def statistics(self) -> list[NDArray]:
        """The averages one by one."""
        shapes = list(self._module.AVERAGES.values())
        ends = np.cumsum([math.prod(shape) for shape in shapes])
        parts = np.split(self.averages, ends[:-1]) if shapes else []
        return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]

    # ------------------------------------------------------------ state

    def keep_best(self) -> None:
        """Keep the parameters and averages as they are now."""
        self.best = self.flat.copy(), self.averages.copy()

    def restore_best(self) -> None:
        """Put back those that were kept, if any were."""
        if self.best is not None:
            self.flat[...], self.averages[...] = self.best

    def arrays(self) -> dict[str, NDArray]:
        """All that the next step depends on, by name."""
        kept = self.best or (np.zeros(0, self.dtype), np.zeros(0, self.dtype))
        return {
            "parameters": self.flat, "averages": self.averages, "moments": self.moments,
            "best_parameters": kept[0], "best_averages": kept[1],
        }  # fmt: skip
