"""Evaluation against hand computation, complex-step differentiation, SymPy, and the kernel's own chain rule."""

import random
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy

from bnsym.kernel.rules import Theory, derivative_name
from bnsym.kernel.term import Term
from bnsym.language.graph import CostGraph
from bnsym.language.node import Node
from bnsym.refute.evaluate import Functions, Instance, NotAnInstance
from bnsym.refute.instances import Sampler
from bnsym.refute.numbers import apart, bounds
from bnsym.refute.order import open_below, topological
from tests.refute.networks import (
    BETA,
    EPSILON,
    GAMMA,
    MU,
    VARIANCE,
    WEIGHT,
    XHAT,
    C,
    U,
    X,
    Y,
    axis,
    batch_norm,
    key,
)


def column(*values) -> dict:
    return {(s, 0): Fraction(v) for s, v in enumerate(values)}


def by_hand() -> Instance:
    """N = 4, one unit above one: x = u = (1, 3, 1, 3), ε = 0, so μ = 2, σ² = 1, x̂ = ∓1; γ = 3, β = 5."""
    functions = Functions(lambda: Fraction(0))
    for argument, value, slope in [(2, 10, 7), (8, 20, 1)]:
        functions.assign("g", 0, Fraction(argument), Fraction(value))
        functions.assign("g", 1, Fraction(argument), Fraction(slope))
    leaves = {
        key(U, -1): column(1, 3, 1, 3),
        key(WEIGHT): column(1),
        key(GAMMA): {(0,): Fraction(3)},
        key(BETA): {(0,): Fraction(5)},
        EPSILON.key(None): {(): Fraction(0)},
        C: {(): Fraction(0)},
    }
    sizes = {"sample": 4, axis(0): 1, axis(-1): 1}
    instance = Instance(batch_norm(1), sizes, leaves, {C: {key(U): column(1, 0, 2, 0)}}, functions)
    instance.run()
    return instance


def test_values_by_hand():
    values = by_hand().values
    assert values[key(MU)] == {(0,): 2}
    assert values[key(VARIANCE)] == {(0,): 1}
    assert values[key(XHAT)] == column(-1, 1, -1, 1)
    assert values[key(Y)] == column(2, 8, 2, 8)
    assert values[key(U)] == column(10, 20, 10, 20)


def test_derivatives_by_hand():
    """Δ = (7, 0, 14, 0), ⟨Δ⟩ = 21/4, ⟨Δ x̂⟩ = -21/4, so ∂C/∂x = 3 (-7/2, 0, 7/2, 0)."""
    instance = by_hand()
    adjoint = instance.adjoint(C, ())
    assert adjoint[key(Y)] == {(0, 0): 7, (2, 0): 14}  # what is left out is zero
    assert adjoint[key(BETA)] == {(0,): 21}
    assert adjoint[key(GAMMA)] == {(0,): -21}
    assert adjoint[key(X)] == column(Fraction(-21, 2), 0, Fraction(21, 2), 0)
    assert adjoint[key(WEIGHT)] == {(0, 0): 0}  # fan-in 1 and ε = 0
    # of an intermediate: everything downstream follows, or only the body of x̂
    total = Term.tensor(derivative_name(key(XHAT), key(X)), ("s", "j", "t", "j"))
    direct = Term.tensor(derivative_name(key(XHAT), key(X), direct=True), ("s", "j", "t", "j"))
    at = {"s": 0, "t": 2, "j": 0}
    assert instance.evaluate(total, at) == Fraction(-1, 2)  # -1/N - x̂_s x̂_t/N
    assert instance.evaluate(direct, at) == 0
    assert instance.evaluate(direct, {**at, "t": 0}) == 1


def test_terms_by_hand():
    instance = by_hand()
    xhat = Term.tensor(key(XHAT), ("s", "j"))
    total = (xhat * Term.tensor(key(Y), ("s", "j"))).close([("s", "sample")])
    assert instance.evaluate(total, {"j": 0}) == 12
    assert instance.evaluate(total**2 * Term.size("sample", -1), {"j": 0}) == 36
    assert instance.evaluate(Term.size("sample", Fraction(1, 2)), {}) == 2
    assert instance.evaluate(Term.delta("s", "t"), {"s": 1, "t": 1}) == 1
    assert instance.evaluate(Term.delta("s", "t"), {"s": 1, "t": 2}) == 0


# ---------------------------------------------------------------- second oracles


def drawn(graph: CostGraph, seed: int, sizes: dict[str, int] | None = None) -> Instance:
    """Some instance of a graph."""
    for attempt in range(20):
        sampler = Sampler(graph, (), 100 * seed + attempt)
        try:
            return sampler.instance(sizes or sampler.sizes())
        except ArithmeticError:
            continue
    raise AssertionError("no instance was found")


@pytest.mark.parametrize("epsilon", [True, False])
def test_the_chain_rule_of_the_kernel_agrees(epsilon):
    """Both sides of every chain and direct schema have one value: two implementations that share nothing."""
    graph = batch_norm(1, epsilon=epsilon)
    theory, instance = Theory(graph.data()), drawn(graph, 1, {"sample": 3, axis(0): 2, axis(-1): 2})
    above = [C, key(Y), key(XHAT), key(X)]
    below = [key(s) for s in (Y, XHAT, X, WEIGHT, GAMMA, BETA, MU, VARIANCE)]
    references = [("chain", a, b) for a, b in product(above, below)]
    references += [("direct", a, b) for a, b in product([key(U), key(Y), key(XHAT), key(VARIANCE)], below)]
    for reference in references:
        equation = theory.schema(reference)
        for place in product(*(range(instance.sizes[a]) for _, a in equation.free)):
            at = dict(zip((i for i, _ in equation.free), place, strict=True))
            left, right = instance.evaluate(equation.left, at), instance.evaluate(equation.right, at)
            assert not apart(left, right), reference


def middle(value) -> float:
    low, high = bounds(value)
    return float((low + high) / 2)


def forward(arrays: dict, upstream: np.ndarray) -> np.ndarray:
    """The cost Σ upstream · u of two layers of batch normalization with tanh, in complex arithmetic."""
    u = arrays[key(U, -1)]
    for layer in (0, 1):
        x = u @ arrays[key(WEIGHT, layer)].T
        deviation = x - x.mean(0)
        sigma = np.sqrt((deviation * deviation).mean(0) + arrays[EPSILON.key(None)])
        u = np.tanh(arrays[key(GAMMA, layer)] * deviation / sigma + arrays[key(BETA, layer)])
    return (upstream * u).sum()


def test_derivatives_agree_with_complex_step():
    graph = batch_norm(2, activation="tanh")
    instance = drawn(graph, 3, {"sample": 4, axis(-1): 3, axis(0): 2, axis(1): 3})
    names = [key(U, -1), EPSILON.key(None)] + [key(s, k) for s in (WEIGHT, GAMMA, BETA) for k in (0, 1)]
    arrays = {}
    for name in [*names, key(U, 1)]:
        entries = instance.partials[C][name] if name == key(U, 1) else instance.leaves[name]
        shape = [instance.sizes[a.key] for a in graph.nodes[name].axes]
        arrays[name] = np.array([float(entries[p]) for p in sorted(entries)], dtype=complex).reshape(shape)
    # ε is consumed by layers out of view as well: the cost may depend on it directly.
    adjoint = instance.adjoint(C, ())
    for name in [n for n in names if n != EPSILON.key(None)]:
        for place in instance.places(name):
            moved = {**arrays, name: arrays[name].copy()}
            moved[name][place] += 1e-30j
            slope = forward(moved, arrays[key(U, 1)]).imag / 1e-30
            assert middle(adjoint[name].get(place, Fraction(0))) == pytest.approx(slope, rel=1e-9, abs=1e-9)


def test_derivatives_agree_with_sympy():
    """One layer with g = exp, at concrete sizes, differentiated by SymPy and evaluated to forty digits."""
    graph = batch_norm(1, activation="exp")
    instance = drawn(graph, 5, {"sample": 3, axis(-1): 2, axis(0): 1})
    w = sympy.symbols("w:2")
    exact = {
        n: {p: sympy.Rational(v.numerator, v.denominator) for p, v in e.items()} for n, e in instance.leaves.items()
    }
    u = exact[key(U, -1)]
    x = [sum(w[i] * u[s, i] for i in range(2)) for s in range(3)]
    mu = sum(x) / 3
    sigma = sympy.sqrt(sum((v - mu) ** 2 for v in x) / 3 + exact[EPSILON.key(None)][()])
    y = [exact[key(GAMMA)][0,] * (v - mu) / sigma + exact[key(BETA)][0,] for v in x]
    upstream = instance.partials[C][key(U)]
    cost = sum(sympy.exp(v) * sympy.Rational(str(upstream[s, 0])) for s, v in enumerate(y))
    here = {w[i]: exact[key(WEIGHT)][0, i] for i in range(2)}
    for i in range(2):
        low, high = bounds(instance.adjoint(C, ())[key(WEIGHT)][0, i])
        slope = cost.diff(w[i]).subs(here).evalf(45)
        assert abs(float(low) - float(slope)) <= 1e-12 * abs(float(slope))
        assert low - Fraction(1, 10**35) <= Fraction(str(slope)) <= high + Fraction(1, 10**35)


# ---------------------------------------------------------------- opaque functions and costs


def test_equal_arguments_have_equal_values():
    choose = random.Random(0)
    g = Functions(lambda: Fraction(choose.randint(-100, 100)))
    assert g("g", 0, Fraction(2, 4)) == g("g", 0, Fraction(1, 2))
    assert len({g("g", order, Fraction(n)) for order in (0, 1) for n in range(10)}) > 10
    g.assign("g", 0, Fraction(77), Fraction(5))
    with pytest.raises(NotAnInstance, match="two values"):
        g.assign("g", 0, Fraction(77), Fraction(6))


def test_a_tensor_that_adds_to_an_opaque_cost_depends_on_what_the_cost_may_see():
    """J = C + β: ∂J/∂β is the sum of what C says and 1."""
    graph = batch_norm(1)
    regularised = Term.tensor(C) + Term.tensor(key(BETA), ("k",)).close([("k", axis())])
    graph.nodes["J"] = Node("J", (), term=regularised)
    instance = drawn(graph, 2)
    assert topological(graph)[-1] == "J"
    for place in instance.places(key(BETA)):
        expected = instance.adjoint(C, ())[key(BETA)][place] + 1
        assert instance.adjoint("J", ())[key(BETA)][place] == expected
    assert "J" not in open_below(graph)[C]


def test_the_derivative_of_a_power_of_a_sum():
    """∂(Σ_k β_k²)³/∂β_j = 6 (Σ β²)² β_j."""
    graph = batch_norm(1)
    total = Term.tensor(key(BETA), ("k",), 2).close([("k", axis())])
    graph.nodes["J"] = Node("J", (), term=total**3)
    instance = drawn(graph, 4)
    for place in instance.places(key(BETA)):
        expected = 6 * instance.evaluate(total, {}) ** 2 * instance.leaves[key(BETA)][place]
        assert instance.adjoint("J", ())[key(BETA)][place] == expected


def test_a_declared_sign_must_hold():
    instance = by_hand()
    instance.leaves[key(U, -1)] = column(1, 1, 1, 1)
    with pytest.raises(NotAnInstance, match="positive"):
        instance.run()
