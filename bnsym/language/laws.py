"""What roots, exp of a sum and log of a product fall into.

    √(ab) = √a √b        exp(Σ c m) = Π exp(m)^c        log(Π m^c) = Σ c log(m)

Guarantees: the parts are entries of tensors or functions, with the weights that they have in the term; a term that is
more than a sum of multiples of entries, or a product of powers of them, has none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from fractions import Fraction

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


def split(term: Term, root: int, sign: Callable[[str], str | None]) -> tuple[Term, Term]:
    """What can leave a root of a term (a reciprocal, if `root` is 1), and the rest; `sign` is that of an atom.

    Only whole powers leave (√(a³) = a √a), so that powers stay integers; but for sizes, which are never
    differentiated. A reciprocal also gives up what it divides by itself, 1/(1 + 1/a) = a/(a + 1), and its leading
    coefficient: 1/(2a + 2b) and 1/(a + b) share a node.
    """
    content, rest = outside(term, root, sign, ("positive", "nonzero") if root == 1 else ("positive",))
    if root == 1:
        leading = rest.monomials[max(rest.monomials)]
        return content.scale(leading), rest.scale(Fraction(1) / leading)
    return content, rest


def outside(
    term: Term, root: int, sign: Callable[[str], str | None], signs: Collection[str] = ("positive",)
) -> tuple[Term, Term]:
    """The atoms of these signs that can leave a root of a term, and what stays."""
    powers = [{c: p for c, p in m if not c[0] and sign(c[1][0][0]) in signs} for m in term.monomials]
    leaving = {}
    for atom in {c for known in powers for c in known}:
        size, common = atom[1][0][0][0] == "|", min(known.get(atom, 0) for known in powers)
        if all(atom in known for known in powers):
            leaving[atom] = common if size else common // root * root
        elif root == 1 and common < 0 and not size:
            leaving[atom] = common
    content = Term([(tuple(sorted((c, p) for c, p in leaving.items() if p)), 1)])
    return content, term * content**-1


def exact_power(value: Rational, exponent: Fraction) -> Fraction | None:
    """value ** exponent, if that is rational, found in floating point, and the value positive."""
    root = exponent.denominator
    if value <= 0 or max(value.numerator.bit_length(), value.denominator.bit_length()) > 1000:
        return None
    exact = Fraction(*(round(n ** (1 / root)) for n in (value.numerator, value.denominator)))
    return exact**exponent.numerator if exact**root == value else None
