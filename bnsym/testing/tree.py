"""Index terms as plain trees, with an evaluator of their own: what kernel terms are compared with.

A tree is built into a `Term` by the kernel's constructors, and evaluated here by looping over every index, over
any ring of numbers (fractions, dual numbers). Nothing of the kernel's canonical forms is used in the evaluation
of a tree; `evaluate_term` reads a term's monomials literally.

    >>> tree = Total("t", "a", Times(Kronecker("s", "t"), Entry("x", ("t",))))
    >>> build(tree) == Term.tensor("x", ["s"])
    True
    >>> instance = random_instance({"a": 2, "b": 1}, seed=1)
    >>> evaluate(tree, instance, {"s": 1}) == instance.values["x", (1,)]
    True
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from bnsym.kernel.term import DELTA, Term, fresh, plain
from bnsym.testing.exact import Dual, power

AXES = ("a", "b")
SHAPES = {"x": ("a",), "y": ("a",), "z": ("b",), "K": ("a", "a"), "M": ("a", "b"), "c": (), "p": ("a",), "q": ()}
POSITIVE = ("p", "q")  # squares of positive rationals: half-integer powers are exact


@dataclass(frozen=True)
class Number:
    value: Fraction


@dataclass(frozen=True)
class Size:
    axis: str


@dataclass(frozen=True)
class Entry:
    name: str
    indices: tuple[str, ...]
    power: Fraction = Fraction(1)


@dataclass(frozen=True)
class Kronecker:
    left: str
    right: str


@dataclass(frozen=True)
class Plus:
    left: Tree
    right: Tree


@dataclass(frozen=True)
class Minus:
    left: Tree
    right: Tree


@dataclass(frozen=True)
class Times:
    left: Tree
    right: Tree


@dataclass(frozen=True)
class Square:
    body: Tree


@dataclass(frozen=True)
class Total:
    index: str
    axis: str
    body: Tree


Tree = Number | Size | Entry | Kronecker | Plus | Minus | Times | Square | Total


def build(tree: Tree, names: Mapping[str, str] | None = None) -> Term:
    """The kernel's term; `names` puts other indices in place of the free letters."""
    names = names or {}
    match tree:
        case Number(value):
            return Term.number(value)
        case Size(axis):
            return Term.size(axis)
        case Entry(name, indices, power):
            return Term.tensor(name, [names.get(i, i) for i in indices], plain(power))
        case Kronecker(left, right):
            return Term.delta(names.get(left, left), names.get(right, right))
        case Plus(left, right):
            return build(left, names) + build(right, names)
        case Minus(left, right):
            return build(left, names) - build(right, names)
        case Times(left, right):
            return build(left, names) * build(right, names)
        case Square(body):
            return build(body, names) ** 2
        case Total(index, axis, body):
            bound = fresh() if names else index
            return build(body, {**names, index: bound}).close([(bound, axis)])


@dataclass(frozen=True)
class Instance:
    """Sizes and values: `values[name, place]` is the entry at 0-based places."""

    sizes: Mapping[str, int]
    values: Mapping[tuple[str, tuple[int, ...]], Fraction | Dual]


def random_instance(sizes: Mapping[str, int], seed: int, shapes: Mapping[str, tuple[str, ...]] = SHAPES) -> Instance:
    choose = random.Random(seed)
    values = {}
    for name, axes in shapes.items():
        for place in product(*(range(sizes[axis]) for axis in axes)):
            value = Fraction(choose.randint(-9, 9), choose.randint(1, 4))
            values[name, place] = (abs(value) + 1) ** 2 if name in POSITIVE else value
    return Instance(sizes, values)


def evaluate(tree: Tree, instance: Instance, at: Mapping[str, int]) -> Any:
    match tree:
        case Number(value):
            return value
        case Size(axis):
            return Fraction(instance.sizes[axis])
        case Entry(name, indices, exponent):
            return power(instance.values[name, tuple(at[i] for i in indices)], exponent)
        case Kronecker(left, right):
            return Fraction(at[left] == at[right])
        case Plus(left, right):
            return evaluate(left, instance, at) + evaluate(right, instance, at)
        case Minus(left, right):
            return evaluate(left, instance, at) - evaluate(right, instance, at)
        case Times(left, right):
            return evaluate(left, instance, at) * evaluate(right, instance, at)
        case Square(body):
            return evaluate(body, instance, at) * evaluate(body, instance, at)
        case Total(index, axis, body):
            places = range(instance.sizes[axis])
            return sum((evaluate(body, instance, {**at, index: k}) for k in places), Fraction(0))


def evaluate_term(term: Term, instance: Instance, at: Mapping[str, int]) -> Any:
    """The value of a term, read off its monomials."""

    def factor(name: str, indices: tuple[str, ...], exponent: Fraction | int, where: Mapping[str, int]):
        if name == DELTA:
            return Fraction(where[indices[0]] == where[indices[1]])
        if name[0] == "|":
            return power(Fraction(instance.sizes[name[1:-1]]), exponent)
        return power(instance.values[name, tuple(where[i] for i in indices)], exponent)

    total: Any = Fraction(0)
    for monomial, coefficient in term.monomials.items():
        value: Any = Fraction(coefficient)
        for (axes, factors), outer in monomial:
            if not axes:
                ((name, indices, _),) = factors
                value = value * factor(name, indices, outer, at)
                continue
            inner: Any = Fraction(0)
            for place in product(*(range(instance.sizes[axis]) for axis in axes)):
                where = {**at, **{f"#{k}": i for k, i in enumerate(place)}}
                inner = inner + prod((factor(*f, where) for f in factors), start=Fraction(1))
            value = value * inner**outer
        total = total + value
    return total


def rewritten(tree: Tree, choose: random.Random) -> Tree:
    """An equal tree, rewritten at random: operands swapped, products multiplied out, sums exchanged, deltas put in."""
    match tree:
        case Plus(left, right):
            left, right = rewritten(left, choose), rewritten(right, choose)
            return Plus(right, left) if choose.random() < 0.5 else Plus(left, right)
        case Minus(left, right):
            left, right = rewritten(left, choose), rewritten(right, choose)
            return Plus(Times(Number(Fraction(-1)), right), left) if choose.random() < 0.5 else Minus(left, right)
        case Times(left, right):
            left, right = rewritten(left, choose), rewritten(right, choose)
            if choose.random() < 0.5:
                left, right = right, left
            if isinstance(left, Plus | Minus) and choose.random() < 0.5:
                return type(left)(Times(left.left, right), Times(right, left.right))
            return Times(left, right)
        case Square(body):
            body = rewritten(body, choose)
            return Times(body, rewritten(body, choose)) if choose.random() < 0.5 else Square(body)
        case Total(index, axis, body):
            body = rewritten(body, choose)
            if isinstance(body, Total) and body.index != index and choose.random() < 0.5:
                return Total(body.index, body.axis, Total(index, axis, body.body))
            if isinstance(body, Plus | Minus) and choose.random() < 0.5:
                return type(body)(Total(index, axis, body.left), Total(index, axis, body.right))
            if choose.random() < 0.3:  # Σ_i f(i) = Σ_i Σ_v δ_{iv} f(i)
                new = f"v{choose.getrandbits(32)}"
                return Total(index, axis, Total(new, axis, Times(Kronecker(index, new), body)))
            return Total(index, axis, body)
        case _:
            return tree
