"""Cost graphs as the kernel's data: their entries, one like batch normalization, and a strategy for random ones.

from hypothesis import given, strategies as st
from bnsym.kernel import Theory
from bnsym.testing import Model, cost_graphs

@given(cost_graphs(), st.integers(0, 9))
def test_a_definition_holds_in_every_model(graph, seed):
    for name in (t["name"] for t in graph["tensors"] if t["kind"] == "definition"):
        assert Model(graph, {"a": 2, "b": 3}, seed).holds(Theory(graph).schema(("definition", name)))
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from bnsym.kernel.data import encode
from bnsym.kernel.term import Term
from bnsym.testing.terms import trees
from bnsym.testing.tree import SHAPES, build

Data = dict[str, Any]


class Graph(dict[str, Any]):
    """A cost graph as the kernel takes it: plain data, which failing tests show a definition a line."""


def leaf(name: str, *axes: str, sign: str | None = None) -> Data:
    return {"name": name, "kind": "leaf", "axes": list(axes), "sign": sign}


def opaque(name: str, *axes: str) -> Data:
    return {"name": name, "kind": "opaque", "axes": list(axes), "sign": None}


def function(name: str, of: str, argument: str, order: int = 0) -> Data:
    return {"name": name, "kind": "function", "function": of, "order": order, "argument": argument}


def definition(name: str, scope: dict[str, str], body: Term, sign: str | None = None) -> Data:
    axes, indices = list(scope.values()), list(scope)
    return {"name": name, "kind": "definition", "axes": axes, "sign": sign, "indices": indices, "body": encode(body)}


def root(name: str, scope: dict[str, str], body: Term, exponent: int = 2) -> Data:
    axes, indices = list(scope.values()), list(scope)
    fields = {"axes": axes, "indices": indices, "body": encode(body)}
    return {"name": name, "kind": "root", "exponent": exponent, **fields}


def graph(
    *tensors: Data, axes: tuple[str, ...] = ("a", "b"), opened: tuple[str, ...] = (), hypotheses: Sequence[Data] = ()
) -> Graph:
    return Graph(axes=list(axes), tensors=list(tensors), open=list(opened), hypotheses=list(hypotheses))


def mean(term: Term, index: str, axis: str) -> Term:
    return term.close([(index, axis)]) * Term.size(axis, -1)


def batch_norm() -> Graph:
    """x → μ, σ = √(⟨(x−μ)²⟩ + slack) → x̂ → y → u = g(y), and C of u. `slack` is a positive leaf, an ε per unit."""
    sj, j = {"s": "sample", "j": "unit"}, {"j": "unit"}
    x, mu = Term.tensor("x", ["s", "j"]), Term.tensor("mu", ["j"])
    y = Term.tensor("gamma", ["j"]) * Term.tensor("xhat", ["s", "j"]) + Term.tensor("beta", ["j"])
    return graph(
        opaque("C"),
        leaf("x", "sample", "unit"),
        leaf("gamma", "unit"),
        leaf("beta", "unit"),
        leaf("slack", "unit", sign="positive"),
        definition("mu", j, mean(x, "s", "sample")),
        root("sigma", j, mean((x - mu) ** 2, "s", "sample") + Term.tensor("slack", ["j"])),
        definition("xhat", sj, (x - mu) * Term.tensor("sigma", ["j"], -1)),
        definition("y", sj, y),
        function("g(y)", "g", "y"),
        function("g'(y)", "g", "y", 1),
        definition("u", sj, Term.tensor("g(y)", ["s", "j"])),
        axes=("sample", "unit"),
        opened=("u",),
    )


LEAVES = ("x", "K", "M", "z", "c", "p", "q")


@st.composite
def cost_graphs(draw: st.DrawFn) -> Graph:
    """A random graph of polynomial definitions and functions of them, with an opaque cost of some, maybe one within."""
    shapes = {name: SHAPES[name] for name in LEAVES}
    tensors = [opaque("C")]
    tensors += [leaf(n, *axes, sign="positive" if n in ("p", "q") else None) for n, axes in shapes.items()]
    names = []
    for number in range(draw(st.integers(1, 4))):
        axes = draw(st.sampled_from([(), ("a",), ("b",), ("a", "b"), ("a", "a")]))
        scope = dict(zip("ij", axes, strict=False))
        name = f"d{number}"
        tensors.append(definition(name, scope, build(draw(trees(scope, 2, shapes)))))
        names.append(name)
        shapes = {**shapes, name: axes}
        if number == 1 and draw(st.booleans()):
            tensors += [opaque("P", "b"), *(function(f"g{order}(P)", "g", "P", order) for order in range(3))]
            shapes = {**shapes, "P": ("b",), "g0(P)": ("b",)}
        if draw(st.booleans()):
            tensors += [function(f"g{order}({name})", "g", name, order) for order in range(3)]
            shapes = {**shapes, f"g0({name})": axes, f"g1({name})": axes}
    opened = draw(st.lists(st.sampled_from([*names, *LEAVES]), max_size=3, unique=True))
    return graph(*tensors, opened=tuple(opened))
