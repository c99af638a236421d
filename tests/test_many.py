"""`bnsym verify` on folders and on many documents: what is found, in which order, and what stops nothing."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

import bnsym.report.judging
from bnsym.cli import main
from bnsym.report.batch import usual_jobs
from tests.support.documents import DERIVATIONS, ROOT

HEADER = '+++\n[axes]\nsample = { size = "N", data = true }\n[symbols]\nx = ["sample"]\nm = []\n+++\n'
GOOD = HEADER + "$$m = \\langle x \\rangle$$\n\n$$m = \\frac{1}{N} \\sum_s x_s$$\n"
WRONG = GOOD.replace("$$m = \\langle", "$$m = 2 \\langle", 1)
UNREADABLE = GOOD.replace("\\frac{1}{N}", "\\frac{1}{N")
TEX = "".join(f"% {line}\n" for line in HEADER.splitlines()) + "\\begin{document}$m = \\sum_s x_s$\\end{document}"
NOTEBOOK = json.dumps({"cells": [{"cell_type": "markdown", "source": GOOD}]})


def run(*arguments: object, status: int | None = None) -> str:
    outcome = CliRunner().invoke(main, [*map(str, arguments)])
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exception
    assert status is None or outcome.exit_code == status, outcome.output
    return outcome.output


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "bnsym", *map(str, arguments)]


def process(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run(command(*arguments), cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def documents(output: str) -> list[dict]:
    return json.loads(output)["documents"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with documents of every kind, and with files that are none."""
    files = {
        "b.md": GOOD, "a.markdown": GOOD, "c.tex": TEX, "d.ipynb": NOTEBOOK, "README.md": "# $a = b$", "e.MD": GOOD,
        "inner/a.md": WRONG, "inner/deeper/z.md": GOOD, "plain.tex": "$a = b$", "notes.txt": GOOD, ".hidden.md": GOOD,
        ".git/a.md": GOOD, "x.ipynb": json.dumps({"cells": []}),
    }  # fmt: skip
    for name, text in files.items():
        path = tmp_path / "documents" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "documents"


FOUND = ["a.markdown", "b.md", "c.tex", "d.ipynb", "e.MD", "inner/a.md", "inner/deeper/z.md"]
SKIPPED = ["README.md", "plain.tex", "x.ipynb"]


class TestFolders:
    def test_the_documents_below(self, folder):
        report = json.loads(run("verify", "--json", folder, status=1))
        assert [d["path"] for d in report["documents"]] == [str(folder / name) for name in FOUND]
        assert report["skipped"] == [str(folder / name) for name in SKIPPED]
        assert report["version"] == 1

    def test_on_the_terminal(self, folder):
        output = run("verify", folder, status=1)
        assert f"skipped, without a header: {', '.join(str(folder / name) for name in SKIPPED)}\n" in output
        assert output.count("7 documents") == 1

    def test_not_all_that_is_skipped_is_named(self, folder):
        for number in range(20):
            (folder / f"plain{number:02}.md").write_text("nothing")
        assert "and 13 more\n" in run("verify", folder, status=1)
        assert len(json.loads(run("verify", "--json", folder, status=1))["skipped"]) == 23

    def test_with_a_notation_every_file_is_one(self, folder, tmp_path):
        notation = tmp_path / "notation.toml"
        notation.write_text(HEADER.strip("+\n"))
        paths = [d["path"] for d in documents(run("verify", "--json", folder, "--notation", notation, status=1))]
        assert paths == sorted(str(folder / name) for name in FOUND + SKIPPED)

    def test_a_named_file_is_judged_as_it_is(self, folder):
        (document,) = documents(run("verify", "--json", folder / "README.md", status=2))
        assert "there is no header" in document["error"]["message"]
        report = json.loads(run("verify", "--json", folder / "b.md", status=0))
        assert "skipped" not in report

    def test_files_and_folders(self, folder):
        found = documents(run("verify", "--json", folder / "d.ipynb", folder / "inner", folder / "b.md", status=1))
        assert [Path(d["path"]).name for d in found] == ["d.ipynb", "a.md", "z.md", "b.md"]

    @pytest.mark.parametrize("text", ["no header", None])
    def test_nothing_in_it(self, tmp_path, text):
        if text is not None:
            (tmp_path / "a.md").write_text(text)
        output = run("verify", tmp_path, status=2)
        assert f"there is no document in {tmp_path}" in output

    def test_a_file_that_cannot_be_read_is_not_skipped(self, folder):
        (folder / "long.md").write_text("x" * 2**21)
        (folder / "bad.ipynb").write_text("{")
        (folder / "latin.tex").write_bytes(b"\xe9")
        found = documents(run("verify", "--json", folder, status=2))
        messages = {Path(d["path"]).name: d["error"]["message"] for d in found if "error" in d}
        assert messages.keys() == {"long.md", "bad.ipynb", "latin.tex"}

    def test_a_loop_of_links_ends(self, folder):
        (folder / "inner" / "again").symlink_to(folder)
        assert len(documents(run("verify", "--json", folder, status=1))) == len(FOUND)


class TestNothingStopsTheRest:
    def test_what_cannot_be_read(self, folder, tmp_path):
        (folder / "c2.md").write_text(UNREADABLE)
        found = documents(run("verify", "--json", tmp_path / "missing.md", folder, status=2))
        assert "missing.md: No such file" in found[0]["error"]["message"]
        assert len(found) == 2 + len(FOUND)
        assert [s["verdict"] for s in found[-1]["statements"]] == ["definition", "proved"]

    def test_a_mistake_of_ours(self, folder, monkeypatch):
        judged = bnsym.report.judging._outcome

        def failing(derivation, **options):
            if derivation.document.path.endswith("c.tex"):
                raise ZeroDivisionError("of ours")
            return judged(derivation, **options)

        monkeypatch.setattr(bnsym.report.judging, "_outcome", failing)
        found = documents(run("verify", "--json", folder, status=2))
        (failed,) = [d for d in found if "error" in d]
        assert failed["path"].endswith("c.tex")
        assert "a mistake in bnsym: ZeroDivisionError in test_many.py" in failed["error"]["message"]
        assert len(found) == len(FOUND)
        assert "of ours" in run("verify", folder, status=2)

    def test_the_worst_status(self, folder):
        good, wrong = folder / "b.md", folder / "inner" / "a.md"
        for paths, status in (([good, good], 0), ([good, wrong], 1), ([wrong, folder / "README.md", good], 2)):
            run("verify", *paths, status=status)


class TestSummary:
    def test_one_table(self, folder):
        (folder / "f.md").write_text(UNREADABLE)
        (folder / "g.md").write_text("+++\n[axes\n+++\n")
        output = run("verify", folder, status=2)
        header, *rows, total = [line.split() for line in output.split("\n\n")[-1].splitlines() if "skipped" not in line]
        assert header == ["document", "proved", "refuted", "error", "ms"]
        assert len(rows) >= 9 and total[:5] == ["9", "documents", "5", "1", "2"]
        assert output.index("1 refuted") < output.index("document  ")

    def test_none_for_one_document(self, folder):
        assert "1 documents" not in run("verify", folder / "b.md", status=0)


class TestJobs:
    def test_the_report_does_not_depend_on_them(self, folder):
        def strip(report: str) -> dict:
            content = json.loads(report)
            for document in content["documents"]:
                for statement in document.get("statements", []):
                    statement.pop("milliseconds")
            return content

        (folder / "f.md").write_text(UNREADABLE)
        alone, shared = (process("verify", "--json", folder, "--jobs", jobs) for jobs in (1, 3))
        assert (alone.returncode, alone.stderr) == (shared.returncode, shared.stderr) == (2, "")
        assert strip(alone.stdout) == strip(shared.stdout)

    def test_certificates_and_steps(self, tmp_path):
        paths = [DERIVATIONS / "squared_error.md", DERIVATIONS / "softmax_cross_entropy.md"]
        outcome = process("verify", *paths, "--steps", "--certificates", tmp_path, "--jobs", 2)
        assert (outcome.returncode, outcome.stderr) == (0, "")
        assert outcome.stdout.count("∎") == len(list(tmp_path.iterdir())) >= 3
        run("check", *tmp_path.iterdir(), status=0)

    def test_how_many(self):
        assert [usual_jobs(n) for n in (0, 1, 7, 8)] == [1, 1, 1, 1]
        assert 1 <= usual_jobs(1000) <= (os.cpu_count() or 1)
        assert "Usage" in run("verify", "--jobs", "0", DERIVATIONS, status=2)


def test_certificates_of_documents_with_one_name(folder, tmp_path):
    (folder / "inner" / "b.md").write_text(GOOD)
    run("verify", folder / "b.md", folder / "inner" / "b.md", folder / "d.ipynb", "--certificates", tmp_path, status=0)
    names = sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".json")
    assert len(names) == 3 and "d-eq2.1.json" in names
    assert sum(name.endswith("documents-inner-b.md-eq2.1.json") for name in names) == 1
    assert sum(name.endswith("documents-b.md-eq2.1.json") for name in names) == 1


def test_who_shares_work_does_none(folder):
    """SymPy is loaded by the processes that judge, and numbers by none that only shows what they found."""
    paths = [str(folder / "b.md"), str(DERIVATIONS / "squared_error.md")]
    script = (
        "import sys\nfrom bnsym.cli import main\n"
        f"try: main(['verify', *{paths!r}, '--jobs', '2'])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "assert not {m.partition('.')[0] for m in sys.modules} & {'sympy', 'numpy', 'mpmath'}\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def test_a_bar_is_on_the_terminal_only(folder):
    near, far = pty.openpty()
    outcome = subprocess.run(command("verify", folder), cwd=ROOT, stdout=subprocess.PIPE, stderr=far, text=True)
    os.close(far)
    shown = os.read(near, 10_000).decode(errors="replace")  # not more than fits comes, and may end within a character
    os.close(near)
    assert "judging" in shown and f"/{len(FOUND)}" in shown
    assert outcome.returncode == 1 and "judging" not in outcome.stdout


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupt_ends_it(tmp_path, jobs):
    for number in range(200):
        (tmp_path / f"{number:03}.md").write_text((DERIVATIONS / "batch_norm.md").read_text("utf-8"), encoding="utf-8")
    running = subprocess.Popen(
        command("verify", tmp_path, "--jobs", jobs), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a suite in the background ignores it
    )  # fmt: skip
    assert running.stdout is not None
    running.stdout.readline()  # the first document is judged
    os.killpg(running.pid, signal.SIGINT)
    output, errors = running.communicate(timeout=60)
    assert running.returncode == 130
    assert re.fullmatch(r"interrupted after \d+ of 200 documents\n", errors)
    assert "199.md" not in output
    for _ in range(100):
        try:
            os.killpg(running.pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.1)
    else:
        pytest.fail("processes are left behind")
