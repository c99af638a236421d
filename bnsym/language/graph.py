"""The cost graph of a document, over a window of layers, as the kernel needs it.

A graph holds the definitions that are in view, each instantiated at its layer, and turns expressions into
canonical terms over them. Roots, reciprocals and functions of a compound become named auxiliary nodes
(A-normal form), so that a term is always a Laurent polynomial in atoms whose sign allows it.

Guarantees: the same document and the same claims give the same graph, name for name; a tensor that has a
consumer outside the window, or that the opaque cost depends on, is open; no rule of algebra is used here
beyond the laws of positive atoms, √(ab) = √a √b for a > 0, and that exp' is exp.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce
from typing import Any, Literal

from bnsym.kernel.data import encode
from bnsym.kernel.rules import FUNCTIONS, derivative_name
from bnsym.kernel.term import Factor, Rational, Term, fresh
from bnsym.language import bounded
from bnsym.language.expression import (
    Addition,
    Axis,
    Delta,
    Derivative,
    Expression,
    Function,
    Index,
    Layer,
    Mean,
    Number,
    Power,
    Product,
    Size,
    Sum,
    Tensor,
    met_indices,
    substitute,
    tensors,
)
from bnsym.language.laws import INVERSE, exact_power, outside, parts, split
from bnsym.language.namesakes import namesakes
from bnsym.language.node import Node, function_key
from bnsym.language.statement import Definition, Document
from bnsym.language.window import Layering, View, Window

# The functions that a closed derivative mentions, so that they are declared with it.
COMPANIONS = {"softplus": ("logistic",), "sin": ("cos",), "cos": ("sin",)}


class GraphError(ValueError):
    """The definitions do not make a graph, or an expression does not fit one."""


@dataclass
class CostGraph:
    """Nodes in topological order, with the axes and the hypotheses. Made by `build`.

    A tensor with a consumer that is not in view is `opened`; one that is made out of view from what is in view is
    opaque, like the cost.
    """

    view: View
    nodes: dict[str, Node] = field(default_factory=dict)
    axes: dict[str, Axis] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    namesakes: set[str] = field(default_factory=set)  # opened because they may be one with others under other names
    hypotheses: list[dict[str, Any]] = field(default_factory=list)
    layered: dict[str, tuple[str, Layer]] = field(default_factory=dict)  # a layer's own functions: name and layer
    rectified: frozenset[str] = frozenset()  # opaque functions that are max(0, z) in the document
    divided: set[str] = field(default_factory=set)  # what powers in expressions needed a sign of
    _auxiliaries: dict[tuple[int, Term], str] = field(default_factory=dict)
    # Bodies of definitions, with the place of each index of the tensor among those of the body.
    _defined: dict[Term, tuple[str, list[int]]] = field(default_factory=dict)
    _logarithms: dict[Term, tuple[str, Rational]] = field(default_factory=dict)  # of what, leading coefficient one

    @staticmethod
    def build(
        document: Document, window: Window, depth: int | None = None, layering: Layering | None = None
    ) -> CostGraph:
        """The graph of the definitions whose tensor lies in the window, and of those without a layer.

        With `depth`, the layers are the numbers 1 to `depth` (letter ""), and the last one is `depth`. `layering`
        is what `Layering` makes of the document, for whoever builds many graphs.
        Raises GraphError for circular definitions.
        """
        graph = CostGraph(View(layering or Layering(document, depth), window), rectified=document.rectified)
        if document.cost is not None:
            cost = document.cost.symbol
            graph.nodes[cost.key] = Node(cost.key, (), cost.symbol, opaque=True)
        pending = dict(graph.view.inside)
        while pending:
            ready = [k for k, d in pending.items() if not pending.keys() & {t.key for t in tensors(d.body)}]
            if not ready:
                raise GraphError(f"circular definitions: {', '.join(pending)}")
            for key in ready:
                graph._define(pending.pop(key))
        for reading in document.hypotheses:
            names = index_names([reading.left, reading.right])
            free = [[name, graph.axis(i.axis)] for i, name in names.items()]
            sides = {"left": encode(graph.term(reading.left, names)), "right": encode(graph.term(reading.right, names))}
            graph.hypotheses.append({"free": free, **sides})
        return graph

    def copy(self) -> CostGraph:
        """An independent graph, to which a claim may add leaves and auxiliary nodes."""
        return replace(
            self,
            nodes=dict(self.nodes),
            axes=dict(self.axes),
            opened=set(self.opened),
            namesakes=set(self.namesakes),
            hypotheses=list(self.hypotheses),
            layered=dict(self.layered),
            divided=set(),
            _auxiliaries=dict(self._auxiliaries),
            _logarithms=dict(self._logarithms),
        )

    @property
    def cut(self) -> list[str]:
        """The tensors that are made out of view, from what may be in view."""
        return [key for key, node in self.nodes.items() if node.opaque and node.layer is not None]

    @property
    def partial(self) -> bool:
        """Whether more is unknown than what is made of open tensors: numbers for them would prove nothing."""
        return bool(self.cut or self.namesakes)

    def data(self) -> dict[str, Any]:
        """The graph as the kernel reads it."""
        return {
            "axes": list(self.axes),
            "tensors": [node.data() for node in self.nodes.values()],
            "open": sorted(self.opened),
            "hypotheses": self.hypotheses,
        }

    def open_namesakes(self, terms: Iterable[Term]) -> None:
        """Open what may be, under another name, a tensor that the numerator of a derivative in a term is made of."""
        self.namesakes |= namesakes(self.nodes, terms, self.view.one)
        self.opened |= self.namesakes

    # ------------------------------------------------------------ nodes

    def _define(self, definition: Definition) -> None:
        tensor = definition.tensor
        names = {i: i.name for i in tensor.indices}
        if len(set(names.values())) != len(tensor.indices):
            raise GraphError(f"{tensor.key} is defined at indices that are not distinct")
        term = self.term(definition.body, names)
        key = self._declare(tensor)
        sign = self.nodes[key].sign or self._sign_of(term)
        self.nodes[key] = replace(self.nodes[key], indices=tensor.indices, term=term, body=definition.body, sign=sign)
        body, used = self._anonymous(term, names)
        if len(used) == len(tensor.indices):
            self._defined.setdefault(body, (key, [used.index(i.name) for i in tensor.indices]))

    def _declare(self, tensor: Tensor) -> str:
        """The node of a tensor of the document; a leaf, if nothing defined it before."""
        key = tensor.key
        if key not in self.nodes:
            axes = tuple(i.axis for i in tensor.indices)
            for axis in axes:
                self.axis(axis)
            opaque = self.view.cut(tensor)
            self.nodes[key] = Node(key, axes, tensor.symbol, tensor.layer, tensor.symbol.sign, opaque)
            if self.view.open(tensor):
                self.opened.add(key)
        return key

    def _auxiliary(
        self, term: Term, root: int, names: Mapping[Index, str], written: Expression | None
    ) -> tuple[str, list[str]]:
        """The node r with r^root = term (r = term where root is 0), and the indices to put on it."""
        index = {name: i for i, name in names.items()}
        body, used = self._anonymous(term, names)
        indices = tuple(Index(f"i{k}", index[name].axis) for k, name in enumerate(used))
        if (root, body) not in self._auxiliaries:
            key = f"{'r' if root else 'a'}_{len(self._auxiliaries) + 1}"
            self._auxiliaries[root, body] = key
            sign = self._sign_of(term) if not root else "nonzero" if root == 1 else "positive"
            axes = tuple(i.axis for i in indices)
            if written is not None:
                written = substitute(written, {index[name]: i for name, i in zip(used, indices, strict=True)})
            self.nodes[key] = Node(key, axes, sign=sign, indices=indices, term=body, root=root, written=written)
        return self._auxiliaries[root, body], used

    @staticmethod
    def _anonymous(term: Term, names: Mapping[Index, str]) -> tuple[Term, list[str]]:
        """A term over the indices i0, i1, … in the order of their axes, and what they stand for."""
        index = {name: i for i, name in names.items()}
        free = {i for _, indices, _ in term.factors() for i in indices if i[0] != "#"}
        used = sorted(free, key=lambda name: (index[name].axis.key, name))
        return term.rename({name: f"i{k}" for k, name in enumerate(used)}), used

    def _argument(self, written: Expression, names: Mapping[Index, str]) -> tuple[str, list[str]]:
        """The tensor that a function is of, and the indices on it: one of the document's, if its value is that."""
        term = self.term(written, names)
        match list(term.monomials.items()):
            case [(((((), ((name, indices, _),)), 1),), 1)] if name in self.nodes and not self.nodes[name].function:
                return name, list(indices)
        body, used = self._anonymous(term, names)
        if body in self._defined:
            key, places = self._defined[body]
            return key, [used[place] for place in places]
        return self._auxiliary(term, 0, names, written)

    def function(self, name: str, order: int, argument: str) -> str:
        """Declare a function of a tensor, with its next derivative, which the chain rule needs; returns its key.

        An opaque function comes with its first two derivatives: claims that mention g' share the graph of those
        that do not. A logarithm is taken of what is positive: that is noted as a hypothesis of whatever it is part of.
        exp of a sum comes with exp of its terms, log of a product with log of its factors.
        """
        if name == "log":
            term = self.nodes[argument].term
            if term is not None and self._never_positive(term):
                raise GraphError("the logarithm of what is never positive")
            self.divided.add(argument)
        self._declare_function(name, order, argument)
        return function_key(name, order, argument)

    def _declare_function(self, name: str, order: int, argument: str) -> None:
        if name == "log":
            node = self.nodes[argument] = replace(self.nodes[argument], sign="positive")
            if node.symbol is None and node.term is not None and not node.root:
                leading = node.term.monomials[max(node.term.monomials)]
                self._logarithms.setdefault(node.term.scale(Fraction(1) / leading), (argument, leading))
        highest = order + 1 if name in FUNCTIONS else max(order + 1, 2)
        lowest = 0 if name in FUNCTIONS else order  # the derivative of a known function is one in the function itself
        orders = [(name, k) for k in range(lowest, highest + 1)]
        for function, k in [*orders, *((f, 0) for f in COMPANIONS.get(name, ()))]:
            key = function_key(function, k, argument)
            sign = "positive" if (function, k) == ("exp", 0) else None
            axes = self.nodes[argument].axes
            self.nodes.setdefault(key, Node(key, axes, sign=sign, function=(function, k, argument)))
        node = self.nodes[argument]
        for part in self.law(name, node.term) if node.term is not None and not node.root else ():
            if not self.nodes[part[0]].function:
                self._declare_function(name, 0, part[0])

    def law(self, function: str, term: Term) -> list[Factor]:
        """What exp or log of a term falls into, as `laws.parts` has it; empty where that is not expressible."""
        found = parts(function, term) if function in INVERSE else []
        for name, _, _ in found:
            of = self.nodes[name].function
            if (of and of[:2] != (INVERSE[function], 0)) or (function == "log" and self._sign(name) != "positive"):
                return []
        return found

    def axis(self, axis: Axis) -> str:
        """Declare an axis; returns its name in terms."""
        self.axes.setdefault(axis.key, axis)
        return axis.key

    # ------------------------------------------------------------ expressions to terms

    def term(self, expression: Expression, names: Mapping[Index, str]) -> Term:
        """The canonical term of an expression; `names` gives the term's name of each free index.

        Declares leaves and auxiliary nodes on the way. Raises GraphError for a power of zero.
        """
        match expression:
            case Number(value):
                return Term.number(value)
            case Size(axis):
                return Term.size(self.axis(axis))
            case Delta(left, right):
                return Term.delta(names[left], names[right])
            case Tensor(indices=indices):
                return Term.tensor(self._declare(expression), [names[i] for i in indices])
            case Addition(terms):
                return reduce(Term.__add__, (self.term(t, names) for t in terms))
            case Product(factors):
                return bounded.product(self.term(f, names) for f in factors)
            case Sum(index, body) | Mean(index, body):
                bound, over = fresh(), self.axis(index.axis)
                total = self.term(body, {**names, index: bound}).close([(bound, over)])
                return total * Term.size(over, -1) if isinstance(expression, Mean) else total
            case Power(base, exponent):
                return self._power(base, exponent, names)
            case Function("exp", order) if order:
                return self.term(replace(expression, order=0), names)
            case Function("exp", 0, argument) if not isinstance(argument, Tensor):
                term = self.term(argument, names)
                return self._exponential(term) or self._applied(expression, self._auxiliary(term, 0, names, argument))
            case Function("log", 0, argument) if not isinstance(argument, Tensor):
                return self._logarithm(expression, self.term(argument, names), names)
            case Function(argument=argument):
                if isinstance(argument, Tensor):
                    of = self._declare(argument), [names[i] for i in argument.indices]
                else:
                    of = self._argument(argument, names)
                return self._applied(expression, of)
            case Derivative(numerator, denominator, total):
                key = derivative_name(self._declare(numerator), self._declare(denominator), direct=not total)
                return Term.tensor(key, [names[i] for i in (*numerator.indices, *denominator.indices)])
        raise GraphError(f"{type(expression).__name__} is not an index expression")

    def _applied(self, function: Function, of: tuple[str, list[str]]) -> Term:
        """A function of an entry."""
        if function.layer is not None:
            self.layered[function.key] = (function.name, function.layer)
        return Term.tensor(self.function(function.key, function.order, of[0]), of[1])

    def _logarithm(self, function: Function, term: Term, names: Mapping[Index, str]) -> Term:
        """log of a sum of several terms, by what their positive factors have in common: log(1 + 1/a)."""
        content, rest = outside(term, 1, self._sign_of_node) if len(term.monomials) > 1 else (Term.number(1), term)
        of = self._auxiliary(rest, 0, names, function.argument if rest == term else None)
        result = self._applied(function, of)
        for (name, at, _), power in ((component[1][0], p) for m in content.monomials for component, p in m):
            inside = self.nodes[name].function if name in self.nodes else None
            known = inside is not None and inside[:2] == ("exp", 0)
            entry = inside[2] if known and inside else self.function("log", 0, name)
            result = result + Term.tensor(entry, list(at)).scale(power)
        return result

    def _exponential(self, term: Term) -> Term | None:
        """exp of a sum of multiples of entries, as the product that it is; None if it is more than that."""
        result = Term.number(1)
        for name, at, weight in parts("exp", term):
            of = self.nodes[name].function
            inside = of[2] if of and of[:2] == ("log", 0) else self.function("exp", 0, name)
            result = result * Term.tensor(inside, at, weight)
        return None if result == Term.number(1) else result

    def _power(self, written: Expression, exponent: Fraction, names: Mapping[Index, str]) -> Term:
        """A power of an expression; a reciprocal is taken factor by factor, so that 1/(ab²) and 1/b share a node."""
        whole = exponent.denominator == 1
        if whole and exponent < 0 and isinstance(written, Product):
            return bounded.product(self._power(f, exponent, names) for f in written.factors)
        if whole and isinstance(written, Power) and written.exponent.denominator == 1 and written.exponent > 0:
            return self._power(written.base, written.exponent * exponent, names)
        base = self.term(written, names)
        if whole and exponent >= 0:
            return bounded.power(base, int(exponent))
        if not base:
            raise GraphError("a negative or fractional power of zero")
        if not whole and self._never_positive(base):
            raise GraphError("a fractional power of what is never positive")
        content, rest = split(base, exponent.denominator, self._sign)
        self.divided |= {name for name in content.names() if name[0] != "|"}
        if set(rest.monomials) == {()}:
            value = exact_power(rest.monomials[()], exponent)
            if value is not None:
                return (content**exponent).scale(value)
        body, used = self._anonymous(rest, names)
        if whole and body in self._logarithms:  # what a logarithm is taken of can be divided by
            key, leading = self._logarithms[body]
            return (content**exponent * Term.tensor(key, used, exponent.numerator)).scale(
                Fraction(leading) ** -exponent.numerator
            )
        root = 0 if whole and self._sign_of(rest) else exponent.denominator
        key, used = self._auxiliary(rest, root, names, written if rest == base else None)
        self.divided.add(key)
        return content**exponent * Term.tensor(key, used, exponent.numerator)

    def _sign_of_node(self, name: str) -> str | None:
        return self._sign(name) if name in self.nodes else None

    def _sign_of(self, term: Term) -> Literal["positive"] | None:
        """The sign of a sum of products of what is positive."""
        positive = bool(term) and all(c > 0 for c in term.monomials.values())
        return "positive" if positive and all(self._sign(n) == "positive" for n in term.names()) else None

    def _never_positive(self, term: Term) -> bool:
        """Whether a term is made of negative multiples of what is positive or a square, or of nothing."""
        components = (component for monomial in term.monomials for component in monomial)
        return all(c < 0 for c in term.monomials.values()) and all(
            power % 2 == 0 or all(p % 2 == 0 or self._sign(name) == "positive" for name, _, p in factors)
            for (_, factors), power in components
        )

    def _sign(self, name: str) -> str | None:
        """The declared sign of an atom; sizes are positive, derivatives and deltas have none."""
        return "positive" if name[0] == "|" else self.nodes[name].sign if name in self.nodes else None


def index_names(expressions: Iterable[Expression]) -> dict[Index, str]:
    """A name in terms for every free index, in the order in which they are met: its letter, made unique."""
    names: dict[Index, str] = {}
    for index in (i for expression in expressions for i in met_indices(expression)):
        if index not in names:
            name = index.name
            while name in names.values():  # one letter over two axes
                name += "'"
            names[index] = name
    return names
