"""Activations that the document defines are compiled as defined, against complex steps through the network."""

from __future__ import annotations

import numpy as np
import pytest

import bnsym
from tests.support.documents import edited, read_text, source

FUNCTIONS = {
    r"z / (1 + e^{-z})": lambda z: z / (1 + np.exp(-z)),
    r"\frac{1}{1 + e^{-z}}": lambda z: 1 / (1 + np.exp(-z)),
    r"\frac12 z (1 + \tanh(z + z^3 / 20))": lambda z: z * (1 + np.tanh(z + z**3 / 20)) / 2,
    r"z / \sqrt{1 + z^2}": lambda z: z / np.sqrt(1 + z * z),
}


@pytest.mark.parametrize("written", FUNCTIONS)
def test_a_network_with_its_own_activation(written):
    value = FUNCTIONS[written]
    definition = ("# Multi-layer perceptron\n", f"# Multi-layer perceptron\n\nLet $\\sigma(z) = {written}$.\n")
    derivation = read_text(edited(source("multilayer_perceptron"), definition))
    trainer = bnsym.Trainer(
        [3, 4, 2], cost="squared-error", derivation=derivation, optimizer="sgd", learning_rate=1.0, batch_size=5,
        dtype="float64", seed=1,
    )  # fmt: skip
    numbers = np.random.default_rng(2)
    x, target = numbers.normal(size=(5, 3)), numbers.normal(size=(5, 2))
    before = {name: array.astype(complex) for name, array in trainer.parameters.items()}

    def cost() -> complex:
        a = x.astype(complex)
        for layer in (1, 2):
            a = value(a @ before[f"w{layer}"].T + before[f"b{layer}"])
        return ((a - target) ** 2).sum() / 10

    assert trainer.step(x, target) == pytest.approx(cost().real)
    for name, array in trainer.parameters.items():
        for place in np.ndindex(array.shape):
            before[name][place] += 1e-30j
            slope = cost().imag / 1e-30
            before[name][place] -= 1e-30j
            assert before[name][place].real - array[place] == pytest.approx(slope, abs=1e-12)
    assert "g is the derivation's" in bnsym.lambdify(derivation, widths=[3, 4, 2], cost="squared-error").source


def test_large_numbers_do_not_overflow():
    definition = ("# Multi-layer perceptron\n", "# Multi-layer perceptron\n\nLet $\\sigma(z) = z / (1 + e^{-z})$.\n")
    derivation = read_text(edited(source("multilayer_perceptron"), definition))
    trainer = bnsym.Trainer([2, 2], cost="squared-error", derivation=derivation, batch_size=2, dtype="float64", seed=1)
    with np.errstate(all="raise"):
        assert np.isfinite(trainer.step(np.array([[-900.0, 3.0], [900.0, 2.0]]), np.zeros((2, 2))))
