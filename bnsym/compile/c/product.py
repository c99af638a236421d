"""Matrix products in C, as text: the same for every program.

Tiles of 6 or 12 rows and two vectors of columns are summed in registers, over slices of what is summed over, with
the second factor packed so that a tile reads along memory; the compiler makes it of the machine's widest vectors.
*Measured* against the OpenBLAS 0.3.31 that NumPy ships, on one core with AVX-512: 0.5 to 0.65 of its time from
64×64×32 up (OpenBLAS runs its AVX2 kernels there); held to AVX2, 0.9 to 1.1 of it. So the compiled backend needs no
BLAS, and the update of the parameters is part of the product.
"""

from __future__ import annotations

DEPTH = 192  # terms of a slice
WIDEST = 64  # bytes of a vector
TALLEST = 12  # rows of a tile
INLINE = 1024  # multiplications up to which a product is written out


def packing(m: int, n: int, k: int, transposed: bool, size: int) -> int:
    """How many entries of work space a product (m, k) (k, n) needs; `transposed` says that the first is (k, m)."""
    columns = 2 * WIDEST // size
    depth = min(k, DEPTH)
    rows = -(-m // TALLEST) * TALLEST if transposed else TALLEST
    return depth * (-(-n // columns) * columns + rows)


PRODUCT = r"""
#if defined(__AVX512F__)
enum { BYTES = 64 };
#elif defined(__AVX__)
enum { BYTES = 32 };
#else
enum { BYTES = 16 };
#endif
#if defined(__AVX512F__) || defined(__aarch64__)
#define EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
enum { ROWS = 12 };
#else
#define EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5)
enum { ROWS = 6 };
#endif
typedef T V __attribute__((vector_size(BYTES)));
typedef T U __attribute__((vector_size(BYTES), aligned(sizeof(T)), may_alias)); /* anywhere in memory */
enum { LANES = BYTES / sizeof(T), COLUMNS = 2 * LANES, DEPTH = 192 };

/* A tile: ROWS rows of a, as they lie or packed column by column, times a packed panel of b; `rows` of it are kept. */
#define CLEAR(r) V x##r = {0}, y##r = {0};
#define FROM_ROWS(r) x##r += a[r * stride + l] * left, y##r += a[r * stride + l] * right;
#define FROM_COLUMNS(r) x##r += a[l * ROWS + r] * left, y##r += a[l * ROWS + r] * right;
#define STORE(r) \
    if (r < rows) { \
        V x = alpha * x##r, y = alpha * y##r; \
        if (add) x += *(const U *)(c + r * n), y += *(const U *)(c + r * n + LANES); \
        *(U *)(c + r * n) = x, *(U *)(c + r * n + LANES) = y; \
    }
#define TILE(name, TERM) \
    static __attribute__((noinline)) void name(long depth, const T *a, long stride, const T *b, T alpha, int add, \
                                               T *c, long n, long rows) \
    { \
        (void)stride; \
        EACH_ROW(CLEAR) \
        for (long l = 0; l < depth; l++, b += COLUMNS) { \
            const V left = *(const U *)b, right = *(const U *)(b + LANES); \
            EACH_ROW(TERM) \
        } \
        EACH_ROW(STORE) \
    }
TILE(tile_of_rows, FROM_ROWS)
TILE(tile_of_columns, FROM_COLUMNS)

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

/* Rows `from` to `from + depth` of b, panel by panel of COLUMNS columns; zeros beyond its edge. */
static void pack_second(const T *b, int tb, long n, long k, long from, long depth, T *to)
{
    for (long j = 0; j < n; j += COLUMNS, to += depth * COLUMNS) {
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

/* The same columns of a, from row `first`, tile by tile of ROWS rows, each column by column. */
static void pack_first(const T *a, int ta, long m, long k, long from, long depth, long first, T *to)
{
    for (long i = first; i < m; i += ROWS, to += depth * ROWS) {
        const long height = m - i < ROWS ? m - i : ROWS;
        for (long l = 0; l < depth; l++)
            for (long r = 0; r < ROWS; r++)
                to[l * ROWS + r] = r >= height ? 0 : ta ? a[(from + l) * m + i + r] : a[(i + r) * k + from + l];
    }
}

static __attribute__((noinline)) void multiply(long m, long n, long k, T alpha, const T *a, int ta, const T *b, int tb,
                                               int add, T *c, T *pack)
{
    const long whole = ta ? 0 : m - m % ROWS; /* rows that are read as they lie */
    for (long from = 0; from < k; from += DEPTH, add = 1) {
        const long depth = k - from < DEPTH ? k - from : DEPTH;
        T *const second = pack, *const first = pack + (n + COLUMNS - 1) / COLUMNS * COLUMNS * depth;
        pack_second(b, tb, n, k, from, depth, second);
        pack_first(a, ta, m, k, from, depth, whole, first);
        /* A panel stays in the nearest cache for all rows, unless it is so low that writing c is what costs. */
        const long part = depth < 48 ? n : COLUMNS;
        for (long start = 0; start < n; start += part)
            for (long i = 0; i < m; i += ROWS)
                for (long j = start; j < start + part && j < n; j += COLUMNS) {
                    T edge[ROWS * COLUMNS];
                    const int inside = n - j >= COLUMNS;
                    T *const into = inside ? c + i * n + j : edge;
                    const long width = inside ? n : COLUMNS;
                    const T *const panel = second + j * depth;
                    if (i < whole)
                        tile_of_rows(depth, a + i * k + from, k, panel, alpha, add && inside, into, width, ROWS);
                    else
                        tile_of_columns(depth, first + (i - whole) * depth, 0, panel, alpha, add && inside, into, width,
                                        m - i);
                    if (inside) continue;
                    for (long r = 0; r < ROWS && i + r < m; r++)
                        for (long q = 0; q < n - j; q++) {
                            T *const at = c + (i + r) * n + j + q;
                            *at = add ? *at + edge[r * COLUMNS + q] : edge[r * COLUMNS + q];
                        }
                }
    }
}

/* c = alpha a b, or c + alpha a b; a is (m, k), or (k, m) if ta; b is (k, n), or (n, k) if tb; all row by row. */
static inline __attribute__((always_inline)) void product(long m, long n, long k, T alpha, const T *a, int ta,
                                                          const T *b, int tb, int add, T *c, T *pack)
{
    if (m * n * k > INLINE || n > 64) {
        multiply(m, n, k, alpha, a, ta, b, tb, add, c, pack);
        return;
    }
    for (long i = 0; i < m; i++) {
        T sum[64];
        for (long j = 0; j < n; j++) sum[j] = 0;
        for (long l = 0; l < k; l++) {
            const T x = ta ? a[l * m + i] : a[i * k + l];
            for (long j = 0; j < n; j++) sum[j] += x * (tb ? b[j * k + l] : b[l * n + j]);
        }
        for (long j = 0; j < n; j++) c[i * n + j] = add ? c[i * n + j] + alpha * sum[j] : alpha * sum[j];
    }
}
"""
