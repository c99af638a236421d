"""A derivation: a document, its cost graph, and the verdict on each of its lines.

    derivation = bnsym.read("batch_norm.md")
    for result in derivation.verify(): print(result.statement.id, result.verdict)
    for form in derivation.derive("W"): print(form.latex)

Guarantees: a claim is `proved` only if the kernel replayed its proof, `refuted` only with a counterexample
whose two sides are provably different numbers; everything else is `undecided`. A bad document never raises:
its problems are in the results.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bnsym import document as reader
from bnsym.calculus.certificate import certificate
from bnsym.calculus.derive import Derived, Deriver
from bnsym.calculus.rewrite import Unreduced
from bnsym.calculus.symbolic import SymbolicGraph
from bnsym.judge import Judge
from bnsym.kernel import Rejected
from bnsym.language.expression import Derivative, Expression, Layer, tensors
from bnsym.language.statement import AUXILIARY, Document, Statement
from bnsym.language.window import Window
from bnsym.verdict import Induction, Result


@dataclass(frozen=True)
class Form:
    """A closed form that was found and proved: `latex` is the equation, `derived` has the expression."""

    derived: Derived
    latex: str


class Derivation:
    """A document with what can be said of it. Made by `read`."""

    def __init__(self, document: Document, *, timeout: float | None = None):
        self.document = document
        self.judge = Judge(document, timeout)

    @property
    def statements(self) -> tuple[Statement, ...]:
        return self.document.statements

    @property
    def letters(self) -> dict[str, list[str]]:
        """The document's index letters by the name of the axis."""
        return self.judge.letters

    def latex(self, expression: Expression) -> str:
        """LaTeX in the document's own symbols."""
        return self.judge.latex(expression)

    @cached_property
    def graph(self) -> SymbolicGraph:
        """The cost graph in SymPy: of the generic layer, and of the next one where a recursion leads there."""
        return SymbolicGraph(self.judge.graph(self._windows()[0]))

    # ------------------------------------------------------------ verdicts

    def verify(self, *, repairs: bool = True) -> list[Result]:
        """A result for every statement, in the order of the document. Computed once.

        Without `repairs` nothing more is said of what is wrong than the residual and a counterexample: what may stand
        in its place, under what it would be right, and how the links of a chain compare, takes longer than verdicts.
        """
        return self._repaired if repairs else self._verdicts

    @cached_property
    def _verdicts(self) -> list[Result]:
        return [self.judge.judge(statement) for statement in self.statements]

    @cached_property
    def _repaired(self) -> list[Result]:
        if not any(result.is_wrong for result in self._verdicts):
            return self._verdicts
        from bnsym.mend import Mender  # needs NumPy

        return Mender(self.judge).mended(self._verdicts)

    # ------------------------------------------------------------ what follows from the verdicts

    def certificate(self, result: Result) -> dict[str, Any]:
        """The certificate of a proved claim, as data. Raises ValueError for anything else."""
        if result.proof is None:
            raise ValueError(f"{result.statement.id} is {result.verdict}: only what is proved has a certificate")
        return certificate(self.document, result.statement, result.proof.deriver.prover, result.proof.number)

    def inductions(self) -> list[Induction]:
        """Recursions that are proved together with their base case.

        A step says what ∂C/∂n is at the generic layer by ∂C/∂n at the next one, a base what it is at the last
        layer; together they hold at every layer of every depth.
        """
        steps, bases = {}, {}
        for result in self.verify(repairs=False):
            if result.verdict != "proved" or not result.statement.readings:
                continue
            reading = result.statement.readings[0]
            head = reading.left
            if isinstance(head, Derivative) and head.denominator.layer and self.document.layers:
                symbol, layer = head.denominator.symbol, head.denominator.layer
                rest = {(t.symbol, t.layer) for t in tensors(reading.right)}
                if layer == Layer(self.document.layers[0]) and (symbol, layer.shift(1)) in rest:
                    steps[symbol] = (result.statement.id, self.latex(head))
                elif layer == Layer(self.document.layers[1]):
                    bases[symbol] = result.statement.id
        return [Induction(name, bases[symbol], step) for symbol, (step, name) in steps.items() if symbol in bases]

    # ------------------------------------------------------------ closed forms

    def derive(self, symbol: str | None = None) -> list[Form]:
        """The closed forms of the cost's derivatives, found and proved; `symbol` selects one by its LaTeX.

        They are taken by every leaf of the generic layer and by every tensor that an abbreviation
        differentiates by, at the generic and at the last layer, in terms of the abbreviations; a symbol that is
        asked for may be any tensor. Raises ValueError if there is no such derivative, or none can be found.
        """
        try:
            forms = [form for window in self._windows() for form in self._forms(window, symbol)]
        except (Rejected, Unreduced) as error:
            raise ValueError(str(error)) from error
        if not forms:
            raise ValueError(
                f"there is no derivative of the cost by {'anything' if symbol is None else repr(symbol)} to be found"
            )
        return forms

    def _windows(self) -> list[Window]:
        if self.document.layers is None:
            return [{}]
        generic, last = self.document.layers
        # Without an abbreviation such as Δ to stop at, a derivative ends at the output of its own layer.
        return [{generic: (0, 1 if self.document.abbreviations else 0)}, {last: (0, 0)}]

    def _forms(self, window: Window, wanted: str | None) -> Iterator[Form]:
        graph = self.judge.graph(window)
        deriver = self.judge.deriver(graph)
        cost = self._cost(deriver)
        heads = {d.body.denominator.symbol for d in self.document.abbreviations if isinstance(d.body, Derivative)}
        cuts = [key for key, node in graph.nodes.items() if node.symbol in heads]
        letter = next(iter(window), "")
        first = window == self._windows()[0]
        here = (None, Layer(letter)) if first else (Layer(letter),)
        for key, node in list(graph.nodes.items()):
            if cost is None or key == cost or node.symbol is None or node.layer not in here:
                continue
            leaf = node.term is None and first
            asked = leaf or key in cuts if wanted is None else _plain(key) == _plain(wanted)
            if asked and key not in deriver.prover.theory.open:
                derived = deriver.derive(cost, key, [cut for cut in cuts if cut != key])
                yield Form(derived, f"{self.latex(derived.derivative)} = {self.latex(derived.expression)}")

    def _cost(self, deriver: Deriver) -> str | None:
        """The opaque cost, or the scalar that the document defines and nothing consumes."""
        nodes, consumers = deriver.graph.nodes, deriver.prover.theory.consumers
        opaque = [key for key, node in nodes.items() if node.opaque and key not in deriver.graph.cut]
        ends = [
            key
            for key, node in nodes.items()
            if node.symbol and node.symbol.base != AUXILIARY and node.term is not None
            if not node.axes and not consumers[key]
        ]
        return next(iter([*opaque, *ends]), None)


def _plain(latex: str) -> str:
    return "".join(c for c in latex if c not in "{} ")


def read(path: str | Path, notation: str | Path | None = None, *, timeout: float | None = None) -> Derivation:
    """Read a document, with the notation of another file if that is given. Raises OSError only.

    A claim that takes more than `timeout` seconds is undecided; that can be had in the main thread only.
    """
    return Derivation(reader.read(path, notation), timeout=timeout)
