"""`bnsym train`: a network trained with the code generated from a proved derivation.

Exit status: 0 trained; 1 it cannot be; 2 usage; 128 + n stopped by signal n, after the checkpoint was written.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from bnsym.cli.options import FILE, NOTATION, program_options, read_derivation
from bnsym.cli.options import widths as parse_widths
from bnsym.collector import loading
from bnsym.files import check_writable

if TYPE_CHECKING:
    from bnsym.derivation import Derivation
    from bnsym.train import Trainer
    from bnsym.train.data import DataSet

# What a run that is resumed does not take from its checkpoint.
WITH_RESUME = (
    "path", "notation", "data", "test", "checkpoint", "every", "resume", "coordinator", "processes", "process", "save",
    "plot",
)  # fmt: skip


@click.command()
@click.argument("path", type=FILE)
@NOTATION
@click.option(
    "--data",
    required=True,
    help="'digits'; a CSV or NPY file, the target in the last column; an NPZ file (X, y). Large files are not read "
    "into memory.",
)
@click.option("--test", default=0.2, show_default=True, help="Fraction of the samples to test with in the end.")
@click.option(
    "--hidden", default="64,64", show_default=True, callback=parse_widths, help="Widths of the hidden layers."
)
@click.option("--epochs", default=30, show_default=True)
@click.option("--batch", default=64, show_default=True, help="Samples in a batch.")
@click.option("--learning-rate", default=0.1, show_default=True)
@click.option(
    "--schedule",
    default="constant",
    show_default=True,
    help="What becomes of the learning rate: or linear, cosine, step, warmup-cosine.",
)
@click.option("--weight-decay", default=0.0, show_default=True, help="Of the weights, beside the optimizer's update.")
@click.option("--clip", type=float, help="Scale a longer gradient to this norm.")
@click.option("--validation", default=0.0, show_default=True, help="Fraction to measure with after every epoch.")
@click.option("--patience", type=int, help="Stop after so many epochs without a lower validation cost; keep the best.")
@click.option("--seed", default=0, show_default=True)
@program_options
@click.option("--checkpoint", type=FILE, help="Save to this file as training goes, and on SIGTERM or SIGINT.")
@click.option("--every", type=int, help="Steps from one checkpoint to the next.  [default: an epoch]")
@click.option("--resume", type=FILE, help="Go on from this checkpoint, with its options, to the same result.")
@click.option("--coordinator", metavar="HOST:PORT", help="Train with several processes: where process 0 listens.")
@click.option("--processes", default=1, show_default=True, help="How many there are; each has the same data.")
@click.option("--process", default=0, show_default=True, help="Which one this is. Process 0 writes and reports.")
@click.option("--save", type=FILE, help="Save to this file when done.")
@click.option("--plot", type=FILE, help="Draw the learning curve: .png, .svg, .pdf. Needs bnsym[plot].")
@click.pass_context
def train(
    context: click.Context,
    path: Path,
    notation: Path | None,
    data: str,
    test: float,
    resume: Path | None,
    checkpoint: Path | None,
    every: int | None,
    coordinator: str | None,
    processes: int,
    process: int,
    save: Path | None,
    plot: Path | None,
    **options: Any,
) -> None:
    """Train a network with the code generated from a proved derivation."""
    with loading():
        from bnsym.compile import CompileError
        from bnsym.compile.jax.sharded import join
        from bnsym.train import Interrupted, TrainingError
        from bnsym.train.plot import check_plot
        from bnsym.train.plot import plot as draw

    if resume is not None:
        _refuse_beside_resume(context)
    if every is not None and checkpoint is None and resume is None:
        raise click.UsageError("--every says how often --checkpoint is written: give that too")
    if (processes > 1) != (coordinator is not None):
        raise click.UsageError("--coordinator and --processes go together")
    try:
        if plot is not None and not process:
            check_plot(plot)  # before the work, not after it
        derivation = read_derivation(path, notation)
        if coordinator is not None:
            join(coordinator, processes, process)
        watch = {"checkpoint": checkpoint or resume, "every": every, "progress": sys.stderr.isatty()}
        if process:
            watch, save, plot = {}, None, None
        if save is not None:
            check_writable(save)  # before the work too
        trainer, samples, seconds = _run(derivation, data, test, resume, watch, options)
        cost, accuracy = trainer.measure(samples.X, samples.T, rows=samples.test)
        if save is not None:
            trainer.save(save)
        if plot is not None:
            draw(trainer.history, plot)
    except Interrupted as stopped:
        click.echo(str(stopped), err=True)
        sys.exit(128 + stopped.signal)
    except (CompileError, TrainingError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from error
    if process:
        return
    quality = f"test cost {cost:.6g}" if accuracy is None else f"test accuracy {accuracy:.2%}"
    widths, epochs = "-".join(map(str, trainer.widths)), len(trainer.history)
    click.echo(f"{widths}, {epochs} epochs of {len(samples.train)} samples in {seconds:.1f} s: {quality}")


def _refuse_beside_resume(context: click.Context) -> None:
    for parameter in context.command.params:
        given = context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
        if given and parameter.name not in WITH_RESUME:
            raise click.UsageError(f"{parameter.opts[0]} is the checkpoint's own when it is resumed: leave it out")


def _run(
    derivation: Derivation,
    source: str,
    test: float,
    resume: Path | None,
    watch: dict[str, Any],
    options: dict[str, Any],
) -> tuple[Trainer, DataSet, float]:
    """Train, or go on training; also the samples, and how long it took."""
    from bnsym.train import Trainer
    from bnsym.train.data import load

    if resume is not None:
        trainer = Trainer.load(resume, derivation=derivation)
        samples = load(source, labels=trainer.labels, test=test, seed=trainer.seed)
        start = perf_counter()
        trainer.resume(samples.X, samples.T, rows=samples.train, **watch)
        return trainer, samples, perf_counter() - start
    fit = {name: options.pop(name) for name in ("epochs", "validation", "patience")}
    samples = load(source, labels=options["cost"] == "cross-entropy", test=test, seed=options["seed"])
    widths = [samples.X.shape[1], *options.pop("hidden"), samples.outputs]
    trainer = Trainer(widths, batch_size=options.pop("batch"), derivation=derivation, **options)
    start = perf_counter()
    trainer.fit(samples.X, samples.T, rows=samples.train, **fit, **watch)
    return trainer, samples, perf_counter() - start
