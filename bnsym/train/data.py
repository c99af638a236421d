"""Data sets: scikit-learn's digits, CSV, NPY and NPZ files, split into a part to train on and one to test with.

See `bnsym.train.tables` and `bnsym.train.maps` for what files look like. A large file is mapped, not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bnsym.train.errors import DataError, MissingExtraError
from bnsym.train.inputs import check_probabilities
from bnsym.train.maps import read_npy, read_npz
from bnsym.train.tables import read_csv

DIGITS = "digits"
READERS = {".npy": read_npy, ".npz": read_npz}


@dataclass(frozen=True)
class DataSet:
    """Samples (N, n_in) and targets, in memory or mapped, with the rows to train on and those to test with.

    `classes` names the labels 0, 1, …, and is empty where there are none.
    """

    X: NDArray
    T: NDArray
    train: NDArray
    test: NDArray
    classes: tuple[str, ...]

    @property
    def outputs(self) -> int:
        """The width of the last layer that fits."""
        return len(self.classes) or self.T.shape[1]


def load(source: str | Path, *, labels: bool = True, test: float = 0.2, seed: int = 0) -> DataSet:
    """Load "digits", or a .csv, .npy or .npz file; a fraction `test` of the samples is set aside.

    `labels` says that the targets are labels, as for cross-entropy, and not numbers. Raises DataError, which
    names the file and the line, and OSError.
    """
    if not 0 < test < 1:
        raise DataError(f"the test fraction is between 0 and 1, not {test}")
    if seed < 0:
        raise DataError(f"a seed is an integer from 0 on, not {seed}")
    path = Path(source)
    suffix = path.suffix.lower()
    if str(source) == DIGITS:
        X, T, where = *_digits(), DIGITS
    elif suffix == ".csv":
        X, T, where = *read_csv(path, labels), str(path)
    elif suffix in READERS:
        X, T, where = *READERS[suffix](path), str(path)
    else:
        raise DataError(f"{source}: expected {DIGITS!r}, or a .csv, .npy or .npz file")
    classes: tuple[str, ...] = ()
    if labels and T.ndim == 2 and T.shape[1] > 1:
        check_probabilities(f"{where}: row {{}} of y", T)
        classes = tuple(map(str, range(T.shape[1])))
    elif labels:
        classes, T = _labelled(where, T)
    elif T.ndim == 1:
        T = T[:, None]
    held = round(test * len(X))
    if not 0 < held < len(X):
        raise DataError(f"{where}: {len(X)} samples cannot be split into a part to train on and one to test with")
    order = np.random.default_rng(seed).permutation(len(X))
    return DataSet(X, T, np.sort(order[held:]), np.sort(order[:held]), classes)


def _labelled(where: str, T: NDArray) -> tuple[tuple[str, ...], NDArray]:
    """The names of the labels, and which of them each sample has. Raises DataError."""
    names, numbers = np.unique(T.ravel(), return_inverse=True)
    if names.dtype.kind == "f":
        fractions = names[names != np.trunc(names)]
        if len(fractions):
            raise DataError(f"{where}: the label {fractions[0]:g} is not whole: for numbers use the cost squared-error")
        names = names.astype(int)
    if len(names) < 2:
        raise DataError(f"{where}: all samples have the label {names[0]}")
    return tuple(map(str, names)), numbers


def _digits() -> tuple[NDArray, NDArray]:
    """1797 images of 8 by 8 pixels, scaled to [0, 1]."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise MissingExtraError("the digits come with scikit-learn: pip install bnsym[sklearn]") from error
    data = load_digits()
    return data.data / 16.0, data.target
