"""Contractions of arrays of several axes: matrix products where the axes lie so, and as fast."""

import re

import numpy as np
import pytest

from bnsym import Trainer, read
from bnsym.compile import lambdify
from bnsym.compile.lowering.array import Builder, Extent, Operand
from bnsym.compile.packaged import packaged
from bnsym.compile.planning.matrices import matrices

A, B, C, D = (Extent(name, size) for name, size in zip("abcd", (2, 3, 4, 5), strict=True))


def contraction(first, second, over):
    """Of leaves over these extents, numbered by their places in "abcd"."""
    builder, labels = Builder(), {A: 0, B: 1, C: 2, D: 3}
    operands = [
        Operand(builder.leaf(name, extents), tuple(labels[e] for e in extents))
        for name, extents in (("x", first), ("y", second))
    ]
    made = builder.combine("contract", operands, {labels[e] for e in over})
    return made.value, [e.key for e in made.value.extents]


def lying(value, order):
    """The orders of the axes of a value and of its operands, by the letters of the axes."""
    return {
        v: tuple([e.key for e in v.extents].index(letter) for letter in letters)
        for v, letters in zip((value, *(o.value for o in value.operands)), order, strict=True)
    }


@pytest.mark.parametrize(
    ("order", "found"),
    [
        (("abd", "abc", "cd"), (6, 5, 4, False, False)),
        (("abd", "cab", "dc"), (6, 5, 4, True, True)),
        (("dab", "abc", "cd"), (5, 6, 4, True, True)),
        (("bad", "abc", "cd"), None),
        (("adb", "abc", "cd"), None),
        (("abd", "acb", "cd"), None),
    ],
)
def test_rows_columns_and_terms_are_found_where_they_lie_together(order, found):
    value, _ = contraction((A, B, C), (C, D), (C,))
    made = matrices(value, lying(value, order))
    assert (made and (made.m, made.n, made.k, made.first_turned, made.second_turned)) == found


def test_terms_of_two_axes_need_one_order():
    value, _ = contraction((A, B, C), (B, C, D), (B, C))
    assert matrices(value, lying(value, ("ad", "abc", "bcd"))).k == 12
    assert matrices(value, lying(value, ("ad", "acb", "bcd"))) is None


def test_what_shares_an_axis_that_is_kept_is_none():
    value, _ = contraction((A, B, C), (A, C, D), (C,))
    assert matrices(value, lying(value, ("abd", "abc", "acd"))) is None


def test_a_network_of_groups_multiplies_matrices():
    """Forward, backward and by the weights: three products for each weight of four axes, in both languages."""
    options = {"widths": [6, 5, 5, 3], "sizes": {"group": 2, "channel": 3}, "batch": 4}
    derivation = read(packaged("group_norm_network.md"))
    source = lambdify(derivation, **options).source
    assert not re.search(r'einsum\("\w{3,},\w{3,}', source)
    compiled = lambdify(derivation, backend="compiled", **options).source
    assert len(re.findall(r"\bproduct\(\d+, \d+", compiled)) == 11  # E needs none below it, W1, W2 and V three each


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
def test_a_long_sum_learns(backend):
    """Matrices that are large enough for tiles and for pieces."""
    derivation = read(packaged("group_norm_network.md"))
    options = {"sizes": {"group": 8, "channel": 16}, "batch_size": 64, "learning_rate": 0.05, "backend": backend}
    trainer = Trainer([40, 128, 128, 4], derivation=derivation, **options)
    random = np.random.default_rng(0)
    labels = random.integers(0, 4, 256)
    X = random.standard_normal((256, 40)) + 2 * np.eye(4, 40)[labels]
    costs = trainer.fit(X, labels, epochs=10)
    assert costs[-1] < costs[0] / 2 and (trainer.predict(X) == labels).mean() > 0.8
