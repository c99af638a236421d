"""What a person reads of a wrong document: what is wrong, where, and what to write instead, at any width."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from bnsym.report.judging import judge
from bnsym.report.outcome import Outcome
from bnsym.report.terminal import show
from tests.support.documents import edited, source

WRITTEN = r"\frac{1}{\sigma_s} \left( w_i \delta_{si} - (\hat{x}_{si} c_{1,s} + c_{2,s}) \right)"
WRONG = r"\frac{1}{\sigma_s} \left( w_i \delta_{si} - (\hat{x}_{si} c_{1,s} - c_{2,s}) \right)"
FREE = (r"= \sum_{s=1}^{N} \delta_{si} \hat{x}_{si}", r"= \delta_{si} \hat{x}_{si}")


@pytest.fixture(scope="module")
def outcome(tmp_path_factory) -> Outcome:
    path = tmp_path_factory.mktemp("report") / "wrong.md"
    path.write_text(edited(source("layer_norm"), (WRITTEN, WRONG), FREE))
    return judge(path)


def printed(outcome: Outcome, *, terminal: bool) -> list[str]:
    console = Console(file=io.StringIO(), width=80, force_terminal=terminal, color_system=None, highlight=False)
    show(console, outcome)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().rstrip("\n").split("\n")


def test_what_is_piped_is_broken_nowhere(outcome):
    lines = printed(outcome, terminal=False)
    for result in outcome.results:
        found = next(line for line in lines if line.split()[1:2] == [result.statement.id])
        assert found.split()[0] == str(result.statement.line) and found.split()[2] == result.verdict
        assert found.endswith(result.reading or result.statement.latex)
    assert not any(line.endswith(" ") for line in lines)


def test_a_block_says_what_is_wrong_and_what_to_write(outcome):
    lines = printed(outcome, terminal=False)
    (wrong,) = [result for result in outcome.results if result.verdict == "refuted"]
    start = lines.index(f"{wrong.statement.id}, line {wrong.statement.line}: refuted")
    block = lines[start + 1 : lines.index("", start)]
    labels = [label for line in block if (label := line[:13].strip())]
    assert labels[:3] == ["written", "too large", "write"] and labels[-1] == "example"
    assert block[0].endswith(wrong.statement.latex)
    assert WRITTEN.replace(r"\left(", "(").replace(r"\right)", ")") in block[2]
    example = block[[line[:13].strip() for line in block].index("example") :]
    found = wrong.counterexample
    assert found is not None and found.left in example[0] and found.right in example[0]
    assert [line.split(" = ")[0].strip() for line in example[2:]] == [
        *found.tensors,
        *(rf"\partial {cost} / \partial {name}" for cost, by in found.partials.items() for name in by),
    ]


def test_a_narrow_terminal(outcome):
    """Lines are broken below themselves; a caret stays below what it points to."""
    lines = printed(outcome, terminal=True)
    readings = lines[: next(n for n, line in enumerate(lines) if line.startswith("under:"))]
    assert all(len(line.rstrip()) <= 80 for line in readings[1:])
    at = next(n for n, line in enumerate(lines) if line.strip() == "^")
    assert lines[at - 1][lines[at].index("^") :].startswith(r"\delta_{si}")
    assert lines[-1] == "1 ill-formed, 12 proved, 1 refuted"


def test_long_values_are_rounded_as_far_as_they_are_told_apart(outcome):
    (wrong,) = [result for result in outcome.results if result.verdict == "refuted"]
    found = replace(wrong.counterexample, left="123456789012341/100", right="[1234567890123.46, 1234567890123.47]")
    lines = printed(replace(outcome, results=(replace(wrong, counterexample=found),)), terminal=False)
    assert any("left-hand side ≈ 1234567890123.4, right-hand side ≈ 1234567890123.5 at" in line for line in lines)
