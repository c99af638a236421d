"""The packaged networks with other normalizations: trained code against complex steps through a forward of our own."""

import numpy as np
import pytest

from bnsym import Trainer, read
from bnsym.compile import CompileError
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


# ---------------------------------------------------------------- scalars of a document


def leaky(folder, slope):
    """A multi-layer perceptron with a = αz + tanh(z), where α is written as `slope`."""
    text = packaged("multilayer_perceptron.md").read_text(encoding="utf-8")
    header = text[: text.index("# Multi")].replace(
        """'b^l' =""", """'\\alpha' = []\n'\\tau' = { axes = [], positive = true }\n'b^l' ="""
    )
    forward = rf"""
$$z_{{sj}}^l = \sum_k w_{{jk}}^l a_{{sk}}^{{l-1}} + b_j^l, \qquad a_{{sj}}^l = {slope} z_{{sj}}^l + \tanh(z_{{sj}}^l)$$
$$\delta_{{sj}}^l \equiv \frac{{\partial C}}{{\partial z_{{sj}}^l}}$$
$$\frac{{\partial C}}{{\partial b_j^l}} = \sum_s \delta_{{sj}}^l$$
"""
    path = folder / "leaky.md"
    path.write_text(header + forward, encoding="utf-8")
    return read(path)


BY_NAME = {
    r"\alpha": {"alpha": -0.75},
    r"\frac{\alpha}{\tau}": {r"\alpha": -1.5, "tau": 2.0},
}


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
@pytest.mark.parametrize("slope", sorted(BY_NAME))
def test_a_constant_by_name_is_as_good_as_its_number(tmp_path, slope, backend):
    random = np.random.default_rng(2)
    X, labels = random.standard_normal((30, 4)), random.integers(0, 3, 30)
    options = {"widths": [4, 6, 3], "dtype": "float64", "batch_size": 10}
    written = Trainer(derivation=leaky(tmp_path, r"-\frac{3}{4}"), **options)
    named = Trainer(derivation=leaky(tmp_path, slope), backend=backend, constants=BY_NAME[slope], **options)
    np.testing.assert_allclose(named.fit(X, labels, epochs=3), written.fit(X, labels, epochs=3), rtol=1e-12)
    named.save(tmp_path / "saved.npz")
    again = Trainer.load(tmp_path / "saved.npz", derivation=named.derivation)
    assert np.array_equal(again.predict_proba(X), named.predict_proba(X))


@pytest.mark.parametrize(
    ("slope", "constants", "said"),
    [
        (r"\alpha", {}, r"the constant alpha has no value: .* --constant alpha=1"),
        (r"\alpha", {"alpha": 1, "beta": 2}, "no constant beta beside epsilon; there is alpha"),
        ("2", {"alpha": 1}, "no constant alpha beside epsilon; there is none"),
        (r"\alpha", {"alpha": float("nan")}, "alpha is a finite number, not nan"),
        (r"\frac{1}{\tau}", {"tau": 0}, "tau is a positive number, not 0"),
    ],
)
def test_constants_that_do_not_fit_are_named(tmp_path, slope, constants, said):
    with pytest.raises(CompileError, match=said):
        Trainer([4, 6, 3], derivation=leaky(tmp_path, slope), constants=constants)
