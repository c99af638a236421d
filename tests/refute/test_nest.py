"""Sums over many indices, carried out piece by piece, against all assignments one by one."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnsym.kernel.term import Term, fresh
from bnsym.language.expression import Axis, Index, Symbol, Tensor
from bnsym.language.graph import CostGraph
from bnsym.refute.evaluate import Functions, Instance
from bnsym.refute.nest import Nest, nested
from tests.refute.networks import document

UNIT = Axis("unit")
ROW, COLUMN = Index("i", UNIT), Index("j", UNIT)
edges = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=7)  # 0 is a free index


def instance(seed: int = 0, size: int = 2) -> Instance:
    graph = CostGraph.build(replace(document(), definitions=(), cost=None), {})
    graph.term(Tensor(Symbol("K"), None, (ROW, COLUMN)), {ROW: "i", COLUMN: "j"})
    draw = random.Random(seed)
    entries = {place: Fraction(draw.randint(-3, 3), draw.randint(1, 2)) for place in product(range(size), repeat=2)}
    return Instance(graph, {"unit": size}, {"K": entries}, {}, Functions(lambda: Fraction(0)))


def term(pairs: list[tuple[int, int]]) -> Term:
    names = {v: "f" if v == 0 else fresh() for pair in pairs for v in pair}
    bound = [(name, "unit") for v, name in names.items() if v]
    return Term.product([("K", (names[a], names[b]), 1) for a, b in pairs]).close(bound)


@given(edges, st.integers(0, 99))
def test_values_and_derivatives(pairs, seed):
    numbers = instance(seed)
    entries = numbers.leaves["K"]
    vertices = sorted({v for pair in pairs for v in pair if v})
    total, slopes = Fraction(0), defaultdict(Fraction)
    for chosen in product(range(2), repeat=len(vertices)):
        at = {0: 1, **dict(zip(vertices, chosen, strict=True))}
        places = [(at[a], at[b]) for a, b in pairs]
        total += prod(entries[p] for p in places)
        for k, place in enumerate(places):
            slopes[place] += prod(entries[p] for p in (*places[:k], *places[k + 1 :]))
    assert numbers.evaluate(term(pairs), {"f": 1}) == total
    found = numbers.term_adjoint(term(pairs), {"f": 1})["K"]
    assert {p: v for p, v in found.items() if v} == {p: v for p, v in slopes.items() if v}


def loops(nest: Nest, size: int) -> int:
    """How often a factor is looked at."""
    return len(nest.factors) + sum(size * loops(inner, size) for _, _, inner in nest.sums)


@pytest.mark.parametrize("branches", [1, 4, 16, 40])
def test_a_hub_costs_its_branches(branches):
    ((monomial, _),) = term([(1, 2 + k) for k in range(branches)]).monomials.items()
    ((component, _),) = monomial
    assert loops(nested(component), 3) == 9 * branches


@pytest.mark.parametrize("length", [3, 8, 16, 32])
def test_a_cycle_costs_a_power_of_its_length(length):
    ((monomial, _),) = term([(1 + k, 1 + (k + 1) % length) for k in range(length)]).monomials.items()
    ((component, _),) = monomial
    assert loops(nested(component), 2) <= 4 * length**3


def test_every_factor_and_index_is_there_once():
    pairs = [(1, 2), (2, 3), (3, 1), (3, 4), (4, 0), (5, 1)]
    ((monomial, _),) = term(pairs).monomials.items()
    ((component, _),) = monomial
    seen, indices = Counter[tuple](), []
    pending = [nested(component)]
    while pending:
        nest = pending.pop()
        seen.update(nest.factors)
        indices += [index for index, _, _ in nest.sums]
        pending += [inner for _, _, inner in nest.sums]
    assert seen == Counter(component[1]) and sorted(indices) == [f"#{k}" for k in range(5)]
