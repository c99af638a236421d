"""Batch-normalised networks as scikit-learn has its estimators.

    from bnsym.train.estimators import BatchNormClassifier
    model = make_pipeline(StandardScaler(), BatchNormClassifier(hidden=(64, 64))).fit(X, y)

They train the network of the packaged document, and pass scikit-learn's `check_estimator`. Importing this module
needs scikit-learn.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bnsym.compile.packaged import BATCH_NORM, packaged
from bnsym.derivation import Derivation, read
from bnsym.train.trainer import Trainer

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError("the estimators need scikit-learn: pip install bnsym[sklearn]") from error

LARGEST_SEED = 2**31 - 1


@cache
def _derivation() -> Derivation:
    """Proved once, whatever the number of estimators."""
    return read(packaged(BATCH_NORM))


class _Network(BaseEstimator):
    """What classifier and regressor have in common. The options are those of `Trainer` and its `fit`.

    `hidden` are the widths of the hidden layers, `validation` the fraction of the samples that `patience` looks at.
    After `fit`, `trainer_` is the trainer, `history_` what it said of each epoch, `n_iter_` how many there were.
    """

    def __init__(
        self,
        hidden: Sequence[int] = (64,),
        *,
        activation: str = "relu",
        optimizer: str = "adam",
        learning_rate: float = 0.01,
        schedule: str = "constant",
        weight_decay: float = 0.0,
        clip: float | None = None,
        batch_size: int = 32,
        epochs: int = 50,
        validation: float = 0.0,
        patience: int | None = None,
        dtype: str = "float64",
        epsilon: float | None = None,
        backend: str = "numpy",
        random_state: Any = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.weight_decay = weight_decay
        self.clip = clip
        self.batch_size = batch_size
        self.epochs = epochs
        self.validation = validation
        self.patience = patience
        self.dtype = dtype
        self.epsilon = epsilon
        self.backend = backend
        self.random_state = random_state

    def _train(self, X: NDArray, T: NDArray, outputs: int, cost: str) -> None:
        if len(X) < 2:
            raise ValueError("a batch of 1 sample has no variance: n_samples = 1, and 2 are needed")
        self.trainer_ = Trainer(
            [X.shape[1], *self.hidden, outputs],
            activation=self.activation,
            cost=cost,
            optimizer=self.optimizer,
            learning_rate=self.learning_rate,
            schedule=self.schedule,
            weight_decay=self.weight_decay,
            clip=self.clip,
            batch_size=min(self.batch_size, len(X)),
            dtype=self.dtype,
            backend=self.backend,
            epsilon=self.epsilon,
            seed=int(check_random_state(self.random_state).randint(LARGEST_SEED)),
            derivation=_derivation(),
        )
        self.trainer_.fit(X, T, epochs=self.epochs, validation=self.validation, patience=self.patience)
        self.history_ = self.trainer_.history
        self.n_iter_ = len(self.history_)

    def _samples(self, X: ArrayLike) -> NDArray:
        check_is_fitted(self)
        return validate_data(self, X, reset=False)


class BatchNormClassifier(ClassifierMixin, _Network):
    __doc__ = f"A batch-normalised network with softmax cross-entropy.\n\n    {_Network.__doc__}"

    def fit(self, X: ArrayLike, y: ArrayLike) -> BatchNormClassifier:
        """Train on X (N, n_in) and labels y (N,), two of them at least. Raises ValueError."""
        samples, targets = validate_data(self, X, y)
        check_classification_targets(targets)
        self.classes_, labels = np.unique(targets, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"there is one class in y, {self.classes_[0]}; a classifier needs 2")
        self._train(samples, labels, len(self.classes_), "cross-entropy")
        return self

    def predict(self, X: ArrayLike) -> NDArray:
        """The label of each sample, (N,)."""
        labels = self.predict_proba(X).argmax(axis=1)
        return self.classes_[labels]

    def predict_proba(self, X: ArrayLike) -> NDArray:
        """The probability of each label, (N, n_classes), in the order of `classes_`."""
        samples = self._samples(X)
        return self.trainer_.predict_proba(samples)


class BatchNormRegressor(RegressorMixin, _Network):
    __doc__ = f"A batch-normalised network with squared error, on standardised targets.\n\n    {_Network.__doc__}"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: ArrayLike, y: ArrayLike) -> BatchNormRegressor:
        """Train on X (N, n_in) and numbers y, (N,) or (N, n_out). Raises ValueError."""
        samples, given = validate_data(self, X, y, multi_output=True, y_numeric=True)
        self._single = given.ndim == 1
        targets = given.reshape(len(given), -1).astype(float)
        self._mean, spread = targets.mean(axis=0), targets.std(axis=0)
        self._spread = np.where(spread > 0, spread, 1.0)
        self._train(samples, (targets - self._mean) / self._spread, targets.shape[1], "squared-error")
        return self

    def predict(self, X: ArrayLike) -> NDArray:
        """The outputs, of the shape of y."""
        samples = self._samples(X)
        outputs = self.trainer_.predict(samples) * self._spread + self._mean
        return outputs[:, 0] if self._single else outputs
