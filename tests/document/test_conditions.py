"""Conditions beside a claim, in its row or in the text, restrict it."""

import pytest

from tests.support.documents import kinds


@pytest.mark.parametrize(
    ("line", "factor"),
    [
        (r"U_{jk} = c_j, \quad j = k", r"\delta_{jk}"),
        (r"U_{jk} = c_j \quad (j = k)", r"\delta_{jk}"),
        (r"U_{jk} = c_j \text{ if } j \neq k", r"\left(1 - \delta_{jk}\right)"),
        (r"\text{If } j \neq k: \quad U_{jk} = c_j", r"\left(1 - \delta_{jk}\right)"),
    ],
)
def test_a_condition_beside_a_claim_restricts_it(document, line, factor):
    claim = next(s for s in document(rf"$$U_{{jk}} = q_j q_k$$ $${line}$$").statements if s.kind == "claim")
    assert claim.readings[0].latex == rf"{factor} U_{{jk}} = {factor} c_{{j}}"


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        (r"and for $j \neq k$: $U_{jk} = c_j$.", r"\left(1 - \delta_{jk}\right)"),
        (r"Finally, if $j = k$, $U_{jk} = c_j$.", r"\delta_{jk}"),
        (r"Hence $U_{jk} = c_j$ for $j \neq k$.", r"\left(1 - \delta_{jk}\right)"),
        ("Hence\n\n$$U_{jk} = c_j$$\n\nif $j = k$.", r"\delta_{jk}"),
        (r"Hence $U_{jk} = c_j$. If $j = k$. Then.", ""),
        (r"This is for $j = k$. And $U_{jk} = c_j$.", ""),
    ],
)
def test_a_condition_in_the_text_restricts_the_claim_beside_it(document, text, factor):
    claim = next(s for s in document(f"$$U_{{jk}} = q_j q_k$$\n\n{text}").statements if s.kind == "claim")
    assert claim.readings[0].latex == f"{factor} U_{{jk}} = {factor} c_{{j}}".strip().replace("=  c", "= c")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (r"With $\lambda = 0$ it vanishes.", "informal"),
        (r"if $c = -1$,", "informal"),
        (r"Let $\lambda = 1$.", "definition"),
        (r"with $\lambda = \sum_j c_j$", "definition"),
    ],
)
def test_what_is_supposed_for_a_remark_defines_nothing(document, text, kind):
    assert kinds(document(text)) == [kind]


def test_every_row_has_its_own_condition(document):
    rows = r"U_{jk} &= c_j, & j = k \\ U_{jk} &= 0, & j \neq k"
    found = [
        s
        for s in document(rf"$$U_{{jk}} = q_j q_k$$ $$\begin{{align}} {rows} \end{{align}}$$").statements
        if s.kind == "claim"
    ]
    assert [s.readings[0].latex for s in found] == [
        r"\delta_{jk} U_{jk} = \delta_{jk} c_{j}",
        r"\left(1 - \delta_{jk}\right) U_{jk} = 0 \left(1 - \delta_{jk}\right)",
    ]


def test_letters_that_the_claim_lacks_are_no_condition(document):
    found = document(r"$$c_j = q_j, \quad j = i$$")
    assert kinds(found) == ["definition", "informal"]


def test_a_definition_under_a_condition_is_an_error(document):
    found = document(r"$$U_{jk} = c_j, \quad j = k$$")
    assert kinds(found) == ["error", "informal"]
    assert "a definition under a condition" in found.statements[0].problem.message
