r"""Lines about a function that do not define it: by cases, at one point, for one layer, in passing.

What holds of any function is proved all the same, and nothing that rests on it is refuted; by max(0, z) it is.
"""

from __future__ import annotations

import pytest

from tests.support.documents import judged, kinds, read_text, shown
from tests.verdicts.headers import GATED, LAYER, OPEN, PERCEPTRON, RESTS


@pytest.mark.parametrize(
    "said",
    [
        r"g(z) = \max(1, z)",
        r"g(z) = \begin{cases} z & z > 0 \\ \alpha (e^z - 1) & z \leq 0 \end{cases}",
        r"g(z) = |z|",
        r"g'(z) = g(z)(1 - g(z))",
        r"g(z) = g(-z)",
        r"g(z) = z g'(z)",
        r"g(z) = F(z)",
    ],
)
def test_what_a_line_says_in_vain_is_not_held_against_others(said):
    lines = OPEN | {said: "informal"} | RESTS
    assert judged(GATED, lines) == lines


@pytest.mark.parametrize(
    "text",
    [
        "If $g(z) = z$, nothing is left.",
        "For example, $g(z) = z$ is possible.",
        "It has $g(z) = z$ for $z > 0$ and $g(z) = 0$ otherwise.",
        "It has $g(z) = z$ for positive arguments.",
        r"$$g(z) = z, \quad z > 0$$",
        r"$$g(z) = z \quad \text{if } z > 0$$",
        r"$$\begin{align} g(z) &= z & z > 0 \\ g(z) &= 0 & z \leq 0 \end{align}$$",
        r"For $z > 0$, $g(z) = z$.",
    ],
)
def test_what_holds_somewhere_defines_nothing(text):
    derivation = read_text(f"+++\n{GATED}+++\n{shown(OPEN)}\n{text}\n{shown(RESTS)}")
    found = {result.statement.latex: result for result in derivation.verify()}
    assert {line: found[line].verdict for line in RESTS} == RESTS
    doubted = found[r"\frac{\partial h_{tk}}{\partial a_{tk}} = b_{tk}"]
    assert doubted.problem is not None and "line" in doubted.problem.message and "g" in doubted.problem.message
    assert not doubted.suggestions and doubted.counterexample is None


@pytest.mark.parametrize("said", [r"g(z^*) = z^*", r"g(z_0) = z_0", r"g(z^*) = 3"])
def test_a_value_at_one_point_defines_nothing(said):
    lines = OPEN | {said: "informal"} | RESTS
    found = judged(GATED, lines)
    assert found[said] == "informal"
    assert found[r"\frac{\partial h_{tk}}{\partial a_{tk}} = b_{tk}"] != "proved"


def test_a_value_at_one_point_is_no_claim_about_all():
    text = f"+++\n{GATED}+++\nLet $g(z) = z^2$. At the origin, where $z = 0$, $g(z) = 0$; if $g(z) = 1$, all is said.\n"
    found = {result.statement.latex: result.verdict for result in read_text(text).verify()}
    assert (found["g(z) = z^2"], found["g(z) = 0"], found["g(z) = 1"]) == ("definition", "informal", "informal")


def test_a_function_of_each_layer_is_not_defined_without_one():
    lines = {
        r"z^{[l]} = W^{[l]} a^{[l-1]}": "definition",
        r"a^{[l]} = g^{[l]}(z^{[l]})": "definition",
        r"g(z) = \tanh(z)": "informal",
        r"\frac{\partial C}{\partial z^{[l]}_j} = \frac{\partial C}{\partial a^{[l]}_j} (1 - a^{[l]}_j)": "undecided",
    }
    found = judged(PERCEPTRON, lines)
    assert found | {r"g(z) = \tanh(z)": "informal"} == lines
    lines = {
        r"z^{[l]} = W^{[l]} a^{[l-1]}": "definition",
        r"a^{[l]} = g^{[l]}(z^{[l]})": "definition",
        r"g^{[l]}(z) = \tanh(z)": "definition",
        r"\frac{\partial C}{\partial z^{[l]}_j} = \frac{\partial C}{\partial a^{[l]}_j} (1 - (a^{[l]}_j)^2)": "proved",
    }
    assert judged(PERCEPTRON, lines) == lines


def test_a_name_that_is_a_tensor_too_is_no_function():
    header = GATED.replace("b = [", "g = { axes = [], positive = true }\nb = [")
    lines = {r"h_{tk} = g \alpha": "definition", r"g(\alpha) = \alpha g": "proved"}
    assert "refuted" not in judged(header, lines).values()


def test_an_equation_for_the_letter_is_no_claim():
    lines = LAYER | {r"g(z) = z^3": "definition", r"g(z) = 8": "informal", r"g(z^*) = z^*": "informal"}
    assert judged(GATED, lines) == lines


@pytest.mark.parametrize("said", [r"\operatorname{vec}(a) = a", r"\rho(a) = a^2", r"d(z) = z^2"])
def test_what_declares_no_function(said):
    document = read_text(f"+++\n{GATED}+++\n{shown([said])}").document
    assert kinds(document) != ["definition"] and not document.curves


@pytest.mark.parametrize(
    "said", [r"g(z) = \max(0, z)", r"g(z) = \max\{z, 0\}", r"g(z) = \operatorname{ReLU}(z)", r"g(z) = \max(z, 0)"]
)
def test_lines_about_a_rectifier_are_refuted_by_it(said):
    settled = {line: verdict.replace("undecided", "refuted") for line, verdict in RESTS.items()}
    lines = OPEN | {said: "informal"} | settled
    assert judged(GATED, lines) == lines
    text = "".join(f"$${line}$$\n\n" for line in lines)
    values = [r.counterexample.functions for r in read_text(f"+++\n{GATED}+++\n{text}").verify() if r.counterexample]
    slopes = {entry for known in values for name, rows in known.items() if "'" in name for row in rows for entry in row}
    assert {"1"} <= slopes <= {"0", "1", None}


def test_what_holds_of_a_rectifier_alone_is_not_refuted():
    lines = OPEN | {
        r"g(z) = \max(0, z)": "informal",
        r"a_{tk} \frac{\partial h_{tk}}{\partial a_{tk}} = h_{tk}": "undecided",
        r"a_{tk} \frac{\partial h_{tk}}{\partial a_{tk}} = 2 h_{tk}": "refuted",
    }
    assert judged(GATED, lines) == lines


@pytest.mark.parametrize("text", ["If $g(z) = \\max(0, z)$, then", "$g'(z) = 1$ where $g(z) = \\max(0, z)$"])
def test_a_rectifier_under_a_condition_settles_nothing(text):
    derivation = read_text(f"+++\n{GATED}+++\n{shown(OPEN)}\n{text}\n{shown(RESTS)}")
    found = {result.statement.latex: result.verdict for result in derivation.verify()}
    assert {line: found[line] for line in RESTS} == RESTS
