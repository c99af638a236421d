"""Counterexamples: an instance at which the two sides of a claim differ, as data that replays.

A counterexample is rigorous: both values are exact, or enclosed by intervals that do not meet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import count, product
from time import process_time
from typing import Any

from bnsym.kernel.rules import Free
from bnsym.kernel.term import Rational, Term, plain
from bnsym.language.graph import CostGraph
from bnsym.language.node import function_key
from bnsym.refute.evaluate import Functions, Instance, NotAnInstance, OutOfTime, Place
from bnsym.refute.instances import Sampler
from bnsym.refute.numbers import KNOWN, Enclosure, Value, apart, positive
from bnsym.refute.order import open_below
from bnsym.refute.settle import Settlement

SECONDS = 2.0
GRACE = 3  # how many times the bound an instance that was begun may take
AGREEING = 3  # instances at which the sides agree, after which the search gives up
INEXACT = 6  # attempts at an exact counterexample, after which an enclosed one will do
REPLAYING = 60.0  # seconds that replaying may take
TROUBLE: dict[type[Exception], str] = {
    OutOfTime: "both sides could be evaluated in time",
    NotAnInstance: "all signs and hypotheses hold",
}
MAX_ORDER = 4  # of a derivative of an opaque function in a claim


@dataclass(frozen=True)
class Counterexample:
    """Where the sides differ: `at` gives the place of each free index, counted from 1.

    `sizes`: the size of each axis. `tensors`: the leaves, nested lists in the order of their axes, of rationals
    as strings. `functions`: the values of opaque functions, entry by entry of their argument, named as g'(y);
    None where they are not needed. `partials`: of the opaque cost by the open tensors, each with the others
    held. `left`, `right`: rationals, or enclosures "[low, high]"; `exact` says which.
    """

    sizes: Mapping[str, int]
    tensors: Mapping[str, Any]
    functions: Mapping[str, Any]
    partials: Mapping[str, Mapping[str, Any]]
    at: Mapping[str, int]
    left: str
    right: str
    exact: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "sizes": dict(self.sizes),
            "tensors": dict(self.tensors),
            "functions": dict(self.functions),
            "partials": {cost: dict(entries) for cost, entries in self.partials.items()},
            "at": dict(self.at),
            "left": self.left,
            "right": self.right,
            "exact": self.exact,
        }


def find_counterexample(
    graph: CostGraph,
    free: Free,
    left: Term,
    right: Term,
    *,
    seed: int = 0,
    seconds: float = SECONDS,
    notes: list[str] | None = None,
) -> Counterexample | None:
    """An instance at which left ≠ right, with exact values if one is found in time; None if none is found.

    `free` are the free indices with the keys of their axes. The same seed gives the same instances; `seconds`
    bounds the search. Nothing is found in a graph that leaves out layers in between: what they make is not known.
    Where nothing is found, `notes` learns why.
    """
    if graph.partial:
        return None
    deadline, agreeing, trouble = process_time() + seconds, 0, ""
    enclosed: Counterexample | None = None
    simple, general = (Sampler(graph, (left, right), seed, simple=kind) for kind in (True, False))
    for attempt in count():
        if process_time() > deadline or agreeing == AGREEING or (enclosed and attempt >= INEXACT):
            break
        sampler = simple if agreeing < AGREEING - 1 else general  # simple numbers may agree by chance
        try:
            zero = bool(sampler.epsilons) and attempt % AGREEING == 1
            instance = sampler.instance(sampler.sizes(), zero_epsilon=zero)
            instance.deadline = deadline + GRACE * seconds
            Settlement(sampler, instance, (left, right), deadline).run()
            instance.satisfy()
            at = _differ(instance, free, left, right)
            if at is None:
                agreeing += 1
                continue
            found = _counterexample(instance, at, left, right)
        except ArithmeticError as error:
            trouble = TROUBLE.get(type(error), "both sides are defined")
            continue
        if found and found.exact:
            return found
        enclosed = enclosed or found
    if enclosed is None and notes is not None:
        if agreeing:
            notes.append(f"the two sides agree at {agreeing} instances")
        else:
            notes.append(f"no instance was found in {seconds:g} s at which {trouble or 'they can be told apart'}")
    return enclosed


def _differ(instance: Instance, free: Free, left: Term, right: Term) -> dict[str, int] | None:
    """Free indices at which the sides differ; some at which neither is zero, if there are."""
    best = None
    for place in product(*(range(instance.sizes[axis]) for _, axis in free)):
        at = dict(zip((index for index, _ in free), place, strict=True))
        a, b = instance.evaluate(left, at), instance.evaluate(right, at)
        if apart(a, b):
            best = best or at
            if a != 0 and b != 0:
                return at
    return best


def _counterexample(instance: Instance, at: Mapping[str, int], left: Term, right: Term) -> Counterexample | None:
    """The two sides at an instance, as data, if they differ; with the values that these need, and no others."""
    instance.forget()
    a, b = instance.evaluate(left, at), instance.evaluate(right, at)
    if not apart(a, b):
        return None
    nodes = instance.graph.nodes
    used = {name for term in (left, right, *(n.term for n in nodes.values() if n.term)) for name in term.names()}
    leaves = {n: entries for n, entries in instance.leaves.items() if n in used or not nodes[n].opaque}
    return Counterexample(
        dict(instance.sizes),
        {name: _nested(instance, name, entries) for name, entries in leaves.items()},
        {key: _nested(instance, argument, entries) for key, argument, entries in _functions(instance)},
        {c: {n: _nested(instance, n, entries) for n, entries in by.items()} for c, by in instance.partials.items()},
        {index: k + 1 for index, k in at.items()},
        str(a),
        str(b),
        not isinstance(a, Enclosure) and not isinstance(b, Enclosure),
    )


def _functions(instance: Instance) -> Iterator[tuple[str, str, dict[Place, Rational]]]:
    """What opaque functions and their derivatives are where they are needed, with a name as key."""
    for function, argument in _opaque_functions(instance.graph):
        for order in range(MAX_ORDER):
            needed = {p: instance.functions.known(function, order, v) for p, v in _computed(instance, argument)}
            entries = {place: value for place, value in needed.items() if value is not None}
            if entries:
                yield function_key(function, order, argument), argument, entries


def _computed(instance: Instance, name: str) -> list[tuple[Place, Value]]:
    return list(instance.values.get(name, {}).items())


def _opaque_functions(graph: CostGraph) -> list[tuple[str, str]]:
    """The functions whose values are free, each with its argument."""
    pairs = {(n.function[0], n.function[2]) for n in graph.nodes.values() if n.function}
    return sorted(pair for pair in pairs if pair[0] not in KNOWN)


def _nested(instance: Instance, name: str, entries: Mapping[Place, Rational]) -> Any:
    """Entries as nested lists of strings, in the order of the tensor's axes; None where there is none."""
    sizes = [instance.sizes[axis.key] for axis in instance.graph.nodes[name].axes]

    def level(place: Place) -> Any:
        if len(place) == len(sizes):
            return str(entries[place]) if place in entries else None
        return [level((*place, k)) for k in range(sizes[len(place)])]

    return level(())


def _flat(data: Any, place: Place = ()) -> dict[Place, Rational]:
    """The entries of nested lists."""
    if isinstance(data, list):
        return {p: value for k, inner in enumerate(data) for p, value in _flat(inner, (*place, k)).items()}
    return {} if data is None else {place: plain(Fraction(data))}


def instance_of(graph: CostGraph, data: Mapping[str, Any]) -> Instance:
    """The instance that a counterexample's JSON describes, with the signs and the hypotheses of the graph.

    Raises KeyError, ValueError or ArithmeticError if the data are not an instance of the graph.
    """

    def missing() -> Rational:
        raise NotAnInstance("a function is needed at an argument for which no value is given")

    leaves = {name: _flat(nested) for name, nested in data["tensors"].items()}
    for cost in open_below(graph):
        leaves.setdefault(cost, {(): 0})
    partials = {c: {n: _flat(nested) for n, nested in by.items()} for c, by in data["partials"].items()}
    instance = Instance(graph, data["sizes"], leaves, partials, Functions(missing))
    instance.deadline = process_time() + REPLAYING
    _check_signs(instance)
    opaque = _opaque_functions(graph)
    for name in instance.order:
        for function, argument in [pair for pair in opaque if pair[1] == name]:
            for order in range(MAX_ORDER):
                for place, value in _flat(data["functions"].get(function_key(function, order, argument))).items():
                    instance.functions.assign(function, order, instance.value(name, place), value)
    instance.satisfy()
    return instance


def _check_signs(instance: Instance) -> None:
    """The leaves have the signs that are declared; raises NotAnInstance."""
    for name, node in instance.graph.nodes.items():
        for place, value in instance.leaves.get(name, {}).items():
            if (node.sign == "positive" and not positive(value)) or (node.sign and value == 0):
                raise NotAnInstance(f"{name} at {place} is {value}, but it is declared {node.sign}")


def replay(graph: CostGraph, left: Term, right: Term, data: Mapping[str, Any]) -> tuple[str, str]:
    """Both sides, computed again from a counterexample's JSON; they are the JSON's own left and right.

    Raises KeyError, ValueError or ArithmeticError if the data are not an instance of the graph.
    """
    instance = instance_of(graph, data)
    at = {index: k - 1 for index, k in data["at"].items()}
    return str(instance.evaluate(left, at)), str(instance.evaluate(right, at))
