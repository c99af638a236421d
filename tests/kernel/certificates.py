"""A certificate made by hand: ∂C/∂x̂, ⟨x̂⟩ = 0 and ∂C/∂σ of the batch-norm graph, from the rules alone."""

from __future__ import annotations

import json
from typing import Any

from bnsym.kernel.check import VERSION, digest, encode_equation
from bnsym.kernel.data import encode
from bnsym.kernel.rules import Free, Theory, Use, derivative_name
from bnsym.kernel.term import Term
from bnsym.testing.graphs import batch_norm

T = Term.tensor
SJ: Free = (("s", "sample"), ("j", "unit"))
J: Free = (("j", "unit"),)
OVER_S = (("s", "sample"),)
one, N = Term.number(1), Term.size("sample")


class Writer:
    """Proves theorems one after the other and keeps their records."""

    def __init__(self, graph: dict[str, Any]):
        self.graph, self.theory, self.records = graph, Theory(graph), []

    def prove(self, free: Free, left: Term, right: Term, *steps: Use) -> None:
        theorem, after = self.theory.linear(free, left, right, [[use] for use in steps])
        written = [
            {
                "uses": [
                    {
                        "schema": list(use.reference),
                        "at": list(use.at),
                        "multiplier": encode(use.multiplier),
                        "binders": [list(b) for b in use.binders],
                    }
                ],
                "after": encode(term),
            }
            for use, term in zip(steps, after, strict=True)
        ]
        self.records.append({"rule": "linear", **encode_equation(theorem), "steps": written})

    def root_unique(self, free: Free, left: Term, right: Term, number: int, exponent: int) -> None:
        theorem = self.theory.root_unique(free, left, right, number, exponent)
        record = {"rule": "root-unique", **encode_equation(theorem), "from": number, "exponent": exponent}
        self.records.append(record)

    def certificate(self) -> dict[str, Any]:
        theorem = self.theory.theorems[-1]
        content = {
            "version": VERSION,
            "document": {"path": "by-hand.md", "digest": "0" * 64},
            "statement": {"id": "eq1", "line": 1, "latex": "…"},
            "graph": self.graph,
            "theorems": self.records,
            "claim": encode_equation(theorem),
            "hypotheses": [list(h) for h in sorted(theorem.hypotheses)],
        }
        return {**content, "digest": digest(content)}


def by_hand() -> dict[str, Any]:
    """∂C/∂σ_j = -(γ_j/σ_j) Σ_s ∂C/∂y_sj x̂_sj and the theorems that it needs, then Σ_s x̂_sj = 0."""
    writer = Writer(batch_norm())
    x, mu, sigma = T("x", ["s", "j"]), T("mu", ["j"]), T("sigma", ["j"])
    xhat, gamma, dy = T("xhat", ["s", "j"]), T("gamma", ["j"]), T(derivative_name("C", "y"), ["s", "j"])
    dxhat, dsigma = T(derivative_name("C", "xhat"), ["s", "j"]), T(derivative_name("C", "sigma"), ["j"])
    # 0: ∂C/∂x̂ = γ ∂C/∂y
    writer.prove(SJ, dxhat, gamma * dy, Use(("chain", "C", "xhat"), ("s", "j"), one))
    # 1: x - μ = σ x̂
    writer.prove(SJ, x - mu, sigma * xhat, Use(("definition", "xhat"), ("s", "j"), sigma.scale(-1)))
    # 2: Σ_s x = N μ
    writer.prove(J, x.close(OVER_S), N * mu, Use(("definition", "mu"), ("j",), N.scale(-1)))
    # 3: Σ_s x̂ = 0
    writer.prove(
        J,
        xhat.close(OVER_S),
        Term.number(0),
        Use(("definition", "xhat"), ("s", "j"), one, OVER_S),
        Use(("theorem", "2"), ("j",), sigma**-1),
    )
    # 4: ∂C/∂σ = -γ/σ Σ_s ∂C/∂y x̂
    writer.prove(
        J,
        dsigma,
        (dy * xhat).close(OVER_S) * gamma * (sigma**-1).scale(-1),
        Use(("chain", "C", "sigma"), ("j",), one),
        Use(("theorem", "1"), ("s", "j"), (sigma**-2 * dxhat).scale(-1), OVER_S),
        Use(("theorem", "0"), ("s", "j"), (sigma**-1 * xhat).scale(-1), OVER_S),
    )
    return writer.certificate()


def text(certificate: Any, seal: bool = True) -> str:
    """The certificate as JSON, with a digest that fits its content unless `seal` is off."""
    if seal and isinstance(certificate, dict):
        certificate = {**certificate, "digest": digest(certificate)}
    return json.dumps(certificate)
