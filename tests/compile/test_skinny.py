"""Products of which one side is short: pieces cover the whole. See test_layout.py for what comes out."""

import pytest

from bnsym.compile.numpy.skinny import blocks, is_better_turned


@pytest.mark.parametrize(
    ("rows", "columns", "terms"), [(128, 4096, 10), (61, 5000, 16), (4096, 10, 128), (61, 3, 9000)]
)
def test_pieces_cover_the_rows_once(rows, columns, terms):
    pieces = list(blocks(rows, columns, terms, along=False))
    assert len(pieces) > 1
    assert [row for a, b in pieces for row in range(a, b)] == list(range(rows))


@pytest.mark.parametrize("shape", [(128, 128, 10), (128, 4096, 64), (16, 128, 4096), (8, 2048, 2), (10, 3, 9000)])
def test_other_products_are_whole(shape):
    assert not list(blocks(*shape, along=False))
    assert not list(blocks(128, 4096, 10, along=True))


@pytest.mark.parametrize(
    ("shape", "ordered", "single", "turned"),
    [
        ((10, 128, 4096), True, False, True),
        ((10, 4096, 128), False, False, True),
        ((10, 4096, 128), True, False, False),
        ((10, 4096, 128), True, True, True),
        ((10, 128, 128), True, True, True),
        ((10, 128, 128), False, True, False),
        ((10, 64, 128), True, True, False),
        ((128, 10, 4096), True, True, False),
    ],
)
def test_few_rows_are_turned(shape, ordered, single, turned):
    assert is_better_turned(*shape, ordered=ordered, single=single) is turned
