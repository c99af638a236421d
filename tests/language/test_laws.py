"""The laws of powers, exp and log hold for numbers, whatever the signs that are not declared."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import pytest

from bnsym.kernel.term import Term
from bnsym.language.expression import Addition, Expression, Function, Number, Power, Product, Symbol, Tensor
from bnsym.language.graph import CostGraph, GraphError
from tests.support.documents import read_text

EMPTY = CostGraph.build(read_text("+++\n[axes]\n+++\n").document, {})
SYMBOLS = [Symbol("a", sign="positive"), Symbol("b", sign="nonzero"), Symbol("c")]


def expression(draw: random.Random, depth: int = 3) -> Expression:
    """A random expression over a > 0, b ≠ 0 and c with exponentials, logarithms and reciprocals."""
    if depth == 0:
        return draw.choice([Tensor(s, None, ()) for s in SYMBOLS] + [Number(Fraction(n)) for n in (-1, 2)])
    parts = tuple(expression(draw, depth - 1) for _ in range(2))
    return draw.choice(
        [
            Addition(parts),
            Product(parts),
            Power(parts[0], Fraction(draw.choice([-2, -1, 2]))),
            Function("exp", 0, parts[0]),
            Function("log", 0, parts[0]),
        ]
    )


def number(value: Expression, at: dict[str, float]) -> float:
    match value:
        case Number(n):
            return float(n)
        case Tensor():
            return at[value.key]
        case Addition(terms):
            return sum(number(t, at) for t in terms)
        case Product(factors):
            return math.prod(number(f, at) for f in factors)
        case Power(base, exponent):
            return number(base, at) ** int(exponent)
        case Function(name, _, argument):
            return (math.exp if name == "exp" else math.log)(number(argument, at))
    raise TypeError(value)


def worth(graph: CostGraph, term: Term, at: dict[str, float]) -> float:
    """The value of a term without indices."""
    return sum(
        float(c) * math.prod(entry(graph, component[1][0][0], at) ** float(p) for component, p in monomial)
        for monomial, c in term.monomials.items()
    )


def entry(graph: CostGraph, name: str, at: dict[str, float]) -> float:
    node = graph.nodes[name]
    if node.function:
        return (math.exp if node.function[0] == "exp" else math.log)(entry(graph, node.function[2], at))
    if node.term is None:
        return at[name]
    return worth(graph, node.term, at) ** (1 / max(node.root, 1))


@pytest.mark.parametrize("seed", range(300))
def test_a_term_has_the_value_of_its_expression(seed):
    draw = random.Random(seed)
    written = expression(draw)
    graph = EMPTY.copy()
    try:
        term = graph.term(written, {})
    except GraphError:
        return
    for _ in range(5):
        at = {"a": draw.uniform(0.3, 2), "b": draw.choice([-1, 1]) * draw.uniform(0.3, 2), "c": draw.uniform(-2, 2)}
        try:
            expected = number(written, at)
            found = worth(graph, term, at)
        except (ValueError, OverflowError, ZeroDivisionError):
            continue
        assert math.isclose(found, expected, rel_tol=1e-6, abs_tol=1e-9), (written, at)
