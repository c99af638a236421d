"""A small trainer, and data for it."""

import numpy as np

from bnsym import Trainer
from tests.compile import documents

WIDTHS = [4, 6, 3]


def make(widths=WIDTHS, **options):
    return Trainer(widths, derivation=documents.batch_norm(), **{"dtype": "float64", "batch_size": 8, **options})


def samples(count=8, width=4, seed=0):
    return np.random.default_rng(seed).standard_normal((count, width))


def snapshot(trainer):
    return {name: array.copy() for name, array in trainer.parameters.items()}


def same(left, right):
    return all(np.array_equal(left[name], right[name]) for name in left)


def state(trainer):
    """All bits that training depends on."""
    return {name: array.tobytes() for name, array in trainer.model.arrays().items()}, trainer.random.bit_generator.state
