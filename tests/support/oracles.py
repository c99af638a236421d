"""Opinions on the claims of a document: every one of them, by numbers that share nothing with the prover.

`bnsym.testing` has two kinds of numbers, complex steps and SymPy's; PyTorch's, where it is installed, are here.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import bnsym
from bnsym.testing import Scalars
from tests.support.documents import claims


def opinions(path: Path, numbers: Any, *, most: int | None = None, **sizes: Any) -> dict[str, float]:
    """{identifier: error} of all claims of a document, each of which is proved; `sizes` are those of `Scalars`."""
    derivation = bnsym.read(path)
    scalars = Scalars(derivation.document, numbers, **sizes)
    found = {}
    for result in claims(derivation):
        assert result.verdict == "proved", (path, result)
        reading = next(r for r in result.statement.readings if r.latex == result.reading)
        found[result.statement.id] = scalars.error(reading, most)
    assert found, f"{path} claims nothing"
    return found


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
