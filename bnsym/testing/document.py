r"""Strategies for documents: one that says a known thing in some notation, and one that nobody should trust.

from hypothesis import given
from bnsym.testing import documents, read_back, same

@given(documents())
def test_what_is_written_is_read(document):
    assert same(read_back(document), document.expression), document.latex
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from hypothesis import strategies as st

from bnsym.document import read
from bnsym.language.expression import Expression, Slot, Symbol, free_indices
from bnsym.testing.expression import expressions
from bnsym.testing.notations import DISPLAYS, write
from bnsym.testing.vocabulary import GENERIC, HEAD, VOCABULARY, Vocabulary, header, vocabularies


@dataclass(frozen=True)
class Written:
    """A document of one formula, and the expression that stands right of its =."""

    text: str
    latex: str
    expression: Expression


def said(expression: Expression, latex: str, vocabulary: Vocabulary = VOCABULARY, display: str = "$${}$$") -> Written:
    """The document that says `head = latex`, with a head that has the free indices of the expression."""
    letters = sorted(free_indices(expression), key=lambda index: index.name)
    head = f"P_{{{','.join(index.name for index in letters)}}}" if letters else HEAD.base
    if any(index.axis.layer is not None for index in letters):  # what is not declared belongs to no layer
        own = Symbol("P", (), (Slot(0),), tuple(index.axis for index in letters))
        vocabulary = replace(vocabulary, symbols=(*vocabulary.symbols, own))
        head = f"P^{GENERIC}{head[1:]}"
    formula = display.format(f"{head} = {latex}")
    return Written(f"+++\n{header(vocabulary)}+++\n\n{formula}\n", latex, expression)


@st.composite
def documents(draw: st.DrawFn, depth: int = 4) -> Written:
    """A random expression over a random vocabulary, in random notations, in some display."""
    vocabulary = draw(vocabularies())
    expression = draw(expressions(depth, None, vocabulary))
    choose = Random(draw(st.integers(0, 2**32)))
    return said(expression, write(expression, choose), vocabulary, choose.choice(DISPLAYS))


def read_back(written: Written) -> Expression:
    """What the reader makes of the right-hand side. Raises ValueError, with the problem, if it does not read it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "document.md")
        path.write_text(written.text, encoding="utf-8", newline="")
        document = read(path)
    problems = [document.problem, *(statement.problem for statement in document.statements)]
    if found := [problem for problem in problems if problem is not None]:
        raise ValueError(f"{written.latex}\n{found[0]}")
    ((reading,),) = (statement.readings for statement in document.statements)
    return reading.right


# What a document may be made of that means harm, or just something else.
HOSTILE = (
    "__import__('os').system('id')", r"\text{'); import os; os.abort() #}", r"\mathrm{__class__}", "lambda: 0",
    "\\text{\"\"\"\n'}", "../../etc/passwd", "{% raw %}", "\x00", "\u202e", r"\input{/etc/passwd}", r"\write18{id}",
    "[0](x)", "9" * 70, "x^{99}", "{" * 70, r"\sqrt{" * 70, r"\def\x{\x\x}\x", "1/0", "0/0", "0^{-1}", r"\log 0",
    r"\frac{1}{0}", r"\sum_{i=1}^{0}", r"\langle\rangle", "e^{e^{e^{9}}}", r"(1-1)^{-1}", r"\sqrt{-1}", r"\infty",
)  # fmt: skip
PIECES = (
    "$", "$$", "+++", "\\\\", "&", "{", "}", "(", ")", "=", r"\equiv", "+", "-", "/", "^", "_", "'", "_s", "_{si}",
    "^2", r"\sum_s", r"\sum_{i}", r"\frac", r"\sqrt", r"\langle", r"\rangle", r"\partial", r"\mathcal{C}", "W", "u^l",
    "^{l-1}", "^L", r"\hat{x}", r"\gamma", r"\delta_{ij}", "0", "1", "2", r"\exp(", "g'(", r"\epsilon", ",", "\n",
    "\n\n", " ", "N", r"\begin{align}", r"\end{align}", r"\begin{cases}", r"\text{", "%", "`", "> ", r"\[", r"\]",
    r"\newcommand{\W}{", r"\left(", r"\right)", r"\nabla_", r"\quad",
)  # fmt: skip

_HEADER = re.compile(r".*\+\+\+(\n|\\n)?", re.DOTALL)  # in a notebook the end of a line is two characters


class Spoiled(str):
    """The text of a document that was spoiled. What is made of it is text as any other."""


@st.composite
def spoiled_documents(draw: st.DrawFn, sources: Sequence[str], most: int = 4) -> Spoiled:
    """One of `sources` after up to `most` edits, few of them in its header.

    Pieces are cut out, repeated and exchanged, and pieces of LaTeX, or of what means harm, are put in.
    """
    text = draw(st.sampled_from(sources))
    for _ in range(draw(st.integers(1, most))):
        header = _HEADER.match(text)
        begin = 0 if header is None or draw(st.integers(0, 9)) == 9 else header.end()
        place = draw(st.integers(begin, len(text)))
        length = draw(st.integers(0, 12))
        match draw(st.sampled_from(["insert", "insert", "cut", "repeat", "exchange", "harm"])):
            case "insert":
                text = text[:place] + draw(st.sampled_from(PIECES)) + text[place:]
            case "cut":
                text = text[:place] + text[place + length :]
            case "repeat":
                text = text[: place + length] + text[place:]
            case "exchange":
                other = draw(st.integers(0, len(text)))
                text = text[:place] + text[other : other + length] + text[place + length :]
            case "harm":
                text = text[:place] + draw(st.sampled_from(HOSTILE)) + text[place:]
    return Spoiled(text)
