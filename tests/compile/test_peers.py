"""A hundred steps beside PyTorch, where it is installed, and how much memory a step takes."""

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest

from bnsym.compile import Blueprint
from tests.compile import documents

WIDTHS, BATCH, RATE, STEPS = (12, 20, 15, 4), 32, 0.05, 100


def data(dtype):
    random = np.random.default_rng(0)
    return random.standard_normal((BATCH, WIDTHS[0])).astype(dtype), random.integers(0, WIDTHS[-1], BATCH)


def torch_parameters(start, X, labels):
    """The parameters after as many steps of PyTorch, by the names of the contract."""
    torch = pytest.importorskip("torch")
    layers = []
    for before, after in pairwise(WIDTHS):
        layers += [torch.nn.Linear(before, after, bias=False), torch.nn.BatchNorm1d(after), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1]).to(torch.from_numpy(X).dtype)
    named = {}
    for k in range(len(WIDTHS) - 1):
        named |= {f"W{k + 1}": model[3 * k].weight}
        named |= {f"gamma{k + 1}": model[3 * k + 1].weight, f"beta{k + 1}": model[3 * k + 1].bias}
    with torch.no_grad():
        for name, parameter in named.items():
            parameter.copy_(torch.from_numpy(start[name]))
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    for _ in range(STEPS):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(torch.from_numpy(X)), torch.from_numpy(labels)).backward()
        optimizer.step()
    return {name: parameter.detach().numpy() for name, parameter in named.items()}


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-4), ("float64", 1e-10)])
@pytest.mark.parametrize("backend", ["numpy", "compiled"])
def test_a_hundred_steps_agree_with_torch(backend, dtype, tolerance):
    X, labels = data(dtype)
    module = Blueprint(documents.batch_norm(), WIDTHS, backend=backend).program(BATCH, dtype=dtype).module
    flat = module.initial(1)
    start = {name: view.copy() for name, view in module.views(flat).items()}
    network = module.bind(flat, np.zeros(module.AVERAGED, dtype))
    for k in range(STEPS):
        network.step(X, np.eye(WIDTHS[-1], dtype=dtype)[labels], RATE, k + 1)
    for name, expected in torch_parameters(start, X, labels).items():
        np.testing.assert_allclose(module.views(flat)[name], expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
def test_memory_is_at_most_three_times_the_activations_and_the_parameters(backend):
    widths, batch = (64, 300, 200, 10), 500
    module = Blueprint(documents.batch_norm(), widths, backend=backend).program(batch, dtype="float32").module
    flat, averages = module.initial(), np.zeros(module.AVERAGED, np.float32)
    X, T = np.ones((batch, widths[0]), np.float32), np.ones((batch, widths[-1]), np.float32)
    X += np.random.default_rng(0).standard_normal(X.shape).astype(np.float32)
    tracemalloc.start()
    network = module.bind(flat, averages)
    network.step(X, T, 0.1, 1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    activations = 4 * batch * (widths[0] + 2 * sum(widths[1:]))  # the inputs, and x and u of each layer
    assert peak <= 3 * activations + flat.nbytes, peak / (3 * activations + flat.nbytes)
