"""Contractions of arrays of any number of axes as products of matrices.

The axes of a product fall into those of its rows, those of its columns and the terms that are summed over. Where each
of them lies in memory one after the other, in one order in both arrays that have it, they are one axis of a matrix, and
nothing has to be copied.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bnsym.compile.lowering.array import Operand, Value
from bnsym.compile.planning.fuse import is_matrix_product
from bnsym.compile.planning.memory import Order


@dataclass(frozen=True)
class Matrices:
    """value (m, n) = `first` (m, k) · `second` (k, n); an operand that is `turned` lies as its transpose."""

    first: Operand
    second: Operand
    first_turned: bool
    second_turned: bool
    m: int
    n: int
    k: int


def matrices(value: Value, order: Mapping[Value, Order]) -> Matrices | None:
    """A contraction as a product of matrices, where the axes lie so."""
    if not is_matrix_product(value):
        return None
    first, second = value.operands
    out = order[value]
    if out[0] not in first.labels:
        first, second = second, first
    rows, columns = (tuple(k for k in out if k in operand.labels) for operand in (first, second))
    terms = tuple(k for k in _memory(first, order) if k >= value.rank)
    if rows + columns != out:
        return None
    turned = []
    for operand, along in ((first, rows + terms), (second, terms + columns)):
        memory, cut = _memory(operand, order), len(rows if operand is first else terms)
        if memory not in (along, along[cut:] + along[:cut]):
            return None
        turned.append(memory != along)
    m, n, k = (math.prod(sizes) for sizes in (_sizes(first, rows), _sizes(second, columns), _sizes(first, terms)))
    return Matrices(first, second, turned[0], turned[1], m, n, k)


def _memory(operand: Operand, order: Mapping[Value, Order]) -> Order:
    """The labels of an operand in the order of its axes in memory."""
    assert isinstance(operand.value, Value)
    return tuple(operand.labels[k] for k in order[operand.value])


def _sizes(operand: Operand, labels: Order) -> list[int]:
    assert isinstance(operand.value, Value)
    sizes = dict(zip(operand.labels, (extent.size for extent in operand.value.extents), strict=True))
    return [sizes[label] for label in labels]
