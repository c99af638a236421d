"""What goes wrong while a document is read, and how it is shown.

Inside this floor a failure is a `ReadError` that knows its offset in a text; `Text` turns it into the
`Problem` (line, column, excerpt) that leaves the floor. `IllFormed` is the failure of a formula that was
read but cannot mean anything: an index out of scope, an axis on one side only.
"""

from __future__ import annotations

from bisect import bisect_right

from bnsym.language.statement import Problem


class ReadError(Exception):
    """A formula that cannot be read. `position` is an offset into the text it stands in."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


class IllFormed(ReadError):
    """A formula that was read, and whose indices or axes do not fit together."""


class HeaderError(ReadError):
    """A header that cannot be used. It is reported once, for the document as a whole."""


class Text:
    """A text with positions: offsets become 1-based lines and columns."""

    def __init__(self, content: str) -> None:
        self.content = content
        self._starts = [0]
        self._starts += [at + 1 for at, character in enumerate(content) if character == "\n"]

    def line(self, offset: int) -> int:
        return bisect_right(self._starts, min(max(offset, 0), len(self.content)))

    def problem(self, message: str, offset: int) -> Problem:
        line = self.line(offset)
        start = self._starts[line - 1]
        excerpt = self.content[start:].split("\n", 1)[0].rstrip("\r")
        column = min(max(offset, 0), len(self.content)) - start + 1
        return Problem(line, column, message, excerpt)


def caret(problem: Problem, *, width: int = 96) -> str:
    """The problem as text: message, the line it is in (shortened around the column) and a caret below."""
    begin = max(0, problem.column - 1 - width // 2)
    window = problem.excerpt[begin : begin + width]
    return (
        f"line {problem.line}, column {problem.column}: {problem.message}\n"
        f"    {window}\n    {' ' * (problem.column - 1 - begin)}^"
    )
