r"""Under what a wrong line would be right: all γ equal, ε = 0, the weights of a sample adding up to one.

What multiplies the whole of what a line has too much is zero where the line is right; so are parameters that the line
treats as if they did not vary. Each condition goes through the prover as one more hypothesis of the graph. Of sizes
(N = 2, one unit) there is no proof for all instances: there the line was tried, and the condition says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from bnsym.calculus.factor import Factoring, without_sizes
from bnsym.kernel.rules import Free
from bnsym.kernel.term import Term
from bnsym.language.claim import Claim
from bnsym.language.expression import (
    Addition,
    Axis,
    Delta,
    Derivative,
    Expression,
    Function,
    Index,
    Mean,
    Number,
    Power,
    Product,
    Size,
    Sum,
    Symbol,
    Tensor,
    met_indices,
    walk,
)
from bnsym.language.latex import size_latex, to_latex
from bnsym.language.node import Node
from bnsym.refute.arrays import Frame, NoValue, agree
from bnsym.refute.closed import Closed
from bnsym.refute.frames import make_frames
from bnsym.verdict import Condition

LONGEST = 3  # terms of a condition
TRIED = 4  # instances at which a condition on a size is looked at
ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))

Holds = Callable[[Claim, Free, Term, Term], bool]


def find_conditions(
    claim: Claim, closed: Closed | None, factoring: Factoring, left: Expression, right: Expression, holds: Holds
) -> list[Condition]:
    """Conditions under which the claim, `left = right` as expressions, is true.

    `holds` says whether it is proved with one more hypothesis; `factoring` has the letters.
    """
    found = list(_parameters(claim, factoring, left, right, holds))
    if closed is not None:
        found += _factors(claim, closed.excess, factoring, holds)
    found += _sizes(claim, left, right)
    return list({condition.latex: condition for condition in found}.values())


def _right(frames: list[Frame], left: Expression, right: Expression) -> bool:
    try:
        return bool(frames) and all(agree(*frame.together(left, right)) for frame in frames)
    except (NoValue, ArithmeticError):
        return False


# ---------------------------------------------------------------- parameters


def _parameters(
    claim: Claim, factoring: Factoring, left: Expression, right: Expression, holds: Holds
) -> Iterator[Condition]:
    """Constants that would have to be zero, parameters that would have to be one, or all equal."""
    for node in claim.graph.nodes.values():
        symbol = node.symbol
        leaf = node.term is None and not node.function and not node.opaque
        if symbol is None or not leaf or any(axis.data for axis in node.axes):
            continue
        entry = Tensor(symbol, node.layer, tuple(_letters(node.axes, factoring)))
        shown = to_latex(entry)
        if not node.axes:
            value = ONE if node.sign else ZERO
            if _holds_where(claim, node, value, left, right, holds):
                yield Condition(f"{shown} = {to_latex(value)}", f"true if {shown} = {to_latex(value)}", True)
        elif len(node.axes) == 1:
            level = Tensor(Symbol(f"c_{{{node.key}}}", sign=symbol.sign), None, ())
            if _holds_where(claim, node, level, left, right, holds):
                _, another = _letters((*node.axes, *node.axes), factoring)
                other = Tensor(symbol, node.layer, (another,))
                yield Condition(f"{shown} = {to_latex(other)}", f"true if all {symbol.base} are equal", True)
            elif _holds_where(claim, node, ONE, left, right, holds):
                yield Condition(f"{shown} = 1", f"true if {shown} = 1", True)


def _holds_where(
    claim: Claim, node: Node, value: Expression, left: Expression, right: Expression, holds: Holds
) -> bool:
    """Whether the claim holds where all entries of a leaf have one value: in numbers, then by proof."""
    number = value.value if isinstance(value, Number) else None
    if not _right(make_frames(claim, level={node.key: number}), left, right):
        return False
    graph = claim.graph.copy()
    indices = [Index(f"i{n}", axis) for n, axis in enumerate(node.axes)]
    names = {index: index.name for index in indices}
    assert node.symbol is not None
    free = tuple((index.name, graph.axis(index.axis)) for index in indices)
    sides = (graph.term(Tensor(node.symbol, node.layer, tuple(indices)), names), graph.term(value, {}))
    return holds(Claim(graph, claim.free, claim.left, claim.right, claim.written, claim.names), free, *sides)


def _letters(axes: Iterable[Axis], factoring: Factoring) -> list[Index]:
    """Different letters of the document for some axes."""
    found: list[Index] = []
    for axis in axes:
        found.append(factoring.index(axis, {index.name for index in found}))
    return found


# ---------------------------------------------------------------- factors of the residual


def _factors(claim: Claim, excess: Expression, factoring: Factoring, holds: Holds) -> Iterator[Condition]:
    """Brackets that multiply all that a line has too much, and that leaves can make zero."""
    for bracket in dict.fromkeys(_brackets(excess)):
        if not _of_leaves(claim, bracket):
            continue
        graph = claim.graph.copy()
        indices = dict.fromkeys(met_indices(bracket))
        names = {index: index.name for index in indices}
        if len(set(names.values())) < len(names):
            continue
        free = tuple((index.name, graph.axis(index.axis)) for index in indices)
        wider = Claim(graph, claim.free, claim.left, claim.right, claim.written, claim.names)
        condition = without_sizes(graph.term(bracket, names))
        if holds(wider, free, condition, Term.number(0)):
            letters = dict(zip(names.values(), _letters((index.axis for index in names), factoring), strict=True))
            equation = _as_equation(factoring.expression(condition, letters))
            yield Condition(equation, f"true if {equation}", True)


def _brackets(excess: Expression) -> Iterator[Addition]:
    match excess:
        case Product(factors):
            for factor in factors:
                yield from _brackets(factor)
        case Sum(_, body) | Mean(_, body):
            yield from _brackets(body)
        case Addition(terms) if len(terms) <= LONGEST:
            yield excess


def _of_leaves(claim: Claim, bracket: Addition) -> bool:
    """Whether a bracket can be made zero by a choice of leaves and functions, and says something about them."""
    parts = list(walk(bracket))
    roots = (part for part in parts if isinstance(part, Power) and not isinstance(part.base, Size))
    if any(roots) or any(isinstance(part, Derivative | Delta) for part in parts):
        return False
    arguments = {id(t) for part in parts if isinstance(part, Function) for t in walk(part.argument)}
    entries = [part for part in parts if isinstance(part, Tensor) and id(part) not in arguments]
    nodes = [claim.graph.nodes.get(entry.key) for entry in entries]
    leaves = all(n is not None and n.term is None and not n.function and not n.opaque for n in nodes)
    data = any(index.axis.data for entry in entries for index in entry.indices)
    return leaves and bool(entries or arguments) and (not data or any(map(_is_constant, bracket.terms)))


def _is_constant(term: Expression) -> bool:
    return not any(isinstance(part, Tensor | Function) for part in walk(term))


def _as_equation(bracket: Expression) -> str:
    """a − b as a = b, a constant side on the right."""
    sides: tuple[list[str], list[str]] = ([], [])
    varies = [False, False]
    for term in bracket.terms if isinstance(bracket, Addition) else (bracket,):
        text = to_latex(term)
        negative = text.startswith("-")
        sides[negative].append(text[1:].lstrip() if negative else text)
        varies[negative] |= not _is_constant(term)
    left, right = (" + ".join(side) or "0" for side in sides)
    return f"{left} = {right}" if varies[0] else f"{right} = {left}"


# ---------------------------------------------------------------- sizes


def _sizes(claim: Claim, left: Expression, right: Expression) -> Iterator[Condition]:
    """Sizes at which the two sides agree in all instances that were tried, and are not zero there."""
    for axis in claim.graph.axes.values():
        size = 2 if axis.data else 1
        frames = make_frames(claim, sizes={axis.key: size}, count=TRIED)
        if _right(frames, left, right) and not _right(frames, left, ZERO):
            equation = f"{size_latex(axis)} = {size}"
            yield Condition(equation, f"right in all instances tried with {equation}", False)
