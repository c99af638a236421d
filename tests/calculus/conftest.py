"""Graphs of the project's documents."""

from __future__ import annotations

import pytest

import bnsym
from tests.support.documents import DOCUMENTS


@pytest.fixture(scope="session", params=DOCUMENTS, ids=lambda path: path.stem)
def symbolic(request):
    """The cost graph of a document, in SymPy."""
    return bnsym.read(request.param).graph


@pytest.fixture
def proofs_only(monkeypatch):
    """Do not look for counterexamples: what is not proved is undecided."""
    monkeypatch.setattr("bnsym.judge.find_counterexample", lambda *_, **__: None)
