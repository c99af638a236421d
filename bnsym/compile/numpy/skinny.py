"""Matrix products of which one side is short, in float32: what OpenBLAS does better in another way.

Its kernels for AVX-512 have a way of their own for products of up to a million multiplications; a larger product with
few terms in each sum takes a quarter of the time in pieces that small (and 1.1 times as long by the kernels for AVX2,
which have not). A product with few rows takes 0.5 to 0.9 of the time as its transpose, if the second matrix lies with
the terms of a sum next to one another.
"""

from __future__ import annotations

from collections.abc import Iterator

SMALL = 1_000_000  # multiplications
SHORT, LONG = 16, 512


def is_better_turned(rows: int, columns: int, terms: int) -> bool:
    """Whether to compute the transpose, and then the product from it, if the second matrix lies so."""
    return rows <= SHORT and columns > 2 * rows and terms >= LONG


def blocks(rows: int, columns: int, terms: int) -> Iterator[tuple[int, int]]:
    """The first row and the row after the last of each piece; nothing if the whole is better."""
    height = max(8, SMALL // (columns * terms))
    if terms <= SHORT and columns >= 4 * LONG and rows >= 2 * height:
        for start in range(0, rows, height):
            yield start, min(start + height, rows)
