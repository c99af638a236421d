"""What could not be read and may define something: what rests on it cannot be judged.

Without its definition a node passes for a leaf: an equation that holds for all leaves is proved all the same, but
none can be refuted, and a derivative would miss what leads through the node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bnsym.document.meaning.dependencies import Dependencies
from bnsym.document.meaning.registry import Registry
from bnsym.document.statements.rows import Row
from bnsym.document.syntax.tree import Node, head_name
from bnsym.document.syntax.vocabulary import EQUATIONS
from bnsym.language.expression import Symbol, tensors
from bnsym.language.statement import Reading

Place = Callable[[Node | None], tuple[Symbol, str] | None]


class Unread:
    """The lines of a document that could not be read, by the symbol that each may be meant to define."""

    def __init__(self, registry: Registry, rows: Iterable[Row], place: Place) -> None:
        self._registry = registry
        self._lines: dict[Symbol, int] = {}
        self._unknown: int | None = None  # the line of one that may define anything
        defined = {d.tensor.symbol for d in (*registry.definitions, *registry.abbreviations)}
        for row in rows:
            if row.statement is None or row.statement.kind not in ("error", "ill-formed"):
                continue
            if row.chain.error is not None:
                if row.link is not None or any(relation in row.latex for relation in EQUATIONS):
                    self._unknown = self._unknown or row.line
            elif row.link is not None and row.link.relation in EQUATIONS and head_name(row.chain.head) is not None:
                found = place(row.chain.head)
                if found is None:
                    self._unknown = self._unknown or row.line
                elif found[0] not in defined:
                    self._lines.setdefault(found[0], row.line)

    def beneath(self, reading: Reading, dependencies: Dependencies, *, without_path: bool) -> str | None:
        """Which unread line a claim rests on, in words.

        `without_path` says that a derivative in it has no path: what may define anything may be the path.
        """
        if without_path and self._unknown is not None:
            return f"line {self._unknown} could not be read, and may be what leads from one to the other"
        registry = self._registry
        symbols = {tensor.symbol for side in (reading.left, reading.right) for tensor in tensors(side)}
        if registry.cost in symbols and registry.cost_argument is not None:
            symbols.add(registry.cost_argument.symbol)
        for symbol, line in self._lines.items():
            if any(dependencies.connects(start, symbol) for start in symbols):
                return f"it rests on {symbol.base}, and line {line}, which could not be read, may define it"
        return None
