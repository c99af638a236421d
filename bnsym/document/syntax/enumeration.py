r"""Sets, vectors and arrays that are written out: `\{x_1, \dots\}`, `(x_1, \dots, x_m)^\top`, arrays with dots.

They say what something consists of, and claim nothing that could be checked.
"""

from __future__ import annotations

from bnsym.document.syntax.lexer import Token, words
from bnsym.document.syntax.stream import TokenStream
from bnsym.document.syntax.vocabulary import CLOSED, ENDS, OPENING, RELATIONS

_ARRAYS = words("matrix pmatrix bmatrix Bmatrix vmatrix smallmatrix array")
_DOTS = words(r"\dots \vdots \ddots")


def enumeration(parser: TokenStream) -> int | None:
    r"""Where what is written out member by member ends, if it begins here.

    Dots stand for members; a set needs none, `\{x_i\}_{i=1}^m`. Nothing else is on that side of the relation.
    """
    tokens, at = parser.tokens, parser.at
    while tokens[at].kind == "space":
        at += 1
    if not _opens(tokens[at]) or tokens[at].text == r"\langle":
        return None
    end = _closed(tokens, at)
    inside = {token.text for token in tokens[at + 1 : end]}
    scripts = end
    while end and tokens[scripts].text in ("_", "^"):
        scripts += 1
        scripts = after_group(tokens, scripts) or scripts + 1
    following = tokens[scripts]
    ends = following.kind in ("row", "end", "environment", "space", "text") or following.text in RELATIONS | ENDS
    listed = not inside.isdisjoint(_DOTS)
    if tokens[at].text == r"\{":
        range_of = any(token.text in ("=", r"\in") for token in tokens[end:scripts])
        listed = listed or range_of or not inside.isdisjoint((",", r"\mid", ":", "|"))
    return scripts if end and ends and listed else None


def _opens(token: Token) -> bool:
    if token.kind == "environment":
        return token.text.startswith(r"\begin") and token.text.split("{")[1].split("}")[0] in _ARRAYS
    return token.kind != "text" and token.text in OPENING


def _closed(tokens: list[Token], at: int) -> int:
    """Where what opens at a token is closed; 0 if it is not."""
    depth = 0
    for end in range(at, len(tokens) - 1):
        token = tokens[end]
        if token.kind == "environment":
            depth += 1 if token.text.startswith(r"\begin") else -1
        elif token.kind != "text":
            depth += (token.text in OPENING) - (token.text in CLOSED)
        if depth <= 0:
            return end + 1 if depth == 0 else 0
    return 0


def after_group(tokens: list[Token], at: int) -> int:
    """Where the braces that open at a token are closed; 0 if there are none."""
    if at >= len(tokens) or tokens[at].text != "{":
        return 0
    depth = 0
    for end in range(at, len(tokens)):
        depth += (tokens[end].text == "{") - (tokens[end].text == "}")
        if depth == 0:
            return end + 1
    return 0
