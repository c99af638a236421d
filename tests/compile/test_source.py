"""The generated text: needs NumPy alone, runs as a file, and no text of a document is code."""

import ast
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from bnsym.compile import lambdify
from bnsym.compile.names import Namer, comment, comment_lines, identifier
from tests.compile import documents


@pytest.fixture(scope="module")
def program():
    return lambdify(documents.batch_norm(), widths=[6, 5, 3], batch=8, dtype="float32")


def test_numpy_is_all_it_imports(program):
    imported = set()
    for node in ast.walk(ast.parse(program.source)):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module.split(".")[0])
    assert imported <= {"numpy", "math", "types"}


def test_it_runs_as_a_file_of_its_own(program, tmp_path):
    (tmp_path / "step.py").write_text(program.source, encoding="utf-8")
    script = """
import sys, numpy as np, step as program
parameters = program.initial(seed=0)
averages = np.zeros(program.AVERAGED, program.DTYPE)
network = program.bind(parameters, averages)
random = np.random.default_rng(0)
X = random.standard_normal((program.BATCH, 6)).astype(program.DTYPE)
T = np.eye(3, dtype=program.DTYPE)[random.integers(0, 3, program.BATCH)]
costs = [network.step(X, T, rate=0.1, time=k + 1) for k in range(100)]
assert costs[-1] < 0.3 * costs[0], costs
assert program.predict(parameters, averages, X[:5]).shape == (5, 3)
assert np.allclose(program.probabilities(parameters, averages, X).sum(axis=1), 1, atol=1e-5)
assert not any(name.startswith(("bnsym", "sympy")) for name in sys.modules)
"""
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, env={"PYTHONPATH": str(tmp_path)}
    )
    assert run.returncode == 0, run.stderr


def test_the_step_is_straight_line_code(program):
    (bind,) = (n for n in ast.parse(program.source).body if isinstance(n, ast.FunctionDef) and n.name == "bind")
    (evaluate,) = (n for n in bind.body if isinstance(n, ast.FunctionDef) and n.name == "evaluate")
    assert not any(isinstance(n, ast.For | ast.While | ast.ListComp) for n in ast.walk(evaluate))
    # Three matrix products for the inner layer, two for the first: no backward product is done twice.
    calls = [ast.unparse(n) for n in ast.walk(evaluate) if isinstance(n, ast.Call)]
    products = [
        c
        for c in calls
        if ".dot(" in c and not any(word in c for word in ("ones", "weights", "checked", "centre", "flat"))
    ]
    assert len(products) == 5


def test_the_same_input_gives_the_same_text(program):
    again = lambdify(documents.batch_norm(), widths=[6, 5, 3], batch=8, dtype="float32")
    assert again.source == program.source


def test_buffers_are_reused(program):
    made = len(re.findall(r"buffer_\d+ = ", program.source))
    (evaluate,) = (n for n in ast.walk(ast.parse(program.source)) if getattr(n, "name", "") == "evaluate")
    written = sum(isinstance(n, ast.Expr) and isinstance(n.value, ast.Call) for n in evaluate.body)
    assert 0 < made < written / 3


NASTY = 'x}\n    import os; os.system(\'true\') # """ \\'


def test_a_title_cannot_leave_its_comment(tmp_path):
    title = ('title = "Batch normalization with ε"', 'title = "a\\nimport os\\u2028raise SystemExit\\r# \\"\\"\\""')
    program = lambdify(documents.edited(tmp_path, title), widths=[3, 2], batch=4)
    assert "SystemExit" in program.source
    for line in program.source.splitlines():
        assert "SystemExit" not in line or line.startswith("# ")
    assert program.source.isascii()
    assert program.module.BATCH == 4


@pytest.mark.parametrize("text", [NASTY, "", "123", "class", "λ", r"\hat{x}^{1}", "ᵪ", "__import__", "a" * 500])
def test_identifiers_are_plain(text):
    name = identifier(text)
    assert name.isidentifier() and name.isascii() and name == name.lower() and not name.startswith("_")
    assert len(name) < 50


def test_names_are_given_once():
    namer = Namer(["dot"])
    names = [namer.fresh(text) for text in ("dot", "dot", "x", "X", "max", "x 2")]
    assert len({*names, "dot"}) == 7
    assert "max" not in names


@pytest.mark.parametrize("text", [NASTY, "a\u2028b\x0cc\x85d", "π"])
def test_comments_are_one_line_of_ascii(text):
    assert comment(text).isascii() and len(comment(text).splitlines()) <= 1
    assert all(line.startswith("# ") for line in comment_lines(text))


def test_refusal_names_the_quantity(program):
    module = program.module
    network = module.bind(np.full_like(module.initial(), np.nan), np.zeros(module.AVERAGED, module.DTYPE))
    flat = np.ones((8, 6), np.float32)
    with pytest.raises(FloatingPointError, match=r"sigma_\{B\}\^\{2,1\}"):
        network.step(flat, np.zeros((8, 3), np.float32), 0.1, 1)


@pytest.mark.parametrize(
    ("X", "T", "message"),
    [
        (np.ones((7, 6), np.float32), np.ones((8, 3), np.float32), r"inputs has shape \(7, 6\)"),
        (np.ones((8, 6), np.float32), np.ones((8, 3)), "targets .* dtype float64; expected .* float32"),
        (np.full((8, 6), np.inf, np.float32), np.ones((8, 3), np.float32), r"inputs\[0, 0\] is inf"),
    ],
)
def test_unfit_input_is_refused_and_nothing_changes(program, X, T, message):
    module = program.module
    flat, averages = module.initial(), np.zeros(module.AVERAGED, module.DTYPE)
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=message):
        module.bind(flat, averages).step(X, T, 0.1, 1)
    np.testing.assert_array_equal(flat, module.initial())
    assert not averages.any()


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_a_step_can_be_taken_apart(optimizer):
    """To evaluate and then to update is a step."""
    program = lambdify(documents.batch_norm(), widths=[4, 3, 2], batch=6, optimizer=optimizer)
    module, random = program.module, np.random.default_rng(0)
    X, T = random.standard_normal((6, 4)), np.eye(2)[np.arange(6) % 2]
    whole, parts = module.initial(0), module.initial(0)
    averages = [np.zeros(module.AVERAGED) for _ in range(2)]
    at_once, apart = module.bind(whole, averages[0]), module.bind(parts, averages[1])
    for time in (1, 2, 3):
        cost = at_once.step(X, T, 0.1, time)
        assert apart.evaluate(X, T) == pytest.approx(cost, rel=1e-9)
        apart.update(0.1, time)
        np.testing.assert_allclose(parts, whole, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(*averages, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("backend", ["numpy", "compiled", "jax"])
@pytest.mark.parametrize("batch", [4, 8])
def test_the_same_text_is_made_each_time(backend, batch):
    """Where in memory the compiler's own objects lie has no say: a training that is resumed gives the same bits."""
    texts, kept = set(), []
    for k in range(6):
        kept.append([object() for _ in range(37 * k)])
        options = {"widths": [4, 6, 3], "batch": batch, "dtype": "float32", "optimizer": "adam", "backend": backend}
        texts.add(lambdify(documents.batch_norm(), **options).source)
    assert len(texts) == 1


DIGESTS = """
import hashlib
from bnsym import lambdify, read
from bnsym.compile.packaged import BATCH_NORM, packaged
for backend in ("numpy", "compiled", "jax"):
    text = lambdify(read(packaged(BATCH_NORM)), widths=[4, 6, 5, 3], batch=8, backend=backend).source
    print(backend, hashlib.sha256(text.encode()).hexdigest())
"""


def test_the_same_text_is_made_in_every_process():
    """Whatever the seed of the hashes of strings is."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", DIGESTS],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        for seed in ("1", "2", "3")
    ]
    told = {process.communicate()[0] for process in processes}
    assert len(told) == 1 and len(told.pop().splitlines()) == 3
