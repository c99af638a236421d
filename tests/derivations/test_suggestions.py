"""What is said of wrong lines of every document: suggestions that are true, and no name that is not the document's."""

from __future__ import annotations

from itertools import islice

import pytest

from bnsym.language.statement import AUXILIARY
from tests.support.documents import DOCUMENTS
from tests.support.suggestions import wrong_lines
from tests.support.thorough import THOROUGH

LINES = 40 if THOROUGH else 2  # of a document
PATHS = DOCUMENTS if THOROUGH else DOCUMENTS[::4]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_of_mutants(path, quick):
    found = list(islice(wrong_lines(path), LINES))
    for mended in found:
        assert not any(AUXILIARY in text for text in mended.written), mended.line
        for suggestion in mended.result.suggestions:
            assert mended.is_true(suggestion), (mended.line, suggestion)
    assert sum(bool(mended.result.suggestions) for mended in found) >= 0.95 * len(found)
