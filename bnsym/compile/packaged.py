"""Where the documents that come with the package are: in the wheel, or beside the package in its repository."""

from __future__ import annotations

from pathlib import Path

BATCH_NORM = "batch_norm_epsilon.md"


def packaged(name: str) -> Path:
    """The path of a packaged document. Raises FileNotFoundError."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "derivations", package.parent / "derivations"):
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"the document {name} is missing from this installation of bnsym")
