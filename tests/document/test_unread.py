"""A claim that rests on a definition that could not be read is kept, and marked: it cannot be judged."""

import pytest

_CLAIM = r"$$\frac{\partial C}{\partial h} = \frac{\partial C}{\partial y}$$"


def marked(found):
    return [s.id for s in found.statements if s.kind == "claim" and s.problem is not None]


def test_a_definition_in_the_way(document):
    found = document(rf"$$y = h c$$ $$c = \frac{{h}}{{§}}$$ {_CLAIM}")
    assert [s.kind for s in found.statements] == ["definition", "error", "claim"]
    (claim,) = [s for s in found.statements if s.kind == "claim"]
    assert "it rests on c" in claim.problem.message


def test_another_definition_is_not_in_the_way(document):
    assert not marked(document(rf"$$y = h$$ $$c = \frac{{h}}{{§}}$$ {_CLAIM}"))


def test_a_claim_that_cannot_be_read_is_not_in_the_way(document):
    found = document(
        rf"$$y = h c$$ $$c = q$$ $$c = \frac{{q}}{{§}}$$ $$\frac{{\partial C}}{{\partial q}} = §$$ {_CLAIM}"
    )
    assert [s.kind for s in found.statements].count("error") == 2
    assert not marked(found)


@pytest.mark.parametrize(("unread", "hidden"), [("§ = h", True), ("§", False), ("p = h §", True)])
def test_what_may_define_anything_may_be_the_path(document, unread, hidden):
    found = document(rf"$$y = c$$ $${unread}$$ {_CLAIM}")
    assert bool(marked(found)) == hidden
