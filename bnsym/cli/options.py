"""Options that several commands have, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from bnsym.collector import loading

if TYPE_CHECKING:
    from bnsym.derivation import Derivation

Value = TypeVar("Value", int, float)
FILE = click.Path(path_type=Path)
NOTATION = click.option("--notation", type=FILE, help="A TOML file, or a document whose header is taken.")


def read_derivation(path: Path, notation: Path | None) -> Derivation:
    """Raises click.UsageError for a file that cannot be opened."""
    with loading():
        from bnsym.derivation import read

    try:
        return read(path, notation)
    except OSError as error:
        raise click.UsageError(f"{error.filename or path}: {error.strerror}") from error


def program_options(command: Callable[..., None]) -> Callable[..., None]:
    """What a generated program and a trainer have in common."""
    for option in reversed(
        [
            click.option("--activation", default="relu", show_default=True, help="g of all layers but the last."),
            click.option("--cost", default="cross-entropy", show_default=True, help="Or squared-error."),
            click.option("--epsilon", type=float, help="The ε of the document.  [default: 1e-05, if it has one]"),
            click.option(
                "--constant",
                "constants",
                metavar="NAME=VALUE",
                multiple=True,
                callback=constants,
                help="Another scalar of the document: alpha=0.1 for \\alpha. May be repeated.",
            ),
            click.option(
                "--size",
                "sizes",
                metavar="AXIS=NUMBER",
                multiple=True,
                callback=sizes,
                help="How long an axis is that the widths do not say. May be repeated.",
            ),
            click.option("--optimizer", default="sgd", show_default=True, help="Or momentum, adam."),
            click.option("--dtype", default="float32", show_default=True, help="Or float64."),
            click.option(
                "--backend", default="numpy", show_default=True, help="Or compiled, which needs a C compiler; or jax."
            ),
            click.option("--devices", default=1, show_default=True, help="Split each batch over so many. Needs jax."),
        ]
    ):
        command = option(command)
    return command


def widths(_: click.Context, __: click.Parameter, value: str | None) -> list[int] | None:
    """A comma-separated list of integers; a callback of click."""
    if value is None:
        return None
    try:
        return [int(width) for width in value.split(",") if width.strip()]
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is not a list of integers such as 64,32,10") from error


def constants(_: click.Context, __: click.Parameter, given: Sequence[str]) -> dict[str, float]:
    """Numbers by name; a callback of click."""
    return _by_name(given, float, "a name and a number such as alpha=0.1")


def sizes(_: click.Context, __: click.Parameter, given: Sequence[str]) -> dict[str, int]:
    """Lengths by the name of the axis; a callback of click."""
    return _by_name(given, int, "an axis and its length such as unit=64")


def _by_name(given: Sequence[str], kind: Callable[[str], Value], expected: str) -> dict[str, Value]:
    found = {}
    for text in given:
        name, _equals, value = text.partition("=")
        try:
            found[name.strip()] = kind(value)
        except ValueError as error:
            raise click.BadParameter(f"{text!r} is not {expected}") from error
    return found
