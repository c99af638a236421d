"""`bnsym train`: a network trained with the code generated from a proved derivation."""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import click

from bnsym.cli.options import FILE, NOTATION, program_options, read_derivation
from bnsym.cli.options import widths as parse_widths


@click.command()
@click.argument("path", type=FILE)
@NOTATION
@click.option("--data", required=True, help="'digits', a CSV file (labels in the last column), or an NPZ file (X, y).")
@click.option(
    "--hidden", default="64,64", show_default=True, callback=parse_widths, help="Widths of the hidden layers."
)
@click.option("--epochs", default=30, show_default=True)
@click.option("--batch", default=64, show_default=True, help="Samples in a batch.")
@click.option("--learning-rate", default=0.1, show_default=True)
@click.option("--test", default=0.2, show_default=True, help="Fraction of the samples that is set aside to test with.")
@click.option("--seed", default=0, show_default=True)
@click.option("--save", type=FILE, help="Write a checkpoint when done.")
@program_options
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
        derivation = read_derivation(path, notation)
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
