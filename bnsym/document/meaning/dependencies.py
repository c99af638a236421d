"""What a definition rests on: paths between nodes, across layers, and definitions that run in a circle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import permutations

from bnsym.language.expression import (
    Delta,
    Derivative,
    Expression,
    Index,
    Layer,
    Mean,
    Sum,
    Symbol,
    Tensor,
    substitute,
    walk,
)
from bnsym.language.statement import Definition, is_slope

Node = tuple[Symbol, Layer | None]

_WINDOW = 3
"""How many layers a path is followed from where it comes to layers of one letter: a generic layer has no end."""


class Dependencies:
    def __init__(self, definitions: Iterable[Definition], generic: str) -> None:
        self._generic = generic
        self._at: dict[Node, Definition] = {}
        self._anywhere: dict[Symbol, Definition] = {}
        self._symbols: dict[Symbol, set[Symbol]] = {}
        self._reached: dict[Symbol, set[Symbol]] = {}
        self._parents: dict[Node, tuple[Node, ...]] = {}
        for definition in definitions:
            layer = definition.tensor.layer
            parents = {part.symbol for part in walk(definition.body) if isinstance(part, Tensor)}
            self._symbols.setdefault(definition.tensor.symbol, set()).update(parents)
            self._at.setdefault((definition.tensor.symbol, layer), definition)
            if layer is None or layer.letter == generic:
                self._anywhere.setdefault(definition.tensor.symbol, definition)

        self._used = set().union(*self._symbols.values())

    def parents(self, node: Node) -> tuple[Node, ...]:
        """The nodes that stand in a node's definition, each as often as it does."""
        if node not in self._parents:
            self._parents[node] = tuple(self._find_parents(node))
        return self._parents[node]

    def _find_parents(self, node: Node) -> Iterator[Node]:
        definition = self._at.get(node) or self._anywhere.get(node[0])
        if definition is None:
            return
        home, here = definition.tensor.layer, node[1]
        for part in walk(definition.body):
            if not isinstance(part, Tensor):
                continue
            layer = part.layer
            if home is not None and here is not None and layer is not None and layer.letter == home.letter:
                layer = Layer(here.letter, here.offset + layer.offset - home.offset)
            yield part.symbol, layer

    def reaches(self, start: Node, goal: Node) -> bool:
        """Whether `start` depends on `goal`, itself included."""
        return start == goal or any(parent == goal for parent, _ in self._above(start))

    def _above(self, start: Node) -> Iterator[tuple[Node, Node]]:
        """What a node rests on, not far from where its path comes to layers of one letter; each with who mentions it.

        A node comes once, but `start` whenever it is met.
        """
        seen: set[Node] = set()
        todo = [(start, start[1])]
        while todo:
            node, entered = todo.pop()
            for parent in self.parents(node):
                layer = parent[1]
                same = layer is not None and entered is not None and layer.letter == entered.letter
                origin = entered if same else layer
                if parent not in seen and _near(layer, origin):
                    yield parent, node
                    if parent != start:
                        seen.add(parent)
                        todo.append((parent, origin))

    def connects(self, start: Symbol, goal: Symbol) -> bool:
        """Whether some definition of `start` leads to `goal`, at whatever layers."""
        if start not in self._reached:
            seen, todo = {start}, [start]
            while todo:
                new = self._symbols.get(todo.pop(), set()) - seen
                seen |= new
                todo += new
            self._reached[start] = seen
        return goal in self._reached[start]

    def is_indirect(self, derivative: Derivative) -> bool:
        """Whether a derivative of a node has a direct part and, besides, one through other nodes.

        A scalar that nothing else rests on is the loss: its derivative is total, as that of an opaque cost.
        """
        if is_slope(derivative.numerator.symbol):
            return False  # a second derivative
        if not derivative.numerator.indices and derivative.numerator.symbol not in self._used:
            return False
        numerator = derivative.numerator.symbol, derivative.numerator.layer
        denominator = derivative.denominator.symbol, derivative.denominator.layer
        parents = set(self.parents(numerator))
        if denominator not in parents:
            return False
        return any(parent != denominator and self.reaches(parent, denominator) for parent in parents)

    def in_order(self, definitions: Iterable[Definition]) -> list[Definition]:
        """The definitions, each after those of the same layer that it rests on; else as they were given."""
        ordered: list[Definition] = []
        todo = list(definitions)
        while todo:
            waiting = {(d.tensor.symbol, d.tensor.layer) for d in todo}
            ready = [d for d in todo if not waiting & set(self.parents((d.tensor.symbol, d.tensor.layer)))]
            ordered += ready or todo
            todo = [d for d in todo if d not in ready] if ready else []
        return ordered

    def circle(self, definition: Definition) -> list[Node] | None:
        """The nodes of a circle through a definition, if there is one."""
        start = definition.tensor.symbol, definition.tensor.layer
        came: dict[Node, Node] = {}
        for parent, node in self._above(start):
            if parent == start:
                path = [node]
                while path[-1] != start:
                    path.append(came[path[-1]])
                return [*reversed(path), start]
            came[parent] = node
        return None


def _near(layer: Layer | None, origin: Layer | None) -> bool:
    if layer is None or origin is None:
        return True
    return abs(layer.offset - origin.offset) <= _WINDOW


def alike(first: Definition, second: Definition) -> bool:
    """Whether two definitions of one symbol are the same up to the letters of their indices."""
    if first.tensor.layer != second.tensor.layer or len(first.tensor.indices) != len(second.tensor.indices):
        return False
    names = {i: Index(f"{n}", i.axis) for n, i in enumerate(first.tensor.indices)}
    others = {i: Index(f"{n}", i.axis) for n, i in enumerate(second.tensor.indices)}
    return _canonical(first.body, names) == _canonical(second.body, others)


def same_body(known: Definition, indices: tuple[Index, ...], body: Expression) -> tuple[int, ...] | None:
    """Whether a definition's body is `body` over `indices`: for each index of its tensor, which one it is."""
    if len(known.tensor.indices) != len(indices) or len(indices) > 3:
        return None
    for order in permutations(range(len(indices))):
        if all(i.axis == indices[p].axis for i, p in zip(known.tensor.indices, order, strict=True)):
            tensor = replace(known.tensor, indices=tuple(indices[p] for p in order))
            if alike(known, Definition(tensor, body)):
                return order
    return None


def _canonical(expression: Expression, names: dict[Index, Index]) -> Expression:
    """The expression with its indices named by where they are bound."""
    match expression:
        case Sum(index, body) | Mean(index, body):
            bound = Index(f"{len(names)}", index.axis)
            return type(expression)(bound, _canonical(body, {**names, index: bound}))
        case Tensor() | Delta():
            return substitute(expression, names)
    return expression.rebuild(tuple(_canonical(child, names) for child in expression.children))
