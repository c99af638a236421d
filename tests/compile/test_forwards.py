"""Forwards that have little in common: each compiles, and its gradient is the slope of its cost."""

import numpy as np
import pytest

from bnsym.compile import lambdify
from bnsym.compile.packaged import BATCH_NORM, packaged
from bnsym.derivation import read

LINEAR = r"x_{si}^l &= \sum_j W_{ij}^{l-1,l} u_{sj}^{l-1} \\"
AFFINE = r"\sum_j W_{ij}^{l-1,l} u_{sj}^{l-1} + \beta_i^l"
BATCHES = r"\mu_B^l &= \langle x^l \rangle \\ \sigma_B^{2,l} &= \langle (x^l - \mu_B^l)^2 \rangle \\"
AFTER = r"y^l &= \gamma^l \hat{x}^l + \beta^l \\ u^l &= g(y^l)"
# name: (what is normalised over the batch, the definitions)
FORWARDS = {
    "no normalization": (0, rf"y_{{si}}^l &= {AFFINE} \\ u_{{si}}^l &= g(y_{{si}}^l)"),
    "one line": (0, rf"u_{{si}}^l &= g({AFFINE})"),
    "statistics without names": (
        2,
        rf"{LINEAR} u^l &= g(\gamma^l \frac{{x^l - \langle x^l \rangle}}"
        r"{\sqrt{\langle (x^l - \langle x^l \rangle)^2 \rangle + \epsilon}} + \beta^l)",
    ),
    "root mean square": (
        0,
        rf"{LINEAR} y_{{si}}^l &= \gamma_i^l \frac{{x_{{si}}^l}}{{\sqrt{{\frac{{1}}{{n^l}} \sum_k (x_{{sk}}^l)^2"
        r" + \epsilon}} + \beta_i^l \\ u_{si}^l &= g(y_{si}^l)",
    ),
    "weight normalization": (
        0,
        r"x_{si}^l &= \gamma_i^l \sum_j \frac{W_{ij}^{l-1,l}}{\sqrt{\sum_k (W_{ik}^{l-1,l})^2}} u_{sj}^{l-1}"
        r" + \beta_i^l \\ u_{si}^l &= g(x_{si}^l)",
    ),
    "variance with N - 1": (
        2,
        rf"{LINEAR} \mu_B^l &= \langle x^l \rangle \\"
        r"\sigma_{B,i}^{2,l} &= \frac{1}{N-1} \sum_s (x_{si}^l - \mu_{B,i}^l)^2 \\"
        rf"\hat{{x}}^l &= \frac{{x^l - \mu_B^l}}{{\sqrt{{\sigma_B^{{2,l}} + \epsilon}}}} \\ {AFTER}",
    ),
    "ε outside the root": (
        2,
        rf"{LINEAR} {BATCHES} \hat{{x}}^l &= \frac{{x^l - \mu_B^l}}{{\sqrt{{\sigma_B^{{2,l}}}} + \epsilon}} \\ {AFTER}",
    ),
    "a gate": (0, rf"y_{{si}}^l &= \tanh({AFFINE}) \\ u_{{si}}^l &= g(y_{{si}}^l) y_{{si}}^l"),
    "a softmax in the middle": (
        0,
        rf"{LINEAR} y_{{si}}^l &= \gamma_i^l \frac{{\exp(x_{{si}}^l)}}{{\sum_k \exp(x_{{sk}}^l)}} \\"
        r" u_{si}^l &= g(y_{si}^l)",
    ),
    "two ways from x": (
        0,
        rf"{LINEAR} y_{{si}}^l &= x_{{si}}^l + \gamma_i^l \sum_k x_{{sk}}^l x_{{sk}}^l + \beta_i^l \\"
        r" u_{si}^l &= g(y_{si}^l)",
    ),
}


def document(folder, definitions, statistics):
    header = packaged(BATCH_NORM).read_text(encoding="utf-8").split("[assume]")[0]
    if r"\mu_B^l &=" not in definitions:
        lines = header.splitlines()
        header = "\n".join(line for line in lines if not line.startswith((r"'\mu_B^l'", r"'\sigma_B^{2,l}'")))
    path = folder / "forward.md"
    path.write_text(f"{header}\n+++\n$$\\begin{{aligned}}\n{definitions}\n\\end{{aligned}}$$\n", encoding="utf-8")
    return read(path)


@pytest.mark.parametrize(("statistics", "definitions"), FORWARDS.values(), ids=FORWARDS.keys())
def test_the_gradient_is_the_slope_of_the_cost(tmp_path, statistics, definitions):
    derivation = document(tmp_path, definitions, statistics)
    program = lambdify(derivation, widths=[4, 5, 3], batch=6, activation="tanh", cost="squared-error")
    module, random = program.module, np.random.default_rng(0)
    flat = module.initial() + 0.3 * random.standard_normal(module.initial().size)
    averages = np.zeros(module.AVERAGED)
    network = module.bind(flat, averages)
    X, T = random.standard_normal((6, 4)), random.standard_normal((6, 3))
    cost = network.evaluate(X, T)
    gradient = network.gradient.copy()
    slope = np.empty_like(gradient)
    for k, start in enumerate(flat.copy()):
        sides = []
        for flat[k] in (start + 1e-6, start - 1e-6):
            sides.append(network.evaluate(X, T))
        flat[k], slope[k] = start, (sides[0] - sides[1]) / 2e-6
    assert np.abs(gradient).max() > 1e-3
    np.testing.assert_allclose(slope, gradient, rtol=1e-6, atol=1e-7)
    # After one step the averages are those of the batch, and a prediction is the forward pass.
    network.step(X, T, 0.0, 1)
    assert len(averages) == statistics * (5 + 3)
    assert 0.5 * np.square(module.predict(flat, averages, X) - T).sum(axis=1).mean() == pytest.approx(cost, rel=1e-10)
