r"""What edits of one statement may draw on: its letters and layers, the names of the same type, and factors.

Factors are what the document's definitions are made of (tensors, roots, functions and their derivatives, sizes), at the
layers and with the letters of the statement; an axis that the statement leaves without a letter has none here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import combinations as pairs
from itertools import islice
from itertools import product as choices

from bnsym.document.meaning.elaborate import COVARIANCES, EXPECTATIONS, VARIANCES
from bnsym.document.meaning.formula import TRANSPOSES
from bnsym.document.meaning.registry import axes_at
from bnsym.document.notation.names import Item, flatten, read_layer
from bnsym.document.rewording.equation import Equation, Rewording
from bnsym.document.rewording.matrices import Matrices, NoNotation
from bnsym.document.syntax.tree import Name, names_in
from bnsym.language.expression import (
    Addition,
    Axis,
    Delta,
    Derivative,
    Expression,
    Function,
    Index,
    Layer,
    Number,
    Power,
    Product,
    Size,
    Slot,
    Sum,
    Symbol,
    Tensor,
    free_indices,
    map_layers,
    met_indices,
    substitute,
    tensors,
    walk,
)
from bnsym.language.latex import size_latex, to_latex
from bnsym.language.statement import Reading

MOMENTS = EXPECTATIONS | VARIANCES | COVARIANCES
_COMBINATIONS = 4  # of letters for one factor
_BRACED = re.compile(r"([_^])\{(\w)\}")
_BARE = re.compile(r"[_^]\w")


@dataclass(frozen=True)
class Factor:
    """A factor and its text, with the letters in it; `averaged`: it leaves a data axis to a mean around it.

    An index that the text does not write has no name.
    """

    expression: Expression
    text: str
    letters: frozenset[str] = frozenset()
    averaged: bool = False
    weight: int = 4


class Palette:
    """Of one statement, in its first reading."""

    def __init__(self, rewording: Rewording, equation: Equation, reading: Reading) -> None:
        self.registry, self.notation = rewording.registry, rewording.notation
        self.matrix = self.notation.products == "matrix"
        parts = [part for side in (reading.left, reading.right) for part in walk(side)]
        self._left = reading.left
        self._entries = [part for part in parts if isinstance(part, Tensor)]
        indices = dict.fromkeys(i for entry in self._entries for i in entry.indices)
        self._axes: list[Axis] = list(dict.fromkeys([i.axis for i in indices]))
        self._plain = bool(_BARE.search(equation.text)) and not _BRACED.search(equation.text)
        written = {node: [t.text for t in _script_tokens(node)] for node in (equation.head, equation.body)}
        self._typed = [i for i in indices if any(i.name in texts for texts in written.values())]
        self._unwritten = {i.axis for i in indices if i not in self._typed}
        self._head = [i for i in self._typed if i.name in written[equation.head]]
        self.head_letters = {i.name for i in self._head}
        names = {axis.name for axis in self._axes}
        known = [x for x, name in self.notation.letters.items() if name in names or x in written[equation.body]]
        self.letters = list(dict.fromkeys([*(i.name for i in self._typed), *known]))

    def spellings(self, expression: Expression) -> Iterator[str]:
        """An expression as text: without the letters, and the sums, that the line does not write; with all of them."""
        silent = {i: Index("", i.axis) for i in free_indices(expression) if i.name not in self.head_letters}
        bare = substitute(expression, silent)
        if self.matrix and not self.head_letters:
            head = tuple(dict.fromkeys(met_indices(self._left)))
            laid_out = isinstance(self._left, Derivative) and len(head) == 2  # in which way, only reading it tells
            for indices in (head, head[::-1]) if laid_out else (head,):
                with suppress(NoNotation):
                    writer = Matrices(indices, self._latex, self._filled("ones", 1), self._filled("identity", 2))
                    yield self.styled(writer.text(expression))
        for spelled in dict.fromkeys((self._unsummed(bare), bare, expression)):
            yield self.styled(self._latex(spelled))

    def _latex(self, expression: Expression) -> str:
        return to_latex(expression, definitions=self.registry.spelled)

    def _filled(self, value: str, rank: int) -> Callable[[Axis], str]:
        """The name of the column of ones, or of the identity matrix, over an axis; "" if it has none."""

        def named(axis: Axis) -> str:
            found = (s for s in self._symbols if self.notation.values.get(s) == value and s.axes == (axis,) * rank)
            return next((symbol.key(None) for symbol in found), "")

        return named

    def _unsummed(self, expression: Expression) -> Expression:
        """Without the sums over axes that the line leaves without letters: W u for Σ_j W_j u_j."""
        if isinstance(expression, Sum) and not expression.index.axis.data and expression.index.axis in self._unwritten:
            return self._unsummed(substitute(expression.body, {expression.index: Index("", expression.index.axis)}))
        return expression.rebuild(tuple(map(self._unsummed, expression.children)))

    def styled(self, text: str) -> str:
        """With braces around single letters in scripts if the line has them so."""
        return _BRACED.sub(r"\1\2", text) if self._plain else text

    # ------------------------------------------------------------ names

    def is_function(self, name: Name) -> bool:
        known = self.registry.function(name) is not None or name.base in MOMENTS
        return known and self.registry.find(name) is None

    def is_size(self, name: Name) -> bool:
        return self.registry.find(name) is None and self.registry.find_size(name) is not None

    def powers(self, name: Name) -> list[Item]:
        """The scripts above a name that are its power."""
        found = self.registry.find(name)
        left = found[1].above if found else flatten(name.above) if self.is_size(name) else ()
        return [item for item in left if item.letter is None and item.texts not in TRANSPOSES]

    def shifted(self, name: Name, by: int) -> list[tuple[int, int, str]]:
        """The name with all its layers shifted, as what is to be replaced by what."""
        changes = []
        for item in (*flatten(name.below), *flatten(name.above)):
            layer = read_layer(item, self.notation.generic, self.notation.last, numbers=False)
            if layer is not None and self.notation.generic:
                new = str(layer.shift(by))
                changes.append((item.start, item.end, new if item.bare == item.texts else f"({new})"))
        return changes

    def alternatives(self, name: Name) -> Iterator[tuple[tuple[str, str], str]]:
        """Other declared symbols with the same axes, under the same letters: the two symbols, and the text."""
        found = self.registry.find(name)
        if found is None or found[0] == self.registry.cost:
            return
        symbol, match = found
        axes = axes_at(symbol, match.layer, self.notation.generic)
        powers = self.powers(name)
        letters = [str(i) for i in (*match.below, *(i for i in match.above if i not in powers))]
        for other in self._symbols:
            for layer in (match.layer, *(match.layer.shift(k) for k in (-1, 1) if match.layer)):
                at = layer if other.layered else None
                if other != symbol and axes_at(other, at, self.notation.generic) == axes:
                    text = self.styled(_spelled(other, at, letters))
                    yield (symbol.key(None), other.key(None)), f"{{{text}}}^{{{powers[0]}}}" if powers else text
                    break

    def at_letter(self, name: Name, letter: str) -> str | None:
        """The name with a letter for a data axis that it leaves without; None if it has none such."""
        found = self.registry.find(name)
        axis = self.notation.letters.get(letter)
        if found is None or axis is None:
            return None
        symbol, match = found
        axes = axes_at(symbol, match.layer, self.notation.generic)
        letters = [str(i) for i in match.below]
        place = next((k for k, a in enumerate(axes) if a.name == axis and a.data), None)
        known = {self.notation.letters.get(x) for x in letters}
        if place is None or axis in known or match.above or len(letters) not in (0, len(axes) - 1):
            return None
        letters.insert(place if letters else 0, letter)
        return self.styled(_spelled(symbol, match.layer, letters))

    @property
    def _symbols(self) -> list[Symbol]:
        return [s for known in self.notation.patterns.values() for _, s in known if s != self.registry.cost]

    def sizes(self, letter: str) -> list[str]:
        """The sizes of the axes of the statement that a letter ranges over."""
        name = self.notation.letters.get(letter)
        return list(dict.fromkeys(size_latex(axis) for axis in self._axes if axis.name == name))

    # ------------------------------------------------------------ factors

    @cached_property
    def scalars(self) -> list[str]:
        """Constants without axes, such as ε."""
        return [_spelled(s, None, []) for s in self._symbols if not s.axes and not s.layered]

    @cached_property
    def factors(self) -> list[Factor]:
        """Sizes and small numbers, then whatever the definitions are made of, and one over it."""
        sizes = [e for axis in self._axes for e in self._of_size(axis)]
        found = [Factor(e, to_latex(e), weight=2) for e in (*sizes, *map(Number, (Fraction(2), Fraction(1, 2))))]
        for first, second in pairs(self._head, 2):
            if first.axis == second.axis:
                delta = Delta(first, second)
                found.append(Factor(delta, to_latex(delta), frozenset((first.name, second.name)), weight=2))
        for atom in self._atoms:
            for instance in self._instances(atom):
                letters = frozenset(i.name for t in tensors(instance) for i in t.indices if i.name)
                averaged = any(not i.name and i.axis.data for t in tensors(instance) for i in t.indices)
                for weight, factor in ((4, instance), (5, Power(instance, Fraction(-1)))):
                    found.append(Factor(factor, self.styled(to_latex(factor)), letters, averaged, weight))
        return list({factor.text: factor for factor in reversed(found)}.values())[::-1]

    @staticmethod
    def _of_size(axis: Axis) -> Iterator[Expression]:
        """N, 1/N, N/(N − 1) and (N − 1)/N."""
        size, less = Size(axis), Addition((Size(axis), Number(Fraction(-1))))
        yield Power(size, Fraction(-1))
        yield size
        yield Product((size, Power(less, Fraction(-1))))
        yield Product((less, Power(size, Fraction(-1))))

    @cached_property
    def _atoms(self) -> list[Expression]:
        """Entries of all tensors, and the roots and functions in the definitions."""
        bodies = [d.body for d in self.registry.definitions]
        known = [d.tensor for d in self.registry.definitions] + [t for body in bodies for t in tensors(body)]
        head = {self._left.symbol} if isinstance(self._left, Tensor) else set()
        entries = {t.symbol: t for t in (*self._entries, *known) if t.symbol not in {self.registry.cost, *head}}
        atoms: list[Expression] = list(entries.values())
        for body in bodies:
            for part in walk(body):
                match part:
                    case Power(base, exponent) if exponent.denominator == 2 and not isinstance(base, Size):
                        atoms.append(Power(base, Fraction(1, 2)))
                    case Function(order=order):
                        atoms += [part, replace(part, order=order + 1)]
        return list(dict.fromkeys(atoms))

    def _instances(self, atom: Expression) -> Iterator[Expression]:
        """The atom at the layers, and with the letters, that the statement has."""
        home = next((t.layer for t in tensors(atom) if t.layer is not None), None)
        layers = dict.fromkeys(entry.layer for entry in self._entries if entry.layer is not None)
        for moved in [_at_layer(atom, home, layer) for layer in layers] if home is not None else [atom]:
            indices = dict.fromkeys(i for t in tensors(moved) for i in t.indices)
            options = [self._options(index.axis) for index in indices]
            for choice in islice(choices(*options), _COMBINATIONS):
                if len({c for c in choice if c.name}) == len([c for c in choice if c.name]):
                    yield substitute(moved, dict(zip(indices, choice, strict=True)))

    def _options(self, axis: Axis) -> list[Index]:
        """The letters that the statement has for an axis; none where it leaves the axis without."""
        letters = [i for i in self._typed if i.axis == axis]
        return [*letters, *([Index("", axis)] if axis in self._unwritten or not letters else [])]


def _at_layer(atom: Expression, home: Layer, layer: Layer) -> Expression:
    """An expression at `home`, at another layer."""
    return map_layers(atom, lambda x: Layer(layer.letter, x.offset - home.offset + layer.offset))


def _script_tokens(node: object) -> Iterator:
    return (t for name in names_in(node) for script in (*name.below, *name.above) for t in script)


def _spelled(symbol: Symbol, layer: Layer | None, letters: list[str]) -> str:
    """A symbol as a writer would put it, under these letters."""

    def script(mark: str, labels: list[str]) -> str:
        return f"{mark}{{{','.join(labels)}}}" if labels else ""

    def texts(labels: tuple[str | Slot, ...]) -> list[str]:
        return [str(layer.shift(x.offset)) if isinstance(x, Slot) and layer else str(x) for x in labels if x]

    joined = ["".join(letters)] if all(len(letter) == 1 for letter in letters) and letters else letters
    return symbol.base + script("_", [*texts(symbol.labels_below), *joined]) + script("^", texts(symbol.labels_above))
