"""The prover: both sides of a claim are rewritten until they meet, and the way there is the proof.

Two sides with one normal form are equal for all sizes. The prover is a client of the kernel: what it claims is
a theorem only if `Theory` replays it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from bnsym.calculus.normalize import STAGES, Normalizer
from bnsym.calculus.rewrite import MAX_WORK, QUICK_WORK, Unreduced, shortest
from bnsym.calculus.symbolic import Partials
from bnsym.kernel import Rejected, Term
from bnsym.kernel.rules import Free, Use, derivative_name
from bnsym.kernel.term import BudgetExceeded
from bnsym.language.graph import CostGraph

MAX_CUTS = 4


class Prover(Normalizer):
    """Proves equations over one cost graph."""

    def __init__(self, graph: CostGraph, partials: Partials | None = None):
        super().__init__(graph, partials)
        self._proved: dict[tuple[Free, Term, Term], int] = {}
        self.bound = ""  # what stopped the last attempt that did not come to an end

    def prove(self, free: Free, left: Term, right: Term, *, thorough: bool = True) -> int | None:
        """The number of a theorem left = right, or None if no attempt proves it.

        Unless `thorough`, derivatives of the cost are not unrolled to the end, and less is multiplied out: quick, but
        it may miss what holds because of something further downstream.
        """
        self.limit = MAX_WORK if thorough else QUICK_WORK
        equation = (free, left, right)
        if equation in self._proved:
            return self._proved[equation]
        self.note_powers(left)
        self.note_powers(right)
        for stop, keep in self._attempts(left, right, thorough):
            try:
                steps = self._connect(left, right, stop, keep)
                if steps is not None:
                    self._proved[equation] = self.record(free, left, right, steps)
                    return self._proved[equation]
            except (Unreduced, BudgetExceeded, Rejected) as error:
                self.bound = str(error)
        return None

    def _connect(self, left: Term, right: Term, stop: frozenset[str], keep: frozenset[str]) -> list[list[Use]] | None:
        """Steps from one side to the other, over the first term that both reach; None if there is none."""
        for stages in range(1, STAGES + 1):
            steps = shortest(*(self.rewritten(side, stop, keep, stages) for side in (left, right)))
            if steps is not None:
                return steps
        return None

    def normal_forms(self, left: Term, right: Term) -> tuple[Term, Term] | None:
        """Both sides in normal form, under the same bounds; None where none is reached.

        Their difference is what a wrong claim has too much; where that is long, nobody wants to read it.
        """
        self.limit = QUICK_WORK
        for stop, keep in self._attempts(left, right, True):
            try:
                there, back = (self.rewritten(side, stop, keep, STAGES) for side in (left, right))
                return there.current, back.current
            except (Unreduced, BudgetExceeded, Rejected) as error:
                self.bound = str(error)
        return None

    def _attempts(self, left: Term, right: Term, thorough: bool) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
        """What to leave alone, most first.

        Derivatives of the cost need not be unrolled beyond a node that every path from the nodes of the claim
        to the cost passes through: it is tried to stop there, nearest first. Contractions such as x = W u are
        unfolded last.
        """
        atoms = {n for n in left.names() | right.names() if n[0] == "∂" and self.opaque(self.parts(n)[0])}
        if right.names() & atoms:
            yield right.names() & atoms, self.contractions
        passed = [nodes for atom in atoms if (nodes := self._passed.get(self.parts(atom)[1])) is not None]
        if passed:
            ((cost, _), *_) = map(self.parts, atoms)
            shared = frozenset.intersection(*passed)
            common = shared - {self.parts(n)[1] for n in left.names() & atoms}
            for node in sorted(common, key=self.position.__getitem__)[:MAX_CUTS]:
                yield frozenset({derivative_name(cost, node)}), self.contractions
        if thorough or not passed:
            yield frozenset(), self.contractions
        if thorough:
            yield frozenset(), frozenset()

    @cached_property
    def _passed(self) -> dict[str, frozenset[str]]:
        """For each node the nodes that every path from it to the cost passes through, itself included.

        A node without a path is not there.
        """
        passed: dict[str, frozenset[str]] = {}
        for name in reversed(self.graph.nodes):  # consumers come after what they are made of
            onward = [passed[n] for n in self.theory.consumers[name] if n in passed]
            if name in self.theory.open:
                passed[name] = frozenset({name})
            elif onward:
                passed[name] = frozenset.intersection(*onward) | {name}
        return passed
