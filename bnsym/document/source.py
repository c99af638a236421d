r"""From a file to its mathematics: the header, and every math span with its place in the file.

Spans are `$…$`, `$$…$$`, `\(…\)`, `\[…\]`, fenced ```` ```math ````, and bare `\begin{align}…`. Code (fenced,
indented, inline, HTML comments) is blanked first. Blanking keeps the length of the text, so that an offset
is an offset in the file everywhere on this floor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from markdown_it import MarkdownIt
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

MAXIMAL_LENGTH = 4_000_000

_ENVIRONMENTS = "align|aligned|alignat|equation|eqnarray|gather|multline|split|displaymath|math"
_SPAN = re.compile(
    rf"""(?<!\\)\$\$(?P<dollars>.+?)(?<!\\)\$\$
    |^[ \t>]*```\s*math[^\n]*\n(?P<fence>.*?)^[ \t>]*```
    |\\\\?\[(?=\s|[^\d\s])(?P<bracket>.+?)\\\\?\]
    |\\\\?\((?P<round>.+?)\\\\?\)
    |(?P<environment>\\begin\{{(?P<name>(?:{_ENVIRONMENTS})\*?)\}}.+?\\end\{{(?P=name)\}})
    |(?<![\\$\w])\$`(?P<ticked>[^`\n]+)`\$
    |(?<![\\$])\$(?P<inline>(?!\s)(?:[^$\n\\]|\\.|\n(?!\s*\n))+?(?<!\s)|[ ](?:[^$\n\\]|\\.)+?[ ])\$(?!\d)""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_INLINE_CODE = re.compile(r"(?<![`$\\])(`+)(?!`)(?P<code>.+?)(?<!`)\1(?!`)(?!\$)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->|\{% highlight.*?endhighlight %\}", re.DOTALL)
_HEADER = re.compile(r"\A\ufeff?\s*\+\+\+[ \t]*\r?\n(?P<toml>.*?)^\+\+\+[ \t]*$", re.DOTALL | re.MULTILINE)
_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n.*?^---[ \t]*$", re.DOTALL | re.MULTILINE)
_QUOTE = re.compile(r"^[ \t]*>[ \t>]*", re.MULTILINE)


@dataclass(frozen=True)
class Span:
    """The mathematics between two offsets of the file, delimiters excluded."""

    start: int
    end: int
    inline: bool


@dataclass(frozen=True)
class Source:
    """The math spans of a file.

    `content` is the file with everything blanked that is not mathematics: lex it between a span's offsets.
    """

    content: str
    spans: tuple[Span, ...]


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def split_header(text: str) -> tuple[str | None, int]:
    """The TOML between the `+++` lines that open the text, and its offset."""
    found = _HEADER.match(text)
    return (found["toml"], found.start("toml")) if found else (None, 0)


def scan(text: str) -> Source:
    """Find the math spans of a Markdown text; its header is no part of them."""
    opening = _HEADER.match(text) or _FRONT_MATTER.match(text)
    content = text
    if opening:
        content = _blank(opening.group()) + text[opening.end() :]
    content = _COMMENT.sub(lambda found: _blank(found.group()), content)
    content = _INLINE_CODE.sub(_blank_inline, _blank_blocks(content))
    content, spans = _quoted(content), []
    for found in _SPAN.finditer(content):
        kind = next(k for k, v in found.groupdict().items() if v is not None and k != "name")
        spans.append(Span(*found.span(kind), inline=kind in ("inline", "round", "ticked")))
    return Source(content, tuple(spans))


def _blank_blocks(text: str) -> str:
    """Blank fenced and indented code; an indented block that is one display is mathematics all the same."""
    parser = MarkdownIt("commonmark").use(dollarmath_plugin, allow_labels=True).use(amsmath_plugin)
    lines = text.split("\n")
    for token in parser.parse(text):
        if token.map is None or token.type not in ("fence", "code_block"):
            continue
        if token.type == "fence" and token.info.strip().startswith("math"):
            continue
        if token.type == "code_block" and token.content.lstrip().startswith(("$$", r"\[", r"\begin{")):
            continue
        for number in range(*token.map):
            lines[number] = " " * len(lines[number])
    return "\n".join(lines)


def _blank_inline(found: re.Match[str]) -> str:
    """Blank a code span; a run of backticks that crosses a blank line or a fence is not one."""
    code = found["code"]
    return found.group() if "\n\n" in code or len(found[1]) > 2 else _blank(found.group())


def _quoted(text: str) -> str:
    """Blank the `>` marks of block quotes, which may stand inside a display."""
    return _QUOTE.sub(lambda found: " " * len(found.group()), text)
