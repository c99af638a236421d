"""What documents, certificates and file names say, as it can be shown: none of them steers a terminal.

A sequence of control characters can write over the verdict that stands beside it, and characters that turn the
direction of writing can make a formula read as another one. Both are shown as the replacement character, one for
one, so that columns stay where they are.
"""

from __future__ import annotations

import json

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def plain(text: str) -> str:
    """The text without characters that are not printable; its lines and tabs stay."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else REPLACEMENT for c in text)


def one_line(text: str) -> str:
    """The text without characters that are not printable, and without lines of its own."""
    return plain(text.replace("\n", REPLACEMENT))


def plain_json(text: str) -> str:
    """JSON that says the same, in which what is not printable is escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)
