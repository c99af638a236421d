"""Checks on what users pass in. What comes out is C-contiguous, of the trainer's dtype, and finite.

A sample of several axes is a row all the same, its entries in their order: `flat` makes it one.

Where an array is a part of a larger one, `rows` says which of its rows it is made of: errors name those.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bnsym.train.errors import DataError

TOLERANCE = 1e-3  # of probabilities that add up to one


def samples(X: ArrayLike, shape: tuple[int, ...], dtype: str) -> NDArray:
    """Inputs of shape (N, n_in), where a sample has that shape. Raises DataError."""
    array = flat(np.asarray(X), shape)
    check_samples(array, math.prod(shape))
    return convert("X", array, dtype)


def flat(X: NDArray, shape: tuple[int, ...]) -> NDArray:
    """Samples of several axes, (N, *shape), as rows; anything else as it is."""
    return X.reshape(len(X), -1) if len(shape) > 1 and X.shape[1:] == shape else X


def targets(T: ArrayLike, count: int, width: int, dtype: str, labels: bool) -> NDArray:
    """Targets as (N, width): as they are, or one-hot for integer labels (N,). Raises DataError."""
    array = np.asarray(T)
    check_targets(array, count, width, labels)
    return convert_targets(array, width, dtype, labels)


def check_samples(X: NDArray, width: int) -> None:
    """Shape and dtype; no entry is looked at. Raises DataError."""
    _check_matrix("X", X, width)


def check_targets(T: NDArray, count: int, width: int, labels: bool) -> None:
    """Shape and dtype of the targets of `count` samples; no entry is looked at. Raises DataError."""
    if labels and T.ndim == 1:
        if T.dtype.kind not in "iub":
            raise DataError(
                f"labels have dtype {T.dtype}; expected integers from 0 on, as np.unique(T, return_inverse=True)[1] "
                f"gives, or T of shape (N, {width})"
            )
        if not len(T):
            raise DataError("T has no samples")
    elif labels and (T.ndim != 2 or T.shape[1] != width):
        raise DataError(f"T has shape {T.shape}; expected labels (N,), or probabilities (N, {width})")
    else:
        _check_matrix("T", T, width)
    if len(T) != count:
        raise DataError(f"X has {count} samples and T has {len(T)}")


def check_rows(rows: NDArray, count: int) -> None:
    """Numbers of some of `count` samples. Raises DataError."""
    if not isinstance(rows, np.ndarray) or rows.ndim != 1 or rows.dtype.kind not in "iu" or not len(rows):
        raise DataError("rows is an array of one or more integers")
    if rows.min() < 0 or rows.max() >= count:
        raise DataError(f"rows go from {rows.min()} to {rows.max()}; there are {count} samples, from 0 on")


def _check_matrix(name: str, array: NDArray, width: int) -> None:
    if array.ndim != 2 or array.shape[1] != width:
        raise DataError(f"{name} has shape {array.shape}; expected (N, {width})")
    if not len(array):
        raise DataError(f"{name} has no samples")
    if array.dtype.kind not in "fiub":
        raise DataError(f"{name} has dtype {array.dtype}; expected real numbers")


def convert(name: str, array: NDArray, dtype: str, rows: NDArray | None = None) -> NDArray:
    """A matrix in the dtype. Raises DataError for an entry that is not finite in it."""
    with np.errstate(over="ignore"):
        result = np.ascontiguousarray(array, dtype=dtype)
        flat = result.reshape(-1)
        # One pass; a square that overflows is told apart from a number that is not finite by a second.
        fine = np.isfinite(np.dot(flat, flat)) or np.isfinite(flat).all()
    if not fine:
        row, column = np.argwhere(~np.isfinite(result))[0]
        value = array[row, column]
        why = f"too large for {dtype}" if np.isfinite(value) else "not a finite number"
        raise DataError(f"{name}[{_place(row, rows)}, {column}] is {value}: {why}")
    return result


def convert_targets(T: NDArray, width: int, dtype: str, labels: bool, rows: NDArray | None = None) -> NDArray:
    """Targets that were checked, as (N, width): labels 0, …, width - 1 become rows with one 1. Raises DataError."""
    if T.ndim == 2:
        result = convert("T", T, dtype, rows)
        if labels:
            check_probabilities("T[{}]", result, rows)
        return result
    given = T.astype(int) if T.dtype.kind == "b" else T
    wrong = np.flatnonzero((given < 0) | (given >= width))
    if len(wrong):
        raise DataError(f"T[{_place(wrong[0], rows)}] is the label {given[wrong[0]]}; expected 0 to {width - 1}")
    result = np.zeros((len(given), width), dtype)
    result[np.arange(len(given)), given] = 1
    return result


def check_probabilities(name: str, T: NDArray, rows: NDArray | None = None) -> None:
    """That each row of T (N, n_out) adds up to one, with no entry below zero. `name` has a place for the row's number.

    Raises DataError.
    """
    sums = T.sum(axis=1, dtype=float)
    wrong = np.flatnonzero(~(np.abs(sums - 1) < TOLERANCE) | (T < 0).any(axis=1))
    if len(wrong):
        what = f"adds up to {sums[wrong[0]]:g}" if T[wrong[0]].min() >= 0 else "has an entry below 0"
        where = name.format(_place(wrong[0], rows))
        raise DataError(
            f"{where} {what}: for cross-entropy it is a label, or probabilities that add up to 1; for numbers use "
            "squared-error"
        )


def check_offset(X: NDArray, epsilon: float) -> None:
    """That samples (N, n_in) do not lie so far from zero that the gradient of the first W would be rounding.

    It is a product of X with what sums to zero over the samples. The distance from zero multiplies the rounding of
    that sum, which has grown with the same distance: relative to the spread, it counts twice. Raises DataError.
    """
    wide = X.astype(np.float64)
    offset = float(np.linalg.norm(wide.mean(axis=0)))
    spread = float(np.sqrt(np.square(wide.std(axis=0)).sum() + epsilon))
    if spread and float(np.finfo(X.dtype).eps) * (offset / spread) ** 2 > 1:
        raise DataError(
            f"X lies {offset / spread:.1e} times as far from zero as its samples from one another: in {X.dtype} the "
            "gradient would be rounding; subtract the mean"
        )


def _place(row: int, rows: NDArray | None) -> int:
    return row if rows is None else rows[row]
