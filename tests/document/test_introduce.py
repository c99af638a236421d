"""Names that the header does not declare: the first equation of one defines it."""

import pytest

from tests.document.test_matrix import HEADER as MATRIX


def axes(found, key):
    definitions = [d for d in (*found.definitions, *found.abbreviations) if d.tensor.key == key]
    return [index.axis.key for index in definitions[0].tensor.indices]


@pytest.mark.parametrize(
    ("written", "key", "expected"),
    [
        (r"S = c^\top q", "S", []),
        (r"S = \sum_s \sum_j e^{h_{sj}}", "S", []),
        (r"p_{sj} = h_{sj} / 2", "p", ["sample", "b"]),
        (r"p_j = \sum_s h_{sj}", "p", ["b"]),
        (r"p = W x + c", "p", ["sample", "b"]),
        (r"\bar{p} = \frac1N \sum_s h_s", r"\bar{p}", ["b"]),
        (r"p_{\text{out}} = c^2", r"p_{\operatorname{out}}", ["b"]),
        (r"p \equiv \frac{\partial C}{\partial y}", "p", ["sample", "b"]),
        (r"\delta_j = c_j", r"\delta", ["b"]),
        (r"K_{st} = \sum_j h_{sj} h_{tj}", "K", ["sample", "sample"]),
        (r"p^l = v^l + 1", "p^{l}", ["unit^{l}"]),
        (r"p^{l+1} = w^{l,l+1} v^l", "p^{l+1}", ["unit^{l+1}"]),
    ],
)
def test_the_first_equation_of_a_name_declares_it(document, written, key, expected):
    found = document(f"$${written}$$")
    (statement,) = found.statements
    assert statement.kind == "definition", statement.problem
    assert axes(found, key) == expected
    assert [e.kind for e in statement.errata if "is not declared in the header" in e.message] == ["ambiguous"]


def test_it_may_be_used_before_and_stand_on_another(document):
    found = document(r"$$y = p + q$$ $$p = R^2$$ $$R = 2 P$$ $$P = c h$$")
    assert [s.kind for s in found.statements] == ["definition"] * 4
    assert axes(found, "P") == axes(found, "p") == ["sample", "b"]


def test_a_later_equation_is_a_claim(document):
    found = document(r"$$p = 2 h$$ $$p = h + h$$ $$p_{sj} = 2 h_{sj}$$")
    assert [s.kind for s in found.statements] == ["definition", "claim", "claim"]


def test_columns_and_rows(document):
    found = document(r"$$Z = X W$$ $$p = A v$$", MATRIX)
    assert [s.kind for s in found.statements] == ["definition", "definition"]
    assert axes(found, "Z") == ["sample", "out"] and axes(found, "p") == ["in"]


@pytest.mark.parametrize(
    "written",
    [
        r"p = 3",
        r"p = p + h",
        r"p' = h",
        r"p(h) = h",
        r"p = \operatorname{F}(h)",
        r"\delta_{jk} = U_{jk}",
        r"\bar{c} = q_j",
    ],
)
def test_what_introduces_nothing(document, written):
    found = document(f"$${written}$$")
    assert not found.definitions and not found.abbreviations
    assert [s.kind for s in found.statements if s.kind == "definition"] == []
