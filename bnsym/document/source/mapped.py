"""A text that was made from another one, with the place there that each of its characters comes from.

A character that was copied knows its own place; one that was put in (by a macro, for an escape) knows the
range of the original that it stands for.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

Range = tuple[int, int]
Mark = tuple[int, int, int]


class Piece(NamedTuple):
    """A run of characters from offset `at` on: a copy of original[start:end], or what stands in its place.

    `whole` is what has to be shown of the original where the run is: the use of a macro that brought it in.
    """

    at: int
    start: int
    end: int
    copied: bool
    whole: Range | None = None


@dataclass(frozen=True)
class Mapped:
    """The text and its pieces, in order and without gaps."""

    text: str
    pieces: tuple[Piece, ...]

    @staticmethod
    def same(text: str, start: int = 0) -> Mapped:
        """A text that stands in the original from `start` on."""
        return Mapped(text, (Piece(0, start, start + len(text), True),))

    @cached_property
    def _starts(self) -> list[int]:
        return [piece.at for piece in self.pieces]

    def _piece(self, offset: int) -> Piece:
        return self.pieces[max(bisect_right(self._starts, offset) - 1, 0)]

    def place(self, offset: int) -> int:
        """Where in the original the character at an offset comes from; the end of the text is behind its last one."""
        if not self.pieces:
            return 0
        piece = self._piece(offset)
        if piece.copied:
            return min(piece.start + max(offset - piece.at, 0), piece.end)
        return piece.end if offset >= len(self.text) else piece.start

    def part(self, start: int, end: int) -> Mapped:
        """text[start:end], mapped likewise."""
        pieces = []
        for piece, after in zip(self.pieces, [*self._starts[1:], len(self.text)], strict=False):
            begin, stop = max(piece.at, start), min(after, end)
            if begin < stop and piece.copied:
                shift = piece.start - piece.at
                pieces.append(piece._replace(at=begin - start, start=begin + shift, end=stop + shift))
            elif begin < stop:
                pieces.append(piece._replace(at=begin - start))
        return Mapped(self.text[start:end], tuple(pieces))

    def original(self, start: int, end: int) -> Range:
        """The range of the original that text[start:end] comes from, the uses of macros in it as a whole."""
        if end <= start or not self.pieces:
            return self.place(start), self.place(start)
        first, last = self._piece(start), self._piece(end - 1)
        begin = first.whole[0] if first.whole else self.place(start)
        if last.whole:
            return begin, last.whole[1]
        return begin, self.place(end - 1) + 1 if last.copied else last.end


class Weaver:
    """Makes a mapped text of an original, piece by piece."""

    def __init__(self, original: str) -> None:
        self._original = original
        self._texts: list[str] = []
        self._pieces: list[Piece] = []
        self.length = 0

    def copy(self, start: int, end: int) -> None:
        """Go on with original[start:end]."""
        last = self._pieces[-1] if self._pieces else None
        if last is not None and last.copied and last.end == start and last.whole is None:
            self._pieces[-1] = last._replace(end=end)
        elif end > start:
            self._pieces.append(Piece(self.length, start, end, True))
        self._texts.append(self._original[start:end])
        self.length += end - start

    def put(self, text: str, start: int, end: int) -> None:
        """Go on with a text that stands for original[start:end]."""
        last = self._pieces[-1] if self._pieces else None
        if text and (last is None or last != Piece(last.at, start, end, False)):
            self._pieces.append(Piece(self.length, start, end, False))
        self._texts.append(text)
        self.length += len(text)

    def mark(self) -> Mark:
        """A state to come `back` to, or to `cover` from."""
        return len(self._texts), len(self._pieces), self.length

    def back(self, mark: Mark) -> None:
        """Forget what was added since the mark."""
        texts, pieces, self.length = mark
        del self._texts[texts:], self._pieces[pieces:]

    def cover(self, mark: Mark, whole: Range) -> None:
        """Say that what was added since the mark came from one use of a macro."""
        for number in range(mark[1], len(self._pieces)):
            self._pieces[number] = self._pieces[number]._replace(whole=whole)

    def finish(self) -> Mapped:
        return Mapped("".join(self._texts), tuple(self._pieces))
