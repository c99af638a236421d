"""`bnsym generate` and `bnsym train` as a user runs them."""

import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from bnsym.cli import main
from bnsym.train.model import Model

DERIVATIONS = Path(__file__).parents[1] / "derivations"
EPSILON = DERIVATIONS / "batch_norm_epsilon.md"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def blobs(tmp_path):
    """Two clouds that a network tells apart, as CSV and as NPZ."""
    random = np.random.default_rng(0)
    labels = np.arange(200) % 2
    points = random.standard_normal((200, 2)) + 6 * labels[:, None]
    rows = [f"{x},{y},{label}" for (x, y), label in zip(points, labels, strict=True)]
    (tmp_path / "blobs.csv").write_text("\n".join(["x,y,label", *rows]))
    np.savez(tmp_path / "blobs.npz", X=points, y=labels)
    return tmp_path


def test_generate_writes_a_module_that_needs_numpy_alone(tmp_path):
    out = tmp_path / "step.py"
    result = run("generate", EPSILON, "--widths", "4,3,2", "--batch", 8, "-o", out)
    assert result.exit_code == 0, result.output
    lines = out.read_text().splitlines()
    imported = {line.split()[1] for line in lines if line.startswith(("import ", "from "))}
    assert "numpy" in imported and imported <= {"numpy", "math", "types"}


def test_the_plan_is_printed_with_or_without_a_file(tmp_path):
    out = tmp_path / "step.c"
    options = ("--widths", "4,3,2", "--batch", 8, "--backend", "compiled")
    shown = run("generate", EPSILON, *options, "--plan")
    assert shown.exit_code == 0 and "floor" in shown.output and not out.exists()
    assert run("generate", EPSILON, *options, "--plan", "-o", out).output == shown.output
    assert out.read_text().startswith("/*")
    assert run("generate", EPSILON, *options).exit_code == 2


@pytest.mark.parametrize(
    ("edit", "to"),
    [
        (r"\hat{x}_s^l \\", r"\\"),  # ∂C/∂γ without x̂
        (r"- \langle \Delta^{l+1} \rangle", r"+ \langle \Delta^{l+1} \rangle"),
        (r"W^{l,l+1} g'(y_s^l)", r"W^{l,l+1}"),
    ],
)
def test_a_wrong_derivation_is_refused_and_nothing_is_written(tmp_path, edit, to):
    text = EPSILON.read_text()
    assert edit in text
    wrong, out = tmp_path / "wrong.md", tmp_path / "step.py"
    wrong.write_text(text.replace(edit, to))
    result = run("generate", wrong, "--widths", "4,3,2", "-o", out)
    assert result.exit_code == 1
    assert "refuted" in result.output
    assert not out.exists()


@pytest.mark.parametrize("name", ["blobs.csv", "blobs.npz"])
def test_train_on_a_file(blobs, name):
    result = run("train", EPSILON, "--data", blobs / name, "--hidden", "8", "--epochs", 5, "--save", blobs / "c.npz")
    assert result.exit_code == 0, result.output
    assert "test accuracy 100.00%" in result.output
    assert (blobs / "c.npz").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--data", "missing.csv"], "missing.csv"),
        (["--data", "nothing.txt"], "expected 'digits', or a .csv, .npy or .npz file"),
        (["--data", "digits", "--optimizer", "adagrad"], "adagrad"),
        (["--data", "digits", "--hidden", "a,b"], "not a list of integers"),
        (["--data", "digits", "--backend", "abacus"], "abacus"),
    ],
)
def test_bad_options_are_named(arguments, told):
    pytest.importorskip("sklearn")
    result = run("train", EPSILON, *arguments)
    assert result.exit_code != 0
    assert told in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


# ---------------------------------------------------------------- runs that are interrupted


def options(blobs, *more):
    return ("--data", blobs / "blobs.csv", "--hidden", "8", "--validation", 0.1, "--schedule", "cosine", *more)


def test_a_run_that_is_killed_is_resumed_to_the_same_result(blobs):
    """SIGTERM to a process: it saves, says so, and the result is that of a run that nothing stopped."""
    whole = run("train", EPSILON, *options(blobs, "--epochs", 40, "--save", blobs / "whole.npz"))
    assert whole.exit_code == 0, whole.output
    path = blobs / "run.npz"
    arguments = options(blobs, "--epochs", 40, "--checkpoint", path, "--every", 1)
    command = [sys.executable, "-m", "bnsym", "train", EPSILON, *arguments]
    process = subprocess.Popen([str(part) for part in command], stderr=subprocess.PIPE, text=True)
    while not path.exists() and process.poll() is None:
        time.sleep(0.005)
    process.terminate()
    told = process.communicate()[1]
    assert process.returncode == 128 + signal.SIGTERM
    assert told.startswith("stopped by signal 15 in epoch ") and "saved to" in told and "Traceback" not in told
    resumed = run("train", EPSILON, "--data", blobs / "blobs.csv", "--resume", path, "--save", blobs / "again.npz")
    assert resumed.exit_code == 0, resumed.output
    assert resumed.output.split(": test")[1] == whole.output.split(": test")[1]
    with np.load(blobs / "whole.npz") as first, np.load(blobs / "again.npz") as second:
        for name in ("parameters", "averages", "moments"):
            assert np.array_equal(first[name], second[name])


@pytest.fixture
def read_only(tmp_path):
    """A folder where nothing can be made; root can in all but a few."""
    folder = tmp_path / "read-only"
    folder.mkdir(mode=0o555)
    return Path("/sys") if os.access(folder, os.W_OK) else folder


@pytest.mark.parametrize("option", ["--checkpoint", "--save"])
def test_where_nothing_can_be_written_is_named_before_the_work(blobs, read_only, monkeypatch, option):
    monkeypatch.setattr(Model, "step", None)
    for place in (read_only / "run.npz", blobs / "missing" / "run.npz", blobs):
        result = run("train", EPSILON, *options(blobs, option, place))
        assert result.exit_code == 1 and f"Error: {place}: " in result.output


def test_a_disk_that_is_full_is_named_and_leaves_the_checkpoint_before(blobs):
    """What fills up here is the file: the first bytes are written, the rest is not."""
    path = blobs / "run.npz"
    arguments = ("train", EPSILON, *options(blobs, "--epochs", 2, "--checkpoint", path))
    assert run(*arguments).exit_code == 0
    before, limits = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
    try:
        result = run(*arguments)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert result.exit_code == 1 and f"Error: {path}: File too large" in result.output
    assert path.read_bytes() == before and {p.suffix for p in blobs.iterdir()} == {".npz", ".csv"}


def test_options_of_the_run_are_not_given_again(blobs):
    result = run("train", EPSILON, "--data", blobs / "blobs.csv", "--resume", "run.npz", "--clip", 1)
    assert result.exit_code == 2 and "--clip is the checkpoint's own" in result.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--every", 5], "--checkpoint"),
        (["--processes", 2], "--coordinator"),
        (["--coordinator", "a:1"], "--processes"),
    ],
)
def test_options_that_need_one_another(blobs, arguments, told):
    result = run("train", EPSILON, *options(blobs, *arguments))
    assert result.exit_code == 2 and told in result.output


def test_a_learning_curve_is_drawn(blobs):
    pytest.importorskip("matplotlib")
    result = run("train", EPSILON, *options(blobs, "--epochs", 3, "--plot", blobs / "curve.svg"))
    assert result.exit_code == 0, result.output
    text = (blobs / "curve.svg").read_text()
    assert text.lstrip().startswith("<?xml") and "</svg>" in text
    wrong = run("train", EPSILON, *options(blobs, "--epochs", 1, "--plot", blobs / "curve.txt"))
    assert wrong.exit_code == 1 and "curve.txt" in wrong.output and "Traceback" not in wrong.output


@pytest.mark.parametrize(
    ("name", "told"), [("curve.txt", "a plot is one of .*png"), ("missing/curve.png", "No such file")]
)
def test_a_plot_that_cannot_be_drawn_is_named_before_the_work(blobs, name, told):
    pytest.importorskip("matplotlib")
    result = run("train", EPSILON, "--data", "nothing.csv", "--plot", blobs / name)
    assert result.exit_code == 1 and re.search(f"{name}: {told}", result.output)


def scaled(folder):
    """The perceptron with the argument of its activation times α, and one claim that does not see it."""
    text = (DERIVATIONS / "multilayer_perceptron.md").read_text(encoding="utf-8")
    text = text[: text.index("## Four equations")].replace("'b^l' =", "'\\alpha' = []\n'b^l' =")
    text = text.replace(r"\sigma(z_{sj}^l)", r"\sigma(\alpha z_{sj}^l)")
    claim = r"$$\frac{\partial C}{\partial b_j^l} = \sum_s \delta_{sj}^l$$"
    (folder / "scaled.md").write_text(text + claim, encoding="utf-8")
    return folder / "scaled.md"


def test_a_constant_of_the_document_is_given_by_name(blobs, tmp_path):
    document = scaled(tmp_path)
    result = run("train", document, *options(blobs, "--constant", "alpha=0.5"))
    assert result.exit_code == 0, result.output
    result = run("generate", document, "--widths", "4,3", "--constant", "alpha=0.5", "-o", tmp_path / "step.py")
    assert result.exit_code == 0 and "0.5" in (tmp_path / "step.py").read_text()
    for given, told in (("alpha", "alpha=0.1"), ("alpha=x", "alpha=0.1"), ("gain=1", "no constant gain")):
        result = run("train", document, *options(blobs, "--constant", given))
        assert result.exit_code in (1, 2) and told in result.output


def test_generate_without_widths_writes_a_function(tmp_path):
    sizes = [x for size in ("query=4", "key=5", "feature=3", "channel=2") for x in ("--size", size)]
    out = tmp_path / "attention.py"
    result = run("generate", DERIVATIONS / "attention.md", *sizes, "--plan", "-o", out)
    assert result.exit_code == 0 and "floor" in result.output
    names: dict = {}
    exec(compile(out.read_text(), str(out), "exec"), names)
    tensors = names["initial"]()
    names["views"](tensors)["V"][...] = 3.0
    function = names["bind"](tensors, np.zeros(0))
    assert set(names["ARGUMENTS"]) == {"cotangent"} and set(names["SHAPES"]) == {"Q", "K", "V"}
    cost = function.evaluate(np.ones((4, 2), names["DTYPE"]))
    assert cost == pytest.approx(3 * 4 * 2, rel=1e-5)  # rows of weights add up to one
    assert names["views"](function.gradient)["V"].sum() == pytest.approx(8, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "sizes"),
    [("residual_network", []), ("residual_network", ["hidden=48"]), ("group_norm_network", ["group=8", "channel=8"])],
)
def test_packaged_networks_learn_the_digits(name, sizes):
    pytest.importorskip("sklearn")
    arguments = [x for size in sizes for x in ("--size", size)]
    result = run(
        "train", DERIVATIONS / f"{name}.md", "--data", "digits", "--hidden", "32,32", "--epochs", 12, *arguments
    )
    assert result.exit_code == 0, result.output
    assert float(result.output.split()[-1].rstrip("%")) > 95


def test_a_length_that_nothing_says_is_asked_for(tmp_path):
    for given, told in (([], "--size group=8"), (["--size", "group"], "unit=64"), (["--size", "depth=3"], "no axis")):
        out = tmp_path / "step.py"
        document = DERIVATIONS / "group_norm_network.md"
        result = run("generate", document, "--widths", "4,6,3", *given, "-o", out)
        assert result.exit_code in (1, 2) and told in result.output and not out.exists()


def test_a_seed_below_zero_is_named(blobs):
    result = run("train", EPSILON, *options(blobs, "--seed", -1))
    assert result.exit_code == 1 and "a seed is an integer from 0 on, not -1" in result.output


def test_a_missing_extra_is_named_before_the_work(blobs, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = run("train", EPSILON, "--data", "nothing.csv", "--plot", blobs / "curve.png")
    assert result.exit_code == 1 and "pip install bnsym[plot]" in result.output
