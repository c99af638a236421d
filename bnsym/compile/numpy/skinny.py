"""Matrix products of which one side is short: what OpenBLAS does better in another way.

Its kernels for AVX-512 have a way of their own for products of up to a million multiplications; a larger product with
few terms in each sum, or with few columns, takes 0.3 to 0.8 of the time in pieces that small (and up to 1.15 times as
long by the kernels for AVX2, which have not). A product with few rows is computed as its transpose, which has few
columns: by the kernels for AVX2, too, that takes 0.6 to 1.1 of the time.
"""

from __future__ import annotations

from collections.abc import Iterator

SMALL = 1_000_000  # multiplications
SHORT, LONG = 16, 1024
MANY, FEW = 128, 100_000  # columns and multiplications from which on a product with few rows is turned in float32


def is_better_turned(rows: int, columns: int, terms: int, *, ordered: bool, single: bool) -> bool:
    """Whether to compute the transpose, and then the product from it.

    `ordered`: the terms of a sum lie next to one another in both matrices; `single`: numbers are float32.
    """
    multiplications = rows * columns * terms
    if rows > SHORT or columns <= 2 * rows:
        return False
    if ordered and single and columns >= MANY and multiplications > FEW:
        return True
    return multiplications > SMALL and (single or not ordered or terms >= LONG)


def blocks(rows: int, columns: int, terms: int, *, along: bool) -> Iterator[tuple[int, int]]:
    """The first row and the row after the last of each piece; nothing if the whole is better.

    `along`: the terms of a sum lie next to one another in the second matrix.
    """
    height = max(8, SMALL // (columns * terms))
    if rows * columns * terms > SMALL and rows > height and (columns <= SHORT or (terms <= SHORT and not along)):
        for start in range(0, rows, height):
            yield start, min(start + height, rows)
