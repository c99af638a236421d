"""The rules of inference. A `Theorem` can be made by a `Theory` alone, and only in two ways.

    LIN          t = t - Σ_v m (a - b)     for an instance a = b of a schema, any multiplier m,
                                           and binders v that are not free in t
    root-unique  a^q = b^q  ⊢  a = b       for a, b that are positive by their form
                 exp a = exp b  ⊢  a = b   for q = 0

| schema          | statement                                                     | condition            |
| --------------- | ------------------------------------------------------------- | -------------------- |
| definition n    | n[i] = body                                                   |                      |
| root r          | r[i]^q = base                                                 | r > 0 (r ≠ 0, q = 1) |
| chain A n       | ∂A/∂n[i] = Σ_m Σ_j ∂A/∂m[j] ∂m[j]/∂n[i],  ∂A/∂A = δ           | n is not open        |
| direct A n      | ðA/ðn[i] = the derivative of A's own body                     |                      |
| function f n    | f'(n) in closed form: exp' = exp, …                           | closed list          |
| law n           | exp(n) = Π exp(m)^c for n = Σ c m; exp(log(m)) is m           | m > 0                |
| hypothesis k    | an equation that the document assumes                         | listed               |
| theorem k       | an earlier theorem                                            | adds its hypotheses  |

∂r = (1/q) r^(1-q) ∂base for a root, ∂g(y) = g'(y) ∂y under "g differentiable at y" (of known
functions it needs nothing). What a step needs beyond algebra is collected in `Theorem.hypotheses`. Sizes,
exponentials, and sums of products of positive atoms are positive by their form: that a tensor which is defined so
is positive is no hypothesis of its own. A term is admitted only if it is well typed: indices over the right axes,
negative and fractional powers on atoms whose sign allows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, reduce
from typing import Any

from bnsym.kernel.data import Rejected, decode, outside_name
from bnsym.kernel.term import DELTA, MAX_POWER, Binder, Term, check_index, fresh, size_name

Hypothesis = tuple[str, ...]  # ("positive", n) | ("nonzero", n) | ("differentiable", g, n) | ("assumption", k)
Free = tuple[tuple[str, str], ...]  # (index, axis), in order
Reference = tuple[str, ...]  # a schema's name and what it is about
SIGNS = (None, "positive", "nonzero")
DERIVATIVE = "∂ð"  # total, direct
# f' as a polynomial in functions of the same argument ("" is the argument): (function, power, coefficient)
FUNCTIONS: dict[str, list[tuple[str, int, int]]] = {
    "exp": [("exp", 1, 1)], "log": [("", -1, 1)], "sin": [("cos", 1, 1)], "cos": [("sin", 1, -1)],
    "logistic": [("logistic", 1, 1), ("logistic", 2, -1)], "tanh": [("", 0, 1), ("tanh", 2, -1)],
    "softplus": [("logistic", 1, 1)],
}  # fmt: skip


_ZERO = Term([])


@dataclass(frozen=True)
class Entry:
    """One tensor of a graph. `free` and `body` belong to definitions and roots, `argument` to functions."""

    kind: str
    axes: tuple[str, ...]
    sign: str | None = None
    free: tuple[str, ...] = ()
    body: Term = _ZERO
    exponent: int = 1
    function: str = ""
    order: int = 0
    argument: str = ""


@dataclass(frozen=True)
class Use:
    """One application of LIN: the schema, the indices put for its free ones, the multiplier, the binders."""

    reference: Reference
    at: tuple[str, ...]
    multiplier: Term
    binders: tuple[Binder, ...] = ()


@dataclass(frozen=True)
class Equation:
    """An instance-to-be: left = right over the free indices, under hypotheses."""

    free: Free
    left: Term
    right: Term
    hypotheses: frozenset[Hypothesis] = frozenset()

    @cached_property
    def difference(self) -> Term:
        """left − right, which is zero."""
        return self.left - self.right


_SEAL = object()


class Theorem(Equation):
    """left = right, for all sizes and all values of the free indices, under the hypotheses."""

    def __init__(self, seal: object, *equation: Any):
        if seal is not _SEAL:
            raise Rejected("theorems are made by the rules of a theory")
        super().__init__(*equation)


def derivative_name(numerator: str, denominator: str, direct: bool = False) -> str:
    """The atom of ∂numerator/∂denominator; its indices are the numerator's, then the denominator's."""
    return "{0}{1}/{0}{2}".format(DERIVATIVE[direct], numerator, denominator)


class Theory:
    """The cost graph, its types, and the theorems proved so far, in order.

    `graph` is data: {"axes": [...], "tensors": [...], "open": [...], "hypotheses": [...]}. A tensor is a
    leaf, an opaque function of open tensors (the cost), an elementwise function of an earlier tensor, or a
    definition or root whose body mentions earlier tensors only. Raises Rejected if the graph is not well formed.
    """

    def __init__(self, graph: Mapping[str, Any]):
        self.axes = frozenset(outside_name(a) for a in graph["axes"])
        self.entries: dict[str, Entry] = {}
        self.functions: dict[tuple[str, int, str], str] = {}
        self.consumers: dict[str, list[str]] = {}
        self.ancestors: dict[str, frozenset[str]] = {}
        self.theorems: list[Theorem] = []
        self._schemas: dict[Reference, Equation] = {}
        self._signs: dict[str, frozenset[Hypothesis]] = {}  # the hypotheses under which a tensor has its sign
        for tensor in graph["tensors"]:
            self._declare(tensor)
        # What is a function of f(n) is one of n: its chain rule is refused too.
        self.open = frozenset(self.entries[self._declared(n)].argument or n for n in graph["open"])
        self.assumed = []
        for data in graph["hypotheses"]:
            free = tuple((outside_name(i), a) for i, a in data["free"])
            self.assumed.append(Equation(free, decode(data["left"]), decode(data["right"])))

    # ------------------------------------------------------------ the graph

    def _declare(self, tensor: Mapping[str, Any]) -> None:
        name, kind, parents = outside_name(tensor["name"]), tensor["kind"], set[str]()
        if name in self.entries:
            raise Rejected(f"{name} is declared twice")
        if kind == "function":
            argument, order = self._declared(tensor["argument"]), tensor["order"]
            key, owner = (outside_name(tensor["function"]), order, argument), self.entries[argument]
            if type(order) is not int or order < 0 or owner.kind == kind:
                raise Rejected(f"the function {name} is malformed")
            if self.functions.setdefault(key, name) != name or (key[0] == "log" and owner.sign != "positive"):
                raise Rejected(f"{name} is declared twice, or the logarithm of what is not known to be positive")
            sign = "positive" if key[:2] == ("exp", 0) else None
            entry = Entry(kind, owner.axes, sign, function=key[0], order=order, argument=argument)
        else:
            axes, sign, exponent = tuple(tensor["axes"]), tensor.get("sign"), tensor.get("exponent", 1)
            if not self.axes.issuperset(axes) or sign not in SIGNS:
                raise Rejected(f"{name} has an unknown sign or an axis that is not declared")
            if kind in ("leaf", "opaque"):
                entry = Entry(kind, axes, sign)
            elif type(exponent) is int and 1 <= exponent <= {"definition": 1, "root": MAX_POWER}.get(kind, 0):
                free, body = tuple(map(outside_name, tensor["indices"])), decode(tensor["body"])
                self._type(tuple(zip(free, axes, strict=True)), body)
                if kind == "root":
                    sign = "nonzero" if exponent == 1 else "positive"
                entry = Entry(kind, axes, sign, free, body, exponent)
                names = {n for n in body.names() if n != DELTA and n[0] != "|"}
                if not names <= self.entries.keys():
                    raise Rejected(f"{name} is defined by a derivative")
                parents = {self.entries[n].argument or n for n in names}
            else:
                raise Rejected(f"{name}: {kind!r} with exponent {exponent!r} is not a kind of tensor")
        self.entries[name], self.consumers[name] = entry, []
        implied = frozenset[Hypothesis]() if kind == "function" else self.positive(entry.body)
        self._signs[name] = frozenset({(str(entry.sign), name)}) if implied is None else implied
        self.ancestors[name] = frozenset(parents).union(*(self.ancestors[p] for p in parents))
        for parent in parents:
            self.consumers[parent].append(name)

    def _declared(self, name: str) -> str:
        if name not in self.entries:
            raise Rejected(f"{name} is not declared")
        return name

    # ------------------------------------------------------------ types

    def _signature(self, name: str) -> tuple[tuple[str, ...], str | None]:
        """Axes and sign of an atom. Raises Rejected if there is no such atom."""
        if name[0] == "|" and name[1:-1] in self.axes and name == size_name(name[1:-1]):
            return (), "positive"
        if name[0] in DERIVATIVE:
            above, _, below = name[1:].partition(f"/{name[0]}")
            return self.entries[self._declared(above)].axes + self.entries[self._declared(below)].axes, None
        entry = self.entries[self._declared(name)]
        return entry.axes, entry.sign

    def _admit(self, term: Term, scope: Mapping[str, str]) -> frozenset[Hypothesis]:
        """Type a term; returns the hypotheses that its powers need."""
        needed = set[Hypothesis]()
        for (axes, factors), outer in {part for monomial in term.monomials for part in monomial}:
            if axes and not (self.axes.issuperset(axes) and outer > 0 and outer.denominator == 1):
                raise Rejected("a sum over an unknown axis, or a power of a sum that is not natural")
            local = {**scope, **{f"#{k}": axis for k, axis in enumerate(axes)}}
            for name, indices, inner in factors:
                over, power = tuple(local.get(i) for i in indices), inner if axes else outer
                if name == DELTA:
                    if power != 1 or len(over) != 2 or over[0] is None or over[0] != over[1]:
                        raise Rejected(f"δ{list(indices)} does not join two indices of one axis")
                    continue
                declared, sign = self._signature(name)
                if over != declared:
                    raise Rejected(f"{name}{list(indices)} ranges over {list(over)}, its axes are {list(declared)}")
                if power < 0 or power.denominator != 1:
                    if sign is None or (sign == "nonzero" and power.denominator != 1):
                        raise Rejected(f"{name} may not be raised to {power}: its sign is not known")
                    needed |= self.suppose({name})
        return frozenset(needed)

    def suppose(self, names: Set[str]) -> frozenset[Hypothesis]:
        """The hypotheses under which atoms have their signs; of sizes there are none."""
        return frozenset().union(*(self._signs.get(name, ()) for name in names))

    def positive(self, term: Term) -> frozenset[Hypothesis] | None:
        """The hypotheses under which a sum of products of positive atoms is positive; None for any other term."""
        names = term.names()
        fits = term and DELTA not in names and all(c > 0 for c in term.monomials.values())
        return self.suppose(names) if fits and all(self._signature(n)[1] == "positive" for n in names) else None

    def _scope(self, binders: Free) -> dict[str, str]:
        scope = {check_index(index): axis for index, axis in binders}
        if len(scope) != len(binders) or not self.axes.issuperset(scope.values()):
            raise Rejected("indices that are free or bound at once are not distinct, or range over an unknown axis")
        return scope

    def _type(self, free: Free, *terms: Term) -> frozenset[Hypothesis]:
        scope = self._scope(free)
        return frozenset().union(*(self._admit(term, scope) for term in terms))

    # ------------------------------------------------------------ schemas

    def schema(self, reference: Reference) -> Equation:
        """The equation that a reference stands for. Raises Rejected if its conditions do not hold."""
        if reference not in self._schemas:
            equation = self._instance(reference)
            needed = equation.hypotheses | self._type(equation.free, equation.left, equation.right)
            self._schemas[reference] = Equation(equation.free, equation.left, equation.right, needed)
        return self._schemas[reference]

    def _instance(self, reference: Reference) -> Equation:
        match reference:
            case ("definition" | "root" as kind, name) if self.entries[self._declared(name)].kind == kind:
                entry = self.entries[name]
                needed = self.suppose({name} if kind == "root" else set())
                left = Term.tensor(name, entry.free, entry.exponent)
                return Equation(tuple(zip(entry.free, entry.axes, strict=True)), left, entry.body, needed)
            case ("chain", numerator, name):
                return self._chain(self._declared(numerator), self._declared(name))
            case ("direct", numerator, name) if self.entries[self._declared(numerator)].kind in ("definition", "root"):
                above, at = self._places(numerator), self._places(self._declared(name))
                right, needed = self._partial(numerator, list(above), name, list(at))
                left = Term.tensor(derivative_name(numerator, name, direct=True), (*above, *at))
                return Equation((*above.items(), *at.items()), left, right, needed)
            case ("function", function, argument) if function in FUNCTIONS:
                at = self._places(self._declared(argument))
                powers = [(self.functions[f, 0, argument] if f else argument, p, c) for f, p, c in FUNCTIONS[function]]
                right = reduce(Term.__add__, (Term.tensor(name, at, p).scale(c) for name, p, c in powers), _ZERO)
                left = Term.tensor(self.functions[function, 1, argument], at)
                return Equation(tuple(at.items()), left, right)
            case ("law", name) if self.entries[self._declared(name)].kind == "definition":
                entry, right = self.entries[name], self._exp(self.entries[name].body)
                left, needed = Term.tensor(self.functions["exp", 0, name], entry.free), self.suppose(right.names())
                return Equation(tuple(zip(entry.free, entry.axes, strict=True)), left, right, needed)
            case ("theorem", number) if number.isdecimal() and int(number) < len(self.theorems):
                return self.theorems[int(number)]
            case ("hypothesis", number) if number.isdecimal() and int(number) < len(self.assumed):
                return replace(self.assumed[int(number)], hypotheses=frozenset({("assumption", str(int(number)))}))
        raise Rejected(f"there is no schema {' '.join(map(str, reference))}")

    def _places(self, name: str) -> dict[str, str]:
        """Fresh indices for the axes of a tensor: {index: axis}."""
        return {fresh(): axis for axis in self.entries[name].axes}

    def _partial(self, node: str, at: list[str], by: str, where: list[str]) -> tuple[Term, frozenset[Hypothesis]]:
        """∂node[at]/∂by[where], of the node's own body, with the hypotheses it needs."""
        entry, needed = self.entries[node], set[Hypothesis]()

        def atom(name: str, indices: tuple[str, ...]) -> Term | None:
            owner = self.entries.get(name)
            if name == by:
                result = Term.number(1)
            elif owner and owner.kind == "function" and owner.argument == by:
                if (owner.function, owner.order + 1, by) not in self.functions:
                    raise Rejected(f"the derivative of {name} is not declared")
                needed.update(("differentiable", f, by) for f in {owner.function} - FUNCTIONS.keys())
                result = Term.tensor(self.functions[owner.function, owner.order + 1, by], indices)
            else:
                return None
            return result * _delta(indices, where)

        body = entry.body.rename(dict(zip(entry.free, at, strict=True))).differentiate(atom)
        if entry.exponent > 1 and body:
            body = body * Term.tensor(node, at, 1 - entry.exponent).scale(Fraction(1, entry.exponent))
        return body, frozenset(needed)

    def _exp(self, term: Term) -> Term:
        """exp of a sum of multiples of atoms: a product of powers of positive atoms."""
        right = Term.number(1)
        for monomial, weight in term.monomials.items():
            ((name, indices, power),) = Term([(monomial, 1)]).factors()
            owner, exp = self.entries[self._declared(name)], self.functions.get(("exp", 0, name))
            inner = owner.argument if (owner.function, owner.order) == ("log", 0) else exp
            if power != 1 or inner is None or self._signature(inner)[1] != "positive":
                raise Rejected(f"exp of {name}^{power} is not a positive atom that is declared")
            right = right * Term.tensor(inner, indices, weight)
        return right

    def _chain(self, numerator: str, name: str) -> Equation:
        above, at = self._places(numerator), self._places(name)
        free = (*above.items(), *at.items())
        left = Term.tensor(derivative_name(numerator, name), (*above, *at))
        if "function" in (self.entries[name].kind, self.entries[numerator].kind):
            raise Rejected("a function is differentiated through its argument")
        if numerator == name:
            return Equation(free, left, _delta(above, at))
        if name in self.open:
            raise Rejected(f"the chain rule is refused at {name}: not all of its consumers are in view")
        right, needed = _ZERO, frozenset[Hypothesis]()
        for consumer in self.consumers[name]:
            over = above if consumer == numerator else self._places(consumer)
            # A tensor depends on its ancestors only, unless one of them is opaque.
            if any(n == consumer or self.entries[n].kind == "opaque" for n in (*self.ancestors[numerator], numerator)):
                partial, hypotheses = self._partial(consumer, list(over), name, list(at))
                needed |= hypotheses
                if consumer != numerator:
                    seed = Term.tensor(derivative_name(numerator, consumer), (*above, *over))
                    partial = (seed * partial).close(over.items())
                right = right + partial
        return Equation(free, left, right, needed)

    # ------------------------------------------------------------ inference

    def linear(self, free: Free, left: Term, right: Term, steps: Iterable[Sequence[Use]]) -> tuple[Theorem, list[Term]]:
        """The rule LIN, several uses a step, from `left` to `right`: the theorem, and the term after each step.

        Raises Rejected if a use is not an instance of its schema or the chain does not end at `right`.
        """
        hypotheses = self._type(free, left, right)
        current, after = left, []
        for step in steps:
            parts = [*current.monomials.items()]
            for use in step:
                equation, scope = self.schema(use.reference), self._scope((*free, *use.binders))
                if [scope.get(i) for i in use.at] != [axis for _, axis in equation.free]:
                    raise Rejected(f"{' '.join(use.reference)} is put at indices of other axes: {use.at}")
                hypotheses |= equation.hypotheses | self._admit(use.multiplier, scope)
                put = equation.difference.rename({i: j for (i, _), j in zip(equation.free, use.at, strict=True)})
                parts += (use.multiplier.scale(-1) * put).close(use.binders).monomials.items()
            current = Term(parts)
            after.append(current)
        if current != right:
            raise Rejected("the last step does not reach the right-hand side")
        return self._record(free, left, right, hypotheses), after

    def root_unique(self, free: Free, left: Term, right: Term, number: int, exponent: int) -> Theorem:
        """From theorem `number`, left^q = right^q with positive sides, conclude left = right; with q = 0, from exp."""
        given, needed = self.schema(("theorem", str(number))), self._type(free, left, right)
        powers = [term**exponent if exponent else self._exp(term) for term in (left, right)]
        positive = [self.positive(term) for term in ((left, right) if exponent else powers)]
        if None in positive or (given.free, given.left, given.right) != (free, *powers):
            raise Rejected(f"theorem {number} does not equate powers of sides that are positive by their form")
        return self._record(free, left, right, needed.union(given.hypotheses, *filter(None, positive)))

    def _record(self, *equation: Any) -> Theorem:
        self.theorems.append(Theorem(_SEAL, *equation))
        return self.theorems[-1]


def _delta(left: Iterable[str], right: Iterable[str]) -> Term:
    return reduce(Term.__mul__, (Term.delta(i, j) for i, j in zip(left, right, strict=True)), Term.number(1))
