"""`bnsym replay`: the counterexamples of a report, evaluated again."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bnsym.cli.options import FILE, NOTATION
from bnsym.printable import one_line


@click.command()
@click.argument("report", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--id", "identifier", help="Only this statement, e.g. eq4.3.")
@click.option("--document", type=FILE, help="The document, if it is not where the report says.")
@NOTATION
@click.option("--numpy", is_flag=True, help="Print a counterexample as a program in plain NumPy.")
def replay(report: Path, identifier: str | None, document: Path | None, notation: Path | None, numpy: bool) -> None:
    """Evaluate the counterexamples of a report (verify --json; - is standard input) again.

    Exit status: 0 every one gives the recorded values; 1 one does not; 2 the report or a document cannot be read.
    """
    from bnsym.document import read
    from bnsym.refute.reported import Mismatch, NotAReport, read_report
    from bnsym.refute.reported import replay as replay_one

    try:
        text = sys.stdin.buffer.read() if str(report) == "-" else report.read_bytes()
        found = [r for r in read_report(text) if identifier in (None, r.id)]
        paths = {r.path: document or Path(r.path) for r in found}
        if document is not None and len(paths) > 1:
            raise click.UsageError(f"--document is one document, and the report is about {', '.join(paths)}")
        documents = {path: read(source, notation) for path, source in paths.items()}
    except NotAReport as error:
        raise click.UsageError(f"{report} is not a report: {error}") from error
    except OSError as error:
        raise click.UsageError(f"{error.filename}: {error.strerror}") from error
    if identifier is not None and not found:
        raise click.UsageError(f"the report has no counterexample of {identifier}")
    if numpy and len(found) != 1:
        raise click.UsageError(f"one counterexample makes a program: give the --id of {', '.join(r.id for r in found)}")
    status = 0
    for reported in found:
        where = one_line(f"{reported.path}: {reported.id}")
        try:
            again = replay_one(documents[reported.path], reported)
        except Mismatch as why:
            status = 1
            click.echo(f"{where}: does not replay: {one_line(str(why))}")
            continue
        if numpy:
            from bnsym.report.script import Script

            click.echo(Script(reported, again).text(), nl=False)
        else:
            click.echo(f"{where}: replays: {again.left} on the left, {again.right} on the right, as recorded")
    if not found:
        click.echo("the report has no counterexample")
    sys.exit(status)
