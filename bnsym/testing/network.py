"""Strategies for networks and their batches: generic ones, and ones that are degenerate on purpose.

    from hypothesis import given
    from bnsym import Trainer
    from bnsym.testing import degenerate_batches, networks

    @given(networks())
    def test_a_gradient_is_a_number(network):
        trainer = Trainer(network.widths, activation=network.activation, cost=network.cost, dtype="float64")
        gradient = trainer.gradient(network.X, network.labels)
        ...

A batch that is generic has three samples at least, of which no column repeats a value: with two samples, or one unit
before it, a normalised layer has no gradient and wrong code passes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from hypothesis import strategies as st

Array = np.ndarray
ACTIVATIONS = ("identity", "relu", "sigmoid", "softplus", "tanh")
COSTS = ("cross-entropy", "squared-error")
EPSILONS = (0.0, 1e-5, 0.1, 2.0)
STEP = 1e-30
Sizes = st.SearchStrategy[int]
FEW: Sizes = st.integers(3, 8)
NARROW: Sizes = st.integers(1, 5)
seeds = st.integers(0, 2**32 - 1)


def complex_step(f: Callable[[Array], complex], at: Array) -> Array:
    """∂f/∂at by Im f(at + ih)/h, which subtracts nothing: exact to rounding. `f` takes complex arrays."""
    result = np.empty(at.shape)
    for place in np.ndindex(at.shape):
        moved = at.astype(complex)
        moved[place] += 1j * STEP
        result[place] = f(moved).imag / STEP
    return result


# ---------------------------------------------------------------- batches


def generic_batch(samples: int, width: int, seed: int) -> Array:
    """(samples, width): each column runs through values that differ by a quarter at least, in an order of its own."""
    random = np.random.default_rng(seed)
    steps = np.arange(samples) - (samples - 1) / 2
    columns = [random.permutation(steps + random.uniform(-0.25, 0.25, samples)) for _ in range(width)]
    scales, offsets = random.uniform(0.5, 1.5, width), random.uniform(-2, 2, width)
    return np.stack(columns, axis=1) * scales + offsets if width else np.empty((samples, 0))


@st.composite
def batches(draw: st.DrawFn, samples: Sizes = FEW, width: Sizes = NARROW) -> Array:
    """Strategy for generic batches, (N, n) with N ≥ 3 and n ≥ 1 unless other sizes are given."""
    return generic_batch(draw(samples), draw(width), draw(seeds))


Kind = Literal["one sample", "no variance", "nan", "infinite", "huge", "tiny", "offset"]
KINDS: tuple[Kind, ...] = ("one sample", "no variance", "nan", "infinite", "huge", "tiny", "offset")


@dataclass(frozen=True)
class Degenerate:
    """A batch and what is wrong with it; `column` is where, unless it is wrong everywhere."""

    kind: Kind
    X: Array
    column: int


def spoiled(kind: Kind, samples: int, width: int, seed: int) -> Degenerate:
    """A generic batch made degenerate in a way."""
    random = np.random.default_rng(seed)
    X = generic_batch(samples, width, seed)
    row, column = int(random.integers(samples)), int(random.integers(width))
    match kind:
        case "one sample":
            X = X[:1]
        case "no variance":
            X[:, column] = X[0, column]
        case "nan":
            X[row, column] = np.nan
        case "infinite":
            X[row, column] = random.choice([np.inf, -np.inf])
        case "huge":
            X = X * 1e160
        case "tiny":
            X = X * 1e-160
        case "offset":
            X = X + 1e12
    return Degenerate(kind, X, column)


@st.composite
def degenerate_batches(
    draw: st.DrawFn, kinds: Sequence[Kind] = KINDS, samples: Sizes = FEW, width: Sizes = NARROW
) -> Degenerate:
    """Strategy for batches of one sample, without variance, with NaN, infinities, scales 1e±160, offsets of 1e12."""
    return spoiled(draw(st.sampled_from(kinds)), draw(samples), draw(width), draw(seeds))


# ---------------------------------------------------------------- networks


@dataclass(frozen=True)
class Network:
    """Parameters under the trainer's names (W is (n_out, n_in)), a batch, targets (N, n_out), and options."""

    parameters: dict[str, Array]
    X: Array
    T: Array
    activation: str
    cost: str
    epsilon: float

    @property
    def widths(self) -> list[int]:
        return [self.X.shape[1], *(len(a) for name, a in self.parameters.items() if name.startswith("beta"))]

    @property
    def labels(self) -> Array:
        """(N,): the largest target of each sample."""
        return self.T.argmax(axis=1)

    @property
    def options(self) -> dict:
        return {"activation": self.activation, "cost": self.cost, "epsilon": self.epsilon}


def random_parameters(widths: list[int], seed: int, *, bias: bool = False) -> dict[str, Array]:
    """W, γ, β (and b before the normalization, if asked for) of every layer."""
    random = np.random.default_rng(seed)
    parameters = {}
    for layer, (before, after) in enumerate(pairwise(widths), 1):
        parameters[f"W{layer}"] = random.standard_normal((after, before))
        if bias:
            parameters[f"b{layer}"] = random.standard_normal(after)
        parameters[f"gamma{layer}"] = 1 + 0.5 * random.standard_normal(after)
        parameters[f"beta{layer}"] = random.standard_normal(after)
    return parameters


@st.composite
def networks(draw: st.DrawFn, most: int = 5) -> Network:
    """One to three layers of up to `most` units, any activation, cost and ε, on a generic batch.

    Where a unit may be off for all samples, so that the next layer has no variance, ε is not zero.
    """
    widths = draw(st.lists(st.integers(1, most), min_size=2, max_size=4))
    X = draw(batches(width=st.just(widths[0])))
    seed = draw(seeds)
    T = np.random.default_rng(seed).random((len(X), widths[-1]))
    activation, cost = draw(st.sampled_from(ACTIVATIONS)), draw(st.sampled_from(COSTS))
    constant = activation == "relu" and len(widths) > 2
    epsilon = draw(st.sampled_from([e for e in EPSILONS if e or not constant]))
    return Network(random_parameters(widths, seed), X, T, activation, cost, epsilon)
