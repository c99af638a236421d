"""The cost graph in SymPy: definitions over indexed tensors, the mean as an object of its own, and derivatives.

Terms become SymPy expressions over `IndexedBase` entries and come back. What SymPy differentiates is always
one definition by one entry at fresh indices, because there it is right. The kernel derives the same rule
again, so that a wrong derivative loses a proof and never makes one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache, reduce
from itertools import count
from typing import Any

import sympy
from sympy import Indexed, IndexedBase, KroneckerDelta
from sympy.printing.precedence import PRECEDENCE

from bnsym.kernel import Term
from bnsym.kernel.term import DELTA, Rational, size_name
from bnsym.language.graph import CostGraph
from bnsym.language.node import function_key


class Bound(sympy.Expr):
    """A body over index = 1 … size, kept as one object: SymPy's own `Sum` asks about convergence and signs."""

    def __new__(cls, body: sympy.Expr, index: sympy.Symbol, size: sympy.Expr) -> sympy.Expr:
        return super().__new__(cls, body, index, size) if body != 0 else sympy.S.Zero

    @property
    def free_symbols(self) -> set[sympy.Basic]:
        body, index, size = self.args
        return {s for s in body.free_symbols if index not in s.free_symbols} | size.free_symbols

    def _eval_derivative(self, by: sympy.Expr) -> sympy.Expr:
        body, index, size = self.args
        return type(self)(body._eval_derivative(by), index, size)


class Mean(Bound):
    """⟨body⟩, (1/size) Σ body."""

    def doit(self, **_: Any) -> sympy.Expr:
        body, index, size = self.args
        return sympy.Sum(body, (index, 1, size)) / size

    def _latex(self, printer: Any) -> str:
        return rf"\left\langle {printer.doprint(self.args[0])} \right\rangle"


class Total(Bound):
    """Σ body."""

    def doit(self, **_: Any) -> sympy.Expr:
        body, index, size = self.args
        return sympy.Sum(body, (index, 1, size))

    def _latex(self, printer: Any) -> str:
        body, index, _ = self.args
        return rf"\sum_{{{printer.doprint(index)}}} {printer.parenthesize(body, PRECEDENCE['Mul'])}"


class Agreement(sympy.Expr):
    """Π δ_{ij} over pairs of indices, as one object; `doit` gives SymPy's deltas."""

    def doit(self, **_: Any) -> sympy.Expr:
        return sympy.Mul(*(KroneckerDelta(i, j) for i, j in self.args))


class Entry(Indexed):
    """One entry of a tensor; the derivative by another entry is the agreement of their indices.

    SymPy's own rule is the same, with deltas; but it asks its assumption system about every pair of indices and
    about every product of deltas, which costs more than everything else together.
    """

    def _eval_derivative(self, by: sympy.Expr) -> sympy.Expr:
        if not isinstance(by, Entry) or by.base != self.base:
            return sympy.S.Zero
        return Agreement(*(sympy.Tuple(i, j) for i, j in zip(self.indices, by.indices, strict=True)))


class Power(sympy.Expr):
    """A rational power. SymPy's own would differentiate the exponent too, and ask whether 0 log(base) is finite."""

    def __new__(cls, base: sympy.Expr, exponent: sympy.Rational) -> sympy.Expr:
        return base if exponent == 1 else super().__new__(cls, base, exponent)

    def doit(self, **_: Any) -> sympy.Expr:
        return sympy.Pow(*self.args)

    def _eval_derivative(self, by: sympy.Expr) -> sympy.Expr:
        base, exponent = self.args
        return sympy.Mul(exponent, Power(base, exponent - 1), base._eval_derivative(by))


class Elementwise(sympy.Function):
    """An elementwise function of one entry, some times differentiated; each has a subclass of its own."""

    function: str
    order: int
    nargs = 1

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        return elementwise(self.function, self.order + 1)(*self.args)


_elementwise: dict[tuple[str, int], type[Elementwise]] = {}


def elementwise(name: str, order: int) -> type[Elementwise]:
    """The SymPy function g, g', g'', … of a declared name."""
    if (name, order) not in _elementwise:
        _elementwise[name, order] = type(name + "'" * order, (Elementwise,), {"function": name, "order": order})
    return _elementwise[name, order]


def _index(name: str) -> sympy.Symbol:
    return sympy.Symbol(name)


@lru_cache(maxsize=4096)
def _base(symbol: sympy.Symbol) -> IndexedBase:
    """Made once: SymPy prints the symbol to name it, and looks for all that follows from its sign."""
    return IndexedBase(symbol)


def _factors(term: Term) -> Iterator[tuple[Term, Term]]:
    """Each factor of each monomial, a power of an atom or a sum, with what it is multiplied by in a derivative."""
    for monomial, coefficient in term.monomials.items():
        for place, (component, power) in enumerate(monomial):
            others = (*monomial[:place], *monomial[place + 1 :])
            if component[0] and power > 1:  # a power of a sum: one of its equal factors, as often as there are such
                rest = Term([(((component, power - 1),), power)])
                yield Term([(((component, 1),), 1)]), rest * Term([(others, coefficient)])
            else:
                yield Term([(((component, power),), 1)]), Term([(others, coefficient)])


Partials = dict[tuple[str, Term, str], Term]


class SymbolicGraph:
    """A cost graph as SymPy sees it. Graphs of one document may share the derivatives of their definitions."""

    def __init__(self, graph: CostGraph, partials: Partials | None = None):
        self.graph = graph
        self._partials: Partials = {} if partials is None else partials
        self._keys: dict[sympy.Symbol, str] = {}
        self._bases: dict[str, sympy.Symbol] = {}

    @cached_property
    def definitions(self) -> dict[sympy.Expr, sympy.Expr]:
        """{entry: body} of every definition; a root is the power of its base."""
        result = {}
        for node in self.graph.nodes.values():
            if node.term is not None:
                at = tuple(i.name for i in node.indices)
                body = self.expression(node.term)
                result[self._entry(node.key, at)] = body ** sympy.Rational(1, node.root) if node.root else body
        return result

    def partial(self, node: str, at: Sequence[str], by: str, where: Sequence[str]) -> Term:
        """∂node[at]/∂by[where] of the node's own definition, all other nodes held.

        A root r with r^q = base is differentiated implicitly: q r^(q-1) ∂r = ∂base.
        """
        above = [f"i{k}" for k in range(len(at))]
        below = [f"j{k}" for k in range(len(where))]
        entry = self.graph.nodes[node]
        assert entry.term is not None
        known = (node, entry.term, by)
        if known not in self._partials:  # always at the same indices, so that SymPy's caches serve as well
            names = {i.name: name for i, name in zip(entry.indices, above, strict=True)}
            variable, derivative = self._entry(by, tuple(below)), Term([])
            # Factor by factor: of what is constant SymPy asks whether it vanishes, and an Add loads SymPy's tensors.
            for factor, others in _factors(entry.term.rename(names)):
                if self._depends(factor, by):
                    slope = self.expression(factor, Power)._eval_derivative(variable)
                    derivative = derivative + others * self.term(slope)
            if entry.root > 1:
                power = Term.tensor(node, above, 1 - entry.root)
                derivative = derivative * power.scale(Fraction(1, entry.root))
            self._partials[known] = derivative
        return self._partials[known].rename(dict(zip([*above, *below], [*at, *where], strict=True)))

    def _depends(self, term: Term, key: str) -> bool:
        """Whether a term mentions a tensor, or a function of it."""
        nodes = [self.graph.nodes.get(name) for name in term.names()]
        return any(n is not None and key in (n.key, n.function and n.function[2]) for n in nodes)

    # ------------------------------------------------------------ terms to SymPy

    def _symbol(self, key: str) -> sympy.Symbol:
        if key not in self._bases:
            positive = key[0] == "|" or (key in self.graph.nodes and self.graph.nodes[key].sign == "positive")
            symbol = sympy.Symbol(key, positive=True if positive else None)
            self._bases[key], self._keys[symbol] = symbol, key
        return self._bases[key]

    def _entry(self, key: str, indices: tuple[str, ...]) -> sympy.Expr:
        node = self.graph.nodes.get(key)
        if node is not None and node.function:
            name, order, argument = node.function
            return elementwise(name, order)(self._entry(argument, indices))
        symbol = self._symbol(key)
        return Entry(_base(symbol), *map(_index, indices)) if indices else symbol

    def expression(
        self, term: Term, power_of: Callable[[sympy.Expr, sympy.Rational], sympy.Expr] = sympy.Pow
    ) -> sympy.Expr:
        """The SymPy expression of a term; (1/N) Σ over a data axis becomes a Mean, a power what `power_of` makes."""

        def factor(name: str, indices: tuple[str, ...], power: Rational) -> sympy.Expr:
            if name == DELTA:
                return KroneckerDelta(*map(_index, indices))
            return power_of(self._entry(name, indices), sympy.Rational(power.numerator, power.denominator))

        terms, bound = [], count()
        for monomial, coefficient in term.monomials.items():
            factors = [sympy.Rational(coefficient.numerator, coefficient.denominator)]
            sizes = {c[1][0][0]: p for c, p in monomial if not c[0] and c[1][0][0][0] == "|"}
            for component, power in monomial:
                if not component[0]:
                    name, indices, _ = component[1][0]
                    if name not in sizes:
                        factors.append(factor(name, indices, power))
                    continue
                for _ in range(int(power)):
                    names = {f"#{k}": f"t{next(bound)}" for k in range(len(component[0]))}
                    inner = [(n, tuple(names.get(i, i) for i in indices), p) for n, indices, p in component[1]]
                    body = sympy.Mul(*(factor(*part) for part in inner))
                    for index, axis in zip(names.values(), component[0], strict=True):
                        size = size_name(axis)
                        limits = (_index(index), self._symbol(size))
                        if self.graph.axes[axis].data and sizes.get(size, 0) < 0:
                            body = Mean(body, *limits)
                            sizes[size] += 1
                        else:
                            body = Total(body, *limits)
                    factors.append(body)
            factors += [factor(name, (), power) for name, power in sizes.items() if power]
            terms.append(sympy.Mul(*factors))
        return terms[0] if len(terms) == 1 else sympy.Add(*terms)

    # ------------------------------------------------------------ SymPy to terms

    def term(self, expression: sympy.Expr) -> Term:
        """The term of a SymPy expression over this graph's entries. Raises TypeError for anything else."""
        match expression:
            case sympy.Rational():
                return Term.number(Fraction(int(expression.p), int(expression.q)))
            case sympy.Symbol():
                return Term.tensor(self._keys[expression])
            case Indexed():
                return Term.tensor(self._keys[expression.base.label], [i.name for i in expression.indices])
            case KroneckerDelta():
                return Term.delta(*(i.name for i in expression.args))
            case Agreement(args=pairs):
                return reduce(Term.__mul__, (Term.delta(i.name, j.name) for i, j in pairs))
            case Elementwise():
                (argument,) = self.term(expression.args[0]).factors()
                name = function_key(expression.function, expression.order, argument[0])
                return Term.tensor(name, argument[1])
            case sympy.Add():
                return reduce(Term.__add__, map(self.term, expression.args))
            case sympy.Mul():
                return reduce(Term.__mul__, map(self.term, expression.args))
            case sympy.Pow(args=(base, exponent)) | Power(args=(base, exponent)) if exponent.is_Rational:
                power = Fraction(int(exponent.p), int(exponent.q))
                return self.term(base) ** (int(power) if power.denominator == 1 else power)
            case Bound(args=(body, index, size)):
                axis = self._keys[size][1:-1]
                total = self.term(body).close([(index.name, axis)])
                return total * Term.size(axis, -1) if isinstance(expression, Mean) else total
        raise TypeError(f"{expression} is not an expression over the graph")
