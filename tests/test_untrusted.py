r"""Documents that nobody trusts: what they say is never code, never a path, and never more than an error.

Whatever a document holds, there is an outcome, in time, that both reports can show. What limits there are is in
`tests/document/test_limits.py`; time has `tests/test_budget.py`.
"""

from __future__ import annotations

import ast
import builtins
import io
import json
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from sympy.parsing import sympy_parser as parser

from bnsym.cli import main
from bnsym.compile import lambdify
from bnsym.derivation import read
from bnsym.kernel.__main__ import main as check_alone
from bnsym.kernel.check import digest
from bnsym.report.judging import judge
from bnsym.report.terminal import Screen, show
from bnsym.testing import spoiled_documents
from bnsym.testing.document import HOSTILE
from tests.fuzz.harness import survive
from tests.support.documents import DERIVATIONS, edited, shown, source, without_claims
from tests.support.thorough import examples

BY_GAMMA = r"\frac{\partial \mathcal{C}}{\partial \gamma_j^l} = \sum_s \Delta_{sj}^l \hat{x}_{sj}^l"
SMALL = """+++
[axes]
sample = { size = "N", data = true }
unit = "n"
[indices]
sample = "s t"
unit = "i j"
[symbols]
x = ["sample", "unit"]
y = ["sample", "unit"]
w = ["unit"]
'\\sigma' = { axes = ["unit"], positive = true }
[functions]
g = "elementwise"
[cost]
symbol = 'C'
of = 'y'
+++
$$y_{si} = g(w_i x_{si}) / \\sigma_i$$
$$\\frac{\\partial C}{\\partial w_i} = \\sum_s \\frac{\\partial C}{\\partial y_{si}} g'(w_i x_{si}) x_{si} / \\sigma_i$$
"""
SOURCES = [SMALL, without_claims(source("batch_norm_epsilon")) + shown([BY_GAMMA])]


@pytest.fixture(autouse=True)
def no_code(monkeypatch):
    """Nothing may be run on a document's behalf, by SymPy's parser neither; named tuples evaluate text of their own."""
    usual = builtins.eval

    def refuse(*arguments, **_):
        raise AssertionError(f"a document led to {arguments}")

    def evaluate(text, *scope):
        return usual(text, *scope) if str(text).startswith("lambda _cls,") else refuse(text)

    monkeypatch.setattr(builtins, "eval", evaluate)
    for owner, name in [(os, "system"), (os, "popen"), (os, "abort"), (subprocess, "Popen"), (parser, "parse_expr")]:
        monkeypatch.setattr(owner, name, refuse)


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("untrusted") / "document.md"


# ---------------------------------------------------------------- anything


@examples(40)
@given(text=spoiled_documents(SOURCES))
def test_there_is_an_outcome_whatever_is_written(path, text):
    survive(path, text)


@pytest.mark.parametrize("harm", HOSTILE)
def test_what_means_harm_is_read_as_mathematics_or_not_at_all(path, harm):
    """In a formula, as a name of everything that a header names, as a definition that it assumes."""
    survive(path, SMALL + shown([f"w_i = {harm}", f"{harm} = w_i", rf"\text{{{harm}}}"]))
    quoted = json.dumps(harm)
    for old, new in [
        ("x = [", f"{quoted} = ["), ('"n"', quoted), ('"i j"', quoted), ('[functions]\ng', f"[functions]\n{quoted}"),
        ("unit", harm), ("of = 'y'", f"of = {quoted}"), ("'C'", quoted), ("[axes]", f"title = {quoted}\n[axes]"),
        ("[cost]", f"[assume]\n'w' = {quoted}\n[cost]"),
    ]:  # fmt: skip
        survive(path, edited(SMALL, (old, new)))


# ---------------------------------------------------------------- generated code

TITLE = '"Batch normalization with a constant"'
NASTY = '"""\n\'\'\'\nimport os\nos.abort()\n#{0}{import_os}%s\\N{BULLET}\r\u2028*/ \\"\0'


def code(source_text: str) -> str:
    """What a module does: its syntax tree, without what strings say and without comments."""
    tree = ast.parse(source_text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


@pytest.fixture(scope="module")
def usual() -> str:
    return lambdify(read(DERIVATIONS / "batch_norm_epsilon.md"), widths=[3, 2], batch=4).source


@pytest.mark.parametrize("nasty", [NASTY, *HOSTILE])
def test_a_title_is_no_code(path, usual, nasty):
    text = source("batch_norm_epsilon")
    title = next(line for line in text.splitlines() if line.startswith("title"))
    path.write_text(edited(text, (title, f"title = {json.dumps(nasty)}")), encoding="utf-8")
    assert code(lambdify(read(path), widths=[3, 2], batch=4).source) == code(usual)


@pytest.mark.parametrize(
    "name",
    [
        r"\operatorname{import_os}", r"\mathbf{eval}", r"\operatorname{parameters}", r"\text{lambda}", r"\mathrm{np}",
        r"\mathrm{None}", r"\mathrm{dot}", r"\operatorname{gradient}", r"\mathrm{eval}", "é", "名",
    ],
)  # fmt: skip
def test_a_symbol_is_no_identifier(path, usual, name):
    r"""Whatever γ is called, the program is the same up to the names that it hands out."""
    path.write_text(source("batch_norm_epsilon").replace(r"\gamma", name), encoding="utf-8")
    derivation = read(path)
    assert derivation.document.problem is None, derivation.document.problem
    found = lambdify(derivation, widths=[3, 2], batch=4).source
    tree = ast.parse(found)
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not calls & {"eval", "exec", "__import__", "import_os", "open", "compile"}
    usual_tree = ast.parse(usual)
    kinds = [type(node).__name__ for node in ast.walk(tree)]
    assert kinds == [type(node).__name__ for node in ast.walk(usual_tree)]


# ---------------------------------------------------------------- what is printed

STEERING = "\x1b[2K\x1b[1A\x1b]8;;x\x07\x9b1A\u202e\u2066\x08\x00\x7f"
FORGED = f"{STEERING}\nout.json: valid, 0 hypotheses"


def assert_plain(output: str) -> None:
    assert all(c.isprintable() or c in "\n\t" for c in output), ascii(output)


@pytest.mark.parametrize(
    "text",
    [
        edited(SMALL, ("[axes]", f"title = {json.dumps(FORGED)}\n[axes]")),
        edited(SMALL, ("[axes]", f"[assume]\n'2 w' = {json.dumps(FORGED)}\n[axes]")),
        edited(SMALL, ("[axes]", f"{STEERING} = 1\n[axes]")),
        edited(SMALL, ("w = [", f"{json.dumps(FORGED)} = [")),
        SMALL + shown([rf"2 w_i = 3 w_i \tag{{{STEERING}}}", rf"\text{{{STEERING}}} 2w_i = 3w_i", f"w_i = {STEERING}"]),
        SMALL + shown([rf"2 w_i = 2 w_i \underbrace{{w_i}}_{{{STEERING}}}", rf"\mathbf{{{STEERING}}} = w_i"]),
    ],
    ids=["title", "assumption", "header", "symbol", "formula", "scripts"],
)
def test_no_document_steers_the_terminal(path, text):
    path.write_bytes(text.encode())
    for command in ("verify", "verify --json", "verify --steps", "derive", "generate --widths 3,2"):
        outcome = CliRunner().invoke(main, [*command.split(), str(path)])
        assert isinstance(outcome.exception, SystemExit | None)
        assert_plain(outcome.output)
        assert "\nout.json: valid" not in outcome.output
    screen = Screen(file=io.StringIO(), width=60, force_terminal=True, color_system=None)
    show(screen, judge(path))
    assert_plain(screen.file.getvalue())


def test_no_name_of_a_file_steers_the_terminal(tmp_path):
    name = FORGED.replace("\x00", "").replace("/", "") + ".md"
    document, other = tmp_path / name, tmp_path / ("x" + name)
    document.write_text(SMALL, encoding="utf-8")
    other.write_text("no header", encoding="utf-8")
    for arguments in (["verify", document], ["verify", tmp_path], ["verify", "--json", document], ["verify", other]):
        output = CliRunner().invoke(main, list(map(str, arguments))).output
        assert_plain(output)
        assert "\nout.json: valid" not in output
    assert_plain(run("derive", tmp_path / ("missing" + name), status=2))


def test_no_certificate_steers_the_terminal(tmp_path, capsys):
    """That it is rejected cannot be written over, by either command."""
    forged = {"name": f"x{FORGED}", "kind": "leaf", "axes": []}
    content = {
        "version": 1, "document": {}, "statement": {}, "theorems": [], "claim": {}, "hypotheses": [],
        "graph": {"axes": [], "tensors": [forged, forged], "open": [], "hypotheses": []},
    }  # fmt: skip
    path = tmp_path / "forged.json"
    path.write_text(json.dumps({**content, "digest": digest(content)}))
    assert check_alone([str(path)]) == 1
    for output in (run("check", path, status=1), capsys.readouterr().out):
        assert_plain(output)
        assert len(output.splitlines()) == 1 and ": rejected: " in output and "declared twice" in output


# ---------------------------------------------------------------- paths


def run(*arguments, status: int) -> str:
    outcome = CliRunner().invoke(main, [*map(str, arguments)])
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exception
    assert outcome.exit_code == status, outcome.output
    return outcome.output


def everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize("name", ["..md", "a b;rm -rf.md", "-o.md", "$(id).md", "a\nb.md", "%s{0}.md", "~.md"])
def test_certificates_stay_in_their_folder(tmp_path, name):
    (tmp_path / "in").mkdir()
    document = tmp_path / "in" / name
    document.write_text(SMALL, encoding="utf-8")
    before = everything(tmp_path)
    run("verify", "--certificates", tmp_path / "out", "--", document, status=0)
    made = everything(tmp_path) - before
    assert len(made) == 2 and all(Path(path).parts[0] == "out" for path in made)
    (certificate,) = (tmp_path / "out").iterdir()
    assert run("check", "--document", document, "--", certificate, status=0).count("valid") == 1


def test_a_file_is_not_written_through_where_a_folder_should_be(tmp_path):
    document, taken = tmp_path / "small.md", tmp_path / "taken"
    document.write_text(SMALL, encoding="utf-8")
    taken.write_text("mine")
    assert "cannot write certificates" in run("verify", document, "--certificates", taken, status=1)
    assert "cannot write certificates" in run("verify", document, "--certificates", taken / "x", status=1)
    assert taken.read_text() == "mine"


def test_a_link_is_replaced_and_not_followed(tmp_path):
    """What stands at -o, and at the name of a certificate, may be somebody else's link to something precious."""
    precious = tmp_path / "precious"
    precious.write_text("mine")
    output = tmp_path / "step.py"
    output.symlink_to(precious)
    run("generate", DERIVATIONS / "batch_norm.md", "--widths", "3,2", "-o", output, status=0)
    assert precious.read_text() == "mine" and not output.is_symlink() and "def bind" in output.read_text()
    document, folder = tmp_path / "small.md", tmp_path / "proofs"
    document.write_text(SMALL, encoding="utf-8")
    folder.mkdir()
    (folder / "small-eq2.1.json").symlink_to(precious)
    run("verify", document, "--certificates", folder, status=0)
    assert precious.read_text() == "mine" and not (folder / "small-eq2.1.json").is_symlink()


@pytest.mark.parametrize("output", [".", "missing/step.py", "/", ""])
def test_what_cannot_be_written_is_said(tmp_path, monkeypatch, output):
    monkeypatch.chdir(tmp_path)
    found = CliRunner().invoke(main, ["generate", str(DERIVATIONS / "batch_norm.md"), "--widths", "3,2", "-o", output])
    assert isinstance(found.exception, SystemExit) and found.exit_code in (1, 2)
    assert "Traceback" not in found.output and everything(tmp_path) == set()
