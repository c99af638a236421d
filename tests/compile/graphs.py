"""Networks that are not a chain of dense layers: documents, and forward passes written independently of the package.

A forward takes parameters by name, samples, an activation and ε, in arithmetic that takes complex numbers, and gives
the outputs (N, n_out).
"""

from __future__ import annotations

from bnsym.derivation import Derivation
from tests.compile.reference import ACTIVATIONS
from tests.support.documents import read_text

HEADER = """+++
title = "A graph"

[axes]
sample = {{ size = "N", data = true }}
{axes}

[layers]
generic = "l"
last = "L"

[symbols]
{symbols}
'\\epsilon' = []

[functions]
g = "elementwise"

[cost]
symbol = 'C'
of = '{of}'
+++

"""


def document(axes: str, symbols: str, of: str, equations: str) -> Derivation:
    header = HEADER.format(axes=axes, symbols=symbols, of=of)
    return read_text(header + "".join(f"$${line.strip()}$$\n\n" for line in equations.strip().splitlines()))


def normalise(x, axes, epsilon):
    """(x - μ)/σ with mean and deviation over these axes."""
    centred = x - x.mean(axis=axes, keepdims=True)
    return centred / ((centred**2).mean(axis=axes, keepdims=True) + epsilon) ** 0.5


def residual_network(p, X, activation, epsilon):
    """Blocks x + B g(A norm(x) + b), between two linear maps."""
    x = X @ p["E"].T
    for layer in range(1, 1 + sum(name.startswith("A") for name in p)):
        z = p[f"gamma{layer}"] * normalise(x, 1, epsilon) + p[f"beta{layer}"]
        x = x + ACTIVATIONS[activation](z @ p[f"A{layer}"].T + p[f"b{layer}"]) @ p[f"B{layer}"].T
    return x @ p["D"].T + p["d"]


def group_norm_network(p, X, activation, epsilon):
    """Units (N, G, D), normalised over D, between two linear maps."""
    u = (X[:, None, None, :] * p["E"]).sum(-1)
    for layer in range(1, 1 + sum(name.startswith("W") for name in p)):
        x = (u[:, None, None] * p[f"W{layer}"]).sum((-1, -2))
        y = p[f"gamma{layer}"] * normalise(x, 2, epsilon) + p[f"beta{layer}"]
        u = ACTIVATIONS[activation](y)
    return (u[:, None] * p["V"]).sum((-1, -2)) + p["b"]


def spatial():
    """Batch normalization over samples and pixels between two maps of channels; the pixels are declared first."""
    return document(
        """pixel = { size = "P", data = true }
channel = "c"
unit = "n"
class = "q" """,
        r"""'X' = ["pixel", "sample", "channel"]
'W' = ["unit", "channel"]
'a' = ["sample", "unit", "pixel"]
'\mu' = ["unit"]
'\sigma' = { axes = ["unit"], positive = true }
'y' = ["sample", "unit", "pixel"]
'\gamma' = ["unit"]
'\beta' = ["unit"]
'V' = ["class", "unit"]
'b' = ["class"]
'o' = ["class", "sample"]""",
        "o",
        r"""a_{sip} = \sum_k W_{ik} X_{psk}
            \mu_i = \frac{1}{N P} \sum_s \sum_p a_{sip}
            \sigma_i = \sqrt{\frac{1}{N P} \sum_s \sum_p (a_{sip} - \mu_i)^2 + \epsilon}
            y_{sip} = \gamma_i \frac{a_{sip} - \mu_i}{\sigma_i} + \beta_i
            o_{qs} = \sum_i V_{qi} \frac{1}{P} \sum_p g(y_{sip}) + b_q""",
    )


def spatial_forward(p, X, activation, epsilon):
    """X is (N, P, channels)."""
    y = p["gamma"] * normalise(X @ p["W"].T, (0, 1), epsilon) + p["beta"]
    return ACTIVATIONS[activation](y).mean(1) @ p["V"].T + p["b"]


def between():
    """Layers of their own widths, between two linear maps."""
    return document(
        """feature = "p"
unit = "n"
class = "q" """,
        r"""'X' = ["sample", "feature"]
'E' = ["unit^0", "feature"]
'u^l' = ["sample", "unit^l"]
'W^l' = ["unit^l", "unit^{l-1}"]
'b^l' = ["unit^l"]
'D' = ["class", "unit^L"]
'o' = ["sample", "class"]""",
        "o",
        r"""u_{si}^0 = \sum_f E_{if} X_{sf}
            u_{si}^l = g(\sum_j W_{ij}^l u_{sj}^{l-1} + b_i^l)
            o_{sc} = \sum_i D_{ci} u_{si}^L""",
    )


def between_forward(p, X, activation, epsilon):
    u = X @ p["E"].T
    for layer in range(1, 1 + sum(name.startswith("W") for name in p)):
        u = ACTIVATIONS[activation](u @ p[f"W{layer}"].T + p[f"b{layer}"])
    return u @ p["D"].T


def gated():
    """Three numbered layers with several weights each: a gate, a link over one layer, a product of two layers."""
    return document(
        """feature = "p"
unit = "n"
class = "q" """,
        r"""'X' = ["sample", "feature"]
'A^1' = ["unit", "feature"]
'B^1' = ["unit", "feature"]
'h^l' = ["sample", "unit"]
'W^2' = ["unit", "unit"]
'V^3' = ["unit", "unit"]
'\gamma^3' = ["unit"]
'D' = ["class", "unit"]
'o' = ["sample", "class"]""",
        "o",
        r"""h_{si}^1 = \sum_f A_{if}^1 X_{sf} g(\sum_m B_{im}^1 X_{sm})
            h_{si}^2 = g(\sum_j W_{ij}^2 h_{sj}^1)
            h_{si}^3 = h_{si}^1 + \gamma_i^3 h_{si}^1 h_{si}^2 + \sum_j V_{ij}^3 h_{sj}^2
            o_{sc} = \sum_i D_{ci} h_{si}^3""",
    )


def gated_forward(p, X, activation, epsilon):
    g = ACTIVATIONS[activation]
    first = X @ p["A_1"].T * g(X @ p["B_1"].T)
    second = g(first @ p["W_2"].T)
    third = first + p["gamma_3"] * first * second + second @ p["V_3"].T
    return third @ p["D"].T
