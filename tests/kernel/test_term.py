"""Kernel terms against exact evaluation, their canonicity, and attempts at capture."""

import random
import sys
import threading
import time
from fractions import Fraction
from itertools import combinations, permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnsym.kernel.term import BudgetExceeded, Term, _canonical, fresh
from bnsym.testing.exact import Dual
from bnsym.testing.terms import instances, trees
from bnsym.testing.tree import (
    POSITIVE,
    SHAPES,
    Entry,
    Instance,
    Kronecker,
    Minus,
    Plus,
    Times,
    Total,
    build,
    evaluate,
    evaluate_term,
    rewritten,
)
from tests.support.thorough import examples

SCOPE = {"i": "a", "j": "a", "k": "b"}
scoped = trees(SCOPE)
seeds = st.integers(0, 2**32)


def places(instance: Instance) -> dict[str, int]:
    """Some values of the free indices, others than the first where there are others."""
    return {"i": 0, "j": instance.sizes["a"] - 1, "k": instance.sizes["b"] // 2}


# ---------------------------------------------------------------- against exact evaluation


@given(scoped, instances)
def test_a_term_has_the_value_of_what_it_was_built_from(tree, instance):
    at = places(instance)
    assert evaluate_term(build(tree), instance, at) == evaluate(tree, instance, at)


@given(scoped, scoped, instances)
def test_arithmetic(left, right, instance):
    at = places(instance)
    a, b = evaluate(left, instance, at), evaluate(right, instance, at)
    assert evaluate_term(build(left) + build(right), instance, at) == a + b
    assert evaluate_term(build(left) - build(right), instance, at) == a - b
    assert evaluate_term(build(left) * build(right), instance, at) == a * b
    assert evaluate_term(build(left) ** 3, instance, at) == a**3
    assert evaluate_term(build(left).scale(Fraction(-2, 3)), instance, at) == a * Fraction(-2, 3)


@given(scoped, instances, st.permutations(["i", "j", "k"]))
def test_closing_sums_over_the_whole_axis(tree, instance, order):
    closed = build(tree).close([(i, SCOPE[i]) for i in order])
    expected = sum(
        evaluate(tree, instance, dict(zip(SCOPE, place, strict=True)))
        for place in product(*(range(instance.sizes[axis]) for axis in SCOPE.values()))
    )
    assert evaluate_term(closed, instance, {}) == expected


@given(scoped, instances, st.sampled_from(["i", "j", "s", "t"]), st.sampled_from(["i", "j", "s", "t"]))
def test_renaming_is_simultaneous_and_does_not_capture(tree, instance, to_i, to_j):
    """s and t are letters that the tree binds: a bound letter must not catch a renamed one."""
    at = {"i": 0, "j": instance.sizes["a"] - 1, "s": instance.sizes["a"] // 2, "t": 0, "k": 0}
    expected = evaluate(tree, instance, {"i": at[to_i], "j": at[to_j], "k": 0})
    assert evaluate_term(build(tree).rename({"i": to_i, "j": to_j}), instance, at) == expected


@examples(150)
@given(scoped, instances, st.sampled_from(sorted(SHAPES)))
def test_differentiation_is_the_exact_derivative(tree, instance, name):
    at = places(instance)
    slots = [f"w{n}" for n in range(len(SHAPES[name]))]

    def partial(atom, indices):
        if atom != name:
            return None
        result = Term.number(1)
        for i, j in zip(indices, slots, strict=True):
            result = result * Term.delta(i, j)
        return result

    derivative = build(tree).differentiate(partial)
    for where in product(*(range(instance.sizes[axis]) for axis in SHAPES[name])):
        moved = Instance(instance.sizes, {**instance.values, (name, where): Dual(instance.values[name, where], 1)})
        value = evaluate(tree, moved, at)
        slope = value.slope if isinstance(value, Dual) else 0
        assert evaluate_term(derivative, instance, {**at, **dict(zip(slots, where, strict=True))}) == slope


def test_the_derivative_of_a_power_of_a_sum():
    """∂(Σ_s x_s²)³/∂x_t = 6 (Σ x²)² x_t."""
    total = Term.tensor("x", ["s"], 2).close([("s", "a")])
    derivative = (total**3).differentiate(lambda name, at: Term.delta(at[0], "t"))
    assert derivative == (total**2 * Term.tensor("x", ["t"])).scale(6)


# ---------------------------------------------------------------- canonicity


@given(scoped, seeds)
def test_equal_expressions_are_one_term(tree, seed):
    other = build(rewritten(tree, random.Random(seed)), {"i": "i", "j": "j", "k": "k"})
    assert build(tree) == other
    assert hash(build(tree)) == hash(other)
    assert not build(Minus(tree, tree))


@given(scoped)
def test_the_laws_of_a_ring(tree):
    term = build(tree)
    assert term * Term.number(1) == term == term + Term.number(0)
    assert not term * Term.number(0)
    assert (term + term) == term.scale(2)
    assert term**0 == Term.number(1)


def component(edges: list[tuple[str, tuple[int, ...]]], vertices: int, shuffle: random.Random | None = None) -> Term:
    """Σ over all vertices of the product of the edges, in a random order of binding if `shuffle` is given."""
    names, order, edges = [fresh() for _ in range(vertices)], list(range(vertices)), list(edges)
    if shuffle:
        shuffle.shuffle(order)
        shuffle.shuffle(edges)
    term = Term.product([(name, tuple(names[v] for v in at), 1) for name, at in edges])
    return term.close([(names[v], "a") for v in order])


edges = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["K", "L"]), st.tuples(st.integers(0, 6), st.integers(0, 6))),
        st.tuples(st.just("x"), st.tuples(st.integers(0, 6))),
    ),
    min_size=1,
    max_size=12,
)


@examples(200)
@given(edges, seeds)
def test_any_component_is_labelled_canonically(edges, seed):
    assert component(edges, 7) == component(edges, 7, random.Random(seed))


@examples(60)
@given(edges, st.integers(2, 3), seeds)
def test_isomorphic_pieces_are_labelled_canonically(edges, copies, seed):
    """Copies of one graph hung on a hub: each copy looks like the others until it is taken out."""
    everything = [(n, tuple(v + 7 * c for v in at)) for c in range(copies) for n, at in edges]
    hub = [("K", (7 * copies, 7 * c + v)) for c in range(copies) for v in range(7)]
    everything += hub
    assert component(everything, 7 * copies + 1) == component(everything, 7 * copies + 1, random.Random(seed))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=8), seeds)
def test_components_with_free_indices_are_labelled_canonically(pairs, seed):
    def term(order):
        bound = [fresh() for _ in range(4)]
        factors = [("K", (bound[a], bound[b]), 1) for a, b in pairs]
        factors += [("K", (bound[0], "i"), 1), ("K", ("j", bound[1]), 1)]
        return Term.product(factors).close([(bound[v], "a") for v in order])

    assert term([0, 1, 2, 3]) == term(random.Random(seed).sample(range(4), 4))


def test_a_component_tells_apart_what_differs():
    """The two 6-cycles-of-edges, one hexagon against two triangles on a hub, look alike to refinement alone."""
    spokes = [("K", (6, v)) for v in range(6)]
    hexagon = [("K", (v, (v + 1) % 6)) for v in range(6)]
    triangles = [("K", (v, v + 1 if v % 3 < 2 else v - 2)) for v in range(6)]
    assert component(hexagon + spokes, 7) != component(triangles + spokes, 7)
    assert component(hexagon + spokes, 7, random.Random(5)) == component(hexagon + spokes, 7)


@pytest.mark.parametrize("branches", [1, 2, 5, 20, 40])
def test_a_hub_costs_its_branches_and_not_their_permutations(branches):
    _canonical.cache_clear()
    star = [("K", (0, v)) for v in range(1, branches + 1)]
    start = time.perf_counter()
    assert component(star, branches + 1) == component(star, branches + 1, random.Random(branches))
    assert time.perf_counter() - start < 3
    # Σ_s (Σ_t K_st)^k written out, against the power of the row sum
    row = Term.tensor("K", ["s", "t"]).close([("t", "a")])
    assert (row**branches).close([("s", "a")]) == component(star, branches + 1)


SYMMETRIC = {
    "complete": lambda n: [("K", pair) for pair in permutations(range(n), 2)],
    "half": lambda n: [("K", pair) for pair in combinations(range(n), 2)],
    "bipartite": lambda n: [("K", (i, n + j)) for i in range(n) for j in range(n)],
    "crown": lambda n: [("K", (i, n + j)) for i in range(n) for j in range(n) if i != j],
    "cycle": lambda n: [("K", (i, (i + 1) % n)) for i in range(n)],
    "rook": lambda n: [("K", (i, j)) for i, j in permutations(range(n * n), 2) if i // n == j // n or i % n == j % n],
    "cube": lambda n: [("K", (v, v ^ 1 << b)) for v in range(2 ** min(n, 5)) for b in range(min(n, 5))],
}


@pytest.mark.parametrize("n", [3, 4, 5])
@pytest.mark.parametrize("family", sorted(SYMMETRIC))
def test_symmetric_components_are_equal_or_beyond_the_budget(family, n):
    """Never unequal, and never for long."""
    graph = SYMMETRIC[family](n)
    vertices = 1 + max(v for _, at in graph for v in at)
    start = time.perf_counter()
    try:
        assert component(graph, vertices) == component(graph, vertices, random.Random(n))
    except BudgetExceeded:
        assert family in ("crown", "rook", "cube") and n >= 4
    assert time.perf_counter() - start < 20


@pytest.mark.parametrize("vertices", [60, 400])
def test_large_components_are_refused_at_once(vertices):
    """A path of n bound indices would take n³ steps to label; a short certificate must not take hours."""
    path = [("K", (v, v + 1)) for v in range(vertices - 1)]
    start = time.perf_counter()
    with pytest.raises(BudgetExceeded):
        component(path, vertices)
    assert time.perf_counter() - start < 5


def test_twins_are_tried_once():
    complete = SYMMETRIC["complete"](12)
    assert component(complete, 12) == component(complete, 12, random.Random(0))


# ---------------------------------------------------------------- deltas


def test_a_delta_substitutes_when_it_is_bound():
    f = Term.tensor("x", ["t"])
    assert (Term.delta("s", "t") * f).close([("t", "a")]) == Term.tensor("x", ["s"])
    assert Term.delta("s", "t").close([("t", "a")]) == Term.number(1)
    assert Term.delta("s", "t").close([("t", "a"), ("s", "a")]) == Term.size("a")
    assert Term.delta("s", "s") == Term.number(1)
    assert Term.delta("s", "t") * Term.delta("s", "t") == Term.delta("t", "s")
    assert (Term.delta("s", "t") * Term.delta("t", "u")).close([("t", "a")]) == Term.delta("s", "u")


def test_under_a_delta_two_indices_are_one():
    assert Term.delta("s", "t") * Term.tensor("x", ["s"]) == Term.delta("s", "t") * Term.tensor("x", ["t"])
    chain = Term.delta("u", "t") * Term.delta("t", "s")
    assert chain == Term.delta("s", "t") * Term.delta("s", "u")


def test_the_sum_over_an_index_that_is_absent_is_the_size():
    assert Term.number(5).close([("s", "a")]) == Term.size("a").scale(5)
    assert not (Term.number(1).close([("s", "a")]) * Term.size("a", -1) - Term.number(1))


def test_deltas_have_no_inverse_and_no_root():
    for exponent in (-1, Fraction(1, 2)):
        with pytest.raises(ValueError, match="power"):
            Term.delta("s", "t") ** exponent


# ---------------------------------------------------------------- capture


@pytest.mark.parametrize("name", ["#0", "#1", "#", "", "$", "$x", "$-1", "$1.0", "$99999999999"])
def test_an_index_that_looks_internal_is_refused(name):
    for attempt in (
        lambda: Term.tensor("x", [name]),
        lambda: Term.delta("s", name),
        lambda: Term.product([("x", (name,), 1)]),
        lambda: Term.tensor("x", ["s"]).rename({"s": name}),
        lambda: Term.tensor("x", ["s"]).close([("s", "a")]).rename({name: "t"}),
        lambda: Term.tensor("x", ["s"]).close([("s", "a")]).close([(name, "a")]),
    ):
        with pytest.raises(ValueError, match="not an index"):
            attempt()


def test_an_index_named_like_a_future_fresh_one_is_refused():
    """Σ_t K[t, $n] x[t] with the next $n that will be handed out: opening the sum must not catch it."""
    latest = int(fresh()[1:])
    for ahead in range(1, 40):
        with pytest.raises(ValueError, match="not an index"):
            Term.tensor("K", ["t", f"${latest + ahead}"])


def test_bound_indices_are_opened_under_names_of_their_own():
    given = fresh()
    row = (Term.tensor("K", ["t", given]) * Term.tensor("x", ["t"])).close([("t", "a")])
    opened = row.differentiate(lambda name, at: Term.tensor("y", at) if name == "x" else None)
    assert opened == (Term.tensor("K", ["u", given]) * Term.tensor("y", ["u"])).close([("u", "a")])


def test_fresh_indices_differ_between_threads():
    names: list[str] = []

    def mint():
        names.extend([fresh() for _ in range(2000)])

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=mint) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert len(set(names)) == len(names) == 8000


# ---------------------------------------------------------------- powers


def test_only_products_of_free_atoms_have_negative_or_fractional_powers():
    x, y = Term.tensor("x", ["s"]), Term.tensor("y", ["s"])
    assert (x * y) ** -1 == Term.tensor("x", ["s"], -1) * Term.tensor("y", ["s"], -1)
    assert (x.scale(2)) ** -2 == Term.tensor("x", ["s"], -2).scale(Fraction(1, 4))
    for bad, exponent in [
        (x + y, -1),
        (Term.number(0), -1),
        (x.close([("s", "a")]), -1),
        (x.close([("s", "a")]), Fraction(1, 2)),
        (x.scale(4), Fraction(1, 2)),
        (x, 65),
    ]:
        with pytest.raises(ValueError):
            bad**exponent


def test_half_powers_add_up():
    root = Term.tensor("p", ["s"], Fraction(1, 2))
    assert root * root == Term.tensor("p", ["s"])
    assert root * Term.tensor("p", ["s"], Fraction(-1, 2)) == Term.number(1)
    assert "p" in POSITIVE


def test_small_trees_by_hand():
    """Σ_s Σ_t δ_st (x_s + y_t)² = Σ_s x² + 2 Σ xy + Σ y²."""
    inner = Plus(Entry("x", ("s",)), Entry("y", ("t",)))
    tree = Total("s", "a", Total("t", "a", Times(Kronecker("s", "t"), Times(inner, inner))))
    x, y = Term.tensor("x", ["s"]), Term.tensor("y", ["s"])
    assert build(tree) == (x * x + (x * y).scale(2) + y * y).close([("s", "a")])
    assert len(build(tree).monomials) == 3
