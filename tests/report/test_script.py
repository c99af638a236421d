"""The program of a counterexample: it runs on its own, gives the recorded values, and holds no text but as comment."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import bnsym.document
from bnsym.kernel.term import Term
from bnsym.language.claim import Claim
from bnsym.language.graph import CostGraph
from bnsym.language.statement import Document
from bnsym.refute import find_counterexample
from bnsym.refute.reported import Replayed, Reported
from bnsym.report.script import Script
from tests.support.documents import DERIVATIONS, DOCUMENTS
from tests.support.thorough import THOROUGH

MOST = 1000 if THOROUGH else 5  # claims of a document


def scripts(document: Document, path: str = "paper.md") -> dict[str, str]:
    """The program of each claim, made wrong by a factor of two, that has a counterexample."""
    found = {}
    for statement in [s for s in document.statements if s.kind == "claim"][:MOST]:
        reading = statement.readings[-1]
        claim = Claim.refutable(document, reading, lambda window: CostGraph.build(document, window))
        if claim is None:
            continue
        wrong = replace(claim, right=claim.right.scale(2) if claim.right else Term.number(1))
        example = find_counterexample(wrong.graph, wrong.free, wrong.left, wrong.right, seconds=0.1)
        if example is not None:
            reported = Reported(path, statement.id, statement.latex, example.to_json())
            found[statement.id] = Script(reported, Replayed(statement, wrong, example.left, example.right)).text()
    return found


def execute(text: str) -> dict:
    """Run a program; it asserts that both sides are as recorded, and that they differ."""
    names: dict = {}
    exec(compile(text, "<counterexample>", "exec"), names)
    return names


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_it_gives_the_recorded_values(path, capsys):
    found = scripts(bnsym.document.read(path))
    assert found
    for text in found.values():
        names = execute(text)
        assert names["left"] != names["right"]
        assert not any(module in text for module in ("sympy", "bnsym."))
    assert capsys.readouterr().out.count("recorded") == 2 * len(found)


FUNCTIONS = r"""+++
[axes]
sample = { size = "N", data = true }
[indices]
sample = "s t"
[symbols]
x = ["sample"]
a = ["sample"]
y = ["sample"]
z = ["sample"]
v = ["sample"]
w = []
[functions]
g = "elementwise"
[cost]
symbol = 'C'
of = 'z'
+++
$$a_s = w x_s \qquad y_s = \tanh(a_s) + \exp(a_s) \sin(x_s) + \log(1 + x_s^2) \qquad z_s = g(y_s) y_s$$
$$v_s = \frac{1}{1 + \exp(-\cos(x_s))} + \operatorname{logistic}(a_s) + \operatorname{softplus}(a_s)$$
$$\frac{\partial C}{\partial y_s} = \frac{\partial C}{\partial z_s} (g(y_s) + y_s g'(y_s))$$
$$\frac{\partial z_s}{\partial y_s} = g(y_s) + y_s g'(y_s)$$
$$\frac{\partial C}{\partial w} = \sum_s \frac{\partial C}{\partial y_s} \frac{\partial y_s}{\partial w}$$
$$\frac{\partial v_s}{\partial x_s} = \operatorname{logistic}(a_s)$$
$$\frac{\partial y_s}{\partial x_s} = \exp(a_s) \cos(x_s)$$
"""


def test_functions(tmp_path):
    path = tmp_path / "functions.md"
    path.write_text(FUNCTIONS)
    document = bnsym.document.read(path)
    assert document.problem is None and not any(s.problem for s in document.statements), document
    found = scripts(document)
    assert len(found) >= 4
    for text in found.values():
        execute(text)


def test_it_runs_alone(tmp_path):
    (text, *_) = scripts(bnsym.document.read(DERIVATIONS / "layer_norm.md")).values()
    path = tmp_path / "counterexample.py"
    path.write_text(text, encoding="utf-8")
    command = [sys.executable, "-I", str(path)]
    outcome = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    left, right, difference = outcome.stdout.splitlines()
    assert left.startswith("left-hand side: ") and right.startswith("right-hand side: ") and "not equal" in difference


HOSTILE = r"""__import__('os').system('touch owned') \" ''' \n"""


def test_text_of_a_document_is_in_comments_only(tmp_path):
    path = tmp_path / "hostile.md"
    header = """[axes]
sample = { size = '\\operatorname{import}', data = true }
[indices]
sample = "s"
[symbols]
'\\operatorname{import__x}' = ["sample"]
'\\hat{\\mathbf{exec}}' = ["sample"]
'\\text{open}' = []
"""
    path.write_text(
        f"+++\n{header}+++\n"
        "$$\\operatorname{import__x} = 2 \\hat{\\mathbf{exec}}$$\n\n"
        "$$\\text{open} = \\sum_s \\operatorname{import__x}_s$$\n\n"
        "$$\\text{open} = 3 \\sum_s \\hat{\\mathbf{exec}}_s$$\n"
    )  # fmt: skip
    document = bnsym.document.read(path)
    assert document.problem is None and [s.kind for s in document.statements] == ["definition", "definition", "claim"]
    (text,) = scripts(document, f"{HOSTILE}\nimport os\r{HOSTILE}").values()
    execute(text)
    tree = ast.parse(text)
    assert not Path("owned").exists()
    imported = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert imported == ["numpy"] and not any(isinstance(node, ast.ImportFrom) for node in ast.walk(tree))
    called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    assert called <= {"run", "node", "derivative", "print", "abs"}
    assert text.isascii() and "\r" not in text
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    assert "owned" not in code and "os" not in code.split() and "open(" not in code
