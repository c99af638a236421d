"""Second and third opinions on every proved claim: SymPy at concrete sizes, and PyTorch's autograd.

The first is complex step, in `test_documents.py`. All three run a document's own definitions entry by entry; what
differentiates them shares nothing with the prover, nor with one another. Each claim is looked at where it is not zero;
at more sizes in a thorough run. How many there are: `python -m tests.benchmarks.trust`.
"""

from __future__ import annotations

import pytest

from bnsym.testing import ComplexStep, Scalars, Symbolic
from tests.support.documents import DOCUMENTS, read_text
from tests.support.oracles import Autograd, opinions
from tests.support.thorough import THOROUGH

documents = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
sizes = pytest.mark.parametrize("units", [2, None] if THOROUGH else [2])


@sizes
@documents
def test_sympy_agrees(path, units):
    """To forty digits of the fifty that are kept."""
    assert max(opinions(path, Symbolic(), samples=3, units=units, most=1).values()) < 1e-40


@sizes
@documents
def test_pytorch_agrees(path, units):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: its autograd gives no third opinion")
    assert max(opinions(path, Autograd(torch), samples=4, units=units, most=1).values()) < 1e-9


HEADER = """+++
[axes]
unit = "n"
[indices]
unit = "i j"
[symbols]
x = ["unit"]
y = ["unit"]
[cost]
symbol = 'C'
of = 'y'
+++
$$y_i = x_i^2$$
"""


@pytest.mark.parametrize("numbers", [ComplexStep(), Symbolic()], ids=["complex step", "SymPy"])
def test_a_claim_is_looked_at_where_it_is_not_zero(numbers):
    """Nearly all entries of a Jacobian are zero: there, a wrong factor does not show."""
    document = read_text(HEADER + r"$$\frac{\partial y_i}{\partial x_j} = 3 \delta_{ij} x_i$$").document
    for seed in range(5):
        scalars = Scalars(document, numbers, units=6, seed=seed)
        assert scalars.error(document.statements[-1].readings[0], most=1) > 0.1


@pytest.mark.parametrize("numbers", [ComplexStep(), Symbolic()], ids=["complex step", "SymPy"])
def test_what_has_no_value_is_not_passed_over(numbers):
    document = read_text(HEADER + r"$$\frac{\partial y_i}{\partial x_i} = x_i (x_i - x_i)^{-1}$$").document
    with pytest.raises(ArithmeticError):
        Scalars(document, numbers, units=2).error(document.statements[-1].readings[0])
