"""Mutation testing of the kernel and the checker: `python -m tests.benchmarks.mutants [NAME...]` (needs mutmut 3).

A copy of the kernel is changed in one place after the other, and the tests of the kernel must fail each time. Prints
how many mutants were killed, and the difference that each survivor makes. Names as mutmut has them, such as
`bnsym.kernel.term*`, select mutants. The copy has no caches, which would hide what a mutant does; what takes long is
left out (the command among it), and properties are tried with few examples. The tests that attack a certificate as a
whole take most of the time: only what survives all others is put before them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
CACHE = re.compile(r"^@lru_cache\(.*\)\n", re.MULTILINE)
SLOW = ("rook", "cube", "crown", "standard_library_alone", "test_size", "hub_costs")
WHOLE = ("made_anew", "random_edits", "guarded_by_the_digest", "hold_in_models", "nor_exchanged")
SURVIVED = ("survived", "no tests", "suspicious")
SETTINGS = """
[tool.mutmut]
source_paths = ["bnsym"]
only_mutate = ["bnsym/kernel/*"]
do_not_mutate = ["bnsym/kernel/__main__.py"]
pytest_add_cli_args = ["-p", "no:cacheprovider", "--hypothesis-profile=mutants", "-k", "not {left_out}"]
pytest_add_cli_args_test_selection = ["tests/kernel"]
"""


def copied(folder: Path) -> None:
    """What is mutated, and the tests that should notice."""
    for part in ("bnsym", "tests/kernel", "tests/support"):
        shutil.copytree(REPOSITORY / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("tests/__init__.py", "tests/conftest.py"):
        shutil.copy(REPOSITORY / part, folder / part)
    term = folder / "bnsym" / "kernel" / "term.py"
    text, number = CACHE.subn("", term.read_text())
    assert number, "the kernel has no caches any more: nothing has to be taken out"
    term.write_text(text)


def mutmut(folder: Path, *arguments: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "mutmut", *arguments], cwd=folder, check=False, **options)


def fates(folder: Path, names: list[str], left_out: tuple[str, ...]) -> dict[str, str]:
    """What became of the mutants of these names, before the tests that are not left out."""
    (folder / "pyproject.toml").write_text(SETTINGS.format(left_out=" and not ".join(left_out)))
    mutmut(folder, "run", "--max-children", "2", *names)
    results = mutmut(folder, "results", "--all", "true", capture_output=True, text=True).stdout
    found = dict(line.strip().split(": ") for line in results.splitlines() if ": " in line)
    return {name: fate for name, fate in found.items() if fate != "not checked"}


def mutated(names: list[str]) -> tuple[int, dict[str, str]]:
    """How many mutants were killed, and the difference that each survivor makes, by its name."""
    if find_spec("mutmut") is None:
        sys.exit("mutants need mutmut: pip install 'mutmut>=3'")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        copied(folder)
        found = fates(folder, names, (*SLOW, *WHOLE))
        survivors = [name for name, fate in found.items() if fate in SURVIVED]
        if survivors:
            found = {**found, **fates(folder, survivors, SLOW)}
            survivors = [name for name in survivors if found[name] in SURVIVED]
        differences = {n: mutmut(folder, "show", n, capture_output=True, text=True).stdout for n in survivors}
        return len(found) - len(survivors), differences


def main(names: list[str]) -> None:
    killed, survivors = mutated(names)
    print(*survivors.values(), sep="\n")
    print(f"{killed} of {killed + len(survivors)} mutants killed")


if __name__ == "__main__":
    main(sys.argv[1:])
