"""Terms as data: one encoding a term, and nothing else is read."""

import json
from fractions import Fraction

import pytest
from hypothesis import given

from bnsym.kernel.data import Rejected, decode, encode, outside_name
from bnsym.kernel.term import Term
from bnsym.testing.terms import trees
from bnsym.testing.tree import build

scoped = trees({"i": "a", "j": "a", "k": "b"})


@given(scoped)
def test_encoding_round_trips_through_json(tree):
    term = build(tree)
    assert decode(json.loads(json.dumps(encode(term)))) == term


@given(scoped, scoped)
def test_equal_terms_have_equal_encodings_and_different_ones_have_not(left, right):
    a, b = build(left), build(right)
    assert (encode(a) == encode(b)) == (a == b)


X = [[], [["x", ["s"], "1"]], "1"]
SUM = [["a"], [["x", ["#0"], "1"], ["y", ["#0"], "1"]], "1"]


def test_what_is_canonical_is_read():
    assert decode([["1", [X]]]) == Term.tensor("x", ["s"])
    total = (Term.tensor("x", ["s"]) * Term.tensor("y", ["s"])).close([("s", "a")])
    assert decode([["-3/2", [SUM]]]) == total.scale(Fraction(-3, 2))
    assert decode([]) == Term.number(0)


@pytest.mark.parametrize(
    "data",
    [
        [["1", [X]], ["1", [X]]],  # twice the same monomial
        [["2/2", [X]]],
        [["+1", [X]]],
        [["01", [X]]],
        [["1.0", [X]]],
        [["-0", [X]]],
        [["0", [X]]],
        [[1, [X]]],
        [["٣", [X]]],  # digits, but not ours
        [["1 ", [X]]],
        [["1", [X, X]]],  # x x for x²
        [["1", [[[], [["x", ["s"], "2"]], "1"]]]],  # the power of a free atom stands outside
        [["1", [[[], [["x", ["s"], "1"]], "0"]]]],
        [["1", [[[], [["x", ["s"], "1"]], "65"]]]],
        [["1", [[[], [["x", ["s"], "1"], ["y", ["s"], "1"]], "1"]]]],  # two components
        [["1", [[["a"], [["x", ["s"], "1"]], "1"]]]],  # nothing is bound
        [["1", [[["a"], [["y", ["#0"], "1"], ["x", ["#0"], "1"]], "1"]]]],  # not sorted
        [["1", [[["a", "a"], [["K", ["#1", "#0"], "1"]], "1"]]]],  # labelled otherwise
        [["1", [[["a", "a"], [["x", ["#0"], "1"], ["y", ["#1"], "1"]], "1"]]]],  # not connected
        [["1", [[["a"], [["x", ["#1"], "1"]], "1"]]]],
        [["1", [[["a"], [["x", ["#0"], "1"]], "-1"]]]],
        [["1", [[["a"], [["x", ["#0"], "1"]], "1/2"]]]],
        [["1", [[[], [["x", ["#0"], "1"]], "1"]]]],
        [["1", [[[], [["x", ["$0"], "1"]], "1"]]]],
        [["1", [[[], [["x", [""], "1"]], "1"]]]],
        [["1", [[[], [["δ", ["t", "s"], "1"]], "1"]]]],
        [["1", [[[], [["δ", ["s", "s"], "1"]], "1"]]]],
        [["1", [[[], [["δ", ["s", "t"], "1"]], "-1"]]]],
        [["1", [[[], [["δ", ["s", "t"], "1"]], "2"]]]],
        [["1", [[[], [["δ", ["s", "t", "u"], "1"]], "1"]]]],
        [["1", [[[], [["δ", ["s", "t"], "1"]], "1"], [[], [["x", ["t"], "1"]], "1"]]]],  # x_t under δ_st is x_s
        {},
        "",
        [["1", {}]],
    ],
)
def test_what_is_not_canonical_is_refused(data):
    with pytest.raises((Rejected, ValueError, TypeError, LookupError)):
        decode(data)


@pytest.mark.parametrize("name", ["", "δ", "#0", "$1", "a#b", "a|b", "∂x", "ðx", "x/∂y", None, 3, ["x"]])
def test_a_name_is_not_reserved(name):
    with pytest.raises(Rejected):
        outside_name(name)


@pytest.mark.parametrize("name", ["x", r"\hat{x}^{l-1}", "σ", "W^{l-1,l}", "i'", "unit^{l}", "x y", "g'(y)"])
def test_names_of_documents_are_names(name):
    assert outside_name(name) == name
