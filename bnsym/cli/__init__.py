"""The command line. Each command loads what it needs when it runs: `bnsym --help` and `bnsym check` stay light.

Exit status of verify: 0 every claim proved; 1 some claim is not, or there is none; 2 something could not be
read; 130 it was interrupted. Of check: 0 valid, 1 not. Of replay: 0 every counterexample replays, 1 not. Usage
errors are 2, as click has it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from bnsym.cli.options import FILE, NOTATION, program_options, read_derivation
from bnsym.cli.options import widths as parse_widths
from bnsym.cli.replay import replay
from bnsym.cli.train import train
from bnsym.cli.verify import verify
from bnsym.collector import loading
from bnsym.files import write_atomically
from bnsym.kernel import Rejected
from bnsym.kernel.check import check as check_certificate
from bnsym.printable import one_line, plain


class Commands(click.Group):
    """Commands whose errors, which tell of files and documents, do not steer the terminal."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise click.UsageError(plain(error.format_message()), error.ctx) from error
        except click.ClickException as error:
            raise click.ClickException(plain(error.format_message())) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bnsym")
def main() -> None:
    """Check gradient derivations, and compile what is proved."""


@main.command()
@click.argument("certificates", nargs=-1, required=True, type=FILE)
@click.option("--document", type=FILE, help="Also check that they are certificates of this document's claims.")
@NOTATION
def check(certificates: tuple[Path, ...], document: Path | None, notation: Path | None) -> None:
    """Replay certificates with the kernel alone."""
    from bnsym.document import read
    from bnsym.language.claim import mismatch

    status = 0
    try:
        claimed = read(document, notation) if document is not None else None
        for path in certificates:
            text = path.read_bytes()
            try:
                theorem = check_certificate(text)
                why = mismatch(json.loads(text), claimed) if claimed is not None else None
            except Rejected as error:
                why = str(error)
            status |= why is not None
            said = f"rejected: {why}" if why else f"valid, {len(theorem.hypotheses)} hypotheses"
            click.echo(one_line(f"{path}: {said}"))
    except OSError as error:
        raise click.UsageError(f"{error.filename}: {error.strerror}") from error
    sys.exit(status)


@main.command()
@click.argument("path", type=FILE)
@NOTATION
@click.option("--wrt", metavar="SYMBOL", help="Only the derivative by this symbol, e.g. 'W^{l-1,l}'.")
def derive(path: Path, notation: Path | None, wrt: str | None) -> None:
    """Print the closed forms of the cost's derivatives, found and proved, as LaTeX."""
    derivation = read_derivation(path, notation)
    if derivation.document.problem is not None:
        from bnsym.document import caret

        raise click.UsageError(f"{path}: {caret(derivation.document.problem)}")
    try:
        for form in derivation.derive(wrt):
            click.echo(one_line(form.latex))
    except ValueError as error:
        raise click.UsageError(str(error)) from error


@main.command()
@click.argument("path", type=FILE)
@NOTATION
@click.option(
    "--widths",
    callback=parse_widths,
    help="Widths of the layers, the input's first: 64,32,10. Without them the code is of the cost and its gradient as "
    "a function of the tensors that the document does not define.",
)
@click.option("--batch", default=32, show_default=True, help="Samples in a batch.")
@program_options
@click.option(
    "--plan", is_flag=True, help="Print the steps with their operations, bytes and equations, and their forms."
)
@click.option("-o", "output", type=FILE, help="The file to write: NumPy code, or C with the backend compiled.")
def generate(
    path: Path,
    notation: Path | None,
    widths: list[int] | None,
    batch: int,
    plan: bool,
    output: Path | None,
    **options: Any,
) -> None:
    """Compile a proved derivation into a training step, or into a function, in plain NumPy or in C."""
    with loading():
        from bnsym.compile import CompileError, lambdify
        from bnsym.compile.planning.outline import text

    if output is None and not plan:
        raise click.UsageError("give a file to write with -o, or --plan")
    try:
        program = lambdify(read_derivation(path, notation), widths=widths, batch=batch, **options)
        if plan:
            click.echo(plain(text(program.steps, program.forms)))
        if output is not None:
            write_atomically(output, program.source.encode())
    except CompileError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"cannot write {output}: {error.strerror}") from error


main.add_command(replay)
main.add_command(train)
main.add_command(verify)
