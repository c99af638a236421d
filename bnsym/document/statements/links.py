r"""From rows to statements: which equation defines, which claims, and what each can mean.

The first equation for a declared, not yet defined symbol is its definition, wherever it stands; what comes
later is a claim. A definition with a derivative in it is an abbreviation, and is read before whatever uses it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Literal

from bnsym.document.errors import IllFormed, ReadError, Text
from bnsym.document.meaning.dependencies import Dependencies, alike
from bnsym.document.meaning.elaborate import Elaborator
from bnsym.document.meaning.reading import Sides, elaborate_link, readings
from bnsym.document.meaning.registry import Registry, Undeclared, definable
from bnsym.document.notation.naming import name_indices
from bnsym.document.statements.firsts import Firsts
from bnsym.document.statements.folding import fold, fold_arguments
from bnsym.document.statements.functions import Functions
from bnsym.document.statements.given import find_given
from bnsym.document.statements.paths import Paths
from bnsym.document.statements.remarks import is_remark
from bnsym.document.statements.rows import Row
from bnsym.document.statements.unread import Unread
from bnsym.document.syntax.lexer import words
from bnsym.document.syntax.tree import (
    Name,
    Node,
)
from bnsym.document.syntax.vocabulary import EQUATIONS
from bnsym.language.expression import Derivative, Symbol, Tensor, tensors, walk
from bnsym.language.slope import write_out
from bnsym.language.statement import Definition, Erratum, Reading, Statement, is_slope

Kind = Literal["definition", "claim", "informal", "ill-formed", "error"]
_SETTING = words(r"\equiv := \leftarrow")


class Links(Firsts):
    """Elaborates the rows of a document; `registry` collects what they define."""

    def __init__(self, registry: Registry, rows: list[Row], content: str, text: Text, functions: Functions) -> None:
        super().__init__(registry, rows, content)
        self.functions = functions
        self.text = text
        self._chains = {id(row.chain): row.id for row in reversed(rows)}
        self.defined: set[tuple[Symbol, str]] = set()
        self.held = Dependencies((), self.notation.generic)  # of what definitions are written with

    def elaborate(self) -> None:
        """Elaborate every row; afterwards the registry holds the definitions of the document."""
        self._queue_abbreviations(self.firsts)
        for row in self.rows:
            self._elaborate(row)

    def take_given(self, assumed: Sequence[Reading]) -> list[tuple[Reading, str]]:
        """The hypotheses that the text gives, and the header does not, each as it is read and as it is written."""
        found: dict[int, Reading] = {}
        for number, row in enumerate(self.rows):
            head, body = row.chain.head, row.link.expression if row.link is not None else None
            if not row.chain.given or row.defines or row.registry or head is None or body is None:
                continue
            if row.statement is not None and row.statement.kind != "informal":
                continue
            try:
                sides = row.sides or elaborate_link(self._elaborator(), head, body)
                found[number] = self._readings(sides, body.start, None)[0]
            except ReadError:
                continue
        known = [*self.registry.definitions, *self.registry.abbreviations]
        taken = {tensor.symbol for reading in assumed for tensor in tensors(reading.left)}
        given = find_given(found, {*(d.tensor.symbol for d in known), *taken}, self.registry.cost)
        for number in given:
            notice = Erratum("ambiguous", "it can follow from nothing: it is taken as an assumption")
            self.rows[number].statement = self._statement(self.rows[number], "informal", errata=(notice,))
        return [(found[number], self.rows[number].latex) for number in given]

    def statements(self) -> tuple[Statement, ...]:
        """The statement of every row, once everything that is defined or assumed is in the registry."""
        self._refuse_circles()
        self._write_out_slopes()
        written = {d.tensor.key: d for d in self.registry.definitions}
        folded = self._fold()
        self._restate()
        dependencies = Dependencies(self.registry.definitions, self.notation.generic)
        # What a derivative may hold is what its numerator is written with, not what has been put in.
        held = [written[d.tensor.key] if d.tensor.key in folded else d for d in self.registry.definitions]
        self.held = Dependencies(held, self.notation.generic)
        unread = Unread(self.registry, self.rows, self._place)
        return tuple(self._finish(row, dependencies, unread) for row in self.rows)

    # -- links --------------------------------------------------------------------------------------------

    def _elaborate(self, row: Row) -> None:
        """Make of a row its sides, its definition or its statement; a row is elaborated once."""
        if row.statement is not None or row.sides is not None:
            return
        chain, link = row.chain, row.link
        error = chain.error or (link.error if link is not None else None)
        if (defined := self.functions.definition(row)) is not None:
            row.statement = self._statement(row, "definition", readings=defined[:1], errata=defined[1])
        elif error is None and self.functions.read(row, bare=True):
            pass
        elif chain.error is None and is_remark(self.registry, chain):
            row.statement = self._statement(row, "informal")
        elif error is not None:
            row.statement = self._problem(row, error)
        elif link is None or link.relation not in EQUATIONS or link.expression is None or chain.head is None:
            row.statement = self._statement(row, "informal")
        else:
            try:
                self._read_link(row, chain.head, link.expression)
            except ReadError as unreadable:
                informal = isinstance(unreadable, Undeclared) and link.relation in _SETTING
                if informal or self.functions.is_about_opaque(row):
                    row.statement = self._statement(row, "informal")
                elif not self.functions.read(row, bare=False):
                    row.statement = self._problem(row, unreadable)

    def _read_link(self, row: Row, head: Node, body: Node) -> None:
        assert row.link is not None
        place = self._place(head)
        defines = place is not None and self._is_new(place)
        if place is not None and self._is_squared(row):
            defines = defines and self.firsts.get(place) is row
        if place is not None and defines:
            self.registry.pending.pop(place[0], None)
            self.defined.add(place)
        try:
            elaborator = self._elaborator()
            if row.chain.arguments is not None and isinstance(head, Name) and (found := self.registry.find(head)):
                elaborator.arguments[found[0]] = row.chain.arguments
            sides = elaborate_link(elaborator, head, body, row.chain.conditions, defines=defines)
            if place is not None and defines:
                self._register(row, place, sides, body.start)
                if row.defines is not None and self._is_squared(row) and place[0].sign != "positive":
                    notice = f"{place[0].base} is defined by its square: it stands for the positive root"
                    sides = replace(sides, errata=(*sides.errata, Erratum("ambiguous", notice)))
                if place[0] in self.introduced:
                    notice = f"{place[0].base} is not declared in the header: it is defined here"
                    sides = replace(sides, errata=(*sides.errata, Erratum("ambiguous", notice)))
            elif place is not None and row.link.relation in (":=", r"\leftarrow"):
                sides = self._rebind(row, sides)
            row.sides = sides
            if not row.defines:
                row.others = tuple(self._others(elaborator, row, head, body))
        except ReadError:
            if place is not None and defines:
                self.defined.discard(place)
            raise

    def _others(self, elaborator: Elaborator, row: Row, head: Node, body: Node) -> Iterator[Sides]:
        """What an equation means with its sums without an index over other axes."""
        for choice in range(1, elaborator.choices):
            other = elaborator.again()
            other.arguments, other.choice = dict(elaborator.arguments), choice
            with suppress(ReadError):
                yield elaborate_link(other, head, body, row.chain.conditions)

    def _rebind(self, row: Row, sides: Sides) -> Sides:
        """`:=` or ← on a name that has another definition: from here on the name is a new node."""
        reading = self._readings(sides, row.chain.start, None)[0]
        old = reading.left
        known = [d for d in self.registry.definitions if isinstance(old, Tensor) and d.tensor.symbol == old.symbol]
        if not isinstance(old, Tensor) or not known or any(alike(d, Definition(old, reading.right)) for d in known):
            return sides
        assert isinstance(sides.left, Tensor)
        symbol = self.registry.new_version(old.symbol)
        row.defines = self.registry.define(replace(old, symbol=symbol), reading.right)
        notice = Erratum("ambiguous", f"{old.key} is bound anew: from here on it stands for {symbol.key(old.layer)}")
        return replace(sides, left=replace(sides.left, symbol=symbol), errata=(*sides.errata, notice))

    def _is_new(self, place: tuple[Symbol, str]) -> bool:
        symbol, layer = place
        if place in self.defined or any(d.tensor.symbol == symbol for d in self.registry.abbreviations):
            return False
        return layer != self.notation.last or (symbol, "*") not in self.defined

    def _register(self, row: Row, place: tuple[Symbol, str], sides: Sides, at: int) -> None:
        reading = self._readings(sides, at, None)[0]
        found = definable(reading.left, reading.right)
        if found is None:
            self.defined.discard(place)
            return
        left, right = found
        assert row.link is not None
        itself = any(isinstance(p, Tensor) and p.key == left.key for p in walk(right))
        if itself and row.link.relation != "=":
            self.defined.discard(place)
            raise Undeclared("an update of a symbol defines nothing", at)
        row.defines = self.registry.define(left, right)

    def _readings(self, sides: Sides, at: int, dependencies: Dependencies | None) -> tuple[Reading, ...]:
        definitions = () if dependencies is None else self.registry.spelled
        return readings(sides, at, self.held, definitions, self.notation)

    def _refuse_circles(self) -> None:
        dependencies = Dependencies(self.registry.definitions, self.notation.generic)
        squares = [row for row in self.rows if self._is_squared(row)]
        for row in (*squares, *reversed(self.rows)):
            if row.defines is None or row.defines not in self.registry.definitions:
                continue
            circle = dependencies.circle(row.defines)
            if circle is not None:
                self.registry.definitions.remove(row.defines)
                if self._is_squared(row):  # it says something of a symbol that it rests on
                    row.defines = None
                else:
                    names = " → ".join(symbol.key(layer) for symbol, layer in circle)
                    row.statement = self._problem(row, IllFormed(f"circular definition: {names}", row.chain.start))
                dependencies = Dependencies(self.registry.definitions, self.notation.generic)

    def _write_out_slopes(self) -> None:
        """Define derivatives that are differentiated themselves by what they come to."""
        for slope in self.registry.slopes:
            assert isinstance(slope.body, Derivative)
            body = write_out(slope.body, self.registry.definitions)
            if body is not None:
                tensor, body = name_indices(slope.tensor, body, self.notation)
                assert isinstance(tensor, Tensor)
                self.registry.definitions.append(Definition(tensor, body))

    def overrule(self, assumptions: list[tuple[Definition, Definition]]) -> None:
        """Say at the document's own definitions that the header assumes something else."""
        for assumed, own in assumptions:
            if not alike(assumed, own):
                notice = f"the header assumes another {own.tensor.key}; the document's own definition counts"
                self._notice(own, notice)

    def _notice(self, definition: Definition, message: str) -> None:
        for row in self.rows:
            if row.defines == definition and row.sides is not None:
                row.sides = replace(row.sides, errata=(*row.sides.errata, Erratum("ambiguous", message)))

    def _fold(self) -> set[str]:
        """Let a symbol that is named late stand for the expression that it names; returns in what, by its key.

        What has no name stands for nothing: a derivative could not hold it.
        """
        argument = self.registry.cost_argument
        kept = {argument.symbol} if argument is not None else set()
        kept |= {definition.tensor.symbol for definition in (*self.registry.unnamed, *self.registry.slopes)}
        folded = fold(self.registry.definitions, self.notation.generic, kept)
        for named, other in folded:
            notice = (
                f"{named.tensor.key} is named after its expression was used: it stands for it in {other.tensor.key}"
            )
            if not is_slope(other.tensor.symbol):
                self._notice(named, notice)
        return {other.tensor.key for _, other in folded}

    def _restate(self) -> None:
        """Where a derivative finds no path, let a later equation in stages define what one in one go defined."""
        derivatives = {
            part
            for row in self.rows
            if row.sides is not None
            for side in (row.sides.left, row.sides.right)
            for part in walk(side)
            if isinstance(part, Derivative)
        }
        paths = Paths(self.registry, Dependencies(self.registry.definitions, self.notation.generic))
        lost = {d for d in derivatives if not paths.connects(d)}
        for row in self.rows:
            first = self._restated(row) if lost else None
            if first is None or row.sides is None or first.defines not in self.registry.definitions:
                continue
            reading = self._readings(row.sides, row.chain.start, None)[0]
            if not isinstance(reading.left, Tensor) or any(isinstance(p, Derivative) for p in walk(reading.right)):
                continue
            staged = Definition(reading.left, reading.right)
            definitions = [staged if d == first.defines else d for d in self.registry.definitions]
            dependencies = Dependencies(definitions, self.notation.generic)
            paths = Paths(self.registry, dependencies)
            still = {d for d in lost if not paths.connects(d)}
            if len(still) < len(lost) and dependencies.circle(staged) is None:
                lost = still
                first.defines, row.defines, self.registry.definitions = None, staged, definitions
                notice = f"{staged.tensor.key} is defined by these stages; the equation in one go is a claim"
                row.sides = replace(row.sides, errata=(*row.sides.errata, Erratum("ambiguous", notice)))

    def _restated(self, row: Row) -> Row | None:
        """The row with the definition that a row states again."""
        if row.sides is None or row.defines or not row.first or row.statement is not None or row.chain.conditions:
            return None
        place = self._place(row.chain.head)
        first = self.firsts.get(place) if place is not None else None
        return first if first is not None and first.defines is not None else None

    def _fold_arguments(self, sides: Sides) -> Sides:
        left, right = (fold_arguments(side, self.registry.definitions) for side in (sides.left, sides.right))
        return replace(sides, left=left, right=right)

    # -- statements ---------------------------------------------------------------------------------------

    def _finish(self, row: Row, dependencies: Dependencies, unread: Unread) -> Statement:
        if row.statement is not None:
            return row.statement
        assert row.sides is not None
        try:
            assert row.link is not None and row.link.expression is not None
            at = row.link.expression.start
            sides = row.sides if row.defines else self._fold_arguments(row.sides)
            found = self._readings(sides, at, None if row.defines else dependencies)
            if row.others:
                found = tuple(self._told_apart((sides, *map(self._fold_arguments, row.others)), at, dependencies))
        except ReadError as error:
            return self._problem(row, error)
        if row.defines:
            return self._statement(row, "definition", readings=found[:1], errata=row.sides.errata)
        paths = Paths(self.registry, dependencies)
        without_path = paths.errata(found[0])
        if without_path and (unknown := paths.unknown(found[0])) is not None:
            message = f"the symbol {unknown.base} is not declared in [symbols], and nothing defines it or depends on it"
            return self._problem(row, ReadError(message, row.chain.start))
        basis = unread.beneath(found[0], dependencies, without_path=bool(without_path))
        loose = self._loose(found[0])
        if loose is not None and row.link.relation in _SETTING:
            return self._statement(row, "informal")
        if loose is not None and basis is None:
            basis = f"the symbol {loose.base} is not declared in [symbols], and nothing defines it: it may be anything"
        problem = None if basis is None else self.text.problem(basis, row.chain.start)
        errata = (*_shared((row.sides, *row.others)), *without_path)
        vacuous = bool(without_path) and paths.is_vacuous(found[0])
        said = self.functions.unsettled(found[0], dependencies)
        unsettled = None if said is None else self.text.problem(said, row.chain.start)
        return self._statement(
            row, "claim", readings=found, errata=errata, problem=problem, vacuous=vacuous, unsettled=unsettled
        )

    def _told_apart(self, variants: tuple[Sides, ...], at: int, dependencies: Dependencies) -> Iterator[Reading]:
        """The readings of each of several pairs of sides, each with the errata that the others lack."""
        shared = _shared(variants)
        for sides in variants:
            extra = tuple(erratum for erratum in sides.errata if erratum not in shared)
            said = [erratum.message.partition("read as ")[2] for erratum in extra]
            try:
                found = self._readings(sides, at, dependencies)
            except ReadError:
                if sides is variants[0]:
                    raise
                continue
            for reading in found:
                choice = "; ".join([*said, *filter(None, [reading.choice])])
                yield replace(reading, choice=choice, errata=(*extra, *reading.errata))

    def _loose(self, reading: Reading) -> Symbol | None:
        """A symbol of a claim that is neither declared nor defined, nor what a definition is made of."""
        definitions = (*self.registry.definitions, *self.registry.abbreviations)
        used = {part.symbol for d in definitions for side in (d.tensor, d.body) for part in tensors(side)}
        inferred = set(self.registry.inferred.values())
        parts = (part.symbol for side in (reading.left, reading.right) for part in tensors(side))
        return next((symbol for symbol in parts if symbol in inferred and symbol not in used), None)

    def _statement(self, row: Row, kind: Kind, **more: Any) -> Statement:
        return Statement(row.id, row.line, row.latex, kind, chain=self._chains[id(row.chain)], **more)

    def _problem(self, row: Row, error: ReadError) -> Statement:
        kind: Kind = "ill-formed" if isinstance(error, IllFormed) else "error"
        return self._statement(row, kind, problem=self.text.problem(error.message, error.position))


def _shared(variants: tuple[Sides, ...]) -> list[Erratum]:
    """The errata that all of some pairs of sides have."""
    return [erratum for erratum in variants[0].errata if all(erratum in other.errata for other in variants[1:])]
