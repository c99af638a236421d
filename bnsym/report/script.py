"""A counterexample as a program: plain NumPy that runs the document's definitions at the instance.

The program knows no chain rule: a derivative is had by moving one entry of a node by a tiny imaginary step and
computing again all that follows. Opaque functions are polynomials that take the recorded values, the opaque cost
is linear in what it depends on. Nothing of the document's text is in the program but in comments, as
`bnsym.compile.names` spells it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from math import factorial
from typing import Any

from bnsym.compile.names import Namer, comment_lines
from bnsym.kernel.term import DELTA, Factor, Monomial, Term
from bnsym.language.graph import CostGraph
from bnsym.language.latex import to_latex
from bnsym.language.node import Node, function_key
from bnsym.refute.evaluate import DERIVATIVE
from bnsym.refute.order import parents, topological
from bnsym.refute.reported import Replayed, Reported

KNOWN = {
    "exp": ("np.exp({0})", "np.exp({0})"),
    "log": ("np.log({0})", "1 / {0}"),
    "tanh": ("np.tanh({0})", "1 - np.tanh({0}) ** 2"),
    "logistic": ("1 / (1 + np.exp(-{0}))", "np.exp(-{0}) / (1 + np.exp(-{0})) ** 2"),
    "softplus": ("np.log1p(np.exp({0}))", "1 / (1 + np.exp(-{0}))"),
    "sin": ("np.sin({0})", "np.cos({0})"),
    "cos": ("np.cos({0})", "-np.sin({0})"),
}
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
USED = (
    "np", "run", "node", "base", "values", "name", "value", "moved", "step", "held", "place", "derivative", "result",
    "left", "right", "of", "by", "away",
)  # fmt: skip


@dataclass(frozen=True)
class Operand:
    """An array in a product: its code, and an index for each of its axes."""

    code: str
    indices: tuple[str, ...]


@dataclass
class Script:
    """Writes the program for one counterexample."""

    reported: Reported
    replayed: Replayed
    _namer: Namer = field(default_factory=lambda: Namer(USED))
    _names: dict[str, str] = field(default_factory=dict)

    @property
    def graph(self) -> CostGraph:
        return self.replayed.claim.graph

    @property
    def data(self) -> Mapping[str, Any]:
        return self.reported.data

    def text(self) -> str:
        claim = self.replayed.claim
        asked = sorted((claim.left.names() | claim.right.names()) - {DELTA})
        derivatives = [name for name in asked if name[0] in DERIVATIVE]
        ends = {part for d in derivatives for part in _parts(d)} | {n for n in asked if n in self.graph.nodes}
        nodes = self._needed(ends)
        for name in nodes:
            self._name(name)
        lines = [
            *comment_lines(f"{self.reported.path}, {self.reported.id}: {self.reported.latex}"),
            "# The two sides of the equation, from the definitions alone, at numbers where they differ.",
            "import numpy as np",
            "",
            *self._sizes(),
            "base = {}  # the nodes at the instance",
            "",
            "",
            *self._run(nodes, any(d[0] == DERIVATIVE[1] for d in derivatives)),
            "",
            "",
            *(_DERIVATIVE.splitlines() if derivatives else ()),
            "base = run()",
            *(f'{self._name(n)} = base["{self._name(n)}"]' for n in nodes if n in asked),
            *(line for name in derivatives for line in self._derivative(name, nodes)),
            "",
            *self._side("left", claim.left),
            *self._side("right", claim.right),
            'assert abs(left - right) > 1e-9 * abs(right), "they do not differ"',
            'print("They are not equal: right - left is", right - left)',
        ]
        return "\n".join(lines) + "\n"

    # -- names and values -----------------------------------------------------------------------------

    def _name(self, key: str) -> str:
        if key not in self._names:
            spelt = "d {} by {}".format(*_parts(key)) if key[0] in DERIVATIVE else key
            self._names[key] = self._namer.fresh(spelt.replace("-", " minus ").replace("+", " plus "))
        return self._names[key]

    def _needed(self, ends: set[str]) -> list[str]:
        """The nodes that some are computed from, themselves included, in order."""
        needed: set[str] = set()
        todo = list(ends)
        while todo:
            name = todo.pop()
            if name not in needed:
                needed.add(name)
                todo += [*parents(self.graph.nodes[name]), *self._partials(name)]
        return [name for name in topological(self.graph) if name in needed]

    def _partials(self, cost: str) -> dict[str, Any]:
        """The derivatives of an opaque cost by the nodes that it depends on."""
        return {n: table for n, table in self.data["partials"].get(cost, {}).items() if n in self.graph.nodes}

    def _sizes(self) -> Iterator[str]:
        for axis in self.graph.axes:
            yield f"{self._size(axis)} = {self.data['sizes'][axis]}"

    def _size(self, axis: str) -> str:
        return self._name(f"|{axis}|")

    @staticmethod
    def _numbers(table: Any) -> str:
        """Nested lists of rationals as code; what is not needed is zero."""
        if isinstance(table, list):
            return f"[{', '.join(map(Script._numbers, table))}]"
        value = Fraction(table or 0)
        return str(value.numerator) if value.denominator == 1 else f"{value.numerator} / {value.denominator}"

    # -- nodes ----------------------------------------------------------------------------------------

    def _run(self, nodes: Sequence[str], held: bool) -> Iterator[str]:
        yield f"def run(moved=None, step=0.0{', held=()' if held else ''}):"
        what = ", those that are held as they are" if held else ""
        yield f'    """Every node, one after the other{what}, with a step added to the one that is moved."""'
        yield "    values = {}"
        yield ""
        yield "    def node(name, value):"
        if held:
            yield "        value = base[name] if name in held else value"
        yield "        values[name] = value + step if name == moved else value"
        yield "        return values[name]"
        for name in nodes:
            node = self.graph.nodes[name]
            yield ""
            yield from (f"    {line}" for line in self._about(node))
            for line in self._code(node):
                yield f"    {line}"
        yield ""
        yield "    return values"

    @staticmethod
    def _about(node: Node) -> list[str]:
        """What the node is in the document, as a comment."""
        equation = f"{node.key} = {to_latex(node.body)}" if node.body is not None else node.key
        if node.written is not None and node.body is None:
            equation = f"{node.key}{f'^{node.root}' if node.root > 1 else ''} = {to_latex(node.written)}"
        return comment_lines(equation, 90)

    def _code(self, node: Node) -> Iterator[str]:
        name = self._name(node.key)
        if node.function:
            yield from self._function(node, name, *node.function)
        elif node.opaque:
            partials = self._partials(node.key)
            parts = [f"np.sum(np.array({self._numbers(t)}) * {self._name(n)})" for n, t in partials.items()]
            yield _node(name, " + ".join(parts) or "0.0")
        elif node.term is None:
            yield _node(name, f"np.array({self._numbers(self.data['tensors'][node.key])}, float)")
        else:
            body = self._term(node.term, [(i.name, a.key) for i, a in zip(node.indices, node.axes, strict=True)])
            root = f"({body}) ** (1 / {node.root})" if node.root > 1 else body
            yield _node(name, root)

    def _function(self, node: Node, name: str, function: str, order: int, argument: str) -> Iterator[str]:
        at = self._name(argument)
        if function in KNOWN:
            yield _node(name, f"{KNOWN[function][order].format(at)}")
            return
        yield f'away = {at} - base.get("{at}", {at})  # zero, but where {at} is moved'
        terms = []
        for k in count(order):
            table = self.data["functions"].get(function_key(function, k, argument))
            if table is None and k > order:
                break
            value = f"np.array({self._numbers(table)}, float)" if table is not None else f"np.zeros({at}.shape)"
            power = k - order
            terms.append(value if not power else f"{value} * away{f' ** {power} / {factorial(power)}' * (power > 1)}")
        yield _node(name, " + ".join(terms))

    # -- derivatives and sides ------------------------------------------------------------------------

    def _derivative(self, name: str, nodes: Sequence[str]) -> Iterator[str]:
        above, below = _parts(name)
        held = ""
        if name[0] == DERIVATIVE[1]:
            functions = [n for n in nodes if (f := self.graph.nodes[n].function) and f[2] == below]
            follow = {above, below, *functions}
            held = f", held={sorted(self._name(n) for n in nodes if n not in follow)!r}"
        yield f'{self._name(name)} = derivative("{self._name(above)}", "{self._name(below)}"{held})'

    def _side(self, side: str, term: Term) -> Iterator[str]:
        free = list(self.replayed.claim.free)
        at = ", ".join(str(self.data["at"][index] - 1) for index, _ in free)
        code = self._term(term, free)
        yield f"{side} = {code if code.isidentifier() else f'({code})'}[{at}]" if free else f"{side} = {code}"
        recorded = getattr(self.replayed, side)
        yield f'print("{side}-hand side:", {side}, "(recorded: {recorded})")'
        yield f"assert np.isclose({side}, {_middle(recorded)})"

    # -- terms ----------------------------------------------------------------------------------------

    def _term(self, term: Term, free: Sequence[tuple[str, str]]) -> str:
        """The code of a term as an array over its free indices, each with its axis."""
        parts = [self._monomial(m, Fraction(c), free) for m, c in term.monomials.items()]
        if not parts:
            parts = [self._product([], dict(free), [index for index, _ in free], "0.0")]
        return " + ".join(parts).replace("+ -", "- ")

    def _monomial(self, monomial: Monomial, coefficient: Fraction, free: Sequence[tuple[str, str]]) -> str:
        axes, names = dict(free), count()
        operands: list[Operand] = []
        numerator, denominator = [str(coefficient.numerator)], [str(coefficient.denominator)]
        for (bound, factors), exponent in monomial:
            renaming = {f"#{k}": f"#{next(names)}" for k in range(len(bound))}
            axes.update(zip(renaming.values(), bound, strict=True))
            inner = [(n, tuple(renaming.get(i, i) for i in ix), p) for n, ix, p in factors]
            if not bound and factors[0][0][0] == "|":
                side = numerator if exponent > 0 else denominator
                side.append(f"{self._size(factors[0][0][1:-1])}{_power(exponent if exponent > 0 else -exponent)}")
            elif not bound:
                operands.append(self._factor((*inner[0][:2], exponent), axes))
            elif exponent == 1:
                operands += [self._factor(factor, axes) for factor in inner]
            else:
                outer = sorted({i for _, ix, _ in inner for i in ix if i not in renaming.values()})
                code = self._product([self._factor(factor, axes) for factor in inner], axes, outer, "1")
                operands.append(Operand(f"({code}){_power(exponent)}", tuple(outer)))
        return self._product(operands, axes, [index for index, _ in free], _quotient(numerator, denominator))

    def _factor(self, factor: Factor, axes: Mapping[str, str]) -> Operand:
        name, indices, exponent = factor
        if name == DELTA:
            return Operand(f"np.eye({self._size(axes[indices[0]])})", indices)
        return Operand(f"{self._name(name)}{_power(exponent)}", indices)

    def _product(self, operands: list[Operand], axes: Mapping[str, str], out: Sequence[str], scalar: str) -> str:
        """A scalar times the product of operands, summed over the indices that are not `out`."""
        present = {index for operand in operands for index in operand.indices}
        operands = operands + [Operand(f"np.ones({self._size(axes[i])})", (i,)) for i in out if i not in present]
        letters = {index: LETTERS[k] for k, index in enumerate(dict.fromkeys([*out, *sorted(present)]))}
        factor = "" if scalar == "1" else "-" if scalar == "-1" else f"{scalar} * "
        if not operands:
            return scalar
        if len(operands) == 1 and operands[0].indices == tuple(out):
            return f"{factor}{operands[0].code}"
        inputs = ",".join("".join(letters[i] for i in operand.indices) for operand in operands)
        codes = ", ".join(operand.code for operand in operands)
        return f'{factor}np.einsum("{inputs}->{"".join(letters[i] for i in out)}", {codes})'


_DERIVATIVE = textwrap.dedent('''
    def derivative(of, by, **held):
        """The derivative of one node by another: each entry is moved, and all that follows from it."""
        result = np.zeros(np.shape(base[of]) + np.shape(base[by]))
        for place in np.ndindex(np.shape(base[by])):
            step = np.zeros(np.shape(base[by]), complex)
            step[place] = 1e-30j
            result[(..., *place)] = np.imag(run(by, step, **held)[of]) / 1e-30
        return result


''')[1:]


def _node(name: str, code: str) -> str:
    return f'{name} = node("{name}", {code})'


def _parts(name: str) -> list[str]:
    """The two nodes of a derivative's name."""
    return name[1:].split(f"/{name[0]}")


def _quotient(numerator: list[str], denominator: list[str]) -> str:
    """The code of a quotient of two products that begin with a number."""
    above = " * ".join(numerator[1:] if numerator[0] == "1" and len(numerator) > 1 else numerator)
    below = [part for part in denominator if part != "1"]
    if not below:
        return above
    return f"{above} / {below[0]}" if len(below) == 1 else f"{above} / ({' * '.join(below)})"


def _power(exponent: int | Fraction) -> str:
    if exponent == 1:
        return ""
    return f" ** {exponent}" if exponent.denominator == 1 and exponent > 0 else f" ** ({exponent})"


def _middle(recorded: str) -> str:
    """A recorded value as code; of an enclosure, its lower end."""
    return recorded.removeprefix("[").partition(",")[0]
