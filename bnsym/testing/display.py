r"""What is drawn, as it would be written: failures of Hypothesis show the smallest case in the document's notation.

    >>> print(shown(Total("t", "a", Times(Kronecker("s", "t"), Entry("p", ("t",), Fraction(1, 2))))))
    \sum_{t \in a} \delta_{st} p_{t}^{1/2}

Expressions, terms, equations and trees are formulas; a document and a header are their text, a cost graph a definition
a line, an instance, a network or a batch its sizes and numbers. Importing `bnsym.testing` registers all of them with
Hypothesis' printer. A kind of data of your own is added in one line, before it is drawn:

    showing(MyLayer, lambda layer: f"{layer.name}: {shown(layer.forward)}")
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from fractions import Fraction
from functools import singledispatch
from itertools import chain, count
from typing import Any, TypeVar, get_args

import numpy as np
from hypothesis.vendor.pretty import RepresentationPrinter, for_type_by_name

from bnsym.kernel.data import decode
from bnsym.kernel.rules import Equation, Theorem
from bnsym.kernel.term import DELTA, Component, Rational, Term
from bnsym.language.expression import Expression
from bnsym.language.latex import to_latex
from bnsym.testing.computation import Computation
from bnsym.testing.document import Spoiled, Written
from bnsym.testing.graphs import Graph
from bnsym.testing.network import Degenerate, Network
from bnsym.testing.tree import (
    Entry,
    Instance,
    Kronecker,
    Minus,
    Number,
    Plus,
    Size,
    Square,
    Times,
    Total,
    Tree,
)
from bnsym.testing.vocabulary import Vocabulary, header

Some = TypeVar("Some")
LETTERS = "stuvwpqabcdef"


@singledispatch
def shown(value: object) -> str:
    """A value as it would be written, in as many lines as that takes; what nothing is known of, as Python has it."""
    return repr(value)


def showing(kind: type[Some], how: Callable[[Some], str]) -> None:
    """Let Hypothesis show values of a class, drawn as they are, by a function of yours. Subclasses are others."""

    def pretty(value: Some, printer: RepresentationPrinter, cycle: bool) -> None:
        lines = how(value).rstrip("\n").split("\n")
        for line in lines:
            if len(lines) > 1:
                printer.break_()
            printer.text(line)

    shown.register(kind, how)
    for_type_by_name(kind.__module__, kind.__name__, pretty)


# ---------------------------------------------------------------- terms and trees


def _entry(name: str, indices: Iterable[str], exponent: Rational = 1) -> str:
    r"""A factor of a term: x_{s}^{2}, \delta_{st}, the size |a|, (∂C/∂x)_{s}."""
    letters = list(indices)
    below = ("" if all(len(letter) == 1 for letter in letters) else " ").join(letters)
    base = r"\delta" if name == DELTA else f"({name})" if "/" in name else name
    return base + (f"_{{{below}}}" if below else "") + (f"^{{{exponent}}}" if exponent != 1 else "")


def _term(term: Term) -> str:
    free = {i for _, indices, _ in term.factors() for i in indices if i[0] != "#"}
    parts = []
    for monomial, coefficient in term.monomials.items():
        number = [str(abs(coefficient))] if abs(coefficient) != 1 or not monomial else []
        factors = [_component(*part, free) for part in monomial]
        parts.append(("-" if coefficient < 0 else "") + " ".join(number + factors))
    return " + ".join(parts).replace("+ -", "- ") or "0"


def _component(component: Component, outer: Rational, free: Set[str]) -> str:
    axes, factors = component
    if not axes:
        ((name, indices, _),) = factors
        return _entry(name, indices, outer)
    letters = _letters([f"#{number}" for number in range(len(axes))], free)
    sums = [rf"\sum_{{{letter} \in {axis}}}" for letter, axis in zip(letters.values(), axes, strict=True)]
    inside = [_entry(n, [letters.get(i, i) for i in indices], p) for n, indices, p in factors]
    text = f"({' '.join([*sums, *inside])})"
    return text if outer == 1 else f"{text}^{{{outer}}}"


def _letters(indices: Sequence[str], taken: Set[str]) -> dict[str, str]:
    """Letters for indices without one, all different and none of them `taken`."""
    names = chain(LETTERS, (f"t{number}" for number in count()))
    return dict(zip(indices, (name for name in names if name not in taken), strict=False))


def _tree(tree: Tree) -> str:
    match tree:
        case Number(value):
            return str(value)
        case Size(axis):
            return f"|{axis}|"
        case Entry(name, indices, exponent):
            return _entry(name, indices, exponent)
        case Kronecker(left, right):
            return _entry(DELTA, (left, right))
        case Square(body):
            return f"({_tree(body)})^{{2}}"
        case Times(left, right):
            return f"{_operand(left)} {_operand(right)}"
        case Total(index, axis, body):
            return rf"\sum_{{{index} \in {axis}}} {_operand(body)}"
        case Plus(left, right):
            return f"{_tree(left)} + {_tree(right)}"
        case Minus(left, right):
            return f"{_tree(left)} - {_operand(right)}"


def _operand(tree: Tree) -> str:
    """A tree where it stands in a product, or behind a minus: in brackets unless it is a factor."""
    text = _tree(tree)
    whole = isinstance(tree, Times | Entry | Size | Kronecker | Square) or (isinstance(tree, Number) and text.isdigit())
    return text if whole else f"({text})"


def _equation(equation: Equation) -> str:
    """left = right for i \\in a, under …, with letters in place of the kernel's fresh indices."""
    names = [index for index, _ in equation.free]
    letters = _letters([name for name in names if name[0] == "$"], set(names))
    left, right = (_term(side.rename(letters)) for side in (equation.left, equation.right))
    free = ", ".join(rf"{letters.get(index, index)} \in {axis}" for index, axis in equation.free)
    under = "".join(f", under {' '.join(map(str, hypothesis))}" for hypothesis in sorted(equation.hypotheses))
    return f"{left} = {right}{f' for {free}' if free else ''}{under}"


# ---------------------------------------------------------------- graphs


def _graph(graph: Mapping[str, Any]) -> str:
    return "\n".join([*map(_node, graph["tensors"]), f"open: {', '.join(graph['open']) or 'none'}"])


def _node(tensor: Mapping[str, Any]) -> str:
    r"""x over a b; d_{ij} := …; r_{j}^{2} = …; g'(y), derivative 1 of g at y."""
    match tensor:
        case {"kind": "definition", "name": name, "indices": indices, "body": body}:
            return f"{_entry(name, indices)} := {_term(decode(body))}"
        case {"kind": "root", "name": name, "indices": indices, "body": body, "exponent": exponent}:
            return f"{_entry(name, indices, exponent)} = {_term(decode(body))}"
        case {"kind": "function", "name": name, "function": function, "order": order, "argument": argument}:
            return f"{name} = {function}{chr(39) * order} of {argument}"
    sign = f", {tensor['sign']}" if tensor["sign"] else ""
    return f"{tensor['name']}: {tensor['kind']}{' over ' if tensor['axes'] else ''}{' '.join(tensor['axes'])}{sign}"


# ---------------------------------------------------------------- numbers


def _sizes(instance: Instance) -> str:
    return ", ".join(f"{axis} has size {size}" for axis, size in instance.sizes.items())


def _instance(instance: Instance) -> str:
    """The sizes, and a tensor a line, as counterexamples are told."""
    entries: dict[str, dict[tuple[int, ...], object]] = {}
    for (name, place), value in instance.values.items():
        entries.setdefault(name, {})[place] = value
    return "\n".join([_sizes(instance), *(f"{name} = {_nested(found)}" for name, found in entries.items())])


def _nested(entries: Mapping[tuple[int, ...], object]) -> str:
    """[[2, 1/2], [0, 3]]; a scalar as it is."""
    if () in entries:
        value = entries[()]
        return str(value) if isinstance(value, Fraction | int) else repr(value)
    rows: dict[int, dict[tuple[int, ...], object]] = {}
    for (first, *rest), value in entries.items():
        rows.setdefault(first, {})[tuple(rest)] = value
    return f"[{', '.join(_nested(rows[first]) for first in sorted(rows))}]"


def _arrays(arrays: Mapping[str, np.ndarray]) -> Iterator[str]:
    for name, array in arrays.items():
        yield f"{name} = {np.array2string(array, separator=', ', prefix=f'{name} = ')}"


def _network(network: Network) -> str:
    widths = "-".join(map(str, network.widths))
    told = f"{widths}, {network.activation}, {network.cost}, epsilon = {network.epsilon}"
    return "\n".join([told, *_arrays({**network.parameters, "X": network.X, "T": network.T})])


def _degenerate(batch: Degenerate) -> str:
    return "\n".join([f"{batch.kind}, column {batch.column}", *_arrays({"X": batch.X})])


# ---------------------------------------------------------------- text


def _text(text: str) -> str:
    """Lines as they are; what does not show, by its number."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


for _kind in Expression.__subclasses__():
    showing(_kind, to_latex)
for _kind in get_args(Tree):
    showing(_kind, _tree)
showing(Term, _term)
showing(Equation, _equation)
showing(Theorem, _equation)
showing(Graph, _graph)
showing(Instance, _instance)
showing(Network, _network)
showing(Degenerate, _degenerate)
showing(Vocabulary, header)
showing(Written, lambda document: _text(document.text))
showing(Spoiled, _text)
showing(Computation, lambda computation: _text(computation.text))
