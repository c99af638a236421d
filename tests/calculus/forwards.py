"""Random forward passes as documents: what a layer does, drawn at random, and nothing claimed."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

HEADER = r"""+++
title = "A forward pass"

[axes]
sample = {{ size = "N", data = true }}
unit   = "n"

[indices]
sample = "s t"
unit   = "i j k"

[layers]
generic = "l"
last = "L"

[symbols]
'u^l' = ["sample", "unit^l"]
'x^l' = ["sample", "unit^l"]
'\hat{{x}}^l' = ["sample", "unit^l"]
'y^l' = ["sample", "unit^l"]
'W^{{l-1,l}}' = ["unit^l", "unit^{{l-1}}"]
'b^l' = ["unit^l"]
'\gamma^l' = ["unit^l"]
'\beta^l' = ["unit^l"]
'm^l' = [{over}]
'v^l' = {{ axes = [{over}], positive = true }}
'\epsilon' = {{ axes = [], positive = true }}
'\Delta^l' = ["sample", "unit^l"]

[functions]
g = "elementwise"

[cost]
symbol = '\mathcal{{C}}'
of = 'u^L'
+++
"""
OUTPUTS = {
    "affine": r"\gamma_j^l \hat{x}_{sj}^l + \beta_j^l",
    "scaled": r"\gamma_j^l \hat{x}_{sj}^l",
    "cubic": r"\gamma_j^l (\hat{x}_{sj}^l)^3 + \beta_j^l",
    "quadratic": r"\gamma_j^l \hat{x}_{sj}^l + \beta_j^l (\hat{x}_{sj}^l)^2",
    "residual": r"\gamma_j^l \hat{x}_{sj}^l + x_{sj}^l",
}
ACTIVATIONS = {
    "opaque": "g(y_{sj}^l)",
    "tanh": r"\tanh(y_{sj}^l)",
    "softplus": r"\operatorname{softplus}(y_{sj}^l)",
    "exponential": r"\exp(y_{sj}^l)",
}


@dataclass(frozen=True)
class Forward:
    """x = W u (+ b), normalised over samples or over units, with or without centring, and what follows."""

    bias: bool
    over_units: bool
    centred: bool
    epsilon: bool
    output: str
    activation: str

    @property
    def rows(self) -> list[str]:
        i, over = ("s", r"\frac{1}{n^l} \sum_j ") if self.over_units else ("j", r"\frac{1}{N} \sum_s ")
        centre = f"m_{i}^l = {over} x_{{sj}}^l"
        deviation = rf"x_{{sj}}^l - m_{i}^l" if self.centred else "x_{sj}^l"
        root = rf"v_{i}^l + \epsilon" if self.epsilon else f"v_{i}^l"
        return [
            r"x_{sj}^l = \sum_i W_{ji}^{l-1,l} u_{si}^{l-1}" + (" + b_j^l" if self.bias else ""),
            *([centre] if self.centred else []),
            rf"v_{i}^l = {over} ({deviation})^2",
            rf"\hat{{x}}_{{sj}}^l = \frac{{{deviation}}}{{\sqrt{{{root}}}}}",
            rf"y_{{sj}}^l = {OUTPUTS[self.output]}",
            rf"u_{{sj}}^l = {ACTIVATIONS[self.activation]}",
            r"\Delta_{sj}^l \equiv \frac{\partial \mathcal{C}}{\partial y_{sj}^l}",
        ]

    @property
    def text(self) -> str:
        over = '"sample"' if self.over_units else '"unit^l"'
        return HEADER.format(over=over) + "".join(f"\n$${row}$$\n" for row in self.rows)


forwards = st.builds(
    Forward,
    bias=st.booleans(),
    over_units=st.booleans(),
    centred=st.booleans(),
    epsilon=st.booleans(),
    output=st.sampled_from(sorted(OUTPUTS)),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
)
