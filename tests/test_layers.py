r"""What is out of view: a claim about some layers says nothing false about the others.

Layers are seen through a window. What is made from a tensor beyond it keeps the chain rule from that tensor; what a
tensor is made from beyond it keeps that tensor from being a constant.
"""

from __future__ import annotations

import pytest

from tests.support.documents import claims, read_text, shown, source, verdicts, without_claims
from tests.support.layers import explicit_layers
from tests.support.refutation import quick, replays

__all__ = ["quick"]


def by(below: str, above: str = r"\mathcal{C}") -> str:
    return rf"\frac{{\partial {above}}}{{\partial {below}}}"


def judged(head: str, *lines: str) -> list[str]:
    """The verdicts on lines after a head that makes no claims; counterexamples replay."""
    derivation = read_text(head + shown(lines))
    results = claims(derivation)
    assert all(replays(derivation, r) for r in results if r.verdict == "refuted")
    return [r.verdict for r in results]


@pytest.fixture(scope="module")
def head():
    return without_claims(source("batch_norm_epsilon"))


@pytest.fixture(scope="module")
def with_loss(head):
    """The cost is a formula of the last layer's output."""
    start, end = head.index("[cost]"), head.index("[assume]")
    declared = "'\\epsilon' = []\n'\\mathcal{C}' = []\n't' = [\"sample\", \"unit^L\"]"
    head = (head[:start] + head[end:]).replace(r"'\epsilon' = []", declared)
    return head + shown([r"\mathcal{C} = \frac{1}{N} \sum_s \frac12 \sum_k (u_{sk}^L - t_{sk})^2"])


@pytest.mark.parametrize("below", ["u_{si}^3", "y_{si}^3", r"\beta_i^3", r"\epsilon"])
def test_a_cost_depends_on_what_is_beyond_the_window(head, quick, below):
    """Layer 3 may be followed by others, or be the last; every layer has the constant."""
    assert judged(head, by(below) + " = 0") == ["refuted"]


def test_a_layer_with_a_number_is_one_like_others(head, quick):
    left, right = by(r"\gamma_i^3"), r"\sum_s " + by("y_{si}^3") + r"\hat{x}_{si}^3"
    assert judged(head, f"{left} = {right}", f"{left} = -{right}") == ["proved", "refuted"]


@pytest.mark.parametrize("below", ["y_{ti}^l", "u_{ti}^l", r"\gamma_i^l", "W_{ik}^{l-1,l}"])
def test_the_last_layer_depends_on_the_generic_one(head, quick, below):
    assert judged(head, by(below, "y_{sj}^L") + " = 0") == ["refuted"]


@pytest.mark.parametrize(("above", "below"), [("y_{sj}^l", "y_{ti}^3"), ("y_{sj}^3", "y_{ti}^l")])
def test_which_of_two_layers_comes_first_may_be_unknown(head, quick, above, below):
    assert judged(head, by(below, above) + " = 0") == ["undecided"]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("y_{sj}^1", "y_{ti}^l"),
        ("u_{sj}^1", r"\gamma_i^l"),
        ("y_{sj}^{l+1}", "W_{ik}^{L-2,L-1}"),
        ("u_{sj}^L", "y_{ti}^3"),
    ],
)
def test_layers_of_two_names_may_be_one(head, quick, above, below):
    assert judged(head, by(below, above) + " = 0") != ["proved"]


def test_a_layer_does_not_depend_on_the_next(head):
    assert judged(head, by("y_{ti}^{l+1}", "y_{sj}^l") + " = 0") == ["proved"]


def test_a_loss_that_the_document_defines(with_loss, quick):
    """The generic layer reaches it through layers that are not in view."""
    up = r"\frac{\gamma_j^{l+1}}{\sqrt{\sigma_{B,j}^{2,l+1} + \epsilon}} W_{ji}^{l,l+1}"
    bracket = (
        rf"\left[ {by('y_{sj}^{l+1}')} - \left\langle {by('y_j^{l+1}')} \right\rangle"
        rf" - \hat{{x}}_{{sj}}^{{l+1}} \left\langle {by('y_j^{l+1}')} \hat{{x}}_j^{{l+1}} \right\rangle \right]"
    )
    recursion = rf"{by('y_{si}^l')} = \sum_j {up} g'(y_{{si}}^l) {bracket}"
    assert judged(with_loss, recursion, recursion.replace(r"\sum_j", r"-\sum_j")) == ["proved", "refuted"]


def test_a_loss_that_the_document_defines_at_the_last_layer(with_loss, quick):
    right = r" = \frac1N (u_{si}^L - t_{si})"
    assert judged(with_loss, by("u_{si}^L") + right, by("u_{si}^l") + " = 0", by("y_{si}^L") + right) == [
        "proved",
        "refuted",
        "refuted",
    ]


def test_a_definition_of_one_layer_only(head, quick):
    """The first layer uses τ, made of a; so does whatever comes after it."""
    head = head.replace(r"'\epsilon' = []", "'\\epsilon' = []\n'a' = []\n'\\tau' = []")
    head += shown([r"\tau = a^2", r"x^1 = \tau W^{0,1} u^0"])
    assert judged(head, by("a") + " = 0", by("a", "y_{si}^l") + " = 0") == ["refuted", "undecided"]


def test_a_skip_to_the_last_layer(head, quick):
    """u^{L-2} has a consumer that the generic definitions do not show."""
    claim = by("y_{si}^l") + " = " + r"g'(y_{si}^l) \sum_j W_{ji}^{l,l+1} " + by("x_{sj}^{l+1}")
    assert judged(head, claim) == ["proved"]
    header, body = head.replace("'\\epsilon' = []", "'\\epsilon' = []\n'S' = [\"unit^L\", \"unit^{L-2}\"]").rsplit(
        "+++", 1
    )
    skip = r"y_{si}^L = \gamma_i^L \hat{x}_{si}^L + \beta_i^L + \sum_j S_{ij} u_{sj}^{L-2}"
    assert judged(header + "+++" + shown([skip]) + body, claim) in (["undecided"], ["refuted"])


class TestExplicitLayers:
    def test_all_gradients(self):
        derivation = read_text(explicit_layers(4))
        assert len(verdicts(derivation)) == 16 and set(verdicts(derivation).values()) == {"proved"}

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (r"{\partial \beta_j^{2}} &= \sum_s", r"{\partial \beta_j^{2}} &= -\sum_s"),
            (r"= g^{2\prime}(y_{si}^{2}) \sum_j", r"= \sum_j"),
            (r"u_{si}^{1} - \langle", r"u_{si}^{1} + \langle"),
        ],
        ids=["sign", "factor", "mean"],
    )
    def test_one_that_is_wrong_is_refuted_at_its_own_layer(self, quick, old, new):
        text = explicit_layers(5)
        assert text.count(old) == 1
        derivation = read_text(text.replace(old, new))
        (wrong,) = [r for r in claims(derivation) if r.verdict != "proved"]
        assert wrong.verdict == "refuted" and replays(derivation, wrong)
        assert wrong.counterexample is not None and max(wrong.counterexample.sizes.values()) <= 8

    def test_many_layers_above_one_that_is_wrong(self, quick):
        """All of them are in the counterexample; what is known of them is neither unrolled nor recursed through."""
        old = r"{\partial \gamma_j^{1}} &= \sum_s"
        derivation = read_text(explicit_layers(40).replace(old, old.replace(r"\sum_s", r"-\sum_s")))
        (statement,) = [
            s
            for s in derivation.statements
            if s.latex.startswith(r"\frac{\partial \mathcal{C}}{\partial \gamma_j^{1}}")
        ]
        wrong = derivation.judge.judge(statement)
        assert wrong.verdict == "refuted" and replays(derivation, wrong)

    def test_what_the_next_layers_do_is_known(self, quick):
        """No shift of a batch reaches the cost through the next normalization; through the last activation it does."""
        parts = [rf"\sum_s \frac{{\partial \mathcal{{C}}}}{{\partial u_{{si}}^{layer}}} = 0" for layer in (1, 2, 3)]
        derivation = read_text(explicit_layers(3) + shown(parts))
        *_, first, second, third = claims(derivation)
        assert [first.verdict, second.verdict, third.verdict] == ["proved", "proved", "refuted"]
