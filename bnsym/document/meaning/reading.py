r"""One link of a chain: *head = this expression*, with every index explicit, in all the ways it can be read.

Two things leave a choice, and each choice is a reading of its own, in the order in which it is to be tried:
a data index that is left off beside factors that carry it, and a derivative of an intermediate that may be
the total or the direct one. An axis that the link has on its right side only makes it ill-formed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

from bnsym.document.errors import IllFormed, ReadError
from bnsym.document.meaning.contraction import Contraction, fixed_indices, flatten, strip_brackets
from bnsym.document.meaning.dependencies import Dependencies, Node
from bnsym.document.meaning.derivatives import is_constant
from bnsym.document.meaning.diagonals import off_diagonal, vectors
from bnsym.document.meaning.elaborate import Elaborator
from bnsym.document.meaning.scope import Diagonal, Scope, is_implicit, is_typed, is_unsettled, own, settle
from bnsym.document.meaning.variations import direct_where, settle_held, vary
from bnsym.document.notation.header import Notation
from bnsym.document.notation.naming import name_indices
from bnsym.document.syntax.tree import Name, Related
from bnsym.document.syntax.tree import Node as Tree
from bnsym.language.curve import Overgrown, put_in_place
from bnsym.language.expression import (
    Addition,
    Delta,
    Derivative,
    Expression,
    Function,
    Index,
    Mean,
    Number,
    Power,
    Product,
    Sum,
    Symbol,
    Tensor,
    free_indices,
    substitute,
    walk,
)
from bnsym.language.latex import to_latex
from bnsym.language.statement import Definition, Erratum, Reading


@dataclass(frozen=True)
class Sides:
    """A link before its letters are chosen; `varied` are the symbols whose differentials the left side is made of."""

    left: Expression
    right: Expression
    errata: tuple[Erratum, ...]
    varied: frozenset[Node] = frozenset()


def elaborate_link(
    elaborator: Elaborator, head: Tree, body: Tree, conditions: Sequence[Related] = (), *, defines: bool = False
) -> Sides:
    """Elaborate and contract both sides of `head = body`, which holds where its indices meet the conditions.

    The head of a definition takes the letter of its one axis that has none from the body. If the head is a number, the
    body equals it at each of its own indices. Where shapes do not fit, derivatives may be meant as rows.
    Raises `ReadError`.
    """
    try:
        return _sides(elaborator, head, body, conditions, defines=defines)
    except IllFormed as error:
        turned, other = elaborator.turned(), elaborator.laid_out_otherwise()
        with suppress(ReadError):
            if turned is not None:
                return _sides(turned, head, body, conditions, defines=defines)
        with suppress(ReadError):
            if other is not None:
                _sides(other, head, body, conditions, defines=defines)
                error.message += f'; in {other.layout} layout they do: [reading] has layout = "{other.layout}"'
        raise


def _sides(elaborator: Elaborator, head: Tree, body: Tree, conditions: Sequence[Related], *, defines: bool) -> Sides:
    scope = Scope()
    varied = elaborator.varied(head)
    if varied is not None:
        variation = vary(elaborator, varied, body, scope)
        sides = _elaborated(elaborator, flatten(variation.total), scope, body, conditions, defines=defines)
        return replace(sides, varied=variation.varied)
    left = flatten(elaborator.value(head, scope))
    if not is_constant(left):
        return _elaborated(elaborator, left, scope, body, conditions, defines=defines)
    scope = Scope()
    left = flatten(elaborator.value(body, scope))
    sides = _elaborated(elaborator, left, scope, head, conditions, defines=defines)
    return replace(sides, left=sides.right, right=sides.left)


def _elaborated(
    elaborator: Elaborator,
    left: Expression,
    scope: Scope,
    body: Tree,
    conditions: Sequence[Related],
    *,
    defines: bool,
) -> Sides:
    letters = frozenset(i.name for i in free_indices(left) if is_typed(i))
    here = Scope({name: axis for name, axis in scope.free.items() if name in letters}, head=letters)
    right = flatten(elaborator.value(body, here))
    left, right = _settle_layers(left, right, body.start)
    if defines and isinstance(left, Tensor):
        left = _take_letter(left, right, elaborator.errata)
    _no_new_letters(left, right, here, body.start)
    deltas: list[Expression] = []
    if isinstance(left, Derivative):
        left, deltas = off_diagonal(left, right)
        right = vectors(right) if deltas else right
    if any(isinstance(part, Diagonal) for side in (left, right) for part in walk(side)):
        message = 'write the indices of this diagonal matrix, diag(v)_{ij}, or declare products = "matrix" in [reading]'
        raise IllFormed(message, body.start)
    target = _target(left, right)
    contraction = Contraction(target, body.start)
    left, right = contraction.run(left), contraction.run(right)
    if deltas:
        right = Product((*deltas, right))
    _same_shape(left, right, body.start)
    values = elaborator.notation.values
    left, right = (_constant_tensors(strip_brackets(side), values) for side in (left, right))
    for factor in _restrictions(conditions, left, right):
        if defines:
            raise ReadError("a definition under a condition: write it with \\delta or with cases", body.start)
        left, right = Product((factor, left)), Product((factor, right))
    return Sides(left, right, tuple(elaborator.errata + contraction.errata))


def _take_letter(head: Tensor, body: Expression, errata: list[Erratum]) -> Tensor:
    r"""`\hat{x} = x_i - \mu` defines an entry of x̂: the head lacks the one letter of its axis."""
    free = free_indices(body)
    missing = [i for i in head.indices if not is_typed(i)]
    letters = [i for i in free - free_indices(head) if is_typed(i)]
    if len(missing) != 1 or len(letters) != 1 or missing[0].axis != letters[0].axis or missing[0] in free:
        return head
    message = f"{head.key} has no index over {missing[0].axis.key}; read at {letters[0].name}"
    errata.append(Erratum("missing-index", message))
    named = substitute(head, {missing[0]: letters[0]})
    assert isinstance(named, Tensor)
    return named


def _restrictions(conditions: Sequence[Related], left: Expression, right: Expression) -> Iterator[Expression]:
    """Conditions on free letters, each as a factor that is one where it holds and zero elsewhere."""
    free = {i.name: i for i in free_indices(left) | free_indices(right)}
    for said in conditions:
        first, second = (free.get(name.base) for name in (said.left, said.right) if isinstance(name, Name))
        if first is not None and second is not None and first.axis == second.axis:
            delta = Delta(first, second)
            equal = said.relation == "="
            yield delta if equal else Addition((Number(Fraction(1)), Product((Number(Fraction(-1)), delta))))


def _same_shape(left: Expression, right: Expression, at: int) -> None:
    """In matrix notation: no row or column on the right that the head does not have."""
    extra = sorted((i for i in free_indices(right) - free_indices(left) if i.name.startswith("§")), key=str)
    if extra:
        head = ", ".join(sorted(i.axis.key for i in free_indices(left))) or "a scalar"
        raise IllFormed(f"the shapes do not agree: there is an axis {extra[0].axis.key} here, the head has {head}", at)


def _constant_tensors(side: Expression, values: Mapping[Symbol, str]) -> Expression:
    """The entries of a declared tensor of ones, or of zeros, as numbers."""
    if isinstance(side, Tensor) and values.get(side.symbol) in ("ones", "zeros"):
        return Number(Fraction(values[side.symbol] == "ones"))
    if isinstance(side, Derivative):
        return side
    return side.rebuild(tuple(_constant_tensors(child, values) for child in side.children))


def _target(left: Expression, right: Expression) -> frozenset[Index]:
    if isinstance(left, Tensor | Derivative | Power | Function | Number):
        return free_indices(left)
    return fixed_indices(left) | fixed_indices(right)


def _settle_layers(left: Expression, right: Expression, at: int) -> tuple[Expression, Expression]:
    """Give the indices of a δ, written before anything fixed their layer, the axis of their letter."""
    free = free_indices(left) | free_indices(right)
    known = {i.name: i.axis for i in free if not is_unsettled(i)}
    left, right = settle(left, known), settle(right, known)
    for index in free_indices(left) | free_indices(right):
        if is_unsettled(index):
            raise IllFormed(f"the index {index.name} of \\delta ranges over {index.axis.name} at which layer?", at)
    return left, right


def _no_new_letters(left: Expression, right: Expression, scope: Scope, at: int) -> None:
    known = free_indices(left)
    for index in sorted(free_indices(right) - known, key=lambda i: i.name):
        if not is_typed(index):
            continue
        same = [i for i in known if i.name == index.name]
        if same:
            raise IllFormed(
                f"the index {index.name} ranges over {index.axis.key} here and over {same[0].axis.key} at the head"
                + scope.bindings(),
                at,
            )
        free = ", ".join(sorted(f"{i.name} over {i.axis.key}" for i in known if is_typed(i))) or "none"
        raise IllFormed(
            f"the index {index.name} is free here, and not at the head of the chain: bind it with a "
            f"\\sum_{index.name}, or write it on the left; the indices at the head: {free}" + scope.bindings(),
            at,
        )


# -- what is left implicit --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Slot:
    """A tensor that lacks the letter of an axis, and the index that it would take."""

    entry: Tensor
    missing: Index
    letter: Index

    @property
    def averaged(self) -> bool:
        return self.missing.axis.data


def readings(
    sides: Sides, at: int, dependencies: Dependencies, definitions: Sequence[Definition], notation: Notation
) -> tuple[Reading, ...]:
    """All readings of a link, the likeliest first."""

    def latex(side: Expression) -> str:
        return to_latex(side, definitions=definitions)

    found = _as_named(sides, at, dependencies, notation)
    written = [replace(reading, latex=f"{latex(reading.left)} = {latex(reading.right)}") for reading in found]
    return tuple(_placed(reading, at, notation) for reading in written)


def unwritten_readings(sides: Sides, at: int, dependencies: Dependencies, notation: Notation) -> Iterator[Reading]:
    """The readings without their LaTeX, each made when it is asked for."""
    return (_placed(reading, at, notation) for reading in _as_named(sides, at, dependencies, notation))


def _placed(reading: Reading, at: int, notation: Notation) -> Reading:
    """The reading with the functions of the document put in place."""
    try:
        left, right = (put_in_place(side, notation.curves) for side in (reading.left, reading.right))
    except Overgrown as error:
        raise ReadError(str(error), at) from None
    return replace(reading, left=left, right=right)


def _as_named(sides: Sides, at: int, dependencies: Dependencies, notation: Notation) -> Iterator[Reading]:
    """The readings with functions by their names, each made when it is asked for."""
    if sides.varied:
        sides = replace(sides, left=settle_held(sides.left, sides.varied, dependencies, at))
    target = free_indices(sides.right if is_constant(sides.left) else sides.left)
    slots = list(dict.fromkeys([*_slots(sides.left, target, at), *_slots(sides.right, target, at)]))
    choices = [s for s in slots if s.averaged]
    combinations = list(product((False, True), repeat=len(choices))) if len(choices) <= 3 else []
    if not combinations:
        combinations = [(False,) * len(choices), (True,) * len(choices)]
    indirect = not sides.varied and any(
        isinstance(part, Derivative) and part.total and dependencies.is_indirect(part)
        for side in (sides.left, sides.right)
        for part in walk(side)
    )
    for averaged, direct in product(combinations, (False, True) if indirect else (False,)):
        mean = {slot for slot, taken in zip(choices, averaged, strict=True) if taken}
        left, right = (_fill(side, slots, mean) for side in (sides.left, sides.right))
        if direct:
            left, right = (direct_where(side, dependencies.is_indirect) for side in (left, right))
        left, right = name_indices(left, right, notation)
        yield _reading(left, right, slots, mean, direct)


def _reading(left: Expression, right: Expression, slots: list[_Slot], mean: set[_Slot], direct: bool) -> Reading:
    choices, errata = [], []
    for slot in slots:
        name = slot.entry.key
        axis = slot.missing.axis
        if slot in mean:
            choices.append(f"{name} averaged over {axis.key}")
            errata.append(Erratum("missing-index", f"{name} has no index over {axis.key}; read as its mean"))
        elif is_typed(slot.letter):
            if slot.averaged:
                choices.append(f"{name} at {slot.letter.name}")
            message = f"{name} has no index over {axis.key}; read at {slot.letter.name}"
            errata.append(Erratum("missing-index", message))
    if direct:
        choices.append("direct partial derivatives, other nodes held")
        errata.append(
            Erratum("direct-partial", "derivatives of intermediates are read as direct: all other nodes are held")
        )
    return Reading(left, right, "", "; ".join(choices), tuple(errata))


def _slots(side: Expression, target: frozenset[Index], at: int) -> list[_Slot]:
    """The entries with an implicit index that is none of the head's, and the letters they would take."""
    slots: list[_Slot] = []

    def visit(part: Expression, around: tuple[Index, ...]) -> None:
        if isinstance(part, Sum | Mean):
            visit(part.body, (part.index, *around))
            return
        if isinstance(part, Tensor):
            for index in part.indices:
                if is_implicit(index) and index not in target:
                    slots.append(_Slot(part, index, _letter_for(part, index, around, target, at)))
        for child in part.children:
            visit(child, around)

    visit(side, ())
    return slots


def _letter_for(entry: Tensor, missing: Index, around: tuple[Index, ...], target: frozenset[Index], at: int) -> Index:
    candidates = [i for i in around if i.axis == missing.axis and is_typed(i)][:1]
    candidates = candidates or [i for i in target if i.axis == missing.axis and i not in entry.indices]
    if len(candidates) == 1:
        return candidates[0]
    axis = missing.axis.key
    if len(candidates) > 1:
        names = " or ".join(sorted(i.name for i in candidates))
        raise IllFormed(f"{entry.key} leaves its index over {axis} implicit: is it {names}?", at)
    heads = ", ".join(sorted(f"{i.name or 'an implicit index'} over {i.axis.key}" for i in target)) or "none"
    raise IllFormed(
        f"the axis {axis} of {entry.key} is on this side only, and is not summed in silence: write \\sum over it; "
        f"the indices at the head: {heads}",
        at,
    )


def _fill(side: Expression, slots: list[_Slot], mean: set[_Slot]) -> Expression:
    """Put the chosen letters, or means, in place of the indices that are missing."""
    if isinstance(side, Derivative):
        left, right = (_fill(child, slots, set()) for child in side.children)
        wanted = [s for s in mean if s.entry in (side.numerator, side.denominator)]
        if not wanted:
            return side.rebuild((left, right))
        return _averaged(side, wanted)
    if isinstance(side, Tensor):
        here = [s for s in slots if s.entry == side]
        taken = [s for s in here if s in mean]
        filled = substitute(side, {s.missing: s.letter for s in here if s not in mean})
        return _averaged(filled, taken)
    children = side.children
    return side.rebuild(tuple(_fill(child, slots, mean) for child in children)) if children else side


def _averaged(value: Expression, slots: list[_Slot]) -> Expression:
    for missing in dict.fromkeys(slot.missing for slot in slots):
        bound = own(missing.axis)
        value = Mean(bound, substitute(value, {missing: bound}))
    return value
