"""What is not proved is not compiled."""

import pytest

from bnsym.compile import CompileError, UnprovedError, lambdify
from bnsym.train import Trainer
from tests.compile import documents

WIDTHS = [3, 4, 2]
THIRD = r"\hat{x}_s^l \langle \Delta^l \hat{x}^l \rangle"
BRACKET = rf"\left[ \Delta_s^l - \langle \Delta^l \rangle - {THIRD} \right]"
ROOT = r"\sqrt{\sigma_B^{2,l} + \epsilon}"
BY_X = rf"\frac{{\gamma^l}}{{{ROOT}}} {BRACKET}"
BY_W = r"&= \sum_s \frac{\partial \mathcal{C}}{\partial x_{sj}^l} u_{si}^{l-1}"
MUTANTS = {
    "sign": (BRACKET, BRACKET.replace(f"- {THIRD}", f"+ {THIRD}")),
    "mean lost": (BRACKET, BRACKET.replace(r"- \langle \Delta^l \rangle", "")),
    "factor lost": (BY_X, BY_X.replace(r"\gamma^l", "1")),
    "root lost": (BY_X, BY_X.replace(r"\sqrt", "")),
    "ε lost": (BY_X, BY_X.replace(r" + \epsilon", "")),
    "mean for sum": (r"&= \sum_s \Delta_s^l \\", r"&= \langle \Delta^l \rangle \\"),
    "sum for mean": (BRACKET, BRACKET.replace(r"\langle \Delta^l \rangle", r"\sum_t \Delta_t^l")),
    "square": (r"&= \sum_s \Delta_s^l \hat{x}_s^l", r"&= \sum_s \Delta_s^l (\hat{x}_s^l)^2"),
    "doubled": (BY_W, BY_W.replace(r"\sum_s", r"2 \sum_s")),
    "transposed": (BY_W, r"&= \sum_s \frac{\partial \mathcal{C}}{\partial x_{si}^l} u_{sj}^{l-1}"),
    "layer": (r"u_s^L} g'(y_s^L)", r"u_s^L} g'(x_s^L)"),
}


@pytest.mark.parametrize("edit", MUTANTS.values(), ids=MUTANTS.keys())
def test_a_mutant_of_a_closed_form_is_refused_and_nothing_is_written(tmp_path, edit):
    derivation = documents.edited(tmp_path, edit)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UnprovedError) as caught:
        lambdify(derivation, widths=WIDTHS, batch=5)
    assert caught.value.verdict != "proved"
    assert caught.value.claim in str(caught.value)
    with pytest.raises(UnprovedError):
        Trainer(WIDTHS, derivation=derivation)
    assert sorted(tmp_path.iterdir()) == before


def test_the_document_itself_is_compiled():
    assert lambdify(documents.batch_norm(), widths=WIDTHS, batch=5).source


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"widths": [3]}, "widths"),
        ({"widths": [3, 0]}, "widths"),
        ({"batch": 0}, "batch"),
        ({"dtype": "int32"}, "dtype"),
        ({"activation": "swish"}, "activation 'swish'; there are sigmoid"),
        ({"cost": "hinge"}, "cost 'hinge'; there are squared-error"),
        ({"optimizer": "lbfgs"}, "optimizer 'lbfgs'; there are sgd"),
        ({"backend": "abacus"}, "backend 'abacus'; there are numpy"),
        ({"epsilon": -1.0}, "epsilon"),
        ({"epsilon": float("nan")}, "epsilon"),
    ],
)
def test_an_option_that_does_not_fit_is_named(options, said):
    with pytest.raises(CompileError, match=said):
        lambdify(documents.batch_norm(), **{"widths": WIDTHS, "batch": 5, **options})


def test_epsilon_needs_one_in_the_document(tmp_path):
    without = documents.edited(
        tmp_path, (r"\sqrt{\sigma_B^{2,l} + \epsilon}", r"\sqrt{\sigma_B^{2,l}}"), keep_claims=False
    )
    with pytest.raises(CompileError, match="no epsilon"):
        lambdify(without, widths=WIDTHS, batch=5, epsilon=0.1)
    assert lambdify(without, widths=WIDTHS, batch=5).source


def test_a_constant_without_a_value_is_named(tmp_path):
    edits = [("'\\epsilon' = []", "'\\lambda' = []"), ("+ \\epsilon", "+ \\lambda")]
    with pytest.raises(CompileError, match=r"constant lambda has no value"):
        lambdify(documents.edited(tmp_path, *edits, keep_claims=False), widths=WIDTHS, batch=5)


def test_a_document_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(CompileError, match=r"edited\.md"):
        lambdify(documents.edited(tmp_path, ("[cost]", "[cots]")), widths=WIDTHS, batch=5)


def test_a_document_with_an_assumption_is_refused(tmp_path):
    extra = ("[assume]", "[assume]\n'\\langle \\beta^l x^l \\rangle' = '0'")
    with pytest.raises(CompileError):
        lambdify(documents.edited(tmp_path, extra), widths=WIDTHS, batch=5)
