"""Strategies for index terms, well formed, and for instances to evaluate them at.

    from hypothesis import given
    from bnsym.testing import build, evaluate, evaluate_term, instances, trees

    @given(trees({"i": "a", "j": "b"}), instances)
    def test_a_term_has_the_value_of_what_it_was_built_from(tree, instance):
        at = {"i": 0, "j": 0}
        assert evaluate_term(build(tree), instance, at) == evaluate(tree, instance, at)

Tensors and axes are those of `bnsym.testing.tree.SHAPES` unless others are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from hypothesis import strategies as st

from bnsym.testing.tree import (
    AXES,
    POSITIVE,
    SHAPES,
    Entry,
    Instance,
    Kronecker,
    Minus,
    Number,
    Plus,
    Size,
    Square,
    Times,
    Total,
    Tree,
    random_instance,
)

LETTERS = ("s", "t", "u")

rationals = st.builds(Fraction, st.integers(-5, 5), st.integers(1, 3))
sizes = st.fixed_dictionaries({axis: st.integers(1, 3) for axis in AXES})


@st.composite
def _instances(draw: st.DrawFn) -> Instance:
    return random_instance(draw(sizes), draw(st.integers(0, 2**32)))


instances = _instances()


@st.composite
def trees(
    draw: st.DrawFn,
    scope: Mapping[str, str],
    depth: int = 3,
    shapes: Mapping[str, tuple[str, ...]] = SHAPES,
    signed: bool = True,
) -> Tree:
    """A well-typed tree over the free indices of `scope` ({letter: axis}). A letter may be bound again."""
    kinds = ["number", "size", "entry", "entry", "entry", "delta"]
    if depth > 0:
        kinds += ["plus", "minus", "times", "times", "square", "total", "total"]
    kind = draw(st.sampled_from(kinds))
    again = trees(scope, depth - 1, shapes, signed)
    if kind == "number":
        return Number(draw(rationals))
    if kind == "size":
        return Size(draw(st.sampled_from(AXES)))
    if kind == "delta":
        axis = draw(st.sampled_from(AXES))
        letters = [i for i, a in scope.items() if a == axis]
        return (
            Kronecker(draw(st.sampled_from(letters)), draw(st.sampled_from(letters)))
            if letters
            else Number(Fraction(1))
        )
    if kind == "entry":
        fits = [n for n, axes in shapes.items() if set(axes) <= set(scope.values())]
        if not fits:
            return Number(draw(rationals))
        name = draw(st.sampled_from(fits))
        indices = tuple(draw(st.sampled_from([i for i, a in scope.items() if a == axis])) for axis in shapes[name])
        exponents = [Fraction(1), Fraction(2)]
        if name in POSITIVE and signed:
            exponents += [Fraction(-1), Fraction(1, 2), Fraction(-3, 2)]
        return Entry(name, indices, draw(st.sampled_from(exponents)))
    if kind == "square":
        return Square(draw(again))
    if kind == "total":
        index, axis = draw(st.sampled_from(LETTERS)), draw(st.sampled_from(AXES))
        return Total(index, axis, draw(trees({**scope, index: axis}, depth - 1, shapes, signed)))
    left, right = draw(again), draw(again)
    if kind == "times":
        return Times(left, right)
    return Plus(left, right) if kind == "plus" else Minus(left, right)
