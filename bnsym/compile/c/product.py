"""Matrix products in C, as text: the same for every program.

Tiles of up to 6 or 12 rows, all of nearly one height, and one or two vectors of columns are summed in registers, over
slices of what is summed over, each read along memory: where it lies if it is small or needed once, else packed. The
compiler makes it of the machine's widest vectors. *Measured* against the AVX-512 kernels of the OpenBLAS 0.3.31 that
NumPy ships, on one core: 0.84 to 1.0 of its time from some hundred rows and columns on, 0.2 to 0.6 of it where one
side is 10; with AVX2 on both sides 0.9 to 1.1. So the compiled backend needs no BLAS, and the update of the parameters
is part of the product.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

DEPTH = 512  # terms of a slice
BLOCK = 10  # tiles above one another that stay in the second cache
WIDEST = 64  # bytes of a vector
TALLEST = 12  # rows of a tile
INLINE = 1024  # multiplications up to which a product is written out
WRITTEN = 64  # columns that it may have then

# Rows of a tile and bytes of a vector: as many as there are registers for.
MACHINES = ((12, 64), (12, 16), (6, 32), (6, 16))


@dataclass(frozen=True)
class Shape:
    """A product (m, k) (k, n); the factors may be stored as (k, m) and (n, k)."""

    m: int
    n: int
    k: int
    first_turned: bool
    second_turned: bool

    def packing(self, size: int) -> int:
        """How many entries of work space it needs at most, of so many bytes."""
        depth, columns = min(self.k, DEPTH), 2 * WIDEST // size
        panels = -(-self.n // columns) * columns
        return depth * (panels + (min(self.m, BLOCK * TALLEST) if self.first_turned else 0))

    def tiles(self, height: int, lanes: int) -> set[tuple[str, int]]:
        """The tiles that it takes, by kind and height, where one has `height` rows of two vectors of `lanes`."""
        if self.m * self.n * self.k <= INLINE and self.n <= WRITTEN:
            return set()
        m, n = self.m, self.n
        if not self.first_turned and self.second_turned and m <= lanes and m < n:
            m, n = n, m
        count = -(-m // height)
        kind = "columns" if self.first_turned else "rows"
        left = n % (2 * lanes)
        widths = [""] * (n >= 2 * lanes or left > lanes) + ["narrow_"] * (0 < left <= lanes)
        return {(width + kind, high) for width in widths for high in (m // count, -(-m // count))}


def product_text(shapes: Collection[Shape], size: int) -> str:
    """The text with what products of these shapes need, of numbers of so many bytes."""
    lines = [f"enum {{ DEPTH = {DEPTH}, BLOCK = {BLOCK} }};"]
    for height, width in MACHINES:
        found = sorted(set().union(*(shape.tiles(height, width // size) for shape in shapes)))
        listed = " ".join(f"X({kind}, {high})" for kind, high in found)
        lines += [f"#if ROWS == {height} && BYTES == {width}", f"#define EACH_TILE(X) {listed}".rstrip(), "#endif"]
    return PRODUCT.replace("@TILES", "\n".join(lines))


PRODUCT = r"""
#if defined(__AVX512F__)
#define BYTES 64
#elif defined(__AVX__)
#define BYTES 32
#else
#define BYTES 16
#endif
#if defined(__AVX512F__) || defined(__aarch64__)
#define ROWS 12
#else
#define ROWS 6
#endif
@TILES
typedef T V __attribute__((vector_size(BYTES)));
typedef T U __attribute__((vector_size(BYTES), aligned(sizeof(T)), may_alias)); /* anywhere in memory */
enum {
    LANES = BYTES / sizeof(T),
    COLUMNS = 2 * LANES,
    NEAR = 16384 / sizeof(T) /* entries that stay in the nearest cache */
};

/* A tile of some rows: rows of a as they lie, or columns of a that lie `stride` apart, times one or two vectors of
   columns of b, whose rows lie `step` apart. */
#define FETCH(r) __builtin_prefetch(c + r * n, 1), __builtin_prefetch(c + r * n + LANES, 1);
#define CLEAR_narrow(r) V x##r = {0};
#define CLEAR(r) V x##r = {0}, y##r = {0};
#define TERM_rows(r) x##r += a[r * stride + l] * left, y##r += a[r * stride + l] * right;
#define TERM_columns(r) x##r += a[l * stride + r] * left, y##r += a[l * stride + r] * right;
#define TERM_narrow_rows(r) x##r += a[r * stride + l] * left;
#define TERM_narrow_columns(r) x##r += a[l * stride + r] * left;
#define STORE_HALF(r, x, at) \
    { \
        V sum = alpha * x##r; \
        if (add) sum += *(const U *)(c + r * n + at); \
        *(U *)(c + r * n + at) = sum; \
    }
#define STORE_narrow(r) STORE_HALF(r, x, 0)
#define STORE(r) STORE_HALF(r, x, 0) STORE_HALF(r, y, LANES)
#define TILE_OF(name, h, EACH_ROW, CLEARED, TERM, STORED, SECOND) \
    static void name##_##h(long depth, const T *a, long stride, const T *b, long step, T alpha, int add, T *c, long n) \
    { \
        if (add) { EACH_ROW(FETCH) } \
        EACH_ROW(CLEARED) \
        for (long l = 0; l < depth; l++, b += step) { \
            const V left = *(const U *)b SECOND; \
            EACH_ROW(TERM) \
        } \
        EACH_ROW(STORED) \
    }
#define RIGHT , right = *(const U *)(b + LANES)
#define TILE_rows(h) TILE_OF(rows, h, ROWS_##h, CLEAR, TERM_rows, STORE, RIGHT)
#define TILE_columns(h) TILE_OF(columns, h, ROWS_##h, CLEAR, TERM_columns, STORE, RIGHT)
#define TILE_narrow_rows(h) TILE_OF(narrow_rows, h, ROWS_##h, CLEAR_narrow, TERM_narrow_rows, STORE_narrow, )
#define TILE_narrow_columns(h) TILE_OF(narrow_columns, h, ROWS_##h, CLEAR_narrow, TERM_narrow_columns, STORE_narrow, )
#define TILE(kind, h) TILE_##kind(h)
#define ROWS_1(X) X(0)
#define ROWS_2(X) ROWS_1(X) X(1)
#define ROWS_3(X) ROWS_2(X) X(2)
#define ROWS_4(X) ROWS_3(X) X(3)
#define ROWS_5(X) ROWS_4(X) X(4)
#define ROWS_6(X) ROWS_5(X) X(5)
#define ROWS_7(X) ROWS_6(X) X(6)
#define ROWS_8(X) ROWS_7(X) X(7)
#define ROWS_9(X) ROWS_8(X) X(8)
#define ROWS_10(X) ROWS_9(X) X(9)
#define ROWS_11(X) ROWS_10(X) X(10)
#define ROWS_12(X) ROWS_11(X) X(11)
EACH_TILE(TILE)
typedef void Tile(long, const T *, long, const T *, long, T, int, T *, long);
#define ENTRY(kind, h) [kind + h] = kind##_##h,
enum { rows = 0, columns = ROWS, narrow_rows = 2 * ROWS, narrow_columns = 3 * ROWS };
static Tile *const tiles[4 * ROWS + 1] = {[0] = 0, EACH_TILE(ENTRY)};

/* A square of lanes, turned; row `last` again for those that follow it. */
#if defined(__AVX512F__) && !defined(__clang__)
typedef MASK M __attribute__((vector_size(BYTES)));
static inline __attribute__((always_inline)) void turn(const T *from, long stride, long last, T *to, long step)
{
    V row[LANES];
#pragma GCC unroll 16
    for (int i = 0; i < LANES; i++) row[i] = *(const U *)(from + (i < last ? i : last) * stride);
    /* Pairs of rows exchange what lies across the diagonal, in blocks of twice the size each time. */
#pragma GCC unroll 4
    for (int s = 1; s < LANES; s *= 2) {
        M low, high;
#pragma GCC unroll 16
        for (int t = 0; t < LANES; t++) low[t] = t & s ? LANES + t - s : t, high[t] = t & s ? LANES + t : t + s;
#pragma GCC unroll 16
        for (int i = 0; i < LANES; i++)
            if (!(i & s)) {
                const V a = row[i], b = row[i + s];
                row[i] = __builtin_shuffle(a, b, low), row[i + s] = __builtin_shuffle(a, b, high);
            }
    }
#pragma GCC unroll 16
    for (int i = 0; i < LANES; i++) *(U *)(to + i * step) = row[i];
}
#else
static inline void turn(const T *from, long stride, long last, T *to, long step)
{
    for (long i = 0; i < LANES; i++)
        for (long l = 0; l < LANES; l++) to[l * step + i] = from[(i < last ? i : last) * stride + l];
}
#endif

/* Columns `start` and on of b, from row `from` to `from + depth`, panel by panel; anything beyond its edge. */
static void pack_second(const T *b, int tb, long n, long k, long from, long depth, long start, T *to)
{
    for (long j = start; j < n; j += COLUMNS, to += depth * COLUMNS) {
        const long width = n - j < COLUMNS ? n - j : COLUMNS;
        if (tb) {
            const long turned = depth - depth % LANES;
            for (long l = 0; l < turned; l += LANES)
                for (long q = 0; q < width; q += LANES)
                    turn(b + (j + q) * k + from + l, k, width - q - 1, to + l * COLUMNS + q, COLUMNS);
            for (long q = 0; q < width; q++)
                for (long l = turned; l < depth; l++) to[l * COLUMNS + q] = b[(j + q) * k + from + l];
        } else if (width == COLUMNS) {
            for (long l = 0; l < depth; l++)
                for (long q = 0; q < COLUMNS; q++) to[l * COLUMNS + q] = b[(from + l) * n + j + q];
        } else {
            for (long l = 0; l < depth; l++)
                for (long q = 0; q < width; q++) to[l * COLUMNS + q] = b[(from + l) * n + j + q];
        }
    }
}

/* The first `depth` columns of a, which lie m apart, for tiles `top` to `bottom` of `count`, one by one. */
static void pack_first(const T *a, long m, long count, long top, long bottom, long depth, T *to)
{
    for (long t = top; t < bottom; t++) {
        const T *from = a + m * t / count;
        const long high = m * (t + 1) / count - m * t / count;
        if (high == ROWS)
            for (long l = 0; l < depth; l++, from += m, to += ROWS)
                for (long r = 0; r < ROWS; r++) to[r] = from[r];
        else
            for (long l = 0; l < depth; l++, from += m, to += high)
                for (long r = 0; r < high; r++) to[r] = from[r];
    }
}

static __attribute__((noinline)) void multiply(long m, long n, long k, T alpha, const T *a, int ta, const T *b, int tb,
                                               int add, T *c, T *pack)
{
    /* Where both factors lie along what is summed over, one is turned: the second, unless the first is so low. */
    const int flipped = !ta && tb && m <= LANES && m < n;
    if (flipped) {
        const T *const first = a;
        const long height = m;
        a = b, b = first, m = n, n = height;
    }
    const long count = (m + ROWS - 1) / ROWS; /* of tiles above one another, all of nearly one height */
    for (long from = 0; from < k; from += DEPTH, add = 1) {
        const long depth = k - from < DEPTH ? k - from : DEPTH;
        /* What is read along memory, once or from the nearest cache, is read where it lies. */
        const int lies = !tb && (count == 1 || n * depth <= NEAR);
        const long inside = !lies ? 0 : n % COLUMNS == LANES ? n : n - n % COLUMNS;
        const int gathered = ta && n > COLUMNS && m * depth > NEAR;
        T *const second = pack, *const first = pack + (n + COLUMNS - 1) / COLUMNS * COLUMNS * depth;
        pack_second(b, tb, n, k, from, depth, inside, second);
        /* A panel stays in the nearest cache for all rows, unless it is so low that writing c is what costs. */
        const long part = depth < 48 ? n : COLUMNS;
        for (long top = 0; top < count; top += BLOCK) {
            const long bottom = top + BLOCK < count ? top + BLOCK : count, above = m * top / count;
            if (gathered) pack_first(a + from * m, m, count, top, bottom, depth, first);
            for (long start = 0; start < n; start += part)
                for (long t = top; t < bottom; t++) {
                    const long i = m * t / count, high = m * (t + 1) / count - i;
                    const T *const there = ta ? a + from * m + i : a + i * k + from;
                    const T *const left = gathered ? first + (i - above) * depth : there;
                    const long stride = gathered ? high : ta ? m : k;
                    for (long j = start; j < start + part && j < n; j += COLUMNS) {
                        const T *const right = j < inside ? b + from * n + j : second + (j - inside) * depth;
                        const long step = j < inside ? n : COLUMNS, width = n - j;
                        const long covered = width > LANES ? COLUMNS : LANES;
                        const int kind = width > LANES ? (ta ? columns : rows) : (ta ? narrow_columns : narrow_rows);
                        if (width >= covered && !flipped) {
                            tiles[kind + high](depth, left, stride, right, step, alpha, add, c + i * n + j, n);
                            continue;
                        }
                        T edge[ROWS * COLUMNS];
                        tiles[kind + high](depth, left, stride, right, step, alpha, 0, edge, COLUMNS);
                        for (long r = 0; r < high; r++)
                            for (long q = 0; q < width && q < COLUMNS; q++) {
                                T *const at = flipped ? c + (j + q) * m + i + r : c + (i + r) * n + j + q;
                                *at = add ? *at + edge[r * COLUMNS + q] : edge[r * COLUMNS + q];
                            }
                    }
                }
        }
    }
}

/* c = alpha a b, or c + alpha a b; a is (m, k), or (k, m) if ta; b is (k, n), or (n, k) if tb; all row by row. */
static inline __attribute__((always_inline)) void product(long m, long n, long k, T alpha, const T *a, int ta,
                                                          const T *b, int tb, int add, T *c, T *pack)
{
    if (m * n * k > INLINE || n > WRITTEN) {
        multiply(m, n, k, alpha, a, ta, b, tb, add, c, pack);
        return;
    }
    for (long i = 0; i < m; i++) {
        T sum[WRITTEN];
        for (long j = 0; j < n; j++) sum[j] = 0;
        for (long l = 0; l < k; l++) {
            const T x = ta ? a[l * m + i] : a[i * k + l];
            for (long j = 0; j < n; j++) sum[j] += x * (tb ? b[j * k + l] : b[l * n + j]);
        }
        for (long j = 0; j < n; j++) c[i * n + j] = add ? c[i * n + j] + alpha * sum[j] : alpha * sum[j];
    }
}
"""
