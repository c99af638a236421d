r"""A slip in the middle of a chain: each link is judged against the head, and compared with the one before it."""

from tests.support.documents import read_text, shown, source, without_claims

CHAIN = (
    r"\frac{\partial \mathcal{C}}{\partial \gamma^l} = \sum_s \frac{\partial \mathcal{C}}{\partial y_s^l} \hat{x}_s^l"
    r" = \frac{1}{N} \sum_s \Delta_s^l \hat{x}_s^l = \langle \Delta^l \hat{x}^l \rangle"
    r" = \sum_s \Delta_s^l \hat{x}_s^l = N \langle \Delta^l \hat{x}^l \rangle"
)


def test_the_wrong_links_stand_alone(quick):
    derivation = read_text(without_claims(source("batch_norm_epsilon")) + shown([CHAIN]))
    found = [r for r in derivation.verify() if r.is_claim]
    assert [r.verdict for r in found] == ["proved", "refuted", "refuted", "proved", "proved"]
    first, wrong, still, right, also = found
    assert wrong.differs_from == first.statement.id and wrong.same_as is None
    assert still.same_as == wrong.statement.id and still.differs_from is None
    assert right.differs_from == still.statement.id
    assert (also.differs_from, also.same_as, first.differs_from) == (None, None, None)


def test_two_different_mistakes_are_not_the_same(quick):
    chain = CHAIN.replace(r"\langle \Delta^l \hat{x}^l \rangle =", r"2 \sum_s \Delta_s^l \hat{x}_s^l =")
    derivation = read_text(without_claims(source("batch_norm_epsilon")) + shown([chain]))
    assert [r.same_as for r in derivation.verify() if r.is_claim] == [None] * 5
