"""Fuzz documents at random: `python -m tests.fuzz.documents [NUMBER] [SEED]`, 1,000 documents unless said otherwise.

Documents of `derivations/` with a few claims each, spoiled by Hypothesis' strategies, go through all of `verify`.
What bnsym does not survive is shrunk by Hypothesis and printed; the exit status is then 1.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path
from time import monotonic

from hypothesis import HealthCheck, given, seed, settings

from bnsym.testing import spoiled_documents
from tests.fuzz.harness import survive
from tests.support.documents import DOCUMENTS, shown, without_claims
from tests.test_untrusted import SMALL

FORMULAS = [
    r"\frac{\partial \mathcal{C}}{\partial \gamma_j^l} = \sum_s \Delta_{sj}^l \hat{x}_{sj}^l",
    r"\frac{\partial \mathcal{C}}{\partial \beta_j^l} = \sum_s \Delta_{sj}^l",
]


def sources() -> list[str]:
    """Short documents of every kind: the definitions of each of ours, with two claims."""
    return [SMALL, *(without_claims(path.read_text("utf-8")) + shown(FORMULAS) for path in DOCUMENTS)]


def survivors(number: int, chosen: int = 0) -> Counter[str]:
    """The verdicts on so many spoiled documents, by their names. Raises Broken."""
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "document.md")

        @seed(chosen)
        @settings(max_examples=number, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(text=spoiled_documents(sources()))
        def one(text: str) -> None:
            outcome = survive(path, text)
            seen.update([result.verdict for result in outcome.results] or ["unreadable"])

        one()
    return seen


def main(number: int, chosen: int) -> None:
    start = monotonic()
    told = ", ".join(f"{count} {verdict}" for verdict, count in survivors(number, chosen).most_common())
    print(f"{number} documents in {monotonic() - start:.0f} s, all survived: {told}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, int(sys.argv[2]) if len(sys.argv) > 2 else 0)
