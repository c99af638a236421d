r"""A network of batch normalization with ε whose layers are numbers, written out: u^0, W^{0,1}, x^1, … u^L.

Every layer has its weights, scale, shift and activation, and its forward in full; the claims are the closed forms of
∂C/∂y, ∂C/∂W, ∂C/∂γ and ∂C/∂β of every layer.
"""

from __future__ import annotations

HEADER = r"""+++
title = "Batch normalization, <l> explicit layers"

[axes]
sample = { size = "N", data = true }
unit = "n"

[indices]
sample = "s t"
unit = "i j k"

[layers]
generic = "l"

[symbols]
'u^l' = ["sample", "unit^l"]
'x^l' = ["sample", "unit^l"]
'\hat{x}^l' = ["sample", "unit^l"]
'y^l' = ["sample", "unit^l"]
'W^{l-1,l}' = ["unit^l", "unit^{l-1}"]
'\gamma^l' = ["unit^l"]
'\beta^l' = ["unit^l"]
'\mu^l' = ["unit^l"]
'\sigma^{2,l}' = ["unit^l"]
'\epsilon' = []
'\Delta^l' = ["sample", "unit^l"]

[functions]
'g^l' = "elementwise"

[cost]
symbol = '\mathcal{C}'
of = 'u^{<l>}'
+++

With $\Delta^l \equiv \frac{\partial \mathcal{C}}{\partial y^l}$:
"""

FORWARD = r"""
$$\begin{aligned}
x^{<l>} &= W^{<k>,<l>} u^{<k>} \\
\mu^{<l>} &= \langle x^{<l>} \rangle \\
\sigma^{2,<l>} &= \langle (x^{<l>} - \mu^{<l>})^2 \rangle \\
\hat{x}^{<l>} &= \frac{x^{<l>} - \mu^{<l>}}{\sqrt{\sigma^{2,<l>} + \epsilon}} \\
y^{<l>} &= \gamma^{<l>} \hat{x}^{<l>} + \beta^{<l>} \\
u^{<l>} &= g^{<l>}(y^{<l>})
\end{aligned}$$
"""

BASE = r"""
$$\Delta_{si}^{<l>} = \frac{\partial \mathcal{C}}{\partial u_{si}^{<l>}} g^{<l>\prime}(y_{si}^{<l>})$$
"""

RECURSION = r"""
$$\Delta_{si}^{<l>} = g^{<l>\prime}(y_{si}^{<l>}) \sum_j \frac{\gamma_j^{<m>}}{\sqrt{\sigma_j^{2,<m>} + \epsilon}}
W_{ji}^{<l>,<m>} \left[ \Delta_{sj}^{<m>} - \langle \Delta_j^{<m>} \rangle
- \hat{x}_{sj}^{<m>} \langle \Delta_j^{<m>} \hat{x}_j^{<m>} \rangle \right]$$
"""

PARAMETERS = r"""
$$\begin{aligned}
\frac{\partial \mathcal{C}}{\partial W_{ji}^{<k>,<l>}} &=
\sum_s \Delta_{sj}^{<l>} \frac{\gamma_j^{<l>}}{\sqrt{\sigma_j^{2,<l>} + \epsilon}} \left[
u_{si}^{<k>} - \langle u_i^{<k>} \rangle - \hat{x}_{sj}^{<l>} \langle u_i^{<k>} \hat{x}_j^{<l>} \rangle \right] \\
\frac{\partial \mathcal{C}}{\partial \gamma_j^{<l>}} &= \sum_s \Delta_{sj}^{<l>} \hat{x}_{sj}^{<l>} \\
\frac{\partial \mathcal{C}}{\partial \beta_j^{<l>}} &= \sum_s \Delta_{sj}^{<l>}
\end{aligned}$$
"""


def explicit_layers(depth: int) -> str:
    """The document of a network of `depth` layers; four claims a layer."""
    parts = [_at(HEADER, depth), *(_at(FORWARD, layer) for layer in range(1, depth + 1))]
    for layer in range(depth, 0, -1):
        parts += [_at(BASE if layer == depth else RECURSION, layer), _at(PARAMETERS, layer)]
    return "".join(parts)


def _at(text: str, layer: int) -> str:
    for mark, number in (("k", layer - 1), ("l", layer), ("m", layer + 1)):
        text = text.replace(f"<{mark}>", str(number))
    return text
