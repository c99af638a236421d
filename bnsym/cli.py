"""The command line. Each command loads what it needs when it runs: `bnsym --help` and `bnsym check` stay light.

Exit status of verify: 0 every claim proved; 1 some claim is not, or there is none; 2 something could not be
read; 130 it was interrupted. Of check: 0 valid, 1 not. Usage errors are 2, as click has it.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from bnsym.files import write_atomically
from bnsym.kernel import Rejected
from bnsym.kernel.check import check as check_certificate

if TYPE_CHECKING:
    from bnsym.derivation import Derivation
    from bnsym.report.outcome import Outcome

INTERRUPTED = 130  # as a shell has it
FILE = click.Path(path_type=Path)
NOTATION = click.option("--notation", type=FILE, help="A TOML file, or a document whose header is taken.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bnsym")
def main() -> None:
    """Check gradient derivations, and compile what is proved."""


@main.command()
@click.argument("paths", nargs=-1, required=True, type=FILE)
@NOTATION
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON.")
@click.option("--steps", is_flag=True, help="Print the numbered derivation of every proved claim.")
@click.option("--certificates", type=FILE, help="Write the certificate of every proved claim into this folder.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Processes.  [default: one for every 8 documents]")
def verify(
    paths: tuple[Path, ...],
    notation: Path | None,
    as_json: bool,
    steps: bool,
    certificates: Path | None,
    jobs: int | None,
) -> None:
    """Judge every line of documents: proved, refuted, ill-formed or undecided.

    A folder stands for the documents below it: .md, .markdown, .tex and .ipynb that have a header.
    """
    from rich.console import Console

    from bnsym.report.batch import judge_all, usual_jobs

    documents, skipped = _find_documents(paths, notation)
    jobs = jobs or usual_jobs(len(documents))
    console = Console(highlight=False, markup=False, emoji=False)
    outcomes: list[Outcome] = []
    try:
        judged = judge_all(documents, notation, jobs, steps=steps, certificates=certificates is not None)
        with closing(judged):
            for outcome in judged:
                outcomes.append(outcome)
                if not as_json:
                    from bnsym.report.terminal import show

                    show(console, outcome)
    except KeyboardInterrupt:
        click.echo(f"interrupted after {len(outcomes)} of {len(documents)} documents", err=True)
        sys.exit(INTERRUPTED)
    if as_json:
        from bnsym.report.data import report

        click.echo(json.dumps(report(outcomes, skipped), ensure_ascii=False, indent=1))
    elif len(outcomes) > 1 or skipped:
        from bnsym.report.terminal import show_summary

        show_summary(console, outcomes, skipped)
    if certificates is not None:
        _write_certificates(outcomes, certificates)
    sys.exit(max(outcome.status for outcome in outcomes))


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


def _read(path: Path, notation: Path | None) -> Derivation:
    from bnsym.derivation import read

    try:
        return read(path, notation)
    except OSError as error:
        raise click.UsageError(f"{error.filename or path}: {error.strerror}") from error


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
            click.echo(f"{path}: rejected: {why}" if why else f"{path}: valid, {len(theorem.hypotheses)} hypotheses")
    except OSError as error:
        raise click.UsageError(f"{error.filename}: {error.strerror}") from error
    sys.exit(status)


@main.command()
@click.argument("path", type=FILE)
@NOTATION
@click.option("--wrt", metavar="SYMBOL", help="Only the derivative by this symbol, e.g. 'W^{l-1,l}'.")
def derive(path: Path, notation: Path | None, wrt: str | None) -> None:
    """Print the closed forms of the cost's derivatives, found and proved, as LaTeX."""
    derivation = _read(path, notation)
    if derivation.document.problem is not None:
        from bnsym.document import caret

        raise click.UsageError(f"{path}: {caret(derivation.document.problem)}")
    try:
        for form in derivation.derive(wrt):
            click.echo(form.latex)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _program_options(command: Callable[..., None]) -> Callable[..., None]:
    """What a generated program and a trainer have in common."""
    for option in reversed(
        [
            click.option("--activation", default="relu", show_default=True, help="g of all layers but the last."),
            click.option("--cost", default="cross-entropy", show_default=True, help="Or squared-error."),
            click.option("--epsilon", type=float, help="The ε of the document.  [default: 1e-05, if it has one]"),
            click.option("--optimizer", default="sgd", show_default=True, help="Or momentum, adam."),
            click.option("--dtype", default="float32", show_default=True, help="Or float64."),
            click.option("--backend", default="numpy", show_default=True),
        ]
    ):
        command = option(command)
    return command


def _widths(_: click.Context, __: click.Parameter, value: str) -> list[int]:
    try:
        return [int(width) for width in value.split(",") if width.strip()]
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is not a list of integers such as 64,32,10") from error


@main.command()
@click.argument("path", type=FILE)
@NOTATION
@click.option("--widths", required=True, callback=_widths, help="Widths of the layers, the input's first: 64,32,10.")
@click.option("--batch", default=32, show_default=True, help="Samples in a batch.")
@_program_options
@click.option("-o", "output", required=True, type=FILE, help="The file to write.")
def generate(path: Path, notation: Path | None, widths: list[int], batch: int, output: Path, **options: Any) -> None:
    """Compile a proved derivation into a training step in plain NumPy."""
    from bnsym.compile import CompileError, lambdify

    try:
        program = lambdify(_read(path, notation), widths=widths, batch=batch, **options)
        write_atomically(output, program.source.encode())
    except CompileError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"cannot write {output}: {error.strerror}") from error


@main.command()
@click.argument("path", type=FILE)
@NOTATION
@click.option("--data", required=True, help="'digits', a CSV file (labels in the last column), or an NPZ file (X, y).")
@click.option("--hidden", default="64,64", show_default=True, callback=_widths, help="Widths of the hidden layers.")
@click.option("--epochs", default=30, show_default=True)
@click.option("--batch", default=64, show_default=True, help="Samples in a batch.")
@click.option("--learning-rate", default=0.1, show_default=True)
@click.option("--test", default=0.2, show_default=True, help="Fraction of the samples that is set aside to test with.")
@click.option("--seed", default=0, show_default=True)
@click.option("--save", type=FILE, help="Write a checkpoint when done.")
@_program_options
def train(
    path: Path,
    notation: Path | None,
    data: str,
    hidden: list[int],
    epochs: int,
    batch: int,
    learning_rate: float,
    test: float,
    seed: int,
    save: Path | None,
    **options: Any,
) -> None:
    """Train a network with the code generated from a proved derivation."""
    import numpy as np

    from bnsym.compile import CompileError
    from bnsym.train import Trainer, TrainingError
    from bnsym.train.data import load

    try:
        derivation = _read(path, notation)
        labelled = options["cost"] == "cross-entropy"
        samples = load(data, labels=labelled, test=test, seed=seed)
        widths = [samples.train_x.shape[1], *hidden, samples.outputs]
        trainer = Trainer(
            widths, learning_rate=learning_rate, batch_size=batch, seed=seed, derivation=derivation, **options
        )
        start = perf_counter()
        trainer.fit(samples.train_x, samples.train_t, epochs=epochs, progress=sys.stderr.isatty())
        seconds = perf_counter() - start
        predicted = trainer.predict(samples.test_x)
        if save is not None:
            trainer.save(save)
    except (CompileError, TrainingError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from error
    if labelled:
        quality = f"test accuracy {np.mean(predicted == samples.test_t):.2%}"
    else:
        quality = f"test cost {0.5 * np.mean(np.sum((predicted - samples.test_t) ** 2, axis=1)):.6g}"
    click.echo(
        f"{'-'.join(map(str, widths))}, {epochs} epochs of {len(samples.train_x)} samples in {seconds:.1f} s: {quality}"
    )
