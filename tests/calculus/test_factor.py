"""A term written out as an expression, factored or not, is the same term."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import bnsym
from bnsym.calculus.factor import Factoring
from bnsym.kernel import Term
from bnsym.kernel.rules import derivative_name
from bnsym.language.expression import Axis, Index, Power, Product, Sum, Symbol, Tensor, walk
from bnsym.language.graph import CostGraph
from tests.support.documents import DERIVATIONS
from tests.support.thorough import examples

derivation = bnsym.read(DERIVATIONS / "batch_norm_epsilon.md")
GRAPH = derivation.graph.graph
FACTORING = Factoring(GRAPH, derivation.letters)
COST = next(key for key, node in GRAPH.nodes.items() if node.opaque)
SIGNED = [key for key, node in GRAPH.nodes.items() if node.sign == "positive"]
ROOTS = [key for key, node in GRAPH.nodes.items() if node.root]
TENSORS = [key for key, node in GRAPH.nodes.items() if not node.opaque]
FREE = {f"f{k}": Index(f"f{k}", axis) for k, axis in enumerate(GRAPH.axes.values())}


def tensors_and_adjoints() -> dict[str, tuple]:
    """Atoms with their axes: the graph's tensors, and derivatives of the cost by some."""
    atoms = {key: GRAPH.nodes[key].axes for key in TENSORS}
    adjoints = {key: axes for key, axes in atoms.items() if GRAPH.nodes[key].symbol is not None}
    return atoms | {derivative_name(COST, key): axes for key, axes in adjoints.items()}


ATOMS = tensors_and_adjoints()


@st.composite
def monomials(draw: st.DrawFn) -> Term:
    """A product of atoms over free letters and at most two bound indices for each axis."""
    letters: dict[str, list[str]] = {axis.key: [name] for name, i in FREE.items() for axis in [i.axis]}
    bound: list[tuple[str, str]] = []
    for key in GRAPH.axes:
        for _ in range(draw(st.integers(0, 2))):
            bound.append((f"b{len(bound)}", key))
            letters[key].append(bound[-1][0])
    term = Term.number(draw(st.fractions(-3, 3, max_denominator=4).filter(bool)))
    for _ in range(draw(st.integers(0, 5))):
        name = draw(st.sampled_from(sorted(ATOMS)))
        at = [draw(st.sampled_from(letters[axis.key])) for axis in ATOMS[name]]
        power = draw(st.sampled_from([-2, -1, 1, 2]) if name in SIGNED else st.sampled_from([1, 1, 2, 3]))
        term = term * Term.tensor(name, at, power)
    for key in GRAPH.axes:
        term = term * Term.size(key, draw(st.sampled_from([-1, 0, 0, 1])))
    return term.close(bound)


terms = st.lists(monomials(), min_size=1, max_size=4).map(lambda parts: sum(parts[1:], parts[0]))


def is_written_as_it_is(term: Term) -> bool:
    """An even power of √(σ² + ε) comes back as a power of σ² + ε: equal, but not the same term."""
    return all(power % 2 for name, _, power in term.factors() if name in ROOTS)


def written_back(expression) -> Term:
    return GRAPH.copy().term(expression, {index: name for name, index in FREE.items()})


@examples(80)
@given(terms)
def test_it_is_the_same_term(term):
    assume(is_written_as_it_is(term))
    assert written_back(FACTORING.expression(term, FREE)) == term


@examples(60)
@given(monomials(), terms)
def test_it_is_the_same_term_when_there_is_something_to_pull_out(content, inner):
    term = content * inner
    assume(is_written_as_it_is(term))
    assert written_back(FACTORING.expression(term, FREE)) == term


def test_nothing_is_zero():
    assert written_back(FACTORING.expression(Term([]), FREE)) == Term([])


@pytest.mark.parametrize("key", [key for key, node in GRAPH.nodes.items() if node.symbol is not None and node.term])
def test_definitions_are_written_as_they_are(key):
    node = GRAPH.nodes[key]
    names = {i.name: i for i in node.indices}
    expression = FACTORING.expression(node.term, names)
    assert GRAPH.copy().term(expression, {i: name for name, i in names.items()}) == node.term


def test_no_letter_is_bound_where_it_is_free():
    """A root that was written with a sum over j, in a product where j is free."""
    axis = Axis("feature", None, ("n",))
    x, y = Symbol("x", axes=(axis,)), Symbol("y", axes=(axis,))
    j = Index("j", axis)
    norm = Power(Sum(j, Power(Tensor(x, None, (j,)), Fraction(2))), Fraction(1, 2))
    graph = CostGraph.build(derivation.document, {})
    term = graph.term(Product((norm, Tensor(y, None, (j,)))), {j: "j"})
    shown = Factoring(graph, {"feature": ["i", "j", "k"]}).expression(term, {"j": j})
    bound = [part.index for part in walk(shown) if isinstance(part, Sum)]
    assert len(bound) == 1 and bound[0] != j
    assert graph.term(shown, {j: "j"}) == term
