"""What restricts a claim, and what is supposed for it: in the line, in the text, in the header."""

from __future__ import annotations

import pytest

from tests.support.documents import judged, read_text
from tests.verdicts.headers import SCALED, SOFTMAX


def test_a_condition_restricts_what_is_claimed():
    lines = {
        r"p_i = \frac{\exp(z_i)}{\sum_k \exp(z_k)}": "definition",
        r"\frac{\partial p_i}{\partial z_j} = p_i (1 - p_j)": "refuted",
        r"\frac{\partial p_i}{\partial z_j} = p_i (1 - p_j), \quad \text{if } i = j": "proved informal",
        r"\frac{\partial p_i}{\partial z_j} = -p_i p_j \quad (i \neq j)": "proved informal",
        r"\frac{\partial p_i}{\partial z_j} = p_i p_j \quad (i \neq j)": "refuted informal",
        r"\frac{\partial p_i}{\partial z_j} = \begin{cases} p_i (1 - p_i) & i = j \\ -p_i p_j & i \neq j \end{cases}": (
            "proved"
        ),
    }
    assert judged(SOFTMAX, lines) == lines


def test_a_condition_in_the_text_before_a_display_restricts_it():
    text = r"""
$p_i = \frac{\exp(z_i)}{\sum_k \exp(z_k)}$

**Case 1: $i = j$.** Nothing is restricted.

$$ \frac{\partial p_i}{\partial z_j} = p_i (1 - p_i) $$

If $i = j$ we have

$$ \frac{\partial p_i}{\partial z_j} = p_i (1 - p_i) $$

$$ \frac{\partial p_i}{\partial z_j} = p_i (1 - p_i) $$
"""
    verdicts = [r.verdict for r in read_text(f"+++\n{SOFTMAX}\n+++\n{text}").verify() if r.is_claim]
    assert verdicts == ["refuted", "proved", "refuted"]


def test_conditions_stand_in_prose_too():
    derivative = r"\frac{\partial p_i}{\partial z_j}"
    lines = {
        r"p_i = \frac{\exp(z_i)}{\sum_k \exp(z_k)}": "definition",
        derivative + r" = -p_i p_j \text{ if $i \neq j$}": "proved informal",
        derivative + r" = -p_i p_j \quad \text{(unless $i = j$)}": "proved informal",
        derivative + r" = p_i p_j \text{ if $i \ne j$}": "refuted informal",
        derivative
        + r" = \begin{cases} p_i (1 - p_i) & \text{if $i = j$,} \\ -p_i p_j & \text{otherwise.} \end{cases}": "proved",
        r"\sum_i p_i = 1 \text{ for $p$ of any $z$}": "proved",
    }
    assert judged(SOFTMAX, lines) == lines


@pytest.mark.parametrize("said", [r"\text{if $p_i > 0$}", r"\text{for large } ", r"\text{unless } i = j", r"\text{if}"])
def test_what_a_case_says_is_not_passed_over(said):
    line = rf"2 p_i \delta_{{ij}} = \begin{{cases}} 2 p_i & i = j \\ 0 & {said} \end{{cases}}"
    assert judged(SOFTMAX, {line: "error"}) == {line: "error"}


DIAGONAL = r"$$ \frac{\partial p_i}{\partial z_j} = p_i (1 - p_i) $$"
APART = r"$$ \frac{\partial p_i}{\partial z_j} = -p_i p_j $$"


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (f"When $i = j$ we have {DIAGONAL}", "proved"),
        (f"When $i = j$ the sum is simple, but for any two indices {DIAGONAL}", "refuted"),
        (f"as in the case $i = j$ above we have {DIAGONAL}", "refuted"),
        (f"not only when $i = j$ do we have {DIAGONAL}", "refuted"),
        (f"We have, if $i = j$ or not, {DIAGONAL}", "refuted"),
        (f"Except when $i = j$ we have {DIAGONAL}", "refuted"),
        (f"Except when $i = j$ we have {APART}", "proved"),
        (f"Unless $i = j$, {APART}", "proved"),
        (f"{APART} unless $i = j$.", "proved"),
        (f"{APART} except for $i = j$.", "proved"),
        (f"{APART} $i = j$.", "refuted"),
    ],
)
def test_only_words_that_restrict_make_a_condition_one(text, verdict):
    document = f"+++\n{SOFTMAX}\n+++\n$p_i = \\frac{{\\exp(z_i)}}{{\\sum_k \\exp(z_k)}}$\n\n{text}\n"
    assert [r.verdict for r in read_text(document).verify() if r.is_claim] == [verdict]


def test_words_and_signs_beside_a_condition_in_a_formula():
    derivative = r"\frac{\partial p_i}{\partial z_j}"
    lines = {
        r"p_i = \frac{\exp(z_i)}{\sum_k \exp(z_k)}": "definition",
        derivative + r" = p_i (1 - p_j) \quad \Rightarrow i = j": "refuted informal",
        r"i = j \Rightarrow " + derivative + " = p_i (1 - p_i)": "informal proved",
        derivative + r" = p_i (1 - p_j) \quad \text{or } i = j": "refuted informal",
        derivative + r" = p_i (1 - p_j) \quad \text{even if } i \neq j": "refuted informal",
        derivative + r" = -p_i p_j \quad \text{unless } i = j": "proved informal",
        derivative + r" = -p_i p_j \quad \text{except for } i = j": "proved informal",
    }
    assert judged(SOFTMAX, lines) == lines


def test_a_document_is_judged_by_its_own_forward_pass_and_not_by_what_the_header_assumes():
    """An assumption that contradicts a definition of the document would prove anything."""
    header = SOFTMAX + "[assume]\np = '2 z'\n"
    lines = {
        "p_i = 3 z_i": "definition",
        r"\sum_i p_i = 3 \sum_i z_i": "proved",
        r"\sum_i p_i = 2 \sum_i z_i": "refuted",
    }
    assert judged(header, lines) == lines


@pytest.mark.parametrize(
    "remark",
    [r"With gain $\gamma_i = 1$ for all $i$", r"for a constant scale $\gamma_i = 1$", r"$$\gamma_i = 1$$"],
)
def test_a_number_for_what_was_used_as_a_letter_is_supposed(remark):
    derivation = read_text(
        f"+++\n{SCALED}\n+++\n$$z_i = \\gamma_i x_i$$\n"
        "$$\\frac{\\partial L}{\\partial x_i} = \\frac{\\partial L}{\\partial z_i}$$\n" + remark + "\n"
        "$$\\frac{\\partial L}{\\partial x_i} = \\gamma_i \\frac{\\partial L}{\\partial z_i}$$"
    )
    verdicts = [result.verdict for result in derivation.verify() if result.verdict != "informal"]
    assert verdicts == ["definition", "refuted", "proved"]


@pytest.mark.parametrize("words", ["which agrees with the fact that", "and at every step", "for the sum"])
def test_what_a_sum_comes_to_is_claimed(words):
    defined = r"$$z_i = \gamma_i x_i - \frac{1}{n} \sum_j \gamma_j x_j$$"
    derivation = read_text(f"+++\n{SCALED}\n+++\n{defined}\n{words} $\\sum_i z_i = 1$.")
    assert [result.verdict for result in derivation.verify()] == ["definition", "refuted"]
