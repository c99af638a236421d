"""A claim as the kernel sees it: one reading of a statement, in the graph of its window of layers.

A certificate is made from this, and is compared with it again: the same document gives the same claim.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from bnsym.kernel import Rejected, Term
from bnsym.kernel.data import encode
from bnsym.kernel.rules import Free
from bnsym.kernel.term import BudgetExceeded
from bnsym.language.expand import expanded
from bnsym.language.expression import Derivative, Index, Layer, Tensor, map_layers, walk
from bnsym.language.graph import CostGraph, GraphError, index_names
from bnsym.language.statement import Document, Reading, Statement
from bnsym.language.window import Window, window_of, windows

GraphOf = Callable[[Window], CostGraph]


@dataclass(frozen=True)
class Claim:
    """left = right for all values of the free indices, over `graph`.

    `written` are the tensors whose sign the two sides need to mean anything as written: what they divide by or take
    roots of, even where it cancels.
    """

    graph: CostGraph
    free: Free
    left: Term
    right: Term
    written: frozenset[str]
    names: dict[str, Index]

    @staticmethod
    def all_of(document: Document, reading: Reading, graph_of: GraphOf) -> Iterator[Claim]:
        """The claim of a reading in its own window, then in wider ones. Raises GraphError."""
        for window in windows(document, reading):
            yield Claim.of(reading, graph_of(window))

    @staticmethod
    def refutable(document: Document, reading: Reading, graph_of: GraphOf) -> Claim | None:
        """The claim of a reading where a counterexample counts. Raises GraphError.

        It is that of the widest window; but where this leaves out layers in between, the generic layer is put just
        before the last, where everything is in view. None if that does not help.
        """
        *_, claim = Claim.all_of(document, reading, graph_of)
        if not claim.graph.partial:
            return claim
        generic, last = document.layers or ("", "")
        if not last:
            return None

        def late(layer: Layer) -> Layer:
            return Layer(last, layer.offset - 1) if layer.letter == generic else layer

        moved = replace(reading, left=map_layers(reading.left, late), right=map_layers(reading.right, late))
        first, _ = window_of(document, moved).get(last, (0, 0))
        claim = Claim.of(moved, graph_of({last: (first, 0)}))
        return None if claim.graph.partial else claim

    @staticmethod
    def otherwise(document: Document, reading: Reading) -> Iterator[Claim]:
        """The claim over the document with known functions written out, if there are any. Raises GraphError.

        Then over the document without its cost, if the claim has nothing to do with it: what only the cost depends on
        out of view has all that depends on it in view.
        """
        for other, written in expanded(document, reading):
            yield Claim.of(written, CostGraph.build(other, window_of(other, written)))
        cost = document.cost
        parts = chain(walk(reading.left), walk(reading.right))
        if cost is not None and not any(isinstance(p, Tensor) and p.symbol == cost.symbol.symbol for p in parts):
            free = replace(document, cost=None)
            yield from Claim.all_of(free, reading, lambda window: CostGraph.build(free, window))

    @staticmethod
    def of(reading: Reading, graph: CostGraph) -> Claim:
        """The claim of a reading over a graph. Raises GraphError if it does not fit."""
        graph = graph.copy()
        names = index_names([reading.left, reading.right])
        left, right = graph.term(reading.left, names), graph.term(reading.right, names)
        graph.open_namesakes((left, right))
        free = tuple((name, graph.axis(index.axis)) for index, name in names.items())
        written = frozenset(key for key in graph.divided if graph.nodes[key].sign)
        return Claim(graph, free, left, right, written, {name: index for index, name in names.items()})


def doubt(statement: Statement) -> str | None:
    """Why a claim counts as not proved even if it follows from its graph; None if there is no such reason.

    A derivative is zero in a graph that lacks the definition that leads there, and 0 = 0 says nothing.
    """
    sides = (side for reading in statement.readings for side in (reading.left, reading.right))
    if statement.problem is not None and any(isinstance(part, Derivative) for side in sides for part in walk(side)):
        return statement.problem.message
    return "its head is zero, for nothing leads there: 0 = 0 proves nothing" if statement.vacuous else None


def mismatch(certificate: Mapping[str, Any], document: Document) -> str | None:
    """Why a (valid) certificate is not one of a claim of this document; None if it is.

    The document is elaborated again: graph and claim must be the certificate's own.
    """
    if document.problem is not None:
        return f"the document cannot be read: {document.problem.message}"
    about, made_for = certificate["statement"], certificate["document"]
    if not isinstance(about, dict) or not isinstance(made_for, dict):
        return "it does not say of which statement of which document it is"
    statement = next((s for s in document.statements if s.id == about.get("id")), None)
    if statement is None or made_for.get("sha256") != document.digest:
        return "it was made for another document, or another version of this one"
    if (statement.line, statement.latex) != (about.get("line"), about.get("latex")):
        return f"the statement {statement.id} of the document is another one"
    if statement.kind != "claim":
        return f"{statement.id} of the document claims nothing"
    if (why := doubt(statement)) is not None:
        return f"{statement.id} of the document is not proved by it: {why}"
    try:
        for reading in statement.readings:
            built = Claim.all_of(document, reading, lambda window: CostGraph.build(document, window))
            for claim in chain(built, Claim.otherwise(document, reading)):
                free = [list(pair) for pair in claim.free]
                own = {"free": free, "left": encode(claim.left), "right": encode(claim.right)}
                if certificate["claim"] == own and certificate["graph"] == claim.graph.data():
                    return None
    except (GraphError, Rejected, BudgetExceeded) as error:
        return f"{statement.id} of the document is not a claim that can be proved: {error}"
    return f"its graph or its claim is not that of {statement.id} in the document"
