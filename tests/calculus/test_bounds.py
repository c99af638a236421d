"""Where the search for a proof stops: bounds that say so, chain rules that are refused, and what is held or its own."""

from __future__ import annotations

import pytest

import bnsym
from bnsym.calculus import normalize
from bnsym.calculus.rewrite import MAX_TERMS, Chain, Oriented, Unreduced
from bnsym.kernel import Rejected, Term
from bnsym.kernel.rules import Equation
from tests.support.documents import DERIVATIONS, claims, read_text, shown

T = Term.tensor
HEADER = r"""+++
[axes]
unit = "n"
[indices]
unit = "i j k"
[symbols]
x = ["unit"]
u = ["unit"]
y = ["unit"]
c = []
[cost]
symbol = 'C'
of = 'y'
+++
$$u_i = x_i^2, \quad y_i = u_i x_i$$
"""


def rule(lead: str, right: Term) -> Oriented:
    """Replaces a scalar by something."""
    ((((component, power),), _),) = T(lead).monomials.items()
    return Oriented(("hypothesis", "0"), Equation((), T(lead), right), component, power, Term.number(1))


def test_too_many_terms_are_refused():
    many = sum((T(f"t{k}") for k in range(MAX_TERMS)), T("c"))
    with pytest.raises(Unreduced, match=f"more than {MAX_TERMS} terms"):
        Chain(many * T("x")).apply(rule("x", T("y") + T("z")))
    with pytest.raises(Unreduced, match="3 looked at"):
        Chain(T("x"), limit=3).apply(rule("x", T("a") + T("b") + T("c") + T("d")))


def test_replacing_that_feeds_itself_ends():
    with pytest.raises(Unreduced, match="replacing hypothesis 0 does not end"):
        Chain(T("x")).apply(rule("x", T("x").scale(2)))


def test_what_was_rewritten_is_kept_up_to_a_bound_and_found_again_without(monkeypatch):
    kept = [r.verdict for r in claims(bnsym.read(DERIVATIONS / "batch_norm_epsilon.md"))]
    monkeypatch.setattr(normalize, "MAX_KEPT", 1)
    assert [r.verdict for r in claims(bnsym.read(DERIVATIONS / "batch_norm_epsilon.md"))] == kept == ["proved"] * 8


def test_an_open_tensor_has_no_closed_form():
    derivation = read_text(HEADER)
    with pytest.raises(Rejected, match="the chain rule is refused at"):
        deriver = derivation.judge.deriver(derivation.graph.graph)
        deriver.derive("C", "y")


def test_tensors_by_themselves_and_with_others_held():
    """∂y/∂y, and ∂y/∂x with u held: the direct derivative is said to be one."""
    own, direct, total, wrong = claims(
        read_text(
            HEADER
            + shown(
                [
                    r"\frac{\partial y_i}{\partial y_j} = \delta_{ij}",
                    r"\frac{\partial y_i}{\partial x_i} = u_i",
                    r"\frac{\partial y_i}{\partial x_i} = 3 x_i^2",
                    r"\frac{\partial y_i}{\partial x_i} = 2 u_i",
                ]
            )
        )
    )
    assert [r.verdict for r in (own, direct, total, wrong)] == ["proved", "proved", "proved", "refuted"]
    assert "direct-partial" in {e.kind for e in direct.errata} and not total.errata
