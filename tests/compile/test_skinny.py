"""Products of which one side is short, in float32: pieces cover the whole, and the gradient is the same."""

import re

import numpy as np
import pytest

from bnsym.compile import lambdify
from bnsym.compile.numpy.skinny import blocks, is_better_turned
from tests.compile import documents


@pytest.mark.parametrize(("rows", "columns", "terms"), [(128, 4096, 10), (61, 5000, 16), (1000, 100_000, 3)])
def test_pieces_cover_the_rows_once(rows, columns, terms):
    pieces = list(blocks(rows, columns, terms))
    assert len(pieces) > 1
    assert [row for a, b in pieces for row in range(a, b)] == list(range(rows))


@pytest.mark.parametrize("shape", [(128, 128, 10), (128, 4096, 64), (16, 4096, 10), (8, 2048, 2)])
def test_other_products_are_whole(shape):
    assert not list(blocks(*shape))


def test_few_rows_and_many_terms_are_turned():
    assert is_better_turned(10, 128, 4096)
    assert not is_better_turned(128, 10, 4096) and not is_better_turned(10, 128, 64)


def test_the_gradient_is_that_of_whole_products():
    gradients = []
    random = np.random.default_rng(0)
    X, labels = random.standard_normal((4096, 8)), random.integers(0, 4, 4096)
    for dtype in ("float64", "float32"):
        program = lambdify(documents.batch_norm(), widths=[8, 128, 4], batch=4096, dtype=dtype)
        turned = re.search(r"copyto\(\w+, \w+.T.dot\(", program.source) is not None
        assert ("[61:122].dot(" in program.source, turned) == ((dtype == "float32",) * 2)
        module = program.module
        flat = np.random.default_rng(1).uniform(0.5, 1.0, module.initial(0).size).astype(dtype)
        network = module.bind(flat, np.zeros(module.AVERAGED, dtype))
        network.evaluate(X.astype(dtype), np.eye(4, dtype=dtype)[labels])
        gradients.append(network.gradient.astype(float))
    np.testing.assert_allclose(gradients[1], gradients[0], rtol=1e-3, atol=1e-6)
