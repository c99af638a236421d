"""The compiled backend: the same numbers as NumPy and as complex-step differentiation, for any document."""

import gc

import numpy as np
import pytest

from bnsym import read
from bnsym.compile import Blueprint
from bnsym.compile.packaged import packaged
from tests.compile import documents, reference
from tests.compile.test_gradients import random_network

OPTIMIZERS = ["sgd", "momentum", "adam"]


def bound(derivation, widths, batch, backend, *, dtype="float64", optimizer="sgd", **options):
    program = Blueprint(derivation, widths, backend=backend, **options).program(batch, dtype=dtype, optimizer=optimizer)
    module = program.module
    flat, averages = module.initial(3), np.zeros(module.AVERAGED, dtype)
    return module, flat, averages, module.bind(flat, averages)


def data(widths, batch, dtype="float64", seed=0):
    random = np.random.default_rng(seed)
    X = random.standard_normal((batch, widths[0])).astype(dtype)
    return X, np.eye(widths[-1], dtype=dtype)[random.integers(0, widths[-1], batch)]


def agree(derivation, widths, batch, *, dtype="float64", steps=4, **options):
    """NumPy and C do the same: cost, gradient, and what some steps leave behind."""
    X, T = data(widths, batch, dtype)
    found = []
    for backend in ("numpy", "compiled"):
        _, flat, averages, network = bound(derivation, widths, batch, backend, dtype=dtype, **options)
        cost = network.evaluate(X, T, 0.5)
        gradient = network.gradient.copy()
        costs = [network.step(X, T, 0.05, k + 1) for k in range(steps)]
        costs.append(network.evaluate(X, T))
        network.update(0.05, steps + 1)
        found.append((cost, gradient, costs, flat, averages, network.moments))
    tolerance = 1e-9 if dtype == "float64" else 2e-3
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance * 0.1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("widths", "batch"), [([4, 8, 3], 8), ([1, 1], 2), ([5, 37, 3, 2], 13), ([70, 33, 10], 67), ([3, 4], 300)]
)
def test_batch_norm(widths, batch, dtype):
    agree(documents.batch_norm(), widths, batch, dtype=dtype)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("activation", ["tanh", "softplus"])
def test_optimizers_and_activations(optimizer, activation):
    agree(documents.batch_norm(), [5, 6, 3], 9, optimizer=optimizer, activation=activation, cost="squared-error")


def test_without_epsilon_a_statistic_is_a_guard_as_well():
    agree(documents.batch_norm(), [5, 6, 3], 9, epsilon=0.0)


@pytest.mark.parametrize("make", [documents.cubic, documents.layer_norm, documents.biased])
def test_other_documents(tmp_path, make):
    agree(make(tmp_path), [5, 20, 3], 19, activation="tanh")


@pytest.mark.parametrize(
    "name",
    [
        "multilayer_perceptron.md",
        "batch_norm_bias.md",
        "batch_norm_linear.md",
        "layer_norm_network.md",
        "rms_norm_network.md",
    ],
)
def test_packaged_documents(name):
    agree(read(packaged(name)), [5, 6, 3], 9)


@pytest.mark.parametrize("activation", sorted(reference.ACTIVATIONS))
def test_gradients_agree_with_complex_step(activation):
    parameters, X, T = random_network([3, 5, 4], 6, 1)
    options = {"activation": activation, "cost": "cross-entropy", "epsilon": 0.1}
    module, flat, _, network = bound(documents.batch_norm(), [3, 5, 4], 6, "compiled", **options)
    for name, view in module.views(flat).items():
        view[...] = parameters[name]
    assert network.evaluate(X, T) == pytest.approx(reference.cost(parameters, X, T, **options).real, rel=1e-11)
    for name, gradient in reference.gradients(parameters, X, T, **options).items():
        np.testing.assert_allclose(module.views(network.gradient)[name], gradient, rtol=1e-9, atol=1e-11)


def test_a_step_holds_all_that_it_works_on():
    """The compiled functions know addresses alone; whoever keeps one of them keeps the arrays."""
    X, T = data([4, 8, 3], 8)
    kept, lone = (bound(documents.batch_norm(), [4, 8, 3], 8, "compiled") for _ in range(2))
    step = lone[3].step
    del lone
    gc.collect()
    clutter = [np.full(n, np.nan) for n in range(1, 2000)]
    assert [step(X, T, 0.1, k + 1) for k in range(3)] == [kept[3].step(X, T, 0.1, k + 1) for k in range(3)]
    assert len(clutter) == 1999


# ---------------------------------------------------------------- what must not be computed with


@pytest.fixture
def network():
    return bound(documents.batch_norm(), [4, 3, 2], 8, "compiled", dtype="float32", epsilon=0.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X, T: (X[:5], T), r"inputs has shape \(5, 4\)"),
        (lambda X, T: (X, T[:, :1].copy()), r"targets has shape \(8, 1\)"),
        (lambda X, T: (X.astype("float64"), T), "dtype float64"),
        (lambda X, T: (np.asfortranarray(X), T), "row by row"),
        (lambda X, T: (np.where(np.arange(4) == 2, np.nan, X).astype("float32"), T), r"inputs\[0, 2\] is nan"),
        (lambda X, T: (X, np.where(np.arange(2) == 1, np.inf, T).astype("float32")), r"targets\[0, 1\] is inf"),
    ],
)
def test_unfit_input_is_refused_and_nothing_changes(network, change, message):
    _, flat, averages, step = network
    before = flat.copy(), averages.copy()
    with pytest.raises(ValueError, match=message):
        step.step(*change(*data([4, 3, 2], 8, "float32")), 0.1, 1)
    np.testing.assert_array_equal(flat, before[0])
    np.testing.assert_array_equal(averages, before[1])


@pytest.mark.parametrize("rate", ["0.1", None, 1j])
def test_a_rate_that_is_no_number_is_a_type_error(network, rate):
    _, flat, _, step = network
    before = flat.copy()
    for call in (lambda: step.step(*data([4, 3, 2], 8, "float32"), rate, 1), lambda: step.update(rate, 1)):
        with pytest.raises(TypeError):
            call()
    np.testing.assert_array_equal(flat, before)


def test_no_variance_is_refused_by_name_and_nothing_changes(network):
    _, flat, _, step = network
    before = flat.copy()
    X, T = data([4, 3, 2], 8, "float32")
    with pytest.raises(FloatingPointError, match=r"sigma_\{B\}\^\{2,1\}.*must be positive"):
        step.step(np.ones_like(X), T, 0.1, 1)
    np.testing.assert_array_equal(flat, before)


def test_a_gradient_too_large_for_the_bound_is_looked_at_itself():
    """Norms that overflow say nothing; the gradient, which does not, is computed and then used."""
    derivation = read(packaged("multilayer_perceptron.md"))
    options = {"dtype": "float32", "cost": "squared-error", "activation": "identity"}
    X, T = data([4, 2], 8, "float32")
    X, results = X * np.float32(1e20), []
    for backend in ("numpy", "compiled"):
        _, flat, _, network = bound(derivation, [4, 2], 8, backend, **options)
        flat *= np.float32(1e-25)
        network.step(X, T, 1e-30, 1)
        results.append(flat)
    assert np.abs(results[0]).max() > 0
    np.testing.assert_allclose(*results, rtol=1e-3)


def test_a_gradient_that_overflows_changes_nothing():
    derivation = read(packaged("multilayer_perceptron.md"))
    _, flat, _, network = bound(derivation, [4, 2], 8, "compiled", dtype="float32", cost="squared-error")
    X, T = data([4, 2], 8, "float32")
    flat[:] = 0
    with pytest.raises(FloatingPointError, match="gradient is not finite"):
        network.step(X * np.float32(1e30), T * np.float32(1e15), 1.0, 1)
    assert not flat.any()
