r"""∂A/∂B = 0, for tensors at every two layers that have a name, in networks of several forms.

Layers have names: l, l+1, L−1, 2, … and two names may be one layer. What is proved has to hold, and what is refuted to
fail, at some of all the ways in which they can lie: in networks of a few layers, run with numbers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from bnsym.derivation import Derivation
from bnsym.language.statement import Reading
from bnsym.testing.scalars import ComplexStep, Scalars
from tests.support.documents import read_text, shown, source, without_claims
from tests.support.refutation import quick
from tests.support.thorough import THOROUGH

__all__ = ["quick"]

BEFORE = {"l-1": "l-2", "l": "l-1", "l+1": "l", "L-1": "L-2", "L": "L-1", "1": "0", "2": "1"}  # layer: the one before
NETWORKS = [(2, 1), (3, 1), (3, 2), (4, 2)]  # the number of layers, and which of them the generic one is
HEAD = without_claims(source("batch_norm_epsilon"))
ZERO = 1e-9


def declared(head: str, *symbols: str) -> tuple[str, str]:
    """The header with more symbols, up to its end, and the text."""
    header, text = head.replace(r"'\epsilon' = []", "\n".join([r"'\epsilon' = []", *symbols])).rsplit("+++", 1)
    return header + "+++", text


def with_loss() -> str:
    start, end = HEAD.index("[cost]"), HEAD.index("[assume]")
    header, text = declared(HEAD[:start] + HEAD[end:], r"'\mathcal{C}' = []", '\'t\' = ["sample", "unit^L"]')
    return header + text + shown([r"\mathcal{C} = \frac{1}{N} \sum_s \frac12 \sum_k (u_{sk}^L - t_{sk})^2"])


def with_skip() -> str:
    header, text = declared(HEAD, '\'S\' = ["unit^L", "unit^{L-2}"]')
    return header + shown([r"y_{si}^L = \gamma_i^L \hat{x}_{si}^L + \beta_i^L + \sum_j S_{ij} u_{sj}^{L-2}"]) + text


def with_first() -> str:
    header, text = declared(HEAD, "'a' = []", r"'\tau' = []")
    return header + text + shown([r"\tau = a^2", r"x^1 = \tau W^{0,1} u^0"])


def with_last() -> str:
    header, text = declared(HEAD)
    return header + shown(["u^L = y^L"]) + text


VARIANTS = {"plain": lambda: HEAD, "loss": with_loss, "skip": with_skip, "first": with_first, "last": with_last}


def claims() -> list[str]:
    above = [r"\mathcal{C}", *(f"{n}_{{sj}}^{{{layer}}}" for layer in BEFORE for n in "yu")]
    below = [r"\epsilon", *(f"{n}_{{ti}}^{{{layer}}}" for layer in BEFORE for n in "yu")]
    below += [rf"\gamma_i^{{{layer}}}" for layer in BEFORE]
    below += [f"W_{{ik}}^{{{before},{layer}}}" for layer, before in BEFORE.items()]
    return [rf"\frac{{\partial {a}}}{{\partial {b}}} = 0" for a in above for b in below]


def errors(derivation: Derivation, reading: Reading) -> Iterator[float]:
    """How far the sides are apart, in every network in which all layers that are named exist."""
    for depth, generic in NETWORKS:
        numbers = Scalars(derivation.document, ComplexStep(), depth=depth, generic=generic, samples=3, units=2)
        yield numbers.error(reading)


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_said_of_two_layers_holds(variant, quick):
    lines = claims()
    if not THOROUGH:
        lines = random.Random(variant).sample(lines, 14)
    derivation = read_text(VARIANTS[variant]() + shown(lines))
    for statement in derivation.statements:
        if statement.kind != "claim":
            continue
        result = derivation.judge.judge(statement)
        apart = [error > ZERO for reading in statement.readings for error in errors(derivation, reading)]
        assert result.verdict != "proved" or not any(apart), statement.latex
        assert result.verdict != "refuted" or any(apart), statement.latex
        assert result.verdict != "undecided" or result.problem is not None, statement.latex
