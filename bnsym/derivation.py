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
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

from bnsym import document as reader
from bnsym.calculus.certificate import certificate
from bnsym.calculus.derive import Derived, Deriver
from bnsym.calculus.prove import Prover
from bnsym.calculus.rewrite import Unreduced
from bnsym.calculus.symbolic import Partials, SymbolicGraph
from bnsym.kernel import Rejected
from bnsym.kernel.rules import Hypothesis
from bnsym.kernel.term import BudgetExceeded
from bnsym.language.claim import Claim
from bnsym.language.expression import Derivative, Expression, Layer, tensors
from bnsym.language.graph import CostGraph, GraphError
from bnsym.language.latex import to_latex
from bnsym.language.statement import Document, Erratum, Problem, Reading, Statement
from bnsym.language.window import Window
from bnsym.refute.counterexample import Counterexample, find_counterexample

VerdictName = Literal["proved", "refuted", "ill-formed", "undecided", "definition", "informal", "error"]


@dataclass(frozen=True)
class Proof:
    """Where a proof is to be found: the theorem `number` of a prover."""

    deriver: Deriver
    number: int


@dataclass(frozen=True)
class Result:
    """The verdict on one statement. LaTeX throughout; `reading` is the one the verdict is about."""

    statement: Statement
    verdict: VerdictName
    reading: str = ""
    hypotheses: tuple[str, ...] = ()
    errata: tuple[Erratum, ...] = ()
    residual: str | None = None
    counterexample: Counterexample | None = None
    suggestions: tuple[str, ...] = ()
    problem: Problem | None = None
    milliseconds: float = 0.0
    proof: Proof | None = None

    @property
    def is_claim(self) -> bool:
        return self.verdict not in ("definition", "informal")


@dataclass(frozen=True)
class Form:
    """A closed form that was found and proved: `latex` is the equation, `derived` has the expression."""

    derived: Derived
    latex: str


@dataclass(frozen=True)
class Induction:
    """A recursion together with its base case: what `symbol` is at every layer of every depth."""

    symbol: str
    base: str
    step: str


class Derivation:
    """A document with what can be said of it. Made by `read`."""

    def __init__(self, document: Document):
        self.document = document
        self._graphs: dict[tuple, CostGraph] = {}
        self._derivers: list[Deriver] = []
        self._partials: Partials = {}

    @property
    def statements(self) -> tuple[Statement, ...]:
        return self.document.statements

    @cached_property
    def letters(self) -> dict[str, list[str]]:
        """The document's index letters by the name of the axis."""
        letters: dict[str, list[str]] = {}
        for letter, axis in self.document.letters:
            letters.setdefault(axis, []).append(letter)
        return letters

    @cached_property
    def graph(self) -> SymbolicGraph:
        """The cost graph in SymPy: of the generic layer, and of the next one where a recursion leads there."""
        return SymbolicGraph(self._graph(self._windows()[0]))

    def _graph(self, window: Window) -> CostGraph:
        key = tuple(window.items())
        if key not in self._graphs:
            self._graphs[key] = CostGraph.build(self.document, window)
        return self._graphs[key]

    def _deriver(self, graph: CostGraph) -> Deriver:
        """A prover and what finds closed forms with it; shared by the claims of one graph."""
        order = (list(graph.nodes), list(graph.axes))
        for deriver in self._derivers:
            known = deriver.graph
            if known.nodes == graph.nodes and (list(known.nodes), list(known.axes)) == order:
                return deriver
        self._derivers.append(Deriver(Prover(graph, self._partials), self.letters))
        return self._derivers[-1]

    def latex(self, expression: Expression) -> str:
        """LaTeX in the document's own symbols."""
        return to_latex(expression, abbreviations=self.document.abbreviations)

    # ------------------------------------------------------------ verdicts

    def verify(self) -> list[Result]:
        """A result for every statement, in the order of the document. Computed once."""
        return self._results

    @cached_property
    def _results(self) -> list[Result]:
        return [self._judge(statement) for statement in self.statements]

    def _judge(self, statement: Statement) -> Result:
        start = perf_counter()
        written = statement.readings[0].latex if statement.readings else ""
        result = Result(statement, "error", written, errata=statement.errata, problem=statement.problem)
        if statement.kind != "claim":
            result = replace(result, verdict=statement.kind)
        elif self._incomplete(statement):
            result = replace(result, verdict="undecided")
        else:
            try:
                outcomes: list[Result] = []
                for reading in statement.readings:
                    rival = next((o.proof for o in outcomes if o.proof is not None), None)
                    outcomes.append(self._judge_reading(statement, reading, rival))
                    if outcomes[-1].verdict == "proved" and not reading.choice:
                        break
                result = _choose(statement, outcomes)
            except GraphError as error:
                result = replace(result, verdict="ill-formed", problem=Problem(statement.line, 1, str(error)))
            except (Rejected, Unreduced, BudgetExceeded) as error:
                result = replace(result, verdict="undecided", problem=Problem(statement.line, 1, f"too hard: {error}"))
        return replace(result, milliseconds=1000 * (perf_counter() - start))

    def _incomplete(self, statement: Statement) -> bool:
        """Whether a derivative has no path in what could be read, and something could not be: it may be the path."""
        errata = [*statement.errata, *(e for reading in statement.readings for e in reading.errata)]
        unread = any(s.kind in ("error", "ill-formed") for s in self.statements)
        return unread and any(e.kind == "no-path" for e in errata)

    def _judge_reading(self, statement: Statement, reading: Reading, rival: Proof | None) -> Result:
        """The verdict on one reading; `rival` is the proof of another reading, if there is one."""
        result = Result(statement, "undecided", reading.latex)
        claims = []
        for claim in Claim.all_of(self.document, reading, self._graph):
            claims.append(claim)
            deriver = self._deriver(claim.graph)
            if rival is not None and rival.deriver is deriver:
                # What is left of = is known to be the rival's right-hand side, which is easier to evaluate.
                theorem = deriver.prover.theory.theorems[rival.number]
                if (theorem.free, theorem.left) == (claim.free, claim.left):
                    found = find_counterexample(claim.graph, claim.free, theorem.right, claim.right)
                    if found is not None:
                        return replace(result, verdict="refuted", counterexample=found)
            if (proved := self._prove(result, claim, thorough=False)) is not None:
                return proved
        widest = claims[-1]
        found = find_counterexample(widest.graph, widest.free, widest.left, widest.right)
        if found is not None:
            return replace(result, verdict="refuted", counterexample=found, residual=self._residual(widest))
        for claim in claims:
            if (proved := self._prove(result, claim, thorough=True)) is not None:
                return proved
        return result

    def _prove(self, result: Result, claim: Claim, *, thorough: bool) -> Result | None:
        """The result with a proof of the claim and its hypotheses, if one is found."""
        deriver = self._deriver(claim.graph)
        number = deriver.prover.prove(claim.free, claim.left, claim.right, thorough=thorough)
        if number is None:
            return None
        hypotheses = sorted(deriver.prover.theory.theorems[number].hypotheses | claim.written)
        shown = tuple(dict.fromkeys(self._hypothesis(deriver, h) for h in hypotheses))
        return replace(result, verdict="proved", hypotheses=shown, proof=Proof(deriver, number))

    def _residual(self, claim: Claim) -> str | None:
        """What the right-hand side has too much, in the document's notation."""
        deriver = self._deriver(claim.graph)
        residual = deriver.prover.residual(claim.left, claim.right)
        if residual is None:
            return None
        return self.latex(deriver.factoring.expression(deriver.compacted(residual), claim.names))

    def _hypothesis(self, deriver: Deriver, hypothesis: Hypothesis) -> str:
        kind, *about = hypothesis
        if kind == "assumption":
            return self.document.hypotheses[int(about[0])].latex
        entry = self.latex(deriver.factoring.node(about[-1], base=True))
        if kind == "differentiable":
            return rf"{about[0]} \text{{ differentiable at }} {entry}"
        return rf"{entry} > 0" if kind == "positive" else rf"{entry} \neq 0"

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
        for result in self.verify():
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
        graph = self._graph(window)
        deriver = self._deriver(graph)
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
        opaque = [key for key, node in nodes.items() if node.opaque]
        ends = [
            key
            for key, node in nodes.items()
            if node.symbol and node.term is not None and not node.axes and not consumers[key]
        ]
        return next(iter([*opaque, *ends]), None)


def _choose(statement: Statement, outcomes: list[Result]) -> Result:
    """The reading that is proved, else the first; its errata say how the others fared."""
    chosen = next((k for k, o in enumerate(outcomes) if o.verdict == "proved"), 0)
    reading = statement.readings[chosen]
    others = [(r.choice, o.verdict) for r, o in zip(statement.readings, outcomes, strict=False) if r is not reading]
    fared = "".join(f"; {choice}: {verdict}" for choice, verdict in others if choice)
    told = f" ({reading.choice}: {outcomes[chosen].verdict}{fared})" if reading.choice and others else ""
    errata = tuple(replace(e, message=e.message + told) for e in reading.errata)
    return replace(outcomes[chosen], errata=statement.errata + errata)


def _plain(latex: str) -> str:
    return "".join(c for c in latex if c not in "{} ")


def read(path: str | Path, notation: str | Path | None = None) -> Derivation:
    """Read a document, with the notation of another file if that is given. Raises OSError only."""
    return Derivation(reader.read(path, notation))
