"""The trainer: its contract, its reproducibility, what it refuses."""

import numpy as np
import pytest

from bnsym import Trainer
from bnsym.compile import CompileError
from bnsym.train import CheckpointError, DataError, TrainingError
from tests.compile import documents, reference
from tests.train.networks import make, same, samples, snapshot

OPTIMIZERS = ["sgd", "momentum", "adam"]
LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1])


# ---------------------------------------------------------------- steps


def test_parameters_have_the_names_and_shapes_of_the_contract():
    shapes = {name: array.shape for name, array in make().parameters.items()}
    assert shapes == {"W1": (6, 4), "gamma1": (6,), "beta1": (6,), "W2": (3, 6), "gamma2": (3,), "beta2": (3,)}


def test_parameters_may_be_written_in_place_and_not_replaced():
    trainer = make()
    before = trainer.gradient(samples(), LABELS)
    trainer.parameters["W1"][...] += 1 + np.arange(24).reshape(6, 4)
    assert not same(before, trainer.gradient(samples(), LABELS))
    with pytest.raises(TypeError):
        trainer.parameters["W1"] = np.zeros((6, 4))


def test_a_step_of_sgd_is_the_gradient_times_the_rate():
    trainer = make(learning_rate=0.25)
    gradient, before = trainer.gradient(samples(), LABELS), snapshot(trainer)
    one_hot = np.eye(3)[LABELS]
    options = {"activation": "relu", "cost": "cross-entropy", "epsilon": 1e-5}
    cost = trainer.step(samples(), LABELS)
    assert cost == pytest.approx(reference.cost(before, samples(), one_hot, **options).real, rel=1e-12)
    expected = reference.gradients(before, samples(), one_hot, **options)
    for name, array in trainer.parameters.items():
        np.testing.assert_allclose(gradient[name], expected[name], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(array, before[name] - 0.25 * expected[name], rtol=1e-9, atol=1e-12)


def test_the_rate_may_be_changed_between_steps():
    trainer = make()
    trainer.learning_rate = 1e-9
    before = snapshot(trainer)
    trainer.step(samples(), LABELS)
    assert all(np.abs(before[n] - a).max() < 1e-8 for n, a in trainer.parameters.items())


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_optimizers_follow_pytorch(optimizer):
    torch = pytest.importorskip("torch")
    trainer = make([4, 5, 6, 3], optimizer=optimizer, learning_rate=0.05)
    layers = []
    for layer, (before, after) in enumerate([(4, 5), (5, 6), (6, 3)], 1):
        linear, norm = torch.nn.Linear(before, after, bias=False), torch.nn.BatchNorm1d(after)
        linear.weight.data = torch.tensor(trainer.parameters[f"W{layer}"])
        layers += [linear, norm.double(), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    made = {
        "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
        "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
        "adam": lambda p: torch.optim.Adam(p, lr=0.05),
    }
    update = made[optimizer](model.parameters())
    for seed in range(5):
        X = samples(seed=seed)
        update.zero_grad()
        cost = torch.nn.functional.cross_entropy(model(torch.tensor(X)), torch.tensor(LABELS))
        cost.backward()
        update.step()
        assert trainer.step(X, LABELS) == pytest.approx(cost.item(), rel=1e-6)
    for layer in (1, 2, 3):
        linear, norm = layers[3 * layer - 3], layers[3 * layer - 2]
        for name, tensor in (("W", linear.weight), ("gamma", norm.weight), ("beta", norm.bias)):
            np.testing.assert_allclose(trainer.parameters[f"{name}{layer}"], tensor.detach(), rtol=1e-5, atol=1e-7)


def test_batches_of_any_size_train_the_same_parameters():
    trainer = make()
    for count in (8, 5, 3, 8, 2):
        before = snapshot(trainer)
        trainer.step(samples(count), LABELS[:count])
        assert not same(before, trainer.parameters)
    assert trainer.steps == 5


def test_many_sizes_of_batch_do_not_pile_up():
    trainer = make()
    for count in (*range(2, 12), 8, 3):
        trainer.step(samples(count), np.arange(count) % 3)
    assert len(trainer.model.programs) == 8 and trainer.steps == 12


# ---------------------------------------------------------------- fit and predict


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_same_seed_gives_the_same_numbers(optimizer):
    X, T = samples(30), np.arange(30) % 3
    first, second = (make(optimizer=optimizer, seed=7, dtype="float32") for _ in range(2))
    assert first.fit(X, T, epochs=3) == second.fit(X, T, epochs=3)
    assert same(first.parameters, second.parameters)
    other = make(optimizer=optimizer, seed=8, dtype="float32")
    assert not same(first.parameters, other.parameters)


def test_fit_learns_labels_with_a_ragged_last_batch():
    random = np.random.default_rng(0)
    T = random.integers(0, 3, 83)
    X = random.standard_normal((83, 4)) + 4 * np.eye(4)[T]
    trainer = make(optimizer="adam", learning_rate=0.02)
    history = trainer.fit(X, T, epochs=20, progress=True)
    assert len(history) == 20 and history[-1] < history[0] / 3
    predicted = trainer.predict(X)
    assert predicted.shape == (83,) and (predicted == T).mean() > 0.95
    probabilities = trainer.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    assert np.array_equal(probabilities.argmax(axis=1), predicted)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "softplus", "identity"])
def test_fit_learns_numbers(activation):
    X = samples(64, 3)
    T = X @ samples(3, 2, 1) + 5
    trainer = make([3, 8, 2], activation=activation, cost="squared-error", learning_rate=0.1, batch_size=16)
    history = trainer.fit(X, T, epochs=40)
    assert history[-1] < history[0] / 10
    assert np.square(trainer.predict(X) - T).mean() < T.var() / 3
    with pytest.raises(TrainingError, match="cross-entropy"):
        trainer.predict_proba(X)


def test_a_prediction_does_not_depend_on_its_neighbours():
    trainer = make()
    trainer.fit(samples(40), np.arange(40) % 3, epochs=2)
    X = samples(20, seed=5)
    alone = np.concatenate([trainer.predict_proba(X[k : k + 1]) for k in range(20)])
    np.testing.assert_allclose(trainer.predict_proba(X), alone, rtol=1e-12)


def test_running_statistics_are_averages_of_those_of_batches():
    """With one batch, a prediction is what the training's forward pass gives."""
    trainer = make(cost="squared-error", learning_rate=1e-12)
    X, T = samples(), samples(8, 3, 1)
    for _ in range(3):
        cost = trainer.step(X, T)
    assert 0.5 * np.square(trainer.predict(X) - T).sum(axis=1).mean() == pytest.approx(cost, rel=1e-8)


def test_large_logits_do_not_overflow():
    trainer = make(dtype="float32")
    trainer.parameters["gamma2"][...] = 1e4
    assert 0 <= trainer.step(samples(), LABELS) < 1e5
    assert np.isfinite(trainer.predict_proba(samples())).all()


def test_two_dimensional_targets_may_be_probabilities():
    hard, soft = make(), make()
    assert hard.step(samples(), LABELS) == soft.step(samples(), np.eye(3)[LABELS])
    assert same(hard.parameters, soft.parameters)


def test_digits_are_learnt():
    pytest.importorskip("sklearn")
    from bnsym.train.data import load

    data = load("digits")
    trainer = Trainer([64, 64, 10], derivation=documents.batch_norm(), learning_rate=0.1, batch_size=32)
    trainer.fit(data.X, data.T, rows=data.train, epochs=20)
    assert trainer.measure(data.X, data.T, rows=data.test)[1] > 0.97


def test_labels_may_be_true_and_false():
    numbered, named = (make([4, 6, 2]) for _ in range(2))
    numbered.step(samples(), LABELS % 2)
    named.step(samples(), LABELS % 2 == 1)
    assert same(snapshot(numbered), snapshot(named))


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("X", "T", "said"),
    [
        (np.zeros((8, 5)), LABELS, r"X has shape \(8, 5\); expected \(N, 4\)"),
        (np.zeros(8), LABELS, r"X has shape \(8,\)"),
        (np.zeros((0, 4)), LABELS[:0], "X has no samples"),
        (samples(), LABELS[:5], "X has 8 samples and T has 5"),
        (samples(), LABELS + 1, r"T\[2\] is the label 3; expected 0 to 2"),
        (samples(), LABELS - 1, r"T\[0\] is the label -1"),
        (samples(), LABELS / 2, "labels have dtype float64"),
        (samples(), np.zeros((8, 2)), r"T has shape \(8, 2\); expected labels \(N,\), or probabilities \(N, 3\)"),
        (samples(), np.full((8, 3), 0.5), r"T\[0\] adds up to 1.5: .*squared-error"),
        (samples(), np.tile([1.5, -0.5, 0], (8, 1)), r"T\[0\] has an entry below 0"),
        (samples().astype(complex), LABELS, "dtype complex128"),
        (np.full((8, 4), "a"), LABELS, "dtype <U1"),
        (np.where(np.eye(8, 4) > 0, np.nan, 1.0), LABELS, r"X\[0, 0\] is nan: not a finite number"),
        (np.where(np.arange(4) == 3, np.inf, samples()), LABELS, r"X\[0, 3\] is inf"),
    ],
)
def test_bad_data_are_named_and_change_nothing(X, T, said):
    trainer = make()
    before = snapshot(trainer)
    with pytest.raises(DataError, match=said):
        trainer.step(X, T)
    assert same(before, trainer.parameters) and trainer.steps == 0


def test_predicting_before_training_is_refused():
    with pytest.raises(TrainingError, match="fit first"):
        make().predict(samples())


@pytest.mark.parametrize("options", [{"backend": "abacus"}, {"dtype": "float16"}, {"batch_size": 0}, {"epsilon": -1}])
def test_options_are_checked(options):
    with pytest.raises(CompileError):
        make(**options)


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
def test_a_rate_is_positive(rate):
    with pytest.raises(TrainingError, match="learning rate"):
        make(learning_rate=rate)


@pytest.mark.parametrize("seed", [-1, 0.5, None])
def test_a_seed_is_an_integer(seed):
    with pytest.raises(TrainingError, match="seed"):
        make(seed=seed)


def test_epochs_are_counted():
    assert make().fit(samples(), LABELS, epochs=0) == []
    with pytest.raises(TrainingError, match="epochs"):
        make().fit(samples(), LABELS, epochs=-1)


# ---------------------------------------------------------------- checkpoints


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_goes_on_from_a_checkpoint_as_if_nothing_had_been(tmp_path, optimizer):
    X, T = samples(30), np.arange(30) % 3
    trainer = make(optimizer=optimizer, learning_rate=0.03)
    trainer.fit(X, T, epochs=2)
    trainer.save(tmp_path / "saved")
    assert [p.name for p in tmp_path.iterdir()] == ["saved"]
    loaded = Trainer.load(tmp_path / "saved", derivation=documents.batch_norm())
    assert loaded.fit(X, T, epochs=2) == trainer.fit(X, T, epochs=2)
    assert same(loaded.parameters, trainer.parameters)
    assert np.array_equal(loaded.predict_proba(X), trainer.predict_proba(X))


def test_a_checkpoint_of_another_derivation_is_refused(tmp_path):
    make().save(tmp_path / "saved.npz")
    with pytest.raises(CheckpointError, match="another derivation"):
        Trainer.load(tmp_path / "saved.npz", derivation=documents.cubic(tmp_path))


@pytest.mark.parametrize("content", [b"", b"PK", b"junk" * 100])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, content):
    (tmp_path / "saved.npz").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"saved\.npz"):
        Trainer.load(tmp_path / "saved.npz")


def test_a_checkpoint_is_never_unpickled(tmp_path):
    np.savez(tmp_path / "saved.npz", about=np.array([{}], dtype=object), parameters=np.array([print], dtype=object))
    with pytest.raises(CheckpointError):
        Trainer.load(tmp_path / "saved.npz")


def test_saving_replaces_a_file_whole_or_not_at_all(tmp_path):
    make().save(tmp_path / "saved.npz")
    before = (tmp_path / "saved.npz").read_bytes()
    with pytest.raises(OSError):
        make().save(tmp_path / "missing" / "saved.npz")
    assert (tmp_path / "saved.npz").read_bytes() == before


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_compiled_backend_trains_as_numpy_does(optimizer):
    X, labels = samples(30), np.arange(30) % 3
    trained = []
    for backend in ("numpy", "compiled"):
        trainer = make(backend=backend, optimizer=optimizer, weight_decay=0.01, clip=0.5)
        trained.append((trainer.fit(X, labels, epochs=3), trainer.predict_proba(X)))  # the last batch is smaller
    for one, other in zip(*trained, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)
