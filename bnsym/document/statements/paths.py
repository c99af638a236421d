"""Whether a derivative has a path from its denominator to its numerator: without one it is zero, and proves nothing."""

from __future__ import annotations

from fractions import Fraction

from bnsym.document.meaning.dependencies import Dependencies
from bnsym.document.meaning.registry import Registry
from bnsym.language.expression import Addition, Derivative, Expression, Number, Symbol, walk
from bnsym.language.statement import Erratum, Reading


class Paths:
    """The paths between the nodes of a document, for one state of its definitions."""

    def __init__(self, registry: Registry, dependencies: Dependencies) -> None:
        self.registry, self.dependencies = registry, dependencies

    def connects(self, derivative: Derivative) -> bool:
        """Whether a path leads from the denominator to the numerator; the opaque cost is of its argument."""
        start, argument = derivative.numerator.symbol, self.registry.cost_argument
        if start == self.registry.cost:
            return argument is None or self.dependencies.connects(argument.symbol, derivative.denominator.symbol)
        return self.dependencies.connects(start, derivative.denominator.symbol)

    def errata(self, reading: Reading) -> tuple[Erratum, ...]:
        """A notice for every derivative without a path.

        A term of a sum that is differentiated may be constant, if another is not.
        """
        parts = [part for side in (reading.left, reading.right) for part in walk(side)]
        derivatives = dict.fromkeys(part for part in parts if isinstance(part, Derivative))
        lost = {part for part in derivatives if not self.connects(part)}
        sums = [{t for t in part.terms if isinstance(t, Derivative)} for part in parts if isinstance(part, Addition)]
        found = []
        for part in derivatives:
            beside = {t for terms in sums if part in terms for t in terms - lost}
            if part in lost and part.denominator not in {t.denominator for t in beside}:
                name = f"∂{part.numerator.key}/∂{part.denominator.key}"
                message = f"{name}: nothing leads from {part.denominator.key} to {part.numerator.key}"
                found.append(Erratum("no-path", message))
        return tuple(found)

    def unknown(self, reading: Reading) -> Symbol | None:
        """A symbol that is neither declared nor defined, in a derivative that has no path."""
        inferred = set(self.registry.inferred.values()) - {d.tensor.symbol for d in self.registry.definitions}
        lost = [
            part for side in (reading.left, reading.right) for part in _derivatives(side) if not self.connects(part)
        ]
        ends = (end.symbol for part in lost for end in (part.numerator, part.denominator))
        return next((symbol for symbol in ends if symbol in inferred), None)

    def is_vacuous(self, reading: Reading) -> bool:
        """Whether no derivative at the head has a path, and the claim is not that it is zero."""
        head = _derivatives(reading.left)
        zero = reading.right == Number(Fraction(0))
        return bool(head) and not zero and not any(map(self.connects, head))


def _derivatives(side: Expression) -> list[Derivative]:
    return [part for part in walk(side) if isinstance(part, Derivative)]
