r"""Functions that the document itself defines.

With \sigma(z) = 1/(1 + e^{-z}) in the text, σ is that function everywhere, whatever the letter.
"""

from __future__ import annotations

import cmath
import random
from fractions import Fraction

import pytest

from bnsym.language import curve
from bnsym.language.expression import Number
from tests.support.documents import judged, kinds, read_text, shown
from tests.verdicts.headers import GATED, LAYER, OPEN, PERCEPTRON, RESTS

MATRIX = r"""
[axes]
in = "d"
out = "m"
[symbols]
x = ["in"]
W = ["out", "in"]
z = ["out"]
a = ["out"]
[functions]
'\sigma' = "elementwise"
[cost]
symbol = "L"
of = "a"
[reading]
products = "matrix"
"""


def test_a_sigmoid_is_what_the_text_says():
    lines = LAYER | {
        r"\sigma(z) = 1/(1 + e^{-z})": "definition",
        r"h_{tk} = a_{tk} \sigma(a_{tk}) b_{tk}": "definition",
        r"\frac{\partial L}{\partial a_{tk}} = b_{tk} \sigma(a_{tk}) (1 + a_{tk} (1 - \sigma(a_{tk}))) "
        r"\sum_i \frac{\partial L}{\partial y_{ti}} U_{ik}": "proved",
        r"\frac{\partial L}{\partial a_{tk}} = b_{tk} \sigma(a_{tk}) (1 + (1 - \sigma(a_{tk}))) "
        r"\sum_i \frac{\partial L}{\partial y_{ti}} U_{ik}": "refuted",
        r"\sigma'(z) = \sigma(z)(1 - \sigma(z)) = \sigma(z) \sigma(-z)": "proved proved",
        r"\sigma'(z) = \sigma(z)(1 + \sigma(z))": "refuted",
        r"\frac{d \sigma(z)}{d z} = \sigma(z) - \sigma(z)^2": "proved",
        r"\frac{d \sigma}{d z} = \sigma(z)^2": "refuted",
        r"\frac{d}{d q} \sigma(q) = \frac{e^{-q}}{(1 + e^{-q})^2}": "proved",
        r"\sigma''(z) = \sigma'(z)(1 - 2 \sigma(z))": "proved",
        r"\sigma(z) = \frac{e^z}{1 + e^z} = \frac{e^z}{1 - e^z}": "proved refuted",
        r"\sigma'(a_{tk}) = \sigma(a_{tk})(1 - \sigma(a_{tk}))": "proved",
    }  # fmt: skip
    assert judged(GATED, lines) == lines


@pytest.mark.parametrize(
    ("body", "slope", "wrong"),
    [
        (r"z\,\sigma(z)", r"\sigma(z) + z \sigma(z)(1 - \sigma(z))", r"\sigma(z) + \sigma(z)(1 - \sigma(z))"),
        (r"z\,\sigma(\beta z)", r"\sigma(\beta z) + \beta z \sigma(\beta z)(1 - \sigma(\beta z))",
         r"\sigma(\beta z) + z \sigma(\beta z)(1 - \sigma(\beta z))"),
        (r"\frac12 z (1 + \tanh(\sqrt{2/\pi}(z + 0.044715 z^3)))",
         r"\frac12 (1 + \tanh(u)) + \frac12 z (1 - \tanh^2(u)) \sqrt{2/\pi} (1 + 3 \cdot 0.044715 z^2)".replace(
             "u", r"\sqrt{2/\pi}(z + 0.044715 z^3)"),
         r"\frac12 (1 + \tanh(u)) + \frac12 z (1 - \tanh(u)) \sqrt{2/\pi} (1 + 3 \cdot 0.044715 z^2)".replace(
             "u", r"\sqrt{2/\pi}(z + 0.044715 z^3)")),
        (r"\log(1 + e^z)", r"\sigma(z)", r"1 - \sigma(z)"),
        (r"\frac{e^z - e^{-z}}{e^z + e^{-z}}", r"1 - g(z)^2", r"1 - g(z)"),
        (r"z^3 + \alpha z", r"3 z^2 + \alpha", r"3 z^2 + z"),
        (r"z", "1", "0"),
    ],
)  # fmt: skip
def test_other_functions(body, slope, wrong):
    at = "a_{tk}"
    lines = LAYER | {
        r"\sigma(z) = \frac{1}{1 + \exp(-z)}": "definition",
        rf"g(z) = {body}": "definition",
        r"h_{tk} = g(a_{tk}) b_{tk}": "definition",
        rf"g'(z) = {slope}": "proved",
        rf"g'(z) = {wrong}": "refuted",
        rf"\frac{{\partial h_{{tk}}}}{{\partial a_{{tk}}}} = b_{{tk}} ({slope.replace('z', at)})": "proved",
        rf"\frac{{\partial h_{{tk}}}}{{\partial a_{{tk}}}} = b_{{tk}} ({wrong.replace('z', at)})": "refuted",
        r"\frac{\partial h_{tk}}{\partial a_{tk}} = b_{tk} g'(a_{tk})": "proved",
        r"\frac{\partial h_{tk}}{\partial a_{tk}} = a_{tk} g'(a_{tk})": "refuted",
    }
    assert judged(GATED, lines) == lines


def test_a_function_that_only_the_text_declares():
    lines = LAYER | {
        r"\sigma(z) = \frac{1}{1 + e^{-z}}": "definition",
        r"\operatorname{swish}(x) = x\,\sigma(x)": "definition",
        r"h_{tk} = \operatorname{swish}(a_{tk}) b_{tk}": "definition",
        r"\operatorname{swish}'(x) = \operatorname{swish}(x) + \sigma(x)(1 - \operatorname{swish}(x))": "proved",
        r"\operatorname{swish}'(x) = \operatorname{swish}(x) + \sigma(x)": "refuted",
        r"\frac{\partial h_{tk}}{\partial b_{tk}} = a_{tk} \sigma(a_{tk})": "proved",
        r"\frac{\partial h_{tk}}{\partial b_{tk}} = \sigma(a_{tk})": "refuted",
    }
    assert judged(GATED, lines) == lines


def test_the_letter_of_the_definition_may_be_a_tensor_of_the_document():
    lines = LAYER | {
        r"\sigma(a) = \frac{1}{1 + e^{-a}}": "definition",
        r"g(a_{tk}) = a_{tk}\,\sigma(a_{tk})": "definition",
        r"h = g(a) \odot b": "definition",
        r"\sigma'(a) = \sigma(a)(1 - \sigma(a))": "proved",
        r"\sigma'(a) = \sigma(a)(1 - a)": "refuted",
        r"\sigma(b) = \frac{1}{1 + e^{-b}}": "proved",
        r"\frac{\partial h_{tk}}{\partial b_{tk}} = a_{tk} \sigma(a_{tk})": "proved",
        r"g(b_{tk}) = b_{tk} \sigma(a_{tk})": "refuted",
    }
    assert judged(GATED, lines) == lines


def test_a_letter_is_not_caught():
    lines = LAYER | {
        r"g(a) = \alpha a + \beta": "definition",
        r"h_{tk} = g(b_{tk})": "definition",
        r"g(b_{tk} + a_{tk}) = \alpha (a_{tk} + b_{tk}) + \beta": "proved",
        r"g(\sum_j W_{kj}) = \alpha \sum_j W_{kj} + \beta": "proved",
        r"g(g(b_{tk})) = \alpha^2 b_{tk} + \alpha \beta + \beta": "proved",
        r"h_{tk} = \alpha a_{tk} + \beta": "refuted",
        r"\frac{\partial h_{tk}}{\partial \alpha} = b_{tk}": "proved",
        r"\frac{\partial h_{tk}}{\partial \alpha} = a_{tk}": "refuted",
    }
    assert judged(GATED, lines) == lines


def test_matrix_notation():
    lines = {
        r"\sigma(z) = \frac{1}{1 + e^{-z}}": "definition",
        r"z = W x": "definition",
        r"a = z \odot \sigma(z)": "definition",
        r"\sigma'(z) = \sigma(z)(1 - \sigma(z))": "proved",
        r"\frac{\partial L}{\partial z} = \frac{\partial L}{\partial a} \odot \sigma(z) \odot "
        r"(1 + z \odot (1 - \sigma(z)))": "proved",
        r"\frac{\partial L}{\partial z} = \frac{\partial L}{\partial a} \odot (1 + z \odot (1 - \sigma(z)))": "refuted",
        r"\sigma'(u) = \sigma(u)(1 - \sigma(u))": "proved",
    }  # fmt: skip
    assert judged(MATRIX, lines) == lines


def test_layers():
    lines = {
        r"z^{[l]} = W^{[l]} a^{[l-1]}": "definition",
        r"a^{[l]} = g(z^{[l]})": "definition",
        r"g(z) = \tanh(z)": "definition",
        r"\frac{\partial C}{\partial z^{[l]}_j} = \frac{\partial C}{\partial a^{[l]}_j} (1 - (a^{[l]}_j)^2)": "proved",
        r"\frac{\partial C}{\partial z^{[l]}_j} = \frac{\partial C}{\partial a^{[l]}_j} (1 - a^{[l]}_j)": "refuted",
    }
    assert judged(PERCEPTRON.replace("'g^{[l]}'", "g"), lines) == lines


def test_derivatives_that_are_differentiated_again():
    header = '[symbols]\nx = []\ny = []\n[functions]\ng = "elementwise"\n'
    lines = {
        r"g(z) = z^2 e^z": "definition",
        r"y = g(x)": "definition",
        r"\frac{\partial^2 y}{\partial x^2} = (2 + 4 x + x^2) e^x = g''(x)": "proved proved",
        r"\frac{\partial^2 y}{\partial x^2} = (2 + 2 x + x^2) e^x": "refuted",
    }
    assert judged(header, lines) == lines


def test_with_says_what_a_function_is():
    text = f"+++\n{GATED}+++\nThe network, with $g(z) = z^2$, is\n{shown(OPEN)}\n\n$$g'(z) = 2 z$$\n"
    results = read_text(text).verify()
    assert [results[0].verdict, results[-1].verdict] == ["definition", "proved"]


def test_what_is_not_about_the_letter_alone_is_a_claim():
    lines = LAYER | {
        r"h_{tk} = g(a_{tk})": "definition",
        r"g(a_{tk}) = h_{tk}": "proved",
        r"g(a_{tk}) = h_{tk} b_{tk}": "refuted",
    }
    assert judged(GATED, lines) == lines


def test_a_definition_shows_what_it_says_and_later_ones_are_claims():
    found = read_text(f"+++\n{GATED}+++\n{shown([r'g(z) = z^2 + 1', r'g(q) = q^2 + 1', r'g(q) = q^2'])}")
    results = found.verify()
    assert [result.verdict for result in results] == ["definition", "proved", "refuted"]
    assert results[0].reading == r"g\left(z\right) = {z}^{2} + 1"
    assert kinds(found.document) == ["definition", "claim", "claim"]
    assert found.document.functions == (r"\sigma",)


def test_functions_that_grow_are_bounded():
    lines = {rf"f_{{{k}}}(z) = f_{{{k - 1}}}(z) f_{{{k - 1}}}(z + 1) + z" for k in range(1, 40)}
    header = "[symbols]\nx = []\ny = []\n[functions]\n" + "".join(f"'f_{{{k}}}' = \"elementwise\"\n" for k in range(40))
    text = f"+++\n{header}+++\n{shown(['f_{0}(z) = z', *sorted(lines, key=len), 'y = f_{39}(x)'])}"
    assert read_text(text).document.problem is None


def test_independent_numbers_agree():
    """Complex steps through what the text defines, against what was proved of it."""

    def logistic(z: complex) -> complex:
        return 1 / (1 + cmath.exp(-z))

    functions = {
        r"z\,\sigma(z)": (lambda z: z * logistic(z), r"\sigma(z)(1 + z (1 - \sigma(z)))",
                          lambda z: logistic(z) * (1 + z * (1 - logistic(z)))),
        r"z \tanh(\log(1 + e^z))": (lambda z: z * cmath.tanh(cmath.log(1 + cmath.exp(z))),
                                    r"\tanh(\log(1 + e^z)) + z \sigma(z) (1 - \tanh^2(\log(1 + e^z)))",
                                    lambda z: cmath.tanh(cmath.log(1 + cmath.exp(z)))
                                    + z * logistic(z) * (1 - cmath.tanh(cmath.log(1 + cmath.exp(z))) ** 2)),
    }  # fmt: skip
    numbers = random.Random(1)
    for body, (value, slope, written) in functions.items():
        lines = {
            r"\sigma(z) = \frac{1}{1 + e^{-z}}": "definition", rf"g(z) = {body}": "definition",
            rf"g'(z) = {slope}": "proved", rf"g'(z) = 2 {slope}": "refuted",
        }  # fmt: skip
        assert judged(GATED, lines) == lines
        for z in (numbers.uniform(-3, 3) for _ in range(5)):
            assert abs(value(z + 1e-30j).imag / 1e-30 - written(z)) < 1e-12


def test_what_is_said_before_the_definition_is_claimed_of_it():
    lines = LAYER | {
        r"g'(z) = 3 z^2": "proved",
        r"g'(z) = 2 z^2": "refuted",
        r"g(z) = -g(-z)": "proved",
        r"h_{tk} = g(b_{tk})": "definition",
        r"g(z) = z^3": "definition",
        r"h_{tk} = b_{tk}^3": "proved",
    }
    assert judged(GATED, lines) == lines


def test_a_derivative_that_is_not_confirmed_proves_nothing(monkeypatch):
    """The derivative of a defined function is proved before it is used: here it is wrong."""
    monkeypatch.setattr(curve, "write_out", lambda derivative, definitions: Number(Fraction(7)))
    lines = LAYER | {
        r"g(z) = z^2": "definition",
        r"h_{tk} = g(a_{tk})": "definition",
        r"g'(z) = 7": "undecided",
        r"h_{tk} = a_{tk}^2": "undecided",
    }
    assert judged(GATED, lines) == lines


def test_a_known_function_however_it_is_written():
    known = {
        r"\frac{1}{1 + e^{-z}}": "logistic", r"\frac{e^z}{e^z + 1}": "logistic", r"(1 + \exp(-z))^{-1}": "logistic",
        r"\frac12 (1 + \tanh(z/2))": "logistic", r"1 - \frac{1}{1 + e^z}": "logistic",
        r"\frac{e^z - e^{-z}}{e^z + e^{-z}}": "tanh", r"\frac{1 - e^{-2z}}{1 + e^{-2z}}": "tanh",
        r"\frac{2}{1 + e^{-2z}} - 1": "tanh", r"\tanh z": "tanh", r"e^z": "exp", r"\ln(1 + e^z)": "softplus",
        r"\frac{1}{1 - e^{-z}}": None, r"\frac{1}{1 + e^{-2z}}": None, r"\frac{2 e^z}{e^z + e^{-z}}": None,
        r"\frac{(e^z - 1) e^z}{(e^z - 1)(1 + e^z)}": None, r"\ln(2 + e^z)": None, r"-\tanh(z)": None,
    }  # fmt: skip
    for body, name in known.items():
        document = read_text(f"+++\n{GATED}+++\n$$g(z) = {body}$$\n").document
        shown_as = document.statements[0].readings[0].latex
        assert ("g" not in document.curves) == (name is not None), body
        word = {"logistic": "logistic", "tanh": r"\tanh", "exp": r"\exp", "softplus": "softplus", None: ""}[name]
        assert word in shown_as.split("=")[1], body


def test_functions_of_functions_are_no_deeper_than_can_be_read():
    header = "[symbols]\nx = []\ny = []\n[functions]\n" + "".join(f"'f_{{{k}}}' = \"elementwise\"\n" for k in range(90))
    lines = [r"f_{0}(z) = e^z", *(rf"f_{{{k}}}(z) = e^{{f_{{{k - 1}}}(z)}}" for k in range(1, 90)), "y = f_{89}(x)"]
    assert read_text(f"+++\n{header}+++\n{shown(lines)}").document.problem is None


def test_what_a_function_is_made_of_may_be_said_later():
    lines = LAYER | {
        r"g(z) = z\,\sigma(z)": "definition",
        r"h_{tk} = g(a_{tk})": "definition",
        r"g'(z) = \sigma(z)(1 + z(1 - \sigma(z)))": "proved",
        r"g'(z) = \sigma(z)(1 + z)": "refuted",
        r"\sigma(z) = \frac{1}{1 + e^{-z}}": "definition",
    }
    assert judged(GATED, lines) == lines
    lines = OPEN | {r"g(z) = z\,\sigma(z)": "informal", r"\sigma(z) = 1 + g(z)": "definition"} | RESTS
    assert judged(GATED, lines) == lines


def test_derivatives_by_the_letter_are_not_taken_for_the_loss():
    header = (
        '[axes]\nsample = { size = "N", data = true }\n[indices]\nsample = "i"\n[symbols]\nx = ["sample"]\nw = []\n'
    )
    header += 'J = []\n[functions]\ng = "elementwise"\n'
    lines = {
        r"g(z) = z^2 \tanh z": "definition",
        r"g'(z) = \frac{d}{dz} \left( z^2 \tanh z \right) = 2 z \tanh z + z^2 (1 - \tanh^2 z)": "proved proved",
        r"g'(z) = \frac{d}{dz} \left( z^2 \right)": "refuted",
        r"J = \sum_i g(w x_i)": "definition",
        r"\frac{\partial J}{\partial w} = \sum_i x_i g'(w x_i)": "proved",
        r"\frac{\partial J}{\partial w} = \sum_i g'(w x_i)": "refuted",
    }
    assert judged(header, lines) == lines
    (form,) = read_text(f"+++\n{header}+++\n{shown(lines)}").derive("w")
    assert form.latex.startswith(r"\frac{\partial J}{\partial w} = ")


def test_a_sigmoid_beside_a_hyperbolic_tangent():
    lines = LAYER | {
        r"g(z) = \frac{\tanh z}{1 + e^{-z}}": "definition",
        r"g'(z) = \frac{1 - \tanh^2 z}{1 + e^{-z}} + \frac{e^{-z} \tanh z}{(1 + e^{-z})^2}": "proved",
        r"g'(z) = \frac{1 - \tanh^2 z}{1 + e^{-z}} - \frac{e^{-z} \tanh z}{(1 + e^{-z})^2}": "refuted",
    }
    assert judged(GATED, lines) == lines
