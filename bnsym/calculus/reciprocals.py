"""What a node and its reciprocal are replaced by where no sum of its definition can lead."""

from __future__ import annotations

from collections.abc import Callable

from bnsym.calculus.rewrite import Oriented
from bnsym.kernel import Term
from bnsym.kernel.rules import Equation, Reference
from bnsym.kernel.term import Component, Monomial, Rational


def partial_fractions(
    key: str, reference: Reference, equation: Equation, invertible: Callable[[str], bool]
) -> list[Oriented]:
    """r = Σ_k c_k M_k where no sum can lead: partial fractions.

    With the largest M = A I, I the atoms that can be divided by (unless A is empty and there are others), they
    leave no monomial with A/r: positive powers of r are written out, A/r → (1 − Σ c_k M_k/r)/(cI). Where r is
    aA + bB, A and B atoms or B = 1, and A can be divided by, there is no B/(Ar) either, but (1/A − a/r)/b.
    """
    node = Term.tensor(key, [i for i, _ in equation.free])
    parts = equation.right.monomials
    whole = [m for m in parts if m and _free(Term([(m, 1)])) == _free(node)]
    if equation.left != node or not whole:
        return []
    largest = max(whole, key=lambda m: (sum(p for _, p in m), m))
    staying = [part for part in largest if part[0][0] or not invertible(part[0][1][0][0])]
    if not staying and len(parts) > 1:
        staying = [part for part in largest if part[1] > 0]
    sums = [part for part in staying if part[0][0]]
    if len(sums) > 1 or any(power != 1 for _, power in sums) or (len(parts) > 1 and not staying):
        return []
    factor = Term([(tuple(staying), 1)])
    rest = Term([(tuple(part for part in largest if part not in staying), parts[largest])])
    products = [(node, Term.number(1)), (factor * node**-1, (rest * node).scale(-1))]
    if len(parts) == 2:
        ((other, b),) = ((m, c) for m, c in parts.items() if m != largest)
        atoms = _atomic(largest) and (not other or _atomic(other))
        if atoms and all(map(invertible, factor.names())):
            products.append((Term([(other, 1)]) * (factor * node) ** -1, (node * factor).scale(-b)))
    return [Oriented(reference, equation, *_lead(product), scale) for product, scale in products]


def instead(reference: Reference, equation: Equation, atom: Component, power: Rational) -> list[Oriented]:
    """r^q = M, a product: a factor of M is replaced, and its reciprocal."""
    factor = Term([(((atom, power),), 1)])
    rest = equation.right * factor**-1
    return [
        Oriented(reference, equation, atom, power, rest.scale(-1)),
        Oriented(reference, equation, atom, -power, equation.left * factor),
    ]


def _free(term: Term) -> set[str]:
    return {i for _, indices, _ in term.factors() for i in indices if i[0] != "#"}


def _lead(product: Term) -> tuple[Component, Rational]:
    """A monomial with at most one sum, as what a rule looks for: the sum with the atoms as factors of it."""
    (monomial,) = product.monomials
    if len(monomial) == 1:
        return monomial[0]
    axes = tuple(axis for component, _ in monomial for axis in component[0])
    return (axes, tuple(product.factors())), 1


def _atomic(monomial: Monomial) -> bool:
    """Whether a monomial is a power of one atom, and not a reciprocal."""
    return len(monomial) == 1 and not monomial[0][0][0] and monomial[0][1] > 0
