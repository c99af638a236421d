"""Imports point downward only, stand at the top of their module, and run no text that comes from a document."""

import ast
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PACKAGE = REPOSITORY / "bnsym"
FLOORS = {
    "bnsym.kernel": 0,
    "bnsym.budget": 0,
    "bnsym.collector": 0,
    "bnsym.files": 0,
    "bnsym.printable": 0,
    "bnsym.workers": 0,
    "bnsym.language": 1,
    "bnsym.document": 2,
    "bnsym.calculus": 2,
    "bnsym.refute": 3,
    "bnsym.compile": 3,
    "bnsym.verdict": 3,
    "bnsym.judge": 4,
    "bnsym.mend": 4,
    "bnsym.derivation": 4,
    "bnsym.train": 5,
    "bnsym.report": 5,
    "bnsym.testing": 5,
    "bnsym.cli": 6,
    "bnsym.__main__": 7,
    "bnsym": 7,
}
# Packages on one floor that do not know of one another.
SEPARATE = [{"bnsym.document", "bnsym.calculus"}]
# The rooms of a floor, each of which knows those before it; rooms of one place do not know of one another.
ROOMS = {
    "bnsym.document": (
        *({room} for room in ("limits", "errors", "syntax", "source", "notation", "meaning", "statements")),
        *({room} for room in ("rewording", "reader", "folder")),
    ),
    "bnsym.compile": (
        {"errors", "names", "packaged"}, {"lowering"}, {"planning"}, {"optimizer"}, {"numpy", "c", "jax"}, {"program"},
        {"blueprint"},
    ),
}  # fmt: skip
# Loaded when first needed, so that `import bnsym` and `bnsym --help` stay light.
HEAVY = {"sympy", "numpy", "sklearn", "torch", "matplotlib", "opt_einsum", "jax", "numba", "scipy", "onnx"}
# Loaded where it is needed, which it seldom is: for a line that is wrong (with NumPy), for code in a document.
LATE = {"bnsym.mend", "markdown_it"}
# Floors that work where neither SymPy nor NumPy is installed.
LIGHT = ("bnsym.kernel", "bnsym.language", "bnsym.document")
MODULES = sorted(PACKAGE.rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def floor(module: str) -> str:
    """The entry of FLOORS that a module belongs to."""
    return max((f for f in FLOORS if module == f or (module + ".").startswith(f + ".")), key=len)


def imports(tree: ast.AST) -> list[tuple[str, ast.stmt]]:
    """Every module that is imported, with the statement. `from bnsym import x` counts as `bnsym.x` if that is one."""
    found: list[tuple[str, ast.stmt]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            base = node.module or ""
            inner = [f"{base}.{alias.name}" for alias in node.names]
            found += [(name if name in NAMES else base, node) for name in inner]
    return found


NAMES = {module_name(path) for path in MODULES}
modules = pytest.mark.parametrize("path", MODULES, ids=module_name)


@modules
def test_imports_point_downward(path):
    own = floor(module_name(path))
    for name, node in imports(ast.parse(path.read_text())):
        if name.partition(".")[0] != "bnsym":
            continue
        other = floor(name)
        where = f"{path}:{node.lineno} imports {name}"
        assert FLOORS[other] <= FLOORS[own], where
        assert not any({own, other} <= pair and own != other for pair in SEPARATE), where


@modules
def test_rooms_know_those_before_them(path):
    place, _, own = module_name(path).removeprefix("bnsym.").partition(".")
    place, own = f"bnsym.{place}", own.partition(".")[0]
    if place not in ROOMS or not own:
        return
    level = {room: n for n, rooms in enumerate(ROOMS[place]) for room in rooms}
    for name, node in imports(ast.parse(path.read_text())):
        if name.startswith(place + "."):
            room = name.split(".")[2]
            assert room == own or level[room] < level[own], f"{path}:{node.lineno} imports {name}"


@modules
def test_no_import_stands_in_a_function_unless_it_is_heavy(path):
    functions = [
        n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    for name, node in [found for function in functions for found in imports(function)]:
        light = module_name(path) == "bnsym" or floor(module_name(path)) == "bnsym.cli"
        heavy = name in LATE or name.partition(".")[0] in HEAVY
        assert light or heavy, f"{path}:{node.lineno} imports {name} inside a function"


@modules
def test_light_floors_need_neither_sympy_nor_numpy(path):
    if module_name(path).startswith(LIGHT):
        for name, node in imports(ast.parse(path.read_text())):
            assert name.partition(".")[0] not in HEAVY, f"{path}:{node.lineno} imports {name}"


@modules
def test_hypothesis_is_for_testing_alone(path):
    own = floor(module_name(path))
    for name, node in imports(ast.parse(path.read_text())):
        where = f"{path}:{node.lineno} imports {name}"
        assert own == "bnsym.testing" or not name.startswith(("hypothesis", "bnsym.testing", "pytest")), where


@modules
def test_no_text_is_run(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            builtin = isinstance(function, ast.Name) and name in ("eval", "exec", "__import__")
            assert not builtin and name not in ("sympify", "parse_expr", "parse_latex"), f"{path}:{node.lineno}: {name}"


def test_every_module_is_on_a_floor():
    assert {floor(module_name(path)) for path in MODULES} <= FLOORS.keys()
    for name in NAMES - {"bnsym"}:
        assert floor(name) != "bnsym", f"{name} stands on no floor"


def test_an_upward_import_is_found():
    source = "from bnsym.derivation import read\nimport bnsym.kernel.term\nfrom bnsym.kernel import term\n"
    found = [name for name, _ in imports(ast.parse(source))]
    assert found == ["bnsym.derivation", "bnsym.kernel.term", "bnsym.kernel.term"]
    assert FLOORS[floor("bnsym.derivation.x")] > FLOORS[floor("bnsym.calculus.derive")]
