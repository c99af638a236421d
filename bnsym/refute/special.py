r"""Special cases in which a wrong line would be right: a matrix that is symmetric, a deviation or a norm that is one.

What multiplies the whole of what a line has too much and is zero where something is one, such as
1 - \frac{1}{\sigma^2}, tells what that is. That A is symmetric goes through the prover as one more hypothesis of the
graph, A = S + S^⊤.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from bnsym.kernel.rules import Free
from bnsym.kernel.term import Term
from bnsym.language.claim import Claim
from bnsym.language.expression import (
    Addition,
    Expression,
    Index,
    Mean,
    Number,
    Power,
    Product,
    Sum,
    Symbol,
    Tensor,
)
from bnsym.language.latex import to_latex
from bnsym.refute.closed import Closed
from bnsym.verdict import Condition

Given = tuple[Free, Term, Term]  # left = right for all values of the free indices
Holds = Callable[[Claim, Sequence[Given]], bool]


def symmetric(claim: Claim, closed: Closed, holds: Holds) -> Iterator[Condition]:
    """Square matrices that nothing defines, where the line holds if one is symmetric."""
    differing = closed.right - closed.left
    for node in list(claim.graph.nodes.values()):
        symbol = node.symbol
        leaf = node.term is None and not node.function and not node.opaque
        square = len(node.axes) == 2 and node.axes[0] == node.axes[1] and not node.axes[0].data
        if symbol is None or not leaf or not square or node.key not in differing.names():
            continue
        first, second = Index("i0", node.axes[0]), Index("i1", node.axes[1])
        half = Symbol(f"s_{{{node.key}}}")
        names = {first: "i0", second: "i1"}
        parts = Addition((Tensor(half, None, (first, second)), Tensor(half, None, (second, first))))
        free = tuple((name, claim.graph.axis(index.axis)) for index, name in names.items())
        entry = claim.graph.term(Tensor(symbol, node.layer, (first, second)), names)
        if holds(claim, [(free, entry, claim.graph.term(parts, names))]):
            name = symbol.key(node.layer)
            yield Condition(rf"{name} = {name}^\top", f"true if {name} is symmetric", True)


def ones(claim: Claim, closed: Closed, holds: Holds) -> Iterator[Condition]:
    """What is defined, positive or a sum of squares, where the line holds if that is one.

    It does if what the line has too much is proved to be a product with a factor that is zero then.
    """
    sums = (part for part in _multipliers(closed.excess) if isinstance(part, Addition))
    found = dict.fromkeys(value for part in sums if (value := _vanishes_at_one(part)) is not None)
    if not found:
        return
    names = {index: name for name, index in claim.names.items()}
    product = claim.graph.term(closed.excess, names)
    if holds(replace(claim, left=claim.right - claim.left, right=product), []):
        for value in found:
            equation = f"{to_latex(value)} = 1"
            yield Condition(equation, f"true if {equation}", True)


def _multipliers(excess: Expression) -> Iterator[Expression]:
    """The factors of the whole, those behind sums and means among them."""
    match excess:
        case Product(factors):
            for factor in factors:
                yield from _multipliers(factor)
        case Sum(_, body) | Mean(_, body):
            yield from _multipliers(body)
        case _:
            yield excess


def _vanishes_at_one(total: Expression) -> Expression | None:
    """The one tensor entry or sum that a difference is made of, if it is zero where that is one."""
    atoms = set(_atoms(total))
    if len(atoms) != 1:
        return None
    (atom,) = atoms
    return atom if _at_one(total, atom) == 0 else None


def _atoms(expression: Expression) -> Iterator[Expression]:
    if isinstance(expression, Tensor | Sum):
        yield expression
    else:
        for child in expression.children:
            yield from _atoms(child)


def _at_one(expression: Expression, atom: Expression) -> Fraction | None:
    """The value of an expression where an atom of it is one; None if it has another value too."""
    if expression == atom:
        return Fraction(1)
    values = [_at_one(child, atom) for child in expression.children]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    match expression:
        case Number(value):
            return value
        case Power() if known == [1]:
            return Fraction(1)
        case Addition():
            return sum(known, Fraction(0))
        case Product():
            product = Fraction(1)
            for value in known:
                product *= value
            return product
    return None
