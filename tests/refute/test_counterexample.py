"""Correct claims are never refuted, wrong ones are, and a counterexample replays to the same values."""

import json
from dataclasses import replace
from fractions import Fraction
from time import monotonic

import pytest

from bnsym.kernel.term import Term
from bnsym.language.expression import Index, Number, Power, Size, Symbol, Tensor
from bnsym.language.graph import CostGraph
from bnsym.language.statement import Reading
from bnsym.refute import Counterexample, find_counterexample, replay
from tests.refute.networks import (
    BETA,
    EPSILON,
    GAMMA,
    GENERIC,
    SAMPLE,
    VARIANCE,
    XHAT,
    C,
    Claim,
    U,
    Y,
    at,
    axis,
    batch_norm,
    closed_forms,
    document,
    key,
    minus,
    scale_of,
    size,
    unit,
)

NAMES = ["jacobian", "weight", "recursion", "beta", "gamma", "boundary"]
# Edits of the closed forms, and those that they concern.
SLOPES = ("jacobian", "weight", "recursion")
MUTANTS = [
    *(("sign", name) for name in SLOPES),
    *(("no gamma", name) for name in SLOPES),
    *(("mean for sum", name) for name in ("weight", "beta", "gamma")),
    ("sum for mean", "weight"),
    ("lost projection", "recursion"),
    ("doubled mean", "weight"),
    ("half", "jacobian"),
    ("power", "weight"),
    ("no root", "recursion"),
    ("gamma squared", "weight"),
]


def search(graph: CostGraph, claim: Claim, seed: int = 0, seconds: float = 0.4) -> Counterexample | None:
    return find_counterexample(graph, claim.free, claim.left, claim.right, seed=seed, seconds=seconds)


def refuted(graph: CostGraph, claim: Claim, seed: int = 0) -> Counterexample:
    """The counterexample to a claim, after it was replayed from its JSON."""
    found = search(graph, claim, seed)
    assert found is not None
    data = json.loads(json.dumps(found.to_json()))
    assert replay(graph, claim.left, claim.right, data) == (found.left, found.right)
    assert found.left != found.right
    return found


def layers(name: str) -> int:
    """The window that a claim needs."""
    return 2 if name == "recursion" else 1


@pytest.mark.parametrize("epsilon", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_correct_closed_forms_are_not_refuted(name, epsilon):
    graph = batch_norm(layers(name), epsilon=epsilon)
    for seed in range(2):
        assert search(graph, closed_forms(graph)[name], seed) is None


@pytest.mark.parametrize(("mutation", "name"), MUTANTS)
def test_mutants_are_refuted(mutation, name):
    graph = batch_norm(layers(name), epsilon=mutation != "sign")
    refuted(graph, closed_forms(graph, mutation)[name])


@pytest.mark.parametrize("forward", [{"unbiased": True}, {"outside": True}], ids=["unbiased", "outside"])
def test_the_closed_form_does_not_carry_over_to_another_forward(forward):
    """With 1/(N-1) the third term lacks (N-1)/N; with 1/(σ + ε) it lacks (σ + ε)/σ. What is mended holds."""
    graph = batch_norm(1, **forward)
    claim = closed_forms(graph, outside="outside" in forward)["weight"]
    refuted(graph, claim)


def test_unbiased_variance_needs_another_factor():
    """The third term times N/(N-1) is right with 1/(N-1), and only then."""
    for unbiased in (True, False):
        graph = batch_norm(1, unbiased=unbiased)
        fewer = graph.term(Power(minus(Size(SAMPLE), Number(Fraction(1))), Fraction(-1)), {})
        claim = closed_forms(graph)["weight"]
        without = closed_forms(graph, "lost projection")["weight"]
        factor = size() * fewer
        mended = Claim(claim.free, claim.left, without.right + (claim.right - without.right) * factor)
        if unbiased:
            assert search(graph, mended) is None
        else:
            refuted(graph, mended)


def test_epsilon_dropped_from_the_prefactor_alone_is_found():
    """γ/√σ² in place of γ/√(σ² + ε): true at ε = 0, so ε > 0 has to be tried."""
    graph = batch_norm(1)
    claim = closed_forms(graph)["weight"]
    free = {Index("j", unit(GENERIC)): "j"}
    with_epsilon, without = (graph.term(scale_of(0, epsilon=e), free) for e in (True, False))
    found = refuted(graph, Claim(claim.free, claim.left, claim.right * with_epsilon * without**-1))
    assert found.tensors[EPSILON.key(None)] != "0"


def test_what_holds_for_positive_epsilon_alone_is_found():
    """Σ_s x̂² = N does not hold, except at ε = 0; that it never does is refuted by ε = 0."""
    graph = batch_norm(1)
    xhat = Term.tensor(key(XHAT), ("s", "j"), 2).close([("s", "sample")])
    free = (("j", axis()),)
    assert refuted(graph, Claim(free, xhat, size())).tensors[EPSILON.key(None)] != "0"
    epsilon = Term.tensor(EPSILON.key(None))
    # ε (Σ x̂² - N) = 0 with a multiple of ε: false for ε > 0; ε := 0 makes both sides equal
    assert search(graph, Claim(free, xhat * epsilon, size() * epsilon)) is not None


# ---------------------------------------------------------------- what instances are like


@pytest.mark.parametrize("seed", range(4))
def test_instances_are_generic(seed):
    graph = batch_norm(2)
    found = refuted(graph, closed_forms(graph, "no gamma")["recursion"], seed)
    assert found.sizes["sample"] >= 3
    assert all(n >= 2 for n in found.sizes.values())
    assert found.sizes[axis(0)] != found.sizes[axis(1)]
    for symbol in (GAMMA, BETA):
        assert len(set(found.tensors[key(symbol)])) > 1
    upstream = found.partials[C][key(U, 1)]
    assert len({value for row in upstream for value in row}) > 1
    assert Fraction(found.tensors[EPSILON.key(None)]) >= 0
    assert found.left != "0"


def test_small_claims_have_exact_counterexamples():
    for options in ({"epsilon": True}, {"epsilon": False}):
        graph = batch_norm(1, **options)
        claim = closed_forms(graph, "sign")["weight"]
        found = search(graph, claim, seconds=5.0)
        assert found is not None and found.exact
        assert Fraction(found.left) != Fraction(found.right)


def test_enclosures_do_not_meet():
    """√N is irrational at N = 3: the sides of √N = N are told apart by intervals."""
    graph = batch_norm(1)
    found = refuted(graph, Claim((), Term.tensor(f"|{axis(-1)}|", (), Fraction(1, 2)), Term.size(axis(-1))))
    assert not found.exact
    low, high = (Fraction(end) for end in found.left.strip("[]").split(", "))
    assert low < high < Fraction(found.right)
    assert low**2 < found.sizes[axis(-1)] < high**2


def test_the_same_seed_gives_the_same_counterexample():
    claim = closed_forms(batch_norm(1), "sign")["weight"]
    first, second, other = (search(batch_norm(1), claim, seed, seconds=5.0) for seed in (5, 5, 6))
    assert first == second != other


def test_the_search_is_bounded():
    graph = batch_norm(2)
    start = monotonic()
    assert search(graph, closed_forms(graph)["weight"], seconds=0.5) is None
    assert monotonic() - start < 3


def test_a_tampered_counterexample_does_not_replay():
    graph = batch_norm(1)
    claim = closed_forms(graph, "sign")["weight"]
    found = refuted(graph, claim).to_json()
    for part, name in [("tensors", key(GAMMA)), ("partials", C)]:
        other = json.loads(json.dumps(found))
        values = other[part][name] if part == "tensors" else other[part][name][key(U)][0]
        values[0] = str(Fraction(values[0]) + 1)
        try:
            assert (
                replay(graph, claim.left, claim.right, other) != (found["left"], found["right"]) or part == "partials"
            )
        except ArithmeticError:
            continue
    with pytest.raises(KeyError):
        replay(graph, claim.left, claim.right, {**found, "tensors": {}})
    with pytest.raises(ArithmeticError):
        replay(graph, claim.left, claim.right, {**found, "functions": {}})


# ---------------------------------------------------------------- hypotheses and signs


def with_hypothesis(left, right) -> CostGraph:
    return CostGraph.build(replace(document(), hypotheses=(Reading(left, right, ""),)), {"l": (0, 0)})


def test_a_hypothesis_of_the_document_holds_at_the_instance():
    """γ_j = 2 is assumed: ∂C/∂β = ½ Σ γ Δ then holds, and γ = 3 is refuted."""
    j = Index("j", unit(GENERIC))
    graph = with_hypothesis(at(GAMMA, j), Number(Fraction(2)))
    beta = closed_forms(graph)["beta"]
    gamma = Term.tensor(key(GAMMA), ("j",))
    assert search(graph, Claim(beta.free, beta.left, beta.right * gamma.scale(Fraction(1, 2)))) is None
    found = refuted(graph, Claim(beta.free, gamma, Term.number(3)))
    assert (found.left, found.right) == ("2", "3")


def test_a_hypothesis_that_no_instance_satisfies_refutes_nothing():
    j = Index("j", unit(GENERIC))
    graph = with_hypothesis(at(VARIANCE, j), Number(Fraction(12345, 67)))
    assert search(graph, Claim((), Term.number(1), Term.number(2))) is None


def test_signs_are_respected():
    """p > 0 is declared: p = √(p²) holds of what is drawn; of an undeclared tensor it is refuted."""
    p = Symbol("p", sign="positive")
    for symbol in (p, replace(p, sign=None)):
        graph = batch_norm(1)
        square = Power(Power(Tensor(symbol, None, ()), Fraction(2)), Fraction(1, 2))
        claim = Claim((), graph.term(Tensor(symbol, None, ()), {}), graph.term(square, {}))
        assert (search(graph, claim) is None) == (symbol is p)


def test_known_functions_are_enclosed():
    """tanh' = 1 - tanh² holds of what is drawn, tanh' = 1 - tanh does not."""
    graph = batch_norm(1, activation="tanh")
    free = (("s", "sample"), ("j", axis()))
    value, slope = (Term.tensor(f"tanh{prime}({key(Y)})", ("s", "j")) for prime in ("", "'"))
    assert search(graph, Claim(free, slope, Term.number(1) - value * value)) is None
    assert not refuted(graph, Claim(free, slope, Term.number(1) - value)).exact
