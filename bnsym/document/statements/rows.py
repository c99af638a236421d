r"""The rows of a document: every link of every chain, with its place in the file."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

from bnsym.document import limits
from bnsym.document.errors import ReadError, Text, Unreadable
from bnsym.document.meaning.reading import Sides
from bnsym.document.meaning.registry import Registry
from bnsym.document.source import Source, Span
from bnsym.document.statements.conditions import carries_on, condition_before, condition_behind
from bnsym.document.statements.given import is_given
from bnsym.document.syntax.layout import Chain, Layout, Link, has_relation
from bnsym.document.syntax.lexer import tokenize
from bnsym.document.syntax.tree import head_name
from bnsym.language.statement import Definition, Statement

_BACK = 60
_SUPPOSED = re.compile(r"\b(?:if|when|whenever|unless|at|for|with|case)\W*$", re.IGNORECASE)
# Further off, "with unit gain $\gamma = 1$", of a symbol only: what a sum comes to is claimed.
_SYMBOL_SUPPOSED = re.compile(
    r"\b(?:if|when|whenever|unless|at|for|with|case)"
    r"(?:\s+(?!(?:let|set|take|put|fix|choose|use|define|we|is|are)\b)[\w-]+){1,3}\W*$",
    re.IGNORECASE,
)
# What lays out an equation; what lays out the cases inside of one belongs to it.
_LAYOUT = re.compile(
    r"(?P<kept>\\begin\{d?cases\}.*?\\end\{d?cases\})|(?<!\\)&|\\\\(?:\[-?[\d.]+[a-z]{2}\])?", re.DOTALL
)
# How large a bracket is belongs to the text of the row, though no token says it.
_OPENED = re.compile(r"\\(?:left(?:\s*\.)?|[bB]igg?[lm]?)\s*$")
_CLOSED = re.compile(r"\s*\\right\s*\.")


@dataclass
class Row:
    """One link of the document with its place in it; `link` is None for a head that stands alone."""

    id: str
    chain: Chain
    link: Link | None
    latex: str
    line: int
    first: bool
    statement: Statement | None = None
    sides: Sides | None = None
    others: tuple[Sides, ...] = ()  # what it may mean besides, where a sum does not say over what it runs
    defines: Definition | None = None
    registry: Registry | None = None  # in which it is read, where it is about a letter that stands for any number


def find_rows(source: Source, text: Text, compounds: Collection[tuple[str, ...]]) -> list[Row]:
    """The rows of all spans, in the order of the document; inline mathematics counts if it relates something.

    Raises Unreadable if there is more of it than is read.
    """
    layout = Layout(compounds)
    rows: list[Row] = []
    display, count, said, after = 0, 0, None, 0
    latest: list[Chain] = []
    faults = deque(source.faults)
    for span in source.spans:
        tokens = tokenize(source.content, span.start, span.end)
        count += len(tokens)
        if count > limits.TOKENS:
            message = f"up to here the document has more than {limits.TOKENS} tokens of mathematics"
            raise Unreadable(text.problem(message, span.end))
        if span.inline and not has_relation(tokens):
            continue
        found: list[tuple[Chain, Link | None]] = []
        chains = layout.chains(tokens, inline=span.inline)
        before = source.content[max(after, span.start - _BACK) : span.start]
        condition = chains[0].condition if len(chains) == 1 and span.inline else None
        between = source.content[after : span.start]
        behind = condition_behind(between, condition) if condition is not None and latest else None
        if behind is not None:
            latest[-1].conditions.append(behind)
            said = None
        else:
            if said is not None and condition is None and carries_on(between):
                for chain in chains:
                    chain.conditions.append(said)
            said = condition_before(before, condition) if condition is not None else None
        for chain in chains if span.inline else []:
            symbol = head_name(chain.head) is not None
            chain.supposed = bool(_SUPPOSED.search(before) or (symbol and _SYMBOL_SUPPOSED.search(before)))
        for chain in chains:
            chain.given = is_given(chain, before if span.inline else "")
        latest, after = [chain for chain in chains if chain.condition is None], span.end
        for chain in chains:
            links: list[Link | None] = [link for link in chain.links if link.start >= span.start]
            if links or not span.inline or chain.error is not None:
                found += [(chain, link) for link in links or [None]]
        found.sort(key=lambda pair: pair[0].start if pair[1] is None else pair[1].start)
        found += _blame(found, span, faults)
        display += bool(found)
        for number, (chain, link) in enumerate(found, 1):
            rows.append(_row(f"eq{display}.{number}", chain, link, source, text))
    return rows


def _blame(
    found: list[tuple[Chain, Link | None]], span: Span, faults: deque[ReadError]
) -> list[tuple[Chain, Link | None]]:
    """Make what is at fault in a span the error of the link or head that it is part of; returns the rest."""
    while faults and faults[0].position < span.start:
        faults.popleft()
    for chain, link in found:
        while faults and faults[0].position < (chain.end if link is None else link.end):
            fault = faults.popleft()
            if link is None or fault.position < link.start:
                chain.error = fault
            else:
                link.error = fault
    rest: list[tuple[Chain, Link | None]] = []
    while faults and faults[0].position < span.end:
        fault = faults.popleft()
        rest.append((Chain(None, fault.position, span.end, error=fault), None))
    return rest


def _row(identifier: str, chain: Chain, link: Link | None, source: Source, text: Text) -> Row:
    first = link is None or link is chain.links[0]
    start = chain.start if first or link is None else link.start
    end = chain.end if link is None else link.end
    if opened := _OPENED.search(source.content, max(0, start - _BACK), start):
        start = opened.start()
    if closed := _CLOSED.match(source.content, end):
        end = closed.end()
    latex = " ".join(_LAYOUT.sub(lambda found: found["kept"] or " ", source.written(start, end)).split())
    return Row(identifier, chain, link, latex, text.line(start), first)
