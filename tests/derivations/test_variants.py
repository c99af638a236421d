"""Other definitions under the same claims: 1/(N-1), and ε outside the root."""

from __future__ import annotations

import pytest

from bnsym.testing.scalars import ComplexStep, Scalars
from tests.support.documents import claims, edited, read_text, source, verdicts
from tests.support.refutation import replays

UNBIASED = (r"'\langle (x^l - \mu_B^l)^2 \rangle'", r"'\frac{1}{N-1} \sum_s (x_s^l - \mu_B^l)^2'")
OUTSIDE = (
    (r"\sqrt{\sigma_B^{2,l} + \epsilon}", r"\sqrt{\sigma_B^{2,l}} + \epsilon"),
    (r"\sqrt{\sigma_B^{2,l+1} + \epsilon}", r"\sqrt{\sigma_B^{2,l+1}} + \epsilon"),
    (r"""'\sigma_B^{2,l}' = ["unit^l"]""", r"""'\sigma_B^{2,l}' = { axes = ["unit^l"], positive = true }"""),
)
THIRD = [
    r"\hat{x}_s^l \langle u^{l-1} \hat{x}^l \rangle",
    r"\hat{x}_s^{l+1} \langle \Delta^{l+1} \hat{x}^{l+1} \rangle",
    r"\hat{x}_s^l \langle \Delta^l \hat{x}^l \rangle",
]  # fmt: skip
THREE_TERMS = {"eq3.1", "eq3.2", "eq3.3", "eq4.1"}  # of batch_norm_epsilon


def with_factor(factor: str):
    """Edits that put a factor at the third term of every bracket."""
    return [(t, (factor.replace("l}", "l+1}") if "l+1" in t else factor) + " " + t) for t in THIRD]


@pytest.mark.parametrize("edits", [[UNBIASED], OUTSIDE], ids=["unbiased", "outside"])
def test_the_closed_forms_are_refuted(edits, quick):
    derivation = read_text(edited(source("batch_norm_epsilon"), *edits))
    found = verdicts(derivation)
    assert {identifier for identifier, verdict in found.items() if verdict == "refuted"} == THREE_TERMS
    assert {verdict for identifier, verdict in found.items() if identifier not in THREE_TERMS} == {"proved"}
    for result in claims(derivation):
        if result.statement.id in THREE_TERMS:
            assert result.residual and result.counterexample, result.statement.id
            assert replays(derivation, result)


def test_the_seed_s_equations_are_refuted_with_the_unbiased_variance(quick):
    found = verdicts(read_text(edited(source("batch_norm"), UNBIASED)))
    assert {identifier for identifier, verdict in found.items() if verdict != "proved"} == {"eq4.3", "eq4.4"}
    assert set(found.values()) == {"proved", "refuted"}


def test_the_unbiased_variance_needs_a_factor_at_the_third_term():
    derivation = read_text(edited(source("batch_norm_epsilon"), UNBIASED, *with_factor(r"\frac{N}{N-1}")))
    assert set(verdicts(derivation).values()) == {"proved"}
    hypotheses = {h for result in claims(derivation) for h in result.hypotheses}
    assert hypotheses & {r"1 - N \neq 0", r"N - 1 \neq 0"}, hypotheses


def test_the_constant_outside_needs_a_factor_at_the_third_term(quick):
    """(σ + ε)/σ, in the recursion too, where ε stands outside of the sum that σ and σ + ε are in."""
    root = r"\sqrt{\sigma_B^{2,l}}"
    edits = [*OUTSIDE, *with_factor(rf"\frac{{{root} + \epsilon}}{{{root}}}")]
    derivation = read_text(edited(source("batch_norm_epsilon"), *edits))
    scalars = Scalars(derivation.document, ComplexStep())
    for result in claims(derivation):
        assert scalars.error(result.statement.readings[0]) < 1e-9
        assert result.verdict == "proved", result.statement.id


FORWARD = r"""+++
[axes]
sample = { size = "N", data = true }
[indices]
sample = "s t"
[symbols]
x = ["sample"]
z = ["sample"]
m = []
v = { axes = [], positive = true }
'\epsilon' = { axes = [], positive = true }
[cost]
symbol = "C"
of = "z"
+++
$$m = \langle x \rangle, \quad v = \langle (x - m)^2 \rangle$$
"""


@pytest.mark.parametrize("root", [r"\sqrt{v} + \epsilon", r"v + \epsilon", r"v^{3/2} + \epsilon"])
def test_a_claim_about_another_root_is_refuted_where_no_normal_form_is_found(root, quick):
    """Two reciprocals that nothing relates: the proof gives up, the counterexample does not."""
    head, terms = r"\frac{\partial C}{\partial v}", r"\frac{\partial C}{\partial z_s} (x_s - m) (v + \epsilon)^{-3/2}"
    claim = rf"$${head} = -\frac12 \sum_s {terms}$$"
    derivation = read_text(rf"{FORWARD} $$z_s = \frac{{x_s - m}}{{{root}}}$$ {claim}")
    (result,) = claims(derivation)
    assert result.verdict == "refuted"
    assert replays(derivation, result)
