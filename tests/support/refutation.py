"""Refutations in tests: found quickly, and replayed from their data."""

from __future__ import annotations

import json

import pytest

from bnsym.derivation import Derivation
from bnsym.language.claim import Claim
from bnsym.language.graph import CostGraph
from bnsym.refute import Counterexample, find_counterexample, replay
from bnsym.verdict import Result


def quickly(*claim, **options) -> Counterexample | None:
    """The first counterexample that comes up, rather than one with rational roots."""
    return find_counterexample(*claim, seconds=0.05) or find_counterexample(*claim, **options)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refute without looking for rational roots."""
    monkeypatch.setattr("bnsym.judge.find_counterexample", quickly)


@pytest.fixture
def proofs_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not look for counterexamples: what is not proved is undecided."""
    monkeypatch.setattr("bnsym.judge.find_counterexample", lambda *_, **__: None)


def replays(derivation: Derivation, result: Result) -> bool:
    """Whether a counterexample, sent through JSON, gives the two values that it states, and these differ."""
    assert result.counterexample is not None
    data = json.loads(json.dumps(result.counterexample.to_json()))
    document = derivation.document
    (reading,) = [r for r in result.statement.readings if r.latex == result.reading]
    claim = Claim.refutable(document, reading, lambda window: CostGraph.build(document, window))
    assert claim is not None
    values = replay(claim.graph, claim.left, claim.right, data)
    return values == (data["left"], data["right"]) and values[0] != values[1]
