"""NPY and NPZ files: arrays that are mapped where they are large, and never unpickled.

An NPY file is a matrix with the target of a sample in its last column; an NPZ file holds X, (N, n_in) or of more axes,
and y, (N,) labels or (N, n_out) targets. A large array of a compressed NPZ file is unpacked to a temporary file.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from bnsym.train.errors import DataError
from bnsym.train.samples import BUFFER

HEADER_SIZE = 30  # of a member of a zip file, before its name and its extra field


def read_npy(path: Path) -> tuple[NDArray, NDArray]:
    """The columns but the last, and the last. Raises DataError, OSError."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        if not isinstance(array, np.ndarray) or array.ndim != 2 or array.shape[1] < 2 or array.dtype.kind not in "fiu":
            raise DataError(f"{path}: expected a matrix of numbers, the target in the last column")
    except (ValueError, EOFError, TypeError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path}: not an NPY file of a plain array: {error}") from error
    return _checked(path, array[:, :-1], np.array(array[:, -1]))


def read_npz(path: Path) -> tuple[NDArray, NDArray]:
    """X and y. Raises DataError, OSError."""
    try:
        with zipfile.ZipFile(path) as file:
            there = sorted(name.removesuffix(".npy") for name in file.namelist())
            missing = [name for name in ("X", "y") if name not in there]
            if missing:
                found = f"there {'is' if len(there) == 1 else 'are'} {', '.join(there)}" if there else "it is empty"
                raise DataError(f"{path}: there is no array {missing[0]}, and X and y are expected; {found}")
            X, y = (_member(path, file, file.getinfo(f"{name}.npy")) for name in ("X", "y"))
    except DataError:
        raise
    except (ValueError, zipfile.BadZipFile, EOFError, TypeError, RuntimeError) as error:
        advice = "; save labels as numbers or as y.astype(str)" if "bject" in str(error) else ""
        raise DataError(f"{path}: not an NPZ file of plain arrays: {error}{advice}") from error
    return _checked(path, X, y)


def _member(path: Path, file: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray:
    with file.open(member) as stream:
        if member.file_size <= BUFFER:
            return np.lib.format.read_array(stream, allow_pickle=False)
        if member.compress_type != zipfile.ZIP_STORED:
            with tempfile.TemporaryFile() as unpacked:
                shutil.copyfileobj(stream, unpacked)
                unpacked.flush()
                unpacked.seek(0)
                return _map(unpacked, 0)
    with path.open("rb") as whole:
        whole.seek(member.header_offset)
        header = whole.read(HEADER_SIZE)
        lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        whole.seek(member.header_offset + HEADER_SIZE + lengths)
        return _map(whole, whole.tell())


def _map(file: IO[bytes], start: int) -> NDArray:
    """The array in NPY format that starts here. Raises ValueError."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(file)
    if dtype.hasobject:
        raise ValueError("it holds objects")
    return np.memmap(file, dtype, "r", file.tell(), shape, "F" if fortran else "C")


def _checked(path: Path, X: NDArray, y: NDArray) -> tuple[NDArray, NDArray]:
    """Raises DataError for what does not fit, and for numbers that are not finite unless they are only mapped."""
    if X.ndim > 2 and not X.flags.c_contiguous:
        raise DataError(f"{path}: X is {X.shape}, and samples do not lie one by one: save np.ascontiguousarray(X)")
    if X.ndim > 2:
        X = X.reshape(len(X), -1)
    fit = X.ndim == 2 and X.dtype.kind in "fiub" and y.ndim in (1, 2) and y.dtype.kind in "fiubUS" and len(X) == len(y)
    if not fit:
        raise DataError(f"{path}: X is {X.dtype} {X.shape}, y is {y.dtype} {y.shape}; expected (N, n_in) and N targets")
    small = [array for array in (X, y) if array.dtype.kind == "f" and array.nbytes <= BUFFER]
    if not all(np.isfinite(array).all() for array in small):
        raise DataError(f"{path}: X or y holds a number that is not finite")
    return X, y
