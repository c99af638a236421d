"""Checkpoints: one .npz file of plain arrays, written whole or not at all, never unpickled."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnsym.files import write_atomically
from bnsym.train.errors import CheckpointError

VERSION = 1


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds: arrays by name, the trainer's options, and where training was."""

    path: Path
    arrays: Mapping[str, NDArray]
    options: dict[str, Any]
    steps: int
    random: dict[str, Any]
    digest: str

    def restore(self, arrays: Mapping[str, NDArray], digest: str) -> None:
        """Copy the saved arrays into these. Raises CheckpointError unless they fit."""
        if digest != self.digest:
            raise CheckpointError(f"{self.path} was trained with another derivation: give it as derivation=")
        for name, array in arrays.items():
            saved = self.arrays[name]
            if saved.shape != array.shape or saved.dtype != array.dtype or not np.isfinite(saved).all():
                raise CheckpointError(f"{self.path}: the array {name} does not fit the network")
            array[...] = saved


def save(
    path: Path, arrays: Mapping[str, NDArray], options: dict[str, Any], steps: int, random: Any, digest: str
) -> None:
    """Raises OSError."""
    about = {"version": VERSION, "options": options, "steps": steps, "random": random, "digest": digest}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, array in {**arrays, "about": np.array(json.dumps(about))}.items():
            with file.open(f"{name}.npy", "w") as part:
                np.lib.format.write_array(part, array, allow_pickle=False)
    write_atomically(path, content.getvalue())


def load(path: Path) -> Checkpoint:
    """Raises OSError, and CheckpointError for what is not a checkpoint."""
    content = io.BytesIO(path.read_bytes())
    try:
        with np.load(content, allow_pickle=False) as file:
            arrays = {name: file[name] for name in ("parameters", "averages", "moments")}
            about = json.loads(str(file["about"]))
        if about["version"] != VERSION:
            raise CheckpointError(f"{path} is a checkpoint of version {about['version']}, not {VERSION}")
        return Checkpoint(path, arrays, about["options"], about["steps"], about["random"], about["digest"])
    except (KeyError, TypeError, AttributeError, zipfile.BadZipFile, EOFError, json.JSONDecodeError) as error:
        raise CheckpointError(f"{path} is not a checkpoint") from error
    except ValueError as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"{path} is not a checkpoint: {error}") from error
