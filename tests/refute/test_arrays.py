"""Frames against exact evaluation: the same instance, the same values, up to rounding."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from bnsym.language.claim import Claim
from bnsym.language.expression import Derivative, Index, Number, Symbol, Tensor, tensors
from bnsym.refute.arrays import Frame, NoValue, agree
from bnsym.refute.instances import Sampler
from bnsym.refute.numbers import bounds
from tests.support.documents import claims, read_text, source

SMOOTH = ["layer_norm", "rms_norm", "softmax", "softmax_cross_entropy", "squared_error", "weight_norm", "linear"]


@pytest.mark.parametrize("name", SMOOTH)
def test_claims_have_the_values_of_exact_evaluation(name):
    derivation = read_text(source(name))
    for result in claims(derivation):
        reading = result.statement.readings[0]
        *_, claim = Claim.all_of(derivation.document, reading, derivation.judge.graph)
        sampler = Sampler(claim.graph, (claim.left, claim.right), 1)
        instance = sampler.instance(sampler.sizes())
        left, right = Frame(instance, 1).together(reading.left, reading.right)
        assert agree(left, right) and np.isfinite(left).all()
        for side, term in ((left, claim.left), (right, claim.right)):
            exact = []
            for place in product(*(range(instance.sizes[axis]) for _, axis in claim.free)):
                at = dict(zip((index for index, _ in claim.free), place, strict=True))
                exact.append(float(sum(bounds(instance.evaluate(term, at))) / 2))
            shape = [instance.sizes[axis] for _, axis in claim.free]
            values = np.array(exact).reshape(shape)
            names = [f"{claim.names[i].name}@{claim.names[i].axis.key}" for i, _ in claim.free]
            assert np.allclose(spread(Frame(instance, 1), reading, side, names, shape), values, atol=1e-9)


def spread(frame: Frame, reading, side, names, shape):
    """A value of a frame as an array over these indices, in their order."""
    frame.together(reading.left, reading.right)
    dimensions = [frame._dimension(name) for name in names]
    full = np.broadcast_to(side, [shape[dimensions.index(d)] if d in dimensions else 1 for d in range(side.ndim)])
    order = [*dimensions, *(d for d in range(side.ndim) if d not in dimensions)]
    return full.transpose(order).reshape(shape)


def test_what_is_not_in_view_has_no_value():
    derivation = read_text(source("squared_error"))
    other = read_text(source("layer_norm"))
    (result, *_) = claims(derivation)
    *_, claim = Claim.all_of(derivation.document, result.statement.readings[0], derivation.judge.graph)
    sampler = Sampler(claim.graph, (claim.left, claim.right), 1)
    frame = Frame(sampler.instance(sampler.sizes()), 1)
    with pytest.raises(NoValue):
        frame.together(claims(other)[0].statement.readings[0].left, Number(0))


def test_a_name_in_view_over_other_axes_has_no_value():
    """An undeclared \\delta_{ii}^l beside a declared \\delta_{ti}^l, or the derivative by it."""
    derivation = read_text(source("rms_norm_network"))
    (result, *_) = claims(derivation)
    reading = result.statement.readings[0]
    *_, claim = Claim.all_of(derivation.document, reading, derivation.judge.graph)
    sampler = Sampler(claim.graph, (claim.left, claim.right), 1)
    frame = Frame(sampler.instance(sampler.sizes()), 1)
    entry = next(tensor for tensor in tensors(reading.right) if len(set(tensor.indices)) == 2)
    other = replace(entry, indices=(entry.indices[1], entry.indices[1]))
    cost = derivation.document.cost.symbol
    assert np.isfinite(frame.together(entry)[0]).all()
    for expression in (other, Derivative(cost, other)):
        with pytest.raises(NoValue, match="over feature"):
            frame.together(expression)


def test_rounding_is_told_from_a_difference():
    assert agree(np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-12]))
    assert not agree(np.array([1.0, 2.0]), np.array([1.0, 2.001]))
    assert agree(np.array([1e-14]), np.array([0.0]))
    assert not agree(np.array([1.0]), np.array([np.nan]))


def test_what_nothing_in_view_is_made_of_has_some_numbers():
    """A parameter that only a candidate mentions; the same numbers each time it is asked for."""
    derivation = read_text(source("squared_error"))
    (result, *_) = claims(derivation)
    *_, claim = Claim.all_of(derivation.document, result.statement.readings[0], derivation.judge.graph)
    sampler = Sampler(claim.graph, (claim.left, claim.right), 1)
    frame = Frame(sampler.instance(sampler.sizes()), 1)
    entry = Tensor(Symbol("q"), None, ())
    first, second = frame.together(entry, entry)
    assert np.isfinite(first).all() and agree(first, second) and agree(first, *frame.together(entry))
    axes = [index.axis for index in claim.names.values()][:2]
    for axis in axes:  # of one name, but over another axis
        (values,) = frame.together(Tensor(Symbol("q"), None, (Index("a", axis),)))
        assert values.size == frame.sizes[axis.key]
