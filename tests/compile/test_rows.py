"""Rows of arrays that are broadcast: the iterator's buffer fits them, and is as it was when the step is over."""

import numpy as np
import pytest

from bnsym.compile import lambdify
from bnsym.compile.lowering.array import Builder, Extent, Reference
from bnsym.compile.numpy.rows import DEFAULT, buffer_size
from bnsym.compile.planning.memory import orders
from bnsym.compile.planning.schedule import schedule
from bnsym.language.expression import Axis, Index
from tests.compile import documents

SAMPLE, UNIT = Index("s", Axis("sample", None, ("N",), True)), Index("i", Axis("unit", None, ("n",)))


def chosen(rows, length, itemsize=4):
    builder = Builder()
    a = Reference(builder.leaf("a", [Extent("sample", length, True), Extent("unit", rows)]), (SAMPLE, UNIT))
    v = Reference(builder.leaf("v", [Extent("unit", rows)]), (UNIT,))
    planned = schedule([builder.apply("multiply", builder.apply("exp", a), v).value])
    return buffer_size(planned.values, orders(planned, {}, data_last=lambda _: True), itemsize)


def test_long_rows_stay_where_they_are_and_short_ones_are_put_together():
    assert chosen(128, 4096) == 4096
    assert chosen(128, 4100) is None  # two do not fit into NumPy's own buffer
    assert chosen(128, 1000) == 992
    assert chosen(32, 1000) is None  # too few to be worth it
    assert chosen(64, 32) is None
    assert chosen(512, 500) is None and chosen(512, 500, itemsize=8) == 496


@pytest.mark.parametrize("fails", [False, True])
def test_the_buffer_is_as_it_was_after_a_step(fails):
    module = lambdify(documents.batch_norm(), widths=[4, 30], batch=3000).module
    assert "setbufsize" in vars(module)
    X = np.random.default_rng(0).standard_normal((3000, 4))
    X[0, 0] = np.nan if fails else 0.0
    step = module.bind(module.initial(0), np.zeros(module.AVERAGED)).step
    with np.errstate(all="ignore"):
        np.setbufsize(4 * DEFAULT)
        if fails:
            with pytest.raises(ValueError, match=r"inputs\[0, 0\]"):
                step(X, np.eye(30)[np.arange(3000) % 30], 0.1, 1)
        else:
            step(X, np.eye(30)[np.arange(3000) % 30], 0.1, 1)
        assert np.getbufsize() == 4 * DEFAULT
    assert np.getbufsize() == DEFAULT
