"""Certificates of claims whose proofs need lemmas, or letters that look like the certificate's own."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from bnsym.derivation import Derivation
from bnsym.kernel.check import check
from tests.calculus import test_laws, test_reciprocals
from tests.support.documents import read_text, shown

LETTERS = r"""+++
[axes]
batch = { size = "B", data = true }
[indices]
batch = "b c"
[symbols]
x = ["batch"]
y = ["batch"]
+++
"""
CAUGHT = [r"y_b = x_b^2 + 1", r"x_b \sum_c y_c = x_b \sum_c x_c^2 + B x_b"]


def certificates(derivation: Derivation) -> list[dict]:
    """Those of all claims, each of which the kernel replays."""
    found = []
    for result in derivation.verify(repairs=False):
        if result.is_claim:
            assert result.verdict == "proved", result
            found.append(derivation.certificate(result))
            theorem = check(json.dumps(found[-1]).encode())
            assert {tuple(h) for h in found[-1]["hypotheses"]} == theorem.hypotheses
    return found


def rules(made: Iterable[dict]) -> set[str]:
    return {theorem["rule"] for certificate in made for theorem in certificate["theorems"]}


def uses(theorems: Iterable[dict]) -> list[dict]:
    return [use for theorem in theorems for step in theorem.get("steps", ()) for use in step["uses"]]


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        (test_laws.HEADER + shown(test_laws.FORWARD) + shown(test_laws.TRUE), {"linear", "root-unique"}),
        (test_reciprocals.HEADER + shown(test_reciprocals.FORWARD) + shown(test_reciprocals.TRUE), {"linear"}),
    ],
    ids=["laws", "reciprocals"],
)
def test_the_kernel_replays_what_needs_lemmas(text, needed):
    made = certificates(read_text(text))
    assert rules(made) == needed
    assert any(use["schema"][0] == "theorem" for certificate in made for use in uses(certificate["theorems"]))


def test_all_lemmas_that_are_written_are_needed():
    for made in certificates(read_text(test_laws.HEADER + shown(test_laws.FORWARD) + shown(test_laws.TRUE))):
        named = {use["schema"][1] for use in uses(made["theorems"]) if use["schema"][0] == "theorem"}
        named |= {str(theorem["from"]) for theorem in made["theorems"] if "from" in theorem}
        assert named == {str(number) for number in range(len(made["theorems"]) - 1)}


def test_binders_are_told_from_the_letters_of_the_document():
    """Their names begin with b, or with more of them where a letter of the claim does."""
    (*_, made) = certificates(read_text(LETTERS + shown(CAUGHT)))
    (proof,) = made["theorems"]
    binders = {name for use in uses([proof]) for name, _ in use["binders"]}
    assert [name for name, _ in proof["free"]] == ["b"] and binders == {"bb0"}
