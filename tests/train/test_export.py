"""Export: what others compute with the arrays is what the trainer predicts."""

import sys

import numpy as np
import pytest

from bnsym import Trainer, read
from bnsym.train import MissingExtraError, TrainingError
from bnsym.train.export import ACTIVATIONS, state_dict, to_torch, write_onnx
from tests.compile import documents
from tests.test_programs import DERIVATIONS
from tests.train.networks import make, samples

NAMES = ["relu", "sigmoid", "tanh", "softplus", "identity"]


def trained(activation="relu", cost="squared-error", dtype="float32", **options):
    trainer = make([4, 7, 5, 3], activation=activation, cost=cost, dtype=dtype, optimizer="adam", **options)
    targets = np.arange(64) % 3 if cost == "cross-entropy" else samples(64, 3, 1)
    trainer.fit(3 * samples(64) + 1, targets, epochs=4)
    return trainer


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=2e-5)


def test_the_arrays_have_the_names_and_shapes_of_pytorch():
    arrays = state_dict(trained())
    assert {name: array.shape for name, array in arrays.items()} == {
        f"{3 * k + i}.{name}": shape
        for k, (before, after) in enumerate([(4, 7), (7, 5), (5, 3)])
        for i, name, shape in [
            (0, "weight", (after, before)), (1, "weight", (after,)), (1, "bias", (after,)),
            (1, "running_mean", (after,)), (1, "running_var", (after,)), (1, "num_batches_tracked", ()),
        ]
    }  # fmt: skip


@pytest.mark.parametrize("activation", NAMES)
def test_the_arrays_predict_what_the_trainer_does(activation):
    """By the formula of an evaluated batch normalization."""
    trainer = trained(activation, dtype="float64")
    arrays, u = state_dict(trainer), samples(20, 4, 5)
    functions = {
        "relu": lambda y: np.maximum(y, 0), "sigmoid": lambda y: 1 / (1 + np.exp(-y)), "tanh": np.tanh,
        "softplus": lambda y: np.log1p(np.exp(y)), "identity": lambda y: y,
    }  # fmt: skip
    for k in (0, 3, 6):
        norm = {name: arrays[f"{k + 1}.{name}"] for name in ("weight", "bias", "running_mean", "running_var")}
        x = u @ arrays[f"{k}.weight"].T
        y = (x - norm["running_mean"]) / np.sqrt(norm["running_var"] + 1e-5) * norm["weight"] + norm["bias"]
        u = functions[activation](y) if k < 6 else y
    np.testing.assert_allclose(u, trainer.predict(samples(20, 4, 5)), rtol=1e-9)
    assert len(ACTIVATIONS) == len(NAMES)


@pytest.mark.parametrize("activation", NAMES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_pytorch_loads_them_and_predicts_the_same(activation, dtype):
    torch = pytest.importorskip("torch")
    trainer = trained(activation, dtype=dtype)
    layers = []
    for before, after in ((4, 7), (7, 5), (5, 3)):
        layers += [torch.nn.Linear(before, after, bias=False), torch.nn.BatchNorm1d(after), torch.nn.Identity()]
    plain = torch.nn.Sequential(*layers)
    arrays = state_dict(trainer)
    assert plain.load_state_dict({k: torch.from_numpy(v) for k, v in arrays.items()}).missing_keys == []
    inputs = samples(20, 4, 5).astype(dtype)
    with torch.no_grad():
        close(to_torch(trainer)(torch.from_numpy(inputs)).numpy(), trainer.predict(inputs))


def test_classes_are_those_of_the_trainer():
    torch = pytest.importorskip("torch")
    trainer = trained(cost="cross-entropy")
    inputs = samples(20, 4, 5).astype("float32")
    with torch.no_grad():
        outputs = to_torch(trainer)(torch.from_numpy(inputs))
    close(torch.softmax(outputs, 1).numpy(), trainer.predict_proba(inputs))


@pytest.mark.parametrize("activation", NAMES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_onnx_computes_the_same(tmp_path, activation, dtype):
    reference = pytest.importorskip("onnx.reference")
    trainer = trained(activation, dtype=dtype)
    write_onnx(trainer, tmp_path / "model.onnx")
    inputs = samples(20, 4, 5).astype(dtype)
    session = reference.ReferenceEvaluator(str(tmp_path / "model.onnx"))
    close(session.run(None, {"inputs": inputs})[0], trainer.predict(inputs))


def test_a_network_without_epsilon_is_exported_too():
    trainer = Trainer([4, 5, 3], derivation=read(DERIVATIONS / "batch_norm.md"))
    trainer.fit(samples(64), np.arange(64) % 3, epochs=1)
    assert trainer.epsilon == 0 and len(state_dict(trainer)) == 12


@pytest.mark.parametrize("made", [documents.layer_norm, documents.cubic, documents.biased])
def test_a_network_of_another_kind_is_refused(tmp_path, made):
    """y = γ x̂³ + β has the same parameters and averages; that it computes something else is noticed."""
    trainer = Trainer([4, 5, 3], derivation=made(tmp_path))
    trainer.fit(samples(64), np.arange(64) % 3, epochs=1)
    with pytest.raises(TrainingError, match="does not describe"):
        state_dict(trainer)


def test_an_untrained_network_is_refused():
    with pytest.raises(TrainingError, match="fit first"):
        state_dict(make())


@pytest.mark.parametrize(("module", "told"), [("torch", "pip install torch"), ("onnx", r"bnsym\[onnx\]")])
def test_what_is_missing_is_named(tmp_path, monkeypatch, module, told):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=told):
        to_torch(trained()) if module == "torch" else write_onnx(trained(), tmp_path / "model.onnx")
