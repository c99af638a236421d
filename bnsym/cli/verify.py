"""`bnsym verify`: the verdict on every line of documents, as tables or as JSON."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bnsym.cli.options import FILE, NOTATION
from bnsym.files import write_atomically
from bnsym.printable import plain_json

if TYPE_CHECKING:
    from rich.console import Console

    from bnsym.report.batch import Task
    from bnsym.report.outcome import Outcome

INTERRUPTED = 130  # as a shell has it


@click.command()
@click.argument("paths", nargs=-1, required=True, type=FILE)
@NOTATION
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON.")
@click.option("--steps", is_flag=True, help="Print the numbered derivation of every proved claim.")
@click.option("--certificates", type=FILE, help="Write the certificate of every proved claim into this folder.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="A claim that takes longer is undecided.",
)
@click.option("--jobs", type=click.IntRange(1, 256), help="Processes.  [default: one for every 8 documents]")
def verify(
    paths: tuple[Path, ...],
    notation: Path | None,
    as_json: bool,
    steps: bool,
    certificates: Path | None,
    timeout: float | None,
    jobs: int | None,
) -> None:
    """Judge every line of documents: proved, refuted, ill-formed or undecided.

    A folder stands for the documents below it: .md, .markdown, .tex and .ipynb that have a header.
    """
    documents, skipped = _find_documents(paths, notation)
    console = None if as_json else _console()
    outcomes: list[Outcome] = []
    try:
        tasks = [(path, notation, steps, certificates is not None, timeout) for path in documents]
        with closing(_judge(tasks, jobs)) as judged:
            for outcome in judged:
                outcomes.append(outcome)
                if console is not None:
                    from bnsym.report.terminal import show

                    show(console, outcome)
    except KeyboardInterrupt:
        click.echo(f"interrupted after {len(outcomes)} of {len(documents)} documents", err=True)
        sys.exit(INTERRUPTED)
    if console is None:
        from bnsym.report.data import report

        click.echo(plain_json(json.dumps(report(outcomes, skipped), ensure_ascii=False, indent=1)))
    elif len(outcomes) > 1 or skipped:
        from bnsym.report.terminal import show_summary

        show_summary(console, outcomes, skipped)
    if certificates is not None:
        _write_certificates(outcomes, certificates)
    sys.exit(max(outcome.status for outcome in outcomes))


def _judge(tasks: list[Task], jobs: int | None) -> Generator[Outcome, None, None]:
    """The outcomes, in the order of the tasks. With a single one there is nothing to share, and no bar to show."""
    if len(tasks) == 1:
        from bnsym.report.process import judge

        yield judge(*tasks[0])
    else:
        from bnsym.report.batch import judge_all

        yield from judge_all(tasks, jobs)


def _console() -> Console:
    from bnsym.report.terminal import Screen

    return Screen(highlight=False, markup=False, emoji=False)


def _find_documents(paths: tuple[Path, ...], notation: Path | None) -> tuple[list[Path], list[Path]]:
    """The documents that are named, those in folders included, and the files in folders that are none."""
    from bnsym.document import find_documents

    documents: list[Path] = []
    skipped: list[Path] = []
    try:
        if notation is not None:
            notation.open("rb").close()
        for path in paths:
            found, others = find_documents(path, with_notation=notation is not None) if path.is_dir() else ([path], [])
            documents += found
            skipped += others
    except OSError as error:
        raise click.UsageError(f"{error.filename}: {error.strerror}") from error
    if not documents:
        what = f"none of {len(skipped)} files has a header" if skipped else "no .md, .markdown, .tex or .ipynb"
        raise click.UsageError(f"there is no document in {', '.join(map(str, paths))}: {what}")
    return documents, skipped


def _write_certificates(outcomes: list[Outcome], folder: Path) -> None:
    """Files are named after their document: by its stem, or by all of its path where two have one stem."""
    paths = {outcome.path: Path(outcome.path) for outcome in outcomes}
    shared = Counter(path.stem for path in paths.values())
    stems = {
        name: path.stem if shared[path.stem] == 1 else "-".join(p for p in path.parts if p not in (path.anchor, ".."))
        for name, path in paths.items()
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for outcome in outcomes:
            for name, content in outcome.certificates.items():
                write_atomically(folder / f"{stems[outcome.path]}-{name}.json", content.encode())
    except OSError as error:
        raise click.ClickException(f"cannot write certificates to {folder}: {error.strerror}") from error
