"""Generated gradients against complex-step differentiation of the numeric cost, on random networks."""

import numpy as np
import pytest
from hypothesis import given

from bnsym.compile import Blueprint
from bnsym.testing.network import COSTS, networks, random_parameters
from tests.compile import documents, reference
from tests.support.thorough import examples


def random_network(widths, batch, seed, bias=False):
    random = np.random.default_rng(seed)
    parameters = random_parameters(widths, seed, bias=bias)
    return parameters, random.standard_normal((batch, widths[0])), random.random((batch, widths[-1]))


def generated(derivation, parameters, X, T, *, activation, cost, epsilon, dtype="float64"):
    """The cost and the gradients of the generated code."""
    widths = [X.shape[1], *(len(a) for name, a in parameters.items() if name.startswith("beta"))]
    blueprint = Blueprint(derivation, widths, activation=activation, cost=cost, epsilon=epsilon)
    module = blueprint.program(len(X), dtype=dtype).module
    flat = module.initial()
    assert set(module.views(flat)) == set(parameters)
    for name, view in module.views(flat).items():
        view[...] = parameters[name]
    network = module.bind(flat, np.zeros(module.AVERAGED, dtype))
    value = network.evaluate(X.astype(dtype), T.astype(dtype))
    return value, {name: part.copy() for name, part in module.views(network.gradient).items()}


def check(derivation, parameters, X, T, normalise=reference.batch_norm, **options):
    value, found = generated(derivation, parameters, X, T, **options)
    options["normalise"] = normalise
    expected = reference.cost(parameters, X, T, **options)
    assert value == pytest.approx(expected.real, rel=1e-11, abs=1e-11)
    terms = reference.summed_terms(parameters, X, T, **options)
    for name, gradient in reference.gradients(parameters, X, T, **options).items():
        assert np.abs(found[name] - gradient).max() <= 1e-9 * terms, name


@examples(25)
@given(networks())
def test_batch_norm_agrees_with_complex_step(network):
    check(documents.batch_norm(), network.parameters, network.X, network.T, **network.options)


@pytest.mark.parametrize(
    ("widths", "batch", "activation", "cost", "epsilon"),
    [
        ([3, 4, 2, 3], 5, "relu", "cross-entropy", 0.0),
        ([1, 1], 2, "identity", "squared-error", 0.0),
        ([2, 3], 1, "tanh", "cross-entropy", 0.1),
    ],
)
def test_small_and_degenerate_networks_agree_with_complex_step(widths, batch, activation, cost, epsilon):
    parameters, X, T = random_network(widths, batch, seed=batch)
    check(documents.batch_norm(), parameters, X, T, activation=activation, cost=cost, epsilon=epsilon)


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize(
    ("make", "normalise"),
    [
        (documents.cubic, reference.cubic),
        (documents.layer_norm, reference.layer_norm),
        (documents.rms_norm, reference.rms_norm),
    ],
)
def test_another_document_compiles_and_agrees_too(tmp_path, make, normalise, cost):
    derivation = make(tmp_path)
    for seed, activation in enumerate(("tanh", "relu", "softplus")):
        parameters, X, T = random_network([3, 5, 4], 6, seed)
        check(derivation, parameters, X, T, normalise, activation=activation, cost=cost, epsilon=0.1)


@pytest.mark.parametrize(
    ("make", "normalise"),
    [
        (lambda _: documents.batch_norm(), reference.batch_norm),
        (documents.layer_norm, reference.layer_norm),
        (documents.rms_norm, reference.rms_norm),
    ],
)
def test_the_forms_for_many_samples_agree(tmp_path, make, normalise):
    """Other forms take less with many samples: see `bnsym.compile.planning.forms`."""
    parameters, X, T = random_network([3, 12, 4], 600, 0)
    check(make(tmp_path), parameters, X, T, normalise, activation="tanh", cost="cross-entropy", epsilon=0.1)


def test_a_wrong_document_does_not_agree(tmp_path):
    """The comparison can fail: batch norm's code is not the gradient of the cubic one."""
    parameters, X, T = random_network([3, 4], 6, 0)
    with pytest.raises(AssertionError):
        check(
            documents.batch_norm(), parameters, X, T, reference.cubic,
            activation="tanh", cost="squared-error", epsilon=0.1,
        )  # fmt: skip


def test_a_bias_before_normalization_is_irrelevant(tmp_path):
    parameters, X, T = random_network([3, 4, 2], 6, 0, bias=True)
    options = {"activation": "tanh", "cost": "squared-error", "epsilon": 1e-5}
    value, found = generated(documents.biased(tmp_path), parameters, X, T, **options)
    without = {name: array for name, array in parameters.items() if not name.startswith("b1") and name != "b2"}
    plain_value, plain = generated(documents.batch_norm(), without, X, T, **options)
    assert value == pytest.approx(plain_value, rel=1e-12)
    for name, gradient in found.items():
        if name in plain:
            np.testing.assert_allclose(gradient, plain[name], rtol=1e-9, atol=1e-12)
        else:
            assert np.abs(gradient).max() < 1e-14


@pytest.mark.parametrize("scale", [0.1, 7.0])
def test_the_scale_of_weights_is_irrelevant_without_epsilon(scale):
    parameters, X, T = random_network([3, 4, 2], 6, 4)
    options = {"activation": "relu", "cost": "cross-entropy", "epsilon": 0.0}
    value, found = generated(documents.batch_norm(), parameters, X, T, **options)
    scaled = {name: scale * a if name.startswith("W") else a for name, a in parameters.items()}
    scaled_value, scaled_found = generated(documents.batch_norm(), scaled, X, T, **options)
    assert scaled_value == pytest.approx(value, rel=1e-12)
    for layer in (1, 2):
        W, G = parameters[f"W{layer}"], found[f"W{layer}"]
        np.testing.assert_allclose(scaled_found[f"W{layer}"], G / scale, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose((W * G).sum(axis=1), 0, atol=1e-12)


def test_samples_and_units_may_be_permuted():
    parameters, X, T = random_network([3, 5, 2], 6, 5)
    options = {"activation": "softplus", "cost": "cross-entropy", "epsilon": 1e-5}
    value, found = generated(documents.batch_norm(), parameters, X, T, **options)
    random = np.random.default_rng(0)
    samples, units = random.permutation(6), random.permutation(5)
    moved = {name: a[units] if name.endswith("1") else a for name, a in parameters.items()}
    moved["W2"] = parameters["W2"][:, units]
    moved_value, moved_found = generated(documents.batch_norm(), moved, X[samples], T[samples], **options)
    assert moved_value == pytest.approx(value, rel=1e-12)
    for name, gradient in found.items():
        expected = gradient[units] if name.endswith("1") else gradient[:, units] if name == "W2" else gradient
        np.testing.assert_allclose(moved_found[name], expected, rtol=1e-9, atol=1e-12)


def test_float32_is_float64_to_its_precision():
    parameters, X, T = random_network([5, 6, 3], 16, 6)
    options = {"activation": "tanh", "cost": "cross-entropy", "epsilon": 1e-5}
    _, fine = generated(documents.batch_norm(), parameters, X, T, **options)
    _, coarse = generated(documents.batch_norm(), parameters, X, T, **options, dtype="float32")
    for name, gradient in coarse.items():
        assert gradient.dtype == np.float32
        np.testing.assert_allclose(gradient, fine[name], atol=2e-5)
