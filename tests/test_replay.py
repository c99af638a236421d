"""`bnsym replay`: what `verify --json` refutes is evaluated again, from the report and the document alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bnsym.cli import main
from tests.support.documents import ROOT, edited, shown, source

CLAIM = r"\frac{\partial \mathcal{C}}{\partial \beta^l} = 2 \sum_s \Delta_s^l"


def run(*arguments: object, status: int, **options) -> str:
    outcome = CliRunner().invoke(main, ["replay", *map(str, arguments)], **options)
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exception
    assert outcome.exit_code == status, outcome.output
    return outcome.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Two documents with wrong claims, one with none, and the report on all of them."""
    folder = tmp_path_factory.mktemp("replay")
    wrong = edited(source("batch_norm_epsilon"), (r"\Delta_s^l \hat{x}_s^l \\", r"\Delta_s^l \\")) + shown([CLAIM])
    (folder / "wrong.md").write_text(wrong, encoding="utf-8")
    (folder / "error.md").write_text(source("squared_error").replace("u_{sk} - ", "2 u_{sk} - "), encoding="utf-8")
    (folder / "right.md").write_text(source("squared_error"), encoding="utf-8")
    outcome = CliRunner().invoke(main, ["verify", "--json", str(folder)])
    (folder / "report.json").write_text(outcome.output, encoding="utf-8")
    return folder


@pytest.fixture
def report(folder) -> dict:
    return json.loads((folder / "report.json").read_text("utf-8"))


def refuted(report: dict) -> list[dict]:
    return [s for d in report["documents"] for s in d["statements"] if s["verdict"] == "refuted"]


def test_every_counterexample_replays(folder, report):
    output = run(folder / "report.json", status=0)
    lines = output.splitlines()
    assert len(lines) == len(refuted(report)) >= 2
    for line, statement in zip(lines, refuted(report), strict=True):
        found = statement["counterexample"]
        assert f": {statement['id']}: replays: {found['left']} on the left, {found['right']} on the right" in line


def test_one_of_them(folder):
    assert run(folder / "report.json", "--id", "eq3.5", status=0).count("\n") == 1
    assert "no counterexample of eq3.1" in run(folder / "report.json", "--id", "eq3.1", status=2)


def test_from_standard_input_and_with_another_document(folder, report, tmp_path):
    report["documents"] = [d for d in report["documents"] if d["path"].endswith("wrong.md")]
    report["documents"][0]["path"] = "nowhere.md"
    text = json.dumps(report)
    assert "nowhere.md: No such file" in run("-", status=2, input=text)
    moved = tmp_path / "moved.md"
    moved.write_bytes((folder / "wrong.md").read_bytes())
    assert run("-", "--document", moved, status=0, input=text).count("replays: ") == 2


def test_one_document_is_not_two(folder):
    output = run(folder / "report.json", "--document", folder / "wrong.md", status=2)
    assert "--document is one document" in output


def test_a_value_that_was_altered(folder, report, tmp_path):
    first, *_ = refuted(report)
    first["counterexample"]["left"] = "1/3"
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report))
    output = run(path, status=1)
    assert f"{first['id']}: does not replay: the left-hand side is " in output and "recorded is 1/3" in output
    assert output.count(": replays: ") == len(refuted(report)) - 1


def test_a_document_that_was_mended(folder, report):
    output = run(folder / "report.json", "--id", "eq3.5", "--document", folder / "right.md", status=1)
    assert "does not replay: the document has another statement there" in output


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "it is not JSON"), ("{}", "expected"), (None, "No such file"), (b"\xff", "it is not JSON")],
)
def test_what_cannot_be_read(tmp_path, text, message):
    path = tmp_path / "report.json"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    output = run(path, status=2)
    assert message in output and "report.json" in output and "Traceback" not in output


def test_a_report_that_refutes_nothing(folder, tmp_path):
    path = tmp_path / "report.json"
    path.write_text('{"version": 1, "documents": []}')
    assert run(path, status=0) == "the report has no counterexample\n"
    run(path, "--numpy", status=2)


def test_as_a_program(folder, tmp_path):
    text = run(folder / "report.json", "--id", "eq3.5", "--numpy", status=0)
    path = tmp_path / "counterexample.py"
    path.write_text(text, encoding="utf-8")
    outcome = subprocess.run(
        [sys.executable, "-I", str(path)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert outcome.stdout.count("recorded") == 2
    assert "give the --id of" in run(folder / "report.json", "--numpy", status=2)


def test_it_needs_no_prover(folder):
    script = (
        "import sys\nfrom bnsym.cli import main\n"
        f"try: main(['replay', {str(folder / 'report.json')!r}])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "assert not {m.partition('.')[0] for m in sys.modules} & {'sympy', 'numpy', 'rich'}\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
