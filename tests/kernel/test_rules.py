"""LIN and root-unique: what they conclude, and each condition that they insist on."""

from fractions import Fraction

import pytest

from bnsym.kernel.data import Rejected, encode
from bnsym.kernel.rules import Theory, Use
from bnsym.kernel.term import Term
from bnsym.testing.graphs import definition, graph, leaf, mean, root

T = Term.tensor


# ---------------------------------------------------------------- LIN


def toy() -> Theory:
    """x[a], K[a,a], m = (1/a) Σ x, e = x - m."""
    tensors = [
        leaf("x", "a"),
        leaf("K", "a", "a"),
        leaf("z", "b"),
        leaf("p", sign="positive"),
        leaf("n", sign="nonzero"),
        definition("m", {}, mean(T("x", ["s"]), "s", "a")),
        definition("e", {"i": "a"}, T("x", ["i"]) - T("m")),
        definition("r", {"i": "a"}, T("K", ["i", "t"]).close([("t", "a")])),
    ]
    return Theory(graph(*tensors))


A = (("i", "a"),)


def test_a_derivation_in_two_steps():
    """Σ_i e_i = Σ x - |a| m = 0."""
    theory = toy()
    total = T("e", ["i"]).close([("i", "a")])
    unfold = [Use(("definition", "e"), ("v",), Term.number(1), (("v", "a"),))]
    mean_of_x = [Use(("definition", "m"), (), Term.size("a").scale(-1))]
    theorem, after = theory.linear((), total, Term.number(0), [unfold, mean_of_x])
    assert after[0] == T("x", ["s"]).close([("s", "a")]) - Term.size("a") * T("m")
    assert not after[1]
    assert theorem.hypotheses == frozenset()
    # and the theorem is a schema: K_ij Σ e = 0
    theory.linear(A, total * T("x", ["i"]), Term.number(0), [[Use(("theorem", "0"), (), T("x", ["i"]))]])


def test_the_end_must_be_reached():
    unfold = [Use(("definition", "e"), ("i",), Term.number(1))]
    with pytest.raises(Rejected, match="does not reach"):
        toy().linear(A, T("e", ["i"]), T("x", ["i"]) + T("m"), [unfold])


@pytest.mark.parametrize(
    "use",
    [
        Use(("definition", "e"), ("i",), Term.number(1), (("i", "a"),)),  # the binder is free in the term
        Use(("definition", "e"), ("v",), Term.number(1), (("v", "a"), ("v", "a"))),  # bound twice
        Use(("definition", "e"), ("v",), Term.number(1), (("v", "nowhere"),)),
        Use(("definition", "e"), ("v",), Term.number(1)),  # v is neither free nor bound
        Use(("definition", "e"), ("v",), Term.number(1), (("v", "b"),)),  # over another axis
        Use(("definition", "e"), (), Term.number(1)),
        Use(("definition", "e"), ("i", "i"), Term.number(1)),
        Use(("definition", "m"), (), T("x", ["w"])),  # the multiplier is out of scope
        Use(("definition", "m"), (), T("z", ["i"])),
        Use(("definition", "m"), (), T("y", ["i"])),
        Use(("definition", "m"), (), T("x", ["i"], -1)),
        Use(("definition", "m"), (), T("n", (), Fraction(1, 2))),
        Use(("definition", "m"), (), Term.size("nowhere")),
        Use(("definition", "m"), (), T("∂x")),
        Use(("definition", "m"), (), T("∂x/∂m/∂m", ["i"])),
    ],
)
def test_a_use_that_is_not_an_instance_is_refused(use):
    with pytest.raises(Rejected):
        toy().linear(A, T("x", ["i"]), T("x", ["i"]), [[use, Use(use.reference, use.at, use.multiplier.scale(-1))]])


@pytest.mark.parametrize(
    "free",
    [(("i", "a"), ("i", "a")), (("i", "a"), ("i", "b")), (("i", "nowhere"),), (("#0", "a"),), (("$999999", "a"),)],
)
def test_free_indices_are_distinct_and_from_outside(free):
    with pytest.raises((Rejected, ValueError)):
        toy().linear(free, Term.number(1), Term.number(1), [])


def test_row_sums_do_not_become_column_sums():
    """A theorem with a free index called #0 would be renamed inside its sums: Σ_j K_ij = r_i at j := s."""
    theory = toy()
    row = T("K", ["i", "t"]).close([("t", "a")])
    with pytest.raises((Rejected, ValueError)):
        theory.linear(
            (("i", "a"), ("#0", "a")), row, T("r", ["i"]), [[Use(("definition", "r"), ("i",), Term.number(-1))]]
        )
    for index in ("#0", "#1"):
        with pytest.raises((Rejected, ValueError)):
            use = Use(("definition", "r"), ("i",), row, ((index, "a"),))
            theory.linear((("i", "a"),), row, row, [[use]])


@pytest.mark.parametrize(
    "term",
    [
        T("x", ["i"], -1),
        T("x", ["i"], Fraction(1, 2)),
        T("n", (), Fraction(1, 2)),
        T("K", ["i"]),
        T("x", ["i", "i"]),
        T("z", ["i"]),
        T("x", ["j"]),
        T("nowhere", ["i"]),
        Term.delta("i", "k"),
        Term.size("nowhere"),
        T("∂e/∂x", ["i"]),
        T("∂e/∂nowhere", ["i", "i"]),
        T("ðe/∂x", ["i", "i"]),
        T("∂e", ["i"]),
        T("|a|", ["i"]),
        T("x", ["v"]).close([("v", "b")]),
        T("x", ["v"]).close([("v", "nowhere")]),
    ],
)
def test_what_is_ill_typed_is_refused(term):
    with pytest.raises((Rejected, ValueError)):
        toy().linear((("i", "a"), ("k", "b")), term, term, [])


def test_powers_need_a_sign_and_list_it():
    theory = toy()
    for term, needed in [
        (T("p", (), Fraction(-1, 2)), {("positive", "p")}),
        (T("n", (), -1), {("nonzero", "n")}),
        (Term.size("a", Fraction(1, 2)), set()),
        (T("x", ["i"], 2), set()),
    ]:
        theorem, _ = theory.linear(A, term, term, [])
        assert theorem.hypotheses == needed


def test_a_hypothesis_is_listed_wherever_it_is_used():
    assumed = {"free": [["i", "a"]], "left": encode(T("x", ["i"])), "right": encode(T("m"))}
    tensors = [leaf("x", "a"), leaf("m")]
    for number in ("0", "00"):
        theory = Theory(graph(*tensors, hypotheses=[assumed]))
        first, _ = theory.linear(A, T("x", ["i"]), T("m"), [[Use(("hypothesis", number), ("i",), Term.number(1))]])
        second, _ = theory.linear(A, T("m"), T("x", ["i"]), [[Use(("theorem", "0"), ("i",), Term.number(-1))]])
        assert first.hypotheses == second.hypotheses == {("assumption", "0")}


# ---------------------------------------------------------------- roots of squares


def squares(sign: str | None) -> Theory:
    """r² = γ², r > 0."""
    return Theory(graph(leaf("gamma", "a", sign=sign), root("r", {"i": "a"}, T("gamma", ["i"], 2))))


def test_the_root_of_a_square_is_not_the_number():
    gamma, r = T("gamma", ["i"]), T("r", ["i"])
    for sign in (None, "nonzero"):
        theory = squares(sign)
        theory.linear(A, r**2, gamma**2, [[Use(("root", "r"), ("i",), Term.number(1))]])
        with pytest.raises(Rejected, match="positive"):
            theory.root_unique(A, r, gamma, 0, 2)


def test_the_root_of_the_square_of_a_positive_number_is_the_number():
    gamma, r = T("gamma", ["i"]), T("r", ["i"])
    theory = squares("positive")
    theory.linear(A, r**2, gamma**2, [[Use(("root", "r"), ("i",), Term.number(1))]])
    theorem = theory.root_unique(A, r, gamma, 0, 2)
    assert theorem.hypotheses == {("positive", "gamma")}
    for left, right, number, exponent in [
        (r, gamma.scale(-1), 0, 2),
        (r, gamma, 0, 1),
        (r, gamma, 0, 0),
        (r, gamma, 0, -2),
        (r, gamma, 1, 2),
        (r, gamma, 7, 2),
        (r, gamma + gamma * gamma, 0, 2),
        (gamma, r, 0, 2),
    ]:
        with pytest.raises((Rejected, ValueError)):
            theory.root_unique(A, left, right, number, exponent)


def test_root_unique_refuses_differences_and_deltas():
    theory = squares("positive")
    gamma, r = T("gamma", ["i"]), T("r", ["i"])
    pair = (("i", "a"), ("j", "a"))
    for free, term, exponent in [(A, gamma - r, 2), (A, Term([]), 2), (pair, Term.delta("i", "j"), 1)]:
        theory.linear(free, term**exponent, term**exponent, [])
        with pytest.raises(Rejected, match="positive by their form"):
            theory.root_unique(free, term, term, len(theory.theorems) - 1, exponent)


def test_root_unique_takes_sums_of_positive_numbers():
    theory = squares("positive")
    total = (T("gamma", ["i"]) + T("r", ["i"])).close([("i", "a")])
    theory.linear((), total**2, total**2, [])
    assert theory.root_unique((), total, total, 0, 2).hypotheses == {("positive", "gamma")}
