r"""Verdicts on small documents: what is proved, what is refuted, and what is neither.

A document is its header and lines of mathematics, each with the verdicts of its links.
"""

from __future__ import annotations

import pytest

from tests.support.documents import read_text, shown

PERCEPTRON = r"""
[axes]
unit = "n"
[indices]
unit = "j k m"
[layers]
generic = "l"
last = "L"
[symbols]
'a^{[l]}' = ["unit^l"]
'z^{[l]}' = ["unit^l"]
'W^{[l]}' = ["unit^l", "unit^{l-1}"]
'\delta^{[l]}' = ["unit^l"]
[functions]
'g^{[l]}' = "elementwise"
[cost]
symbol = "C"
of = 'a^{[L]}'
"""


def judged(header: str, lines: dict[str, str]) -> dict[str, str]:
    """The verdicts on lines of mathematics under a header, line by line."""
    derivation = read_text(f"+++\n{header}\n+++{shown(lines)}")
    assert derivation.document.problem is None, derivation.document.problem
    found = dict.fromkeys(lines, "")
    first = header.count("\n") + 5
    for result in derivation.verify():
        line = list(lines)[(result.statement.line - first) // 2]
        found[line] = f"{found[line]} {result.verdict}".strip()
    return found


def test_every_layer_has_an_activation_of_its_own():
    lines = {
        r"z_j^{[l]} = \sum_k W_{jk}^{[l]} a_k^{[l-1]}": "definition",
        r"a_j^{[l]} = g^{[l]}(z_j^{[l]})": "definition",
        r"\delta_j^{[l]} = \frac{\partial C}{\partial z_j^{[l]}}": "definition",
        r"\delta_j^{[l]} = \sum_k W_{kj}^{[l+1]} \delta_k^{[l+1]} g^{[l]\prime}(z_j^{[l]})": "proved",
        r"\delta_j^{[l]} = \sum_k W_{kj}^{[l+1]} \delta_k^{[l+1]} g^{[l+1]\prime}(z_j^{[l]})": "refuted",
        r"\delta_j^{[L]} = \frac{\partial C}{\partial a_j^{[L]}} g^{[L]\prime}(z_j^{[L]})": "proved",
        r"g^{[l]}(z_j^{[l]}) = g^{[l+1]}(z_j^{[l]})": "refuted",
    }
    assert judged(PERCEPTRON, lines) == lines


SOFTMAX = r"""
[axes]
class = "n"
[indices]
class = "i j k"
[symbols]
z = ["class"]
p = ["class"]
q = ["class"]
"""


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


def test_nothing_is_refuted_that_rests_on_what_could_not_be_read():
    lines = {
        r"p_i = \operatorname{softmax}(z_i)": "error",
        r"q_i = 2 p_i": "definition",
        r"q_i = 3 p_i": "undecided",
        r"\sum_i p_i = 1": "undecided",
        r"\sum_i q_i = 2": "undecided",
        r"\sum_i z_i = 2": "refuted",
    }
    assert judged(SOFTMAX, lines) == lines


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


def test_a_document_is_judged_by_its_own_forward_pass_and_not_by_what_the_header_assumes():
    """An assumption that contradicts a definition of the document would prove anything."""
    header = SOFTMAX + "[assume]\np = '2 z'\n"
    lines = {
        "p_i = 3 z_i": "definition",
        r"\sum_i p_i = 3 \sum_i z_i": "proved",
        r"\sum_i p_i = 2 \sum_i z_i": "refuted",
    }
    assert judged(header, lines) == lines


EXPONENTIALS = r"""
[axes]
class = "n"
[indices]
class = "i j k"
[symbols]
x = ["class"]
p = ["class"]
q = ["class"]
t = ["class"]
a = { axes = ["class"], positive = true }
b = ["class"]
c = []
J = []
[assume]
'\sum_i t_i' = '1'
"""


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


COST = (
    SOFTMAX
    + """[cost]
symbol = "L"
of = "z"
"""
)


def test_what_a_cost_is_at_other_arguments_is_not_read():
    lines = {
        "L(2 z) = L(z)": "error",
        "L(p) = L(q)": "error",
        r"\nabla_z L(2 z) = \nabla_z L(z)": "error",
        r"\frac{\partial L(z, p)}{\partial z_i} = \frac{\partial L(z, p)}{\partial z_i}": "proved",
        r"\frac{\partial L(z)}{\partial z_i} = \frac{\partial L}{\partial z_i}": "proved",
    }
    assert judged(COST, lines) == lines


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


def test_zero_equals_zero_proves_nothing():
    lines = {
        "p_i = 2 z_i": "definition",
        r"\frac{\partial p_i}{\partial q_j} = 0": "proved",
        r"\frac{\partial p_i}{\partial q_j} = 2 \frac{\partial z_i}{\partial q_j}": "undecided",
        r"\frac{\partial q_i}{\partial z_j} = \frac{\partial q_i}{\partial p_j} p_j": "undecided",
        r"\frac{\partial p_i}{\partial q_j} = q_i": "refuted",
        r"\frac{\partial p_i}{\partial z_j} = 2 \delta_{ij} + \frac{\partial q_i}{\partial z_j}": "proved",
    }
    assert judged(SOFTMAX, lines) == lines


def test_a_square_defines_its_root():
    header = r"""
[axes]
sample = { size = "m", data = true }
[symbols]
x = ["sample"]
y = ["sample"]
'\sigma' = { axes = [], positive = true }
[cost]
symbol = "L"
of = "y"
"""
    lines = {
        r"\sigma^2 = \frac{1}{m} \sum_i x_i^2 + 1": "definition",
        r"y_i = \frac{x_i}{\sigma}": "definition",
        r"\frac{\partial \sigma}{\partial x_i} = \frac{x_i}{m \sigma}": "proved",
        r"\frac{\partial \sigma}{\partial x_i} = \frac{x_i}{m \sigma^2}": "refuted",
        r"\sigma^2 = \frac{1}{m} \sum_j x_j^2 + 1": "proved",
        r"\sigma^2 = \frac{1}{m} \sum_j x_j^2": "refuted",
        r"\frac{\partial L}{\partial x_i} = \frac{1}{\sigma} \left( \frac{\partial L}{\partial y_i} - "
        r"\frac{y_i}{m} \sum_j \frac{\partial L}{\partial y_j} y_j \right)": "proved",
    }
    assert judged(header, lines) == lines
    bracketed = {
        r"(\sigma)^2 = \frac{1}{m} \sum_i x_i^2 + 1": "definition",
        r"y_i = \frac{x_i}{\sigma}": "definition",
        r"\frac{\partial \sigma}{\partial x_i} = \frac{y_i}{m}": "proved",
    }
    assert judged(header, bracketed) == bracketed
    swapped = {
        r"\sigma^2 = \frac{1}{m} \sum_i x_i^2 + 1": "proved",
        r"\sigma = \sqrt{\frac{1}{m} \sum_i x_i^2 + 1}": "definition",
        r"y_i^2 = \frac{x_i^2}{\sigma^2}": "proved",
        r"y_i = \frac{x_i}{\sigma}": "definition",
    }
    assert judged(header, swapped) == swapped


def test_what_is_said_of_the_square_of_a_symbol_that_it_rests_on_is_a_claim():
    header = r"""
[axes]
input = "n"
[symbols]
v = ["input"]
w = ["input"]
g = []
[cost]
symbol = "L"
of = "w"
"""
    lines = {
        r"g^2 = \sum_i w_i^2": "proved",
        r"w = \frac{g}{\|v\|} v": "definition",
        r"g^2 = \sum_i v_i^2": "refuted",
    }
    assert judged(header, lines) == lines


def test_a_wrong_line_is_repaired_whatever_lays_it_out():
    header = SOFTMAX
    lines = {
        r"p_i = \frac{\exp(z_i)}{\sum_k \exp(z_k)}": "definition",
        r"\frac{\partial p_i}{\partial z_j} = \begin{cases} p_i (1 - p_i) & \text{if } i = j \\ 0 & \text{otherwise}"
        r"\end{cases}": "refuted",
        r"\sum_i \frac{\partial p_i}{\partial z_j} = \left< p, z \right>": "refuted",
    }
    assert judged(header, lines) == lines


SCALED = r"""
[axes]
unit = "n"
[indices]
unit = "i j"
[symbols]
x = ["unit"]
y = ["unit"]
z = ["unit"]
'\gamma' = ["unit"]
dout = ["unit"]
'\epsilon' = []
[cost]
symbol = "L"
of = "z"
"""


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


def test_a_number_that_comes_first_is_a_definition():
    lines = {
        r"\gamma_i = 1": "definition",
        r"z_i = \gamma_i x_i": "definition",
        r"\frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial z_i}": "proved",
    }
    assert judged(SCALED, lines) == lines


def test_a_name_of_several_letters_is_one_in_any_face():
    lines = {
        r"z_i = \gamma_i x_i": "definition",
        r"\mathbf{dout}_i := \frac{\partial L}{\partial z_i}": "definition",
        r"\frac{\partial L}{\partial x_i} = \gamma_i \, \text{dout}_i": "proved",
        r"\frac{\partial L}{\partial \gamma_i} = x_i \, dout_i": "proved",
        r"\frac{\partial L}{\partial \gamma_i} = \mathrm{dout}_i": "refuted",
    }
    assert judged(SCALED, lines) == lines


def test_what_the_cost_depends_on_is_in_view_where_the_cost_plays_no_part():
    lines = {
        r"y_i = \exp(x_i)": "definition",
        r"z_i = \frac{y_i}{\sum_j y_j}": "definition",
        r"\frac{\partial \log z_i}{\partial x_j} = \delta_{ij} - z_j": "proved",
        r"\frac{\partial}{\partial x_j} \sum_i \gamma_i \log z_i = \gamma_j - z_j \sum_i \gamma_i": "proved",
        r"\frac{\partial \log z_i}{\partial x_j} = \delta_{ij} - z_i": "refuted",
    }
    assert judged(SCALED, lines) == lines


PRODUCT = r"""
[axes]
input = "n"
output = "m"
[indices]
input = "j k"
output = "i"
[symbols]
A = ["output", "input"]
x = ["input"]
z = ["output"]
q = ["output"]
y = ["output"]
c = ["output"]
"""


@pytest.mark.parametrize(
    "named", [r"z_i = \sum_k A_{ik} x_k", r"\frac{\partial}{\partial x_j} \sum_k A_{ik} x_k = A_{ij}"]
)
def test_a_derivative_holds_nothing_that_its_numerator_is_not_written_with(named):
    """What is named only afterwards, or only differentiated elsewhere, is no node that a derivative could hold."""
    wrong = {
        r"\frac{\partial}{\partial x_j} \left( c_i x_k \sum_j A_{ij} x_j \right) = c_i \delta_{jk} \sum_j A_{ij} x_j",
        r"\frac{\partial}{\partial x_j} \left( \sum_k x_k \sum_j A_{ij} x_j \right) = \sum_k A_{ik} x_k",
        r"\frac{\partial q_i}{\partial x_j} = c_i \sum_k A_{ik} x_k",
    }
    right = r"\frac{\partial q_i}{\partial x_j} = c_i \left( \sum_k A_{ik} x_k + A_{ij} \sum_k x_k \right)"
    defined = r"q_i = c_i \left( \sum_k x_k \right) \sum_k A_{ik} x_k"
    lines = {defined: "definition", named: "definition" if named.startswith("z") else "proved", right: "proved"}
    found = judged(PRODUCT, lines | dict.fromkeys(wrong, "refuted"))
    assert {line: found[line] for line in lines} == lines
    assert all("proved" not in found[line] for line in wrong)


def test_what_a_stage_is_written_with_may_be_held():
    lines = {
        r"z_i = \sum_k A_{ik} x_k": "definition",
        r"q_i = c_i z_i \sum_k x_k": "definition",
        r"\frac{\partial q_i}{\partial x_j} = c_i z_i": "proved",
        r"\frac{\partial q_i}{\partial x_j} = c_i z_i + "
        r"\frac{\partial q_i}{\partial z_i} \frac{\partial z_i}{\partial x_j}": "proved",
    }
    assert judged(PRODUCT, lines) == lines


def test_a_symbol_that_is_known_nowhere_else_refutes_nothing():
    lines = {
        r"z_i = \gamma_i x_i": "definition",
        r"\frac{\partial L}{\partial x_i} = h_i \frac{\partial L}{\partial z_i}": "undecided",
        r"z_i = q_i": "undecided",
        r"z_i \equiv \gamma_i p_i": "informal",
        r"z_i = 2 \gamma_i x_i": "refuted",
    }
    assert judged(SCALED, lines) == lines


def test_a_product_on_the_left_is_repaired_where_it_can_be():
    header = r"""
[axes]
sample = { size = "N", data = true }
unit = "n"
[symbols]
x = ["sample", "unit"]
v = ["unit"]
'\sigma' = ["unit"]
"""
    lines = {r"v \sigma = \overline{x}^{\odot 2}": "refuted"}
    assert judged(header, lines) == lines


def test_what_lies_below_is_what_it_is_defined_as():
    """A layer may take its input from anywhere; what else there is of the layer below is known."""
    lines = {
        r"z_j^{[l]} = \sum_k W_{jk}^{[l]} a_k^{[l-1]}": "definition",
        r"a_j^{[l]} = g^{[l]}(z_j^{[l]})": "definition",
        r"\delta_j^{[l]} = \frac{\partial C}{\partial z_j^{[l]}}": "definition",
        r"\frac{\partial C}{\partial W_{jk}^{[l]}} = \delta_j^{[l]} a_k^{[l-1]}": "proved",
        r"\frac{\partial C}{\partial W_{jk}^{[l]}} = \delta_j^{[l]} g^{[l-1]}(z_k^{[l-1]})": "proved",
        r"\frac{\partial C}{\partial W_{jk}^{[l]}} = \delta_j^{[l]} z_k^{[l-1]}": "refuted",
        r"\frac{\partial C}{\partial W_{jk}^{[L]}} = "
        r"\delta_j^{[L]} g^{[L-1]}(\sum_m W_{km}^{[L-1]} a_m^{[L-2]})": "proved",
    }
    assert judged(PERCEPTRON, lines) == lines


def test_what_has_no_name_is_held_by_no_direct_partial():
    """The square that another line differentiates is no node between x and its variance."""
    header = PERCEPTRON.partition("[layers]")[0] + "[symbols]\nx = ['unit']\nm = []\nv = []\nq = ['unit']\nc = []\n"
    staged = r"\frac{\partial c}{\partial x_k} = \frac{\partial c}{\partial q_k} \frac{\partial q_k}{\partial x_k} + "
    staged += (
        r"\sum_j \frac{\partial c}{\partial q_j} \frac{\partial q_j}{\partial v} \frac{\partial v}{\partial x_k} + "
    )
    staged += r"\sum_j \frac{\partial c}{\partial q_j} \frac{\partial q_j}{\partial m} \frac{\partial m}{\partial x_k}"
    lines = {
        r"m = \frac{1}{n} \sum_k x_k": "definition",
        r"v = \frac{1}{n} \sum_k (x_k - m)^2": "definition",
        r"q_j = \frac{x_j - m}{v}": "definition",
        r"c = \sum_j q_j^3": "definition",
        staged: "proved",
        r"\frac{\partial v}{\partial m} = \frac{1}{n} \sum_k \frac{\partial}{\partial m} (x_k - m)^2": "proved",
    }
    assert judged(header, lines) == lines
