"""Second and third opinions on every proved claim: SymPy at concrete sizes, and PyTorch's autograd.

The first is complex step, in `test_documents.py`. All three run a document's own definitions entry by entry; what
differentiates them shares nothing with the prover, nor with one another. One claim of each document is looked at, all
of them in a thorough run.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import bnsym
from bnsym.testing import Scalars, Symbolic
from tests.support.documents import DOCUMENTS, claims
from tests.support.thorough import THOROUGH

documents = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)


class Autograd:
    """PyTorch's numbers in double precision: an entry is moved by adding a leaf that is zero."""

    def __init__(self, torch: Any):
        self.torch = torch
        self.leaf = self.number(Fraction(0)).requires_grad_()
        z = self.number
        self.functions = {
            "g": lambda x: x.sin() + x * x / 4, "h": lambda x: x / 2 - x**3 / 9, "exp": torch.exp, "log": torch.log,
            "tanh": torch.tanh, "sin": torch.sin, "cos": torch.cos, "logistic": torch.sigmoid,
            "softplus": lambda x: torch.log(z(Fraction(1)) + torch.exp(x)),
        }  # fmt: skip

    def number(self, value: Fraction) -> Any:
        return self.torch.tensor(float(value), dtype=self.torch.float64)

    def power(self, base: Any, exponent: Fraction) -> Any:
        return base ** (exponent.numerator if exponent.denominator == 1 else float(exponent))

    def function(self, name: str, order: int, argument: Any) -> Any:
        function = self.functions.get(name, self.functions["g"])
        for _ in range(order):
            function = self._slope_of(function)
        return function(argument)

    def _slope_of(self, function: Any) -> Any:
        def slope(x: Any) -> Any:
            x = x if x.requires_grad else x.clone().requires_grad_()
            (found,) = self.torch.autograd.grad(function(x), x, create_graph=True)
            return found

        return slope

    def settled(self, value: Any) -> Any:
        return value

    def moved(self, value: Any) -> Any:
        return value + self.leaf

    def slope(self, value: Any) -> Any:
        if not value.requires_grad:
            return self.number(Fraction(0))
        (found,) = self.torch.autograd.grad(value, self.leaf, allow_unused=True, retain_graph=True)
        return self.number(Fraction(0)) if found is None else found.detach()

    def size(self, value: Any) -> float:
        return abs(float(value.detach()))


def worst(path, numbers: Any, samples: int) -> float:
    """The largest error of a document's claims by these numbers, at one value of the free indices."""
    derivation = bnsym.read(path)
    scalars = Scalars(derivation.document, numbers, samples=samples, units=None if THOROUGH else 2)
    found = claims(derivation)
    errors = []
    for result in found if THOROUGH else found[:1]:
        reading = next(r for r in result.statement.readings if r.latex == result.reading)
        errors.append(scalars.error(reading, most=1))
    return max(errors)


@documents
def test_sympy_agrees(path):
    """To forty digits of the fifty that are kept."""
    assert worst(path, Symbolic(), samples=3) < 1e-40


@documents
def test_pytorch_agrees(path):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: its autograd gives no third opinion")
    assert worst(path, Autograd(torch), samples=4) < 1e-9
