"""`bnsym.testing` as somebody outside uses it: examples that run, one error where Hypothesis is missing."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import subprocess
import sys

import pytest

import bnsym
import bnsym.testing
from bnsym.testing import ComplexStep, Scalars
from tests.support.documents import DERIVATIONS, ROOT

MODULES = sorted(module.name for module in pkgutil.iter_modules(bnsym.testing.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name):
    module = importlib.import_module(f"bnsym.testing.{name}")
    assert doctest.testmod(module).failed == 0
    assert module.__doc__ and any(line.startswith((">>> ", "    ")) for line in module.__doc__.splitlines())


def test_names_are_there():
    assert all(hasattr(bnsym.testing, name) for name in bnsym.testing.__all__)
    assert not set(MODULES) & set(bnsym.testing.__all__)  # a module is not hidden by what it defines


def test_without_hypothesis_the_extra_is_named():
    code = "import sys; sys.modules['hypothesis'] = None; sys.path.insert(0, sys.argv[1]); import bnsym.testing"
    outcome = subprocess.run([sys.executable, "-c", code, str(ROOT)], capture_output=True, text=True, check=False)
    assert outcome.returncode == 1
    assert outcome.stderr.endswith("ModuleNotFoundError: bnsym.testing needs Hypothesis: pip install 'bnsym[test]'\n")


def test_the_example_of_the_package():
    derivation = bnsym.read(DERIVATIONS / "rms_norm.md")
    scalars = Scalars(derivation.document, ComplexStep())
    proved = [r for r in derivation.verify() if r.verdict == "proved"]
    assert proved and all(scalars.error(r.statement.readings[0]) < 1e-9 for r in proved)
