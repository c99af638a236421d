r"""Under what a wrong line would be right: all γ equal, ε = 0, the weights of a sample adding up to one.

What multiplies the whole of what a line has too much is zero where the line is right; so are parameters that the line
treats as if they did not vary. Each condition goes through the prover as one more hypothesis of the graph. Of sizes
(N = 2, one unit) there is no proof for all instances: there the line was tried, and the condition says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import chain

from bnsym.calculus.factor import Factoring, without_sizes
from bnsym.calculus.rewrite import Unreduced
from bnsym.kernel import Rejected
from bnsym.kernel.rules import FUNCTIONS
from bnsym.kernel.term import BudgetExceeded, Term
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
    free_indices,
    met_indices,
    walk,
)
from bnsym.language.latex import size_latex, to_latex
from bnsym.language.node import Node
from bnsym.refute.arrays import Frame, NoValue, agree
from bnsym.refute.closed import Closed
from bnsym.refute.frames import make_frames
from bnsym.refute.instances import EPSILON
from bnsym.refute.special import Given, Holds, ones, symmetric
from bnsym.verdict import Condition

LONGEST = 3  # terms of a condition
TRIED = 4  # instances at which a condition on a size is looked at
ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))


def find_conditions(
    claim: Claim, closed: Closed | None, factoring: Factoring, left: Expression, right: Expression, holds: Holds
) -> list[Condition]:
    """Conditions under which the claim, `left = right` as expressions, is true.

    `holds` says whether it is proved with some more hypotheses; `factoring` has the letters.
    """
    found = list(_parameters(claim, factoring, left, right, holds))
    if closed is not None:
        found += _factors(claim, closed, factoring, holds)
        found += _functions(claim, closed, factoring, holds) if not found else []
        found += chain.from_iterable(special(_wider(claim), closed, holds) for special in (symmetric, ones))
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
    """Constants and parameters that would have to be zero, or one, or all equal: the weakest that does."""
    for node in claim.graph.nodes.values():
        symbol = node.symbol
        leaf = node.term is None and not node.function and not node.opaque
        if symbol is None or not leaf or len(node.axes) > 1 or any(axis.data for axis in node.axes):
            continue
        level = Tensor(Symbol(f"c_{{{node.key}}}", sign=symbol.sign), None, ())
        known = [ONE] if node.sign else [ZERO, ONE] if node.axes else [ZERO]
        for value in [*([level] if node.axes else []), *known]:
            if not _holds_at(claim, node, value, left, right, holds):
                continue
            entry, another = _entries(symbol, node, factoring)
            equation = f"{to_latex(entry)} = {to_latex(another if value is level else value)}"
            words = f"true if all {symbol.base} are equal" if value is level else f"true if {equation}"
            yield Condition(equation, words, True)
            break


def _entries(symbol: Symbol, node: Node, factoring: Factoring) -> tuple[Tensor, Tensor]:
    """An entry of a tensor, and another one, in the letters of the document."""
    letters = _letters((*node.axes, *node.axes), factoring)
    first, second = letters[: len(node.axes)], letters[len(node.axes) :]
    return Tensor(symbol, node.layer, tuple(first)), Tensor(symbol, node.layer, tuple(second))


def _holds_at(claim: Claim, node: Node, value: Expression, left: Expression, right: Expression, holds: Holds) -> bool:
    """Whether the claim holds where all entries of a leaf have one value: in numbers, then by proof.

    That all is zero if a parameter is says nothing; of an ε it does.
    """
    assert node.symbol is not None
    number = value.value if isinstance(value, Number) else None
    frames = make_frames(claim, level={node.key: number})
    if not _right(frames, left, right) or (
        number == 0 and node.symbol.base not in EPSILON and _right(frames, left, ZERO)
    ):
        return False
    wider = _wider(claim)
    indices = [Index(f"i{n}", axis) for n, axis in enumerate(node.axes)]
    names = {index: index.name for index in indices}
    free = tuple((index.name, wider.graph.axis(index.axis)) for index in indices)
    entry, term = Tensor(node.symbol, node.layer, tuple(indices)), wider.graph.term(value, {})
    return holds(wider, [(free, wider.graph.term(entry, names), term)])


def _wider(claim: Claim) -> Claim:
    """The claim in a graph of its own, to which a condition may add leaves."""
    return replace(claim, graph=claim.graph.copy())


def _letters(axes: Iterable[Axis], factoring: Factoring) -> list[Index]:
    """Different letters of the document for some axes."""
    found: list[Index] = []
    for axis in axes:
        found.append(factoring.index(axis, {index.name for index in found}))
    return found


# ---------------------------------------------------------------- factors of the residual


def _factors(claim: Claim, closed: Closed, factoring: Factoring, holds: Holds) -> Iterator[Condition]:
    """What multiplies all that a line has too much, and can be zero."""
    for factor in dict.fromkeys(_brackets(closed.excess)):
        if not _may_vanish(claim, factor):
            continue
        wider = _wider(claim)
        indices = dict.fromkeys(met_indices(factor))
        names = {index: index.name for index in indices}
        if len(set(names.values())) < len(names):
            continue
        free = tuple((index.name, wider.graph.axis(index.axis)) for index in indices)
        condition = without_sizes(wider.graph.term(factor, names))
        given = [(free, _unfolded(condition, closed), Term.number(0))]
        if holds(wider, given) and not (_is_parameter(factor) and holds(replace(wider, right=Term.number(0)), given)):
            letters = dict(zip(names.values(), _letters((index.axis for index in names), factoring), strict=True))
            equation = _as_equation(factoring.expression(condition, letters))
            yield Condition(equation, f"true if {equation}", True)


def _unfolded(condition: Term, closed: Closed) -> Term:
    """A condition on what is defined as one on what it is made of, which is what the prover replaces."""
    prover = closed.deriver.prover
    try:
        return prover.reduce(condition, (), prover.contractions).current
    except (Unreduced, BudgetExceeded, Rejected):
        return condition


def _is_parameter(factor: Expression) -> bool:
    """Whether a factor being zero may leave nothing of the line at all."""
    return bool(free_indices(factor)) and not isinstance(factor, Addition)


def _brackets(excess: Expression) -> Iterator[Expression]:
    match excess:
        case Product(factors):
            for factor in factors:
                yield from _brackets(factor)
        case Mean(index, Tensor(indices=indices)) if index in indices:
            yield excess
        case Sum(_, body) | Mean(_, body):
            yield from _brackets(body)
        case Addition(terms) if len(terms) <= LONGEST:
            yield excess
        case Tensor():
            yield excess


def _may_vanish(claim: Claim, factor: Expression) -> bool:
    """Whether a factor can be made zero by a choice of leaves and functions, and says something about them.

    A tensor that is defined, and not data, may be zero by itself.
    """
    parts = list(walk(factor))
    roots = (part for part in parts if isinstance(part, Power) and not isinstance(part.base, Size))
    if any(roots) or any(isinstance(part, Derivative | Delta) for part in parts):
        return False
    arguments = {id(t) for part in parts if isinstance(part, Function) for t in walk(part.argument)}
    entries = [part for part in parts if isinstance(part, Tensor) and id(part) not in arguments]
    nodes = [claim.graph.nodes.get(entry.key) for entry in entries]
    if any(n is None or n.opaque or n.function for n in nodes):
        return False
    if any(n is not None and n.term is not None for n in nodes):
        # Of what is defined a statistic may be zero: a number, or what data have been summed over for.
        averaged = any(axis.data for axis in claim.graph.axes.values())
        units = [index for entry in entries for index in entry.indices if not index.axis.data]
        return isinstance(factor, Tensor) and len(factor.indices) == len(units) <= averaged
    data = any(index.axis.data for entry in entries for index in entry.indices)
    constant = isinstance(factor, Mean) or any(map(_is_constant, factor.children))
    return bool(entries or arguments) and (not data or constant)


def _is_constant(term: Expression) -> bool:
    return not any(isinstance(part, Tensor | Function) for part in walk(term))


def _as_equation(factor: Expression) -> str:
    """a − b as a = b, a constant side on the right."""
    sides: tuple[list[str], list[str]] = ([], [])
    varies = [False, False]
    for term in factor.terms if isinstance(factor, Addition) else (factor,):
        text = to_latex(term)
        negative = text.startswith("-")
        sides[negative].append(text[1:].lstrip() if negative else text)
        varies[negative] |= not _is_constant(term)
    left, right = (" + ".join(side) or "0" for side in sides)
    return f"{left} = {right}" if varies[0] else f"{right} = {left}"


# ---------------------------------------------------------------- functions


def _functions(claim: Claim, closed: Closed, factoring: Factoring, holds: Holds) -> Iterator[Condition]:
    """Activations that would have to be the identity: g(y) = y, g'(y) = 1, and no derivatives beyond."""
    differing = closed.right - closed.left
    nodes = claim.graph.nodes
    applied = [nodes[name].function for name in differing.names() if name in nodes]
    present = {function[0] for function in applied if function is not None}
    for function in sorted(present - FUNCTIONS.keys()):
        given: list[Given] = []
        shown = ""
        for node in nodes.values():
            if node.function and node.function[0] == function:
                names = [f"i{n}" for n in range(len(node.axes))]
                _, order, argument = node.function
                value = Term.tensor(argument, names) if order == 0 else Term.number(order == 1)
                free = tuple((name, axis.key) for name, axis in zip(names, node.axes, strict=True))
                given.append((free, Term.tensor(node.key, names), value))
                shown = shown or to_latex(factoring.node(argument))
        if holds(_wider(claim), given):
            name, layer = claim.graph.layered.get(function, (function, None))
            mark = name if layer is None else f"{name}^{{{layer}}}"
            yield Condition(rf"{mark}\left({shown}\right) = {shown}", f"true if {mark} is the identity", True)


# ---------------------------------------------------------------- sizes


def _sizes(claim: Claim, left: Expression, right: Expression) -> Iterator[Condition]:
    """Sizes at which the two sides agree in all instances that were tried, and are not zero there."""
    for axis in claim.graph.axes.values():
        size = 2 if axis.data else 1
        frames = make_frames(claim, sizes={axis.key: size}, count=TRIED)
        if _right(frames, left, right) and not _right(frames, left, ZERO):
            equation = f"{size_latex(axis)} = {size}"
            yield Condition(equation, f"right in all instances tried with {equation}", False)
