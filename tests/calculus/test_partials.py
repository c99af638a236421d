"""Derivatives of single definitions: SymPy's, the kernel's, and exact differences agree."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product

import pytest

import bnsym
from bnsym.calculus.symbolic import SymbolicGraph
from bnsym.kernel import Rejected, Term, Theory
from bnsym.refute.evaluate import Functions, Instance
from bnsym.refute.order import parents
from tests.support.documents import DERIVATIONS, read_text, shown, source, verdicts, without_claims

SIZES = {True: 3, False: 4}  # the latter a square: roots of it are rational
STEPS = {-2: Fraction(1, 12), -1: Fraction(-2, 3), 1: Fraction(2, 3), 2: Fraction(-1, 12)}  # exact up to degree four


def edges(symbolic):
    """Every definition or root with every tensor that its body mentions, functions of a tensor among them."""
    nodes = symbolic.graph.nodes
    for node in nodes.values():
        names = node.term.names() if node.term is not None else frozenset()
        owners = {nodes[n].function[2] if nodes[n].function else n for n in names & nodes.keys()}
        yield from ((node, by) for by in sorted(owners))


def test_sympy_and_the_kernel_agree(symbolic):
    theory = Theory(symbolic.graph.data())
    count = 0
    for node, by in edges(symbolic):
        equation = theory.schema(("direct", node.key, by))
        indices = [index for index, _ in equation.free]
        split = len(node.axes)
        assert symbolic.partial(node.key, indices[:split], by, indices[split:]) == equation.right, (node.key, by)
        count += 1
    assert count


def test_a_tensor_that_is_not_mentioned_has_no_part(symbolic):
    nodes = symbolic.graph.nodes
    for node in nodes.values():
        for by in nodes:
            if node.term is not None and by not in {b for n, b in edges(symbolic) if n.key == node.key}:
                below = [f"j{k}" for k in range(len(nodes[by].axes))]
                if not nodes[by].function:
                    assert not symbolic.partial(node.key, [f"i{k}" for k in range(len(node.axes))], by, below)


def test_exact_differences_agree(symbolic):
    """Of polynomials of low degree, at numbers that satisfy nothing: each definition is differentiated by itself."""
    graph, draw, count = symbolic.graph, random.Random(1), 0
    sizes = {key: SIZES[axis.data] for key, axis in graph.axes.items()}
    instance = Instance(graph, sizes, {}, {}, Functions(lambda: Fraction(0)))
    for name in graph.nodes:
        instance.values[name] = {p: Fraction(draw.randint(1, 9), draw.randint(1, 4)) for p in instance.places(name)}
    for node, by in edges(symbolic):
        functions = [graph.nodes[n].function for n in parents(node)]
        if node.root or any(function and function[2] == by for function in functions):
            continue
        if any(p < 0 or p.denominator != 1 or p > 4 for n, _, p in node.term.factors() if n == by):
            continue
        above = [f"i{k}" for k in range(len(node.axes))]
        below = [f"j{k}" for k in range(len(graph.nodes[by].axes))]
        partial = symbolic.partial(node.key, above, by, below)
        for at, where in product(list(instance.places(node.key))[:4], list(instance.places(by))[:4]):
            expected = Fraction(0)
            original = instance.values[by][where]
            for step, weight in STEPS.items():
                instance.values[by][where] = original + step
                expected += weight * instance.base(node, at)
            instance.values[by][where] = original
            found = instance.evaluate(partial, dict(zip([*above, *below], [*at, *where], strict=True)))
            assert found == expected, (node.key, by, at, where)
            count += 1
    assert count


# ------------------------------------------------------------ a wrong derivative is not believed

honest = SymbolicGraph.partial


def doubled(self, node, at, by, where):
    return honest(self, node, at, by, where).scale(2)


def negated(self, node, at, by, where):
    return honest(self, node, at, by, where).scale(-1)


def forgotten(self, node, at, by, where):
    return Term([])


def captured(self, node, at, by, where):
    """SymPy's own mistake: differentiation by a bound index."""
    right = honest(self, node, at, by, where)
    return right.rename({where[0]: at[0]}) if at and where else right.scale(2)


@pytest.mark.parametrize("corruption", [doubled, negated, forgotten, captured], ids=lambda f: f.__name__)
def test_a_corrupted_derivative_proves_nothing(corruption, monkeypatch, proofs_only):
    """Every claim that needs one is lost; what remains proved are those that need none."""
    monkeypatch.setattr(SymbolicGraph, "partial", corruption)
    text = source("batch_norm_epsilon")
    keep = [r"\frac{\partial y_s", r"\frac{\partial \mathcal{C}}{\partial \gamma"]
    start = text.index(r"\begin{aligned}", text.index("is never needed"))
    rows = [row for row in text[start:].split("\n") if any(row.startswith(k) for k in keep)]
    assert len(rows) == 2
    derivation = read_text(without_claims(text) + shown(row.replace("&", "").rstrip("\\ ") for row in rows))
    found = verdicts(derivation)
    assert list(found.values()) == ["undecided"] * 2, found
    with pytest.raises((Rejected, ValueError)):
        derivation.derive("W^{l-1,l}")


def test_a_corrupted_derivative_of_one_definition(monkeypatch, proofs_only):
    """The claims that do not pass through it are proved as ever."""

    def corrupted(self, node, at, by, where):
        right = honest(self, node, at, by, where)
        return right.scale(2) if node == r"\sigma_{B}^{2,l}" else right

    monkeypatch.setattr(SymbolicGraph, "partial", corrupted)
    found = verdicts(bnsym.read(DERIVATIONS / "batch_norm_epsilon.md"))
    assert {k for k, v in found.items() if v != "proved"} >= {"eq3.1", "eq3.2", "eq4.1"}
    assert found["eq3.4"] == found["eq3.5"] == "proved"
