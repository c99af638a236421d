"""A claim as the kernel sees it: one reading of a statement, in the graph of its window of layers.

A certificate is made from this, and is compared with it again: the same document gives the same claim.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bnsym.kernel import Term
from bnsym.kernel.rules import Free, Hypothesis
from bnsym.language.expression import Delta, Expression, Index, Mean, Sum, Tensor
from bnsym.language.graph import CostGraph
from bnsym.language.statement import Document, Reading
from bnsym.language.window import Window, window_of

GraphOf = Callable[[Window], CostGraph]


@dataclass(frozen=True)
class Claim:
    """left = right for all values of the free indices, over `graph`.

    `written` are the hypotheses under which the two sides mean anything as written: what they divide by or
    take roots of, even where it cancels.
    """

    graph: CostGraph
    free: Free
    left: Term
    right: Term
    written: frozenset[Hypothesis]
    names: dict[str, Index]

    @staticmethod
    def of(document: Document, reading: Reading, graph_of: GraphOf) -> Claim:
        """The claim of a reading. Raises GraphError if it does not fit the graph."""
        graph = graph_of(window_of(document, reading)).copy()
        names: dict[Index, str] = {}
        for index in [*_free(reading.left), *_free(reading.right)]:
            if index not in names:
                name = index.name
                while name in names.values():  # one letter over two axes
                    name += "'"
                names[index] = name
        left, right = graph.term(reading.left, names), graph.term(reading.right, names)
        free = tuple((name, graph.axis(index.axis)) for index, name in names.items())
        signs = {key: graph.nodes[key].sign for key in graph.divided}
        written = frozenset((sign, key) for key, sign in signs.items() if sign)
        return Claim(graph, free, left, right, written, {name: index for index, name in names.items()})


def _free(expression: Expression) -> Iterator[Index]:
    """The free indices in the order in which they are met."""
    match expression:
        case Tensor(indices=indices):
            yield from indices
        case Delta(left, right):
            yield from (left, right)
        case Sum(index, body) | Mean(index, body):
            yield from (i for i in _free(body) if i != index)
        case _:
            for child in expression.children:
                yield from _free(child)
