"""What becomes of a gradient before it is an update: schedules, clipping, weight decay."""

import math

import numpy as np
import pytest

from bnsym.train import NumericalError, TrainingError
from bnsym.train.schedule import SCHEDULES, factor
from tests.train.networks import make, same, samples, snapshot

LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1])


def rates(schedule, epochs=10):
    """The rates of the last step of each epoch of a fit of one batch an epoch."""
    trainer, seen = make(schedule=schedule, learning_rate=0.5), []
    trainer.fit(samples(), LABELS, epochs=epochs, callback=seen.append)
    return [record.rate for record in seen]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", [0.5] * 10),
        ("linear", [0.5 * (1 - k / 10) for k in range(10)]),
        ("cosine", [0.25 * (1 + math.cos(math.pi * k / 10)) for k in range(10)]),
        ("step", [0.5] * 5 + [0.05] * 3 + [0.005] * 2),
    ],
)
def test_schedules(schedule, expected):
    np.testing.assert_allclose(rates(schedule), expected, rtol=1e-12)


def test_warmup_rises_over_a_twentieth_and_then_follows_the_cosine():
    found = [factor("warmup-cosine", k, 100) for k in range(100)]
    assert found[:5] == pytest.approx([(k + 1) / 5 * factor("cosine", k, 100) for k in range(5)])
    assert found[5:] == [factor("cosine", k, 100) for k in range(5, 100)]


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_rate_is_never_zero(schedule):
    assert all(factor(schedule, k, steps) > 0 for steps in (1, 2, 7) for k in range(steps))


def test_the_rate_of_a_schedule_acts():
    """One epoch at a rate that a schedule gives is one at that rate."""
    first, second = make(schedule="linear", learning_rate=0.5), make(learning_rate=0.5)
    first.fit(samples(), LABELS, epochs=2)
    for rate in (0.5, 0.25):
        second.learning_rate = rate
        second.fit(samples(), LABELS, epochs=1)
    assert same(first.parameters, second.parameters)


@pytest.mark.parametrize("clip", [0.01, 0.1, 1e3])
def test_clipping_shortens_a_gradient_that_is_longer(clip):
    trainer = make(learning_rate=0.25, clip=clip)
    gradient, before = trainer.gradient(samples(), LABELS), snapshot(trainer)
    norm = math.sqrt(sum(np.square(g).sum() for g in gradient.values()))
    trainer.step(samples(), LABELS)
    for name, array in trainer.parameters.items():
        expected = before[name] - 0.25 * min(1, clip / norm) * gradient[name]
        np.testing.assert_allclose(array, expected, rtol=1e-10, atol=1e-14)


def test_a_gradient_whose_square_overflows_is_clipped():
    trainer = make(cost="squared-error", dtype="float32", epsilon=1e-30, clip=1.0)
    trainer.parameters["W2"][...] *= 1e-5
    targets = 1e17 * samples(8, 3, 1)
    gradient, before = trainer.gradient(samples(), targets), snapshot(trainer)
    assert np.abs(gradient["W2"]).max() > 1e20
    trainer.step(samples(), targets)
    moved = math.sqrt(sum(np.square(before[n] - a).sum() for n, a in trainer.parameters.items()))
    assert moved == pytest.approx(0.1, rel=1e-3)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_decay_is_beside_the_update_and_spares_scales_and_shifts(optimizer):
    """After one step from the same point, the weights differ by rate · decay · themselves."""
    decayed, plain = (make(optimizer=optimizer, learning_rate=0.1, weight_decay=d) for d in (0.3, 0.0))
    before = snapshot(plain)
    decayed.step(samples(), LABELS)
    plain.step(samples(), LABELS)
    for name, array in plain.parameters.items():
        expected = array - 0.03 * before[name] if array.ndim > 1 else array
        np.testing.assert_allclose(decayed.parameters[name], expected, rtol=1e-9, atol=1e-13)


def test_decay_and_clipping_follow_pytorch():
    torch = pytest.importorskip("torch")
    trainer = make(optimizer="adam", learning_rate=0.05, weight_decay=0.1, clip=0.2)
    first, second = (torch.nn.Linear(a, b, bias=False).double() for a, b in ((4, 6), (6, 3)))
    norms = [torch.nn.BatchNorm1d(6).double(), torch.nn.BatchNorm1d(3).double()]
    first.weight.data, second.weight.data = (torch.tensor(trainer.parameters[f"W{k}"]) for k in (1, 2))
    model = torch.nn.Sequential(first, norms[0], torch.nn.ReLU(), second, norms[1])
    groups = [
        {"params": [first.weight, second.weight], "weight_decay": 0.1},
        {"params": [p for norm in norms for p in norm.parameters()], "weight_decay": 0.0},
    ]
    update = torch.optim.AdamW(groups, lr=0.05)
    for seed in range(5):
        X = samples(seed=seed)
        update.zero_grad()
        torch.nn.functional.cross_entropy(model(torch.tensor(X)), torch.tensor(LABELS)).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.2)
        update.step()
        trainer.step(X, LABELS)
    np.testing.assert_allclose(trainer.parameters["W1"], first.weight.detach(), rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(trainer.parameters["gamma2"], norms[1].weight.detach(), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("options", [{"clip": 1.0}, {"weight_decay": 0.1}])
def test_a_step_that_cannot_be_computed_changes_nothing(options):
    trainer = make(**options)
    trainer.parameters["beta2"][1] = 1e308
    before = snapshot(trainer)
    with pytest.raises(NumericalError):
        trainer.step(samples() * 1e154, LABELS)
    assert same(before, trainer.parameters) and trainer.steps == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"schedule": "exponential"}, "there is no schedule 'exponential'; there are constant"),
        ({"weight_decay": -1}, "weight decay"),
        ({"weight_decay": math.nan}, "weight decay"),
        ({"clip": 0}, "clip"),
        ({"clip": math.inf}, "clip"),
    ],
)
def test_options_are_checked(options, said):
    with pytest.raises(TrainingError, match=said):
        make(**options)
