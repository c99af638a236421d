r"""What is known of a document's symbols while it is read: declared, inferred, defined, abbreviated.

A `Registry` resolves names. Abbreviations (definitions with a derivative inside) are expanded wherever the
symbol occurs, at any layer; those that have not been read yet are read on demand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction

from bnsym.document.errors import ReadError
from bnsym.document.meaning.contraction import close
from bnsym.document.meaning.dependencies import same_body
from bnsym.document.notation.advice import advise
from bnsym.document.notation.header import BUILTIN, Notation
from bnsym.document.notation.names import (
    Item,
    Match,
    Pattern,
    flatten,
    match,
    read_layer,
    without_fonts,
    without_primes,
    without_words,
)
from bnsym.document.notation.naming import name_indices
from bnsym.document.syntax.tree import Name
from bnsym.language.curve import Overgrown, put_in_place
from bnsym.language.expression import (
    Axis,
    Derivative,
    Expression,
    Index,
    Layer,
    Power,
    Product,
    Slot,
    Symbol,
    Tensor,
    free_indices,
    map_layers,
    substitute,
    walk,
)
from bnsym.language.statement import AUXILIARY, Definition, slope_symbol, spelled

_HOLDER = Symbol("")


@dataclass(frozen=True)
class Applied:
    """A declared function: its name, its layer if it has one of its own, and the scripts that are left over."""

    name: str
    layer: Layer | None
    primes: int
    below: tuple[Item, ...]
    above: tuple[Item, ...]
    weight: int


class Undeclared(ReadError):
    """A name that the header does not declare; where it is applied, an operator that is not known."""


@dataclass
class Registry:
    notation: Notation
    cost: Symbol | None = None
    cost_argument: Tensor | None = None
    applied: set[Symbol] = field(default_factory=set)
    definitions: list[Definition] = field(default_factory=list)
    abbreviations: list[Definition] = field(default_factory=list)
    unnamed: list[Definition] = field(default_factory=list)  # auxiliary ones, as they were written
    slopes: list[Definition] = field(default_factory=list)  # derivatives that are differentiated themselves
    pending: dict[Symbol, Callable[[], None]] = field(default_factory=dict)
    inferred: dict[str, Symbol] = field(default_factory=dict)
    versions: dict[Symbol, Symbol] = field(default_factory=dict)
    faced: dict[str, list[str]] = field(default_factory=dict)
    elsewhere: str = ""  # where the document includes a file that is not read

    def _bases(self, written: str) -> Iterable[str]:
        """The declared bases that a name may have: a face on a letter is transparent unless declared."""
        plain = without_words(without_fonts(written))
        if plain not in self.faced:
            self.faced[plain] = [base for base in self.notation.patterns if without_fonts(base) == plain]
        faced = self.faced[plain]
        return dict.fromkeys((written, plain, *(faced if len(faced) == 1 else ())))

    def find(self, name: Name) -> tuple[Symbol, Match] | None:
        """The declared symbol that explains most of the name's scripts."""
        generic, last = self.notation.generic, self.notation.last
        for base in self._bases(name.base + "'" * name.primes):
            best: tuple[Symbol, Match] | None = None
            patterns = self.notation.patterns.get(base, ())
            scripts = (flatten(name.below), flatten(name.above)) if patterns else ([], [])
            for pattern, symbol in patterns:
                found = match(pattern, scripts, generic, last)
                if found and (best is None or found.weight > best[1].weight):
                    best = symbol, found
            if best is not None:
                return best
        return None

    def find_size(self, name: Name) -> tuple[Axis, Match] | None:
        """The axis whose size a name is, at the layer among its scripts; the size that explains most of them counts."""
        if name.primes:
            return None
        generic, last = self.notation.generic, self.notation.last
        for base in dict.fromkeys((name.base, without_fonts(name.base))):
            patterns = self.notation.sizes.get(base, ())
            scripts = (flatten(name.below), flatten(name.above)) if patterns else ([], [])
            matches = [(match(pattern, scripts, generic, last), axis_name) for pattern, axis_name in patterns]
            fitting = [(found, axis_name) for found, axis_name in matches if found is not None]
            for found, axis_name in sorted(fitting, key=lambda fit: -fit[0].weight):
                axis = self.notation.axes[axis_name]
                if axis_name not in self.notation.families:
                    return axis, found
                sized = self._at_layer(axis, found)
                if sized is not None:
                    return sized
        return None

    def _at_layer(self, axis: Axis, found: Match) -> tuple[Axis, Match] | None:
        for items in (found.below, found.above):
            for item in items:
                layer = read_layer(item, self.notation.generic, self.notation.last)
                if layer is None:
                    continue
                below, above = (tuple(i for i in side if i is not item) for side in (found.below, found.above))
                return axis.at(layer), replace(found, below=below, above=above)
        return None

    def function(self, name: Name) -> Applied | None:
        """The declared function that a name is, at the layer among its scripts."""
        functions = self.notation.functions
        patterns = functions.get(name.base) or functions.get(without_fonts(name.base))
        if not patterns:
            return None
        best: tuple[Match, str] | None = None
        (below, _), (above, primes) = without_primes(flatten(name.below)), without_primes(flatten(name.above))
        for pattern, function in patterns:
            found = match(pattern, (below, above), self._generic, self._last)
            if found and (best is None or found.weight > best[0].weight):
                best = found, function
        if best is None:
            return None
        found, function = best
        rest = found
        if found.layer is None and self._generic:
            layered = [i for i in (*found.below, *found.above) if self._is_layer(i)]
            if layered:
                below, above = ([i for i in side if i is not layered[0]] for side in (found.below, found.above))
                layer = read_layer(layered[0], self._generic, self._last)
                rest = replace(found, layer=layer, below=tuple(below), above=tuple(above))
        layer = None if function in BUILTIN.values() else rest.layer
        return Applied(function, layer, name.primes + primes, rest.below, rest.above, found.weight)

    def _is_layer(self, item: Item) -> bool:
        """Whether a script of a function can only be its layer: the layer's letter, or a number in brackets."""
        return read_layer(item, self._generic, self._last, numbers=item.bare != item.texts) is not None

    def infer(self, name: Name, letter_axis: Callable[[str], Axis | None]) -> tuple[Symbol, Match] | None:
        """A symbol that is not declared but carries a typed letter on every axis."""
        if name.primes:
            return None
        below, above = flatten(name.below), flatten(name.above)
        layer = next((x for i in above if (x := read_layer(i, self._generic, self._last, numbers=False))), None)
        if layer is not None:
            above = [i for i in above if read_layer(i, self._generic, self._last, numbers=False) is None]
        axes = []
        for item in below:
            axis = letter_axis(item.letter) if item.letter else None
            if axis is None:
                return None
            axes.append(axis)
        if not axes:
            return None
        known = self.inferred.get(name.base)
        if layer is not None:
            home = Layer(self._generic)
            axes = [_move(a, layer, home) for a in axes]
        symbol = Symbol(name.base, (), () if layer is None else (Slot(0),), tuple(axes))
        if known is not None and known != symbol:
            raise Undeclared(
                f"the symbol {name.base} is not declared, and has other axes here than before: declare it in [symbols]",
                name.start,
            )
        self.inferred[name.base] = symbol
        pattern = Pattern(name.base, (), (Slot(0),) if symbol.layered else (), name.base)
        return symbol, Match(pattern, layer, tuple(below), tuple(above), 0)

    @property
    def _generic(self) -> str:
        return self.notation.generic

    @property
    def _last(self) -> str:
        return self.notation.last

    def auxiliary(self, expression: Expression, by: Tensor) -> Tensor:
        """A node for an expression that is differentiated but has no name; it keeps the axes of `by`."""
        expression = close(expression, 0, keep=free_indices(by))
        indices = tuple(sorted(free_indices(expression), key=lambda i: (i.axis.key, i.name)))
        left, right = name_indices(
            Product(tuple(Tensor(_HOLDER, None, (i,)) for i in indices)), expression, self.notation
        )
        try:
            right = put_in_place(right, self.notation.curves)
        except Overgrown as error:
            raise ReadError(str(error), 0) from None
        named = tuple(part.indices[0] for part in walk(left) if isinstance(part, Tensor))
        for known in (*self.definitions, *self.unnamed):
            if known.tensor.layer is None or known.tensor.layer == Layer(self._generic):
                places = same_body(known, named, right)
                if places is not None:
                    return replace(known.tensor, indices=tuple(indices[place] for place in places))
        layers = {t.layer for t in walk(expression) if isinstance(t, Tensor) and t.layer is not None}
        generic = any(layer.letter == self._generic for layer in layers)
        number = str(1 + sum(d.tensor.symbol.base == AUXILIARY for d in self.definitions))
        symbol = Symbol(AUXILIARY, (number,), (Slot(0),) if generic else (), tuple(i.axis for i in indices))
        tensor = Tensor(symbol, Layer(self._generic) if generic else None, indices)
        definition = Definition(replace(tensor, indices=named), right)
        self.definitions.append(definition)
        self.unnamed.append(definition)
        pattern = Pattern(AUXILIARY, ((number,),), (Slot(0),) if symbol.layered else (), tensor.key)
        self.notation.patterns.setdefault(AUXILIARY, []).append((pattern, symbol))
        return tensor

    def slope(self, derivative: Derivative) -> Tensor:
        """The entry of a node that stands for a derivative, so that it can be differentiated."""
        indices = derivative.numerator.indices + derivative.denominator.indices
        ends = derivative.numerator.symbol, derivative.denominator.symbol
        for known in self.slopes:
            assert isinstance(known.body, Derivative)
            if (known.body.numerator.symbol, known.body.denominator.symbol) == ends:
                return replace(known.tensor, indices=indices)
        letters = tuple(Index(f"i{place}", index.axis) for place, index in enumerate(indices))
        symbol = slope_symbol(len(self.slopes) + 1, tuple(index.axis for index in indices))
        tensor = Tensor(symbol, None, letters)
        middle = len(derivative.numerator.indices)
        body = Derivative(
            replace(derivative.numerator, indices=letters[:middle]),
            replace(derivative.denominator, indices=letters[middle:]),
        )
        self.slopes.append(Definition(tensor, body))
        return replace(tensor, indices=indices)

    @property
    def spelled(self) -> tuple[Definition, ...]:
        return spelled(self.abbreviations, self.definitions, self.slopes)

    def define(self, left: Tensor, right: Expression, *, assumed: bool = False) -> Definition:
        """Take up a definition; with a derivative inside it is an abbreviation."""
        definition = Definition(left, right, assumed)
        derivative = any(isinstance(part, Derivative) for part in walk(right))
        (self.abbreviations if derivative else self.definitions).append(definition)
        return definition

    def new_version(self, symbol: Symbol) -> Symbol:
        """The symbol that a name stands for from now on, after `:=` or ← on a name that has a definition."""
        declared = next((old for old, new in self.versions.items() if new == symbol), symbol)
        number = 2 + sum(d.tensor.symbol in self.versions.values() for d in self.definitions)
        label = ("(", str(number), ")")
        version = replace(declared, labels_below=(*declared.labels_below, "".join(label)))
        self.versions[declared] = version
        for known in self.notation.patterns.values():
            for pattern in [p for p, s in known if s == declared]:
                known.append((replace(pattern, below=(*pattern.below, label)), version))
        return version

    def undeclared(self, name: Name) -> Undeclared:
        """The error for a name that is nothing known, with the nearest declared keys."""
        return Undeclared(advise(self.notation, name, self.elsewhere), name.start)

    def expand(self, tensor: Tensor, position: int) -> Expression:
        """The tensor, or what it abbreviates, at the tensor's layer and indices."""
        read = self.pending.get(tensor.symbol)
        if read is not None:
            read()
        fitting: Expression = tensor
        for definition in self.abbreviations:
            if definition.tensor.symbol != tensor.symbol:
                continue
            if definition.tensor.layer == tensor.layer:
                return _instance(definition, tensor)
            if _generic_enough(definition, self._generic):
                fitting = _instance(definition, tensor)
        return fitting


def definable(left: Expression, right: Expression) -> tuple[Tensor, Expression] | None:
    """The entry that an equation can define, and as what; σ² = v defines σ as the root of v."""
    if isinstance(left, Power) and left.exponent == 2:
        left, right = left.base, Power(right, Fraction(1, 2))
    if not isinstance(left, Tensor) or len(set(left.indices)) < len(left.indices):
        return None
    return left, right


def _generic_enough(definition: Definition, generic: str) -> bool:
    layer = definition.tensor.layer
    return layer is not None and (layer.letter == generic or isinstance(definition.body, Derivative))


def _instance(definition: Definition, tensor: Tensor) -> Expression:
    body = definition.body
    indices = definition.tensor.indices
    home, here = definition.tensor.layer, tensor.layer
    if home is not None and here is not None and home != here:

        def move(layer: Layer) -> Layer:
            if layer.letter != home.letter:
                return layer
            return Layer(here.letter, here.offset + layer.offset - home.offset)

        body = map_layers(body, move)
        moved = map_layers(definition.tensor, move)
        assert isinstance(moved, Tensor)
        indices = moved.indices
    return substitute(body, dict(zip(indices, tensor.indices, strict=True)))


def at_home(axis: Axis, here: Layer, generic: str) -> Axis:
    """An axis as it would be if the symbol stood at the generic layer instead of `here`."""
    return _move(axis, here, Layer(generic))


def _move(axis: Axis, here: Layer, home: Layer) -> Axis:
    """An axis as it would be if the symbol stood at the layer `home`."""
    if axis.layer is None or axis.layer.letter != here.letter:
        return axis
    return axis.at(Layer(home.letter, axis.layer.offset - here.offset + home.offset))


def axes_at(symbol: Symbol, layer: Layer | None, generic: str) -> tuple[Axis, ...]:
    """The symbol's axes where its Slot(0) stands for `layer`."""
    if layer is None:
        return symbol.axes

    def move(axis: Axis) -> Axis:
        if axis.layer is None or axis.layer.letter != generic:
            return axis
        return axis.at(layer.shift(axis.layer.offset))

    return tuple(map(move, symbol.axes))
