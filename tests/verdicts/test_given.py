"""Equations that the text gives of its data: labels that sum to one."""

from __future__ import annotations

import pytest

from tests.support.documents import read_text
from tests.verdicts.headers import SOFTMAX

LABELS = SOFTMAX + "y = [\"class\"]\n'\\ell' = []\n"
FORWARD = r"""
$p_i = \frac{\exp(z_i)}{\sum_k \exp(z_k)}$ and $\ell = -\sum_k y_k \log p_k$.
"""


def _read(text):
    derivation = read_text(f"+++\n{LABELS}\n+++\n{FORWARD}\n{text}\n")
    assert derivation.document.problem is None, derivation.document.problem
    return derivation


@pytest.mark.parametrize(
    "text",
    [
        r"with $\sum_k y_k = 1$",
        r"The labels satisfy $\sum_k y_k = 1$.",
        r"The labels are one-hot, $\sum_{k} y_{k} = 1$",
        r"$$\ell = -\sum_k y_k \log p_k \quad \text{where } \sum_k y_k = 1$$",
    ],
)
def test_what_is_given_of_data_is_a_hypothesis(text):
    derivation = _read(text + "\n\n" + r"$$\frac{\partial \ell}{\partial z_i} = p_i - y_i$$")
    *_, claim = derivation.verify()
    assert claim.verdict == "proved"
    assert any("y_{k}" in hypothesis for hypothesis in claim.hypotheses)
    assert any("y" in assumption for assumption in derivation.document.assumptions)


def test_what_is_given_refutes_what_contradicts_it():
    claims = r"$$\frac{\partial \ell}{\partial z_i} = p_i + y_i$$ $$\sum_i \frac{\partial \ell}{\partial z_i} = 0$$"
    verdicts = [r.verdict for r in _read(rf"with $\sum_k y_k = 1$ {claims}").verify() if r.is_claim]
    assert verdicts == ["refuted", "proved"]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (r"We show $\sum_k y_k = 1$.", "refuted"),  # it claims
        (r"We do not assume that $\sum_k y_k = 1$.", "refuted"),
        (r"because $\sum_k p_k = 2$", "refuted"),  # of what is defined
        (r"because $\sum_k p_k = 1$", "proved"),
        (r"since $\sum_k (y_k - y_k) = 0$", "proved"),  # an identity
        (r"since $\sum_k (y_k - p_k) = 0$", "refuted"),
    ],
)
def test_what_could_follow_is_a_claim(text, verdict):
    derivation = _read(text)
    assert [r.verdict for r in derivation.verify() if r.is_claim] == [verdict]
    assert not derivation.document.hypotheses


def test_two_things_given_of_the_same_hold_in_their_places_only():
    derivation = _read(r"with $\sum_k y_k = 1$ here, and with $\sum_k y_k = 0$ there, $$\sum_k y_k = 5$$")
    assert not derivation.document.hypotheses
    assert derivation.verify()[-1].verdict == "refuted"


def test_what_the_header_assumes_is_proved_where_the_text_says_it():
    derivation = read_text(f"+++\n{LABELS}\n[assume]\n'\\sum_k y_k' = '1'\n+++\n because $\\sum_i y_i = 1$\n")
    assert [r.verdict for r in derivation.verify() if r.is_claim] == ["proved"]
    assert len(derivation.document.hypotheses) == 1
