r"""Which row defines which symbol, by the shape of the rows alone, before any of them is read.

The first equation for a declared symbol defines it. A definition with a derivative in it is an abbreviation: it is
read before whatever uses it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial

from bnsym.document.meaning.derivatives import DIFFERENTIALS
from bnsym.document.meaning.elaborate import Elaborator
from bnsym.document.meaning.matrix import make_elaborator
from bnsym.document.meaning.registry import Registry
from bnsym.document.statements.heads import find_place, is_squared
from bnsym.document.statements.introduce import introduce
from bnsym.document.statements.rows import Row
from bnsym.document.syntax.layout import Chain
from bnsym.document.syntax.tree import (
    Group,
    Name,
    Node,
    Product,
    is_list_of_names,
    is_numeric,
    names_in,
)
from bnsym.document.syntax.vocabulary import EQUATIONS
from bnsym.language.expression import Symbol


class Firsts(ABC):
    """The rows of a document, of which it is known which are the first to say what a symbol is."""

    def __init__(self, registry: Registry, rows: list[Row], content: str) -> None:
        self.registry = registry
        self.notation = registry.notation
        self.rows = rows
        self.content = content
        self.introduced = introduce(self.registry, self._elaborator, rows)
        self.firsts = self._first_definitions()

    def _elaborator(self) -> Elaborator:
        return make_elaborator(self.registry, self.content)

    @abstractmethod
    def _elaborate(self, row: Row) -> None:
        """Make of a row what it means; a row is elaborated once."""

    def _place(self, node: Node | None) -> tuple[Symbol, str] | None:
        return find_place(self.registry, node)

    def _is_squared(self, row: Row) -> bool:
        return is_squared(self.registry, row.chain.head)

    def _first_definitions(self) -> dict[tuple[Symbol, str], Row]:
        """For each symbol the row that defines it, by the shape of the rows alone: x = … before x² = …."""
        firsts: dict[tuple[Symbol, str], Row] = {}
        squares: dict[tuple[Symbol, str], Row] = {}
        used: set[Symbol] = set()
        for row in self.rows:
            if row.link is None or not row.first or row.link.relation not in EQUATIONS or row.link.expression is None:
                continue
            if row.link.relation == "=:" and len(row.chain.links) == 1:
                row.chain.head, row.link.expression = row.link.expression, row.chain.head
            self._strip_arguments(row.chain)
            place = self._place(row.chain.head)
            if place is not None and not self._assumed(place[0]):
                # A number for what has been used as a letter so far is supposed for the sake of a remark.
                row.chain.supposed |= place[0] in used and place not in firsts and is_numeric(row.link.expression)
                (squares if self._is_squared(row) else firsts).setdefault(place, row)
            names = (*names_in(row.chain.head), *names_in(row.link.expression))
            used |= {found[0] for name in names if (found := self.registry.find(name)) is not None}
        return squares | firsts

    def _assumed(self, symbol: Symbol) -> bool:
        """Whether the header says which derivative a symbol is."""
        return any(d.tensor.symbol == symbol and d.assumed for d in self.registry.abbreviations)

    def _strip_arguments(self, chain: Chain) -> None:
        r"""`J(\theta) = …` defines the scalar J; from then on `J(\theta)` is J, not a product."""
        match chain.head:
            case Product(factors=(Name() as name, Group(bracket="(") as arguments), signs=(_, "")):
                found = self.registry.find(name)
                if found is not None and not found[0].axes and is_list_of_names(arguments.body):
                    self.registry.applied.add(found[0])
                    chain.head, chain.arguments = name, arguments

    def _queue_abbreviations(self, firsts: dict[tuple[Symbol, str], Row]) -> None:
        """Definitions with a derivative inside are read first, or when they are first needed."""
        derived: set[Symbol] = set()
        rows = {symbol: row for (symbol, _), row in reversed(firsts.items())}
        while True:
            found = {s for s, row in rows.items() if s not in derived and self._mentions(row, derived)}
            if not found:
                break
            derived |= found
        for symbol in derived:
            row = rows[symbol]
            self.registry.pending[symbol] = partial(self._read_pending, symbol, row)

    def _mentions(self, row: Row, derived: set[Symbol]) -> bool:
        assert row.link is not None and row.link.expression is not None
        for name in names_in(row.link.expression):
            if name.base in DIFFERENTIALS | {r"\nabla"} and self.registry.find(name) is None:
                return True
            if derived and (found := self.registry.find(name)) is not None and found[0] in derived:
                return True
        return False

    def _read_pending(self, symbol: Symbol, row: Row) -> None:
        self.registry.pending.pop(symbol, None)
        if row.statement is None and row.sides is None:
            self._elaborate(row)
