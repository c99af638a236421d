"""The fuzzing of documents counts what it tells of, and tells what breaks bnsym as it is written."""

from __future__ import annotations

import pytest

from tests.fuzz import documents
from tests.fuzz.harness import Broken
from tests.test_untrusted import SMALL


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(documents, "sources", lambda: [SMALL])


def test_every_kind_of_file_is_judged_once(monkeypatch):
    seen = []
    usual = documents.survive

    def survive(path, text, **options):
        seen.append((path.suffix, text))
        return usual(path, text, **options)

    monkeypatch.setattr(documents, "survive", survive)
    monkeypatch.setattr(documents, "SHARE", 15)
    first, second = documents.shares(30)
    assert len(seen) == len(set(seen)) == 30 and {suffix for suffix, _ in seen} == {".md", ".tex", ".ipynb"}
    assert first["definition"] and second["definition"]


def test_what_is_not_survived_is_told_as_it_is_written(monkeypatch, capsys):
    def survive(path, text, **_):
        if "+++" in text:
            raise Broken("it is a document")

    monkeypatch.setattr(documents, "survive", survive)
    with pytest.raises(SystemExit) as end:
        documents.main(30, 0)
    assert "Broken: it is a document, at this .md document:\n+++\n" in str(end.value.code)
    assert "\n[axes]\n" in str(end.value.code) and not capsys.readouterr().out
