"""Notebooks: the text of the Markdown cells, with the place in the file of each of its characters.

JSON is checked by the standard library; a scan of its tokens then finds where the strings are.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from bnsym.document.errors import ReadError
from bnsym.document.source.mapped import Mapped, Weaver

_TOKEN = re.compile(r'"(?P<string>(?:[^"\\]|\\.)*)"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_ESCAPE = re.compile(r"((?:\\u[0-9a-fA-F]{4})+|\\.)")
_SEPARATOR = "\n\n"


@dataclass
class _Level:
    """One open object or array: the key or the number of what comes next in it."""

    array: bool
    key: str | int = ""
    expects_key: bool = True


@dataclass
class _Cell:
    kind: str = ""
    source: list[tuple[int, int]] = field(default_factory=list)


def read_cells(text: str) -> tuple[Mapped, list[tuple[int, int]]]:
    """The text of the Markdown cells, blank lines between them, and where each cell is in it.

    Raises ReadError if the file is not a notebook.
    """
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise ReadError(f"this is not a notebook: {error.msg}", error.pos) from None
    except (RecursionError, ValueError) as error:
        raise ReadError(f"this is not a notebook: {error}", 0) from None
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        raise ReadError('this is not a notebook: expected an object with a list of "cells"', 0)
    weaver, parts = Weaver(text), []
    for cell in _cells(text):
        if cell.kind == "markdown":
            begin = weaver.length
            for start, end in cell.source:
                _decode(weaver, text, start, end)
            parts.append((begin, weaver.length))
            end = cell.source[-1][1] if cell.source else 0
            weaver.put(_SEPARATOR, end, end)
    return weaver.finish(), parts


def _cells(text: str) -> list[_Cell]:
    """The cells of a text that is known to be JSON, with the ranges of the strings of their sources."""
    cells: list[_Cell] = []
    levels: list[_Level] = []
    for token in _TOKEN.finditer(text):
        mark = token.group()
        level = levels[-1] if levels else None
        if mark in ("{", "["):
            levels.append(_Level(mark == "[", 0 if mark == "[" else ""))
            if [x.key for x in levels[:-2]] == ["cells"] and len(levels) == 3:
                cells.append(_Cell())
        elif mark in ("}", "]"):
            levels.pop()
        elif mark == "," and level is not None:
            level.key = level.key + 1 if isinstance(level.key, int) else ""
            level.expects_key = not level.array
        elif mark == ":" and level is not None:
            level.expects_key = False
        elif level is not None and not level.array and level.expects_key:
            level.key = json.loads(mark)
        elif token["string"] is not None and cells and levels[0].key == "cells" and len(levels) > 2:
            if levels[2].key == "cell_type" and len(levels) == 3:
                cells[-1].kind = json.loads(mark)
            elif levels[2].key == "source" and len(levels) <= 4:
                cells[-1].source.append(token.span("string"))
    return cells


def _decode(weaver: Weaver, text: str, start: int, end: int) -> None:
    """Add what a string says; each escape stands for what it means."""
    at = start
    for escape in _ESCAPE.finditer(text, start, end):
        weaver.copy(at, escape.start())
        meant = json.loads(f'"{escape.group()}"').encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        weaver.put(meant.replace("\r", ""), *escape.span())
        at = escape.end()
    weaver.copy(at, end)
