"""Numbers that floating point cannot hold, batches without spread: named, or to the documented limit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnsym import Trainer
from bnsym.testing import degenerate_batches
from bnsym.train import DataError, NumericalError, TrainingError
from tests.compile import documents, reference
from tests.support.thorough import examples
from tests.train.networks import make, same, samples, snapshot

OPTIMIZERS = ["sgd", "momentum", "adam"]
LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1])


@examples(30)
@given(
    degenerate_batches(samples=st.just(5), width=st.just(4)),
    st.sampled_from([0.0, 0.1]),
    st.sampled_from(["numpy", "compiled"]),
    st.integers(0, 99),
)
def test_what_is_wrong_with_a_batch_is_named_or_the_gradient_is_right(batch, epsilon, backend, seed):
    """A step that cannot be right leaves everything as it was. Offsets have a test of their own below."""
    options = {"activation": "tanh", "cost": "squared-error", "epsilon": epsilon}
    trainer = make(batch_size=len(batch.X), seed=seed, backend=backend, **options)
    before, T = snapshot(trainer), np.random.default_rng(seed).random((len(batch.X), 3))
    named = {"nan": DataError, "infinite": DataError, "huge": NumericalError}
    if not epsilon:
        named |= {"one sample": NumericalError, "tiny": NumericalError}
    if batch.kind in named:
        with pytest.raises(named[batch.kind]):
            trainer.step(batch.X, T)
        assert same(before, trainer.parameters)
    elif batch.kind != "offset":
        found, exact = trainer.gradient(batch.X, T), reference.gradients(before, batch.X, T, **options)
        close = 1e-9 * reference.summed_terms(before, batch.X, T, **options)
        assert all(np.abs(found[name] - exact[name]).max() <= close for name in exact)


def test_one_sample_with_epsilon_leaves_the_weights():
    trainer = make(batch_size=1, epsilon=0.1)
    before = snapshot(trainer)
    trainer.step(samples(1), LABELS[:1])
    assert np.array_equal(before["W1"], trainer.parameters["W1"])
    assert not np.array_equal(before["beta2"], trainer.parameters["beta2"])


def test_a_fit_by_single_samples_is_refused_where_they_would_leave_the_weights(tmp_path):
    for trainer, count in ((make(batch_size=1), 8), (make(), 1)):
        with pytest.raises(TrainingError, match="2 samples or more"):
            trainer.fit(samples(count), LABELS[:count])
    other = Trainer([4, 6, 3], derivation=documents.layer_norm(tmp_path), batch_size=1)
    assert np.isfinite(other.fit(samples(), LABELS, epochs=1)).all()


def test_too_large_for_float32_is_named():
    with pytest.raises(DataError, match="too large for float32"):
        make(dtype="float32").step(samples() * 1e300, LABELS)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("count", [1, 2, 7, 8])
def test_no_variance_without_epsilon_is_named(count, optimizer, dtype):
    trainer = make(epsilon=0.0, batch_size=count, optimizer=optimizer, dtype=dtype)
    before = snapshot(trainer)
    with pytest.raises(NumericalError, match=r"sigma.*epsilon > 0"):
        trainer.step(np.repeat(samples(1) * 1.7, count, axis=0), LABELS[:count])
    assert same(before, trainer.parameters) and trainer.steps == 0


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
@pytest.mark.parametrize(("scale", "epsilon"), [(1e160, 1e-5), (1e160, 0.0), (1e-160, 0.0)])
def test_overflow_and_underflow_of_the_variance_are_named(scale, epsilon, backend):
    trainer = make(epsilon=epsilon, backend=backend)
    before = snapshot(trainer)
    with pytest.raises(NumericalError, match="sigma"):
        trainer.step(samples() * scale, LABELS)
    assert same(before, trainer.parameters)


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
@pytest.mark.parametrize("offset", [1e2, 1e4, 1e7, 1e12])
def test_an_offset_costs_as_many_digits_as_it_has_and_twice_as_many_in_the_first_layer(offset, backend):
    """The documented limit. The variance takes two passes: one pass at these offsets would be negative."""
    near, far = (make(cost="squared-error", backend=backend) for _ in range(2))
    X, T = samples() + offset, samples(8, 3, 1)
    expected, found = near.gradient(X - X[0], T), far.gradient(X, T)  # this difference is exact
    for name, array in expected.items():
        lost = 10 * np.finfo(float).eps * offset * (offset if name == "W1" else 1)
        assert np.abs(found[name] - array).max() <= lost * np.abs(array).max()


@pytest.mark.parametrize(("dtype", "offset"), [("float64", 1e12), ("float64", 1e9), ("float32", 1e4)])
def test_a_fit_refuses_data_so_far_from_zero_that_the_gradient_is_rounding(dtype, offset):
    trainer = make(dtype=dtype)
    before = snapshot(trainer)
    with pytest.raises(DataError, match=r"times as far from zero .* subtract the mean"):
        trainer.fit(samples(40) + offset, np.arange(40) % 3)
    assert same(before, trainer.parameters)
    assert len(make(dtype=dtype).fit(samples(40) + 100, np.arange(40) % 3, epochs=1)) == 1


def test_far_from_zero_is_no_harm_where_no_statistics_of_the_batch_are_taken(tmp_path):
    trainer = Trainer([4, 6, 3], derivation=documents.layer_norm(tmp_path), dtype="float32", batch_size=8)
    assert np.isfinite(trainer.fit(samples(40) + 1e4, np.arange(40) % 3, epochs=1)).all()


def test_parameters_that_are_not_finite_are_named():
    trainer = make()
    trainer.parameters["beta2"][1] = np.nan
    with pytest.raises(NumericalError, match="is nan"):
        trainer.step(samples(), LABELS)
