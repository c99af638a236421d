"""The documents in a folder: which files are read when a folder is named."""

from __future__ import annotations

import os
from pathlib import Path

from bnsym.document.reader import has_header

SUFFIXES = (".md", ".markdown", ".tex", ".ipynb")


def find_documents(folder: Path, *, with_notation: bool) -> tuple[list[Path], list[Path]]:
    """The documents below a folder in the order of their paths, and those of its files that are none.

    A file without a header is a document only if a notation is given with it. Hidden files and folders are passed
    over, links to folders not followed. Raises OSError if the folder cannot be listed.
    """
    documents, others = [], []
    for path in _files(folder):
        if with_notation or _may_be_document(path):
            documents.append(path)
        else:
            others.append(path)
    return documents, others


def _files(folder: Path) -> list[Path]:
    def refuse(error: OSError) -> None:
        raise error

    found = []
    for place, inner, names in os.walk(folder, onerror=refuse):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        visible = [name for name in names if not name.startswith(".")]
        found += [Path(place, name) for name in visible if name.lower().endswith(SUFFIXES)]
    return sorted(found)


def _may_be_document(path: Path) -> bool:
    """What cannot be opened is one, so that judging it says so."""
    try:
        return has_header(path)
    except OSError:
        return True
