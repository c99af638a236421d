"""What goes wrong while a document is read, and how it is shown.

Inside this floor a failure is a `ReadError` that knows its offset in a text; `Text` turns it into the
`Problem` (line, column, excerpt) that leaves the floor. `IllFormed` is the failure of a formula that was
read but cannot mean anything: an index out of scope, an axis on one side only.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from bnsym.language.statement import Problem
from bnsym.printable import one_line


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


class Unreadable(Exception):
    """A file that cannot be read as a whole. It is the `problem` of the document."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Text:
    """The text of a file with positions: offsets become 1-based lines and columns.

    Offsets are of a text that was made from the file; `place` says where in the file that is.
    """

    def __init__(self, file: str, place: Callable[[int], int] = int) -> None:
        self._file = file
        self._place = place
        self._excerpts: dict[int, str] = {}
        self._starts = [0]
        self._starts += [at + 1 for at, character in enumerate(file) if character == "\n"]

    def _position(self, offset: int) -> tuple[int, int]:
        """The line of an offset, and its offset in the file."""
        at = min(max(self._place(offset), 0), len(self._file))
        return bisect_right(self._starts, at), at

    def line(self, offset: int) -> int:
        return self._position(offset)[0]

    def problem(self, message: str, offset: int) -> Problem:
        line, at = self._position(offset)
        return Problem(line, at - self._starts[line - 1] + 1, message, self._excerpt(line))

    def _excerpt(self, line: int) -> str:
        """A line, which all problems that are in it share: it may be as long as the file."""
        if line not in self._excerpts:
            start = self._starts[line - 1]
            end = self._file.find("\n", start)
            self._excerpts[line] = self._file[start : len(self._file) if end < 0 else end].rstrip("\r")
        return self._excerpts[line]


def caret(problem: Problem, *, width: int = 96) -> str:
    """The problem as text: message, the line it is in (shortened around the column) and a caret below."""
    begin = max(0, problem.column - 1 - width // 2)
    window = one_line(problem.excerpt[begin : begin + width])
    return (
        f"line {problem.line}, column {problem.column}: {one_line(problem.message)}\n"
        f"    {window}\n    {' ' * (problem.column - 1 - begin)}^"
    )
