"""What a wrong line has too much, in the document's own letters."""

import pytest

from tests.support.documents import read_text, shown, source


@pytest.mark.parametrize(
    ("document", "line", "residual"),
    [
        # p is what its definition says, though a δ takes it apart.
        ("softmax", r"\frac{\partial p_i}{\partial u_j} = p_i (1 - p_j)", r"p_{i} \left(1 - \delta_{ij}\right)"),
        ("softmax", r"\frac{\partial p_i}{\partial u_j} = p_i (\delta_{ij} + p_j)", r"2 p_{i} p_{j}"),
        (
            "softmax_cross_entropy",
            r"\frac{\partial \mathcal{C}}{\partial u_{sk}} = p_{sk} - \frac{1}{N} t_{sk}",
            r"p_{sk} \left(1 - \frac{1}{N}\right)",
        ),
        # What has no name is written out.
        (
            "log_softmax",
            r"\frac{\partial}{\partial u_j} \log\left( \sum_k \exp(u_k) \right) = 0",
            r"-p_{j}",
        ),
    ],
)
def test_the_residual_is_told_in_the_letters_of_the_document(document, line, residual, quick):
    derivation = read_text(source(document) + shown([line]))
    result = derivation.judge.judge(derivation.statements[-1])
    assert (result.verdict, result.residual) == ("refuted", residual)


def test_what_has_no_name_is_written_out():
    line = r"\frac{\partial}{\partial u_j} \log\left( \sum_k \exp(u_k) \right) = p_j"
    derivation = read_text(source("log_softmax") + shown([line]))
    result = derivation.judge.judge(derivation.statements[-1])
    assert result.verdict == "proved"
    assert result.reading == (
        r"\frac{\partial \log\left(\sum_{k} \exp\left(u_{k}\right)\right)}{\partial u_{j}} = p_{j}"
    )
