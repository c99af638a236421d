"""Laws of exp and log, and of functions that are made of them."""

from __future__ import annotations

from tests.support.documents import judged
from tests.verdicts.headers import EXPONENTIALS

ENTROPY = r"""
[axes]
sample = { size = "N", data = true }
[indices]
sample = "i"
[symbols]
p = ["sample"]
t = ["sample"]
J = []
"""


def test_what_a_logarithm_is_taken_of_can_be_divided_by():
    lines = {
        r"J = \sum_i \left[ t_i \log(p_i) + (1 - t_i) \log(3 - 2 p_i) \right]": "definition",
        r"\frac{\partial J}{\partial p_i} = \frac{t_i}{p_i} - 2 \frac{1 - t_i}{3 - 2 p_i}": "proved",
        r"\frac{\partial J}{\partial p_i} = \frac{3 t_i - 2 p_i}{p_i (3 - 2 p_i)}": "proved",
        r"\frac{\partial J}{\partial p_i} = \frac{t_i}{p_i} + 2 \frac{1 - t_i}{2 p_i - 3}": "proved",
        r"\frac{\partial J}{\partial p_i} = \frac{t_i}{p_i} - \frac{1 - t_i}{3 - 2 p_i}": "refuted",
    }
    assert judged(ENTROPY, lines) == lines


def test_the_laws_of_exp_and_log():
    lines = {
        r"p_i = \frac{e^{x_i}}{\sum_k e^{x_k}}": "definition",
        r"p_i = \frac{e^{x_i - c}}{\sum_k e^{x_k - c}} = \frac{e^{x_i + 2c}}{\sum_k e^{x_k + 2c}}": "proved proved",
        r"p_i = \frac{e^{x_i - c}}{\sum_k e^{x_k + c}}": "refuted",
        r"q_i = \frac{1}{1 + e^{-x_i}}": "definition",
        r"q_i = \frac{e^{x_i}}{1 + e^{x_i}} = 1 - \frac{1}{1 + e^{x_i}}": "proved proved",
        r"\frac{\partial q_i}{\partial x_i} = \frac{e^{x_i}}{(1 + e^{x_i})^2} = q_i (1 - q_i)": "proved proved",
        r"q_i = \frac{e^{-x_i}}{1 + e^{-x_i}}": "refuted",
        r"J = -\sum_i t_i \log \frac{e^{x_i}}{\sum_k e^{x_k}}": "definition",
        r"J = -\sum_i t_i x_i + \log \sum_k e^{x_k}": "proved",
        r"J = -\sum_i t_i x_i + \sum_k \log e^{x_k}": "refuted",
        r"\frac{\partial J}{\partial x_i} = p_i - t_i": "proved",
        r"\log(1 + e^{-x_i}) = \log(1 + e^{x_i}) - x_i": "proved",
        r"\log \frac{2 a_i^2 e^{x_i}}{3 b_i} = \log(2) + 2 \log(a_i) - \log(3 b_i) + x_i": "undecided",
        r"\log \frac{a_i^2 e^{x_i}}{b_i} = 2 \log(a_i) - \log(b_i) + x_i": "proved",
        r"\log(b_i c) = \log(b_i) + \log(c)": "proved",
    }
    assert judged(EXPONENTIALS, lines) == lines


def test_known_functions_are_what_they_are():
    header = EXPONENTIALS + "[functions]\n'\\sigma' = \"logistic\"\n'\\zeta' = \"softplus\"\n"
    lines = {
        r"q_i = \frac{1}{1 + e^{-x_i}}": "definition",
        r"\sigma(x_i) = q_i": "proved",
        r"\sigma(-x_i) = 1 - \sigma(x_i)": "proved",
        r"\sigma'(x_i) = q_i (1 - q_i)": "proved",
        r"\tanh(x_i) = 2 \sigma(2 x_i) - 1 = \frac{e^{x_i} - e^{-x_i}}{e^{x_i} + e^{-x_i}}": "proved proved",
        r"\tanh(x_i) = \sigma(2 x_i) - 1": "refuted",
        r"\zeta(x_i) - \zeta(-x_i) = x_i": "proved",
        r"\zeta'(x_i) = \frac{e^{x_i}}{1 + e^{x_i}}": "proved",
        r"J = -\sum_i t_i \log(q_i)": "definition",
        r"J = \sum_i t_i \zeta(-x_i)": "proved",
        r"\frac{\partial J}{\partial q_i} = -\frac{t_i}{q_i}": "proved",
        r"\frac{\partial J}{\partial q_i} = 0": "refuted",
    }
    assert judged(header, lines) == lines


def test_a_sigmoid_that_is_written_out_under_a_logarithm():
    lines = {
        r"p_i = \frac{1}{1 + e^{-x_i}}": "definition",
        r"J = -\sum_i \left[ q_i \log p_i + (1 - q_i) \log(1 - p_i) \right]": "definition",
        r"\frac{\partial p_i}{\partial x_i} = p_i (1 - p_i) = \frac{e^{-x_i}}{(1 + e^{-x_i})^2}": "proved proved",
        r"\frac{\partial J}{\partial p_i} = \frac{p_i - q_i}{p_i (1 - p_i)}": "proved",
        r"\frac{\partial J}{\partial x_i} = p_i - q_i": "proved",
        r"\frac{\partial J}{\partial x_i} = q_i - p_i": "refuted",
        r"\log(1 - p_i) = -x_i - \log(1 + e^{-x_i}) = -\log(1 + e^{x_i})": "proved proved",
        r"J = \sum_i \left[ \log(1 + e^{x_i}) - q_i x_i \right]": "proved",
        r"J = \sum_i \left[ \log(1 + e^{-x_i}) - q_i x_i \right]": "refuted",
    }
    assert judged(EXPONENTIALS, lines) == lines


def test_powers_of_exp_of_what_is_defined():
    lines = {
        r"p_i = \frac{e^{x_i}}{\sum_k e^{x_k}}": "definition",
        r"J = \log \sum_k e^{x_k}": "definition",
        r"p_i = e^{x_i - J}": "proved",
        r"p_i = e^{x_i + J}": "refuted",
        r"q_i = x_i + c": "definition",
        r"e^{-q_i} = e^{-x_i} e^{-c}": "proved",
        r"\frac{1}{e^{2 q_i}} = e^{-2 c} (e^{-x_i})^2": "proved",
        r"(e^{q_i / 2})^2 = e^{x_i + c}": "proved",
        r"e^{-q_i} = e^{-x_i} e^{c}": "refuted",
    }
    assert judged(EXPONENTIALS, lines) == lines
