"""What the kernel proved of the project's documents is true at random instances, and wrong once it is edited."""

from pathlib import Path

import pytest

import bnsym
from bnsym.kernel.term import Term
from bnsym.refute import find_counterexample, replay

DOCUMENTS = sorted((Path(__file__).parents[2] / "derivations").glob("*.md"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.stem)
def test_proved_claims_survive_random_instances(path):
    proofs = [result.proof for result in bnsym.read(path).verify() if result.proof is not None]
    assert proofs
    for proof in proofs:
        graph, theorem = proof.deriver.graph, proof.deriver.prover.theory.theorems[proof.number]
        claim = (graph, theorem.free, theorem.left, theorem.right)
        assert find_counterexample(*claim, seconds=0.3) is None
        wrong = theorem.right.scale(2) if theorem.right else Term.number(1)
        found = find_counterexample(graph, theorem.free, theorem.left, wrong, seconds=0.3)
        assert found is not None
        assert replay(graph, theorem.left, wrong, found.to_json()) == (found.left, found.right)
