"""The shift of an exponential is left out where numbers are small, and is there where they are large."""

import numpy as np
import pytest

from bnsym.compile import lambdify
from bnsym.compile.lowering.array import Builder, Extent, Reference
from bnsym.compile.numpy.shift import LARGE, shifts
from bnsym.compile.planning.memory import orders
from bnsym.compile.planning.schedule import schedule
from bnsym.language.expression import Axis, Index
from tests.compile import documents, reference

SAMPLE, UNIT = Index("s", Axis("sample", None, ("N",), True)), Index("i", Axis("unit", None, ("n",)))


@pytest.fixture
def parts():
    builder = Builder()
    x = Reference(builder.leaf("x", [Extent("sample", 5, True), Extent("unit", 3)]), (SAMPLE, UNIT))
    a = builder.apply("multiply", x, 2.0)
    m = builder.reduce("maximum-over", a, over=[UNIT])
    e = builder.apply("exp", builder.apply("subtract", a, m))
    return builder, a, m, e, builder.reduce("sum", e, over=[UNIT])


def found(wanted, placed=()):
    planned = schedule([r.value for r in wanted])
    return list(shifts(planned, orders(planned, {}), placed, 8))


def test_the_array_stands_in_for_the_difference_and_the_logarithm_for_the_total(parts):
    builder, a, m, e, total = parts
    log = builder.apply("log", total)
    whole = builder.apply("add", m, log)
    (shift,) = found([builder.apply("divide", e, total), builder.apply("negative", whole)])
    assert shift.largest is m.value and shift.array is a.value
    assert set(shift.instead.values()) == {a.value, log.value}


def test_what_is_read_in_another_way_stays(parts):
    builder, a, m, e, total = parts
    for other in (
        builder.apply("multiply", total, builder.apply("exp", m)),
        builder.apply("subtract", m, a),
        builder.apply("add", m, 1.0),
        builder.reduce("sum", m, over=[SAMPLE]),
    ):
        assert not found([e, other])
    assert not found([e], placed={m.value})
    assert not found([e], placed={v for v in builder.values if v.operation == "subtract"})


def numbers(dtype, scale, seed=0):
    """The source, the cost, and what complex step says the cost and the gradient by W1 along a direction are."""
    program = lambdify(documents.batch_norm(), widths=[4, 6, 5], batch=7, dtype=dtype)
    module, random = program.module, np.random.default_rng(seed)
    flat = module.initial(1)
    module.views(flat)["gamma2"][...] *= scale
    network = module.bind(flat, np.zeros(module.AVERAGED, dtype))
    X, T = random.standard_normal((7, 4)).astype(dtype), np.eye(5, dtype=dtype)[random.integers(0, 5, 7)]
    with np.errstate(over="ignore"):
        cost = network.evaluate(X, T)
    options = {"activation": "relu", "cost": "cross-entropy", "epsilon": 1e-5}
    parameters, wide = module.views(flat.astype(float)), (X.astype(float), T.astype(float))
    direction = random.standard_normal(parameters["W1"].shape)
    directions = {name: direction if name == "W1" else np.zeros(1) for name in parameters}
    expected = (
        reference.cost(parameters, *wide, **options).real,
        reference.along(parameters, directions, *wide, **options),
    )
    return program.source, cost, (module.views(network.gradient)["W1"] * direction).sum(), expected


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-4), ("float64", 1e-11)])
@pytest.mark.parametrize("scale", [1.0, 12.0, 14.0, 40.0, 130.0, 1e4, 1e6])
def test_small_and_large_numbers_come_out_alike(dtype, tolerance, scale):
    """On both sides of the bound, which 35 entries of the order of the scale pass at 13.5, and at 117."""
    source, cost, along, expected = numbers(dtype, scale)
    assert f"< {LARGE[np.dtype(dtype).itemsize]!r}" in source
    assert cost == pytest.approx(expected[0], rel=tolerance)
    assert along == pytest.approx(expected[1], rel=10 * tolerance, abs=tolerance * scale)


def test_where_there_are_many_entries_nothing_is_asked():
    source = lambdify(documents.batch_norm(), widths=[4, 6, 5], batch=1000, dtype="float32").source
    assert "maximum.reduce" in source and "if large" not in source


@pytest.mark.parametrize(("dtype", "most"), [(np.float32, 80.0), (np.float64, 690.0)])
def test_below_the_bound_nothing_overflows(dtype, most):
    """A single entry is as large as the root of the bound, or as small."""
    bound = LARGE[np.dtype(dtype).itemsize]
    assert most**2 <= bound
    with np.errstate(all="raise"):
        largest, least = (np.exp(dtype(sign * most)) for sign in (1, -1))
        total = dtype(bound / 2) * largest
        assert np.isfinite(total) and least >= np.finfo(dtype).tiny and np.isfinite(1 / least)
