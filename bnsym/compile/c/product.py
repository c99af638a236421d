"""Matrix products in C, as text: the same for every program.

Tiles of up to 6 or 12 rows, all of nearly one height, and two vectors of columns are summed in registers, over slices
of what is summed over, each read along memory: where it lies if it is small, else packed. The compiler makes it of the
machine's widest vectors. *Measured* against the OpenBLAS 0.3.31 that NumPy ships, on one core with AVX-512: 0.5 to
0.65 of its time from 64×64×32 up (OpenBLAS runs its AVX2 kernels there); held to AVX2, 0.9 to 1.1 of it. So the
compiled backend needs no BLAS, and the update of the parameters is part of the product.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

DEPTH = 192  # terms of a slice
WIDEST = 64  # bytes of a vector
TALLEST, LOWER = 12, 6  # rows of a tile where there are 32 registers of vectors, and where there are 16
INLINE = 1024  # multiplications up to which a product is written out
WRITTEN = 64  # columns that it may have then


def product_text(shapes: Collection[tuple[int, int, int, bool]]) -> str:
    """The text with what products (m, k) (k, n) of these m, n, k need, and whether the first factor is (k, m)."""
    wide, narrow = (
        sorted({(transposed, h) for m, n, k, transposed in shapes if _is_tiled(m, n, k) for h in heights(m, tallest)})
        for tallest in (TALLEST, LOWER)
    )
    return PRODUCT.replace("@WIDE", _listed(wide)).replace("@NARROW", _listed(narrow))


def _is_tiled(m: int, n: int, k: int) -> bool:
    return m * n * k > INLINE or n > WRITTEN


def heights(m: int, tallest: int) -> set[int]:
    """The heights of as few tiles as m rows can be split into evenly."""
    tiles = -(-m // tallest)
    return {m // tiles, -(-m // tiles)}


def _listed(tiles: Sequence[tuple[bool, int]]) -> str:
    return " ".join(f"X({'columns' if transposed else 'rows'}, {height})" for transposed, height in tiles)


def packing(m: int, n: int, k: int, transposed: bool, size: int) -> int:
    """How many entries of work space a product (m, k) (k, n) needs; `transposed` says that the first is (k, m)."""
    columns = 2 * WIDEST // size
    depth = min(k, DEPTH)
    rows = -(-m // TALLEST) * TALLEST if transposed else TALLEST
    return depth * (-(-n // columns) * columns + rows)


PRODUCT = r"""
#if defined(__AVX512F__) || defined(__aarch64__)
enum { ROWS = 12 };
#define EACH_TILE(X) @WIDE
#else
enum { ROWS = 6 };
#define EACH_TILE(X) @NARROW
#endif
#if defined(__AVX512F__)
enum { BYTES = 64 };
#elif defined(__AVX__)
enum { BYTES = 32 };
#else
enum { BYTES = 16 };
#endif
typedef T V __attribute__((vector_size(BYTES)));
typedef T U __attribute__((vector_size(BYTES), aligned(sizeof(T)), may_alias)); /* anywhere in memory */
enum { LANES = BYTES / sizeof(T), COLUMNS = 2 * LANES, DEPTH = 192, NEAR = 16384 / sizeof(T) };

/* A tile of some rows: rows of a as they lie, or columns of a that lie `stride` apart, times two vectors of columns of
   b, whose rows lie `step` apart. */
#define CLEAR(r) V x##r = {0}, y##r = {0};
#define FROM_rows(r) x##r += a[r * stride + l] * left, y##r += a[r * stride + l] * right;
#define FROM_columns(r) x##r += a[l * stride + r] * left, y##r += a[l * stride + r] * right;
#define STORE(r) \
    { \
        V x = alpha * x##r, y = alpha * y##r; \
        if (add) x += *(const U *)(c + r * n), y += *(const U *)(c + r * n + LANES); \
        *(U *)(c + r * n) = x, *(U *)(c + r * n + LANES) = y; \
    }
#define TILE(kind, h) \
    static void kind##_##h(long depth, const T *a, long stride, const T *b, long step, T alpha, int add, T *c, long n) \
    { \
        ROWS_##h(CLEAR) \
        for (long l = 0; l < depth; l++, b += step) { \
            const V left = *(const U *)b, right = *(const U *)(b + LANES); \
            ROWS_##h(FROM_##kind) \
        } \
        ROWS_##h(STORE) \
    }
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
enum { rows = 0, columns = ROWS };
static Tile *const tiles[2 * ROWS + 1] = {[0] = 0, EACH_TILE(ENTRY)};

/* A square of lanes, turned. */
#if defined(__AVX512F__) && !defined(__clang__)
typedef MASK M __attribute__((vector_size(BYTES)));
static inline __attribute__((always_inline)) void turn(const T *from, long stride, T *to, long step)
{
    V row[LANES];
#pragma GCC unroll 16
    for (int i = 0; i < LANES; i++) row[i] = *(const U *)(from + i * stride);
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
static inline void turn(const T *from, long stride, T *to, long step)
{
    for (long i = 0; i < LANES; i++)
        for (long l = 0; l < LANES; l++) to[l * step + i] = from[i * stride + l];
}
#endif

/* Columns `start` and on of b, from row `from` to `from + depth`, panel by panel; zeros beyond its edge. */
static void pack_second(const T *b, int tb, long n, long k, long from, long depth, long start, T *to)
{
    for (long j = start; j < n; j += COLUMNS, to += depth * COLUMNS) {
        const long width = n - j < COLUMNS ? n - j : COLUMNS;
        const long turned = tb && width == COLUMNS ? depth - depth % LANES : 0;
        for (long l = 0; l < turned; l += LANES)
            for (long c = 0; c < COLUMNS; c += LANES)
                turn(b + (j + c) * k + from + l, k, to + l * COLUMNS + c, COLUMNS);
        if (tb) {
            for (long c = 0; c < COLUMNS; c++)
                for (long l = turned; l < depth; l++) to[l * COLUMNS + c] = c < width ? b[(j + c) * k + from + l] : 0;
        } else if (width == COLUMNS) {
            for (long l = 0; l < depth; l++)
                for (long c = 0; c < COLUMNS; c++) to[l * COLUMNS + c] = b[(from + l) * n + j + c];
        } else {
            for (long l = 0; l < depth; l++)
                for (long c = 0; c < COLUMNS; c++) to[l * COLUMNS + c] = c < width ? b[(from + l) * n + j + c] : 0;
        }
    }
}

/* The first `depth` columns of a, which lie m apart, tile by tile. */
static void pack_first(const T *a, long m, long count, long depth, T *to)
{
    for (long t = 0; t < count; t++)
        for (long l = 0; l < depth; l++)
            for (long i = m * t / count; i < m * (t + 1) / count; i++) *to++ = a[l * m + i];
}

static __attribute__((noinline)) void multiply(long m, long n, long k, T alpha, const T *a, int ta, const T *b, int tb,
                                               int add, T *c, T *pack)
{
    const long count = (m + ROWS - 1) / ROWS; /* of tiles above one another */
    for (long from = 0; from < k; from += DEPTH, add = 1) {
        const long depth = k - from < DEPTH ? k - from : DEPTH;
        /* What is read along memory and stays in the nearest cache is read where it lies. */
        const long inside = tb || n * depth > NEAR ? 0 : n - n % COLUMNS;
        const int gathered = ta && m * depth > NEAR;
        T *const second = pack, *const first = pack + (n + COLUMNS - 1) / COLUMNS * COLUMNS * depth;
        pack_second(b, tb, n, k, from, depth, inside, second);
        if (gathered) pack_first(a + from * m, m, count, depth, first);
        /* A panel stays in the nearest cache for all rows, unless it is so low that writing c is what costs. */
        const long part = depth < 48 ? n : COLUMNS;
        for (long start = 0; start < n; start += part)
            for (long t = 0; t < count; t++) {
                const long i = m * t / count, high = m * (t + 1) / count - i;
                Tile *const tile = tiles[(ta ? columns : rows) + high];
                const T *const left = !ta ? a + i * k + from : gathered ? first + i * depth : a + from * m + i;
                const long stride = !ta ? k : gathered ? high : m;
                for (long j = start; j < start + part && j < n; j += COLUMNS) {
                    const int packed = j >= inside;
                    const T *const right = packed ? second + (j - inside) * depth : b + from * n + j;
                    const long step = packed ? COLUMNS : n;
                    if (n - j >= COLUMNS) {
                        tile(depth, left, stride, right, step, alpha, add, c + i * n + j, n);
                        continue;
                    }
                    T edge[ROWS * COLUMNS];
                    tile(depth, left, stride, right, step, alpha, 0, edge, COLUMNS);
                    for (long r = 0; r < high; r++)
                        for (long q = 0; q < n - j; q++) {
                            T *const at = c + (i + r) * n + j + q;
                            *at = add ? *at + edge[r * COLUMNS + q] : edge[r * COLUMNS + q];
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
