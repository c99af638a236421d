"""CSV files: one sample a line, its target in the last column; a first line that is not made of numbers is a header.

A file is read once, line by line, into a temporary file of numbers that is mapped: memory holds a part of it, and
eight bytes for each sample.
"""

from __future__ import annotations

import csv
import math
import tempfile
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bnsym.train.errors import DataError

HELD = 2**20  # numbers that are held before they are written


def read_csv(path: Path, labels: bool) -> tuple[NDArray, NDArray]:
    """Samples, a map, and targets: numbers, or text for labels that are not all numbers. Raises DataError, OSError."""
    held, targets, codes = array("d"), array("d"), dict[str, int]()
    width = 0
    with tempfile.TemporaryFile() as numbers:
        for line, fields in _rows(path):
            width = width or len(fields) - 1
            held.extend(_values(path, line, fields, width))
            target = fields[-1].strip()
            if labels:
                targets.append(codes.setdefault(target, len(codes)))
            else:
                targets.append(_target(path, line, target))
            if len(held) >= HELD:
                numbers.write(held.tobytes())
                del held[:]
        numbers.write(held.tobytes())
        numbers.flush()
        if not targets:
            raise DataError(f"{path}: there are no samples in it")
        X = np.memmap(numbers, np.float64, "r", shape=(len(targets), width))
    T = np.frombuffer(targets)
    if labels:
        return X, _names(list(codes))[T.astype(int)]
    return X, T


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The lines that are not empty, with their numbers, without a header."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        try:
            for fields in reader:
                header = reader.line_num == 1 and any(not math.isfinite(_number(f, math.nan)) for f in fields[:-1])
                if any(field.strip() for field in fields) and not header:
                    yield reader.line_num, fields
        except (csv.Error, UnicodeDecodeError) as error:
            raise DataError(f"{path}:{reader.line_num + 1}: not a CSV file: {error}") from error


def _number(field: str, otherwise: float) -> float:
    try:
        return float(field)
    except ValueError:
        return otherwise


def _target(path: Path, line: int, field: str) -> float:
    value = _number(field, math.nan)
    if not math.isfinite(value):
        raise DataError(f"{path}:{line}: the target is {field!r}, not a finite number: for labels use cross-entropy")
    return value


def _values(path: Path, line: int, fields: list[str], width: int) -> list[float]:
    if len(fields) < 2:
        raise DataError(
            f"{path}:{line}: expected numbers, and a label or target in the last column, separated by commas"
        )
    if len(fields) - 1 != width:
        raise DataError(f"{path}:{line}: {len(fields)} columns, the lines above have {width + 1}")
    if not fields[-1].strip():
        raise DataError(f"{path}:{line}: the last column, the label or target, is empty")
    values = [_number(field, math.nan) for field in fields[:-1]]
    if not math.isfinite(sum(values)):
        for column, value in enumerate(values, 1):
            if not math.isfinite(value):
                raise DataError(f"{path}:{line}: column {column} is {fields[column - 1]!r}, not a finite number")
    return values


def _names(texts: list[str]) -> NDArray:
    """Labels as numbers if they all are, so that 2 comes before 10."""
    values = [_number(text, math.nan) for text in texts]
    return np.array(values) if all(map(math.isfinite, values)) else np.array(texts)
