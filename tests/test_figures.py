"""What is told of coverage is counted by parts, and what falls short of a part is no figure."""

from __future__ import annotations

import pytest

from tests.benchmarks.coverage import summary


def file(lines: int, of: int, branches: int = 0, among: int = 0) -> dict:
    numbers = {"covered_lines": lines, "num_statements": of, "covered_branches": branches, "num_branches": among}
    return {"summary": numbers}


FILES = {
    "bnsym/kernel/term.py": file(100, 100, 50, 50),
    "bnsym/calculus/prove.py": file(99, 100, 50, 50),
    "bnsym/cli.py": file(10, 10),
    "bnsym/train/model.py": file(88, 100, 10, 10),
}


def test_coverage_is_told_by_parts():
    assert summary({"files": FILES}).endswith("kernel 100.0 %, calculus 99.3 %, the rest 90.0 %")


@pytest.mark.parametrize(("name", "found"), [("bnsym/kernel/data.py", file(0, 9)), ("bnsym/judge.py", file(0, 90))])
def test_a_part_that_falls_short_is_no_figure(name, found):
    with pytest.raises(AssertionError):
        summary({"files": FILES | {name: found}})
