r"""What `derive` finds for the project's documents is what people write: three terms, in the document's own letters."""

from __future__ import annotations

import pytest

import bnsym
from tests.support.documents import DERIVATIONS

FORMS = {
    ("batch_norm_stages", "x"): (
        r"\frac{\gamma}{\sqrt{\sigma_{\mathcal{B}}^{2} + \epsilon}} \left(\frac{\partial \ell}{\partial y_{i}}"
        r" - \langle \frac{\partial \ell}{\partial y} \rangle"
        r" - \hat{x}_{i} \langle \frac{\partial \ell}{\partial y} \hat{x} \rangle\right)"
    ),
    ("batch_norm_spatial", "x"): (
        r"\frac{\gamma_{c}}{\sqrt{v_{c} + \epsilon}} \left(\frac{\partial L}{\partial y_{nchw}}"
        r" - \frac{1}{N H W} \sum_{p} \sum_{q} \sum_{r} \frac{\partial L}{\partial y_{pcqr}}"
        r" - \hat{x}_{nchw} \frac{1}{N H W} \sum_{p} \sum_{q} \sum_{r} \frac{\partial L}{\partial y_{pcqr}}"
        r" \hat{x}_{pcqr}\right)"
    ),
    ("batch_norm_spatial", r"\epsilon"): (
        r"-\frac{1}{2} \sum_{c} \frac{\gamma_{c}}{v_{c} + \epsilon}"
        r" \sum_{n} \sum_{h} \sum_{w} \frac{\partial L}{\partial y_{nchw}} \hat{x}_{nchw}"
    ),
    ("layer_norm", "x"): (
        r"\frac{1}{\sigma_{s}} \left(w_{i} \delta_{si} - \frac{1}{H} \sum_{j} w_{j} \delta_{sj}"
        r" - \frac{1}{H} \hat{x}_{si} \sum_{j} w_{j} \delta_{sj} \hat{x}_{sj}\right)"
    ),
    ("layer_norm", "w"): r"\sum_{s} \delta_{si} \hat{x}_{si}",
    ("rms_norm", "x"): (
        r"\frac{1}{r_{t}} \left(\gamma_{i} \frac{\partial \mathcal{L}}{\partial y_{ti}} - \frac{1}{d} \hat{x}_{ti}"
        r" \sum_{j} \gamma_{j} \frac{\partial \mathcal{L}}{\partial y_{tj}} \hat{x}_{tj}\right)"
    ),
    ("rms_norm", r"\gamma"): r"\sum_{t} \frac{\partial \mathcal{L}}{\partial y_{ti}} \hat{x}_{ti}",
    ("group_norm", "x"): (
        r"\frac{1}{\sigma_{ng}} \left(\gamma_{gc} \Delta_{ngcp}"
        r" - \frac{1}{D P} \sum_{k} \gamma_{gk} \sum_{q} \Delta_{ngkq}"
        r" - \frac{1}{D P} \hat{x}_{ngcp} \sum_{k} \gamma_{gk} \sum_{q} \Delta_{ngkq} \hat{x}_{ngkq}\right)"
    ),
    ("instance_norm", "x"): (
        r"\frac{\gamma_{c}}{\sqrt{\langle \left(x_{nc} - \langle x_{nc} \rangle\right)^{2} \rangle + \epsilon}}"
        r" \left(\frac{\partial J}{\partial y_{ncp}} - \langle \frac{\partial J}{\partial y_{nc}} \rangle"
        r" - z_{ncp} \langle \frac{\partial J}{\partial y_{nc}} z_{nc} \rangle\right)"
    ),
    ("weight_norm", "v"): (
        r"\frac{g}{\sqrt{\sum_{i} {v_{i}}^{2}}} \left(\frac{\partial L}{\partial w_{j}}"
        r" - \frac{1}{\sum_{i} {v_{i}}^{2}} v_{j} \sum_{i} \frac{\partial L}{\partial w_{i}} v_{i}\right)"
    ),
    ("l2_normalization", r"\mathbf{x}"): (
        r"\frac{1}{\sqrt{\sum_{j} {\mathbf{x}_{j}}^{2}}} \left(\frac{\partial \mathcal{L}}{\partial \mathbf{y}_{i}}"
        r" - \mathbf{y}_{i} \sum_{j} \frac{\partial \mathcal{L}}{\partial \mathbf{y}_{j}} \mathbf{y}_{j}\right)"
    ),
    ("softmax", "u"): (
        r"p_{i} \left(\frac{\partial C}{\partial p_{i}} - \sum_{j} \frac{\partial C}{\partial p_{j}} p_{j}\right)"
    ),
    ("softmax_cross_entropy", "u"): r"\frac{1}{N} \left(p_{sk} - t_{sk}\right)",
    ("batch_norm_matrix", r"\mathbf{x}"): (
        r"\frac{\gamma}{\sigma} \left(\frac{\partial \mathcal{L}}{\partial \mathbf{y}_{j}}"
        r" - \frac{1}{N} \sum_{i} \frac{\partial \mathcal{L}}{\partial \mathbf{y}_{i}}"
        r" - \frac{1}{N} \hat{\mathbf{x}}_{j} \sum_{i} \frac{\partial \mathcal{L}}{\partial \mathbf{y}_{i}}"
        r" \hat{\mathbf{x}}_{i}\right)"
    ),
    ("batch_norm_graph", "x"): (
        r"\frac{\gamma_{d}}{s_{d}} \left(\frac{\partial L}{\partial y_{nd}}"
        r" - \langle \frac{\partial L}{\partial y_{d}} \rangle"
        r" - \hat{x}_{nd} \langle \frac{\partial L}{\partial y_{d}} \hat{x}_{d} \rangle\right)"
    ),
    ("log_softmax", "u"): (
        r"\frac{\partial C}{\partial \ell_{i}} - p_{i} \sum_{j} \frac{\partial C}{\partial \ell_{j}}"
    ),
    ("cross_entropy", "z"): r"p_{i} \sum_{j} y_{j} - y_{i}",
    ("logistic_cross_entropy", "z"): r"\frac{1}{N} \left(p_{i} - y_{i}\right)",
    ("attention", "Q"): (
        r"\frac{1}{\sqrt{d}} \sum_{j} K_{jp} P_{ij}"
        r" \sum_{q} \frac{\partial \phi}{\partial O_{iq}} \left(V_{jq} - O_{iq}\right)"
    ),
    ("linear", "W"): r"\sum_{s} \frac{\partial L}{\partial Y_{sj}} X_{si}",
    ("residual", "x^l"): (
        r"\delta_{si}^{l+1} + \sum_{k} A_{ki}^{l+1} g'\left(a_{sk}^{l+1}\right) \sum_{j} \delta_{sj}^{l+1} B_{jk}^{l+1}"
    ),
    ("residual_norm", "x"): (
        r"\frac{\partial \mathcal{L}}{\partial y_{ti}} + \frac{w_{i}}{r_{t}} \eta_{ti}"
        r" - \frac{1}{d r_{t}} z_{ti} \sum_{j} w_{j} \eta_{tj} z_{tj}"
    ),
    ("multilayer_perceptron", r"z^l"): (
        r"\sigma'\left(z_{sj}^{l}\right) \sum_{k} \delta_{sk}^{l+1} w_{kj}^{l+1}"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("document", "symbol"), FORMS, ids=" ".join)
def test_the_form_that_is_found(document, symbol):
    (form, *_) = bnsym.read(DERIVATIONS / f"{document}.md").derive(symbol)
    assert form.latex.split(" = ", 1)[1] == FORMS[document, symbol]
