"""Elementwise functions: what stands for an opaque g, and what its derivative is in terms of saved values.

The derivatives of exp, log, tanh, logistic and softplus are the kernel's closed table, the one that proofs
use: each is a polynomial in functions of the same argument, so tanh' costs no second tanh. ReLU is not
differentiable at 0 (proofs assume that it is); its derivative there is taken to be 0.
"""

from __future__ import annotations

from collections.abc import Callable

from bnsym.compile.errors import CompileError
from bnsym.compile.lowering.array import Builder, Reference
from bnsym.compile.lowering.monomial import Monomial
from bnsym.kernel.rules import FUNCTIONS

# What `activation=` may be: the function that stands for the derivation's opaque one.
ACTIVATIONS = {
    "sigmoid": "logistic",
    "logistic": "logistic",
    "tanh": "tanh",
    "relu": "relu",
    "softplus": "softplus",
    "identity": "identity",
}
STEP = "step"  # the derivative of ReLU
DERIVATIVES = {**FUNCTIONS, "relu": [(STEP, 1, 1)], "identity": [("", 0, 1)], STEP: []}


def activation(name: str) -> str:
    """The function that an activation's name stands for. Raises CompileError."""
    if name not in ACTIVATIONS:
        raise CompileError(f"there is no activation {name!r}; there are {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]


def evaluate(builder: Builder, name: str, argument: Reference) -> Reference:
    """name(argument). Raises CompileError for a function that has no formula here."""
    if name not in _FORMULAS:
        raise CompileError(f"there is no formula for the function {name}")
    return _FORMULAS[name](builder, argument)


def derivative(name: str) -> list[tuple[str, int, int]]:
    """name' as Σ coefficient · function^power of the same argument ("" is the argument itself)."""
    if name not in DERIVATIVES:
        raise CompileError(f"there is no derivative for the function {name}")
    return DERIVATIVES[name]


def _logistic(b: Builder, x: Reference) -> Reference:
    """1/(1 + exp(-x)) = 1/2 + 1/2 tanh(x/2), which cannot overflow."""
    return b.apply("add", b.apply("multiply", b.apply("tanh", b.apply("multiply", x, 0.5)), 0.5), 0.5)


def _relu(b: Builder, x: Reference) -> Reference:
    return b.apply("maximum", x, 0.0)


_FORMULAS: dict[str, Callable[[Builder, Reference], Reference]] = {
    "": lambda b, x: x,
    "identity": lambda b, x: x,
    "exp": lambda b, x: b.apply("exp", x),
    "log": lambda b, x: b.apply("log", x),
    "tanh": lambda b, x: b.apply("tanh", x),
    "sin": lambda b, x: b.apply("sin", x),
    "cos": lambda b, x: b.apply("cos", x),
    "logistic": _logistic,
    "softplus": lambda b, x: b.apply("logaddexp", x, 0.0),
    "relu": _relu,
    # max(x, 0) > 0 and x > 0 are the same; the former lets x be overwritten.
    STEP: lambda b, x: b.apply("greater", _relu(b, x), 0.0),
}


def power(monomial: Monomial, exponent: int) -> Monomial:
    result = Monomial()
    for _ in range(exponent):
        result = result * monomial
    return result
