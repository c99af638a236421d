"""Fuzz documents at random: `python -m tests.fuzz.documents [NUMBER] [SEED]`, 1,000 documents unless said otherwise.

Documents of `derivations/` with a few claims each, as Markdown, LaTeX and notebooks, spoiled by Hypothesis' strategies,
are read, judged and reported; what takes longest, repairs, numbered steps, certificates and the table, is asked of one
in ten. They are counted in shares, each with a seed of its own from SEED on, and no document is counted twice: what a
run has not come to is run with the seed of the next share. What bnsym does not survive is shrunk by Hypothesis and
printed; the exit status is then 1.
"""

from __future__ import annotations

import gc
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from time import monotonic

from hypothesis import HealthCheck, given, reject, seed, settings
from hypothesis import strategies as st

from bnsym.testing import Spoiled, shown, spoiled_documents
from tests.fuzz.harness import Broken, survive
from tests.support.documents import DOCUMENTS, as_file, read_text, verdicts, without_claims
from tests.test_untrusted import SMALL

SHARE = 2_000
SHORT = 1_100  # characters
DISPLAY = re.compile(r"\$\$.*?\$\$", re.DOTALL)


def sources() -> list[str]:
    """Documents up to their first claim, with one of the two shortest displays of the rest that are proved so.

    Those that are short are there three times: they are judged in a third of the time of others.
    """
    found = [SMALL]
    for text in (path.read_text("utf-8") for path in DOCUMENTS):
        start = without_claims(text)
        short = (f"{start}\n{claim}\n" for claim in sorted(DISPLAY.findall(text, len(start)), key=len))
        found += islice((source for source in short if set(verdicts(read_text(source)).values()) == {"proved"}), 2)
    return found + 2 * [text for text in found if len(text) < SHORT]


def files() -> st.SearchStrategy[tuple[str, str]]:
    """Strategy for spoiled documents: what kind of file, and what is in it. Notebooks are mostly spoiled in cells."""
    written = sources()
    texts = spoiled_documents(written)
    markdown = texts.map(lambda text: (".md", text))
    latex = spoiled_documents([as_file(text, ".tex") for text in written]).map(lambda text: (".tex", text))
    cells = texts.map(lambda text: (".ipynb", as_file(text, ".ipynb")))
    notebooks = spoiled_documents([as_file(text, ".ipynb") for text in written]).map(lambda text: (".ipynb", text))
    return st.one_of(markdown, markdown, markdown, latex, latex, latex, cells, cells, notebooks)


def survivors(number: int, chosen: int = 0, known: set[tuple[str, str]] | None = None) -> Counter[str]:
    """The verdicts on so many spoiled documents, by their names, none of them `known`.

    Raises Broken with the smallest document that was not survived, also if another time it is, with more of its budget.
    """
    known = set() if known is None else known
    failures: list[tuple[Exception, str, str]] = []
    seen: Counter[str] = Counter()
    wide = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
    with tempfile.TemporaryDirectory() as folder:

        @seed(chosen)
        @settings(max_examples=number, **wide)
        @given(file=files())
        def one(file: tuple[str, str]) -> None:
            if file in known:
                reject()
            suffix, text = file
            try:
                outcome = survive(Path(folder, f"document{suffix}"), text, whole=len(text) % 10 == 0)
            except Exception as error:
                failures.append((error, suffix, text))
                raise
            seen.update([result.verdict for result in outcome.results] or ["unreadable"])
            known.add(file)

        try:
            one()
        except Exception:
            if not failures:
                raise
            error, suffix, text = min(failures, key=lambda failure: len(failure[2]))
            raise Broken(
                f"{type(error).__name__}: {error}, at this {suffix} document:\n{shown(Spoiled(text))}"
            ) from error
    return seen


@contextmanager
def rarely_collected() -> Iterator[None]:
    """SymPy, and the documents that are known, are not looked through for cycles again and again."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(20_000)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def shares(number: int, chosen: int = 0) -> Iterator[Counter[str]]:
    """The same share by share."""
    known: set[tuple[str, str]] = set()
    with rarely_collected():
        for share, done in enumerate(range(0, number, SHARE)):
            yield survivors(min(SHARE, number - done), chosen + share, known)
            assert len(known) >= min(number, done + SHARE), "Hypothesis knows no more documents"


def main(number: int, chosen: int) -> None:
    start, total = monotonic(), Counter[str]()
    try:
        for share, seen in enumerate(shares(number, chosen), 1):
            total += seen
            done = min(number, share * SHARE)
            print(f"{done} documents in {monotonic() - start:.0f} s; next seed {chosen + share}", flush=True)
    except Broken as broken:
        sys.exit(str(broken))
    told = ", ".join(f"{count} {verdict}" for verdict, count in total.most_common())
    print(f"{number} documents in {monotonic() - start:.0f} s, all survived: {told}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, int(sys.argv[2]) if len(sys.argv) > 2 else 0)
