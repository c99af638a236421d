"""Concrete models of a cost graph: every tensor has exact values, every derivative is taken by dual numbers.

A model interprets all the atoms that a theorem can mention: leaves by random rationals, definitions by
evaluation, roots by the leaf that makes their base a perfect power, g by a polynomial, an opaque cost by a
random quadratic polynomial of the open tensors (other opaque tensors of those before them), ∂A/∂n by perturbing
n and letting everything downstream follow, ðA/ðn by perturbing n inside A's own body. A theorem whose sides
differ in a model is false.

    >>> from bnsym.kernel import Theory
    >>> from bnsym.testing.graphs import batch_norm
    >>> graph = batch_norm()
    >>> Model(graph, {"sample": 3, "unit": 1}, seed=0).holds(Theory(graph).schema(("chain", "C", "x")))
    True
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import Any

from bnsym.kernel.data import decode
from bnsym.kernel.rules import Equation
from bnsym.kernel.term import Term
from bnsym.testing.exact import Dual, dual, power
from bnsym.testing.tree import Instance, evaluate_term

Place = tuple[int, ...]
# g, g', g'', … as polynomials, lowest degree first
POLYNOMIAL = [1, -2, 3, 1]


class Model:
    """`graph` is the kernel's data; `seed` chooses the values; roots need a leaf named `slack` over their axes."""

    def __init__(self, graph: Mapping[str, Any], sizes: Mapping[str, int], seed: int):
        self.tensors = {t["name"]: t for t in graph["tensors"]}
        self.bodies = {n: decode(t["body"]) for n, t in self.tensors.items() if "body" in t}
        self.open = [n for n in graph["open"] if self.tensors[n]["kind"] not in ("function", "opaque")]
        self.order = self._order()
        self.sizes, self.choose = sizes, random.Random(seed)
        self.leaves: dict[tuple[str, Place], Fraction] = {}
        self.cost: dict[tuple, Fraction] = {}
        for name, tensor in self.tensors.items():
            if tensor["kind"] == "leaf":
                for place in self.places(name):
                    self.leaves[name, place] = self._leaf(tensor.get("sign"))
        self._slack()
        self.values = self.run()

    def _leaf(self, sign: str | None) -> Fraction:
        value = Fraction(self.choose.randint(-6, 6), self.choose.randint(1, 3))
        if sign == "positive":
            return (abs(value) + 1) ** 2
        return value or Fraction(1) if sign == "nonzero" else value

    def _slack(self) -> None:
        """Choose the leaf `slack` so that every root of `… + slack` is rational."""
        for name, tensor in self.tensors.items():
            if tensor["kind"] == "root" and "slack" in self.tensors:
                for place in self.places(name):
                    self.leaves["slack", place] = Fraction(0)
                    at = dict(zip(tensor["indices"], place, strict=True))
                    base = evaluate_term(self.bodies[name], Instance(self.sizes, self.run(until=name)), at)
                    root = abs(base) + 2
                    self.leaves["slack", place] = root ** tensor["exponent"] - base

    def axes(self, name: str) -> tuple[str, ...]:
        tensor = self.tensors[name]
        return self.axes(tensor["argument"]) if tensor["kind"] == "function" else tuple(tensor["axes"])

    def places(self, name: str) -> Iterator[Place]:
        return product(*(range(self.sizes[axis]) for axis in self.axes(name)))

    def run(self, moved: tuple[str, Place] | None = None, until: str | None = None) -> dict[tuple[str, Place], Any]:
        """All values, in order; `moved` is one entry that is perturbed."""
        values: dict[tuple[str, Place], Any] = {}
        instance = Instance(self.sizes, values)
        for name in self.order:
            if name == until:
                break
            for place in self.places(name):
                value = self._value(name, self.tensors[name], place, instance)
                values[name, place] = dual(value) + Dual(0, 1) if moved == (name, place) else value
        return values

    def _order(self) -> list[str]:
        """As declared, but the cost and what is made of it after all that it may depend on."""
        last: list[str] = []
        for name, tensor in self.tensors.items():
            mentioned = self.bodies[name].names() if name in self.bodies else {tensor.get("argument")}
            if (tensor["kind"] == "opaque" and not tensor["axes"]) or not mentioned.isdisjoint(last):
                last.append(name)
        return [name for name in self.tensors if name not in last] + last

    def _value(self, name: str, tensor: Mapping[str, Any], place: Place, instance: Instance) -> Any:
        match tensor["kind"]:
            case "leaf":
                return self.leaves[name, place]
            case "function":
                return self._polynomial(tensor["order"], instance.values[tensor["argument"], place])
            case "opaque":
                return self._opaque(name, place, instance.values)
            case kind:
                at = dict(zip(tensor["indices"], place, strict=True))
                value = evaluate_term(self.bodies[name], instance, at)
                return power(value, Fraction(1, tensor["exponent"])) if kind == "root" else value

    def _polynomial(self, order: int, x: Any) -> Any:
        coefficients = list(POLYNOMIAL)
        for _ in range(order):
            coefficients = [n * c for n, c in enumerate(coefficients)][1:]
        return sum((x**n * c for n, c in enumerate(coefficients)), Fraction(0))

    def _opaque(self, name: str, place: Place, values: Mapping[tuple[str, Place], Any]) -> Any:
        """A random quadratic polynomial of the entries of the open tensors that have values."""
        entries = [(n, p) for n in self.open for p in self.places(n) if (n, p) in values]
        total: Any = Fraction(0)
        for k, entry in enumerate(entries):
            for other in (None, *entries[: k + 1]):
                weight = self.cost.setdefault((name, place, entry, other), Fraction(self.choose.randint(-3, 3)))
                total = total + values[entry] * (values[other] if other else 1) * weight
        return total

    def derivative(self, above: str, place: Place, below: str, where: Place) -> Fraction:
        """∂above[place]/∂below[where]: everything downstream of `below` follows."""
        values = self.run(moved=(below, where))
        return dual(values[above, place]).slope

    def direct(self, above: str, place: Place, below: str, where: Place) -> Fraction:
        """ðabove[place]/ðbelow[where]: the perturbation is seen by the body of `above`, and by functions of `below`."""
        values = {**self.values, (below, where): dual(self.values[below, where]) + Dual(0, 1)}
        for name, tensor in self.tensors.items():
            if tensor["kind"] == "function" and tensor["argument"] == below:
                values[name, where] = self._polynomial(tensor["order"], values[below, where])
        return dual(self._value(above, self.tensors[above], place, Instance(self.sizes, values))).slope

    def with_derivatives(self, *terms: Term) -> Instance:
        """The instance that gives a value to every atom of the terms, derivatives among them."""
        values = dict(self.values)
        for name in {n for term in terms for n in term.names()}:
            if name[0] in "∂ð":
                above, below = name[1:].split("/" + name[0])
                take = self.derivative if name[0] == "∂" else self.direct
                for place in self.places(above):
                    for where in self.places(below):
                        values[name, place + where] = take(above, place, below, where)
        return Instance(self.sizes, values)

    def holds(self, equation: Equation) -> bool:
        """Whether both sides agree at all values of the free indices."""
        instance = self.with_derivatives(equation.left, equation.right)
        letters = [i for i, _ in equation.free]
        for place in product(*(range(self.sizes[axis]) for _, axis in equation.free)):
            at = dict(zip(letters, place, strict=True))
            if evaluate_term(equation.left, instance, at) != evaluate_term(equation.right, instance, at):
                return False
        return True
