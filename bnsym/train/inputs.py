"""Checks on what users pass in. What comes out is C-contiguous, of the trainer's dtype, and finite."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bnsym.train.errors import DataError


def samples(X: ArrayLike, width: int, dtype: str) -> NDArray:
    """Inputs of shape (N, width). Raises DataError."""
    return matrix("X", X, width, dtype)


def targets(T: ArrayLike, count: int, width: int, dtype: str, labels: bool) -> NDArray:
    """Targets as (N, width): as they are, or one-hot for integer labels (N,). Raises DataError."""
    array = np.asarray(T)
    result = one_hot(array, width, dtype) if labels and array.ndim == 1 else matrix("T", array, width, dtype)
    if len(result) != count:
        raise DataError(f"X has {count} samples and T has {len(result)}")
    return result


def matrix(name: str, given: ArrayLike, width: int, dtype: str) -> NDArray:
    array = np.asarray(given)
    if array.ndim != 2 or array.shape[1] != width:
        raise DataError(f"{name} has shape {array.shape}; expected (N, {width})")
    if not len(array):
        raise DataError(f"{name} has no samples")
    if array.dtype.kind not in "fiub":
        raise DataError(f"{name} has dtype {array.dtype}; expected real numbers")
    with np.errstate(over="ignore"):
        result = np.ascontiguousarray(array, dtype=dtype)
        flat = result.reshape(-1)
        # One pass; a square that overflows is told apart from a number that is not finite by a second.
        fine = np.isfinite(np.dot(flat, flat)) or np.isfinite(flat).all()
    if not fine:
        row, column = np.argwhere(~np.isfinite(result))[0]
        value = array[row, column]
        why = f"too large for {dtype}" if np.isfinite(value) else "not a finite number"
        raise DataError(f"{name}[{row}, {column}] is {value}: {why}")
    return result


def one_hot(labels: NDArray, width: int, dtype: str) -> NDArray:
    """Labels 0, …, width - 1 as rows with one 1. Raises DataError."""
    if labels.dtype.kind not in "iu":
        raise DataError(f"labels have dtype {labels.dtype}; expected integers, or T of shape (N, {width})")
    wrong = np.flatnonzero((labels < 0) | (labels >= width))
    if len(wrong):
        raise DataError(f"T[{wrong[0]}] is the label {labels[wrong[0]]}; expected 0 to {width - 1}")
    if not len(labels):
        raise DataError("T has no samples")
    result = np.zeros((len(labels), width), dtype)
    result[np.arange(len(labels)), labels] = 1
    return result
