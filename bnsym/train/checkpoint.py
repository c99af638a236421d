"""Checkpoints: one .npz file of plain arrays, written whole or not at all, never unpickled.

The comment of the archive is the SHA-256 of all bytes before it. It is looked at before anything is parsed, so
that a file that was cut off or altered anywhere is refused for what it is.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnsym.files import remove_unfinished, write_atomically
from bnsym.train.errors import CheckpointError

VERSION = 2
DIGITS = 64  # of a SHA-256


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds: arrays by name; the trainer's options; where training was, and its run if it has one."""

    path: Path
    arrays: Mapping[str, NDArray]
    options: dict[str, Any]
    steps: int
    random: dict[str, Any]
    run: dict[str, Any] | None
    digest: str

    def restore(self, arrays: Mapping[str, NDArray]) -> None:
        """Copy saved arrays into these. Raises CheckpointError unless they fit."""
        for name, array in arrays.items():
            saved = self.arrays[name]
            if saved.shape != array.shape or saved.dtype != array.dtype or not np.isfinite(saved).all():
                raise CheckpointError(f"{self.path}: the array {name} does not fit the network")
            array[...] = saved


def save(path: Path, arrays: Mapping[str, NDArray], about: dict[str, Any]) -> None:
    """`about` holds the fields of a `Checkpoint` that are not arrays. Raises OSError.

    What is left of savings that were killed is removed first: it may be what fills the disk.
    """
    remove_unfinished(path)
    text = json.dumps({"version": VERSION, **about})
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, array in {**arrays, "about": np.array(text)}.items():
            with file.open(f"{name}.npy", "w") as part:
                np.lib.format.write_array(part, array, allow_pickle=False)
        file.comment = b"0" * DIGITS
    body = content.getvalue()[:-DIGITS]
    write_atomically(path, body + _checksum(body))


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()


def load(path: Path) -> Checkpoint:
    """Raises OSError, and CheckpointError for what is not a checkpoint, or not as it was written."""
    content = path.read_bytes()
    if not content.startswith(b"PK"):
        raise CheckpointError(f"{path} is not a checkpoint")
    if content[-DIGITS:] != _checksum(content[:-DIGITS]):
        raise CheckpointError(f"{path} is cut off or was altered: its checksum does not match")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(str(arrays.pop("about")))
        if about.pop("version") != VERSION:
            raise CheckpointError(f"{path} is a checkpoint of another version of bnsym")
        return Checkpoint(path, arrays, **about)
    except (KeyError, TypeError, AttributeError, zipfile.BadZipFile, ValueError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"{path} is not a checkpoint: {error}") from error
