"""Under what a wrong line would be right."""

import pytest

from tests.refute.slips import wrong_claim
from tests.support.documents import read_text, shown, source, without_claims

LAYER_NORM = r"""+++
[axes]
sample = { size = "B", data = true }
feature = "n"
[indices]
sample = "b"
feature = "i j k"
[symbols]
'x' = ["sample", "feature"]
'\mu' = ["sample"]
'\sigma' = { axes = ["sample"], positive = true }
'\hat{x}' = ["sample", "feature"]
'y' = ["sample", "feature"]
'\gamma' = ["feature"]
'\epsilon' = []
[cost]
symbol = 'L'
of = 'y'
+++

$$\mu_b = \frac1n \sum_i x_{bi}$$

$$\sigma_b = \sqrt{\frac1n \sum_i (x_{bi} - \mu_b)^2 + \epsilon}$$

$$\hat{x}_{bi} = \frac{x_{bi} - \mu_b}{\sigma_b}$$

$$y_{bi} = \gamma_i \hat{x}_{bi}$$
"""


def conditions(head: str, claim: str) -> dict[str, bool]:
    """{words: whether proved} of a wrong claim."""
    return {c.words: c.proved for c in wrong_claim(read_text(head + shown([claim]))).conditions}


def test_a_parameter_outside_of_a_sum_over_its_axis(quick):
    claim = (
        r"\frac{\partial L}{\partial x_{bi}} = \frac{\gamma_i}{\sigma_b} \left( \frac{\partial L}{\partial y_{bi}} "
        r"- \frac1n \sum_j \frac{\partial L}{\partial y_{bj}} "
        r"- \frac{\hat{x}_{bi}}{n} \sum_j \frac{\partial L}{\partial y_{bj}} \hat{x}_{bj} \right)"
    )
    assert conditions(LAYER_NORM, claim) == {r"true if all \gamma are equal": True}


def test_a_constant_that_is_left_out(quick):
    claim = r"\sum_i x_{bi} \frac{\partial L}{\partial x_{bi}} = 0"
    assert conditions(LAYER_NORM, claim) == {r"true if \epsilon = 0": True}


def test_a_parameter_that_is_left_out(quick):
    claim = r"\frac{\partial L}{\partial \hat{x}_{bi}} = \frac{\partial L}{\partial y_{bi}}"
    assert conditions(LAYER_NORM, claim) == {r"true if \gamma_{i} = 1": True}


def test_a_sum_that_is_taken_to_be_one(quick):
    head = without_claims(source("softmax_cross_entropy"))
    claim = r"\sum_k \frac{\partial \mathcal{C}}{\partial u_{sk}} = 0"
    assert conditions(head, claim) == {r"true if \sum_{k} t_{sk} = 1": True}


def test_a_size_is_tried_and_said_so(quick):
    head = without_claims(source("squared_error"))
    claim = r"\frac{\partial \mathcal{C}}{\partial u_{sk}} = \frac{1}{2} \left( u_{sk} - t_{sk} \right)"
    assert conditions(head, claim) == {"right in all instances tried with N = 2": False}


def test_nothing_is_said_where_nothing_helps(quick):
    claim = r"\frac{\partial L}{\partial x_{bi}} = 2 \hat{x}_{bi}"
    assert conditions(LAYER_NORM, claim) == {}


def test_a_condition_is_told_once_and_in_the_letters_of_the_document(quick):
    head = without_claims(source("batch_norm_epsilon"))
    claim = r"\frac{\partial \mathcal{C}}{\partial \hat{x}_s^l} = \Delta_s^l"
    assert conditions(head, claim) == {r"true if \gamma_{i}^{l} = 1": True}


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (r"y_s^l = \gamma^l \hat{x}_s^l", r"true if \beta_{i}^{l} = 0"),
        (r"y_s^l = \hat{x}_s^l + \beta^l", r"true if \gamma_{i}^{l} = 1"),
        # What is defined may be zero too, and so may the mean of what is given.
        (r"\hat{x}_s^l = \frac{x_s^l}{\sqrt{\sigma_B^{2,l} + \epsilon}}", r"true if \mu_{B,i}^{l} = 0"),
        (
            r"\frac{\partial y_s^l}{\partial W^{l-1,l}} = \frac{\gamma^l}{\sqrt{\sigma_B^{2,l} + \epsilon}} "
            r"\left[ u_s^{l-1} - \hat{x}_s^l \langle u^{l-1} \hat{x}^l \rangle \right]",
            r"true if \sum_{s} u_{si}^{l-1} = 0",
        ),
        (r"\langle (\hat{x}^l)^2 \rangle = 1", r"true if \epsilon = 0"),
        # An activation that is forgotten.
        (r"u_s^l = y_s^l", "true if g is the identity"),
        (r"\Delta_s^l = \frac{\partial \mathcal{C}}{\partial u_s^l}", r"true if g'\left(y_{si}^{l}\right) = 1"),
    ],
)
def test_natural_conditions(claim, words, quick):
    assert conditions(without_claims(source("batch_norm_epsilon")), claim) == {words: True}


def test_that_what_is_computed_is_zero_is_no_condition(quick):
    """O = 0 would do, of a matrix that the definitions make; so would γ = 0, by which everything is zero."""
    claim = r"\frac{\partial \phi}{\partial S_{ij}} = P_{ij} \sum_p \frac{\partial \phi}{\partial O_{ip}} V_{jp}"
    assert conditions(without_claims(source("attention")), claim) == {}
    head = without_claims(source("batch_norm_stages"))
    claim = r"\frac{\partial \ell}{\partial x_i} = 2 \frac{\partial \ell}{\partial \widehat{x}_i}"
    assert r"true if \gamma = 0" not in conditions(head, claim)


def test_what_leaves_nothing_of_the_line_is_no_condition(quick):
    """With γ = 0 everything would be zero."""
    claim = r"\frac{\partial \mathcal{C}}{\partial x_s^l} = \gamma^l \Delta_s^l"
    assert conditions(without_claims(source("batch_norm_epsilon")), claim) == {}
