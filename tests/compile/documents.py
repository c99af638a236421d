"""Documents to compile: the packaged one, and others made of it by an edit."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bnsym.compile.packaged import BATCH_NORM, packaged
from bnsym.derivation import Derivation, read


@cache
def batch_norm() -> Derivation:
    return read(packaged(BATCH_NORM))


def edited(folder: Path, *edits: tuple[str, str], keep_claims: bool = True) -> Derivation:
    """The packaged document with some text replaced; every edit must hit."""
    text = packaged(BATCH_NORM).read_text(encoding="utf-8")
    if not keep_claims:
        text = text[: text.index("Let $")]
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "edited.md"
    path.write_text(text, encoding="utf-8")
    return read(path)


CLAIM = r"""
$$\frac{\partial \mathcal{C}}{\partial \beta^l} = \sum_s \frac{\partial \mathcal{C}}{\partial y_s^l}$$
"""


def cubic(folder: Path) -> Derivation:
    """y = γ x̂³ + β."""
    forward = (r"y^l &= \gamma^l \hat{x}^l + \beta^l", r"y^l &= \gamma^l (\hat{x}^l)^3 + \beta^l")
    return edited(folder, forward, (r"u^l &= g(y^l)" + "\n" + r"\end{aligned}$$", CUBIC_END), keep_claims=False)


CUBIC_END = (
    r"""u^l &= g(y^l)
\end{aligned}$$
"""
    + CLAIM
)

LAYER_NORM = r"""
$$\begin{aligned}
x_{si}^l &= \sum_j W_{ij}^{l-1,l} u_{sj}^{l-1} \\
\mu_s^l &= \frac{1}{n^l} \sum_i x_{si}^l \\
\sigma_s^{2,l} &= \frac{1}{n^l} \sum_i (x_{si}^l - \mu_s^l)^2 \\
\hat{x}_{si}^l &= \frac{x_{si}^l - \mu_s^l}{\sqrt{\sigma_s^{2,l} + \epsilon}} \\
y_{si}^l &= \gamma_i^l \hat{x}_{si}^l + \beta_i^l \\
u_{si}^l &= g(y_{si}^l)
\end{aligned}$$
"""


def layer_norm(folder: Path) -> Derivation:
    """Normalised over the units of each sample."""
    text = packaged(BATCH_NORM).read_text(encoding="utf-8")
    header = text[: text.index("[assume]")]
    header = header.replace(r"""'\mu_B^l' = ["unit^l"]""", r"""'\mu^l' = ["sample"]""")
    header = header.replace(r"""'\sigma_B^{2,l}' = ["unit^l"]""", r"""'\sigma^{2,l}' = ["sample"]""")
    path = folder / "layer_norm.md"
    path.write_text(f"{header}+++\n{LAYER_NORM}{CLAIM}", encoding="utf-8")
    return read(path)


RMS_NORM = r"""
$$\begin{aligned}
x_{si}^l &= \sum_j W_{ij}^{l-1,l} u_{sj}^{l-1} \\
\sigma_s^{2,l} &= \frac{1}{n^l} \sum_i (x_{si}^l)^2 \\
\hat{x}_{si}^l &= \frac{x_{si}^l}{\sqrt{\sigma_s^{2,l} + \epsilon}} \\
y_{si}^l &= \gamma_i^l \hat{x}_{si}^l + \beta_i^l \\
u_{si}^l &= g(y_{si}^l)
\end{aligned}$$
"""


def rms_norm(folder: Path) -> Derivation:
    """Divided by the root mean square of each sample."""
    text = packaged(BATCH_NORM).read_text(encoding="utf-8")
    header = text[: text.index("[assume]")].replace("'\\mu_B^l' = [\"unit^l\"]\n", "")
    header = header.replace(r"""'\sigma_B^{2,l}' = ["unit^l"]""", r"""'\sigma^{2,l}' = ["sample"]""")
    path = folder / "rms_norm.md"
    path.write_text(f"{header}+++\n{RMS_NORM}{CLAIM}", encoding="utf-8")
    return read(path)


def biased(folder: Path) -> Derivation:
    """A bias before the normalization."""
    product = r"x^l &= W^{l-1,l}u^{l-1}"
    return edited(
        folder,
        (r"'\Delta^l' =", "'b^l' = [\"unit^l\"]\n'\\Delta^l' ="),
        (product, f"{product} + b^l"),
        (r"u^l &= g(y^l)" + "\n" + r"\end{aligned}$$", CUBIC_END),
        keep_claims=False,
    )
