"""What is suggested in place of a wrong line is true there, and it is what the writer meant."""

import pytest

from bnsym.testing.scalars import ComplexStep, Scalars
from tests.refute.slips import SLIPS, put_in_place, wrong_claim
from tests.support.documents import claims, read_text, source

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
