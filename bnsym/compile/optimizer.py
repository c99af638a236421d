"""The updates of parameters by their gradient, as lines of code over flat arrays.

With g the gradient, r the rate, t the number of the step, from 1:

    sgd        p ← p - r g
    momentum   v ← 0.9 v + g,  p ← p - r v
    adam       m ← 0.9 m + 0.1 g,  v ← 0.999 v + 0.001 g²,
               p ← p - r m/(1 - 0.9^t) / (√(v/(1 - 0.999^t)) + 1e-8)
"""

from __future__ import annotations

from dataclasses import dataclass

from bnsym.compile.errors import CompileError


@dataclass(frozen=True)
class Optimizer:
    """`moments` arrays of the parameters' size are kept from step to step; `scale` seeds the backward pass.

    `lines` are the update in NumPy, `text` is it in C, over the arrays p, g and the moments v, {count} each.
    `fused` says that it does no more than to subtract the gradient.
    """

    moments: int
    scale: str
    lines: tuple[str, ...]
    text: str
    fused: bool = False


OPTIMIZERS = {
    # A gradient is linear in its seed: with the rate put there, the update is a subtraction.
    "sgd": Optimizer(
        0,
        "rate",
        ("subtract(parameters, gradient, parameters)",),
        "for (long i = 0; i < {count}; i++) p[i] -= g[i];",
        fused=True,
    ),
    "momentum": Optimizer(
        1,
        "1.0",
        (
            "multiply(moments[0], 0.9, moments[0])",
            "add(moments[0], gradient, moments[0])",
            "multiply(moments[0], rate, gradient)",
            "subtract(parameters, gradient, parameters)",
        ),
        """IVDEP
    for (long i = 0; i < {count}; i++) {{
        v[i] = (T)0.9 * v[i] + g[i];
        p[i] -= (T)rate * v[i];
    }}""",
    ),
    "adam": Optimizer(
        2,
        "1.0",
        (
            "first, second = moments",
            "multiply(gradient, 0.1, scratch)",
            "multiply(first, 0.9, first)",
            "add(first, scratch, first)",
            "multiply(gradient, gradient, scratch)",
            "multiply(scratch, 0.001, scratch)",
            "multiply(second, 0.999, second)",
            "add(second, scratch, second)",
            "multiply(second, 1 / (1 - 0.999**time), scratch)",
            "sqrt(scratch, scratch)",
            "add(scratch, 1e-8, scratch)",
            "divide(first, scratch, scratch)",
            "multiply(scratch, rate / (1 - 0.9**time), scratch)",
            "subtract(parameters, scratch, parameters)",
        ),
        """const T first = (T)(rate / (1 - pow(0.9, time))), second = (T)(1 / (1 - pow(0.999, time)));
    T *const w = v + {count};
    IVDEP
    for (long i = 0; i < {count}; i++) {{
        v[i] = (T)0.9 * v[i] + (T)0.1 * g[i];
        w[i] = (T)0.999 * w[i] + (T)0.001 * g[i] * g[i];
        p[i] -= first * v[i] / (SQRT(second * w[i]) + (T)1e-8);
    }}""",
    ),
}


def optimizer(name: str) -> Optimizer:
    """Raises CompileError if there is none of that name."""
    if name not in OPTIMIZERS:
        raise CompileError(f"there is no optimizer {name!r}; there are {', '.join(OPTIMIZERS)}")
    return OPTIMIZERS[name]
