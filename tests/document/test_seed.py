"""The seed document, read unchanged with a notation file."""

from pathlib import Path

import pytest

from bnsym.document import read
from bnsym.language.expression import Delta, Derivative, Layer, Mean, Sum, walk

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def seed():
    return read(HERE / "seed.md", HERE / "notation.toml")


def latex(seed, identifier):
    (found,) = [s for s in seed.statements if s.id == identifier]
    return [reading.latex for reading in found.readings]


def test_everything_is_read(seed):
    assert seed.problem is None
    kinds = {s.id: s.kind for s in seed.statements}
    assert kinds == {
        "eq1.1": "informal", "eq1.2": "definition",
        "eq2.1": "definition", "eq2.2": "definition", "eq2.3": "definition", "eq2.4": "claim",
        "eq3.1": "definition",
        "eq4.1": "claim", "eq4.2": "claim", "eq4.3": "claim", "eq4.4": "claim", "eq4.5": "claim", "eq4.6": "claim",
        "eq5.1": "claim",
    }  # fmt: skip
    assert [s.line for s in seed.statements] == [7, 7, 11, 11, 11, 11, 15, 17, 17, 17, 17, 17, 17, 21]


def test_the_graph(seed):
    assert [d.tensor.key for d in seed.definitions] == [
        r"x^{l}", r"\mu_{B}^{l}", r"\sigma_{B}^{2,l}", r"\hat{x}^{l}", r"y^{l}", r"u^{l}",
    ]  # fmt: skip
    assert [d.tensor.key for d in seed.definitions if d.assumed] == [r"\mu_{B}^{l}", r"\sigma_{B}^{2,l}"]
    (delta,) = seed.abbreviations
    assert delta.tensor.key == r"\Delta^{l}" and isinstance(delta.body, Derivative)
    assert seed.cost.of.key == "u^{L}"
    assert len(seed.assumptions) == 2 and not seed.hypotheses


def test_the_forward_pass(seed):
    assert latex(seed, "eq2.1") == [r"x_{sj}^{l} = \sum_{i} W_{ji}^{l-1,l} u_{si}^{l-1}"]
    assert latex(seed, "eq2.2") == [r"\hat{x}_{sj}^{l} = \frac{x_{sj}^{l} - \mu_{B,j}^{l}}{\sqrt{\sigma_{B,j}^{2,l}}}"]


def test_the_chain_rule(seed):
    expected = (
        r"\frac{\partial \mathcal{C}}{\partial W_{ji}^{l-1,l}} = "
        r"\sum_{s} \sum_{k} \Delta_{sk}^{l} \frac{\partial y_{sk}^{l}}{\partial W_{ji}^{l-1,l}}"
    )
    assert latex(seed, "eq4.1") == latex(seed, "eq4.2") == [expected]


def test_the_line_without_its_sample_index(seed):
    (found,) = [s for s in seed.statements if s.id == "eq4.3"]
    at_sample, averaged = found.readings
    assert at_sample.choice == r"\hat{x}^{l} at s"
    assert r"- \hat{x}_{si}^{l} \langle u_{k}^{l-1} \hat{x}_{i}^{l} \rangle" in at_sample.latex
    assert r"- \langle \hat{x}_{i}^{l} \rangle \langle u_{k}^{l-1} \hat{x}_{i}^{l} \rangle" in averaged.latex
    for reading in found.readings:
        assert [e.kind for e in reading.errata] == ["missing-index"]
        assert any(isinstance(part, Delta) for part in walk(reading.right))
        left = reading.left
        assert isinstance(left, Derivative) and left.total
        assert not set(left.numerator.indices[1:]) & set(left.denominator.indices)


def test_the_recursion_sums_over_the_layer_above(seed):
    (found,) = [s for s in seed.statements if s.id == "eq4.4"]
    (reading,) = found.readings
    assert reading.latex == (
        r"\Delta_{sj}^{l} = \sum_{i} \frac{\gamma_{i}^{l+1}}{\sqrt{\sigma_{B,i}^{2,l+1}}} W_{ij}^{l,l+1} "
        r"g'\left(y_{sj}^{l}\right) \left(\Delta_{si}^{l+1} - \langle \Delta_{i}^{l+1} \rangle "
        r"- \hat{x}_{si}^{l+1} \langle \Delta_{i}^{l+1} \hat{x}_{i}^{l+1} \rangle\right)"
    )
    assert isinstance(reading.right, Sum) and reading.right.index.axis.layer == Layer("l", 1)
    assert sum(isinstance(part, Mean) for part in walk(reading.right)) == 2
    assert not any("Delta" in part.key for part in walk(reading.right) if hasattr(part, "key"))


def test_the_boundary(seed):
    (claim,) = latex(seed, "eq5.1")
    assert claim == (r"\Delta_{sj}^{L} = \frac{\partial \mathcal{C}}{\partial u_{sj}^{L}} g'\left(y_{sj}^{L}\right)")
