"""A strategy for expressions of the index language: what a line of a document says.

from hypothesis import given
from bnsym.language.expression import free_indices, substitute
from bnsym.testing import expressions, same

@given(expressions())
def test_renaming_nothing_changes_nothing(expression):
    assert same(expression, substitute(expression, {i: i for i in free_indices(expression)}))
"""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from bnsym.language.expression import (
    Addition,
    Delta,
    Derivative,
    Expression,
    Function,
    Index,
    Mean,
    Number,
    Power,
    Product,
    Size,
    Sum,
    Symbol,
    Tensor,
    free_indices,
)
from bnsym.testing.vocabulary import VOCABULARY, Vocabulary

EXPONENTS = [Fraction(*e) for e in ((2, 1), (3, 1), (-1, 1), (-2, 1), (1, 2), (-1, 2), (-3, 2), (1, 3))]


@st.composite
def expressions(
    draw: st.DrawFn, depth: int = 4, scope: frozenset[Index] | None = None, vocabulary: Vocabulary = VOCABULARY
) -> Expression:
    """An expression over the first letter of each axis, and the others where a binder binds them.

    Letters of layers stand at tensors, which tell whose they are: no δ has them, and what binds them is not empty.
    Powers are of anything; a value is had from `bnsym.testing.values`, which takes roots of absolute values.
    """
    if scope is None:
        scope = frozenset(Index(letters[0], axis) for axis, letters in vocabulary.letters.items())

    def below() -> Expression:
        return draw(expressions(depth - 1, scope, vocabulary))

    def tensor(symbols: tuple[Symbol, ...]) -> Tensor:
        symbol = draw(st.sampled_from(symbols))
        layer, axes = draw(st.sampled_from(vocabulary.entries(symbol)))
        chosen = []
        for axis in axes:
            fitting = sorted((i for i in scope if i.axis == axis), key=lambda i: i.name)
            chosen.append(draw(st.sampled_from(fitting)))
        return Tensor(symbol, layer, tuple(chosen))

    kinds = ["number", "size", "tensor", "tensor", "tensor", "delta", "cost"]
    if depth:
        kinds += ["function", "power", "power", "product", "product", "addition", "addition", "sum", "mean", "mean"]
    match draw(st.sampled_from(kinds)):
        case "number":
            return Number(Fraction(draw(st.sampled_from((1, 2, 3, -1, -2))), draw(st.sampled_from((1, 1, 2, 3)))))
        case "size":
            return Size(draw(st.sampled_from(vocabulary.axes)))
        case "tensor":
            return tensor(vocabulary.symbols)
        case "delta":
            axis = draw(st.sampled_from([axis for axis in vocabulary.axes if axis.layer is None]))
            fitting = sorted((i for i in scope if i.axis == axis), key=lambda i: i.name)
            return Delta(draw(st.sampled_from(fitting)), draw(st.sampled_from(fitting)))
        case "cost":
            return Derivative(vocabulary.cost, tensor(vocabulary.by))
        case "function":
            return Function(draw(st.sampled_from(vocabulary.functions)), draw(st.sampled_from((0, 0, 1))), below())
        case "power":
            return Power(below(), draw(st.sampled_from(EXPONENTS)))
        case "product":
            return Product(tuple(below() for _ in range(draw(st.integers(2, 3)))))
        case "addition":
            return Addition(tuple(below() for _ in range(draw(st.integers(2, 3)))))
        case "mean" | "sum" as binder:
            used = {i.name for i in scope}
            free = [Index(n[1], axis) for axis, n in vocabulary.letters.items() if n[1] not in used]
            if not free:
                return below()
            index = draw(st.sampled_from(free))
            body = draw(expressions(depth - 1, scope | {index}, vocabulary))
            if index.axis.layer is not None and index not in free_indices(body):
                return body
            return (Sum if binder == "sum" else Mean)(index, body)
    raise AssertionError("there is no other kind")
