"""Which axis of a matrix comes first in memory, and what lies between its rows."""

import re

import numpy as np
import pytest

from bnsym.compile import lambdify
from bnsym.compile.planning.layout import gap
from tests.compile import documents, reference


@pytest.mark.parametrize(
    ("dtype", "widths", "batch", "first"),
    [
        ("float64", (300, 256, 4), 100, True),  # more units than samples: long rows are what float64 wants
        ("float64", (300, 100, 4), 256, False),
        ("float32", (800, 256, 4), 100, False),  # long columns are what float32 wants
        ("float32", (300, 100, 4), 2000, False),  # but not as many beginnings of rows
    ],
)
def test_samples_come_first_where_products_and_rows_take_less(dtype, widths, batch, first):
    source = lambdify(documents.batch_norm(), widths=widths, batch=batch, dtype=dtype).source
    assert ("inputs.dot(w1_t, x_1)" in source) is first
    assert ("w1.dot(inputs.T, x_1)" in source) is not first


def test_rows_of_whole_pages_are_apart():
    assert gap((128, 4096), 4) == 16 and gap((128, 512), 8) == 8
    assert gap((128, 4095), 4) == gap((10, 4096), 4) == gap((4096,), 4) == 0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_arrays_begin_at_a_line_of_the_cache(dtype):
    program = lambdify(documents.batch_norm(), widths=[5, 7, 3], batch=9, dtype=dtype)
    line = 64 // np.dtype(dtype).itemsize
    starts = [int(start) for start in re.findall(r"buffer_\d+ = room\[(\d+):", program.source)]
    assert starts and not any(start % line for start in starts)
    module = program.module
    flat = module.initial()
    network = module.bind(flat, np.zeros(module.AVERAGED, dtype))
    for array in (flat, network.gradient, *(module.aligned(n) for n in range(1, 100))):
        assert array.__array_interface__["data"][0] % 64 == 0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("widths", "batch", "what"),
    [
        ((6, 48, 40), 1024, r"\.reshape\(48, \d+\)\[:, :1024\]"),  # gaps
        ((40, 128, 10), 4096, r"matmul\(\w+\[\d+:\d+\], "),  # gaps and pieces
        ((20, 160, 10), 2000, r"matmul\(\w+\.T\[\d+:\d+\], "),  # pieces, turned
        ((300, 256, 40), 100, r"inputs.dot|w1.dot"),  # samples first, in float64
    ],
)
def test_the_gradient_is_the_same_however_arrays_lie(dtype, widths, batch, what):
    source = agrees(documents.batch_norm(), reference.batch_norm, widths, batch, dtype, "cross-entropy")
    assert re.search(what, source)


@pytest.mark.parametrize("norm", ["layer", "rms"])
@pytest.mark.parametrize("cost", ["cross-entropy", "squared-error"])
def test_other_sums_over_arrays_with_gaps(tmp_path, norm, cost):
    derivation = {"layer": documents.layer_norm, "rms": documents.rms_norm}[norm](tmp_path)
    normalise = {"layer": reference.layer_norm, "rms": reference.rms_norm}[norm]
    source = agrees(derivation, normalise, (6, 48, 40), 1024, "float64", cost)
    assert "[:, :1024]" in source


def agrees(derivation, normalise, widths, batch, dtype, cost):
    """The source of a program, whose gradient is that of complex step along random directions."""
    program = lambdify(derivation, widths=widths, batch=batch, dtype=dtype, cost=cost)
    module = program.module
    flat = module.initial(3)
    network = module.bind(flat, np.zeros(module.AVERAGED, dtype))
    random = np.random.default_rng(0)
    X = random.standard_normal((batch, widths[0])).astype(dtype)
    T = np.eye(widths[-1], dtype=dtype)[random.integers(0, widths[-1], batch)]
    network.evaluate(X, T)
    parameters, gradient = module.views(flat.astype(float)), module.views(network.gradient.astype(float))
    options = {"activation": "relu", "cost": cost, "epsilon": 1e-5, "normalise": normalise}
    for name, array in gradient.items():
        direction = random.standard_normal(array.shape)
        directions = {k: direction if k == name else np.zeros(1) for k in gradient}
        expected = reference.along(parameters, directions, X.astype(float), T.astype(float), **options)
        tolerance = (1e-9 if dtype == "float64" else 1e-3) * np.abs(array * direction).sum()
        assert (array * direction).sum() == pytest.approx(expected, abs=tolerance), name
    return program.source
