"""Data sets: scikit-learn's digits, CSV and NPZ files, split into a part to train on and one to test with.

A CSV file has one sample a line, its label in the last column; a first line that is not made of numbers is a
header. An NPZ file holds X, (N, n_in), and y, (N,) labels or (N, n_out) targets.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bnsym.train.errors import DataError

DIGITS = "digits"


@dataclass(frozen=True)
class DataSet:
    """Samples (N, n_in) and targets; `classes` names the labels 0, 1, …, and is empty where there are none."""

    train_x: NDArray
    train_t: NDArray
    test_x: NDArray
    test_t: NDArray
    classes: tuple[str, ...]

    @property
    def outputs(self) -> int:
        """The width of the last layer that fits."""
        return len(self.classes) or self.train_t.shape[1]


def load(source: str | Path, *, labels: bool = True, test: float = 0.2, seed: int = 0) -> DataSet:
    """Load "digits", or a .csv or .npz file; a fraction `test` of the samples is set aside.

    `labels` says that the targets are labels, as for cross-entropy, and not numbers. Raises DataError, which
    names the file and the line, and OSError.
    """
    if not 0 < test < 1:
        raise DataError(f"the test fraction is between 0 and 1, not {test}")
    path = Path(source)
    if str(source) == DIGITS:
        X, T, where = *_digits(), DIGITS
    elif path.suffix.lower() == ".csv":
        X, T, where = *_csv(path, labels), str(path)
    elif path.suffix.lower() == ".npz":
        X, T, where = *_npz(path), str(path)
    else:
        raise DataError(f"{source}: expected {DIGITS!r}, or a .csv or .npz file")
    classes: tuple[str, ...] = ()
    if labels:
        names, T = np.unique(T, return_inverse=True)
        classes = tuple(str(name) for name in names)
        if len(classes) < 2:
            raise DataError(f"{where}: all samples have the label {classes[0]}")
    elif T.ndim == 1:
        T = T[:, None]
    held = round(test * len(X))
    if not 0 < held < len(X):
        raise DataError(f"{where}: {len(X)} samples cannot be split into a part to train on and one to test with")
    order = np.random.default_rng(seed).permutation(len(X))
    out, rest = order[:held], order[held:]
    return DataSet(X[rest], T[rest], X[out], T[out], classes)


def _digits() -> tuple[NDArray, NDArray]:
    """1797 images of 8 by 8 pixels, scaled to [0, 1]."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise DataError("the digits come with scikit-learn: pip install bnsym[data]") from error
    data = load_digits()
    return data.data / 16.0, data.target


def _csv(path: Path, labels: bool) -> tuple[NDArray, NDArray]:
    rows: list[list[float]] = []
    last: list[str] = []
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        try:
            for fields in reader:
                if not any(field.strip() for field in fields):
                    continue
                header = not rows and reader.line_num == 1 and not _numbers(fields[:-1])
                if not header:
                    rows.append(_row(path, reader.line_num, fields, len(rows[0]) if rows else None))
                    last.append(fields[-1].strip())
        except (csv.Error, UnicodeDecodeError) as error:
            raise DataError(f"{path}:{reader.line_num + 1}: not a CSV file: {error}") from error
    if not rows:
        raise DataError(f"{path}: there are no samples in it")
    if labels:
        whole = _numbers(last) and all(float(x) == int(float(x)) for x in last)
        return np.array(rows), np.array([int(float(x)) for x in last]) if whole else np.array(last)
    if not _numbers(last):
        raise DataError(f"{path}: the targets in the last column are not all numbers")
    return np.array(rows), np.array([float(x) for x in last])


def _numbers(fields: Sequence[str]) -> bool:
    try:
        return bool(np.isfinite([float(field) for field in fields]).all())
    except ValueError:
        return False


def _row(path: Path, line: int, fields: list[str], width: int | None) -> list[float]:
    if len(fields) < 2:
        raise DataError(f"{path}:{line}: expected numbers and a label, separated by commas")
    if width is not None and len(fields) - 1 != width:
        raise DataError(f"{path}:{line}: {len(fields)} columns, the lines above have {width + 1}")
    if not fields[-1].strip():
        raise DataError(f"{path}:{line}: the label in the last column is missing")
    for column, field in enumerate(fields[:-1], 1):
        if not _numbers([field]):
            raise DataError(f"{path}:{line}: column {column} is {field!r}, not a finite number")
    return [float(field) for field in fields[:-1]]


def _npz(path: Path) -> tuple[NDArray, NDArray]:
    try:
        with np.load(path, allow_pickle=False) as file:
            missing = [name for name in ("X", "y") if name not in file]
            if missing:
                raise DataError(f"{path}: there is no array {missing[0]}; expected X and y")
            X, y = file["X"], file["y"]
    except (ValueError, zipfile.BadZipFile, EOFError, AttributeError, TypeError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path}: not an NPZ file of plain arrays: {error}") from error
    if X.ndim != 2 or X.dtype.kind not in "fiu" or y.ndim not in (1, 2) or len(X) != len(y):
        raise DataError(f"{path}: X is {X.dtype} {X.shape}, y is {y.dtype} {y.shape}; expected (N, n_in) and N targets")
    if not np.isfinite(X).all() or (y.dtype.kind == "f" and not np.isfinite(y).all()):
        raise DataError(f"{path}: X or y holds a number that is not finite")
    return X, y
