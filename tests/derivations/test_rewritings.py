"""Equal ways to write the closed forms: all are proved."""

from __future__ import annotations

import pytest

from tests.support.documents import claims, read_text, shown, source, without_claims

C = r"\frac{\partial \mathcal{C}}{\partial %s}"
W = r"W_{ji}^{l-1,l}"
ROOT = r"\sqrt{\sigma_{B,j}^{2,l} + \epsilon}"
SCALE = rf"\frac{{\gamma_j^l}}{{{ROOT}}}"
BRACKET = (
    r"\left[ \Delta_{sj}^l - \langle \Delta_j^l \rangle - \hat{x}_{sj}^l \langle \Delta_j^l \hat{x}_j^l \rangle \right]"
)
TWIN = r"\left[ u_{si}^{l-1} - \langle u_i^{l-1} \rangle - \hat{x}_{sj}^l \langle u_i^{l-1} \hat{x}_j^l \rangle \right]"
OUTER = r"\frac{\gamma_j^{l+1}}{\sqrt{\sigma_{B,j}^{2,l+1} + \epsilon}}"
NEXT = (
    r"\left[ \Delta_{sj}^{l+1} - \langle \Delta_j^{l+1} \rangle "
    r"- \hat{x}_{sj}^{l+1} \langle \Delta_j^{l+1} \hat{x}_j^{l+1} \rangle \right]"
)

WEIGHTS = [
    rf"\sum_s {SCALE} {BRACKET} u_{{si}}^{{l-1}}",
    rf"\sum_s {SCALE} \Delta_{{sj}}^l {TWIN}",
    rf"{SCALE} \sum_s {BRACKET} u_{{si}}^{{l-1}}",
    rf"{SCALE} \sum_s \Delta_{{sj}}^l {TWIN}",
    rf"\gamma_j^l \sum_t u_{{ti}}^{{l-1}} {BRACKET} \frac{{1}}{{{ROOT}}}".replace("{sj}", "{tj}"),
    rf"{SCALE} \sum_s {BRACKET} \left( u_{{si}}^{{l-1}} - \langle u_i^{{l-1}} \rangle \right)",
    rf"N {SCALE} \left[ \langle \Delta_j^l u_i^{{l-1}} \rangle "
    r"- \langle \Delta_j^l \rangle \langle u_i^{l-1} \rangle "
    r"- \langle \Delta_j^l \hat{x}_j^l \rangle \langle u_i^{l-1} \hat{x}_j^l \rangle \right]",
    rf"{SCALE} \left[ \sum_s \Delta_{{sj}}^l u_{{si}}^{{l-1}} - \frac1N \sum_s \Delta_{{sj}}^l \sum_t u_{{ti}}^{{l-1}} "
    r"- \frac{1}{N} \left( \sum_t u_{ti}^{l-1} \hat{x}_{tj}^l \right) \sum_s \Delta_{sj}^l \hat{x}_{sj}^l \right]",
    rf"{SCALE} \sum_s \Delta_{{sj}}^l \left[ u_{{si}}^{{l-1}} - \frac1N \sum_t u_{{ti}}^{{l-1}} "
    r"- \frac{x_{sj}^l - \mu_{B,j}^l}{\sqrt{\sigma_{B,j}^{2,l} + \epsilon}} "
    r"\frac1N \sum_t u_{ti}^{l-1} \hat{x}_{tj}^l \right]",
    rf"{SCALE} \sum_s \Delta_{{sj}}^l \left[ u_{{si}}^{{l-1}} - \langle u_i^{{l-1}} \rangle "
    r"- \frac{x_{sj}^l - \mu_{B,j}^l}{\sigma_{B,j}^{2,l} + \epsilon} "
    r"\langle u_i^{l-1} (x_j^l - \mu_{B,j}^l) \rangle \right]",
    rf"-{SCALE} \sum_s \left[ \langle \Delta_j^l \rangle + \hat{{x}}_{{sj}}^l \langle \hat{{x}}_j^l \Delta_j^l \rangle "
    r"- \Delta_{sj}^l \right] u_{si}^{l-1}",
    rf"\sum_s {C % 'x_{sj}^l'} u_{{si}}^{{l-1}}",
    rf"\sum_s \sum_k \Delta_{{sk}}^l \frac{{\partial y_{{sk}}^l}}{{\partial {W}}}",
    rf"\sum_s \sum_k {C % 'y_{sk}^l'} \frac{{\partial y_{{sk}}^l}}{{\partial {W}}}",
]  # fmt: skip
RECURSION = [
    rf"g'(y_{{si}}^l) \sum_j {OUTER} W_{{ji}}^{{l,l+1}} {NEXT}",
    rf"\sum_j W_{{ji}}^{{l,l+1}} {NEXT} {OUTER} g'(y_{{si}}^l)",
    rf"\sum_j {C % 'x_{sj}^{l+1}'} W_{{ji}}^{{l,l+1}} g'(y_{{si}}^l)",
    rf"{C % 'u_{si}^l'} g'(y_{{si}}^l)",
    NEXT.join((rf"g'(y_{{si}}^l) \sum_k {OUTER} W_{{ji}}^{{l,l+1}} ", "")).replace("_j^", "_k^").replace("sj", "sk")
    .replace("ji", "ki").replace("B,j", "B,k"),
]  # fmt: skip
OTHERS = [
    (C % r"\gamma_j^l", r"\sum_s \Delta_{sj}^l \frac{x_{sj}^l - \mu_{B,j}^l}{\sqrt{\sigma_{B,j}^{2,l} + \epsilon}}"),
    (C % r"\gamma_j^l", r"N \langle \Delta_j^l \hat{x}_j^l \rangle"),
    (C % r"\gamma_j^l", rf"\frac{{1}}{{{ROOT}}} "
     r"\sum_s \left( \Delta_{sj}^l - \langle \Delta_j^l \rangle \right) x_{sj}^l"),
    (C % r"\beta_j^l", r"N \langle \Delta_j^l \rangle"),
    (C % r"\beta_j^l", r"N \frac1N \sum_t \Delta_{tj}^l"),
    (C % r"x_{sj}^l", rf"\frac{{\gamma_j^l}}{{N {ROOT}}} \left[ N \Delta_{{sj}}^l - \sum_t \Delta_{{tj}}^l "
     r"- \hat{x}_{sj}^l \sum_t \Delta_{tj}^l \hat{x}_{tj}^l \right]"),
    (C % r"x_{sj}^l", rf"{SCALE} \sum_t "
     r"\left[ \delta_{st} - \frac1N - \frac1N \hat{x}_{sj}^l \hat{x}_{tj}^l \right] \Delta_{tj}^l"),
]  # fmt: skip


@pytest.fixture(scope="module")
def head() -> str:
    return without_claims(source("batch_norm_epsilon"))


@pytest.mark.parametrize(
    ("left", "rights"), [(C % W, WEIGHTS), (r"\Delta_{si}^l", RECURSION)], ids=["weights", "recursion"]
)
def test_equal_forms(head, left, rights, proofs_only):
    results = claims(read_text(head + shown(f"{left} = {right}" for right in rights)))
    assert [r.statement.latex for r in results if r.verdict != "proved"] == []
    assert len(results) == len(rights)


def test_equal_forms_of_the_others(head, proofs_only):
    results = claims(read_text(head + shown(f"{left} = {right}" for left, right in OTHERS)))
    assert [r.statement.latex for r in results if r.verdict != "proved"] == []
    assert len(results) == len(OTHERS)


def test_a_chain_of_them(head, proofs_only):
    """Every link says head = this; each stands for itself."""
    chain = " = ".join([C % W, *WEIGHTS[:4]])
    results = claims(read_text(head + shown([chain])))
    assert [r.verdict for r in results] == ["proved"] * 4
    assert len({r.statement.chain for r in results}) == 1
