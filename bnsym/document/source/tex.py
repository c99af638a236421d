r"""LaTeX files: their header, what LaTeX does not read, and their mathematics.

Only definitions of macros count before `\begin{document}`, and nothing after `\end{document}`; a file without
them is read whole. Comments, verbatim text and `\iffalse … \fi` are blanked; blanking keeps the length of the
text. A header is TOML in comments, each line of it behind a `%`, before anything that is not a comment.
"""

from __future__ import annotations

import re
from itertools import islice

from bnsym.document.errors import ReadError
from bnsym.document.source.mapped import Mapped, Weaver
from bnsym.document.source.spans import ENVIRONMENTS, PARAGRAPH, Closers, Span, spaces

_IGNORED = re.compile(
    r"""\\begin\{(?P<verbatim>(?:[vV]erbatim|lstlisting|minted|comment|filecontents)\*?)\}
    |(?P<inline>\\(?:verb|lstinline)(?![a-zA-Z])\*?(?P<mark>[^\w\s{*])[^\n]{0,1000}?(?P=mark))
    |(?P<conditional>\\iffalse(?![a-zA-Z]))|\\.|(?P<comment>%[^\n]*)""",
    re.VERBOSE | re.DOTALL,
)
_HEADER = re.compile(r"\A\ufeff?(?:[ \t]*(?:%(?!\s*\+\+\+)[^\n]*)?\n)*[ \t]*%[ \t]*\+\+\+[ \t]*\n")
_HEADER_LINE = re.compile(r"[ \t]*%[ \t]?(.*\n?)")
_OPENING = re.compile(
    rf"""\\begin\{{(?P<environment>(?:{ENVIRONMENTS})\*?)\}}|(?P<display>\\\[)|(?P<round>\\\()|\\.
    |(?P<dollars>\$\$)|(?P<dollar>\$)""",
    re.VERBOSE | re.DOTALL,
)
_INCLUDED = re.compile(r"\\(?:input|include|subfile|import)(?![a-zA-Z])")


def find_header(text: str) -> Mapped | None:
    """The TOML that leading comments hold between two lines `% +++`, uncommented."""
    opened = _HEADER.match(text)
    if opened is None:
        return None
    weaver, at = Weaver(text), opened.end()
    while (line := _HEADER_LINE.match(text, at)) is not None:
        if line[1].strip() == "+++":
            return weaver.finish()
        weaver.copy(*line.span(1))
        if line.end() == at:
            break
        at = line.end()
    return None


def blank(text: str) -> str:
    """The text with everything blanked that LaTeX does not read."""
    parts, done, at = [], 0, 0
    closers = Closers(text, len(text))
    while (found := _IGNORED.search(text, at)) is not None:
        at = end = found.end()
        if found["verbatim"] or found["conditional"]:
            name = found["verbatim"]
            closed = closers.find(rf"\\end\{{{re.escape(name)}\}}" if name else r"\\(?:fi|else)(?![a-zA-Z])", at)
            end = found.start() if closed is None else closed.end()
        elif not found["comment"] and not found["inline"]:
            continue
        if end > at - 1:
            parts += [text[done : found.start()], spaces(text[found.start() : end])]
            done = at = end
    return "".join([*parts, text[done:]])


def find_body(text: str) -> tuple[int, int]:
    """What is between the lines that begin and end the document, in a text that was blanked."""
    begin = text.find(r"\begin{document}")
    end = text.find(r"\end{document}", max(begin, 0))
    return (0 if begin < 0 else begin + len(r"\begin{document}")), (len(text) if end < 0 else end)


def find_included(text: str, end: int) -> list[int]:
    """Where other files are to be read, the preamble included; the first few places."""
    return [found.start() for found in islice(_INCLUDED.finditer(text, 0, end), 5)]


def find_spans(content: str) -> tuple[list[Span], list[ReadError]]:
    """The mathematics of a body whose macros are expanded; what is not closed ends with its paragraph, a fault."""
    spans: list[Span] = []
    faults: list[ReadError] = []
    closers = Closers(content, len(content))
    at = 0
    while (opened := _OPENING.search(content, at)) is not None:
        at = opened.end()
        kind = opened.lastgroup
        if kind is None:
            continue
        start = opened.start() if kind == "environment" else at
        end: int | None
        if kind == "dollar":
            end = after = _closing_dollar(content, at)
            after = at if end is None else end + 1
        else:
            closed = closers.find(_closing(kind, opened), at)
            after = at if closed is None else closed.end()
            end = None if closed is None else closed.end() if kind == "environment" else closed.start()
        if end is None:
            paragraph = closers.find(PARAGRAPH, at)
            end = after = len(content) if paragraph is None else paragraph.start()
            faults.append(ReadError(f"{opened.group()} is not closed", opened.start()))
            start = opened.start()
        spans.append(Span(start, end, inline=kind in ("dollar", "round")))
        at = after
    return spans, faults


def _closing(kind: str, opened: re.Match[str]) -> str:
    match kind:
        case "environment":
            return rf"\\end\{{{re.escape(opened['environment'])}\}}"
        case "display":
            return r"(?<!\\)(?:\\\\)*\\\]"
        case "round":
            return r"(?<!\\)(?:\\\\)*\\\)"
    return r"(?<!\\)\$\$"


def _closing_dollar(content: str, at: int) -> int | None:
    r"""Where `$` is closed: not in braces, and in the same paragraph."""
    depth = 0
    for found in re.compile(rf"\\.|[{{}}$]|{PARAGRAPH}", re.DOTALL).finditer(content, at):
        match found.group():
            case "{":
                depth += 1
            case "}":
                depth -= 1
            case "$" if depth <= 0:
                return found.start()
            case text if text[0] == "\n":
                return None
    return None
