"""The closed forms that are found are the compact ones, on forwards of several kinds."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from bnsym.cli import main
from bnsym.derivation import read

DERIVATIONS = Path(__file__).parents[2] / "derivations"
EPSILON = (DERIVATIONS / "batch_norm_epsilon.md").read_text()

CONVOLUTION = r"""+++
[axes]
batch = { size = "N", data = true }
pixel = { size = "P", data = true }
channel = "C"
[indices]
batch = "n m"
pixel = "p q"
channel = "c"
[symbols]
'x' = ["batch", "pixel", "channel"]
'\hat{x}' = ["batch", "pixel", "channel"]
'y' = ["batch", "pixel", "channel"]
'\mu' = ["channel"]
'v' = ["channel"]
'\gamma' = ["channel"]
'\epsilon' = []
[cost]
symbol = 'L'
of = 'y'
+++
$$\mu_c = \frac{1}{NP} \sum_{n,p} x_{npc}, \quad v_c = \frac{1}{NP} \sum_{n,p} (x_{npc} - \mu_c)^2$$
$$\hat{x}_{npc} = \frac{x_{npc} - \mu_c}{\sqrt{v_c + \epsilon}}, \quad y_{npc} = \gamma_c \hat{x}_{npc}$$
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "document.md"
    path.write_text(text)
    return path


def form(path: Path, symbol: str) -> str:
    (found, *_) = read(path).derive(symbol)
    return found.latex


def test_a_bias_does_not_spoil_the_form(tmp_path):
    biased = EPSILON.replace("'\\epsilon' = []", "'\\epsilon' = []\n'b^l' = [\"unit^l\"]")
    biased = biased.replace("u^{l-1} \\\\", "u^{l-1} + b^l \\\\", 1)
    assert biased != EPSILON
    path = written(tmp_path, biased)
    for symbol in ("W^{l-1,l}", r"\gamma^l", "y^l"):
        assert form(path, symbol) == form(DERIVATIONS / "batch_norm_epsilon.md", symbol)
    assert form(path, "b^l").endswith("= 0")


def test_several_averaged_axes_give_three_terms(tmp_path):
    found = form(written(tmp_path, CONVOLUTION), "x")
    assert found.count("-") == 2
    assert found.count(r"\hat{x}") == 2
    assert r"\mu" not in found


@pytest.mark.parametrize("quotient", [r"\frac{\epsilon+1}{\epsilon+1}", r"\frac{\epsilon^2+1}{\epsilon^2+1}"])
def test_what_cancels_is_proved_under_a_hypothesis(tmp_path, quotient):
    claim = r"\Delta_s^L &= \frac{\partial \mathcal{C}}{\partial u_s^L} g'(y_s^L)"
    assert claim in EPSILON
    path = written(tmp_path, EPSILON.replace(claim, f"{claim} {quotient}"))
    (result,) = [r for r in read(path).verify() if r.is_claim and "+ 1" in r.reading]
    assert result.verdict == "proved"
    assert any(r"\neq 0" in h and "+ 1" in h for h in result.hypotheses)


def test_a_size_less_one_is_not_zero(tmp_path):
    bessel = EPSILON.replace(r"\langle (x^l - \mu_B^l)^2 \rangle", r"\frac{1}{N-1} \sum_s (x_s^l - \mu_B^l)^2")
    bessel = bessel.replace(r"- \hat{x}_s^l \langle", r"- \frac{N}{N-1} \hat{x}_s^l \langle")
    (result,) = [r for r in read(written(tmp_path, bessel)).verify() if r.statement.id == "eq4.1"]
    assert result.verdict == "proved"
    assert r"N - 1 \neq 0" in result.hypotheses


def test_no_symbol_at_all_is_refused():
    result = CliRunner().invoke(main, ["derive", str(DERIVATIONS / "batch_norm.md"), "--wrt", ""])
    assert result.exit_code == 2
    assert "no derivative of the cost by ''" in result.output
