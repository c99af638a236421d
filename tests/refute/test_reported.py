"""Reports are data from outside: what is altered, or of another document, does not replay."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bnsym.document
from bnsym.language.claim import Claim
from bnsym.language.graph import CostGraph
from bnsym.refute import find_counterexample
from bnsym.refute.reported import Mismatch, NotAReport, read_report, replay
from tests.support.thorough import examples

DOCUMENT = r"""+++
[axes]
sample = { size = "N", data = true }
[indices]
sample = "s t"
[symbols]
x = ["sample"]
y = ["sample"]
c = { axes = [], positive = true }
[functions]
g = "elementwise"
[cost]
symbol = 'C'
of = 'y'
[assume]
'\sum_s x_s' = '0'
+++
$$y_s = \sqrt{c} g(x_s)$$
$$\frac{\partial C}{\partial x_s} = \frac{\partial C}{\partial y_s} \sqrt{c} g(x_s)$$
$$y_s = 2 \sqrt{1 + c^2} x_s$$
"""


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    path = tmp_path_factory.mktemp("reported") / "wrong.md"
    path.write_text(DOCUMENT)
    found = bnsym.document.read(path)
    assert found.problem is None and [s.kind for s in found.statements] == ["definition", "claim", "claim"]
    return found


@pytest.fixture(scope="module")
def report(document):
    """What `bnsym verify --json` would say of the two claims."""
    statements = []
    for statement in document.statements:
        data = None
        if statement.kind == "claim":
            claim = Claim.refutable(document, statement.readings[0], lambda window: CostGraph.build(document, window))
            data = find_counterexample(claim.graph, claim.free, claim.left, claim.right).to_json()
        statements.append({"id": statement.id, "latex": statement.latex, "counterexample": data})
    return {"version": 1, "documents": [{"path": document.path, "statements": statements}]}


def test_what_was_recorded_replays(document, report):
    exact, enclosed = read_report(json.dumps(report))
    assert (exact.id, enclosed.id) == ("eq2.1", "eq3.1")
    for reported in (exact, enclosed):
        again = replay(document, reported)
        assert (again.left, again.right) == (reported.data["left"], reported.data["right"])
        assert again.statement.id == reported.id
    assert exact.data["exact"] and not enclosed.data["exact"] and enclosed.data["right"].startswith("[")


def altered(report: dict, statement: int, change) -> list:
    changed = deepcopy(report)
    change(changed["documents"][0]["statements"][statement])
    return read_report(json.dumps(changed))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s["counterexample"].update(left="1/7"), "the left-hand side is"),
        (lambda s: s["counterexample"].update(right="[0.5, 0.6]"), "the right-hand side is"),
        (lambda s: s["counterexample"]["tensors"].pop("c"), "the instance has no value for"),
        (lambda s: s["counterexample"]["tensors"].update(c="-4"), "it is declared positive"),
        (lambda s: s["counterexample"]["tensors"].update(x=["7", *s["counterexample"]["tensors"]["x"][1:]]),
         "it is no instance of the document"),
        (lambda s: s["counterexample"].update(sizes={"sample": 1000}), "the instance has no value for"),
        (lambda s: s["counterexample"].update(sizes={}), "the instance has no value for"),
        (lambda s: s["counterexample"].update(functions={}), "no value is given"),
        (lambda s: s["counterexample"].update(at={}), "the instance has no value for s"),
        (lambda s: s.update(latex="y = 1"), "the document has another statement there"),
        (lambda s: s.update(id="eq7.7"), "the document has another statement there"),
        (lambda s: s.update(id="eq1.1", latex="y_s = \\sqrt{c} g(x_s)"), ""),
    ],
)  # fmt: skip
def test_what_is_altered_does_not(document, report, change, message):
    reported, *_ = altered(report, 1, change)
    with pytest.raises(Mismatch) as raised:
        replay(document, reported)
    assert message in str(raised.value)


def test_two_sides_that_are_equal(document, report, tmp_path):
    """A document that was put right has no counterexample."""
    path = tmp_path / "right.md"
    path.write_text(DOCUMENT.replace("\\sqrt{c} g(x_s)$$\n$$y_s = 2", "\\sqrt{c} g'(x_s)$$\n$$y_s = 2"))
    reported, *_ = read_report(json.dumps(report))
    with pytest.raises(Mismatch, match="another statement"):
        replay(bnsym.document.read(path), reported)


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", "null", '{"version": 2, "documents": []}', '{"version": 1}', '{"version": 1, "documents": {}}',
        '{"version": 1, "documents": [1]}', '{"version": 1, "documents": [{"path": 3}]}', "[" * 100_000,
        '{"version": 1, "documents": [{"path": "a", "statements": 3}]}',
        '{"version": 1, "documents": [{"path": "a", "statements": [[]]}]}',
        '{"version": 1, "documents": [{"path": "a", "statements": [{"id": 3}]}]}',
        '{"version": 1, "documents": [{"path": "a", "statements": [{"id": "a", "latex": "b", "counterexample": 3}]}]}',
        b"\xff\xfe\x00", '{"version": ' + "1" * 5000 + "}",
    ],
)  # fmt: skip
def test_what_is_no_report(text):
    with pytest.raises(NotAReport):
        read_report(text)


def test_reports_without_counterexamples():
    assert read_report('{"version": 1, "documents": []}') == []
    assert read_report('{"version": 1, "documents": [{"path": "a", "error": {}}]}') == []


DEEP = "1"
for _ in range(20):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    "value",
    ["1e999999999", "1/0", "9" * 3000, "nan", "1.5", "", "١", "1/2/3", 1, True, {"a": "1"}, DEEP, ["x"], "exit()"],
    ids=str,
)
def test_values_that_are_none(report, value):
    with pytest.raises(NotAReport):
        altered(report, 1, lambda s: s["counterexample"]["tensors"].update(c=value))


@pytest.mark.parametrize(
    "sizes", [{"sample": 0}, {"sample": -3}, {"sample": 10**9}, {"sample": "4"}, {"sample": 2.0}, {"sample": True}, []]
)
def test_sizes_that_are_none(report, sizes):
    with pytest.raises(NotAReport):
        altered(report, 1, lambda s: s["counterexample"].update(sizes=sizes))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 5) | st.sampled_from(["1", "-2/3", "x", "[1.0, 2.0]", "g(x)", "y"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["x", "c", "C", "y", "s"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(field=st.sampled_from(["sizes", "tensors", "functions", "partials", "at", "left", "right"]), value=JSON)
@examples(100)
def test_any_alteration_is_refused_or_replays(document, report, field, value):
    try:
        (reported, _) = altered(report, 1, lambda s: s["counterexample"].update({field: value}))
        replay(document, reported)
    except (NotAReport, Mismatch):
        return
