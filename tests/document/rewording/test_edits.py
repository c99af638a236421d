"""Single edits of a formula's text: each slip has the edit that takes it back."""

import pytest

from bnsym.document.errors import ReadError
from bnsym.document.rewording.edits import find_edits
from bnsym.document.rewording.palette import Palette
from tests.support.documents import read_text, shown, source, without_claims

HEAD = without_claims(source("layer_norm"))
EPSILON = without_claims(source("batch_norm_epsilon"))
X = r"\frac{\partial \mathcal{C}}{\partial x_s^l}"
GAMMA = r"\frac{\partial \mathcal{C}}{\partial \gamma^l}"
WEIGHT = r"\frac{\partial \mathcal{C}}{\partial W_{ji}^{l-1,l}}"

BACK = {
    "sign": (X, r"a - b".replace("a", r"\Delta_s^l").replace("b", r"\hat{x}_s^l"), r"\Delta_s^l + \hat{x}_s^l"),
    "all signs": (X, r"-\Delta_s^l", r"\Delta_s^l"),
    "factor too many": (X, r"2 \Delta_s^l", r"\Delta_s^l"),
    "denominator": (X, r"\frac{\Delta_s^l}{N}", r"(\Delta_s^l)"),
    "term too many": (X, r"\Delta_s^l + \hat{x}_s^l", r"\Delta_s^l"),
    "square root lost": (X, r"\frac{\Delta_s^l}{\sigma_B^{2,l}}", r"\frac{\Delta_s^l}{\sqrt{\sigma_B^{2,l}}}"),
    "square root for nothing": (X, r"\sqrt{\sigma_B^{2,l}}", r"(\sigma_B^{2,l})"),
    "power": (X, r"(\Delta_s^l)^{-3/2}", r"(\Delta_s^l)^{-1/2}"),
    "layer": (X, r"\Delta_s^{l+1}", r"\Delta_s^{l}"),
    "index": (WEIGHT, r"\sum_s \Delta_{si}^l u_{si}^{l-1}", r"\sum_s \Delta_{sj}^l u_{si}^{l-1}"),
    "transposed": (WEIGHT, r"W_{ij}^{l-1,l}", r"W_{ji}^{l-1,l}"),
    "sum lost": (GAMMA, r"\Delta_s^l \hat{x}_s^l", r"\sum_{s} \Delta_s^l \hat{x}_s^l"),
    "sum for nothing": (X, r"\sum_t \Delta_s^l", r"\Delta_s^l"),
    "mean lost": (GAMMA, r"\Delta^l \hat{x}^l", r"\langle \Delta^l \hat{x}^l \rangle"),
    "mean for nothing": (X, r"\langle \Delta_s^l \rangle", r"\Delta_s^l"),
    "another tensor": (X, r"\Delta_s^l", r"\hat{x}_s^l"),
    "derivative": (X, "g(y_s^l)", "g'(y_s^l)"),
    "bracket": (X, r"\gamma^l \Delta_s^l - \hat{x}_s^l", r"\gamma^l (\Delta_s^l - \hat{x}_s^l)"),
    "bracket closed early": (
        X,
        r"\gamma^l (\Delta_s^l - \hat{x}_s^l) - y_s^l",
        r"\gamma^l (\Delta_s^l - \hat{x}_s^l - y_s^l)",
    ),
    "square for nothing": (X, r"(\hat{x}_s^l)^2 \Delta_s^l", r"\hat{x}_s^l \Delta_s^l"),
    "square of a mean lost": (X, r"\langle \Delta^l \rangle", r"(\langle \Delta^l \rangle)^2"),
    "square of a function lost": (X, r"g(y_s^l) + \Delta_s^l", r"(g(y_s^l))^2 + \Delta_s^l"),
    "constant lost": (X, r"\sqrt{\sigma_B^{2,l}}", r"\sqrt{\sigma_B^{2,l} + \epsilon}"),
    "constant outside": (X, r"\sqrt{\sigma_B^{2,l}} + \epsilon", r"\sqrt{\sigma_B^{2,l} + \epsilon}"),
    "one less": (X, r"\frac{\Delta_s^l}{N}", r"\frac{\Delta_s^l}{(N - 1)}"),
    "place": (
        X,
        r"\gamma^l (\Delta_s^l - \langle \Delta^l \rangle)",
        r"\gamma^l \Delta_s^l - \langle \gamma^l \Delta^l \rangle",
    ),
    "in both places": (X, r"\sqrt{\sigma_B^{2,l}} (1 + \sqrt{\sigma_B^{2,l}})",
                       r"\sqrt{\sigma_B^{2,l} + \epsilon} (1 + \sqrt{\sigma_B^{2,l} + \epsilon})"),
}  # fmt: skip


def edits_of(left: str, right: str):
    document = read_text(EPSILON + shown([f"{left} = {right}"])).document
    statement = document.statements[-1]
    rewording = document.rewording
    equation = rewording.equation(statement.id)
    reading = rewording.blank(statement.id)
    try:
        reading = rewording.read(equation)
    except ReadError:
        assert statement.kind == "ill-formed"
    return equation, find_edits(equation, Palette(rewording, equation, reading))


@pytest.mark.parametrize("slip", BACK)
def test_a_slip_is_taken_back(slip):
    left, wrong, right = BACK[slip]
    equation, found = edits_of(left, wrong)
    texts = [edit.text for edit in found.edits]
    assert right in texts, texts
    assert len(set(texts)) == len(texts) and equation.right not in texts


def test_a_factor_may_stand_beside_every_term():
    _, found = edits_of(X, r"\Delta_s^l - \hat{x}_s^l")
    assert {place.with_factor("2") for place in found.places} == {
        r"2 (\Delta_s^l - \hat{x}_s^l)",
        r"2 \Delta_s^l - \hat{x}_s^l",
        r"\Delta_s^l - 2 \hat{x}_s^l",
    }
    assert {place.without for place in found.places} == {"0", r"0 - \hat{x}_s^l", r"\Delta_s^l - 0"}


def test_a_term_may_be_added_in_the_bracket():
    _, found = edits_of(X, r"\gamma^l (\Delta_s^l - \hat{x}_s^l)")
    assert found.bracket is not None and found.bracket.factor == r"\gamma^l"
    assert found.bracket.with_term("+ 1") == r"\gamma^l (\Delta_s^l - \hat{x}_s^l + 1 )"


def test_the_likeliest_come_first():
    _, found = edits_of(X, r"\gamma^l (\Delta_s^l - \hat{x}_s^l)")
    weights = [edit.weight for edit in found.edits]
    assert weights == sorted(weights) and weights[0] == 1


def test_reading_anew_changes_nothing():
    document = read_text(source("batch_norm_epsilon")).document
    rewording = document.rewording
    for statement in document.statements:
        if statement.kind == "claim":
            equation = rewording.equation(statement.id)
            again = rewording.read(equation)
            assert (again.left, again.right) == (statement.readings[0].left, statement.readings[0].right)
            with pytest.raises(ReadError):
                rewording.read(rewording.equation(statement.id, r"\undeclared"))
            assert rewording.read(equation).right == again.right
