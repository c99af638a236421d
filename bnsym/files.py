"""Writing files so that nothing of the user's is lost: a temporary name, synced, then renamed.

A process that is killed while it writes leaves its temporary file behind, which `remove_unfinished` removes. What is
being written is locked, and the lock dies with the process: a temporary file that can be locked is nobody's any more.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EISDIR
from glob import escape
from pathlib import Path

if sys.platform != "win32":
    import fcntl

UNFINISHED = ".unfinished"


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the content of a file, or leave it as it was. Raises OSError, which names the file."""
    with _errors_of(path):
        with _temporary(path) as (handle, name):
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(name, path)
            except BaseException:
                os.unlink(name)
                raise
        _sync_folder(path.parent)


def check_writable(path: Path) -> None:
    """Raises OSError, which names the file, unless one can be made there: before the work, not after it."""
    if path.is_dir():
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(path))
    with _errors_of(path), _temporary(path) as (handle, name):
        os.close(handle)
        os.unlink(name)


def remove_unfinished(path: Path) -> None:
    """Remove what processes left that were killed while they wrote this file; what is being written stays."""
    if sys.platform == "win32":
        return
    for name in path.parent.glob(f".{escape(path.name)}.????????{UNFINISHED}"):
        with suppress(OSError):  # it is being written, is somebody else's, or is gone
            handle = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(name)
            finally:
                os.close(handle)


@contextmanager
def _errors_of(path: Path) -> Iterator[None]:
    """Errors name this file, which the user knows: not the temporary one, nor, as for a full disk, none."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


@contextmanager
def _temporary(path: Path) -> Iterator[tuple[int, str]]:
    """A new file beside this one, open and, but on Windows, locked; who uses it closes and renames it."""
    while True:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=UNFINISHED)
        if sys.platform == "win32":
            yield handle, name
            return
        lock = os.dup(handle)  # of the same open file, so that the lock outlives the closing
        try:
            with suppress(OSError):  # where files cannot be locked, nothing unfinished is removed
                fcntl.flock(lock, fcntl.LOCK_EX)
            if os.path.exists(name):  # else somebody took it for left behind, just before it was locked
                yield handle, name
                return
            os.close(handle)
        finally:
            os.close(lock)


def _sync_folder(folder: Path) -> None:
    """So that the new name outlives a loss of power, where a folder can be opened."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
