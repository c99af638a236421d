r"""What fails is shown as it would be written: \sum_{t} x_{t}, and not the tree that says so."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bnsym.kernel import Theory
from bnsym.kernel.term import Term
from bnsym.language.expression import Tensor
from bnsym.testing import (
    Graph,
    Instance,
    batches,
    build,
    cost_graphs,
    degenerate_batches,
    documents,
    expressions,
    instances,
    networks,
    showing,
    shown,
    spoiled_documents,
    trees,
    vocabularies,
)
from bnsym.testing.graphs import batch_norm
from bnsym.testing.tree import Entry, Kronecker, Minus, Number, Plus, Size, Square, Times, Total
from tests.support.documents import ROOT

WRONG = """
from hypothesis import given
from bnsym.language.expression import Sum, walk
from bnsym.testing import expressions

@given(expressions())
def test_nothing_is_summed(expression):
    assert not any(isinstance(part, Sum) for part in walk(expression))
"""


def test_a_run_that_fails_ends_with_the_smallest_case_as_a_formula(tmp_path):
    path = tmp_path / "test_wrong.py"
    path.write_text(WRONG)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--tb=short",
        "--hypothesis-seed=0",
        path,
    ]
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert re.search(r"expression=\\sum_\{\S+\} \S+,$", run.stdout, re.MULTILINE), run.stdout


def told(strategy: st.SearchStrategy) -> str:
    """What Hypothesis says of the smallest value that is drawn."""

    @settings(database=None, phases=[Phase.generate, Phase.shrink])
    @given(strategy)
    def wrong(value):
        raise AssertionError

    with pytest.raises(AssertionError) as failure:
        wrong()
    return "\n".join(failure.value.__notes__)


NUMBER = r"-?\d+(/\d+)?"


@pytest.mark.parametrize(
    ("strategy", "pattern"),
    [
        (expressions(1).filter(lambda e: isinstance(e, Tensor) and e.indices), r"value=\S+_\{\S+\},"),
        (st.lists(trees({}, 0), min_size=2, max_size=2), r"value=\[(0|\|a\||c), (0|\|a\||c)\],"),
        (trees({"i": "a"}, 0).map(build).filter(lambda term: "p" in term.names()), r"build\(p_\{i\}\),"),
        (instances, rf"\n    a has size 1, b has size 1\n    x = \[{NUMBER}\]\n(.*\n)*    K = \[\[{NUMBER}\]\]\n"),
        (cost_graphs(), r"\n    p: leaf over a, positive\n(.*\n)*    d0\S* := \S+\n(.*\n)*    open: "),
        (networks(), r"\n    1-1, identity, cross-entropy, epsilon = 0.0\n    W1 = \[\[.*\]\]\n(.*\n)*    T = \[\["),
        (batches(), r"value=array\(\[\["),
        (degenerate_batches(["nan"]), r"\n    nan, column 0\n    X = \[\["),
        (documents(0), r"\n    \+\+\+\n    \[axes\]\n(.*\n)+    \+\+\+\n\s*\n.*(P_\S+|\\omega) = "),
        (vocabularies(), r"\n    \[axes\]\n(.*\n)+    \[symbols\]\n"),
        (spoiled_documents(["$a$\nb"], most=1).filter(lambda text: text.endswith("\nb")), r"value=\n    .*\n    b,"),
    ],
)
def test_what_is_drawn_is_shown_as_it_would_be_written(strategy, pattern):
    text = told(strategy)
    assert re.search(pattern, text), text


def test_control_characters_show():
    assert r"\u202e" in told(spoiled_documents(["$x$\u202e"], most=1).filter(lambda text: "\u202e" in text))


x, p = Entry("x", ("s",)), Entry("p", ("t",), Fraction(-1, 2))


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (Times(x, Plus(x, Number(Fraction(-1)))), "x_{s} (x_{s} + -1)"),
        (Minus(x, Minus(Size("a"), x)), "x_{s} - (|a| - x_{s})"),
        (Times(Number(Fraction(1, 2)), Square(p)), "(1/2) (p_{t}^{-1/2})^{2}"),
        (Total("t", "a", Times(Kronecker("s", "t"), p)), r"\sum_{t \in a} \delta_{st} p_{t}^{-1/2}"),
        (Times(Total("t", "a", p), Entry("M", ("s", "v12"))), r"(\sum_{t \in a} p_{t}^{-1/2}) M_{s v12}"),
    ],
)
def test_trees(tree, text):
    assert shown(tree) == text


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (Number(Fraction(0)), "0"),
        (Minus(Times(Number(Fraction(1, 2)), x), Number(Fraction(2))), "1/2 x_{s} - 2"),
        (Square(Total("u", "a", Entry("K", ("s", "u")))), r"(\sum_{t \in a} K_{st})^{2}"),
        (Total("u", "a", Times(Entry("y", ("u",)), x)), r"(\sum_{t \in a} y_{t}) x_{s}"),
        (Total("u", "a", Times(Entry("K", ("u", "u")), Entry("y", ("t",)))), r"(\sum_{s \in a} K_{ss}) y_{t}"),
        (Times(Size("b"), Size("b")), "|b|^{2}"),
    ],
)
def test_terms(tree, text):
    """Components come in the kernel's order."""
    assert sorted(shown(build(tree)).split()) == sorted(text.split())


def test_theorems():
    chain = Theory(batch_norm()).schema(("definition", "y"))
    assert shown(chain).startswith("y_{sj} = ") and shown(chain).endswith(r" for s \in sample, j \in unit")
    text = shown(Theory(batch_norm()).schema(("chain", "C", "x")))
    assert text.startswith("(∂C/∂x)_{st} = ") and text.endswith(r" for s \in sample, t \in unit, under positive sigma")


def test_graphs():
    lines = shown(batch_norm()).split("\n")
    assert "gamma: leaf over unit" in lines and "g'(y) = g' of y" in lines and "open: u" in lines
    assert any(line.startswith("sigma_{j}^{2} = ") for line in lines)
    assert any(line.startswith("y_{sj} := ") for line in lines)
    assert isinstance(batch_norm(), Graph)


def test_numbers():
    values = {("M", (0, 0)): Fraction(1, 2), ("M", (0, 1)): Fraction(3), ("c", ()): Fraction(-1)}
    assert shown(Instance({"a": 1, "b": 2}, values)) == "a has size 1, b has size 2\nM = [[1/2, 3]]\nc = -1"
    assert shown(np.float64(0.5)) == repr(np.float64(0.5))  # nothing is known of it


@dataclass(frozen=True)
class Scaled:
    scale: Term


def test_a_kind_of_data_is_added():
    showing(Scaled, lambda layer: f"scaled by {shown(layer.scale)}")
    assert "value=scaled by q^{2}" in told(st.just(Scaled(Term.tensor("q", (), 2))))
