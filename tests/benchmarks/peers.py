"""Who takes part in the benchmark of a training step: each makes, from one problem, a function that does a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from bnsym import read
from bnsym.compile import Blueprint
from bnsym.compile.packaged import BATCH_NORM, packaged

RATE, EPSILON = 0.05, 1e-5
Peer = Callable[[], object]


@dataclass(frozen=True)
class Problem:
    """A batch of data for a network; `weights` are its matrices at the start."""

    batch: int
    widths: Sequence[int]
    dtype: np.dtype
    samples: np.ndarray
    labels: np.ndarray
    weights: Sequence[np.ndarray]

    @staticmethod
    def random(batch: int, widths: Sequence[int], dtype: np.dtype) -> Problem:
        random = np.random.default_rng(0)
        samples = random.standard_normal((batch, widths[0])).astype(dtype)
        labels = random.integers(0, widths[-1], batch)
        weights = [(random.standard_normal((b, a)) * np.sqrt(2 / a)).astype(dtype) for a, b in pairwise(widths)]
        return Problem(batch, widths, dtype, samples, labels, weights)

    @property
    def targets(self) -> np.ndarray:
        return np.eye(self.widths[-1], dtype=self.dtype)[self.labels]


@cache
def derivation():
    return read(packaged(BATCH_NORM))


def generated(problem: Problem, backend: str) -> Peer:
    """The step of a backend of bnsym, as the trainer calls it."""
    program = Blueprint(derivation(), problem.widths, backend=backend).program(problem.batch, dtype=problem.dtype.name)
    module = program.module
    flat = module.initial(0)
    for view, weight in zip(
        (v for name, v in module.views(flat).items() if name.startswith("W")), problem.weights, strict=True
    ):
        view[...] = weight
    network = module.bind(flat, np.zeros(module.AVERAGED, problem.dtype))
    samples, targets = problem.samples, problem.targets
    return lambda: network.step(samples, targets, RATE, 1000)


def floor(problem: Problem) -> Peer:
    """The matrix products that no step can do without."""
    arrays, dtype = [], problem.dtype
    for layer, (before, after) in enumerate(pairwise(problem.widths)):
        u, d = np.ones((problem.batch, before), dtype), np.empty((problem.batch, before), dtype)
        W, G = np.ones((after, before), dtype), np.empty((after, before), dtype)
        x = np.ones((problem.batch, after), dtype)
        arrays += [(u, W.T, x), (x.T, u, G)] + [(x, W, d)] * (layer > 0)

    def run() -> None:
        for a, b, out in arrays:
            np.dot(a, b, out=out)

    return run


def eager(problem: Problem) -> Peer:
    """PyTorch, with its modules and its optimizer."""
    import torch

    torch.set_num_threads(1)
    layers: list[torch.nn.Module] = []
    for before, after in pairwise(problem.widths):
        layers += [torch.nn.Linear(before, after, bias=False), torch.nn.BatchNorm1d(after), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1]).to(torch.from_numpy(problem.samples).dtype)
    with torch.no_grad():
        for layer, weight in zip(layers[::3], problem.weights, strict=True):
            layer.weight.copy_(torch.from_numpy(weight))
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    x, t = torch.from_numpy(problem.samples), torch.from_numpy(problem.labels)

    def run() -> None:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x), t).backward()
        optimizer.step()

    return run


def jax(problem: Problem) -> Peer:
    """JAX, jitted, its parameters donated."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", problem.dtype == np.float64)
    device = jax.devices("cpu")[0]

    def cost(parameters, u, labels):
        *hidden, last = parameters
        for W, gamma, beta in hidden:
            u = jax.nn.relu(normalised(u @ W.T, gamma, beta))
        u = normalised(u @ last[0].T, last[1], last[2])
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(u), labels[:, None], axis=1))

    def normalised(x, gamma, beta):
        mean = x.mean(axis=0)
        return gamma * (x - mean) / jnp.sqrt(((x - mean) ** 2).mean(axis=0) + EPSILON) + beta

    def update(parameters, u, labels):
        value, gradients = jax.value_and_grad(cost)(parameters, u, labels)
        return value, jax.tree.map(lambda p, g: p - RATE * g, parameters, gradients)

    start = [(W, np.ones(len(W), W.dtype), np.zeros(len(W), W.dtype)) for W in problem.weights]
    state = [jax.device_put(start, device)]
    data = jax.device_put((problem.samples, problem.labels), device)
    compiled = jax.jit(update, donate_argnums=0)

    def run() -> None:
        value, state[0] = compiled(state[0], *data)
        jax.block_until_ready((value, state[0]))

    return run


def handwritten(problem: Problem) -> Peer:
    """NumPy as a careful programmer writes it: the fused closed form, one matrix product per gradient."""
    layers = [(W.copy(), np.ones(len(W), W.dtype), np.zeros(len(W), W.dtype)) for W in problem.weights]
    rows, batch = np.arange(problem.batch), problem.batch

    def run() -> float:
        u, saved = problem.samples, []
        for k, (W, gamma, beta) in enumerate(layers):
            x = u @ W.T
            x -= x.mean(axis=0)
            root = np.sqrt(np.einsum("si,si->i", x, x) / batch + EPSILON)
            x /= root
            y = gamma * x + beta
            saved.append((u, x, root))
            u = np.maximum(y, 0) if k < len(layers) - 1 else y
        u = u - u.max(axis=1, keepdims=True)
        p = np.exp(u)
        total = p.sum(axis=1)
        cost = float(np.mean(np.log(total) - u[rows, problem.labels]))
        d = p / total[:, None]
        d[rows, problem.labels] -= 1
        d /= batch
        for (W, gamma, beta), (before, x, root), k in reversed(
            list(zip(layers, saved, range(len(saved)), strict=True))
        ):
            shift, scale = d.sum(axis=0), np.einsum("si,si->i", d, x)
            d -= shift / batch
            d -= x * (scale / batch)
            d *= gamma / root
            gradient = d.T @ before
            if k:
                d = (d @ W) * (before > 0)
            W -= RATE * gradient
            gamma -= RATE * scale
            beta -= RATE * shift
        return cost

    return run


def literal(problem: Problem) -> Peer:
    """The formula as it is usually written: ∂y_s/∂W for every sample, unit and input, then its sum over samples."""
    layers = [(W.copy(), np.ones(len(W), W.dtype), np.zeros(len(W), W.dtype)) for W in problem.weights]
    batch, one_hot = problem.batch, problem.targets

    def run() -> float:
        u, saved = problem.samples, []
        for k, (W, gamma, beta) in enumerate(layers):
            x = u @ W.T
            root = np.sqrt(x.var(axis=0) + EPSILON)
            hat = (x - x.mean(axis=0)) / root
            y = gamma * hat + beta
            saved.append((u, hat, root))
            u = np.maximum(y, 0) if k < len(layers) - 1 else y
        p = np.exp(u - u.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        cost = -np.log((p * one_hot).sum(axis=1)).mean()
        d = (p - one_hot) / batch
        for (W, gamma, beta), (before, hat, root), k in reversed(
            list(zip(layers, saved, range(len(saved)), strict=True))
        ):
            slope = gamma / root
            inner = before - before.mean(axis=0)
            bracket = inner[:, None, :] - hat[:, :, None] * (hat.T @ before / batch)
            gradient = (d[:, :, None] * slope[:, None] * bracket).sum(axis=0)
            scale, shift = (d * hat).sum(axis=0), d.sum(axis=0)
            if k:
                d = (slope * (d - d.mean(axis=0) - hat * (d * hat).mean(axis=0))) @ W * (before > 0)
            W -= RATE * gradient
            gamma -= RATE * scale
            beta -= RATE * shift
        return cost

    return run


PEERS: dict[str, Callable[[Problem], Peer]] = {
    "floor": floor,
    "compiled": lambda problem: generated(problem, "compiled"),
    "numpy": lambda problem: generated(problem, "numpy"),
    "eager": eager,
    "jax": jax,
    "handwritten": handwritten,
    "literal": literal,
}
