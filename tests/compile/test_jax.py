"""The JAX backend: what NumPy computes, on any number of devices, and in several processes."""

import ast
import socket
import subprocess
import sys

import numpy as np
import pytest

from bnsym import Trainer, read
from bnsym.compile import CompileError, lambdify
from bnsym.compile.packaged import BATCH_NORM, packaged
from tests.compile import documents


def program(derivation, batch=8, **options):
    return lambdify(derivation, widths=[4, 5, 3], batch=batch, **options)


def run(module, steps=5):
    """Costs, parameters and averages of a few steps."""
    parameters, averages = module.initial(0), np.zeros(module.AVERAGED, module.DTYPE)
    bound, random = module.bind(parameters, averages), np.random.default_rng(0)
    X = random.standard_normal((module.BATCH, 4)).astype(module.DTYPE)
    T = np.eye(3, dtype=module.DTYPE)[random.integers(0, 3, module.BATCH)]
    return [bound.step(X, T, 0.1, time) for time in range(1, steps + 1)], parameters, averages


def agree(found, expected, tolerance=1e-9):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("options", [{}, {"devices": 3}])
def test_the_source_is_python_and_needs_jax_and_numpy_alone(options):
    tree = ast.parse(program(documents.batch_norm(), backend="jax", **options).source)
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    assert names == {"jax", "jax.numpy", "jax.sharding", "numpy"}


def test_devices_meet_in_reductions_over_samples_alone():
    """Per layer: mean and variance forward, ∂β, Σ ∂y·x̂ (which is ∂γ) and ∂W backward; and the cost."""
    source = program(documents.batch_norm(), backend="jax", devices=4).source
    assert source.count("lax.psum(jnp.einsum") == 2 * 5 + 1


@pytest.mark.parametrize("cost", ["cross-entropy", "squared-error"])
@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "softplus", "identity"])
def test_one_device_agrees_with_numpy(jax, activation, cost):
    options = {"activation": activation, "cost": cost}
    derivation = documents.batch_norm()
    found = run(program(derivation, backend="jax", **options).module)
    agree(found, run(program(derivation, **options).module))


@pytest.mark.parametrize("made", [documents.layer_norm, documents.biased, documents.cubic])
@pytest.mark.parametrize("devices", [1, 3])
def test_other_networks_are_no_different(jax, tmp_path, made, devices):
    derivation = made(tmp_path)
    found = run(program(derivation, backend="jax", devices=devices).module)
    agree(found, run(program(derivation).module))


@pytest.mark.parametrize("name", ["layer_norm_network.md", "rms_norm_network.md", "multilayer_perceptron.md"])
@pytest.mark.parametrize("devices", [1, 3])
def test_packaged_networks_are_no_different(jax, name, devices):
    derivation = read(packaged(name))
    found = run(program(derivation, backend="jax", devices=devices).module)
    agree(found, run(program(derivation).module))


@pytest.mark.parametrize("devices", [1, 2, 3, 4])
@pytest.mark.parametrize(("batch", "dtype"), [(2, "float64"), (7, "float64"), (8, "float64"), (9, "float32")])
def test_any_number_of_devices_gives_the_same_parameters(jax, devices, batch, dtype):
    """Batches that do not divide evenly, and some that leave a device without samples, included."""
    derivation = documents.batch_norm()
    found = run(program(derivation, batch, dtype=dtype, backend="jax", devices=devices).module)
    expected = run(program(derivation, batch, dtype=dtype).module)
    agree(found, expected, 1e-9 if dtype == "float64" else 2e-4)


@pytest.mark.parametrize("devices", [1, 3])
def test_a_trainer_trains_and_predicts_as_with_numpy(jax, tmp_path, devices):
    options = {"derivation": documents.batch_norm(), "dtype": "float64", "batch_size": 8, "clip": 0.5, "seed": 3}
    random = np.random.default_rng(0)
    X, T = random.standard_normal((29, 4)), random.integers(0, 3, 29)
    first = Trainer([4, 6, 3], backend="jax", devices=devices, **options)
    second = Trainer([4, 6, 3], **options)
    agree([first.fit(X, T, epochs=3)], [second.fit(X, T, epochs=3)])
    agree([first.predict_proba(X)], [second.predict_proba(X)])
    first.save(tmp_path / "saved.npz")
    again = Trainer.load(tmp_path / "saved.npz", derivation=documents.batch_norm())
    assert again.options["devices"] == devices and again.fit(X, T, epochs=1) == first.fit(X, T, epochs=1)


@pytest.mark.parametrize("devices", [1, 3])
def test_what_cannot_be_computed_is_named_and_changes_nothing(jax, devices):
    module = program(documents.batch_norm(), epsilon=0.0, backend="jax", devices=devices).module
    parameters = module.initial(0)
    bound, before = module.bind(parameters, np.zeros(module.AVERAGED)), parameters.copy()
    with pytest.raises(FloatingPointError, match="sigma"), np.errstate(all="ignore"):
        bound.step(np.ones((8, 4)), np.eye(3)[np.arange(8) % 3], 0.1, 1)
    parameters[-1] = np.nan
    with pytest.raises(FloatingPointError, match="nan"), np.errstate(all="ignore"):
        bound.step(np.random.default_rng(0).standard_normal((8, 4)), np.eye(3)[np.arange(8) % 3], 0.1, 1)
    assert np.array_equal(parameters[:-1], before[:-1])


def test_more_devices_than_there_are_is_refused(jax):
    jax.devices()
    with pytest.raises(CompileError, match="there are 4 devices in 1 processes, not 5"):
        _ = program(documents.batch_norm(), backend="jax", devices=5).module


@pytest.mark.parametrize("options", [{"devices": 2}, {"devices": 0, "backend": "jax"}])
def test_devices_need_jax(options):
    with pytest.raises(CompileError, match="devices"):
        program(documents.batch_norm(), **options)


def test_without_jax_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(CompileError, match=r"pip install bnsym\[jax\]"):
        _ = program(documents.batch_norm(), backend="jax").module


def test_two_processes_train_what_one_does(jax, tmp_path):
    """On loopback, with two devices each; the batches, of 20 and a last one of 17, are split over four."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, 96)
    np.savez(tmp_path / "data.npz", X=random.standard_normal((96, 4)) + 3 * np.eye(3, 4)[labels], y=labels)
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    common = ["train", str(packaged(BATCH_NORM)), "--data", str(tmp_path / "data.npz"), "--hidden", "6"]
    common += ["--batch", "20", "--epochs", "3", "--dtype", "float64", "--backend", "jax", "--optimizer", "adam"]

    def begin(save, *more):
        command = [sys.executable, "-m", "bnsym", *common, "--save", str(tmp_path / save), *more]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    several = ["--devices", "4", "--coordinator", f"localhost:{port}", "--processes", "2", "--process"]
    started = [begin("two.npz", *several, "0"), begin("other.npz", *several, "1"), begin("one.npz")]
    told = [process.communicate(timeout=300) for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], told
    assert "test accuracy" in told[0][0] and "test accuracy" not in told[1][0] and not (tmp_path / "other.npz").exists()
    with np.load(tmp_path / "one.npz") as one, np.load(tmp_path / "two.npz") as two:
        for name in ("parameters", "averages", "moments"):
            np.testing.assert_allclose(two[name], one[name], rtol=1e-9, atol=1e-12)
