"""What must be trusted stays small, and stands on the standard library alone."""

import ast
import io
import sys
import tokenize
from pathlib import Path

import pytest

KERNEL = Path(__file__).parents[2] / "bnsym" / "kernel"
BUDGET = 600
LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
FILES = sorted(KERNEL.rglob("*.py"))


def docstring_lines(tree: ast.Module) -> set[int]:
    lines = set[int]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, clean=False):
            lines |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return lines


def code_lines(source: str) -> int:
    """Lines of code: blank lines, comments and docstrings are not counted."""
    lines = set[int]()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in LAYOUT:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines - docstring_lines(ast.parse(source)))


def test_code_lines_are_counted():
    assert (
        code_lines('"""Doc.\n\nMore."""\n\n# no\nx = """a\nb"""  # yes\n\n\ndef f():\n    """Doc."""\n    return x\n')
        == 4
    )


def test_the_kernel_has_at_most_600_lines_of_code():
    assert sum(code_lines(path.read_text()) for path in FILES) <= BUDGET


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_the_kernel_imports_the_standard_library_alone(path):
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names = [node.module]
        for name in names:
            assert name.startswith("bnsym.kernel") or name.partition(".")[0] in sys.stdlib_module_names


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_the_kernel_runs_no_text(path):
    called = {
        n.func.id
        for n in ast.walk(ast.parse(path.read_text()))
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    }
    assert not called & {"eval", "exec", "compile", "__import__", "open"}
