r"""What the header itself states in LaTeX: the cost and its argument, and what is assumed.

An assumption that is an equation for a symbol is a definition, unless the document has its own, which counts; one
that says which derivative a symbol is defines it for the document too; any other is a hypothesis.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bnsym.document.errors import HeaderError, ReadError
from bnsym.document.meaning.dependencies import Dependencies
from bnsym.document.meaning.derivatives import DIFFERENTIALS
from bnsym.document.meaning.matrix import make_elaborator
from bnsym.document.meaning.reading import elaborate_link, readings
from bnsym.document.meaning.registry import Registry, definable
from bnsym.document.meaning.scope import Scope
from bnsym.document.notation.header import Assumption
from bnsym.document.notation.names import make_pattern, make_symbol_labels
from bnsym.document.notation.naming import name_indices
from bnsym.document.syntax.lexer import tokenize
from bnsym.document.syntax.parser import Parser
from bnsym.document.syntax.tree import Name, Node, head_name, names_in
from bnsym.language.expression import Expression, Symbol, Tensor, tensors
from bnsym.language.statement import Cost, Definition, Reading


class Premises:
    """Reads the formulas of a header into a registry; raises `HeaderError`."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.notation = registry.notation
        self.hypotheses: list[Reading] = []
        self.taken: list[Assumption] = []

    def cost(self) -> Cost | None:
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
            argument = make_elaborator(self.registry, of).value(self._header_node(of, at), Scope())
        except ReadError as error:
            raise HeaderError(f"the argument of the cost, {of}: {error.message}", at) from None
        if not isinstance(argument, Tensor):
            raise HeaderError(f"the cost is a function of one declared tensor, not of {of}", at)
        argument, _ = name_indices(argument, argument, self.notation)
        assert isinstance(argument, Tensor)
        self.registry.cost_argument = argument
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

    def abbreviations(self) -> None:
        """Take up what is assumed to be a derivative, such as dx for ∂L/∂x, before the document is read.

        What the document says of such a symbol is a claim.
        """
        for assumption in self.notation.assume:
            content, head, body = self._sides(assumption)
            names = names_in(body)
            if self._declared(head) and any(
                n.base in DIFFERENTIALS | {r"\nabla"} and not self.registry.find(n) for n in names
            ):
                reading = self._reading(content, head, body, assumption)
                if isinstance(reading.left, Tensor) and len(set(reading.left.indices)) == len(reading.left.indices):
                    self.registry.define(reading.left, reading.right, assumed=True)

    def assumptions(self) -> list[tuple[Definition, Definition]]:
        """Take up the rest: a definition of what the document leaves undefined, or a hypothesis.

        Returns the assumptions that count for nothing, each with the document's own definition of its symbol.
        """
        overruled = []
        for assumption in self.notation.assume:
            content, head, body = self._sides(assumption)
            symbol = self._declared(head)
            known = [d for d in (*self.registry.abbreviations, *self.registry.definitions) if d.tensor.symbol == symbol]
            if not any(d.assumed and d in self.registry.abbreviations for d in known):
                reading = self._reading(content, head, body, assumption)
                found = self._definable(reading)
                if symbol is None or found is None:
                    self.hypotheses.append(reading)
                elif own := next((d for d in known if d.tensor.layer == found[0].layer), None):
                    overruled.append((Definition(*found), own))
                    continue
                else:
                    self.registry.define(*found, assumed=True)
            self.taken.append(assumption)
        return overruled

    @staticmethod
    def _definable(reading: Reading) -> tuple[Tensor, Expression] | None:
        """What an assumption defines, and as what; the square of what may be negative does not define it."""
        found = definable(reading.left, reading.right)
        if found is None or isinstance(reading.left, Tensor):
            return found
        itself = any(tensor.symbol == found[0].symbol for tensor in tensors(reading.right))
        return found if found[0].symbol.sign == "positive" and not itself else None

    def _declared(self, head: Node) -> Symbol | None:
        name = head_name(head)
        found = self.registry.find(name) if name is not None else None
        return found[0] if found is not None else None

    def _sides(self, assumption: Assumption) -> tuple[str, Node, Node]:
        """The assumption as one text, and its two sides; their offsets are of that text."""
        content = f"{assumption.left} = {assumption.right}"
        stroke = len(assumption.left)
        sides = []
        with self._blamed(assumption):
            for start, end in ((0, stroke), (stroke + 3, len(content))):
                parser = Parser(tokenize(content, start, end), self.notation.compounds)
                sides.append(parser.expression())
                if parser.peek().kind != "end":
                    raise parser.fail(f"unexpected {parser.peek().text!r}")
        head, body = sides
        return content, head, body

    def _reading(self, content: str, head: Node, body: Node, assumption: Assumption) -> Reading:
        with self._blamed(assumption):
            elaborated = elaborate_link(make_elaborator(self.registry, content), head, body)
            return readings(elaborated, 0, Dependencies((), self.notation.generic), (), self.notation)[0]

    @contextmanager
    def _blamed(self, assumption: Assumption) -> Iterator[None]:
        """What cannot be read inside is the assumption's error."""
        try:
            yield
        except ReadError as error:
            message = f"the assumption {assumption.left} = {assumption.right}: {error.message}"
            raise HeaderError(message, assumption.offset) from None
