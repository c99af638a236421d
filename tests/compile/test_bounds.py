"""What cannot vanish by its form is not looked at in every step; what can is."""

import numpy as np
import pytest

from bnsym.compile import lambdify
from bnsym.compile.lowering.array import Builder, Extent, Reference
from bnsym.compile.planning.bounds import at_least, carries
from bnsym.language.expression import Axis, Index
from tests.compile import documents

S, U = Index("s", Axis("sample", None, ("N",), True)), Index("i", Axis("unit", None, ("n",)))
EXTENTS = [Extent("sample", 4, True), Extent("unit", 3)]


@pytest.fixture
def builder():
    return Builder()


def exponentials(builder, over, summed):
    a = Reference(builder.leaf("a", EXTENTS), (S, U))
    peak = builder.reduce("maximum-over", a, over=over)
    return builder.reduce("sum", builder.apply("exp", builder.apply("subtract", a, peak)), over=summed).value


def test_a_sum_of_exponentials_that_has_its_largest_is_at_least_one(builder):
    assert at_least(exponentials(builder, [U], [U])) == 1
    assert at_least(exponentials(builder, [U], [S, U])) == 1
    assert at_least(exponentials(builder, [S, U], [U])) == 0


def test_a_positive_number_besides_squares_is_a_bound(builder):
    a = Reference(builder.leaf("a", EXTENTS), (S, U))
    squares = builder.reduce("contract", a, a, over=[S])
    half = builder.apply("multiply", squares, 0.5)
    assert at_least(builder.apply("add", half, 1e-5).value) == 1e-5
    assert at_least(builder.apply("multiply", builder.apply("add", squares, 2.0), 0.5).value) == 1
    assert at_least(squares.value) == 0
    assert at_least(builder.apply("add", a, 1e-5).value) == 0
    assert at_least(builder.apply("multiply", builder.apply("add", squares, 2.0), -0.5).value) <= 0


@pytest.mark.parametrize(("epsilon", "looked_at"), [(1e-5, False), (0.0, True), (1e-320, True)])
def test_zeros_are_looked_for_where_there_can_be_some(epsilon, looked_at):
    program = lambdify(documents.batch_norm(), widths=[4, 3], batch=5, epsilon=epsilon)
    assert ("minimum.reduce(guard)" in program.source) is looked_at


def test_a_variance_that_overflows_is_refused():
    """Its root would divide every deviation to zero."""
    module = lambdify(documents.batch_norm(), widths=[4, 3], batch=5, dtype="float32").module
    flat = module.initial(0)
    X = 1e30 * np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match=r"sigma.* is inf"):
        module.bind(flat, np.zeros(module.AVERAGED, np.float32)).step(X, np.eye(3, dtype="f")[[0, 1, 2, 0, 1]], 0.1, 1)
    np.testing.assert_array_equal(flat, module.initial(0))


@pytest.mark.parametrize("make", [lambda _: documents.batch_norm(), documents.layer_norm, documents.rms_norm])
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_input_that_is_not_finite_is_found_by_what_it_leads_to(tmp_path, make, value, weight):
    """A weight of nothing does not hide it."""
    program = lambdify(make(tmp_path), widths=[4, 3, 2], batch=5)
    module, random = program.module, np.random.default_rng(0)
    assert "isfinite(vdot(inputs" not in program.source
    flat = module.initial(0)
    module.views(flat)["W1"][:, 1] *= weight
    before, X = flat.copy(), random.standard_normal((5, 4))
    X[2, 1] = value
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=r"inputs\[2, 1\] is -?(inf|nan)"):
        module.bind(flat, np.zeros(module.AVERAGED)).step(X, np.eye(2)[[0, 1, 0, 1, 1]], 0.1, 1)
    np.testing.assert_array_equal(flat, before)


def test_where_it_can_get_lost_it_is_looked_for(builder):
    a = builder.leaf("a", EXTENTS)
    whole = Reference(a, (S, U))
    squares = builder.reduce("contract", whole, whole, over=[S])
    assert carries(builder.apply("divide", squares, 2.0).value, a)
    assert not carries(builder.apply("divide", 2.0, squares).value, a)
    assert not carries(builder.reduce("sum", builder.apply("exp", whole), over=[S]).value, a)
    assert not carries(builder.apply("maximum", whole, 0.0).value, a)
