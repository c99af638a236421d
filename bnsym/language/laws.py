"""What exp of a sum and log of a product fall into: exp(Σ c m) = Π exp(m)^c, log(Π m^c) = Σ c log(m).

Guarantees: the parts are entries of tensors or functions, with the weights that they have in the term; a term that is
more than a sum of multiples of entries, or a product of powers of them, has none.
"""

from __future__ import annotations

from bnsym.kernel.rules import DERIVATIVE
from bnsym.kernel.term import DELTA, UNIT, Component, Factor, Monomial, Rational, Term

INVERSE = {"exp": "log", "log": "exp"}


def parts(function: str, term: Term) -> list[Factor]:
    """The entries m of a term with their weights c, as (name, indices, c); empty where there is no law."""
    pairs: list[tuple[Monomial, Rational]] = list(term.monomials.items())
    if function == "log":
        ((product, coefficient),) = pairs if len(pairs) == 1 else [(UNIT, 0)]
        pairs = [(((component, 1),), power) for component, power in product] if coefficient == 1 else []
    if any(len(monomial) != 1 or monomial[0][1] != 1 or not _is_entry(monomial[0][0]) for monomial, _ in pairs):
        return []
    return [(*monomial[0][0][1][0][:2], weight) for monomial, weight in pairs]


def _is_entry(component: Component) -> bool:
    axes, ((name, _, _), *_) = component
    return not axes and name != DELTA and name[0] not in (*DERIVATIVE, "|")
