"""The command line: exit status, contract of the JSON, messages, and what it leaves alone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bnsym.cli import main
from tests.support.documents import DERIVATIONS, DOCUMENTS, ROOT, edited, shown, source
from tests.support.refutation import quick

__all__ = ["quick"]

DOCUMENT = DERIVATIONS / "batch_norm_epsilon.md"
STATEMENT = {
    "id": str, "line": int, "latex": str, "reading": str, "verdict": str, "hypotheses": list, "errata": list,
    "residual": (str, type(None)), "counterexample": (dict, type(None)), "suggestions": list, "conditions": list,
    "differs_from": (str, type(None)), "same_as": (str, type(None)),
    "milliseconds": (int, float),
}  # fmt: skip
HEADER = """+++
[axes]
sample = { size = "N", data = true }
[indices]
sample = "s t"
[symbols]
x = ["sample"]
y = ["sample"]
m = []
+++
"""


def run(*arguments, status: int | None = None) -> str:
    outcome = CliRunner().invoke(main, [*map(str, arguments)])
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exception
    assert status is None or outcome.exit_code == status, outcome.output
    return outcome.output


def process(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def write(tmp_path):
    def make(text: str | bytes, name: str = "document.md") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return make


class TestProcess:
    def test_help_is_light(self):
        script = (
            "import sys; sys.argv = ['bnsym', '--help']\n"
            "import runpy\n"
            "try: runpy.run_module('bnsym', run_name='__main__')\n"
            "except SystemExit: pass\n"
            "loaded = {m.partition('.')[0] for m in sys.modules}\n"
            "assert not loaded & {'sympy', 'numpy', 'mpmath', 'rich', 'sklearn'}, loaded\n"
        )
        outcome = process("-c", script)
        assert outcome.returncode == 0, outcome.stderr
        assert all(f"\n  {command} " in outcome.stdout for command in ("verify", "check", "derive"))

    def test_importing_is_light(self):
        script = "import sys, bnsym; assert not {'sympy', 'numpy'} & set(sys.modules); assert callable(bnsym.read)"
        outcome = process("-c", script)
        assert outcome.returncode == 0, outcome.stderr

    def test_verify(self):
        outcome = process("-m", "bnsym", "verify", str(DERIVATIONS / "squared_error.md"))
        assert (outcome.returncode, outcome.stderr) == (0, "")
        assert "1 proved" in outcome.stdout

    def test_what_is_proved_needs_no_numbers(self):
        script = (
            "import sys\nfrom bnsym.cli import main\n"
            f"try: main(['verify', {str(DERIVATIONS / 'batch_norm.md')!r}])\n"
            "except SystemExit as end: assert end.code == 0\n"
            "assert not {'numpy', 'bnsym.mend'} & set(sys.modules)\n"
        )
        outcome = process("-c", script)
        assert outcome.returncode == 0, outcome.stderr

    def test_a_broken_document(self, write):
        outcome = process("-m", "bnsym", "verify", str(write(HEADER + r"$$x_s = \frac{y_s$$")))
        assert outcome.returncode == 2
        assert "Traceback" not in outcome.stdout + outcome.stderr
        assert re.search(r"line 11, column \d+", outcome.stdout) and "^" in outcome.stdout


class TestStatus:
    PROVED = r"$$m = \langle x \rangle$$" + "\n\n" + r"$$m = \frac{1}{N} \sum_s x_s$$"

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (PROVED, 0),
            (PROVED + "\n\n" + r"$$m = \sum_s x_s$$", 1),
            (r"$$m = \langle x \rangle$$", 1),
            ("nothing", 1),
            (PROVED + "\n\n" + r"$$m = \frac{x$$", 2),
            (r"$$m = \langle x \rangle$$" + "\n\n" + r"$$m = \sum_s x_s$$" + "\n\n" + r"$$m = \frac{x$$", 2),
            (PROVED + "\n\n" + r"$$m = x_t$$", 1),
        ],
        ids=["proved", "refuted", "definitions only", "nothing", "unreadable", "unreadable and refuted", "ill-formed"],
    )
    def test_verify(self, write, body, status, quick):
        run("verify", write(HEADER + body), status=status)

    def test_the_worst_of_several(self, write, quick):
        good, wrong = write(HEADER + self.PROVED, "a.md"), write(HEADER + self.PROVED + "\n\n$$m = 0$$", "b.md")
        bad = write("no header", "c.md")
        run("verify", good, wrong, status=1)
        run("verify", good, bad, status=2)
        output = run("verify", bad, good, wrong, status=2)
        assert all(str(path) in output for path in (good, wrong, bad))

    def test_an_assumption_that_defines_nothing(self, write):
        """A claim is proved under it, which is not the same as proved."""
        header = HEADER.replace("+++\n$", "").replace(
            "m = []\n+++", "m = []\n[assume]\n'\\langle x \\rangle' = '0'\n+++"
        )
        output = run("verify", write(header + "$$m = \\langle x \\rangle$$\n\n$$m = 0$$"), status=1)
        assert "assumed" in output and "1 proved" in output

    def test_usage(self):
        for arguments in (["verify"], ["check"], ["derive"], ["nothing"], ["verify", "--nothing"]):
            assert "Usage" in run(*arguments, status=2)


BROKEN = {
    "broken formula": (HEADER + "Text.\n\n$$x_s = \\frac{y_s$$\n", 13, "error"),
    "broken brackets": (HEADER + "$$x_s = ( y_s$$\n", 11, "error"),
    "undeclared symbol": (HEADER + "$$x_s = y_s$$\n\n$$x_s = q$$\n", 13, "error"),
    "unknown command": (HEADER + "$$x_s = \\nosuchthing y_s$$\n", 11, "error"),
    "index out of scope": (HEADER + "$$x_s = y_s$$\n\n$$x_s = y_t$$\n", 13, "ill-formed"),
    "index free and bound": (HEADER + "$$x_s = y_s$$\n\n$$x_s = \\sum_s y_s$$\n", 13, "ill-formed"),
    "index over two axes": (HEADER.replace('m = []', 'm = ["unit"]').replace("[indices]", 'unit = "n"\n[indices]')
                            + "$$x_s = y_s$$\n\n$$x_s = m_s$$\n", 14, "ill-formed"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_or_meant(name, write):
    text, line, verdict = BROKEN[name]
    path = write(text)
    output = run("verify", path, status=2 if verdict == "error" else 1)
    place = re.search(rf"line {line}, column (\d+): (.+)\n +(.+)\n( +)\^", output)
    assert place, output
    assert len(place[4]) - 4 == int(place[1]) - 1 and place[3] == text.split("\n")[line - 1]
    assert str(path) in output
    (document,) = json.loads(run("verify", path, "--json"))["documents"]
    (bad,) = [s for s in document["statements"] if s["verdict"] == verdict]
    assert bad["line"] == line and bad["error"].keys() == {"line", "column", "message"}
    assert bad["error"]["line"] == line and 1 <= bad["error"]["column"] <= 1 + len(text.split("\n")[line - 1])
    assert len(bad["error"]["message"]) > 10


@pytest.mark.parametrize(
    "content",
    [
        b"", b"no header at all\n", b"+++\ntitle = 1 2\n+++\n", b"+++\nnothing = 1\n+++\n", b"+++\n[axes]\n",
        b"\x89PNG\r\n\x1a\n\x00\xff\xfe",
    ],
    ids=["empty", "no header", "not TOML", "unknown table", "header not closed", "binary"],
)  # fmt: skip
def test_a_file_that_is_no_document(content, write):
    path = write(content)
    output = run("verify", path, status=2)
    assert str(path) in output and re.search(r"line \d+, column \d+: .+", output) and "^" in output
    (document,) = json.loads(run("verify", path, "--json", status=2))["documents"]
    assert document.keys() >= {"path", "error"} and "statements" not in document
    assert document["error"].keys() == {"line", "column", "message"}
    run("derive", path, status=2)


@pytest.mark.parametrize("command", ["verify", "derive", "check"])
@pytest.mark.parametrize("what", ["missing", "folder"])
def test_no_file(command, what, tmp_path):
    path = tmp_path if what == "folder" else tmp_path / "missing.md"
    output = run(command, path, status=2)
    assert str(path) in output and "Traceback" not in output


def test_a_notation_that_is_not_there(tmp_path):
    output = run("verify", DOCUMENT, "--notation", tmp_path / "missing.toml", status=2)
    assert "missing.toml" in output


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    wrong = edited(source("batch_norm_epsilon"), (r"\Delta_s^l \hat{x}_s^l \\", r"\Delta_s^l \\"))
    path = tmp_path_factory.mktemp("json") / "wrong.md"
    path.write_text(wrong + shown([r"\frac{\partial \mathcal{C}}{\partial \beta^l} = \frac{"]), encoding="utf-8")
    output = run("verify", "--json", path, DERIVATIONS / "squared_error.md", status=2)
    return json.loads(output)


class TestJson:
    def test_the_whole(self, reported):
        assert reported["version"] == 1 and reported.keys() >= {"version", "documents"}
        first, second = reported["documents"]
        assert first["path"].endswith("wrong.md") and second["path"].endswith("squared_error.md")
        assert len(first["assumptions"]) == 2 and second["assumptions"] == []

    def test_every_field(self, reported):
        for document in reported["documents"]:
            for statement in document["statements"]:
                assert statement.keys() - {"error"} == STATEMENT.keys()
                for field, kind in STATEMENT.items():
                    assert isinstance(statement[field], kind), field
                assert all(e.keys() == {"kind", "message"} for e in statement["errata"])
                assert ("error" in statement) == (statement["verdict"] in ("error", "ill-formed"))

    def test_the_order_is_that_of_the_document(self, reported):
        for document in reported["documents"]:
            lines = [s["line"] for s in document["statements"]]
            assert lines == sorted(lines)
            identifiers = [s["id"] for s in document["statements"]]
            assert len(set(identifiers)) == len(identifiers)

    def test_verdicts(self, reported):
        found = {s["id"]: s for s in reported["documents"][0]["statements"]}
        assert found["eq3.5"]["verdict"] == "refuted"
        assert found["eq3.5"]["residual"] and found["eq3.5"]["counterexample"]
        assert found["eq3.5"]["suggestions"][0] == r"\sum_s \hat{x}_s^l \Delta_s^l"
        assert found["eq3.1"]["verdict"] == "proved" and found["eq3.1"]["hypotheses"]
        assert found["eq3.1"]["residual"] is None and found["eq3.1"]["counterexample"] is None
        assert found["eq1.1"]["verdict"] == "definition"
        assert reported["documents"][0]["statements"][-1]["verdict"] == "error"

    def test_latex_is_as_written(self, reported):
        text = DERIVATIONS.joinpath("squared_error.md").read_text("utf-8")
        for statement in reported["documents"][1]["statements"]:
            assert statement["latex"].split("=")[-1].strip() in text
            assert statement["latex"].split("=")[0].strip() in text.split("\n")[statement["line"] - 1]


class TestSteps:
    def test_every_step_has_a_number_and_a_rule(self):
        output = run("verify", DOCUMENT, "--steps", status=0)
        steps = re.findall(r"^ +(\d+)\. = (.+?) +\[(.+)\]$", output, re.MULTILINE)
        assert len(steps) > 20
        assert len(steps) == len(re.findall(r"^ +\d+\. ", output, re.MULTILINE))
        rules = {rule for _, _, rule in steps}
        assert any(rule.startswith("chain rule for ") for rule in rules)
        assert any(rule.startswith("definition of ") for rule in rules)
        assert all(
            re.match(r"chain rule|definition|square|power|direct|derivative|assumption|lemma", rule) for rule in rules
        )

    def test_they_are_numbered_from_one(self):
        output = run("verify", DOCUMENT, "--steps")
        blocks = re.split(r"^(?:claim|lemma \d+): ", output, flags=re.MULTILINE)[1:]
        assert len(blocks) >= 8 and output.count("∎") == 8
        for block in blocks:
            numbers = [int(n) for n in re.findall(r"^ +(\d+)\. = ", block, re.MULTILINE)]
            assert numbers == list(range(1, len(numbers) + 1))

    @pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
    def test_of_every_document(self, path):
        output = run("verify", path, "--steps", status=0)
        assert output.count("∎") == int(re.search(r"(\d+) proved", output)[1])

    def test_none_without_being_asked(self):
        assert "∎" not in run("verify", DOCUMENT)


class TestDerive:
    def test_all_forms(self):
        lines = run("derive", DOCUMENT, status=0).splitlines()
        assert len(lines) == 5 and all(" = " in line for line in lines)

    @pytest.mark.parametrize("symbol", ["W^{l-1,l}", r"\gamma^l", r"\gamma^{l}", r"\beta^l"])
    def test_one(self, symbol):
        lines = run("derive", DOCUMENT, "--wrt", symbol, status=0).splitlines()
        assert len(lines) == 1 and lines[0].startswith(r"\frac{\partial \mathcal{C}}{\partial ")

    @pytest.mark.parametrize("symbol", ["Q", r"\gamma", "u^l and more"])
    def test_none(self, symbol):
        output = run("derive", DOCUMENT, "--wrt", symbol, status=2)
        assert "there is no derivative" in output


class TestCertificatesFolder:
    def test_a_file_in_the_way(self, tmp_path):
        path = tmp_path / "folder"
        path.write_text("mine")
        output = run("verify", DERIVATIONS / "squared_error.md", "--certificates", path, status=1)
        assert "cannot write certificates" in output and path.read_text() == "mine"
        assert [p.name for p in tmp_path.iterdir()] == ["folder"]

    def test_a_disk_that_fails_half_way(self, tmp_path, monkeypatch):
        """What was there stays, and nothing else does."""
        old = tmp_path / "squared_error-eq2.1.json"
        old.write_text("old")

        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        output = run("verify", DERIVATIONS / "squared_error.md", "--certificates", tmp_path, status=1)
        assert "No space left on device" in output
        assert [p.name for p in tmp_path.iterdir()] == [old.name] and old.read_text() == "old"

    def test_folders_are_made(self, tmp_path):
        run("verify", DERIVATIONS / "squared_error.md", "--certificates", tmp_path / "a" / "b", status=0)
        assert [p.name for p in (tmp_path / "a" / "b").iterdir()] == ["squared_error-eq2.1.json"]


def test_check_says_why(tmp_path):
    path = tmp_path / "empty.json"
    path.write_text("{}")
    assert "rejected: " in run("check", path, status=1)
