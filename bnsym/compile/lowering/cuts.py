"""Where the backward pass of a graph is cut, the nodes whose derivative is an array of its own; what keeps its name.

Everything upstream of a cut shares its array. A cut is made where that spares work: at a contraction, at the argument
of an opaque function, and where what comes back from several cuts meets.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bnsym.language.expression import (
    Addition,
    Expression,
    Function,
    Product,
    Sum,
    Tensor,
    free_indices,
    tensors,
    walk,
)
from bnsym.language.graph import CostGraph


def cuts(graph: CostGraph, order: Sequence[str], output: str, leaves: Collection[str]) -> tuple[str, ...]:
    """The output and the nodes worth a cut among those that depend on one of the leaves, in topological order."""
    bodies = {key: body for key in order if (body := graph.nodes[key].body) is not None}
    reached = set(leaves)
    consumers: dict[str, set[str]] = {}
    for key, body in bodies.items():
        below = {t.key for t in tensors(body)}
        for other in below:
            consumers.setdefault(other, set()).add(key)
        if below & reached:
            reached.add(key)
    functions = [e for body in bodies.values() for e in walk(body) if isinstance(e, Function)]
    arguments = {e.argument.key for e in functions if isinstance(e.argument, Tensor)}
    found: list[str] = []
    ahead: dict[str, set[str]] = {}  # the first cuts on the way from a node to the output
    for key in reversed([key for key in bodies if key in reached]):
        next_cuts = set[str]().union(*(ahead.get(consumer, set()) for consumer in consumers.get(key, ())))
        # Each of several would be followed anew by everything upstream: in a chain of links, by all that is above.
        meeting = len(next_cuts) > 1
        if key == output or key in arguments or meeting or is_contraction(bodies[key]):
            found.append(key)
            next_cuts = {key}
        ahead[key] = next_cuts
    return tuple(reversed(found))


def named(graph: CostGraph, order: Sequence[str], cut: Collection[str]) -> frozenset[str]:
    """The sums of several computed terms that are cut, or that matrix products are of.

    Multiplied out, a product would become as many as there are terms, and a chain of links x + f all that is below.
    """
    bodies = {key: body for key in order if (body := graph.nodes[key].body) is not None}
    products = [e for body in bodies.values() for e in walk(body) if _is_matrix_product(e)]
    operands = {f.key for e in products for f in factors(_innermost(e)) if isinstance(f, Tensor)}

    def is_sum(body: Expression) -> bool:
        terms = body.terms if isinstance(body, Addition) else ()
        return sum(any(t.key in bodies for t in tensors(term)) for term in terms) > 1

    return frozenset(key for key, body in bodies.items() if is_sum(body) and (key in operands or key in cut))


def is_contraction(body: Expression) -> bool:
    """Whether there is a matrix product in it."""
    return any(_is_matrix_product(e) for e in walk(body))


def factors(body: Expression) -> tuple[Expression, ...]:
    """The factors of a product; anything else is one."""
    return body.factors if isinstance(body, Product) else (body,)


def _innermost(body: Expression) -> Expression:
    while isinstance(body, Sum):
        body = body.body
    return body


def _is_matrix_product(body: Expression) -> bool:
    """A sum over a non-data axis of a product of tensors over different indices."""
    if not isinstance(body, Sum) or body.index.axis.data:
        return False
    over = {free_indices(f) for f in factors(_innermost(body))}
    return len(over) > 1
