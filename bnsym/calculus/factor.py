"""From a canonical term back to an expression as a person would write it.

Atoms common to all monomials are pulled out; then a bound index of each monomial is opened, or all of a sum, so
that the common content becomes largest, and what is inside is treated alike: Σ_j γ_j/σ_j W_ji [ … ]. What has
no more in common is factored by SymPy. A sum over a data
axis takes a 1/N that stands beside it and becomes a mean. Auxiliary nodes are written out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from fractions import Fraction
from itertools import count

import sympy

from bnsym.kernel import Term
from bnsym.kernel.rules import DERIVATIVE
from bnsym.kernel.term import DELTA, Binder, Component, Monomial, Rational, fresh, open_component, size_name
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
    substitute,
)
from bnsym.language.graph import CostGraph
from bnsym.language.latex import to_latex

LETTERS = "jikpqrstvwabcdefgh"
FACTORED = 12  # terms of a polynomial, and variables, at most, that SymPy is to factor: beyond, it may take minutes
VARIABLES = 8
Parts = dict[Component, Rational]


class Factoring:
    """Writes terms over one graph; `letters` are a document's index letters, by the name of the axis."""

    def __init__(self, graph: CostGraph, letters: Mapping[str, Sequence[str]]):
        self.graph = graph
        self.letters = letters

    def expression(self, term: Term, names: Mapping[str, Index]) -> Expression:
        """The factored expression of a term; `names` gives the index of each free name of the term.

        No letter is bound where it is free.
        """
        return self._apart(self._factored(term, names), names)

    def _apart(self, expression: Expression, names: Mapping[str, Index]) -> Expression:
        """The expression with other letters for what is bound under a letter of `names`, or under one bound outside."""
        if not isinstance(expression, Sum | Mean):
            return expression.rebuild(tuple(self._apart(child, names) for child in expression.children))
        index, body = expression.index, expression.body
        taken = {i.name: i for i in names.values()}
        if index.name in taken:
            index = self._bound(index.axis.key, {**taken, **{i.name: i for i in met_indices(body)}})
            body = substitute(body, {expression.index: index})
        return type(expression)(index, self._apart(body, {**taken, index.name: index}))

    def _factored(self, term: Term, names: Mapping[str, Index]) -> Expression:
        if not term:
            return Number(Fraction(0))
        if len(term.monomials) == 1:
            return self._sum(term, names)
        summed = {size_name(axis) for monomial in term.monomials for c, _ in monomial for axis in c[0]}
        content = {c: p for c, p in _content(term).items() if c[1][0][0] not in summed}
        rest = _divide(term, content)
        opened = self._open(rest)
        if opened is not None:
            inner, binders = opened
            scope, bound, means = dict(names), list[Index](), set[Index]()
            for index, axis in binders:
                scope[index] = self._bound(axis, scope)
                if scope[index].axis.data and _content(inner).get(_size(axis), 0) < 0:
                    inner = _divide(inner, {_size(axis): -1})
                    means.add(scope[index])
                bound.append(scope[index])
            carried = _carried(_content(inner).items(), {index for index, _ in binders})
            shared = {c: p for c, p in _content(inner).items() if c in carried}
            body = self._factored(_divide(inner, shared), scope)
            return _product([*self._atoms(content, names), self._nested(bound, means, shared, [body], scope)])
        brackets = [self._sum(bracket, names) for bracket in _brackets(rest)]
        return _product([*self._atoms(content, names), *brackets])

    def node(self, key: str, *, base: bool = False) -> Expression:
        """How the document would write a node of the graph: an entry of it, or an auxiliary node written out.

        With `base`, a root is given by what it is the root of.
        """
        node = self.graph.nodes[key]
        names: dict[str, Index] = {}
        for n, axis in enumerate(node.axes):
            names[node.indices[n].name if node.indices else f"i{n}"] = self._bound(axis.key, names)
        return self._atom(key, tuple(names), node.root if base and node.root else 1, names)

    # ------------------------------------------------------------ opening a sum

    def _open(self, term: Term) -> tuple[Term, list[Binder]] | None:
        """Indices opened in every monomial, over one axis or all axes of a sum, if the same atoms then carry them."""
        best = None
        axes = [{a for c, _ in monomial for a in c[0]} for monomial in term.monomials]
        shared = set.intersection(*axes)
        whole = {c[0] for monomial in term.monomials for c, _ in monomial if len(c[0]) > 1 and shared.issuperset(c[0])}
        for over in [*((axis,) for axis in sorted(shared)), *sorted(whole)]:
            binders = [(fresh(), axis) for axis in over]
            opened = {index for index, _ in binders}
            first, *others = (list(_openings(monomial, binders)) for monomial in term.monomials)
            for opening in first if all(others) else []:
                # The other monomials are opened so that they share most with this one.
                target = _carried(opening, opened)
                choice = [
                    opening,
                    *(max(ways, key=lambda m: (len(target & _carried(m, opened)), m)) for ways in others),
                ]
                pairs = zip(choice, term.monomials.values(), strict=True)
                inner = Term((monomial, c) for monomial, c in pairs)
                carried = [c for c in _content(inner) if any(i in opened for _, ix, _ in c[1] for i in ix)]
                if carried and len(inner.monomials) == len(term.monomials):
                    bound = sum(len(c[0]) for monomial in inner.monomials for c, _ in monomial)
                    rank = (len(carried), -bound, sorted(carried))
                    if best is None or rank > best[0]:
                        best = (rank, inner, binders)
        return None if best is None else best[1:]

    def _bound(self, axis: str, names: Mapping[str, Index]) -> Index:
        return self.index(self.graph.axes[axis], {i.name for i in names.values()})

    def index(self, axis: Axis, used: Collection[str]) -> Index:
        """An index over an axis, by a letter of the document's that is not in use."""
        declared = {letter for letters in self.letters.values() for letter in letters}
        letters = [*self.letters.get(axis.name, ()), *(c for c in LETTERS if c not in declared)]
        numbered = (f"{c}{n or ''}" for n in count() for c in letters)
        return Index(next(letter for letter in numbered if letter not in used), axis)

    # ------------------------------------------------------------ monomials

    def _sum(self, term: Term, names: Mapping[str, Index]) -> Expression:
        parts = [(c < 0, self._monomial(m, c, names)) for m, c in term.monomials.items()]
        ordered = [e for _, e in sorted(parts, key=lambda p: (p[0], _weight(p[1])))]
        return ordered[0] if len(ordered) == 1 else Addition(tuple(ordered))

    def _monomial(self, monomial: Monomial, coefficient: Rational, names: Mapping[str, Index]) -> Expression:
        atoms = {c: p for c, p in monomial if not c[0]}
        sums = [c for c, p in monomial if c[0] for _ in range(int(p))]
        written = [self._component(c, atoms, names) for c in sorted(sums, key=lambda c: len(c[1]))]
        factors = [*self._atoms(atoms, names), *written]
        number = [] if coefficient == 1 and factors else [Number(Fraction(coefficient))]
        return _product([*number, *factors])

    def _component(self, component: Component, atoms: Parts, names: Mapping[str, Index]) -> Expression:
        """A sum; it takes a 1/N out of `atoms` for a data axis, unless other axes are averaged over too."""
        binders, factors = open_component(component)
        scope, bound, means = dict(names), list[Index](), set[Index]()
        for index, axis in binders:
            scope[index] = self._bound(axis, scope)
            bound.append(scope[index])
        averaged = [letter for letter in bound if atoms.get(_size(letter.axis.key), 0) < 0]
        for letter in averaged if all(letter.axis.data for letter in averaged) else ():
            if atoms[_size(letter.axis.key)] < 0:
                atoms[_size(letter.axis.key)] += 1
                means.add(letter)
        return self._nested(bound, means, {((), ((n, ix, 1),)): p for n, ix, p in factors}, [], scope)

    def _nested(
        self, bound: list[Index], means: Set[Index], factors: Parts, body: list[Expression], scope: Mapping[str, Index]
    ) -> Expression:
        """Σ of factors and a body, every factor as far out as it can stand: Σ_k A_ki Σ_j B_jk x_j."""
        carried = {letter: [c for c in factors if letter in (scope[i] for i in c[1][0][1])] for letter in bound}
        written = set[Component]()
        for letter in sorted(self._inwards(bound, means), key=lambda i: (i not in means, len(carried[i]))):
            here = {c: factors[c] for c in carried[letter] if c not in written}
            written |= here.keys()
            product = _product([*self._atoms(here, scope), *body])
            body = [Mean(letter, product) if letter in means else Sum(letter, product)]
        return body[0]

    def _inwards(self, bound: Iterable[Index], means: Set[Index]) -> list[Index]:
        """Bound indices, the innermost first: means within sums, else as the document has the axes."""
        place = {axis: n for n, axis in enumerate(self.letters)}
        return sorted(bound, key=lambda i: (i not in means, -place.get(i.axis.name, len(place))))

    def _atoms(self, atoms: Parts, names: Mapping[str, Index]) -> list[Expression]:
        """The factors in the order in which they are usually written: few indices first, derivatives before nodes."""
        ordered = sorted(atoms, key=lambda c: (len(c[1][0][1]), atoms[c] < 0, self._order(*c[1][0][:2])))
        return [self._atom(c[1][0][0], c[1][0][1], atoms[c], names) for c in ordered if atoms[c]]

    def _order(self, name: str, indices: tuple[str, ...]) -> tuple:
        kinds = ["|", DELTA]
        position = list(self.graph.nodes).index(name) if name in self.graph.nodes else -1
        return (name[0] not in kinds, len(indices), name[0] not in DERIVATIVE, position, name, indices)

    def _atom(self, name: str, indices: tuple[str, ...], power: Rational, names: Mapping[str, Index]) -> Expression:
        at = [names[i] for i in indices]
        exponent = Fraction(power)
        if name == DELTA:
            return Delta(*at)
        if name[0] == "|":
            return _power(Size(self.graph.axes[name[1:-1]]), exponent)
        if name[0] in DERIVATIVE:
            above, below = name[1:].split(f"/{name[0]}")
            split = len(self.graph.nodes[above].axes)
            numerator, denominator = self._tensor(above, at[:split]), self._tensor(below, at[split:])
            return _power(Derivative(numerator, denominator, name[0] == DERIVATIVE[0]), exponent)
        node = self.graph.nodes[name]
        if node.function:
            function, order, argument = node.function
            own, layer = self.graph.layered.get(function, (function, None))
            return _power(Function(own, order, self._entry(argument, at), layer), exponent)
        if node.root and node.symbol is None:
            return _power(self._entry(name, at), exponent / node.root)
        return _power(self._entry(name, at), exponent)

    def _entry(self, key: str, at: Sequence[Index]) -> Expression:
        """A tensor of the document, or an auxiliary node's base written out."""
        node = self.graph.nodes[key]
        if node.symbol is not None:
            return self._tensor(key, at)
        assert node.term is not None
        if node.written is not None:
            return substitute(node.written, dict(zip(node.indices, at, strict=True)))
        return self.expression(node.term, {i.name: index for i, index in zip(node.indices, at, strict=True)})

    def _tensor(self, key: str, at: Sequence[Index]) -> Tensor:
        """An entry; of an auxiliary node, which a step may differentiate by, one that is named by its LaTeX."""
        node = self.graph.nodes[key]
        if node.symbol is None:
            names = {f"i{k}": index for k, index in enumerate(at)}
            return Tensor(Symbol(to_latex(self._atom(key, tuple(names), 1, names))), None, ())
        return Tensor(node.symbol, node.layer, tuple(at))


def _size(axis: str) -> Component:
    """The number of elements of an axis, as an atom."""
    return (), ((size_name(axis), (), 1),)


def _content(term: Term) -> Parts:
    """The atoms common to all monomials, each with the power that all have."""
    first, *others = [dict(m) for m in term.monomials]
    common = {}
    for component, power in first.items():
        powers = [power, *(other.get(component, 0) for other in others)]
        if not component[0] and (min(powers) > 0 or max(powers) < 0):
            common[component] = min(powers) if min(powers) > 0 else max(powers)
    return common


def without_sizes(term: Term) -> Term:
    """The term without the powers of sizes that all its monomials have."""
    return _divide(term, {c: p for c, p in _content(term).items() if c[1][0][0][0] == "|"}) if term else term


def _carried(monomial: Iterable[tuple[Component, Rational]], opened: Set[str]) -> set[Component]:
    """The atoms of a monomial that carry an opened index."""
    return {c for c, _ in monomial if not c[0] and any(i in opened for _, ix, _ in c[1] for i in ix)}


def _divide(term: Term, content: Parts) -> Term:
    inverse = {c: -p for c, p in content.items()}

    def lowered(monomial: Monomial) -> Monomial:
        powers = dict(monomial)
        for component, power in inverse.items():
            powers[component] += power
        return tuple(sorted((c, p) for c, p in powers.items() if p))

    return Term((lowered(m), c) for m, c in term.monomials.items())


def _brackets(term: Term) -> list[Term]:
    """The factors of a polynomial of some terms, four or more, which SymPy finds: γ_j + γ_j x̂ − γ_i − γ_i x̂."""
    monomials = {monomial: dict(monomial) for monomial in term.monomials}
    components = sorted({c for powers in monomials.values() for c in powers})
    whole = all(p.denominator == 1 for powers in monomials.values() for p in powers.values())
    if not (whole and 4 <= len(monomials) <= FACTORED and len(components) <= VARIABLES):
        return [term]
    lowest = {c: min(powers.get(c, 0) for powers in monomials.values()) for c in components}
    exponents = {m: tuple(int(powers.get(c, 0) - lowest[c]) for c in components) for m, powers in monomials.items()}
    coefficients = {exponents[m]: sympy.Rational(c.numerator, c.denominator) for m, c in term.monomials.items()}
    number, factors = sympy.Poly(coefficients, *(sympy.Dummy() for _ in components)).factor_list()
    if sum(multiplicity for _, multiplicity in factors) < 2:
        return [term]
    outside = Term([(tuple((c, p) for c, p in lowest.items() if p), Fraction(int(number.p), int(number.q)))])
    brackets = [
        Term(
            (tuple((c, e) for c, e in zip(components, at, strict=True) if e), int(value))
            for at, value in factor.terms()
        )
        for factor, multiplicity in factors
        for _ in range(multiplicity)
    ]
    return [outside, *brackets] if outside != Term.number(1) else brackets


def _openings(monomial: Monomial, binders: Sequence[Binder]) -> Iterator[Monomial]:
    """The monomial with a bound index over the axis of each binder made free, in every way that differs."""
    if not binders:
        yield monomial
        return
    (index, axis), *more = binders
    seen = set()
    for place, (component, power) in enumerate(monomial):
        others = ((component, power - 1),) if power > 1 else ()
        for position, over in enumerate(component[0]):
            if over == axis:
                inside, factors = open_component(component)
                free = inside.pop(position)[0]
                inner = Term.product(factors).close(inside).rename({free: index})
                rest = Term([((*monomial[:place], *others, *monomial[place + 1 :]), 1)])
                (opened,) = (inner * rest).monomials
                if opened not in seen:
                    seen.add(opened)
                    yield from _openings(opened, more)


def _product(factors: Iterable[Expression]) -> Expression:
    flat: list[Expression] = []
    for factor in factors:
        flat += factor.factors if isinstance(factor, Product) else [factor]
    return flat[0] if len(flat) == 1 else Product(tuple(flat)) if flat else Number(Fraction(1))


def _power(base: Expression, exponent: Fraction) -> Expression:
    return base if exponent == 1 else Power(base, exponent)


def _weight(expression: Expression) -> int:
    """How much there is to read; short terms come first."""
    return 1 + sum(map(_weight, expression.children))
