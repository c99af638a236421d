"""What the tests run of bnsym: `python -m tests.benchmarks.coverage [FILE]`, the whole ordinary suite, or a report.

Lines and branches of the kernel, of the calculus and of all else, with the files that lack most; what falls short ends
the run with an exit status of 1. FILE is a report that `python -m pytest --cov --cov-report=json:FILE` has made before.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.support.documents import ROOT

LEAST = {"kernel": 98.0, "calculus": 98.0, "the rest": 90.0}  # percent of lines and branches
SHOWN = 12  # files


def measured() -> dict[str, Any]:
    """The report of a run of the suite. Tests that fail stop it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "coverage.json")
        command = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "--cov", f"--cov-report=json:{path}"]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if run.returncode:
            sys.exit(run.stdout[-5000:] + run.stderr[-5000:])
        return json.loads(path.read_text())


def counts(file: dict[str, Any]) -> tuple[int, int]:
    """Lines and branches of a file: those that were run, and all."""
    numbers = file["summary"]
    run = numbers["covered_lines"] + numbers["covered_branches"]
    return run, numbers["num_statements"] + numbers["num_branches"]


def shares(report: dict[str, Any]) -> dict[str, float]:
    """The percentage of each part."""
    totals = {part: [0, 0] for part in LEAST}
    for name, file in report["files"].items():
        part = Path(name).parts[1] if len(Path(name).parts) > 2 else ""
        run, number = counts(file)
        total = totals[part if part in LEAST else "the rest"]
        total[0] += run
        total[1] += number
    return {part: 100 * run / number for part, (run, number) in totals.items()}


def summary(report: dict[str, Any]) -> str:
    """The figure in one line. Raises AssertionError if too little is run."""
    found = shares(report)
    assert all(found[part] >= least for part, least in LEAST.items()), found
    return f"lines and branches run by tests: {', '.join(f'{part} {share:.1f} %' for part, share in found.items())}"


def main(path: str | None) -> None:
    report = json.loads(Path(path).read_text()) if path else measured()
    lacking = {name: number - run for name, file in report["files"].items() for run, number in [counts(file)]}
    for name in sorted(lacking, key=lacking.__getitem__, reverse=True)[:SHOWN]:
        print(f"{lacking[name]:5}  {name}: lines {', '.join(map(str, report['files'][name]['missing_lines'][:20]))}")
    print(summary(report))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
