"""The Python API: read, verify, derive, certificate, and what is refused."""

from __future__ import annotations

import json

import pytest

import bnsym
from bnsym.kernel.check import check
from bnsym.language.expression import Derivative
from tests.support.documents import DERIVATIONS, DOCUMENTS, claims, edited, read_text, shown, source, without_claims
from tests.support.refutation import quick
from tests.support.thorough import THOROUGH

__all__ = ["quick"]

GAMMA = r"\frac{\partial \mathcal{C}}{\partial \gamma^l}"


@pytest.fixture(scope="module")
def derivation():
    return bnsym.read(DERIVATIONS / "batch_norm_epsilon.md")


@pytest.fixture(scope="module")
def head():
    return without_claims(source("batch_norm_epsilon"))


def test_verify_is_computed_once(derivation):
    assert derivation.verify() is derivation.verify()
    assert [r.statement for r in derivation.verify()] == list(derivation.statements)


def test_paths_may_be_strings():
    assert bnsym.read(str(DERIVATIONS / "squared_error.md")).document.title == "Squared error"


def test_a_missing_file_raises(tmp_path):
    with pytest.raises(OSError):
        bnsym.read(tmp_path / "missing.md")


def test_a_bad_document_does_not_raise(tmp_path):
    path = tmp_path / "bad.md"
    path.write_text("no header")
    bad = bnsym.read(path)
    assert bad.document.problem is not None and bad.verify() == []
    with pytest.raises(ValueError, match="no derivative"):
        bad.derive()


class TestClosedForms:
    def test_all(self, derivation):
        heads = [form.derived.derivative.denominator.key for form in derivation.derive()]
        assert heads == ["W^{l-1,l}", r"\gamma^{l}", r"\beta^{l}", "y^{l}", "y^{L}"]

    def test_they_are_theorems(self, derivation):
        for form in derivation.derive():
            assert isinstance(form.derived.derivative, Derivative)
            assert form.latex.startswith(derivation.latex(form.derived.derivative) + " = ")

    def test_one(self, derivation):
        (form,) = derivation.derive(r"\gamma^l")
        assert (
            form.latex
            == r"\frac{\partial \mathcal{C}}{\partial \gamma_{i}^{l}} = \sum_{s} \Delta_{si}^{l} \hat{x}_{si}^{l}"
        )

    @pytest.mark.parametrize("symbol", ["Q^l", r"\gamma", "W"])
    def test_none(self, derivation, symbol):
        with pytest.raises(ValueError, match="no derivative"):
            derivation.derive(symbol)

    def test_they_are_the_same_each_time(self, derivation):
        again = bnsym.read(DERIVATIONS / "batch_norm_epsilon.md")
        assert [f.latex for f in again.derive()] == [f.latex for f in derivation.derive()]


class TestGraph:
    def test_definitions_are_in_sympy(self, derivation):
        keys = derivation.graph.graph.nodes
        defined = [key for key, node in keys.items() if node.term is not None]
        assert len(derivation.graph.definitions) == len(defined)
        assert {r"x^{l}", r"\hat{x}^{l}", "y^{l}", r"y^{l+1}"} <= set(defined)

    def test_the_edge_of_the_window_is_open(self, derivation):
        graph = derivation.graph.graph
        assert "u^{l+1}" in graph.opened and "y^{l}" not in graph.opened


class TestCertificate:
    def test_it_is_checked_by_the_kernel(self, derivation):
        for result in claims(derivation):
            theorem = check(json.dumps(derivation.certificate(result)))
            assert theorem.hypotheses == derivation_hypotheses(result)

    def test_definitions_have_none(self, derivation):
        with pytest.raises(ValueError, match="only what is proved"):
            derivation.certificate(derivation.verify()[0])


def derivation_hypotheses(result):
    return result.proof.deriver.prover.theory.theorems[result.proof.number].hypotheses


class TestVerdicts:
    def test_verdicts_do_not_depend_on_the_order(self, head):
        """A claim is judged alike whatever was judged before it."""
        forms = [form.latex for form in bnsym.read(DERIVATIONS / "batch_norm_epsilon.md").derive()]
        there, back = read_text(head + shown(forms)), read_text(head + shown(reversed(forms)))
        assert [r.verdict for r in claims(there)] == [r.verdict for r in claims(back)] == ["proved"] * len(forms)

    def test_wrong_links_of_a_chain_stand_alone(self, head, quick):
        chain = (
            rf"{GAMMA} = \sum_s \Delta_s^l \hat{{x}}_s^l = \sum_s \Delta_s^l = N \langle \Delta^l \hat{{x}}^l \rangle"
        )
        results = claims(read_text(head + shown([chain])))
        assert [r.verdict for r in results] == ["proved", "refuted", "proved"]

    def test_a_residual_says_by_how_much(self, head, quick):
        """What is too much, taken away again, gives a proof."""
        wrong = rf"{GAMMA} = 3 \sum_s \Delta_s^l \hat{{x}}_s^l"
        (result,) = claims(read_text(head + shown([wrong])))
        assert result.verdict == "refuted" and result.residual
        left = GAMMA.replace("^l", "_i^l")
        mended = rf"{left} = 3 \sum_s \Delta_{{si}}^l \hat{{x}}_{{si}}^l - \left( {result.residual} \right)"
        (result,) = claims(read_text(head + shown([mended])))
        assert result.verdict == "proved"

    def test_hypotheses_of_what_is_divided_by_are_shown(self, head):
        """Even where it cancels: as written, the line means nothing without them."""
        one = r"\frac{\epsilon + 1}{\epsilon + 1}"
        (result,) = claims(read_text(head + shown([rf"{GAMMA} = \sum_s \Delta_s^l \hat{{x}}_s^l {one}"])))
        assert result.verdict == "proved"
        assert any(r"\epsilon" in h and r"\neq 0" in h for h in result.hypotheses), result.hypotheses

    def test_a_root_of_a_square_is_not_the_number(self, quick):
        """√(γ²) = γ needs γ ≥ 0."""
        text = source("squared_error").replace("+++\n\n#", "+++\n#").split("+++")
        header = "+++".join(text[:2]) + "+++\n"
        unsigned = edited(
            header, ("'\\mathcal{C}' = []", "'\\mathcal{C}' = []\na = []\nb = { axes = [], positive = true }")
        )
        body = shown([r"\mathcal{C} = a + b", r"\sqrt{a^2} = a", r"\sqrt{b^2} = b"])
        found = {r.statement.latex: r for r in claims(read_text(unsigned + body))}
        assert found[r"\sqrt{a^2} = a"].verdict in ("refuted", "undecided")
        assert found[r"\sqrt{b^2} = b"].verdict == "proved"


@pytest.mark.parametrize("path", DOCUMENTS if THOROUGH else DOCUMENTS[::3], ids=lambda path: path.stem)
def test_closed_forms_of_every_document_are_proved_when_read_back(path):
    text = path.read_text("utf-8")
    derivation = bnsym.read(path)
    try:
        forms = derivation.derive()
    except ValueError:  # nothing but the cost itself, which is no leaf's
        return
    again = claims(read_text(text + shown(form.latex for form in forms)))
    assert {r.verdict for r in again[-len(forms) :]} == {"proved"}
