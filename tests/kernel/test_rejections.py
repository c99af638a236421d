"""What a rejection says: each reason in full, and what a theorem needs from every step that made it."""

from __future__ import annotations

import random
import re
from fractions import Fraction
from itertools import permutations

import pytest

from bnsym.kernel.check import check
from bnsym.kernel.data import MAX_DIGITS, Rejected, decode, encode
from bnsym.kernel.rules import Theorem, Theory, Use
from bnsym.kernel.term import MAX_POWER, BudgetExceeded, Term, fresh
from bnsym.testing.graphs import definition, function, graph, leaf, opaque, root
from tests.kernel.certificates import by_hand, text

T = Term.tensor
AT = ["i"]
A = (("i", "a"),)
ONE = Term.number(1)


def says(message: str):
    return pytest.raises((Rejected, ValueError), match=f"^{re.escape(message)}$")


# ---------------------------------------------------------------- graphs


TENSORS = [leaf("x", "a"), leaf("p", "a", sign="positive"), opaque("C"), function("g(x)", "g", "x")]


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (leaf("x", "a"), "x is declared twice"),
        (leaf("|a|"), "'|a|' is not a name"),
        (leaf("y", "c"), "y has an unknown sign or an axis that is not declared"),
        (leaf("y", "a", sign="odd"), "y has an unknown sign or an axis that is not declared"),
        (function("h", "g", "y"), "y is not declared"),
        (function("h", "g", "g(x)"), "the function h is malformed"),
        (function("h", "g", "x", -1), "the function h is malformed"),
        (function("h", "g", "x"), "h is declared twice, or the logarithm of what is not known to be positive"),
        (function("h", "log", "x"), "h is declared twice, or the logarithm of what is not known to be positive"),
        (root("r", {"i": "a"}, T("p", AT), 0), "r: 'root' with exponent 0 is not a kind of tensor"),
        (root("r", {"i": "a"}, T("p", AT), 65), "r: 'root' with exponent 65 is not a kind of tensor"),
        ({**leaf("y"), "kind": "axiom"}, "y: 'axiom' with exponent 1 is not a kind of tensor"),
        (definition("y", {"i": "a"}, T("∂C/∂x", AT)), "y is defined by a derivative"),
        (definition("y", {}, T("x", AT)), "x['i'] ranges over [None], its axes are ['a']"),
        (definition("y", {"i": "a"}, T("x", AT, -1)), "x may not be raised to -1: its sign is not known"),
    ],
)
def test_why_a_tensor_is_refused(tensor, message):
    with says(message):
        Theory(graph(*TENSORS, tensor))


@pytest.mark.parametrize("exponent", [1, MAX_POWER])
def test_the_largest_exponents_are_admitted(exponent):
    theory = Theory(graph(*TENSORS, root("r", {"i": "a"}, T("p", AT), exponent)))
    assert theory.schema(("root", "r")).left == T("r", AT, exponent)


# ---------------------------------------------------------------- schemas


def theory() -> Theory:
    """m = x, u = g(m) of which the derivative is not declared, and two assumptions."""
    tensors = [
        *TENSORS,
        leaf("n", "a", sign="nonzero"),
        leaf("q", "a", sign="positive"),
        definition("m", {"i": "a"}, T("x", AT)),
        function("g(m)", "g", "m"),
        definition("u", {"i": "a"}, T("g(m)", AT)),
        root("r", {"i": "a"}, T("p", AT, 2)),
    ]
    assumed = [{"free": [["i", "a"]], "left": encode(T(name, AT)), "right": encode(T("x", AT))} for name in ("p", "n")]
    return Theory(graph(*tensors, axes=("a",), opened=("u",), hypotheses=assumed))


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (("definition", "x"), "there is no schema definition x"),
        (("theorem", "0"), "there is no schema theorem 0"),
        (("hypothesis", "2"), "there is no schema hypothesis 2"),
        (("chain", "C", "y"), "y is not declared"),
        (("chain", "C", "u"), "the chain rule is refused at u: not all of its consumers are in view"),
        (("chain", "C", "g(x)"), "a function is differentiated through its argument"),
        (("chain", "g(x)", "x"), "a function is differentiated through its argument"),
        (("chain", "C", "m"), "the derivative of g(m) is not declared"),
        (("law", "x"), "there is no schema law x"),
    ],
)
def test_why_a_schema_is_refused(reference, message):
    with says(message):
        theory().schema(reference)


@pytest.mark.parametrize(
    ("term", "message"),
    [
        (T("y", AT), "y is not declared"),
        (T("∂C/∂y", AT), "y is not declared"),
        (T("x", []), "x[] ranges over [], its axes are ['a']"),
        (T("n", AT, Fraction(1, 2)), "n may not be raised to 1/2: its sign is not known"),
        (Term.delta("i", "k"), "δ['i', 'k'] does not join two indices of one axis"),
        (Term.number(1).close([("k", "b")]), "|b| is not declared"),
        (T("x", ["v"]).close([("v", "b")]), "a sum over an unknown axis, or a power of a sum that is not natural"),
    ],
)
def test_why_a_term_is_refused(term, message):
    with says(message):
        theory().linear(A, term, term, [])


UNFIT = "indices that are free or bound at once are not distinct, or range over an unknown axis"


@pytest.mark.parametrize(
    ("free", "message"),
    [
        ((("i", "a"), ("i", "a")), UNFIT),
        ((("i", "b"),), UNFIT),
        ((("#0", "a"),), "'#0' is not an index"),
    ],
)  # fmt: skip
def test_why_free_indices_are_refused(free, message):
    with says(message):
        theory().linear(free, ONE, ONE, [])


# ---------------------------------------------------------------- inference


def test_why_a_step_is_refused():
    use = Use(("definition", "m"), (), ONE)
    with says("definition m is put at indices of other axes: ()"):
        theory().linear(A, T("m", AT), T("x", AT), [[use]])
    with says("the last step does not reach the right-hand side"):
        theory().linear(A, T("m", AT), T("x", AT), [])
    with says("theorems are made by the rules of a theory"):
        Theorem(None, A, ONE, ONE, frozenset())


def test_every_use_adds_its_hypotheses():
    """x + x = p + n by both assumptions, each once, in one step or in two, of any order."""
    uses = [Use(("hypothesis", number), ("i",), Term.number(-1)) for number in "01"]
    start, end = T("x", AT).scale(2), T("p", AT) + T("n", AT)
    both = {("assumption", "0"), ("assumption", "1")}
    for order in permutations(uses):
        for steps in ([list(order)], [[use] for use in order]):
            theorem, _ = theory().linear(A, start, end, steps)
            assert theorem.hypotheses == both


def test_terms_multipliers_and_uses_add_their_hypotheses():
    """x/p = n/p by the second assumption; the multiplier is 1/p. And q/q is not even written."""
    use = Use(("hypothesis", "1"), ("i",), T("p", AT, -1).scale(-1))
    theorem, _ = theory().linear(A, T("x", AT) * T("p", AT, -1), T("n", AT) * T("p", AT, -1), [[use]])
    assert theorem.hypotheses == {("assumption", "1"), ("positive", "p")}
    root_of_q = T("q", AT, Fraction(1, 2))
    theorem, _ = theory().linear(
        A, T("x", AT) * root_of_q, T("n", AT) * root_of_q, [[Use(use.reference, ("i",), root_of_q.scale(-1))]]
    )
    assert theorem.hypotheses == {("assumption", "1"), ("positive", "q")}


def test_root_unique_hands_on_what_its_theorem_needs():
    known = theory()
    r, p, x = T("r", AT), T("p", AT), T("x", AT)
    steps = [
        [Use(("root", "r"), ("i",), ONE)],
        [Use(("hypothesis", "0"), ("i",), p)],
        [Use(("hypothesis", "0"), ("i",), p.scale(-1))],
    ]
    theorem, after = known.linear(A, r**2, p**2, steps)
    assert after[1] == p * x and theorem.hypotheses == {("positive", "p"), ("assumption", "0")}
    needed = {("positive", "p"), ("assumption", "0")}
    assert known.root_unique(A, r, p, 0, 2).hypotheses == needed
    assert known.root_unique(A, r, p, 1, 1).hypotheses == needed  # r¹ = p¹ says it already
    for left, right, exponent in [
        (r, x, 2),
        (r, p, 3),
        (r.scale(-1), p.scale(-1), 2),
        (Term.number(0), Term.number(0), 1),
    ]:
        with says("theorem 0 does not equate powers of sides that are positive by their form"):
            known.root_unique(A, left, right, 0, exponent)


# ---------------------------------------------------------------- certificates


CERTIFICATE = by_hand()


def changed(change) -> str:
    data = by_hand()
    change(data)
    return text(data)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(version=2), "not a certificate of version 1"),
        (lambda c: c["theorems"][0].update(rule="magic"), "there is no rule 'magic'"),
        (lambda c: c.update(hypotheses=[]), "the hypotheses are not those that the proof needs"),
        (lambda c: c.update(theorems=c["theorems"][:1]), "the last theorem is not the claim"),
        (
            lambda c: c["theorems"][3]["steps"][0].update(after=[]),
            "step 1 does not yield the term that is recorded after it",
        ),
        (
            lambda c: c["theorems"][4]["steps"][2].update(after=[]),
            "step 3 does not yield the term that is recorded after it",
        ),
        (lambda c: c.update(theorems=[]), "malformed: IndexError('list index out of range')"),
        (lambda c: c["graph"].pop("axes"), "malformed: KeyError('axes')"),
    ],
)
def test_why_a_certificate_is_rejected(change, message):
    with says(message):
        check(changed(change))


def test_why_a_digest_is_rejected():
    with says("the content does not match its digest"):
        check(text({**CERTIFICATE, "digest": "0" * 64}, seal=False))


def test_a_digest_is_of_the_text_as_it_is_written():
    """The digest of a certificate with letters beyond ASCII is known: other checkers must agree on it."""
    assert CERTIFICATE["statement"]["latex"] == "…"
    assert CERTIFICATE["digest"] == DIGEST


DIGEST = "3f147f5d0f21ad8135a4484f83ecbd5e3bb0dff033acfb6f02c45d64bdbbf9d1"


# ---------------------------------------------------------------- terms as data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([["2/4", []]], "'2/4' is not a number in lowest terms"),
        ([[1, []]], "1 is not a number in lowest terms"),
        ([["1" * (MAX_DIGITS + 1), []]], f"'{'1' * (MAX_DIGITS + 1)}' is not a number in lowest terms"),
        ([["1", [[[], [["x", ["s"], "1"]], "65"]]]], "'65' is not an exponent"),
        ([["1", [[[], [["x", ["s"], "1"]], "-65"]]]], "'-65' is not an exponent"),
        ([["1", [[[], [["x", ["s"], "1"]], "0"]]]], "'0' is not an exponent"),
        ([["0", []]], "a term is not in canonical form"),
        ([["1", [[[], [["x", ["#0"], "1"]], "1"]]]], "'#0' is not a name"),
    ],
)
def test_why_data_is_no_term(data, message):
    with says(message):
        decode(data)


@pytest.mark.parametrize("power", [1, -1, MAX_POWER, -MAX_POWER, Fraction(1, 2)])
def test_the_largest_powers_are_terms(power):
    term = T("x", ["s"], power)
    assert decode(encode(term)) == term


def test_the_longest_numbers_are_terms():
    term = Term.number(10 ** (MAX_DIGITS - 1))
    assert decode(encode(term)) == term


# ---------------------------------------------------------------- labelling


def relabelled(edges: list[tuple[int, int]], vertices: int, order: list[int]) -> Term:
    names = [fresh() for _ in range(vertices)]
    term = Term.product([("K", (names[v], names[w]), 1) for v, w in edges])
    return term.close([(names[v], "a") for v in order])


FRUCHT = [
    (0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 0), (0, 7), (1, 7), (2, 8), (3, 9), (4, 9), (5, 10), (6, 10),
    (7, 11), (8, 11), (8, 9), (10, 11),
]  # fmt: skip


def test_a_graph_without_symmetry_in_which_all_vertices_look_alike():
    """Frucht's graph, cubic and asymmetric: whoever takes two of its vertices for twins labels it in two ways."""
    edges = [edge for v, w in FRUCHT for edge in ((v, w), (w, v))]
    usual = relabelled(edges, 12, list(range(12)))
    for seed in range(4):
        assert usual == relabelled(edges, 12, random.Random(seed).sample(range(12), 12))


def test_free_indices_tell_bound_ones_apart():
    """Σ_tu K_tu K_ut K_ti K_uj is one term, whichever of t and u is bound first."""
    terms = []
    for order in ([0, 1], [1, 0]):
        bound = [fresh(), fresh()]
        factors = [("K", pair, 1) for pair in (tuple(bound), tuple(bound[::-1]), (bound[0], "i"), (bound[1], "j"))]
        terms.append(Term.product(factors).close([(bound[v], "a") for v in order]))
    assert terms[0] == terms[1]


def test_what_is_too_large_says_how_large():
    with says("47 bound indices, too symmetric"):
        relabelled([(v, v + 1) for v in range(59)], 60, list(range(60)))
    with pytest.raises(BudgetExceeded, match=r"^exponent 65 is beyond 64$"):
        T("x", ["s"]) ** 65
    with says("only a product of free atoms has such a power"):
        (T("x", ["s"]) + ONE) ** -1


# ---------------------------------------------------------------- derivatives


def test_every_consumer_adds_its_hypotheses_to_the_chain_rule():
    tensors = [opaque("C"), leaf("x")]
    for name in "gh":
        tensors += [function(f"{name}(x)", name, "x"), function(f"{name}'(x)", name, "x", 1)]
    tensors += [definition(f"u_{name}", {}, T(f"{name}(x)")) for name in "gh"]
    chain = Theory(graph(*tensors, opened=("u_g", "u_h"))).schema(("chain", "C", "x"))
    assert chain.hypotheses == {("differentiable", "g", "x"), ("differentiable", "h", "x")}


@pytest.mark.parametrize("name", ["v", "w", "x"])
def test_every_other_factor_stays(name):
    others = [other for other in "vwx" if other != name]
    product = Term.product([(each, ("s",), 1) for each in "vwx"]).close([("s", "a")])
    derivative = product.differentiate(lambda atom, at: Term.delta(at[0], "t") if atom == name else None)
    assert derivative == Term.product([(other, ("t",), 1) for other in others])
