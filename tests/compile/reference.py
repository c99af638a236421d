"""The cost of a network, written independently of the package, in arithmetic that takes complex numbers.

Complex-step differentiation of it is exact to rounding: Im f(θ + ih)/h with h = 1e-30 subtracts nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bnsym.testing.network import complex_step

ACTIVATIONS: dict[str, Callable] = {
    "relu": lambda y: np.where(y.real > 0, y, 0),
    "sigmoid": lambda y: 1 / (1 + np.exp(-y)),
    "tanh": np.tanh,
    "softplus": lambda y: np.log(1 + np.exp(y)),
    "identity": lambda y: y,
}


def batch_norm(x, gamma, beta, epsilon):
    """Over the samples."""
    centred = x - x.mean(axis=0)
    return gamma * centred / np.sqrt((centred**2).mean(axis=0) + epsilon) + beta


def cubic(x, gamma, beta, epsilon):
    """Batch normalization with the normalised input cubed."""
    centred = x - x.mean(axis=0)
    return gamma * (centred / np.sqrt((centred**2).mean(axis=0) + epsilon)) ** 3 + beta


def layer_norm(x, gamma, beta, epsilon):
    """Over the units."""
    centred = x - x.mean(axis=1, keepdims=True)
    return gamma * centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + epsilon) + beta


def rms_norm(x, gamma, beta, epsilon):
    """Over the units, without their mean."""
    return gamma * x / np.sqrt((x**2).mean(axis=1, keepdims=True) + epsilon) + beta


def cost(parameters, X, T, *, activation, cost, epsilon, normalise=batch_norm, nudge=None):
    """C of a network; `nudge` maps a layer to what is added to its y. T is (N, n_out)."""
    u = X
    depth = sum(name.startswith("W") for name in parameters)
    for layer in range(1, depth + 1):
        x = u @ parameters[f"W{layer}"].T + parameters.get(f"b{layer}", 0)
        y = normalise(x, parameters[f"gamma{layer}"], parameters[f"beta{layer}"], epsilon)
        y = y + (nudge or {}).get(layer, 0)
        u = ACTIVATIONS[activation](y) if layer < depth else y
    return mean_cost(u, T, cost)


def mean_cost(u, T, cost):
    """The cost of outputs (N, n_out)."""
    if cost == "squared-error":
        return ((u - T) ** 2).sum() / 2 / len(u)
    shift = u.real.max(axis=1, keepdims=True)
    return (np.log(np.exp(u - shift).sum(axis=1)) + shift[:, 0] - (T * u).sum(axis=1)).sum() / len(u)


def gradients(parameters, X, T, **options) -> dict[str, np.ndarray]:
    """∂C/∂ of every parameter."""
    return {
        name: complex_step(lambda value, name=name: cost({**parameters, name: value}, X, T, **options), array)
        for name, array in parameters.items()
    }


def along(parameters, directions, X, T, **options) -> float:
    """The derivative of C along a direction of all parameters."""
    moved = {name: array + 1e-30j * directions[name] for name, array in parameters.items()}
    return cost(moved, X, T, **options).imag / 1e-30


def summed_terms(parameters, X, T, **options) -> float:
    """How large the terms are that a gradient adds up: the error of a sum is relative to this."""
    total = 1e-300
    depth = sum(name.startswith("W") for name in parameters)
    for layer in range(1, depth + 1):
        zero = np.zeros((len(X), len(parameters[f"beta{layer}"])))
        delta = complex_step(lambda d, layer=layer: cost(parameters, X, T, nudge={layer: d}, **options), zero)
        total = max(total, np.abs(delta).sum())
    scale = max(np.abs(array).max() for array in parameters.values())
    return float(total * max(1.0, scale) * max(1.0, np.abs(X).max()) * amplification(parameters, X, **options))


def amplification(parameters, X, *, activation, epsilon, normalise=batch_norm, **_) -> float:
    """1/σ of the worst unit: what normalising multiplies by."""
    worst, u = 1.0, X
    depth = sum(name.startswith("W") for name in parameters)
    for layer in range(1, depth + 1):
        x = u @ parameters[f"W{layer}"].T
        axis = 1 if normalise in (layer_norm, rms_norm) else 0
        worst = max(worst, float((1 / np.sqrt(x.var(axis=axis) + epsilon)).max()))
        u = normalise(x, parameters[f"gamma{layer}"], parameters[f"beta{layer}"], epsilon)
        u = ACTIVATIONS[activation](u)
    return worst
