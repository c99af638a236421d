"""The documents of the project, and the seed, from the file to the exit status."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import bnsym
from bnsym.cli import main
from bnsym.refute import find_counterexample
from bnsym.testing import ComplexStep
from tests.support.documents import DOCUMENTS, SEED, claims, edited, read_text, source, verdicts
from tests.support.oracles import opinions
from tests.support.thorough import THOROUGH

NOTATION = next(path for path in DOCUMENTS if path.stem == "batch_norm")


@pytest.fixture(scope="module")
def seed():
    return bnsym.read(SEED, NOTATION)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_claim_is_proved(path):
    outcome = CliRunner().invoke(main, ["verify", "--json", str(path)])
    assert outcome.exit_code == 0, outcome.output
    (document,) = json.loads(outcome.output)["documents"]
    found = [s["verdict"] for s in document["statements"] if s["verdict"] not in ("definition", "informal")]
    assert found and set(found) == {"proved"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_what_is_proved_is_true(path):
    """Run with numbers, by complex steps through the document's own definitions."""
    for seed in range(2 if THOROUGH else 1):
        assert max(opinions(path, ComplexStep(), seed=seed).values()) < 1e-9


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_what_is_proved_has_no_counterexample(path):
    derivation = bnsym.read(path)
    for result in claims(derivation):
        assert result.proof is not None
        theorem = result.proof.deriver.prover.theory.theorems[result.proof.number]
        graph = result.proof.deriver.graph
        assert find_counterexample(graph, theorem.free, theorem.left, theorem.right, seconds=0.03) is None


def test_at_least_the_documents_that_there_must_be():
    assert {path.stem for path in DOCUMENTS} >= {
        "batch_norm", "batch_norm_stages", "batch_norm_graph", "batch_norm_matrix", "batch_norm_spatial",
        "layer_norm", "layer_norm_matrix", "rms_norm", "group_norm", "instance_norm", "weight_norm", "l2_normalization",
        "softmax", "log_softmax", "softmax_cross_entropy", "cross_entropy", "logistic_cross_entropy", "squared_error",
        "linear", "residual", "residual_norm", "multilayer_perceptron", "attention",
    }  # fmt: skip


class TestTheSeed:
    def test_every_claim_is_proved(self, seed):
        assert verdicts(seed) == dict.fromkeys(
            ["eq2.4", "eq4.1", "eq4.2", "eq4.3", "eq4.4", "eq4.5", "eq4.6", "eq5.1"], "proved"
        )

    def test_exit_status_and_report(self):
        outcome = CliRunner().invoke(main, ["verify", str(SEED), "--notation", str(NOTATION)])
        assert outcome.exit_code == 0
        assert "8 proved" in outcome.output and "induction" in outcome.output

    def test_the_missing_sample_index(self, seed):
        """It is named with the reading that is proved and the one that is refuted."""
        with_errata = [r for r in seed.verify() if r.errata]
        assert [r.statement.id for r in with_errata] == ["eq4.3"]
        (erratum,) = with_errata[0].errata
        assert erratum.kind == "missing-index"
        assert r"\hat{x}^{l} at s: proved" in erratum.message
        assert r"\hat{x}^{l} averaged over sample: refuted" in erratum.message

    def test_nothing_is_assumed_but_what_the_text_leaves_out(self, seed):
        assert [a.split(" = ")[0] for a in seed.document.assumptions] == [r"\mu_B^l", r"\sigma_B^{2,l}"]
        assert seed.document.hypotheses == ()

    def test_hypotheses_are_shown(self, seed):
        found = {h for result in claims(seed) for h in result.hypotheses}
        assert found == {
            r"\sigma_{B,i}^{2,l} > 0", r"\sigma_{B,i}^{2,l+1} > 0",
            r"g \text{ differentiable at } y_{si}^{l}", r"g \text{ differentiable at } y_{si}^{L}",
        }  # fmt: skip

    def test_the_arrow_claims_nothing(self, seed):
        informal = [r for r in seed.verify() if r.verdict == "informal"]
        assert [r.statement.latex for r in informal] == [r"y^l \leftarrow \mathcal{BN}(W^{l-1,l}u^{l-1})"]

    def test_the_induction(self, seed):
        (induction,) = seed.inductions()
        assert (induction.step, induction.base, induction.symbol) == ("eq4.4", "eq5.1", r"\Delta_{si}^{l}")

    def test_no_induction_without_its_base(self):
        start = source("batch_norm").index("The recursion starts")
        derivation = read_text(source("batch_norm")[:start])
        assert set(verdicts(derivation).values()) == {"proved"} and derivation.inductions() == []

    def test_no_induction_on_a_wrong_base(self, quick):
        wrong = edited(source("batch_norm"), (r"g'(y_s^L)", r"g(y_s^L)"))
        derivation = read_text(wrong)
        assert verdicts(derivation)["eq5.1"] == "refuted" and derivation.inductions() == []


def test_a_gradient_that_a_bias_has_is_not_zero(quick):
    """The shift after the normalisation is no bias before it."""
    wrong = edited(source("batch_norm_bias"), (r"{\partial b^l} &= 0", r"{\partial \beta^l} &= 0"))
    assert {i for i, verdict in verdicts(read_text(wrong)).items() if verdict != "proved"} == {"eq3.2"}
    assert verdicts(read_text(wrong))["eq3.2"] == "refuted"


def test_orthogonality_needs_that_there_is_no_constant(quick):
    """Σ W ∂C/∂W = 0 is a claim about ε = 0."""
    text = source("batch_norm_corollaries")
    start = text.index(r"= \frac{\epsilon}{\sigma_{B,j}^{2,l} + \epsilon} \gamma_j^l")
    end = text.index("$$", start)
    assert verdicts(read_text(text[:start] + "= 0" + text[end:]))["eq6.1"] == "refuted"


def test_a_mean_square_of_one_needs_that_there_is_no_constant(quick):
    wrong = edited(source("batch_norm_corollaries"), (r"\frac{\sigma_B^{2,l}}{\sigma_B^{2,l} + \epsilon}$$", "1$$"))
    assert verdicts(read_text(wrong))["eq3.2"] == "refuted"


def test_a_claim_about_the_generic_layer_is_not_one_about_the_last(quick):
    """∂C/∂β = 0 without activation holds where another layer follows."""
    text = source("batch_norm_linear") + "\n" + r"$$\frac{\partial \mathcal{C}}{\partial \beta^L} = 0$$" + "\n"
    found = verdicts(read_text(text))
    assert found.pop("eq4.1") == "refuted" and set(found.values()) == {"proved"}
