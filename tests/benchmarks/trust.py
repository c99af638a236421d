"""The figures of trust: `python -m tests.benchmarks.trust [SHARE [FIGURE...]]`, all and whole unless less is asked for.

What is counted: proved claims of `derivations/` on which independent oracles agree, kernel rewrites that are exact,
networks whose generated gradients are those of complex step, random wrong claims that are proved (there must be none),
spoiled documents that are survived, the memory that documents of one mebibyte take, lines and branches that the tests
run, and mutants of the kernel that they kill (needs mutmut 3). Anything that does not hold ends the run with an
exception. A share is one of random cases: the oracles, memory, coverage and mutants are whole, the last two for hours.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise, product
from math import isclose
from pathlib import Path
from time import perf_counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bnsym
import bnsym.judge
from bnsym.document import limits
from bnsym.language.expression import free_indices
from bnsym.language.latex import to_latex
from bnsym.testing import (
    ComplexStep,
    Symbolic,
    build,
    evaluate,
    evaluate_term,
    expressions,
    instances,
    networks,
    rewritten,
    said,
    trees,
)
from bnsym.testing.values import table
from bnsym.testing.vocabulary import VOCABULARY
from tests.benchmarks.coverage import measured, summary
from tests.benchmarks.mutants import mutated
from tests.compile import documents
from tests.compile.test_gradients import check
from tests.fuzz.documents import shares
from tests.support.documents import DOCUMENTS, ROOT, as_file
from tests.support.oracles import Autograd, opinions
from tests.test_untrusted import SMALL

INTERTWINED = replace(VOCABULARY, by=VOCABULARY.by[:1])  # the cost is of y: its derivative by x is zero
SCOPE = {"i": "a", "j": "a", "k": "b"}


def counted(number: int, *strategies: st.SearchStrategy) -> Callable[[Callable], None]:
    """Run a function on so many draws."""

    def run(function: Callable) -> None:
        wide = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
        settings(max_examples=number, **wide)(given(*strategies)(function))()

    return run


def oracles() -> str:
    """Every proved claim of every document, by numbers that share nothing with the prover."""
    kinds: dict[str, tuple[Any, dict[str, Any]]] = {
        "complex step": (ComplexStep(), {}),
        "SymPy": (Symbolic(), {"samples": 3, "units": 2, "most": 1}),
    }
    if find_spec("torch") is not None:
        kinds["PyTorch"] = (Autograd(import_module("torch")), {"units": 2, "most": 1})
    errors = {
        name: {(path.stem, claim): e for path in DOCUMENTS for claim, e in opinions(path, numbers, **options).items()}
        for name, (numbers, options) in kinds.items()
    }
    assert len({frozenset(found) for found in errors.values()}) == 1
    worst = {name: max(found.values()) for name, found in errors.items()}
    assert max(worst.values()) <= 1e-9, worst
    told = ", ".join(f"{name} to {error:.0e}" for name, error in worst.items())
    return f"{len(errors['SymPy'])} of {len(errors['SymPy'])} proved claims of {len(DOCUMENTS)} documents: {told}"


def spoiled(number: int) -> str:
    """Documents of ours, as Markdown, LaTeX and notebooks, spoiled at random, through all of `verify`."""
    total: Counter[str] = sum(shares(number), Counter())
    told = ", ".join(f"{count} {verdict}" for verdict, count in total.most_common())
    return f"{number} different spoiled documents survived ({told})"


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

    bnsym.judge.find_counterexample = usual
    read = sum(verdicts.values()) - verdicts["ill-formed"]
    told = ", ".join(f"{n} {verdict}" for verdict, n in verdicts.most_common())
    return f"0 of {read} random wrong claims proved without a hypothesis ({told})"


BY_W = r"\frac{\partial C}{\partial w_i} = "
SLOPE = r"\sum_s \frac{\partial C}{\partial y_{si}} g'(w_i x_{si}) x_{si} / \sigma_i"
PROSE = "all work and no play makes a dull document "
# What a document repeats, and how often if not to its end: within the limits, or far beyond them.
PIECES: dict[str, tuple[str, int | None]] = {
    "prose": ("", 0), "brackets": ("(", None), "roots": ("\\sqrt{", None), "unclosed": ("$$ w_i = ", None),
    "tables": ("| a | $w_i$ |\n", None), "one formula": ("w_i + ", None), "one sum": ("w_i + ", 9_000),
    "formulas": ("$w_i = w_i + 1$ and ", 9_000), "unreadable formulas": ("$q = w_i$ ", 20_000),
    "true claims": (f"$${BY_W}{SLOPE}$$\n\n", 500), "wrong claims": (f"$${BY_W}2 {SLOPE}$$\n\n", 50),
    "long claims": (f"$${BY_W}{' + '.join(f'{SLOPE}^{{{k}}}' for k in range(2, 50))}$$\n\n", 3),
    "powers": (r"$$y_{si} = (\sum_j w_j + \sum_t \sum_j x_{tj} + \sigma_i)^{20}$$" + "\n\n", 3),
    "macros": ("\\newcommand{\\a}{w_i} $\\a = 1$ ", 9_000), "uses of a macro": (r"$\many$ ", None),
    "macros in macros": (
        "".join(f"\\newcommand{{\\{c}}}{{\\{d}\\{d}}} " for c, d in pairwise("abcdefghijklmnop")) + r"$\a = 1$ ", 1
    ),
}  # fmt: skip
MEASURE = (  # what getrusage says of a process may be its parent's
    "import sys; from bnsym.report.judging import judge; from pathlib import Path; "
    "judge(Path(sys.argv[1]), timeout=20); "
    "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
)


def large(name: str, kind: str) -> str:
    """One mebibyte of something: a Markdown file, a LaTeX file, or what the cells of a notebook hold."""
    piece, count = PIECES[name]
    start = SMALL
    start += r"\newcommand{\many}{" + "w_i + " * 2_000 + "w_i}\n\n" + ("$$w_i = " if name.startswith("one ") else "")
    room = limits.LENGTH - len(start) - 100
    body = piece * (room // len(piece) if count is None else count) + ("w_i$$\n\n" if name == "one sum" else "")
    text = start + body[:room] + PROSE * ((room - len(body)) // len(PROSE))
    return as_file(text, kind)


def memory() -> str:
    """The resident memory of a process that judges one mebibyte of something, each claim for 20 s at most."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, kind in product(PIECES, (".md", ".tex", ".ipynb")):
            path = Path(folder, f"large{kind}")
            path.write_text(large(name, kind), encoding="utf-8")
            command = [sys.executable, "-c", MEASURE, str(path)]
            run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=3600)
            found[f"{name}, {kind}"] = int(run.stdout) // 1024
    assert max(found.values()) <= 512, found
    worst = max(found, key=found.__getitem__)
    return f"at most {found[worst]} MiB resident on {len(found)} documents of 1 MiB ({worst})"


def coverage() -> str:
    """What the ordinary suite runs of the kernel, of the calculus and of all else."""
    return summary(measured())


def mutants() -> str:
    """The kernel and the checker, changed in one place after the other: how often their tests notice."""
    killed, survivors = mutated([])
    number = len(survivors) + killed
    assert killed >= 0.95 * number, survivors
    return f"{killed} of {number} mutants of the kernel and the checker killed ({100 * killed / number:.1f} %)"


NUMBERS = {rewrites: 100_000, gradients: 10_000, wrong_claims: 25_000, spoiled: 100_000}  # of claims, half can be read


def main(share: float, names: list[str]) -> None:
    parts = [oracles, *NUMBERS, memory, coverage, mutants]
    if unknown := set(names) - {part.__name__ for part in parts}:
        sys.exit(f"there is no figure {', '.join(unknown)}: there are {', '.join(part.__name__ for part in parts)}")
    for part in parts:
        if names and part.__name__ not in names:
            continue
        start = perf_counter()
        told = part(max(1, round(NUMBERS[part] * share))) if part in NUMBERS else part()
        print(f"{told}  [{perf_counter() - start:.0f} s]", flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0, sys.argv[2:])
