"""Wrong closed forms: not one is proved, and each is refuted by a counterexample that replays.

Some of the single edits of each document's claims are judged, all of them under the thorough profile; and slips that
take more than an edit of the tree, in the text.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import bnsym
from bnsym.derivation import Derivation
from tests.support.documents import DOCUMENTS, claims, edited, read_text, shown, source, without_claims
from tests.support.mutants import ENOUGH, Mutant, backed, judged, mutants_of
from tests.support.mutations import KINDS
from tests.support.refutation import replays
from tests.support.thorough import THOROUGH

SAMPLE = 8  # mutants of a document, besides one in so many kinds of edit


@cache
def document(path: Path) -> tuple[Derivation, list[Mutant]]:
    derivation = bnsym.read(path)
    return derivation, mutants_of(derivation)


def sample(mutants: list[Mutant]) -> list[Mutant]:
    """One of each of some kinds of edit, and some others."""
    if THOROUGH:
        return mutants
    kinds = list({mutant.edit: mutant for mutant in mutants}.values())
    return kinds[::4] + mutants[len(mutants) // (2 * SAMPLE) :: -(-len(mutants) // SAMPLE)]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_what_is_wrong_is_refuted_and_what_is_right_is_proved(path, quick):
    derivation, mutants = document(path)
    for found in judged(derivation, sample(mutants)):
        shown = (found.mutant.edit, found.mutant.reading.latex, found.result.verdict, found.wrong)
        assert found.kind not in ("wrong", "undecided"), shown
        assert backed(derivation, found), shown
        assert found.result.verdict != "refuted" or found.result.residual, shown


def test_there_are_enough():
    found = [mutant for path in DOCUMENTS for mutant in document(path)[1]]
    assert all(len(document(path)[1]) >= ENOUGH for path in DOCUMENTS if len(claims(document(path)[0])) > 1)
    assert Counter(mutant.edit for mutant in found).keys() == set(KINDS)


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
