r"""A document from its file: header, spans, definitions, claims.

The first equation for a declared, not yet defined symbol is its definition, wherever it stands; what comes
later is a claim. A definition with a derivative in it is an abbreviation. Nothing is raised for what stands in
the document: it becomes a statement of kind "error" or "ill-formed", or the document's `problem`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from bnsym.document.dependencies import Dependencies, alike
from bnsym.document.elaborate import Elaborator
from bnsym.document.errors import HeaderError, IllFormed, ReadError, Text
from bnsym.document.header import Assumption, Notation, read_header
from bnsym.document.layout import Chain, Layout, Link, has_relation
from bnsym.document.lexer import tokenize
from bnsym.document.matrix import MatrixElaborator
from bnsym.document.names import make_pattern, make_symbol_labels
from bnsym.document.naming import name_indices
from bnsym.document.parser import Parser
from bnsym.document.reading import Sides, elaborate_link, readings
from bnsym.document.registry import Registry, Undeclared
from bnsym.document.scope import Scope
from bnsym.document.source import MAXIMAL_LENGTH, scan, split_header
from bnsym.document.syntax import Group, Name, Node
from bnsym.language.expression import Derivative, Expression, Symbol, Tensor, walk
from bnsym.language.statement import Cost, Definition, Document, Erratum, Problem, Reading, Statement

EQUATIONS = frozenset(("=", r"\equiv", ":=", r"\leftarrow", "=:"))
Kind = Literal["definition", "claim", "informal", "ill-formed", "error"]
_SETTING = frozenset((r"\equiv", ":=", r"\leftarrow"))


@dataclass
class _Row:
    """One link of the document with its place in it; `link` is None for a head that stands alone."""

    id: str
    chain: Chain
    link: Link | None
    latex: str
    line: int
    first: bool
    statement: Statement | None = None
    sides: Sides | None = None
    defines: Definition | None = None


def read(path: str | Path, notation: str | Path | None = None) -> Document:
    """Read a document.

    `notation` is a TOML file, or a document whose header is taken; without it the document's own header
    counts. Raises OSError if a file cannot be opened; everything else is reported in the `Document`.
    """
    path = Path(path)
    text, problem = _load(path)
    if problem is not None:
        return _failed(path, "", problem)
    if notation is None:
        toml, offset = split_header(text)
        header = Text(text)
        where = ""
    else:
        content, problem = _load(Path(notation))
        if problem is not None:
            return _failed(path, text, problem)
        toml, offset = (content, 0) if Path(notation).suffix == ".toml" else split_header(content)
        header = Text(content)
        where = f"{notation}: "
    if toml is None:
        message = (
            f"{where}there is no header: expected TOML between two lines +++ at the top of the file, or a notation file"
        )
        return _failed(path, text, replace(header.problem(message, 0), line=1, column=1))
    digest = hashlib.sha256(f"{text}\0{toml}".encode()).hexdigest()
    try:
        return _DocumentReader(path, text, digest, read_header(toml)).read()
    except HeaderError as error:
        return _failed(path, text, header.problem(where + error.message, offset + error.position))


def _load(path: Path) -> tuple[str, Problem | None]:
    data = path.read_bytes()
    if len(data) > MAXIMAL_LENGTH:
        return "", Problem(1, 1, f"{path} is longer than {MAXIMAL_LENGTH} bytes, which is more than is read")
    try:
        return data.decode("utf-8").replace("\r\n", "\n"), None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return "", Problem(line, 1, f"{path} is not UTF-8: byte {data[error.start]:#04x}")


def _failed(path: Path, text: str, problem: Problem) -> Document:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(str(path), "", digest, (), (), (), (), (), (), None, None, problem)


class _DocumentReader:
    def __init__(self, path: Path, text: str, digest: str, notation: Notation) -> None:
        self.path = path
        self.digest = digest
        self.notation = notation
        self.text = Text(text)
        self.source = scan(text)
        self.registry = Registry(notation)
        self.rows: list[_Row] = []
        self.defined: set[tuple[Symbol, str]] = set()
        self.hypotheses: list[Reading] = []

    def read(self) -> Document:
        cost = self._cost()
        self._find_rows()
        firsts = self._first_definitions()
        self._assumptions({symbol for symbol, _ in firsts})
        self._queue_abbreviations(firsts)
        for row in self.rows:
            self._elaborate(row)
        self._refuse_circles()
        dependencies = Dependencies(self.registry.definitions, self.notation.generic)
        statements = tuple(self._finish(row, dependencies) for row in self.rows)
        notation = self.notation
        return Document(
            path=str(self.path),
            title=notation.title,
            digest=self.digest,
            statements=statements,
            definitions=tuple(dependencies.in_order(self.registry.definitions)),
            abbreviations=tuple(self.registry.abbreviations),
            hypotheses=tuple(self.hypotheses),
            assumptions=tuple(f"{a.left} = {a.right}" for a in notation.assume),
            functions=tuple(name for base, name in notation.functions.items() if name == base),
            cost=cost,
            layers=(notation.generic, notation.last) if notation.generic else None,
            letters=tuple(notation.letters.items()),
        )

    # -- the header's formulas ----------------------------------------------------------------------------

    def _cost(self) -> Cost | None:
        if self.notation.cost is None:
            return None
        symbol, of, at = self.notation.cost
        name = self._header_node(symbol, at)
        assert isinstance(name, Name)
        found = self.registry.find(name)
        if found is None:
            pattern = make_pattern(name, symbol, self.notation.generic)
            declared = Symbol(pattern.base, *make_symbol_labels(pattern))
            self.notation.patterns.setdefault(pattern.base, []).append((pattern, declared))
        else:
            declared = found[0]
        if declared.axes:
            raise HeaderError(f"the cost {symbol} is a scalar, but [symbols] gives it axes", at)
        self.registry.cost = declared
        try:
            argument = self._elaborator(of).value(self._header_node(of, at), Scope())
        except ReadError as error:
            raise HeaderError(f"the argument of the cost, {of}: {error.message}", at) from None
        if not isinstance(argument, Tensor):
            raise HeaderError(f"the cost is a function of one declared tensor, not of {of}", at)
        argument, _ = name_indices(argument, argument, self.notation)
        assert isinstance(argument, Tensor)
        return Cost(Tensor(declared, None, ()), argument)

    def _header_node(self, latex: str, at: int) -> Node:
        parser = Parser(tokenize(latex), self.notation.compounds)
        try:
            node = parser.expression()
            if parser.peek().kind != "end":
                raise parser.fail(f"unexpected {parser.peek().text!r}")
        except ReadError as error:
            raise HeaderError(f"{latex}: {error.message}", at) from None
        return node

    def _assumptions(self, defined: set[Symbol]) -> None:
        for assumption in self.notation.assume:
            try:
                self._assume(assumption, defined)
            except ReadError as error:
                message = f"the assumption {assumption.left} = {assumption.right}: {error.message}"
                raise HeaderError(message, assumption.offset) from None

    def _assume(self, assumption: Assumption, defined: set[Symbol]) -> None:
        content = f"{assumption.left} = {assumption.right}"
        stroke = len(assumption.left)
        sides = []
        for start, end in ((0, stroke), (stroke + 3, len(content))):
            parser = Parser(tokenize(content, start, end), self.notation.compounds)
            sides.append(parser.expression())
            if parser.peek().kind != "end":
                raise parser.fail(f"unexpected {parser.peek().text!r}")
        head, body = sides
        elaborated = elaborate_link(lambda: self._elaborator(content), head, body)
        reading = self._readings(elaborated, 0, None)[0]
        symbol = self._symbol(head)
        if symbol is not None and symbol not in defined and isinstance(reading.left, Tensor):
            self._define(reading.left, reading.right, assumed=True)
        else:
            self.hypotheses.append(reading)

    # -- rows ---------------------------------------------------------------------------------------------

    def _find_rows(self) -> None:
        layout = Layout(self.notation.compounds)
        content = self.source.content
        display = 0
        for span in self.source.spans:
            tokens = tokenize(content, span.start, span.end)
            if span.inline and not has_relation(tokens):
                continue
            chains = layout.chains(tokens, inline=span.inline)
            if not chains:
                continue
            display += 1
            number = 0
            for chain in chains:
                links: list[Link | None] = [x for x in chain.links if x.start >= span.start]
                if not links and span.inline and chain.error is None:
                    continue
                for link in links or [None]:
                    number += 1
                    self._row(f"eq{display}.{number}", chain, link)

    def _row(self, identifier: str, chain: Chain, link: Link | None) -> None:
        first = link is None or link is chain.links[0]
        start = chain.start if first or link is None else link.start
        end = chain.end if link is None else link.end
        latex = " ".join(self.source.content[start:end].replace("&", " ").split())
        self.rows.append(_Row(identifier, chain, link, latex, self.text.line(start), first))

    def _elaborator(self, content: str) -> Elaborator:
        kind = MatrixElaborator if self.notation.products == "matrix" else Elaborator
        return kind(self.registry, content)

    # -- definitions --------------------------------------------------------------------------------------

    def _head(self, node: Node | None) -> Name | None:
        while isinstance(node, Group) and node.bracket == "{":
            node = node.body
        return node if isinstance(node, Name) and not node.primes else None

    def _symbol(self, node: Node | None) -> Symbol | None:
        head = self._head(node)
        found = self.registry.find(head) if head is not None else None
        return None if found is None or found[0] == self.registry.cost else found[0]

    def _place(self, node: Node | None) -> tuple[Symbol, str] | None:
        """The symbol that an equation's head is, and its layer: `*` for the generic one."""
        head = self._head(node)
        found = self.registry.find(head) if head is not None else None
        if found is None or found[0] == self.registry.cost:
            return None
        layer = found[1].layer
        generic = layer is None or layer.letter == self.notation.generic
        return found[0], "*" if generic else str(layer)

    def _first_definitions(self) -> dict[tuple[Symbol, str], _Row]:
        """For each symbol the row that defines it, by the shape of the rows alone."""
        firsts: dict[tuple[Symbol, str], _Row] = {}
        for row in self.rows:
            if row.link is None or not row.first or row.link.relation not in EQUATIONS or row.link.expression is None:
                continue
            if row.link.relation == "=:" and len(row.chain.links) == 1:
                row.chain.head, row.link.expression = row.link.expression, row.chain.head
            place = self._place(row.chain.head)
            if place is not None:
                firsts.setdefault(place, row)
        return firsts

    def _queue_abbreviations(self, firsts: dict[tuple[Symbol, str], _Row]) -> None:
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

    def _mentions(self, row: _Row, derived: set[Symbol]) -> bool:
        assert row.link is not None and row.link.expression is not None
        for name in names_in(row.link.expression):
            if name.base in (r"\partial", r"\nabla", r"\mathrm{d}", "d") and self.registry.find(name) is None:
                return True
            if derived and (found := self.registry.find(name)) is not None and found[0] in derived:
                return True
        return False

    def _read_pending(self, symbol: Symbol, row: _Row) -> None:
        self.registry.pending.pop(symbol, None)
        if row.statement is None and row.sides is None:
            self._elaborate(row)

    def _define(self, left: Tensor, right: Expression, *, assumed: bool = False) -> Definition:
        definition = Definition(left, right, assumed)
        derivative = any(isinstance(part, Derivative) for part in walk(right))
        (self.registry.abbreviations if derivative else self.registry.definitions).append(definition)
        return definition

    # -- links --------------------------------------------------------------------------------------------

    def _elaborate(self, row: _Row) -> None:
        """Make of a row its sides, its definition or its statement; a row is elaborated once."""
        if row.statement is not None or row.sides is not None:
            return
        chain, link = row.chain, row.link
        error = chain.error or (link.error if link is not None else None)
        if error is not None:
            row.statement = self._problem(row, error)
        elif link is None or link.relation not in EQUATIONS or self._is_remark(chain.head):
            row.statement = self._statement(row, "informal")
        else:
            assert chain.head is not None and link.expression is not None
            try:
                self._read_link(row, chain.head, link.expression)
            except Undeclared as undeclared:
                informal = link.relation in _SETTING
                row.statement = self._statement(row, "informal") if informal else self._problem(row, undeclared)
            except ReadError as unreadable:
                row.statement = self._problem(row, unreadable)

    def _is_remark(self, node: Node | None) -> bool:
        """Whether an equation says what a letter ranges over, or how large something is: `i = 1, …, m`."""
        head = self._head(node)
        if head is None or self.registry.find(head) is not None:
            return False
        known = (*self.notation.letters, self.notation.generic, self.notation.last)
        bare = not head.below and not head.above
        return (bare and head.base in known) or self.registry.find_size(head) is not None

    def _read_link(self, row: _Row, head: Node, body: Node) -> None:
        assert row.link is not None
        place = self._place(head)
        defines = place is not None and self._is_new(place)
        if place is not None and defines:
            self.registry.pending.pop(place[0], None)
            self.defined.add(place)
        make = partial(self._elaborator, self.source.content)
        try:
            sides = elaborate_link(make, head, body)
            if place is not None and defines:
                self._register(row, place, sides, body.start)
            elif place is not None and row.link.relation in (":=", r"\leftarrow"):
                sides = self._rebind(row, sides)
            row.sides = sides
        except ReadError:
            if place is not None and defines:
                self.defined.discard(place)
            raise

    def _rebind(self, row: _Row, sides: Sides) -> Sides:
        """`:=` or ← on a name that has another definition: from here on the name is a new node."""
        reading = self._readings(sides, row.chain.start, None)[0]
        old = reading.left
        known = [d for d in self.registry.definitions if isinstance(old, Tensor) and d.tensor.symbol == old.symbol]
        if not isinstance(old, Tensor) or not known or any(alike(d, Definition(old, reading.right)) for d in known):
            return sides
        assert isinstance(sides.left, Tensor)
        symbol = self.registry.new_version(old.symbol)
        row.defines = self._define(replace(old, symbol=symbol), reading.right)
        notice = Erratum("ambiguous", f"{old.key} is bound anew: from here on it stands for {symbol.key(old.layer)}")
        return replace(sides, left=replace(sides.left, symbol=symbol), errata=(*sides.errata, notice))

    def _is_new(self, place: tuple[Symbol, str]) -> bool:
        symbol, layer = place
        if place in self.defined or any(d.tensor.symbol == symbol for d in self.registry.abbreviations):
            return False
        return layer != self.notation.last or (symbol, "*") not in self.defined

    def _register(self, row: _Row, place: tuple[Symbol, str], sides: Sides, at: int) -> None:
        reading = self._readings(sides, at, None)[0]
        if not isinstance(reading.left, Tensor) or len(set(reading.left.indices)) < len(reading.left.indices):
            self.defined.discard(place)
            return
        assert row.link is not None
        itself = any(isinstance(p, Tensor) and p.key == reading.left.key for p in walk(reading.right))
        if itself and row.link.relation != "=":
            self.defined.discard(place)
            raise Undeclared("an update of a symbol defines nothing", at)
        row.defines = self._define(reading.left, reading.right)

    def _readings(self, sides: Sides, at: int, dependencies: Dependencies | None) -> tuple[Reading, ...]:
        def never(_: Derivative) -> bool:
            return False

        is_indirect = never if dependencies is None else dependencies.is_indirect
        abbreviations = () if dependencies is None else tuple(self.registry.abbreviations)
        return readings(sides, at, is_indirect, abbreviations, self.notation)

    def _refuse_circles(self) -> None:
        dependencies = Dependencies(self.registry.definitions, self.notation.generic)
        for row in reversed(self.rows):
            if row.defines is None or row.defines not in self.registry.definitions:
                continue
            circle = dependencies.circle(row.defines)
            if circle is not None:
                names = " → ".join(symbol.key(layer) for symbol, layer in circle)
                row.statement = self._problem(row, IllFormed(f"circular definition: {names}", row.chain.start))
                self.registry.definitions.remove(row.defines)
                dependencies = Dependencies(self.registry.definitions, self.notation.generic)

    # -- statements ---------------------------------------------------------------------------------------

    def _finish(self, row: _Row, dependencies: Dependencies) -> Statement:
        if row.statement is not None:
            return row.statement
        assert row.sides is not None
        try:
            assert row.link is not None and row.link.expression is not None
            at = row.link.expression.start
            found = self._readings(row.sides, at, None if row.defines else dependencies)
        except ReadError as error:
            return self._problem(row, error)
        if row.defines:
            return self._statement(row, "definition", readings=found[:1], errata=row.sides.errata)
        return self._statement(row, "claim", readings=found, errata=row.sides.errata)

    def _statement(self, row: _Row, kind: Kind, **more: Any) -> Statement:
        chain = next(r.id for r in self.rows if r.chain is row.chain)
        return Statement(row.id, row.line, row.latex, kind, chain=chain, **more)

    def _problem(self, row: _Row, error: ReadError) -> Statement:
        kind: Kind = "ill-formed" if isinstance(error, IllFormed) else "error"
        return self._statement(row, kind, problem=self.text.problem(error.message, error.position))


def names_in(node: object) -> Iterator[Name]:
    """Every name of a presentation tree."""
    if isinstance(node, Name):
        yield node
    if isinstance(node, tuple):
        for item in node:
            yield from names_in(item)
    elif isinstance(node, Node):
        for part in fields(node):
            yield from names_in(getattr(node, part.name))
