"""The matrix product that is part of every C text, against NumPy's, over shapes with every kind of edge."""

import ctypes
from itertools import product

import numpy as np
import pytest

from bnsym.compile.c.library import library
from bnsym.compile.c.product import DEPTH, INLINE, LOWER, TALLEST, WRITTEN, heights, packing, product_text

HEAD = """
#include <stddef.h>
#include <stdint.h>
typedef {real} T;
#define MASK {mask}
#define INLINE {inline}
#define WRITTEN {written}
"""
CALL = """
void call(long m, long n, long k, double alpha, const T *a, int ta, const T *b, int tb, int add, T *c, T *pack)
{
    product(m, n, k, (T)alpha, a, ta, b, tb, add, c, pack);
}
"""
TYPES = {"float32": ("float", "int32_t"), "float64": ("double", "int64_t")}
SIZES = [1, 5, 12, 13, 33, 64, 70]
TERMS = [1, 7, 64, DEPTH, 2 * DEPTH + 35]
GUARD = 64  # entries behind an array that must stay as they are


@pytest.fixture(scope="module", params=sorted(TYPES))
def call(request):
    real, mask = TYPES[request.param]
    shapes = [(m, n, k, bool(ta)) for m, n, k, ta in product(SIZES, SIZES, TERMS, (0, 1))]
    text = HEAD.format(real=real, mask=mask, inline=INLINE, written=WRITTEN) + product_text(shapes) + CALL
    function = library(text).call
    size, pointer, number = ctypes.c_long, ctypes.c_void_p, ctypes.c_int
    function.argtypes = [size, size, size, ctypes.c_double, pointer, number, pointer, number, number, pointer, pointer]
    function.restype = None
    return function, np.dtype(request.param)


def check(call, m, n, k, ta, tb, add):
    function, dtype = call
    random = np.random.default_rng(m * n * k)
    a = random.integers(-4, 5, (k, m) if ta else (m, k)).astype(dtype)
    b = random.integers(-4, 5, (n, k) if tb else (k, n)).astype(dtype)
    c = random.integers(-4, 5, m * n + GUARD).astype(dtype)
    pack = np.full(packing(m, n, k, ta, dtype.itemsize) + GUARD, 7, dtype)
    expected = c.copy()
    result = -1 * (a.T if ta else a) @ (b.T if tb else b)
    expected[: m * n] = (result + c[: m * n].reshape(m, n) if add else result).ravel()
    function(m, n, k, -1.0, a.ctypes.data, ta, b.ctypes.data, tb, add, c.ctypes.data, pack.ctypes.data)
    np.testing.assert_array_equal(c, expected, err_msg=f"{m, n, k, ta, tb, add}")
    assert (pack[-GUARD:] == 7).all(), "it packs more than it says"


@pytest.mark.parametrize("k", TERMS)
def test_products_of_small_integers_are_exact(call, k):
    for m, n in product(SIZES, SIZES):
        for ta, tb, add in product((0, 1), repeat=3):
            check(call, m, n, k, ta, tb, add)


def test_what_is_not_a_number_stays_where_it_belongs(call):
    """A tile reads beyond its rows and columns; what is there gets into nothing that is kept."""
    function, dtype = call
    a, b, c = np.ones((13, 40), dtype), np.ones((40, 35), dtype), np.empty((13, 35), dtype)
    a[12, 3] = b[5, 34] = np.nan
    pack = np.full(packing(13, 35, 40, False, dtype.itemsize), np.nan, dtype)
    function(13, 35, 40, 1.0, a.ctypes.data, 0, b.ctypes.data, 0, 0, c.ctypes.data, pack.ctypes.data)
    assert (c[:12, :34] == 40).all() and np.isnan(c[12]).all() and np.isnan(c[:, 34]).all()


@pytest.mark.parametrize("tallest", [LOWER, TALLEST])
def test_tiles_are_of_nearly_one_height(tallest):
    for rows in range(1, 200):
        count = -(-rows // tallest)
        split = [rows * (t + 1) // count - rows * t // count for t in range(count)]  # as the C text does
        assert set(split) == heights(rows, tallest) and max(split) <= tallest and max(split) - min(split) <= 1


def test_only_tiles_that_are_used_are_compiled():
    text = product_text([(20, 64, 64, False), (30, 64, 64, True), (4, 4, 4, False)])
    assert "#define EACH_TILE(X) X(rows, 10) X(columns, 10)\n" in text
    assert "#define EACH_TILE(X) X(rows, 5) X(columns, 6)\n" in text
