"""A file that holds a document or a notation: what kind it is, its header, and its mathematics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bnsym.document import limits
from bnsym.document.errors import ReadError, Text, Unreadable
from bnsym.document.source import markdown, tex
from bnsym.document.source.expand import Expander
from bnsym.document.source.macros import DEFINITION, Macros
from bnsym.document.source.mapped import Mapped
from bnsym.document.source.notebook import read_cells
from bnsym.document.source.spans import Source, Span
from bnsym.language.statement import Problem


@dataclass(frozen=True)
class File:
    """A file that was opened. `content` is what is in it, its lines ended by \\n.

    `document` is the Markdown or LaTeX that is to be read, `parts` the cells of a notebook, or all of it.
    """

    path: Path
    content: str
    document: Mapped
    parts: tuple[tuple[int, int], ...]

    @staticmethod
    def open(path: Path) -> File:
        """Raises OSError, and Unreadable if the content is too long, or not what it should be."""
        is_notebook = path.suffix.lower() == ".ipynb"
        content = _decoded(path, limits.NOTEBOOK if is_notebook else limits.LENGTH)
        if not is_notebook:
            _check_lines(path, content)
            return File(path, content, Mapped.same(content), ((0, len(content)),))
        try:
            document, parts = read_cells(content)
        except ReadError as error:
            raise Unreadable(Text(content).problem(f"{path}: {error.message}", error.position)) from None
        if len(document.text.encode()) > limits.LENGTH:
            raise _too_long(path, "its Markdown cells are", limits.LENGTH)
        _check_lines(path, document.text)
        return File(path, content, document, tuple(parts))

    @property
    def is_tex(self) -> bool:
        return self.path.suffix.lower() == ".tex"

    @cached_property
    def header(self) -> Mapped | None:
        """The TOML of the header, placed in `content`; a .toml file is all header."""
        if self.path.suffix.lower() == ".toml":
            return Mapped.same(self.content)
        if self.is_tex:
            return tex.find_header(self.content)
        start, end = self.parts[0] if self.parts else (0, 0)
        found = markdown.find_header(self.document.text[start:end])
        return None if found is None else self.document.part(start + found[0], start + found[1])

    def scan(self) -> Source:
        """The mathematics of the document, with its macros expanded."""
        return self._scan_tex() if self.is_tex else self._scan_markdown()

    def _scan_tex(self) -> Source:
        text = tex.blank(self.content)
        begin, end = tex.find_body(text)
        macros = Macros()
        expander, at = Expander(text, macros), 0
        while (found := DEFINITION.search(text, at, begin)) is not None:
            at = expander.define(found.start(), begin)
        expander.faults.clear()  # of a preamble, whose definitions may be more than macros of formulas
        expander.expand(begin, end)
        expansion = expander.weaver.finish()
        spans, faults = tex.find_spans(expansion.text)
        faults = sorted([*faults, *expander.faults], key=lambda fault: fault.position)
        included = tuple(tex.find_included(text, end))
        return Source(expansion.text, tuple(spans), tuple(faults), text, expansion, self.document, macros, included)

    def _scan_markdown(self) -> Source:
        parts, done = [], 0
        for start, end in self.parts:
            parts += [self.document.text[done:start], markdown.blank(self.document.text[start:end])]
            done = end
        text = "".join([*parts, self.document.text[done:]])
        macros = Macros()
        expander = Expander(text, macros)
        spans, done = [], 0
        for span in [span for part in self.parts for span in markdown.find_spans(text, *part)]:
            if span.start >= done:
                done = _copy(expander, done, span.start)
            if span.start >= done:
                begin = expander.weaver.length
                if span.problem:
                    expander.faults.append(ReadError(span.problem, begin))
                expander.expand(span.start, span.end)
                spans.append(Span(begin, expander.weaver.length, span.inline))
                done = span.end
        _copy(expander, done, len(text))
        expansion = expander.weaver.finish()
        return Source(expansion.text, tuple(spans), tuple(expander.faults), text, expansion, self.document, macros)


def _copy(expander: Expander, start: int, end: int) -> int:
    """Copy what is no mathematics, and read the definitions in it; returns how far that went."""
    at = start
    while (found := DEFINITION.search(expander.text, at, end)) is not None:
        expander.weaver.copy(at, found.start())
        at = expander.define(found.start(), len(expander.text))
    expander.weaver.copy(at, max(at, end))
    return max(at, end)


def _decoded(path: Path, limit: int) -> str:
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise _too_long(path, "it is", limit)
    try:
        return data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"{path} is not UTF-8: byte {data[error.start]:#04x}"
        raise Unreadable(Problem(line, 1, message)) from None


def _check_lines(path: Path, text: str) -> None:
    """Markdown of very short lines takes more memory than any other."""
    if text.count("\n") > limits.LINES:
        raise Unreadable(Problem(1, 1, f"{path} has more than {limits.LINES} lines, which is more than is read"))


def _too_long(path: Path, what: str, limit: int) -> Unreadable:
    return Unreadable(Problem(1, 1, f"{path}: {what} longer than {limit} bytes, which is more than is read"))
