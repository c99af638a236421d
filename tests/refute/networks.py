"""Batch normalization built by hand as a `Document`, its cost graph, its closed forms, and wrong ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from bnsym.kernel.rules import Free, derivative_name
from bnsym.kernel.term import Term
from bnsym.language.expression import (
    Addition,
    Axis,
    Expression,
    Function,
    Index,
    Layer,
    Mean,
    Number,
    Power,
    Product,
    Size,
    Slot,
    Sum,
    Symbol,
    Tensor,
)
from bnsym.language.graph import CostGraph
from bnsym.language.statement import Cost, Definition, Document

SAMPLE = Axis("sample", None, ("N",), data=True)
GENERIC = Layer("l")
LAST = Layer("L")


def unit(layer: Layer) -> Axis:
    return Axis("unit", layer, (f"n^{layer}",))


UNIT = unit(GENERIC)
BELOW = unit(GENERIC.shift(-1))
PER_SAMPLE = (SAMPLE, UNIT)


def layered(base: str, axes: tuple[Axis, ...], *, below=(), above=(), sign=None) -> Symbol:
    return Symbol(base, below, (*above, Slot(0)), axes, sign)


U, X, Y, XHAT = (layered(b, PER_SAMPLE) for b in ("u", "x", "y", r"\hat{x}"))
GAMMA, BETA = layered(r"\gamma", (UNIT,)), layered(r"\beta", (UNIT,))
MU = layered(r"\mu", (UNIT,), below=("B",))
VARIANCE = layered(r"\sigma", (UNIT,), below=("B",), above=("2",), sign="positive")
WEIGHT = Symbol("W", (), (Slot(-1), Slot(0)), (UNIT, BELOW))
EPSILON = Symbol(r"\epsilon")
COST = Symbol(r"\mathcal{C}")

S, J, B = Index("s", SAMPLE), Index("j", UNIT), Index("i", BELOW)


def at(symbol: Symbol, *indices: Index, layer: Layer = GENERIC) -> Tensor:
    return Tensor(symbol, layer if symbol.layered else None, indices)


def minus(left: Expression, right: Expression) -> Expression:
    return Addition((left, Product((Number(Fraction(-1)), right))))


def document(*, epsilon: bool = True, activation: str = "g", unbiased: bool = False, outside: bool = False) -> Document:
    """Batch normalization as in the seed; with ε in the root, or `outside` it; `unbiased`: 1/(N-1)."""
    deviation = minus(at(X, S, J), at(MU, J))
    spread: Expression = Mean(S, Power(deviation, Fraction(2)))
    if unbiased:
        fewer = Addition((Size(SAMPLE), Number(Fraction(-1))))
        spread = Product((Power(fewer, Fraction(-1)), Sum(S, Power(deviation, Fraction(2)))))
    scale = Power(scale_of(0, epsilon=epsilon, outside=outside), Fraction(-1))
    definitions = (
        Definition(at(X, S, J), Sum(B, Product((at(WEIGHT, J, B), at(U, S, B, layer=GENERIC.shift(-1)))))),
        Definition(at(MU, J), Mean(S, at(X, S, J)), assumed=True),
        Definition(at(VARIANCE, J), spread, assumed=True),
        Definition(at(XHAT, S, J), Product((deviation, scale))),
        Definition(at(Y, S, J), Addition((Product((at(GAMMA, J), at(XHAT, S, J))), at(BETA, J)))),
        Definition(at(U, S, J), Function(activation, 0, at(Y, S, J))),
    )
    last = Index("k", unit(LAST))
    cost = Cost(Tensor(COST, None, ()), Tensor(U, LAST, (S, last)))
    functions = ("g",) if activation == "g" else ()
    return Document("bn.md", "", "", (), definitions, (), (), (), functions, cost, ("l", "L"))


def batch_norm(layers: int = 2, **options) -> CostGraph:
    """The graph of a window of generic layers l, …; u^{l-1} is a leaf, the last u is open."""
    return CostGraph.build(document(**options), {"l": (0, layers - 1)})


def key(symbol: Symbol, layer: int = 0) -> str:
    return symbol.key(GENERIC.shift(layer))


def axis(layer: int = 0) -> str:
    return unit(GENERIC.shift(layer)).key


C = COST.key(None)


def adjoint(symbol: Symbol, *indices: str, layer: int = 0) -> Term:
    return Term.tensor(derivative_name(C, key(symbol, layer)), indices)


@dataclass(frozen=True)
class Claim:
    free: Free
    left: Term
    right: Term


def bracket(value: Callable[[str], Term], layer: int, sample: str, j: str, projection: Term) -> Term:
    """[v − ⟨v⟩ − p x̂⟨v x̂⟩] over the samples, for v = value(sample); p is 1 in what is true."""
    name = key(XHAT, layer)
    here, there = Term.tensor(name, (sample, j)), Term.tensor(name, ("q", j))
    mean = value("q").close([("q", "sample")]) * size() ** -1
    projected = (value("q") * there).close([("q", "sample")]) * size() ** -1 * here * projection
    return value(sample) - mean - projected


def scale_of(layer: int, *, epsilon: bool = True, outside: bool = False) -> Expression:
    """What a sample's deviation is divided by: √(σ² + ε), √σ², or √σ² + ε."""
    where = GENERIC.shift(layer)
    variance, root = at(VARIANCE, Index("j", unit(where)), layer=where), Fraction(1, 2)
    if outside:
        return Addition((Power(variance, root), at(EPSILON)))
    return Power(Addition((variance, at(EPSILON))) if epsilon else variance, root)


def size() -> Term:
    return Term.size("sample")


def closed_forms(graph: CostGraph, mutation: str = "", *, outside: bool = False) -> dict[str, Claim]:
    """The closed forms, fully indexed; `mutation` names one edit that makes (most of) them wrong.

    The recursion is among them if the graph has the next layer.
    """
    epsilon = EPSILON.key(None) in graph.nodes
    one, n = Term.number(1), size()
    projection = {
        "sign": Term.number(-1),
        "sum for mean": n,
        "lost projection": Term.number(0),
        "doubled mean": n**-1,
        "half": Term.number(Fraction(1, 2)),
    }.get(mutation, one)
    power = {"power": -3, "no root": 0}.get(mutation, -1)

    def prefactor(layer: int, j: str) -> Term:
        gamma = one if mutation == "no gamma" else Term.tensor(key(GAMMA, layer), (j,))
        if mutation == "gamma squared":
            gamma = gamma * gamma
        scale = Power(scale_of(layer, epsilon=epsilon, outside=outside), Fraction(power))
        return gamma * graph.term(scale, {Index("j", unit(GENERIC.shift(layer))): j})

    def weight_bracket(sample: str, j: str, i: str) -> Term:
        return bracket(lambda s: Term.tensor(key(U, -1), (s, i)), 0, sample, j, projection)

    dy, dy_next = (lambda s, j="j": adjoint(Y, s, j)), (lambda s: adjoint(Y, s, "k", layer=1))
    slope = Term.tensor(f"g'({key(Y)})", ("s", "j"))
    over_s, average = [("s", "sample")], n**-1 if mutation == "mean for sum" else one
    sj, ji = (("s", "sample"), ("j", axis())), (("j", axis()), ("i", axis(-1)))
    jacobian = Term.tensor(derivative_name(key(Y), key(WEIGHT)), ("s", "k", "j", "i"))
    claims = {
        "jacobian": Claim(
            (("s", "sample"), ("k", axis()), *ji),
            jacobian,
            Term.delta("k", "j") * prefactor(0, "j") * weight_bracket("s", "j", "i"),
        ),
        "weight": Claim(
            ji,
            adjoint(WEIGHT, "j", "i"),
            (dy("s") * prefactor(0, "j") * weight_bracket("s", "j", "i")).close(over_s) * average,
        ),
        "beta": Claim((("j", axis()),), adjoint(BETA, "j"), dy("s").close(over_s) * average),
        "gamma": Claim(
            (("j", axis()),),
            adjoint(GAMMA, "j"),
            (dy("s") * Term.tensor(key(XHAT), ("s", "j"))).close(over_s) * average,
        ),
        "boundary": Claim(sj, adjoint(Y, "s", "j"), adjoint(U, "s", "j") * slope),
    }
    if key(Y, 1) in graph.nodes:
        weight = Term.tensor(key(WEIGHT, 1), ("k", "j"))
        recursion = prefactor(1, "k") * weight * bracket(dy_next, 1, "s", "k", projection)
        claims["recursion"] = Claim(sj, adjoint(Y, "s", "j"), slope * recursion.close([("k", axis(1))]))
    return claims
