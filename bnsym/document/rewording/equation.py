r"""A link of a document with another right-hand side: read again, under everything that the document says.

`Rewording` remembers what the reader knew when it was done. It gives the right-hand side of a statement as text that
stands by itself, and the reading of any other text in its place: what a repair offers is what a reader would paste.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bnsym.document.errors import ReadError
from bnsym.document.meaning.dependencies import Dependencies
from bnsym.document.meaning.matrix import make_elaborator
from bnsym.document.meaning.reading import elaborate_link, unwritten_readings
from bnsym.document.meaning.registry import Registry
from bnsym.document.notation.header import Notation
from bnsym.document.statements.folding import fold_arguments
from bnsym.document.statements.functions import applied
from bnsym.document.statements.rows import Row
from bnsym.document.syntax.lexer import tokenize
from bnsym.document.syntax.parser import Parser
from bnsym.document.syntax.tree import Node, Related
from bnsym.language.statement import AUXILIARY, Reading

# What lays out cases inside of an equation belongs to it, and `\left<` is an angle.
_LAYOUT = re.compile(
    r"(?P<kept>\\begin\{d?cases\}.*?\\end\{d?cases\})|(?<!\\)&|\\\\(?:\[-?[\d.]+[a-z]{2}\])?|%[^\n]*"
    r"|\\(?:left|right)(?![a-zA-Z]|\s*[<>])(?:\s*\.)?"
    r"|\\(?:[bB]igg?[lrm]?(?!\s*[<>])|nonumber|displaystyle)(?![a-zA-Z])|\\(?:tag|label)\*?\s*\{[^{}]*\}",
    re.DOTALL,
)


@dataclass(frozen=True)
class Equation:
    """A link as text of its own, without layout: `left = right`; `body` is the tree of the right-hand side.

    Offsets in `body` are offsets in `text`. `conditions` are those under which the link holds. `registry`
    is that in which a link is read whose letter stands for any number.
    """

    left: str
    right: str
    head: Node
    body: Node
    conditions: tuple[Related, ...] = ()
    registry: Registry | None = None

    @property
    def text(self) -> str:
        return f"{self.left} = {self.right}"


class Rewording:
    """Reads links anew. Reading changes nothing that is known."""

    def __init__(self, registry: Registry, rows: list[Row], content: str, dependencies: Dependencies) -> None:
        self.registry = registry
        self._rows = {row.id: row for row in rows}
        self._content = content
        self._heads: dict[str, tuple[str, Node]] = {}
        self._dependencies = dependencies

    @property
    def notation(self) -> Notation:
        return self.registry.notation

    def equation(self, identifier: str, right: str | None = None) -> Equation | None:
        """The link of a statement, with `right` in place of its right-hand side if that is given.

        None for what is no equation, or none in one row. Raises ReadError if `right` cannot be read.
        """
        row = self._rows[identifier]
        head, link = row.chain.head, row.link
        if right is not None and AUXILIARY in right:
            raise ReadError("an expression without a name is not named by the document", 0)
        if head is None or link is None or link.expression is None:
            return None
        own = self._plain(link.expression)
        try:
            if identifier not in self._heads:
                plain = self._plain(head)
                tree = self._parsed(plain, 0)
                about = None if row.registry is None else applied(tree)
                self._heads[identifier] = plain, tree if about is None else about.node
            left, tree = self._heads[identifier]
            body = self._parsed(f"{left} = {own if right is None else right}", len(left) + 3)
        except ReadError:
            if right is None:
                return None
            raise
        conditions = tuple(row.chain.conditions)
        return Equation(left, own if right is None else right, tree, body, conditions, row.registry)

    def _plain(self, node: Node) -> str:
        written = self._content[node.start : node.end]
        return " ".join(_LAYOUT.sub(lambda found: found["kept"] or " ", written).split())

    def _parsed(self, text: str, start: int) -> Node:
        """The tree of a text from an offset on."""
        parser = Parser(tokenize(text, start), self.notation.compounds)
        tree = parser.expression()
        if parser.peek().kind != "end":
            raise parser.fail(f"unexpected {parser.peek().text!r}")
        return tree

    def read(self, equation: Equation) -> Reading:
        """The likeliest reading of an equation, with all its errata, without its LaTeX. Raises ReadError."""
        known = equation.registry or self.registry
        registry = replace(
            known,
            definitions=list(known.definitions),
            unnamed=list(known.unnamed),
            slopes=list(known.slopes),
            inferred=dict(known.inferred),
            versions=dict(known.versions),
        )
        elaborator = make_elaborator(registry, equation.text)
        sides = elaborate_link(elaborator, equation.head, equation.body, equation.conditions)
        left, right = (fold_arguments(side, known.definitions) for side in (sides.left, sides.right))
        sides = replace(sides, left=left, right=right)
        reading = next(unwritten_readings(sides, equation.body.start, self._dependencies, self.notation))
        if len(registry.definitions) > len(known.definitions) or len(registry.slopes) > len(known.slopes):
            raise ReadError("what is differentiated has no name in the document", equation.body.start)
        return replace(reading, errata=(*sides.errata, *reading.errata))

    def blank(self, identifier: str) -> Reading | None:
        """The left-hand side of a statement, with zero on the right, or itself where zero cannot stand there.

        That is where differentials are compared. None if it cannot be read.
        """
        for right in ("0", None):
            try:
                equation = self.equation(identifier, "0")
                if equation is not None and right is None:
                    equation = self.equation(identifier, equation.left)
                return None if equation is None else self.read(equation)
            except ReadError:
                continue
        return None
