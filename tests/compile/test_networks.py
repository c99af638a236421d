"""The packaged networks with other normalizations: trained code against complex steps through a forward of our own."""

import numpy as np
import pytest

from bnsym import Trainer, read
from bnsym.compile.packaged import packaged
from tests.compile import reference

WIDTHS, BATCH, EPSILON = [4, 6, 5, 3], 7, 0.1
NETWORKS = {"layer_norm_network.md": reference.layer_norm, "rms_norm_network.md": reference.rms_norm}


def trainer(name, **options):
    return Trainer(options.pop("widths", WIDTHS), derivation=read(packaged(name)), **options)


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
@pytest.mark.parametrize("activation", ["tanh", "softplus", "identity"])
@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_gradients_are_those_of_a_complex_step(name, activation, backend):
    """The last layer has no activation, whether a sum (y = γx̂ + β) or a product (y = γx/r) is what g is applied to."""
    options = {"activation": activation, "epsilon": EPSILON}
    made = trainer(name, backend=backend, dtype="float64", batch_size=BATCH, **options)
    random = np.random.default_rng(0)
    X, T = random.standard_normal((BATCH, WIDTHS[0])), np.eye(WIDTHS[-1])[random.integers(0, WIDTHS[-1], BATCH)]
    for array in made.parameters.values():
        array += 0.3 * random.standard_normal(array.shape)
    unshifted = {f"beta{k + 1}": np.zeros(width) for k, width in enumerate(WIDTHS[1:])}
    options |= {"cost": "cross-entropy", "normalise": NETWORKS[name]}
    expected = reference.gradients({**unshifted, **made.parameters}, X, T, **options)
    for key, found in made.gradient(X, T).items():
        np.testing.assert_allclose(found, expected[key], rtol=1e-9, atol=1e-12, err_msg=key)


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_they_learn_and_predict_a_sample_by_itself(name):
    """No statistics of a batch are kept: what is predicted of a sample does not depend on the others."""
    random = np.random.default_rng(1)
    labels = random.integers(0, 3, 90)
    X = random.standard_normal((90, 4)) + 4 * np.eye(3, 4)[labels]
    made = trainer(name, widths=[4, 16, 3], batch_size=10, learning_rate=0.1)
    costs = made.fit(X, labels, epochs=15)
    assert costs[-1] < costs[0] / 2 and (made.predict(X) == labels).mean() > 0.9
    np.testing.assert_allclose(made.predict_proba(X[:1]), made.predict_proba(X)[:1], rtol=1e-5)
