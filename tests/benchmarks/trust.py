"""The figures of trust: `python -m tests.benchmarks.trust [SHARE]`, the whole of them unless a share is given, as 0.01.

What is counted: kernel rewrites that are exact, networks whose generated gradients are those of complex step, random
wrong claims that are proved (there must be none), and the memory that documents of one mebibyte take. Anything that
does not hold ends the run with an exception; `python -m tests.fuzz.documents 100000` and `python -m
tests.benchmarks.mutants` are the other two.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from math import isclose
from pathlib import Path
from time import perf_counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bnsym
import bnsym.judge
from bnsym.document import limits
from bnsym.language.expression import free_indices
from bnsym.language.latex import to_latex
from bnsym.testing import build, evaluate, evaluate_term, expressions, instances, networks, rewritten, said, trees
from bnsym.testing.values import table
from bnsym.testing.vocabulary import VOCABULARY
from tests.compile import documents
from tests.compile.test_gradients import check
from tests.support.documents import ROOT
from tests.test_untrusted import SMALL

INTERTWINED = replace(VOCABULARY, by=VOCABULARY.by[:1])  # the cost is of y: its derivative by x is zero
SCOPE = {"i": "a", "j": "a", "k": "b"}


def counted(number: int, *strategies: st.SearchStrategy) -> Callable[[Callable], None]:
    """Run a function on so many draws."""

    def run(function: Callable) -> None:
        wide = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
        settings(max_examples=number, **wide)(given(*strategies)(function))()

    return run


def rewrites(number: int) -> str:
    """An expression, and the same rewritten at random: one term, and the value of both."""

    @counted(number, trees(SCOPE), instances, st.integers(0, 2**32))
    def one(tree, instance, chosen):
        term, other = build(tree), build(rewritten(tree, random.Random(chosen)))
        at = {"i": 0, "j": instance.sizes["a"] - 1, "k": 0}
        assert term == other
        assert evaluate_term(term, instance, at) == evaluate(tree, instance, at)

    return f"{number} random kernel rewrites, exact"


def gradients(number: int) -> str:
    """Generated code against complex step, relative to the terms that are added up."""

    @counted(number, networks())
    def one(network):
        check(documents.batch_norm(), network.parameters, network.X, network.T, **network.options)

    return f"{number} random networks agree with complex step to 1e-9"


def wrong_claims(number: int) -> str:
    """P = a as a definition and P = b as a claim, for random a and b: what is proved without hypotheses is equal."""
    verdicts: Counter[str] = Counter()
    usual = bnsym.judge.find_counterexample
    bnsym.judge.find_counterexample = lambda *_, **__: None  # a proof is what is looked for
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "claim.md")

        @counted(number, expressions(2, vocabulary=INTERTWINED), expressions(2, vocabulary=INTERTWINED))
        def one(first, second):
            head = said(first, to_latex(first)).text.split("$$")
            free = tuple(sorted(free_indices(first) | free_indices(second), key=lambda index: index.name))
            if all(map(isclose, table(first, free), table(second, free))):
                return
            letters = head[1].split(" = ")[0]
            path.write_text(f"{'$$'.join(head)}\n$${letters} = {to_latex(second)}$$\n", encoding="utf-8")
            result = bnsym.read(path, timeout=5).verify(repairs=False)[-1]
            verdicts[result.verdict] += 1
            assert result.verdict != "proved" or result.hypotheses, path.read_text("utf-8")

        one_and_all = sum(verdicts.values())
    bnsym.judge.find_counterexample = usual
    told = ", ".join(f"{n} {verdict}" for verdict, n in verdicts.most_common())
    return f"0 of {one_and_all} random wrong claims proved without a hypothesis ({told})"


MEBIBYTES = {
    "prose": "all work and no play ", "one formula": "w_i + ", "formulas": "$w_i = w_i + 1$\n\n", "brackets": "(",
    "tables": "| a | $w_i$ |\n", "unclosed": "$$ w_i = ", "macros": "\\newcommand{\\a}{w_i} $\\a$ ", "roots": "\\sqrt{",
}  # fmt: skip
MEASURE = (
    "import resource, sys; from bnsym.report.judging import judge; from pathlib import Path; "
    "judge(Path(sys.argv[1]), timeout=5); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
)


def memory() -> str:
    """The resident memory of a process that judges one mebibyte of something."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, piece in MEBIBYTES.items():
            path = Path(folder, "large.md")
            body = ("$$w_i = " if name == "one formula" else "") + piece * (limits.LENGTH // len(piece))
            path.write_text((SMALL + body)[: limits.LENGTH], encoding="utf-8")
            command = [sys.executable, "-c", MEASURE, str(path)]
            run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=600)
            found[name] = int(run.stdout)
    assert max(found.values()) <= 512, found
    return f"at most {max(found.values())} MiB resident on a document of 1 MiB ({max(found, key=found.__getitem__)})"


def main(share: float) -> None:
    whole = {rewrites: 100_000, gradients: 10_000, wrong_claims: 10_000}
    parts = [lambda f=f, n=n: f(max(1, round(n * share))) for f, n in whole.items()]
    for part in [*parts, memory]:
        start = perf_counter()
        print(f"{part()}  [{perf_counter() - start:.0f} s]", flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
