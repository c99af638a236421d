"""Index terms, canonical by construction: two terms that are equal as polynomials compare equal.

A term is a polynomial with rational coefficients. Its monomials are multisets of *components*: a free atom
(a tensor entry without bound index, with an integer or, where its sign allows, a rational power), or a sum
over bound indices that hang together through their factors. Multiplication merges multisets; only binding
an index needs labelling, and a component's bound indices are labelled canonically, so that Σ_s x_s y_s is
one object however it was written.

Guarantees: every operation returns a canonical term; an index from outside never equals an internal one, so
nothing can be captured; Σ_t δ_{st} f(t) is f(s) and Σ_t 1 is the size of the axis as soon as they are built.
Terms know nothing of types: `bnsym.kernel.rules` checks what enters a proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from fractions import Fraction
from functools import lru_cache, reduce
from itertools import count, groupby

Rational = int | Fraction  # whole numbers are kept as int, which is faster
Factor = tuple[str, tuple[str, ...], Rational]  # name, indices, power
Component = tuple[tuple[str, ...], tuple[Factor, ...]]  # axes of the bound indices #0, #1, …; factors
Monomial = tuple[tuple[Component, Rational], ...]  # sorted; the power of a sum is a positive integer
Binder = tuple[str, str]  # index, axis

DELTA = "δ"
UNIT: Monomial = ()
MAX_POWER = 64
LABELLING_BUDGET = 100_000  # factors looked at, after the cube of the number of bound indices


class BudgetExceeded(ValueError):
    """A component is too symmetric, or too large, to be labelled within the budget; nothing is decided."""


def plain(value: Rational) -> Rational:
    return int(value) if value.denominator == 1 else value


# ---------------------------------------------------------------- indices: outside, fresh ($n), bound (#n)

_counter = count()
_minted = -1


def fresh() -> str:
    """An index that no term contains yet."""
    global _minted
    number = next(_counter)
    _minted = max(_minted, number)
    return f"${number}"


def check_index(name: str) -> str:
    """Admit an index to a term: a name from outside, or a fresh one that was handed out before.

    Raises ValueError for a name that looks internal but is not: a later fresh index could equal it.
    """
    if not name or name[0] == "#" or (name[0] == "$" and not (name[1:].isdecimal() and int(name[1:]) <= _minted)):
        raise ValueError(f"{name!r} is not an index")
    return name


# ---------------------------------------------------------------- canonical labelling of one component

Colour = dict[str, int]  # what is known so far of each bound index: equal colours look alike


def _look(factors: Iterable[Factor], colour: Colour) -> list[tuple]:
    """The factors with colours in place of bound indices."""
    return [(n, tuple((colour.get(i, 0), "" if i in colour else i) for i in ix), p) for n, ix, p in factors]


def _refine(colour: Colour, factors: tuple[Factor, ...]) -> Colour:
    """Split colours by what the factors around an index look like, until nothing changes."""
    while True:
        around: dict[str, list] = {v: [] for v in colour}
        for (_, indices, _), view in zip(factors, _look(factors, colour), strict=True):
            for v in around.keys() & set(indices):
                around[v].append((view, [k for k, i in enumerate(indices) if i == v]))
        signature = {v: (c, sorted(around[v])) for v, c in colour.items()}
        distinct = [s for s, _ in groupby(sorted(signature.values()))]
        if len(distinct) == len(set(colour.values())):
            return colour
        colour = {v: distinct.index(s) for v, s in signature.items()}


def _pieces(vertices: list[str], factors: tuple[Factor, ...]) -> list[list[str]]:
    """The vertices, parted into those that hang together through the factors."""
    pieces = [[v] for v in vertices]
    for _, indices, _ in factors:
        linked = [p for p in pieces if any(i in p for i in indices)]
        pieces = [p for p in pieces if p not in linked] + [[v for p in linked for v in p]] * bool(linked)
    return pieces


def _twins(v: str, w: str, factors: tuple[Factor, ...]) -> bool:
    swap = {v: w, w: v}
    touched = {f for f in factors if v in f[1] or w in f[1]}
    return touched == {(name, tuple(swap.get(i, i) for i in indices), power) for name, indices, power in touched}


@lru_cache(maxsize=65536)
def _canonical(axes: tuple[str, ...], factors: tuple[Factor, ...]) -> Component:
    """The component with its bound indices renumbered so that equal components are identical.

    Colour refinement; what is left hanging together once the distinguished vertices are taken out is
    labelled piece by piece (so that a hub with k equal branches costs k, not k!); within a piece, every
    vertex of the smallest class is tried in turn, but of twins, which may be exchanged without changing
    a factor, only one. Raises BudgetExceeded.
    """
    if len(axes) == 1:
        return axes, tuple(sorted(factors))
    axis = {f"#{k}": a for k, a in enumerate(axes)}
    attempts = count()

    def solve(piece: list[str], colour: Colour) -> tuple[tuple, list[str]]:
        """The best order of the piece, after a description by which isomorphic pieces are recognised."""
        if next(attempts) * len(factors) + len(axes) ** 3 > LABELLING_BUDGET:
            raise BudgetExceeded(f"{len(axes)} bound indices, too symmetric")
        colour = _refine(colour, factors)
        cells = [list(cell) for _, cell in groupby(sorted(piece, key=colour.__getitem__), colour.__getitem__)]
        order, parts = [cell[0] for cell in cells if len(cell) == 1], []
        for part in _pieces([v for cell in cells if len(cell) > 1 for v in cell], factors):
            classes = groupby(sorted(part, key=colour.__getitem__), colour.__getitem__)
            cell = min((list(vertices) for _, vertices in classes), key=len)
            chosen = [v for k, v in enumerate(cell) if not any(_twins(v, w, factors) for w in cell[:k])]
            singled = [{w: 2 * c + (c == colour[v] and w != v) for w, c in colour.items()} for v in chosen]
            parts.append(min(solve(part, single) for single in singled))
        for _, inner in sorted(parts):
            order += inner
        # Vertices outside the piece are known by their colour, those inside by their place.
        known = {**colour, **{v: -1 - k for k, v in enumerate(order)}}
        touched = [f for f in factors if any(i in order for i in f[1])]
        return ([axis[v] for v in order], sorted(_look(touched, known))), order

    _, order = solve(list(axis), {v: sorted(set(axes)).index(a) for v, a in axis.items()})
    label = {v: f"#{k}" for k, v in enumerate(order)}
    relabelled = sorted((n, tuple(label.get(i, i) for i in ix), p) for n, ix, p in factors)
    return tuple(axis[v] for v in order), tuple(relabelled)


# ---------------------------------------------------------------- monomials


def _is_delta(component: Component) -> bool:
    return not component[0] and component[1][0][0] == DELTA


def _atom(name: str, indices: tuple[str, ...]) -> Component:
    return (), ((name, tuple(sorted(indices)) if name == DELTA else indices, 1),)


def _mentions(component: Component, names: Set[str]) -> bool:
    return any(not names.isdisjoint(indices) for _, indices, _ in component[1])


def _merge(factors: Iterable[Factor]) -> tuple[Factor, ...]:
    """Equal atoms become one, with the sum of their powers."""
    powers: dict[tuple[str, tuple[str, ...]], Rational] = {}
    for name, indices, power in factors:
        powers[name, indices] = powers.get((name, indices), 0) + power
    return tuple(sorted((n, ix, p) for (n, ix), p in powers.items() if p))


def _monomial(parts: Iterable[tuple[Component, Rational]]) -> Monomial:
    """The product of powers of components. Under δ_{ij}, i and j are one: the least of a class stands for it."""
    powers: dict[Component, Rational] = {}
    joined: list[tuple[str, str]] = []
    for component, power in parts:
        if _is_delta(component):
            joined.append((component[1][0][1][0], component[1][0][1][1]))
        else:
            powers[component] = powers.get(component, 0) + power
    if not joined:
        return tuple(sorted((c, p) for c, p in powers.items() if p))
    least = {i: i for pair in joined for i in pair}
    for _ in joined:  # a class of n indices settles in n - 1 rounds
        for i, j in joined:
            least[i] = least[j] = min(least[i], least[j])
    renaming = {i: j for i, j in least.items() if i != j}
    rest = _rename_monomial(tuple((c, p) for c, p in powers.items() if p), renaming)
    return tuple(sorted([*rest, *((_atom(DELTA, pair), 1) for pair in renaming.items())]))


@lru_cache(maxsize=65536)
def _rename_component(component: Component, renaming: tuple[tuple[str, str], ...]) -> Component:
    new = dict(renaming)
    axes, factors = component
    renamed = [(name, tuple(new.get(i, i) for i in indices), power) for name, indices, power in factors]
    return _canonical(axes, _merge(renamed)) if axes else _atom(*renamed[0][:2])


def _rename_monomial(monomial: Monomial, renaming: Mapping[str, str]) -> Monomial:
    key = tuple(sorted(renaming.items()))
    parts = [(_rename_component(c, key) if _mentions(c, renaming.keys()) else c, p) for c, p in monomial]
    return _monomial(parts)


def size_name(axis: str) -> str:
    """The atom that stands for the number of elements of an axis."""
    return f"|{axis}|"


@lru_cache(maxsize=65536)
def _bind(index: str, axis: str, monomial: Monomial) -> Monomial:
    """Σ_index monomial, as a monomial."""
    inside = [(c, p) for c, p in monomial if _mentions(c, {index})]
    outside = [part for part in monomial if part not in inside]
    if not inside:
        return _monomial([*monomial, (_atom(size_name(axis), ()), 1)])
    for component, _ in inside:
        if _is_delta(component):
            i, j = component[1][0][1]
            rest = tuple((c, p) for c, p in monomial if c != component)
            return _rename_monomial(rest, {index: j if i == index else i})
    axes: list[str] = []
    factors: list[Factor] = []
    for (inner, part), multiplicity in inside:
        for _ in range(int(multiplicity) if inner else 1):
            shift = {f"#{k}": f"#{k + len(axes)}" for k in range(len(inner))}
            factors += [(n, tuple(shift.get(i, i) for i in ix), p if inner else multiplicity) for n, ix, p in part]
            axes += inner
    new = f"#{len(axes)}"
    merged = _merge((n, tuple(new if i == index else i for i in ix), p) for n, ix, p in factors)
    return _monomial([*outside, (_canonical((*axes, axis), merged), 1)])


# ---------------------------------------------------------------- terms


class Term:
    """An immutable polynomial {monomial: coefficient}; see the module for what is canonical about it."""

    __slots__ = ("monomials",)

    def __init__(self, parts: Iterable[tuple[Monomial, Rational]]):
        total: dict[Monomial, Rational] = {}
        for monomial, coefficient in parts:
            total[monomial] = total.get(monomial, 0) + coefficient
        self.monomials = total if all(total.values()) else {m: c for m, c in total.items() if c}

    # -- making terms

    @staticmethod
    def number(value: Rational) -> Term:
        return Term([(UNIT, plain(value))])

    @staticmethod
    def size(axis: str, power: Rational = 1) -> Term:
        return Term.tensor(size_name(axis), (), power)

    @staticmethod
    def tensor(name: str, indices: Iterable[str] = (), power: Rational = 1) -> Term:
        """`name[indices] ** power`; the power may be negative or a fraction, the caller knows the sign."""
        return Term.product([(name, tuple(indices), power)])

    @staticmethod
    def delta(i: str, j: str) -> Term:
        return Term.tensor(DELTA, (i, j))

    @staticmethod
    def product(factors: Iterable[Factor]) -> Term:
        atoms = ((_atom(name, tuple(map(check_index, indices))), power) for name, indices, power in factors)
        return Term([(_monomial(atoms), 1)])

    # -- arithmetic

    def __add__(self, other: Term) -> Term:
        return Term([*self.monomials.items(), *other.monomials.items()])

    def __sub__(self, other: Term) -> Term:
        return self + other.scale(-1)

    def scale(self, factor: Rational) -> Term:
        return Term((m, plain(factor * c)) for m, c in self.monomials.items())

    def __mul__(self, other: Term) -> Term:
        pairs = [(a, x, b, y) for a, x in self.monomials.items() for b, y in other.monomials.items()]
        return Term((_monomial((*a, *b)) if a and b else a or b, x * y) for a, x, b, y in pairs)

    def __pow__(self, exponent: Rational) -> Term:
        """Raises ValueError unless the exponent is a natural number or the term is a product of free atoms.

        A rational power of a coefficient other than 1 is not a term: it must be a node of its own.
        """
        if not -MAX_POWER <= exponent <= MAX_POWER:
            raise BudgetExceeded(f"exponent {exponent} is beyond {MAX_POWER}")
        if exponent.denominator == 1 and exponent >= 0:
            return reduce(Term.__mul__, [self] * int(exponent), Term.number(1))
        if len(self.monomials) == 1:
            ((monomial, coefficient),) = self.monomials.items()
            if all(not c[0] and not _is_delta(c) for c, _ in monomial) and 1 in (exponent.denominator, coefficient):
                powers = tuple((c, plain(p * exponent)) for c, p in monomial)
                return Term([(powers, plain(Fraction(coefficient) ** int(exponent)) if coefficient != 1 else 1)])
        raise ValueError("only a product of free atoms has such a power")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Term) and self.monomials == other.monomials

    def __hash__(self) -> int:
        return hash(frozenset(self.monomials.items()))

    def __bool__(self) -> bool:
        return bool(self.monomials)

    # -- indices

    def close(self, binders: Iterable[Binder]) -> Term:
        """Σ over the whole axis of each index, the first one first; they are bound in the result."""
        result = self
        for index, axis in binders:
            result = Term((_bind(check_index(index), axis, m), c) for m, c in result.monomials.items())
        return result

    def rename(self, renaming: Mapping[str, str]) -> Term:
        """Rename free indices, all at once."""
        renaming = {check_index(old): check_index(new) for old, new in renaming.items() if old != new}
        return Term((_rename_monomial(m, renaming), c) for m, c in self.monomials.items()) if renaming else self

    def factors(self) -> Iterable[Factor]:
        """Every factor of every component; the power of a free atom is its power in the monomial."""
        for monomial in self.monomials:
            for (axes, factors), power in monomial:
                for name, indices, inner in factors:
                    yield name, indices, inner if axes else power

    def names(self) -> frozenset[str]:
        return frozenset(name for name, _, _ in self.factors())

    # -- calculus

    def differentiate(self, partial: Callable[[str, tuple[str, ...]], Term | None]) -> Term:
        """The derivative by whatever `partial` knows: `partial(name, indices)` is that of one atom, or None."""
        result = Term([])
        for monomial, coefficient in self.monomials.items():
            for place, (component, power) in enumerate(monomial):
                lowered = ((component, power - 1),) if power != 1 else UNIT
                others = Term([((*monomial[:place], *lowered, *monomial[place + 1 :]), coefficient * power)])
                binders, factors = open_component(component)
                for k, (name, indices, exponent) in enumerate(factors):
                    inner = partial(name, indices)
                    if inner is not None:
                        less = [(name, indices, exponent - 1)] if exponent != 1 else []
                        rest = Term.product([*factors[:k], *less, *factors[k + 1 :]]).scale(exponent)
                        result = result + others * (inner * rest).close(binders)
        return result


def open_component(component: Component) -> tuple[list[Binder], list[Factor]]:
    """A sum's binders, as fresh indices, and its factors; a free atom is a sum without binders."""
    binders = [(fresh(), axis) for axis in component[0]]
    new = {f"#{k}": index for k, (index, _) in enumerate(binders)}
    return binders, [(n, tuple(new.get(i, i) for i in ix), p) for n, ix, p in component[1]]
