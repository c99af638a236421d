"""Where ReLU is off: whole numbers in the place of truth values, in the place of what they were made from."""

import re

import numpy as np
import pytest

from bnsym.compile import lambdify
from bnsym.compile.lowering.array import Builder, Extent, Reference
from bnsym.compile.numpy.masks import masks
from bnsym.compile.planning.schedule import delayed, schedule
from bnsym.language.expression import Axis, Index
from tests.compile import documents

SAMPLE, UNIT = Index("s", Axis("sample", None, ("N",), True)), Index("i", Axis("unit", None, ("n",)))


@pytest.fixture
def parts():
    builder = Builder()
    extents = [Extent("sample", 5, True), Extent("unit", 3)]
    x, d = (Reference(builder.leaf(name, extents), (SAMPLE, UNIT)) for name in "xd")
    u = builder.apply("maximum", x, 0.0)
    return builder, x, d, u, builder.apply("greater", u, 0.0)


def found(wanted):
    return masks(schedule([r.value for r in wanted]))


def test_a_mask_that_is_multiplied_with_numbers_is_whole(parts):
    builder, _, d, _, mask = parts
    assert found([builder.apply("multiply", mask, d)]) == {mask.value}


def test_other_uses_want_a_number(parts):
    builder, x, d, _, mask = parts
    for other in (
        builder.apply("add", mask, d),
        builder.apply("multiply", mask, 2.0),
        builder.apply("multiply", mask, mask),
        builder.reduce("contract", mask, d, over=[SAMPLE]),
        builder.apply("multiply", builder.apply("greater", x, 0.0), d),  # the bits of x may be those of -0
    ):
        assert not found([other])
        assert not found([other, builder.apply("multiply", mask, d)]) - {mask.value}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_unit_at_zero_has_no_gradient(dtype):
    """Of +0 and of -0, of numbers next to them, and of numbers that are large."""
    program = lambdify(documents.batch_norm(), widths=[2, 3, 2], batch=4, dtype=dtype, cost="squared-error")
    assert re.search(r"sign\(u_1_bits, mask_u_1_bits\)", program.source)
    module = program.module
    flat = np.random.default_rng(0).uniform(0.5, 1.5, module.initial().size).astype(dtype)
    views = module.views(flat)
    views["gamma1"][...] = [0.0, -0.0, 1.0]
    views["beta1"][...] = [0.0, -0.0, 1e10 if dtype == "float32" else 1e50]
    network = module.bind(flat, np.zeros(module.AVERAGED, dtype))
    X = np.random.default_rng(1).standard_normal((4, 2)).astype(dtype)
    with np.errstate(over="ignore"):
        network.evaluate(X, np.ones((4, 2), dtype))
    gradient = module.views(network.gradient)
    assert not gradient["beta1"][:2].any() and not gradient["gamma1"][:2].any()


def test_what_is_made_of_one_array_waits_until_it_is_needed(parts):
    """So that it may be written over the array."""
    builder, _, d, u, mask = parts
    early = builder.apply("add", u, d)
    late = builder.reduce("sum", builder.apply("multiply", mask, early), over=[SAMPLE])
    values = [v.operation for v in delayed(schedule([late.value])).values if v.operation != "leaf"]
    assert values == ["maximum", "add", "greater", "multiply", "sum"]


def test_what_waits_comes_after_what_it_needs(parts):
    builder, _, d, u, _ = parts
    chain = builder.apply("exp", builder.apply("negative", u))
    last = builder.apply("multiply", builder.apply("add", u, d), builder.apply("add", chain, builder.apply("sqrt", u)))
    planned = delayed(schedule([last.value]))
    at = {value: k for k, value in enumerate(planned.values)}
    assert len(at) == 9
    assert all(at[o.value] < at[v] for v in at for o in v.operands if o.value in at)
