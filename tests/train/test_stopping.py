"""Samples set aside, what is told of each epoch, and when a fit ends early."""

import numpy as np
import pytest

from bnsym.train import Record, TrainingError
from bnsym.train.metrics import measure
from tests.train.networks import make, samples, snapshot


def clouds(count, seed=0):
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, count)
    return random.standard_normal((count, 4)) + 2 * np.eye(3, 4)[labels], labels


def test_records_say_what_can_be_measured_again():
    X, T = clouds(200)
    trainer, told = make(learning_rate=0.05), []
    costs = trainer.fit(X, T, epochs=3, callback=told.append)
    assert told == list(trainer.history) and [r.epoch for r in told] == [1, 2, 3]
    assert costs == [r.cost for r in told]
    assert told[-1].accuracy == np.mean(trainer.predict(X) == T)
    assert told[-1].validation_cost is None and told[-1].validation_accuracy is None


@pytest.mark.parametrize("cost", ["cross-entropy", "squared-error"])
def test_the_cost_that_is_measured_is_the_cost_that_is_trained(cost):
    """With one batch and a rate of nearly nothing, a prediction is what the step computes."""
    X, T = clouds(40)
    trainer = make(cost=cost, learning_rate=1e-12)
    expected = trainer.step(X, T if trainer.labels else np.eye(3)[T])
    parts = [(X[:30], np.eye(3)[T[:30]]), (X[30:], np.eye(3)[T[30:]])]
    found, accuracy = measure(trainer.model.outputs, parts, trainer.labels)
    assert found == pytest.approx(expected, rel=1e-9)
    assert accuracy == (np.mean(trainer.predict(X) == T) if trainer.labels else None)


def test_samples_set_aside_are_not_trained_on():
    X, T = clouds(100)
    seen = set()
    trainer = make(batch_size=10)
    step = trainer.model.step
    trainer.model.step = lambda X, T, rate: seen.update(map(bytes, X)) or step(X, T, rate)
    trainer.fit(X, T, epochs=3, validation=0.3)
    assert len(seen) == 70


def test_patience_ends_a_fit_and_leaves_the_best():
    X, T = clouds(60)
    T = np.random.default_rng(1).integers(0, 3, 60)  # nothing to learn
    trainer = make(learning_rate=0.5, optimizer="adam")
    best = {}

    def keep(record):
        if record.validation_cost == min(r.validation_cost for r in trainer.history):
            best.update(snapshot(trainer))

    trainer.fit(X, T, epochs=200, validation=0.3, patience=3, callback=keep)
    costs = [record.validation_cost for record in trainer.history]
    assert 4 <= len(costs) < 200
    assert np.argmin(costs) == len(costs) - 4
    assert all(np.array_equal(best[name], array) for name, array in trainer.parameters.items())


def test_patience_is_not_lost_while_the_cost_sinks():
    X, T = clouds(300)
    trainer = make(learning_rate=0.01)
    assert len(trainer.fit(X, T, epochs=5, validation=0.2, patience=1)) >= 3


def test_a_callback_may_change_the_rate():
    trainer = make(learning_rate=0.4)

    def halve(record):
        trainer.learning_rate /= 2

    trainer.fit(samples(), np.arange(8) % 3, epochs=3, callback=halve)
    assert [record.rate for record in trainer.history] == [0.4, 0.2, 0.1]


def test_a_record_reads_as_a_line():
    assert str(Record(1, 0.1, 0.25, 0.5)) == "cost 0.2500 accuracy 50.0%"
    assert str(Record(1, 0.1, 0.25, None, 0.5)) == "cost 0.2500, validation 0.5000"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"validation": 1.0}, "fraction"),
        ({"validation": -0.1}, "fraction"),
        ({"patience": 3}, "patience"),
        ({"patience": 0, "validation": 0.5}, "patience"),
        ({"every": 0}, "every"),
    ],
)
def test_options_are_checked(options, said):
    with pytest.raises(TrainingError, match=said):
        make().fit(samples(), np.arange(8) % 3, **options)
