"""The mathematics of a file: spans of a text that formulas are read from, and the way back to the file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bnsym.document.errors import ReadError
from bnsym.document.source.expand import Expander
from bnsym.document.source.macros import Macros
from bnsym.document.source.mapped import Mapped

PARAGRAPH = r"\n[ \t]*\n"
ENVIRONMENTS = "align|aligned|alignat|equation|eqnarray|flalign|gather|multline|split|displaymath|dmath|math"


@dataclass(frozen=True)
class Span:
    """The mathematics between two offsets, delimiters excluded; `problem` if it is not closed, from its opening on."""

    start: int
    end: int
    inline: bool
    problem: str = ""


@dataclass(frozen=True)
class Source:
    """What is read of a file.

    `content`: the text with macros expanded and everything blanked that is not mathematics; lex it between a
    span's offsets. `faults` are uses of macros that could not be expanded and mathematics that is not closed, at
    their offsets of `content`. `unexpanded` is the text that `content` was made from, `document` where that
    stands in the file. `included` is where in the file other files are to be read, which they are not.
    """

    content: str
    spans: tuple[Span, ...]
    faults: tuple[ReadError, ...]
    unexpanded: str
    expansion: Mapped
    document: Mapped
    macros: Macros
    included: tuple[int, ...] = ()

    def place(self, offset: int) -> int:
        """The offset in the file of what stands at an offset of `content`."""
        return self.document.place(self.expansion.place(offset))

    def written(self, start: int, end: int) -> str:
        """content[start:end] as the document has it, its macros as they are used."""
        return self.unexpanded[slice(*self.expansion.original(start, end))]

    def expand(self, formula: str) -> str:
        """A formula that stands elsewhere, such as in a header, with the macros of the document expanded."""
        expander = Expander(formula, self.macros)
        expander.expand(0, len(formula))
        return expander.weaver.finish().text


@dataclass
class Closers:
    """Finds what closes something; what is not there to be found is not sought again, so that all is linear."""

    text: str
    end: int
    _missing: dict[str, int] = field(default_factory=dict)

    def find(self, pattern: str, start: int) -> re.Match[str] | None:
        """The first match of a pattern (one of few) behind `start`."""
        if self._missing.get(pattern, self.end + 1) <= start:
            return None
        found = re.compile(pattern, re.MULTILINE).search(self.text, start, self.end)
        if found is None:
            self._missing[pattern] = start
        return found


def spaces(text: str) -> str:
    """As many spaces, on as many lines."""
    return re.sub(r"[^\n]", " ", text)
