"""The matrix product that is part of every C text, against NumPy's, over shapes with every kind of edge."""

import ctypes
from itertools import product

import numpy as np
import pytest

from bnsym.compile.c.library import library
from bnsym.compile.c.product import DEPTH, INLINE, WRITTEN, Shape, product_text

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
SIZES = [1, 5, 12, 13, 16, 33, 64, 70]
TERMS = [1, 7, 64, DEPTH, 2 * DEPTH + 35]
GUARD = 64  # entries behind an array that must stay as they are


@pytest.fixture(scope="module", params=sorted(TYPES))
def call(request):
    real, mask = TYPES[request.param]
    shapes = [Shape(m, n, k, *turned) for m, n, k, *turned in product(SIZES, SIZES, TERMS, (0, 1), (0, 1))]
    size = np.dtype(request.param).itemsize
    text = HEAD.format(real=real, mask=mask, inline=INLINE, written=WRITTEN) + product_text(shapes, size) + CALL
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
    pack = np.full(Shape(m, n, k, ta, tb).packing(dtype.itemsize) + GUARD, 7, dtype)
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


@pytest.mark.parametrize(("m", "n"), [(13, 35), (5, 35), (13, 3)])
@pytest.mark.parametrize(("ta", "tb"), [(0, 0), (0, 1), (1, 0)])
def test_what_is_not_a_number_stays_where_it_belongs(call, m, n, ta, tb):
    """A tile reads beyond its rows and columns; what is there gets into nothing that is kept."""
    function, dtype = call
    a, b, c = np.ones((m, 40), dtype), np.ones((40, n), dtype), np.empty((m, n), dtype)
    a[m - 1, 3] = b[5, n - 1] = np.nan
    a, b = np.ascontiguousarray(a.T if ta else a), np.ascontiguousarray(b.T if tb else b)
    pack = np.full(Shape(m, n, 40, bool(ta), bool(tb)).packing(dtype.itemsize), np.nan, dtype)
    function(m, n, 40, 1.0, a.ctypes.data, ta, b.ctypes.data, tb, 0, c.ctypes.data, pack.ctypes.data)
    assert (c[:-1, :-1] == 40).all() and np.isnan(c[-1]).all() and np.isnan(c[:, -1]).all()


@pytest.mark.parametrize("height", [6, 12])
def test_tiles_are_of_nearly_one_height(height):
    for rows in range(1, 200):
        count = -(-rows // height)
        split = [rows * (t + 1) // count - rows * t // count for t in range(count)]  # as the C text does
        assert max(split) <= height and max(split) - min(split) <= 1
        assert {high for _, high in Shape(rows, 99, 99, False, False).tiles(height, 8)} == set(split)


def test_only_tiles_that_are_used_are_compiled():
    text = product_text([Shape(20, 64, 64, False, False), Shape(30, 16, 64, True, False), Shape(4, 4, 4, 0, 0)], 4)
    assert "#if ROWS == 12 && BYTES == 64\n#define EACH_TILE(X) X(narrow_columns, 10) X(rows, 10)\n#endif" in text
    assert "#if ROWS == 6 && BYTES == 32\n#define EACH_TILE(X) X(columns, 6) X(rows, 5)\n#endif" in text
