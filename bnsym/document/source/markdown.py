r"""Markdown: its header, and its mathematics.

Spans are `$…$`, `$$…$$`, `\(…\)`, `\[…\]`, fenced ```` ```math ````, and bare `\begin{align}…`. Code (fenced,
indented, inline, HTML comments) is blanked first. Blanking keeps the length of the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from typing import TYPE_CHECKING

from bnsym.document.source.spans import ENVIRONMENTS, PARAGRAPH, Closers, Span, spaces

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock

# What tells mathematics that is not closed from dollars in a text.
_MATHEMATICS = re.compile(r"[=\\]")
# What may open mathematics, and what closes it.
_OPENING = re.compile(
    rf"""(?P<dollars>(?<!\\)\$\$)
    |(?P<fence>^[ \t]*```\s*math[^\n]*\n)
    |(?P<bracket>\\\\?\[(?=\s|[^\d\s]))
    |(?P<round>\\\\?\()
    |(?P<environment>\\begin\{{(?P<name>(?:{ENVIRONMENTS})\*?)\}})
    |(?P<dollar>\$)""",
    re.VERBOSE | re.MULTILINE,
)
_CLOSING = {
    "dollars": r"(?<!\\)\$\$", "fence": r"^[ \t]*```", "bracket": r"\\\\?\]", "round": r"\\\\?\)",
}  # fmt: skip
_DISPLAY = re.compile(rf"\$\$|\\begin\{{(?P<name>(?:{ENVIRONMENTS})\*?)\}}")
_INLINE = re.compile(
    r"""(?<![\\$\w])\$`(?P<ticked>[^`\n]+)`\$
    |(?<![\\$])\$(?P<inline>(?!\s)(?:[^$\n\\]|\\.|\n(?!\s*\n))+?(?<!\s)|[ ](?:[^$\n\\]|\\.)+?[ ])\$(?!\d)""",
    re.VERBOSE | re.DOTALL,
)
_INLINE_CODE = re.compile(
    r"""(?P<ticked>\$`[^`\n]+`\$)
    |(?<![`$\\])(?P<ticks>`+)(?!`)(?P<code>(?:(?!\n[ \t]*\n).)+?)(?<!`)(?P=ticks)(?!`)(?!\$)""",
    re.VERBOSE | re.DOTALL,
)
# `~~…~~` in one paragraph; in mathematics it is space.
_STRUCK = re.compile(
    r"""(?P<kept>(?<!\\)\$\$(?:(?!\$\$).)*+\$\$|(?<![\\$])\$(?:[^$\n\\]|\\.)++\$)
    |(?<![~\\])~~(?=[^\s~])(?:(?!~~|\n[ \t]*\n).)++(?<=\S)~~(?!~)""",
    re.VERBOSE | re.DOTALL,
)
_HEADER = re.compile(r"\A\ufeff?\s*\+\+\+[ \t]*\r?\n(?P<toml>.*?)^\+\+\+[ \t]*$", re.DOTALL | re.MULTILINE)
_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n.*?^---[ \t]*$", re.DOTALL | re.MULTILINE)
_QUOTE = re.compile(r"^[ \t]*>[ \t>]*", re.MULTILINE)
# Without a fence, and without a line that is indented at its beginning or behind marks of quotes and lists, there is
# no block of code.
_CODE = re.compile(r"```|~~~|^(?>[ >*+\-.)0-9]*?(?:\t|[ ]{4}))[ \t]*+[^ \t\n]", re.MULTILINE)


def find_header(text: str) -> tuple[int, int] | None:
    """Where the TOML is, between the `+++` lines that open the text."""
    found = _HEADER.match(text)
    return found.span("toml") if found else None


def blank(text: str) -> str:
    """The text with all blanked that is no mathematics: header, code, comments, what is struck out, marks of quotes."""
    opening = _HEADER.match(text) or _FRONT_MATTER.match(text)
    if opening:
        text = spaces(opening.group()) + text[opening.end() :]
    text = _blank_between(text, "<!--", "-->")
    text = _blank_between(text, "{% highlight", "endhighlight %}")
    text = _INLINE_CODE.sub(_blank_inline, _blank_blocks(text))
    for tag in ("del", "s", "strike"):
        text = _blank_between(text, f"<{tag}>", f"</{tag}>")
    return _quoted(_STRUCK.sub(lambda found: found["kept"] or spaces(found.group()), text))


def find_spans(content: str, start: int, end: int) -> list[Span]:
    """The mathematics between two offsets of a text that was blanked."""
    spans: list[Span] = []
    closers = Closers(content, end)
    at = start
    while (opened := _OPENING.search(content, at, end)) is not None:
        at = opened.end()
        match opened.lastgroup:
            case "dollar":
                found = _INLINE.match(content, opened.start(), end)
                if found is not None:
                    assert found.lastgroup is not None
                    spans.append(Span(*found.span(found.lastgroup), inline=True))
                    at = found.end()
            case "environment":
                closed = closers.find(rf"\\end\{{{re.escape(opened['name'])}\}}", at)
                if closed is not None:
                    spans.append(Span(opened.start(), closed.end(), inline=False))
                    at = closed.end()
                else:
                    spans += _unclosed(opened, closers)
            case str(kind):
                closed = closers.find(_CLOSING[kind], at + 1)
                if closed is not None:
                    spans.append(Span(at, closed.start(), inline=kind == "round"))
                    at = closed.end()
                elif kind in ("dollars", "fence"):
                    spans += _unclosed(opened, closers)
        at = max(at, spans[-1].end if spans else 0)
    return spans


def _unclosed(opened: re.Match[str], closers: Closers) -> list[Span]:
    """What ends with its paragraph because nothing else ends it, if it is mathematics."""
    paragraph = closers.find(PARAGRAPH, opened.end())
    end = closers.end if paragraph is None else paragraph.start()
    if not _MATHEMATICS.search(closers.text, opened.end(), end):
        return []
    return [Span(opened.start(), end, inline=False, problem=f"{opened.group().strip()} is not closed")]


def _blank_between(text: str, opening: str, closing: str) -> str:
    """Blank from each opening to the closing behind it, both included."""
    parts, done = [], 0
    while (start := text.find(opening, done)) >= 0 and (end := text.find(closing, start)) >= 0:
        parts += [text[done:start], spaces(text[start : end + len(closing)])]
        done = end + len(closing)
    return "".join([*parts, text[done:]])


def _blank_blocks(text: str) -> str:
    """Blank fenced and indented code; an indented block that is one display is mathematics all the same."""
    plain = text.replace("\r", " ")  # of which the parser would make lines of its own
    if not _CODE.search(plain):
        return text
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").disable("inline")
    parser.block.ruler.before("code", "display", _display_rule(text), {"alt": ["paragraph", "reference", "list"]})
    lines = text.split("\n")
    for token in parser.parse(plain):
        if token.map is None or token.type not in ("fence", "code_block"):
            continue
        if token.type == "fence" and token.info.strip().startswith("math"):
            continue
        if token.type == "code_block" and token.content.lstrip().startswith(("$$", r"\[", r"\begin{")):
            continue
        for number in range(*token.map):
            lines[number] = " " * len(lines[number])
    return "\n".join(lines)


def _display_rule(text: str) -> Callable[[StateBlock, int, int, bool], bool]:
    """A rule of the Markdown parser: what stands in a display that begins a line is neither code nor a list."""
    closers = Closers(text, len(text))

    def rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        opened = _DISPLAY.match(text, state.bMarks[start] + state.tShift[start])
        if opened is None or state.is_code_block(start):
            return False
        name = opened["name"]
        closed = closers.find(rf"\\end\{{{re.escape(name)}\}}" if name else _CLOSING["dollars"], opened.end())
        if closed is None or closed.end() > state.eMarks[end - 1]:
            return False
        if not silent:
            state.line = bisect_right(state.bMarks, closed.start(), start, end)
        return True

    return rule


def _blank_inline(found: re.Match[str]) -> str:
    """Blank a code span; a fence is not one, and neither is mathematics between backticks."""
    return found.group() if found["ticked"] or len(found["ticks"]) > 2 else spaces(found.group())


def _quoted(text: str) -> str:
    """Blank the `>` marks of block quotes, which may stand inside a display."""
    return _QUOTE.sub(lambda found: " " * len(found.group()), text)
