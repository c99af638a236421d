"""Wrong closed forms: not one is proved, and each is refuted by a counterexample that replays.

The mutants are made from the forms' trees, printed, and read back as claims of a document with the same
definitions; whether one is wrong is decided by running the document's definitions with numbers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest

import bnsym
from bnsym.derivation import Derivation
from bnsym.judge import Result
from tests.support.documents import DERIVATIONS, claims, edited, read_text, shown, source, without_claims
from tests.support.mutations import mutants
from tests.support.refutation import replays
from tests.support.scalars import ComplexStep, Scalars
from tests.support.thorough import THOROUGH

WRONG = 1e-6
EQUAL = 1e-9


@dataclass(frozen=True)
class Mutant:
    form: str  # the identifier of the claim that it was made from
    edit: str
    latex: str


@pytest.fixture(scope="module")
def all_mutants() -> list[Mutant]:
    """Every single edit of every closed form with ε, each text once."""
    original = bnsym.read(DERIVATIONS / "batch_norm_epsilon.md")
    found: dict[str, Mutant] = {}
    for result in claims(original):
        reading = result.statement.readings[0]
        for edit, right in mutants(reading.right):
            latex = f"{original.latex(reading.left)} = {original.latex(right)}"
            found.setdefault(latex, Mutant(result.statement.id, edit, latex))
    return list(found.values())


def judged(chosen: list[Mutant]) -> tuple[Derivation, list[tuple[Mutant, Result, float]]]:
    """The verdicts on mutants, each with how far its two sides are apart in numbers."""
    head = without_claims(source("batch_norm_epsilon"))
    derivation = read_text(head + shown(mutant.latex for mutant in chosen))
    scalars = Scalars(derivation.document, ComplexStep())
    results = claims(derivation)
    assert len(results) == len(chosen)
    judged = [(m, r, scalars.error(r.statement.readings[0])) for m, r in zip(chosen, results, strict=True)]
    return derivation, judged


def test_there_are_enough(all_mutants):
    assert len(all_mutants) > 120
    kinds = Counter(mutant.edit for mutant in all_mutants)
    assert kinds.keys() == {
        "sign", "lost term", "lost factor", "mean for sum", "sum for mean", "power", "parentheses", "order", "averaged",
    }  # fmt: skip
    assert len({mutant.form for mutant in all_mutants}) == 8


def test_what_is_wrong_is_refuted_and_what_is_right_is_proved(all_mutants, quick):
    """Some of each kind; all of them if there is time."""
    kinds = {mutant.edit: mutant for mutant in all_mutants}.values()
    chosen = all_mutants if THOROUGH else list({*kinds, *all_mutants[::14]})
    derivation, found = judged(chosen)
    wrong = 0
    for mutant, result, error in found:
        assert error > WRONG or error < EQUAL, mutant
        if error < EQUAL:
            assert result.verdict == "proved", mutant
        elif _nowhere_defined(mutant):
            assert result.verdict != "proved", mutant
        else:
            wrong += 1
            assert result.verdict == "refuted" and result.residual, mutant
            assert replays(derivation, result), mutant
    assert wrong >= 12


def _nowhere_defined(mutant: Mutant) -> bool:
    """√(−σ² + ε) beside √(σ² + ε) asks for a large ε, of which there may be no instance at hand."""
    return r"\sqrt{-\sigma" in mutant.latex


SCALE = r"\frac{\gamma^l}{\sqrt{\sigma_B^{2,l} + \epsilon}} \left[ \Delta"  # of ∂C/∂x
NEXT = r"{\sqrt{\sigma_B^{2,l+1} + \epsilon}} W"  # of the recursion
SLIPS = {  # edits of the text: what is wrong with an index, an order, a layer
    "γ of the wrong layer": ("eq3.3", r"\frac{\gamma^{l+1}}{", r"\frac{\gamma^{l}}{"),
    "σ of the wrong layer": ("eq3.3", NEXT, r"{\sqrt{\sigma_B^{2,l} + \epsilon}} W"),
    "W of the wrong layer": ("eq3.3", "W^{l,l+1} g'", "W^{l-1,l} g'"),
    "Δ of the wrong layer": ("eq3.3", r"\Delta_s^{l+1} -", r"\Delta_s^l -"),
    "x̂ of the wrong layer": ("eq3.3", r"- \hat{x}_s^{l+1} \langle", r"- \hat{x}_s^l \langle"),
    "γ/σ of the layer below": ("eq4.1", SCALE, SCALE.replace("^l}", "^{l-1}}").replace("2,l", "2,l-1")),
    "W transposed": ("eq4.2", r"W_{ji}^{l-1,l}} &= \sum_s", r"W_{ij}^{l-1,l}} &= \sum_s"),
    "indices swapped": ("eq4.2", r"\partial x_{sj}^l} u_{si}", r"\partial x_{si}^l} u_{sj}"),
    "index free outside its sum": ("eq4.2", r"{\partial x_{sj}^l} u_{si}^{l-1}", r"{\partial x_{sj}^l} u_{ti}^{l-1}"),
    "bound and free": ("eq4.1", r"{\partial x_s^l} &=", r"{\partial x_s^l} &= \sum_s"),
    "g for g'": ("eq3.3", r"W^{l,l+1} g'(", "W^{l,l+1} g("),
    "g' of the wrong thing": ("eq3.3", r"W^{l,l+1} g'(y_s^l)", r"W^{l,l+1} g'(u_s^l)"),
    "g' at the wrong layer": ("eq3.3", r"W^{l,l+1} g'(y_s^l)", r"W^{l,l+1} g'(y_s^{l+1})"),
    "1/N doubled": ("eq3.4", r"{\partial \beta^l} &= \sum_s", r"{\partial \beta^l} &= \frac{1}{N} \sum_s"),
    "1/N lost": ("eq4.1", r"- \langle \Delta^l \rangle", r"- \sum_t \Delta_t^l"),
    "ε lost in the prefactor only": ("eq4.1", SCALE, SCALE.replace(r" + \epsilon", "")),
    "variance for its root": ("eq4.1", SCALE, SCALE.replace(r"\sqrt", "")),
    "parentheses lost": (
        "eq4.1",
        r"\left[ \Delta_s^l - \langle \Delta^l \rangle -",
        r"\Delta_s^l - \left[ \langle \Delta^l \rangle -",
    ),
    "only the diagonal": ("eq3.5", r"\partial \gamma^l} &= \sum_s \Delta_s^l", r"\partial \gamma^l} &= N \Delta_s^l"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_slips(slip, quick):
    identifier, old, new = SLIPS[slip]
    text = source("batch_norm_epsilon")
    assert text.count(old) == 1, text.count(old)
    (original,) = [s for s in read_text(text).statements if s.id == identifier]
    row = edited(text, (old, new)).split("\n")[original.line - 1]
    assert row != text.split("\n")[original.line - 1]
    derivation = read_text(without_claims(text) + shown([row.replace("&", "").rstrip("\\ ")]))
    (result,) = claims(derivation)
    if result.verdict == "ill-formed":
        assert result.problem is not None and result.problem.line == result.statement.line
    else:
        assert result.verdict == "refuted" and replays(derivation, result)
