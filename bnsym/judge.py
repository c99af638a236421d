"""The verdict on one line of a document.

Guarantees: a claim is `proved` only if the kernel replayed its proof, `refuted` only with a counterexample
whose two sides are provably different numbers; everything else is `undecided`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from itertools import chain, islice
from time import perf_counter

from bnsym.budget import TimeUp, limited
from bnsym.calculus.derive import Deriver
from bnsym.calculus.prove import Prover
from bnsym.calculus.rewrite import Unreduced
from bnsym.calculus.symbolic import Partials
from bnsym.collector import uncollected
from bnsym.kernel import Rejected, Term
from bnsym.kernel.data import encode
from bnsym.kernel.rules import Free, Hypothesis
from bnsym.kernel.term import BudgetExceeded
from bnsym.language.claim import Claim, doubt
from bnsym.language.expression import Expression, tensors
from bnsym.language.graph import CostGraph, GraphError
from bnsym.language.latex import to_latex
from bnsym.language.statement import Definition, Document, Problem, Reading, Statement
from bnsym.language.window import Layering, Window
from bnsym.refute.closed import Closed
from bnsym.refute.counterexample import find_counterexample
from bnsym.refute.obstacle import obstacle
from bnsym.verdict import Proof, Result


class Judge:
    """Judges the statements of one document; graphs, provers and derivatives are shared between them.

    A claim that takes more than `seconds`, if that is given, is undecided.
    """

    def __init__(self, document: Document, seconds: float | None = None):
        self.document, self.seconds = document, seconds
        self._graphs: dict[tuple, CostGraph] = {}
        self._derivers: list[Deriver] = []
        self._hypotheses: dict[tuple[Deriver, Hypothesis], str] = {}
        self._partials: Partials = {}
        self._curves: dict[str, int] = {}  # how many derivatives of each function are proved to be that
        self._slopes: dict[Definition, bool] = {}  # whether each is proved to be what it was written out to

    @cached_property
    def _layering(self) -> Layering:
        return Layering(self.document)

    @cached_property
    def letters(self) -> dict[str, list[str]]:
        """The document's index letters by the name of the axis."""
        letters: dict[str, list[str]] = {}
        for letter, axis in self.document.letters:
            letters.setdefault(axis, []).append(letter)
        return letters

    def graph(self, window: Window) -> CostGraph:
        key = tuple(window.items())
        if key not in self._graphs:
            self._graphs[key] = CostGraph.build(self.document, window, layering=self._layering)
        return self._graphs[key]

    def deriver(self, graph: CostGraph) -> Deriver:
        """A prover and what finds closed forms with it; shared by the claims of one graph."""
        order = (list(graph.nodes), list(graph.axes), graph.opened)
        for deriver in self._derivers:
            known = deriver.graph
            if known.nodes == graph.nodes and (list(known.nodes), list(known.axes), known.opened) == order:
                return deriver
        self._derivers.append(Deriver(Prover(graph, self._partials), self.letters))
        return self._derivers[-1]

    def latex(self, expression: Expression) -> str:
        """LaTeX in the document's own symbols."""
        return to_latex(expression, definitions=self.document.spelled)

    # ------------------------------------------------------------ verdicts

    def judge(self, statement: Statement) -> Result:
        """The verdict on a statement."""
        start = perf_counter()
        written = statement.readings[0].latex if statement.readings else ""
        result = Result(statement, "error", written, errata=statement.errata, problem=statement.problem)
        if statement.kind != "claim":
            result = replace(result, verdict=statement.kind)
        elif statement.problem is not None and doubt(statement) is not None:
            result = replace(result, verdict="undecided")
        else:
            try:
                with limited(self.seconds), uncollected():
                    result = self._doubted(self._judge_claim(statement))
            except GraphError as error:
                result = replace(result, verdict="ill-formed", problem=Problem(statement.line, 1, str(error)))
            except (Rejected, Unreduced, BudgetExceeded) as error:
                stopped = Problem(statement.line, 1, f"a bound was reached: {error}")
                result = replace(result, verdict="undecided", problem=stopped)
            except TimeUp:
                self.forget()
                stopped = Problem(statement.line, 1, f"it was not decided within {self.seconds:g} s")
                result = replace(result, verdict="undecided", problem=stopped)
        return replace(result, milliseconds=1000 * (perf_counter() - start))

    def _judge_claim(self, statement: Statement) -> Result:
        outcomes: list[Result] = []
        for reading in statement.readings:
            rival = next((o.proof for o in outcomes if o.proof is not None), None)
            outcomes.append(self._judge_reading(statement, reading, rival))
            if outcomes[-1].verdict == "proved" and not reading.choice:
                break
        return _choose(statement, outcomes)

    def forget(self) -> None:
        """Drop what is shared: it may be half made."""
        self._graphs.clear()
        self._derivers.clear()
        self._hypotheses.clear()
        self._partials = {}

    @staticmethod
    def _doubted(result: Result) -> Result:
        """What rests on what could not be read holds for any, if it is proved; it is never refuted.

        That a derivative without a path is another one, or nothing, proves nothing.
        """
        statement = result.statement
        if result.verdict == "proved" and (why := doubt(statement)) is not None:
            problem = Problem(statement.line, 1, why)
            return replace(result, verdict="undecided", hypotheses=(), proof=None, problem=problem)
        basis = statement.problem or statement.unsettled
        if result.verdict != "refuted" or basis is None:
            return result
        return replace(result, verdict="undecided", counterexample=None, residual=None, problem=basis)

    def _judge_reading(self, statement: Statement, reading: Reading, rival: Proof | None) -> Result:
        """The verdict on one reading; `rival` is the proof of another reading, if there is one."""
        result = Result(statement, "undecided", reading.latex)
        if (unproved := self._unproved_slope(reading)) is not None:
            stopped = f"it is not proved what {unproved} comes to, which is differentiated again"
            return replace(result, problem=Problem(statement.line, 1, stopped))
        if (curve := self._unproved_curve()) is not None:
            stopped = f"it is not proved what the derivative of {curve} is"
            return replace(result, problem=Problem(statement.line, 1, stopped))
        claims = []
        for claim in Claim.all_of(self.document, reading, self.graph):
            claims.append(claim)
            deriver = self.deriver(claim.graph)
            if rival is not None and rival.deriver is deriver and not claim.graph.partial:
                # What is left of = is known to be the rival's right-hand side, which is easier to evaluate.
                theorem = deriver.prover.theory.theorems[rival.number]
                if (theorem.free, theorem.left) == (claim.free, claim.left):
                    found = find_counterexample(claim.graph, claim.free, theorem.right, claim.right)
                    if found is not None:
                        return replace(result, verdict="refuted", counterexample=found)
            if (proved := self._prove(result, claim, thorough=False)) is not None:
                return proved
        found, notes = None, list[str]()
        last = Claim.refutable(self.document, reading, self.graph)
        if last is not None:
            found = find_counterexample(last.graph, last.free, last.left, last.right, notes=notes)
        if found is not None:
            return replace(result, verdict="refuted", counterexample=found, residual=self._residual(claims[-1]))
        for claim in chain(claims, Claim.otherwise(self.document, reading)):
            if (proved := self._prove(result, claim, thorough=True)) is not None:
                return proved
        stopped = obstacle(claims[-1], self.deriver(claims[-1].graph), self.latex, notes)
        return replace(result, problem=Problem(statement.line, 1, stopped))

    def _unproved_slope(self, reading: Reading) -> str | None:
        """A derivative that the reading differentiates again, if it is not proved to be what it was written out to."""
        used = {tensor.symbol for side in (reading.left, reading.right) for tensor in tensors(side)}
        for slope in self.document.slopes:
            if slope.tensor.symbol not in used:
                continue
            if slope not in self._slopes:
                self._slopes[slope] = self.holds(Reading(slope.body, slope.tensor, ""), thorough=True)
            if not self._slopes[slope]:
                return self.latex(slope.body)
        return None

    def _unproved_curve(self) -> str | None:
        """A function that the document defines of which a derivative is in use, and is not proved to be that."""
        for name, curve in self.document.curves.items():
            for definition, reading in islice(curve.claims(), self._curves.get(name, 0), None):
                alone = replace(
                    self.document, statements=(), definitions=(definition,), abbreviations=(), hypotheses=(), cost=None,
                    layers=None, slopes=(), curves={},
                )  # fmt: skip
                if not Judge(alone).holds(reading, thorough=True):
                    return name
                self._curves[name] = self._curves.get(name, 0) + 1
        return None

    def _prove(self, result: Result, claim: Claim, *, thorough: bool) -> Result | None:
        """The result with a proof of the claim and its hypotheses, if one is found."""
        deriver = self.deriver(claim.graph)
        number = deriver.prover.prove(claim.free, claim.left, claim.right, thorough=thorough)
        if number is None:
            return None
        theory = deriver.prover.theory
        hypotheses = _strongest(deriver.graph, theory.theorems[number].hypotheses | theory.suppose(claim.written))
        shown = tuple(dict.fromkeys(self._shown(deriver, h) for h in hypotheses))
        return replace(result, verdict="proved", hypotheses=shown, proof=Proof(deriver, number))

    def _residual(self, claim: Claim) -> str | None:
        """What the right-hand side has too much, in the document's notation; None if no normal form is reached."""
        try:
            closed = self.closed(claim)
            return None if closed is None else self.latex(closed.excess)
        except (Rejected, Unreduced, BudgetExceeded):
            return None

    def closed(self, claim: Claim) -> Closed | None:
        """The normal forms of a claim's sides as expressions; None if none are reached."""
        deriver = self.deriver(claim.graph)
        forms = deriver.prover.normal_forms(claim.left, claim.right)
        return None if forms is None else Closed(claim, deriver, *forms)

    def holds(self, reading: Reading, *, thorough: bool = False) -> bool:
        """Whether a reading is proved; unless `thorough`, quickly."""
        result = Result(Statement("", 0, "", "claim"), "undecided")
        try:
            if self._unproved_curve() is not None:
                return False
            claims = []
            for claim in Claim.all_of(self.document, reading, self.graph):  # wider windows only where they are needed
                if self._prove(result, claim, thorough=False) is not None:
                    return True
                claims.append(claim)
            return thorough and any(self._prove(result, claim, thorough=True) is not None for claim in claims)
        except (GraphError, Rejected, Unreduced, BudgetExceeded):
            return False

    def holds_under(self, claim: Claim, given: Iterable[tuple[Free, Term, Term]]) -> bool:
        """Whether a claim is proved if some equations left = right are more hypotheses of its graph."""
        graph = claim.graph.copy()
        for free, left, right in given:
            data = {"free": [list(pair) for pair in free], "left": encode(left), "right": encode(right)}
            graph.hypotheses.append(data)
        try:
            return Prover(graph, self._partials).prove(claim.free, claim.left, claim.right) is not None
        except (Rejected, Unreduced, BudgetExceeded):
            return False

    def _shown(self, deriver: Deriver, hypothesis: Hypothesis) -> str:
        """The LaTeX of a hypothesis, made once."""
        known = (deriver, hypothesis)
        if known not in self._hypotheses:
            self._hypotheses[known] = self._hypothesis(deriver, hypothesis)
        return self._hypotheses[known]

    def _hypothesis(self, deriver: Deriver, hypothesis: Hypothesis) -> str:
        kind, *about = hypothesis
        if kind == "assumption":
            return self.document.hypotheses[int(about[0])].latex
        entry = self.latex(deriver.factoring.node(about[-1], base=True))
        if kind == "differentiable":
            return rf"{about[0]} \text{{ differentiable at }} {entry}"
        return rf"{entry} > 0" if kind == "positive" else rf"{entry} \neq 0"


def _strongest(graph: CostGraph, hypotheses: frozenset[Hypothesis]) -> list[Hypothesis]:
    """Sorted, without those that another one implies: the base of a root that is positive is not zero."""

    def about(name: str) -> str | Term | None:
        node = graph.nodes[name]
        return node.term if node.root else name

    positive = {about(h[1]) for h in hypotheses if h[0] == "positive"}
    return sorted(h for h in hypotheses if h[0] != "nonzero" or about(h[1]) not in positive)


def _choose(statement: Statement, outcomes: list[Result]) -> Result:
    """The reading that is proved, else the first; its errata say how the others fared."""
    chosen = next((k for k, o in enumerate(outcomes) if o.verdict == "proved"), 0)
    reading = statement.readings[chosen]
    others = [(r.choice, o.verdict) for r, o in zip(statement.readings, outcomes, strict=False) if r is not reading]
    fared = "".join(f"; {choice}: {verdict}" for choice, verdict in others if choice)
    told = f" ({reading.choice}: {outcomes[chosen].verdict}{fared})" if reading.choice and others else ""
    errata = tuple(replace(e, message=e.message + told) for e in reading.errata)
    return replace(outcomes[chosen], errata=statement.errata + errata)
