"""What is suggested in place of a wrong line is true there, and it is what the writer meant."""

import pytest

from bnsym.mend import Mender
from bnsym.testing.scalars import ComplexStep, Scalars
from tests.refute.slips import SLIPS, put_in_place, wrong_claim
from tests.support.documents import claims, read_text, shown, source

BRACKET = r"\left[ u_s^{l-1} - \langle u^{l-1} \rangle - \hat{x}_s^l \langle u^{l-1} \hat{x}^l \rangle \right]"


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.what)
def test_a_slip_is_mended(slip, quick):
    derivation = read_text(slip.text())
    result = wrong_claim(derivation)
    assert result.verdict in ("refuted", "ill-formed")
    assert 1 <= len(result.suggestions) <= 3
    for suggestion in result.suggestions:
        mended = put_in_place(derivation, result, slip.text(), suggestion)
        (again,) = [r for r in claims(mended) if r.statement.id == result.statement.id]
        assert again.verdict == "proved", suggestion
        assert Scalars(mended.document, ComplexStep()).error(again.statement.readings[0]) < 1e-9


def test_the_likeliest_repair_comes_first(quick):
    """An edit of what was written comes before the closed form that was found without looking at it."""
    (slip,) = [slip for slip in SLIPS if slip.what == "sign"]
    result = wrong_claim(read_text(slip.text()))
    assert result.suggestions[0] == (
        r"\frac{\gamma^l}{\sqrt{\sigma_B^{2,l} + \epsilon}} "
        r"[ \Delta_s^l - \langle \Delta^l \rangle - \hat{x}_s^l \langle \Delta^l \hat{x}^l \rangle ]"
    )


def test_the_errata_of_a_line_are_no_more_in_a_repair(quick):
    """⟨Δ x̂⟩ for Σ Δ x̂ is mended with a factor, not by summing in silence."""
    (slip,) = [slip for slip in SLIPS if slip.what == "another tensor"]
    text = slip.text().replace(r"&= \sum_s \Delta_s^l x_s^l", r"&= \langle \Delta^l \hat{x}^l \rangle")
    result = wrong_claim(read_text(text))
    assert result.suggestions[0] == r"N \langle \Delta^l \hat{x}^l \rangle"


def test_verdicts_without_repairs_are_the_same(quick):
    derivation = read_text(SLIPS[0].text())
    plain, repaired = derivation.verify(repairs=False), derivation.verify()
    assert [r.verdict for r in plain] == [r.verdict for r in repaired]
    assert not any(r.suggestions for r in plain) and any(r.suggestions for r in repaired)
    assert not any(r.suggestions for r in repaired if r.verdict == "proved")


@pytest.mark.parametrize(
    "wrong",
    [
        r"\left[ u_s^{l-1} - \hat{x}_s^l \langle u^{l-1} \hat{x}^l \rangle \right]",
        r"\left[ u_s^{l-1} - \langle u^{l-1} \rangle \right]",
        "u_s^{l-1}",
    ],
)
def test_terms_are_missing_where_the_reader_puts_a_delta(wrong, quick):
    r"""∂y_s/∂W leaves the units out: its entries off the diagonal are zero, and what is written is the diagonal."""
    text = source("batch_norm_epsilon").replace(BRACKET, wrong, 1)
    derivation = read_text(text)
    result = wrong_claim(derivation)
    assert result.suggestions and not any(r"\delta" in suggestion for suggestion in result.suggestions)
    for suggestion in result.suggestions:
        mended = put_in_place(derivation, result, text, suggestion)
        (again,) = [r for r in claims(mended) if r.statement.id == result.statement.id]
        assert again.verdict == "proved", suggestion


SCALE = r"\frac{\gamma^l}{\sqrt{\sigma_B^{2,l} + \epsilon}}"
RIGHT = r"[ u_s^{l-1} - \langle u^{l-1} \rangle - \hat{x}_s^l \langle u^{l-1} \hat{x}^l \rangle ]"
CLOSED = RIGHT.replace("[ ", r"\left(").replace(" ]", r"\right)")
MEANT = {  # what is written for the bracket of ∂y_s/∂W, and the right-hand side that is suggested first
    "a term is lost": (RIGHT.replace(r" - \hat{x}_s^l \langle u^{l-1} \hat{x}^l \rangle", ""), f"{SCALE} {RIGHT}"),
    "two terms are lost": ("u_s^{l-1}", f"{SCALE} {CLOSED}"),
    "two means for one": (
        RIGHT.replace(r"u^{l-1} \hat{x}^l", r"u^{l-1} \rangle \langle \hat{x}^l"),
        f"{SCALE} {RIGHT}",
    ),
    "a factor inside of a mean": (
        RIGHT.replace(r"\hat{x}_s^l \langle u^{l-1}", r"\langle \hat{x}^l u^{l-1}"),
        f"{SCALE} {RIGHT}",
    ),
    "a mean for an entry": (RIGHT.replace(r"\hat{x}_s^l", r"\langle \hat{x}^l \rangle"), f"{SCALE} {RIGHT}"),
    "another layer": (RIGHT.replace("u_s^{l-1}", "u_s^l"), f"{SCALE} {RIGHT}"),
    "another tensor, twice": (RIGHT.replace(r"\hat{x}", "x"), f"{SCALE} {RIGHT}"),
    "a range that is too short": (
        RIGHT.replace(r"\langle u^{l-1} \rangle -", r"\frac{1}{N} \sum_{t=1}^{N-1} u_t^{l-1} -"),
        f"{SCALE} {RIGHT}".replace(r"\langle u^{l-1} \rangle -", r"\frac{1}{N} \sum_{t=1}^{N} u_t^{l-1} -"),
    ),
}


@pytest.mark.parametrize("slip", MEANT)
def test_what_was_meant_comes_first(slip, quick):
    wrong, meant = MEANT[slip]
    result = wrong_claim(read_text(source("batch_norm_epsilon").replace(BRACKET, wrong, 1)))
    assert result.suggestions[0] == meant


@pytest.mark.parametrize(
    ("document", "line", "meant"),
    [
        # The factor that the prefactor lacks stands in its numerator.
        (
            "batch_norm_epsilon",
            rf"\frac{{\partial y_s^l}}{{\partial W^{{l-1,l}}}} = {SCALE} {RIGHT}".replace(r"{\gamma^l}", "{1}"),
            f"{SCALE} {RIGHT}",
        ),
        # A factor that one term has, and all should.
        (
            "layer_norm",
            r"\frac{\partial L}{\partial w_i} = \sum_s \delta_{si} (\hat{x}_{si} x_{si} - \hat{x}_{si} \mu_s + \mu_s)",
            r"\sum_s \delta_{si} \hat{x}_{si}",
        ),
        # A letter too many.
        ("batch_norm_epsilon", r"\frac{\partial y_s^l}{\partial \gamma^l} = \hat{x}_{sk}^l", r"\hat{x}_s^l"),
        # What is zero is told to be zero, not another thing that is.
        (
            "batch_norm_bias",
            r"\frac{\partial \mathcal{C}}{\partial b^l} = \sum_s \frac{\partial \mathcal{C}}{\partial y_s^l}",
            "0",
        ),
        ("batch_norm_bias", r"\sum_s \hat{x}_s^l = N", "0"),
        # Letters that the line leaves out are left out.
        (
            "batch_norm_epsilon",
            r"\frac{\partial \mathcal{C}}{\partial u_s^l} = W^{l,l+1} \Delta_s^{l+1}",
            r"\frac{\gamma^{l+1}}{\sqrt{\sigma_B^{2,l+1} + \epsilon}} W^{l,l+1} "
            r"\left(\Delta_s^{l+1} - \langle \Delta^{l+1} \rangle - \hat{x}_s^{l+1} "
            r"\langle \Delta^{l+1} \hat{x}^{l+1} \rangle\right)",
        ),
        # A bracket that is closed too late.
        (
            "batch_norm_bias",
            r"\mu_B^l = W^{l-1,l} (\langle u^{l-1} \rangle + b^l)",
            r"W^{l-1,l} \langle u^{l-1} \rangle + b^l",
        ),
        # What is in view of the head alone, where the line mentions layers with others between them.
        (
            "batch_norm_epsilon",
            r"\Delta_{si}^l = g'(y_{si}^l) \sum_j \Delta_{sj}^L",
            r"\frac{\partial \mathcal{C}}{\partial u_{si}^l} g'\left(y_{si}^l\right)",
        ),
        # What is in view of the head only if the right-hand side is read.
        (
            "log_softmax",
            r"\log ( \sum_k \exp(u_k) ) = M + \log ( \sum_k \exp(\langle u_k \rangle - M) )",
            r"M + \log ( \sum_k \exp(u_k - M) )",
        ),
        # A head that is no name may be written in other ways.
        (
            "instance_norm",
            r"\operatorname{Var}[x] = \mathbb{E}[x^2] - \mathbb{E}[x]",
            r"\mathbb{E}[x^2] - (\mathbb{E}[x])^2",
        ),
        # That the head is itself is no news.
        (
            "batch_norm_epsilon",
            r"\Delta_s^L = 2 \Delta_s^L",
            r"\frac{\partial \mathcal{C}}{\partial u_s^L} g'\left(y_s^L\right)",
        ),
        # A factor that would cancel what is there is longer than the right-hand side itself.
        ("log_softmax", r"\ell_i = u_i", r"u_i - \log\left(\sum_k \exp\left(u_k\right)\right)"),
    ],
)
def test_what_is_shorter_comes_first(document, line, meant, quick):
    derivation = read_text(source(document) + shown([line]))
    (result,) = Mender(derivation.judge).mended([derivation.judge.judge(derivation.statements[-1])])
    assert result.verdict in ("refuted", "ill-formed")
    assert result.suggestions[0] == meant


def test_nothing_is_offered_twice(quick):
    """The closed form is no second suggestion if the first says the same in another order."""
    text = source("batch_norm_epsilon").replace(BRACKET, RIGHT.replace("+", "-").replace("[ u", "[ 2 u"), 1)
    result = wrong_claim(read_text(text))
    assert result.suggestions == (f"{SCALE} {RIGHT}",)


def test_a_number_at_the_head_suggests_no_difference(quick):
    """0 = x is not mended by x − x."""
    derivation = read_text(source("layer_norm") + shown(["0 = x_{si}"]))
    (result,) = Mender(derivation.judge).mended([derivation.judge.judge(derivation.statements[-1])])
    assert result.verdict == "refuted" and not any("-" in suggestion for suggestion in result.suggestions)
