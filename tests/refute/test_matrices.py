"""Lines in matrix notation: the closed forms that are suggested in their place read, and are proved, there."""

import pytest

from bnsym.mend import Mender
from tests.support.documents import read_text, shown, source

LINES = [
    ("attention", r"\frac{\partial \phi}{\partial V} = V", r"P^\top \frac{\partial \phi}{\partial O}"),
    ("attention", r"\frac{\partial \phi}{\partial P} = V V^\top", r"\frac{\partial \phi}{\partial O} V^\top"),
    (
        "attention",
        r"\frac{\partial \phi}{\partial K} = \frac{\partial \phi}{\partial S} Q",
        r"\frac{1}{\sqrt{d}} (\frac{\partial \phi}{\partial S})^\top Q",
    ),
    (
        "attention",
        r"\frac{\partial \phi}{\partial S} = P \odot \frac{\partial \phi}{\partial P}",
        r"P \odot \frac{\partial \phi}{\partial P} - "
        r"\operatorname{diag}((\frac{\partial \phi}{\partial P} \odot P) \mathbf{1}_{m}) P",
    ),
    ("softmax", r"\frac{\partial p}{\partial u} = p p^\top", r"\operatorname{diag}(p) - p p^\top"),
    (
        "softmax",
        r"\nabla_u C = p",
        r"p \odot (\frac{\partial C}{\partial p} - ((\frac{\partial C}{\partial p})^\top p) \mathbf{1})",
    ),
    ("layer_norm_matrix", r"\nabla_\gamma C = \delta", r"\delta \odot \hat{x}"),
    ("layer_norm_matrix", r"\mu = x^\top x", r"\frac{1}{n} \mathbf{1}^\top x"),
    (
        "layer_norm_matrix",
        r"\frac{\partial \hat{x}}{\partial x} = I",
        r"\frac{1}{\sigma} (I - \frac{1}{n} \mathbf{1} \mathbf{1}^\top - \frac{1}{n} \hat{x} \hat{x}^\top)",
    ),
    ("linear", r"\frac{\partial L}{\partial W} = X", r"(\frac{\partial L}{\partial Y})^\top X"),
    ("linear", r"\frac{\partial L}{\partial b} = \mathbf{1}", r"(\frac{\partial L}{\partial Y})^\top \mathbf{1}"),
]


@pytest.mark.parametrize(("document", "line", "meant"), LINES)
def test_a_line_in_matrix_notation_is_mended_in_it(document, line, meant, quick):
    derivation = read_text(source(document) + shown([line]))
    (result,) = Mender(derivation.judge).mended([derivation.judge.judge(derivation.statements[-1])])
    assert result.verdict in ("refuted", "ill-formed")
    assert result.suggestions[0] == meant
    mended = read_text(source(document) + shown([f"{line.split(' = ')[0]} = {meant}"]))
    assert mended.judge.judge(mended.statements[-1]).verdict == "proved"


COMPOUNDS = r"""+++
[axes]
n = "n"
m = "m"
[symbols]
'A' = ["m", "n"]
'x' = ["n"]
'y' = ["m"]
'b' = ["m"]
[reading]
products = "matrix"
+++

$$y = A x + b$$

$$\nabla_x \|A x\|^2 = A^\top A x$$

$$\frac{\partial}{\partial A} \|A x\|^2 = 2 A x x^\top, \qquad x^\top A^\top A x = \|A x\|^2$$
"""


def test_a_derivative_of_what_has_no_name_is_mended(quick):
    """What has no name is made of other such things by the time that the line is read again."""
    wrong, *rest = [r for r in read_text(COMPOUNDS).verify() if r.is_claim]
    assert wrong.verdict == "refuted" and wrong.suggestions[0] == r"2 A^\top A x"
    assert all(r.verdict == "proved" for r in rest)


def test_differentials_are_mended(quick):
    """Zero cannot stand for a differential: what is known of the head comes from the head itself."""
    text = COMPOUNDS.split("$$", 1)[0] + "$$y = A x + b$$\n\n" + r"$$\mathrm{d}y = A^\top \mathrm{d}x$$" + "\n"
    (wrong,) = [r for r in read_text(text).verify() if r.is_claim]
    assert wrong.verdict == "ill-formed" and wrong.suggestions[0] == r"A \mathrm{d}x"
