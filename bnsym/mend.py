"""What may stand in place of a line that is wrong, when it would be right, and how it compares with its neighbour.

Guarantees: what is suggested in place of a line that is refuted, or ill-formed, has been proved in its place.
It looks at numbers first, with NumPy: it is loaded once a line is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise

from bnsym.budget import TimeUp, limited
from bnsym.judge import Judge
from bnsym.kernel import Rejected
from bnsym.kernel.term import BudgetExceeded
from bnsym.language.claim import Claim
from bnsym.language.graph import GraphError
from bnsym.language.statement import Reading
from bnsym.refute.conditions import find_conditions
from bnsym.refute.frames import make_frames
from bnsym.refute.repair import Repair, aligned
from bnsym.verdict import Result


class Mender:
    """Mends the lines of one document, after a judge has judged them all; each within what is left of its time."""

    def __init__(self, judge: Judge):
        self.judge = judge

    def mended(self, results: list[Result]) -> list[Result]:
        """The results, in their order, with what can be said of those that are wrong."""
        repaired = [self._in_time(result, self._repaired) for result in results]
        pairs = pairwise(repaired)
        return repaired[:1] + [self._in_time(result, partial(self._beside, before)) for before, result in pairs]

    def _in_time(self, result: Result, improve: Callable[[Result], Result]) -> Result:
        """The result improved, if its time allows."""
        seconds = self.judge.seconds
        left = None if seconds is None else seconds - result.milliseconds / 1000
        if left is not None and left <= 0:
            return result
        try:
            with limited(left):
                return improve(result)
        except TimeUp:
            self.judge.forget()
            return result

    def _repaired(self, result: Result) -> Result:
        """The result, with right-hand sides that are proved in place of one that is refuted or ill-formed."""
        judge, statement, rewording = self.judge, result.statement, self.judge.document.rewording
        if not result.is_wrong:
            return result
        try:
            claim = self._widest(statement.readings[0]) if statement.readings else None
            whole = claim is not None and not claim.graph.partial
            # Of a line that mentions layers with others between them, the head alone is in view.
            if not whole and (blank := rewording.blank(statement.id)) is not None:
                claim = self._widest(blank)
            if claim is None or claim.graph.partial:
                return result
            closed = judge.closed(claim)
            repair = Repair(rewording, statement.id, make_frames(claim), partial(judge.holds, thorough=True), closed)
            result = replace(result, suggestions=tuple(repair.offers()))
            if result.verdict == "refuted" and whole:
                reading = statement.readings[0]
                factoring = judge.deriver(claim.graph).factoring
                conditions = find_conditions(claim, closed, factoring, reading.left, reading.right, judge.holds_under)
                result = replace(result, conditions=tuple(conditions))
            return result
        except (GraphError, Rejected, BudgetExceeded):
            return result

    def _widest(self, reading: Reading) -> Claim:
        """The claim of a reading with as much in view as there may be. Raises GraphError."""
        *_, claim = Claim.all_of(self.judge.document, reading, self.judge.graph)
        return claim

    def _beside(self, before: Result, result: Result) -> Result:
        """The result, with how the link compares with the one before it in its chain, where one of them is wrong."""
        verdicts = {before.verdict, result.verdict}
        if before.statement.chain != result.statement.chain or not {"refuted"} <= verdicts <= {"refuted", "proved"}:
            return result
        if len(verdicts) == 2:
            return replace(result, differs_from=before.statement.id)
        one, other = before.statement.readings[0], result.statement.readings[0]
        left = aligned(one, other)
        if left is not None and self.judge.holds(replace(other, left=left, latex="")):
            return replace(result, same_as=before.statement.id)
        return result
