"""Closed forms of random forward passes: found, read back as claims, proved, and true in numbers.

No form is stored anywhere: the documents are made up, with layers that no one has derived by hand.
"""

from __future__ import annotations

import pytest
from hypothesis import example, given

import bnsym
from bnsym.testing.scalars import ComplexStep, Scalars, Symbolic
from tests.calculus.forwards import Forward, forwards
from tests.support.documents import DERIVATIONS, claims, read_text, shown
from tests.support.thorough import THOROUGH, examples

BATCH = Forward(bias=False, over_units=False, centred=True, epsilon=True, output="affine", activation="opaque")
CUBIC = Forward(bias=False, over_units=False, centred=True, epsilon=True, output="cubic", activation="opaque")
LAYER = Forward(bias=False, over_units=True, centred=True, epsilon=True, output="affine", activation="opaque")
RMS = Forward(bias=True, over_units=True, centred=False, epsilon=False, output="affine", activation="softplus")


def read_back(text: str):
    """What is derived from a document, as claims of the same document."""
    forms = read_text(text).derive()
    return forms, read_text(text + shown(form.latex for form in forms))


@examples(6)
@example(BATCH)
@example(CUBIC)
@example(LAYER)
@example(RMS)
@given(forwards)
def test_what_is_derived_is_read_back_and_proved(forward):
    forms, derivation = read_back(forward.text)
    results = claims(derivation)
    assert [(r.verdict, r.statement.latex) for r in results if r.verdict != "proved"] == []
    assert len(results) == len(forms)
    wanted = 4 - (forward.output in ("scaled", "residual")) + forward.bias
    assert len(forms) == wanted + 1  # of every parameter, of y at the generic layer and at the last


@examples(2)
@example(CUBIC)
@example(LAYER)
@given(forwards)
def test_what_is_derived_is_true(forward):
    """By complex steps through the definitions, with a g and a cost that were picked by the test."""
    _, derivation = read_back(forward.text)
    scalars = Scalars(derivation.document, ComplexStep(), samples=3)
    for result in claims(derivation):
        assert scalars.error(result.statement.readings[0]) < 1e-8, result.statement.latex


@pytest.mark.parametrize(
    ("forward", "samples"),
    [(BATCH, 2), (BATCH, 3), (RMS, 2), *([(CUBIC, 3), (LAYER, 2)] if THOROUGH else [])],
    ids=lambda v: str(v) if isinstance(v, int) else v.output + "-over-units" * v.over_units,
)
def test_what_is_derived_is_what_sympy_finds_at_a_concrete_size(forward, samples):
    """One layer of two units, written out: SymPy differentiates the cost as a function of one number."""
    _, derivation = read_back(forward.text)
    scalars = Scalars(derivation.document, Symbolic(), samples=samples, units=2, depth=2 if THOROUGH else 1)
    for result in claims(derivation):
        if THOROUGH or "l+1" not in result.statement.latex:
            assert scalars.error(result.statement.readings[0]) < 1e-30, result.statement.latex


def test_a_wrong_form_is_told_by_both_oracles():
    """The oracles can say no."""
    text = BATCH.text + shown([r"\frac{\partial \mathcal{C}}{\partial \gamma_j^l} = \sum_s \Delta_{sj}^l"])
    (reading,) = claims(read_text(text))[0].statement.readings
    document = read_text(text).document
    assert Scalars(document, ComplexStep()).error(reading) > 0.01
    assert Scalars(document, Symbolic(), samples=2, units=2, depth=1).error(reading) > 0.01


def test_the_compact_form_is_found():
    """γ/σ [Δ − ⟨Δ⟩ − x̂⟨Δ x̂⟩], as a person would write it."""
    forms = [form.latex for form in bnsym.read(DERIVATIONS / "batch_norm_epsilon.md").derive()]
    assert len(forms) == 5
    scale = r"\frac{\gamma_{i}^{l}}{\sqrt{\sigma_{B,i}^{2,l} + \epsilon}}"
    bracket = (
        r"\left(u_{sj}^{l-1} - \langle u_{j}^{l-1} \rangle "
        r"- \hat{x}_{si}^{l} \langle u_{j}^{l-1} \hat{x}_{i}^{l} \rangle\right)"
    )
    assert any(scale in form and bracket in form and len(form) < 330 for form in forms), forms
    bracket = (
        r"\left(\Delta_{sj}^{l+1} - \langle \Delta_{j}^{l+1} \rangle "
        r"- \hat{x}_{sj}^{l+1} \langle \Delta_{j}^{l+1} \hat{x}_{j}^{l+1} \rangle\right)"
    )
    assert any(bracket in form and form.startswith(r"\Delta_{si}^{l} = ") for form in forms), forms
    assert r"\frac{\partial \mathcal{C}}{\partial \beta_{i}^{l}} = \sum_{s} \Delta_{si}^{l}" in forms


def test_a_derivative_that_vanishes_is_found_to():
    """The gradient of a bias before batch normalization."""
    (form,) = bnsym.read(DERIVATIONS / "batch_norm_bias.md").derive("b^l")
    assert form.latex.endswith("= 0")
