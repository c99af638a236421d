"""What a line is about in closed form: its left-hand side, and what its right-hand side has too much of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from bnsym.calculus.derive import Deriver
from bnsym.calculus.rewrite import Unreduced
from bnsym.kernel import Rejected, Term
from bnsym.kernel.term import BudgetExceeded
from bnsym.language.claim import Claim
from bnsym.language.expression import Expression
from bnsym.language.graph import GraphError


@dataclass(frozen=True)
class Closed:
    """The two sides of a claim in normal form, and as a person would write them."""

    claim: Claim
    deriver: Deriver
    left: Term
    right: Term

    def _written(self, term: Term) -> Expression:
        return self.deriver.factoring.expression(self.deriver.compacted(term), self.claim.names)

    @property
    def wholes(self) -> Iterator[Expression]:
        """The left-hand side: in the basis that people use, in normal form, and with all that is named written out.

        The first may be the head of the line itself, which is no news.
        """
        yield self._written(self.left)
        yield self.deriver.factoring.expression(self.left, self.claim.names)
        with suppress(Unreduced, BudgetExceeded, Rejected):
            bare = self.deriver.prover.reduce(self.left)
            yield self.deriver.factoring.expression(bare.current, self.claim.names)

    @cached_property
    def excess(self) -> Expression:
        """right − left."""
        return self._written(self.right - self.left)

    def lacking(self, factor: Expression) -> Expression | None:
        """(left − right) / factor; None where the factor is no product of what can be divided by."""
        names = {index: name for name, index in self.claim.names.items()}
        graph = self.claim.graph.copy()
        try:
            inverse = graph.term(factor, names) ** -1
        except (GraphError, KeyError, ValueError):
            return None
        if len(graph.nodes) > len(self.claim.graph.nodes):
            return None
        return self._written((self.left - self.right) * inverse)
