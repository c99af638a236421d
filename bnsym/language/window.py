"""Windows of layers: which instances of a document's definitions a claim is judged in.

A definition at the generic layer holds at every layer; one at a named layer (u^0, or y^L) at that one only,
where it takes precedence. A claim is proved in the window of the layers that it speaks of; what lies beyond
is opaque, so that one proof covers every layer of every depth, and the claim at the last layer is the base
case of the induction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from bnsym.language.expression import Derivative, Layer, Symbol, Tensor, map_layers, tensors, walk
from bnsym.language.statement import Definition, Document, Reading

Window = Mapping[str, tuple[int, int]]  # letter of a layer: first and last offset in view


def window_of(document: Document, reading: Reading) -> Window:
    """The layers whose definitions a claim needs, by letter.

    They begin at the first layer that a derivative is taken at, or of which anything is mentioned (without
    derivatives: at the first layer with a definition), and end at the last one with a definition. What a layer takes
    from the one below it belongs to it: it may be the input, and needs no definition.
    """
    defined, passed_on = document.defined, document.passed_on
    sides = (reading.left, reading.right)
    by = {e.denominator for side in sides for e in walk(side) if isinstance(e, Derivative)}
    mentioned = {t for side in sides for t in tensors(side)}
    window = {}
    for letter in sorted({t.layer.letter for t in mentioned if t.layer and (t.symbol in defined or t in by)}):
        layers = {t: t.layer.offset for t in mentioned if t.layer and t.layer.letter == letter}
        known = [offset for t, offset in layers.items() if t.symbol in defined or t in by]
        first = min(known)
        if not by.isdisjoint(layers):
            first = min(offset + (t.symbol in passed_on and t not in by) for t, offset in layers.items())
        window[letter] = (first, max(known))
    return window


def windows(document: Document, reading: Reading) -> Iterator[Window]:
    """The windows that a claim is judged in, narrow ones first.

    A claim about the cost may hold because of what the next layers do, and an adjoint is arbitrary only at the last
    layer. So more follows after the claim's own window: one more generic layer, which takes it that the layer is not
    the last (the next one may be); of layers that are numbered one by one, one more, then all.
    """
    window = window_of(document, reading)
    yield window
    parts = (part for side in (reading.left, reading.right) for part in walk(side))
    if not any(isinstance(part, Derivative) and part.numerator.layer is None for part in parts):
        return
    generic = document.layers[0] if document.layers else ""
    if generic and window.get(generic, (0, 1))[1] < 1:
        window = {**window, generic: (window[generic][0], 1)}
        yield window
    if "" in window:
        numbers = [d.tensor.layer.offset for d in document.definitions if d.tensor.layer and not d.tensor.layer.letter]
        (first, final), highest = window[""], max(numbers, default=0)
        for further in sorted({final + 1, highest}):
            if final < further <= highest:
                yield {**window, "": (first, further)}


def concrete(document: Document, depth: int, layer: int | None = None) -> Callable[[Layer], Layer]:
    """A map of layers to numbers: the last layer is `depth`; the generic one is `layer`, if that is given."""
    generic, last = document.layers or ("", "")

    def move(expression: Layer) -> Layer:
        if expression.letter == last and last:
            return Layer("", depth + expression.offset)
        if expression.letter == generic and layer is not None:
            return Layer("", layer + expression.offset)
        return expression

    return move


def move_definition(definition: Definition, move: Callable[[Layer], Layer]) -> Definition:
    tensor = map_layers(definition.tensor, move)
    return Definition(tensor, map_layers(definition.body, move), definition.assumed)


class Layering:
    """How the definitions of a document go from layer to layer; shared by all of its windows.

    `anywhere` are the definitions at the generic layer by symbol, `at` those at named layers by layer. With `depth`
    the layers are numbers, of which there are no more than `depth`, and nothing is beyond the last.
    """

    def __init__(self, document: Document, depth: int | None = None):
        self.generic, self.last = (letter or None for letter in document.layers or ("", ""))
        self.depth = depth
        definitions = document.definitions
        if depth is not None:
            definitions = tuple(move_definition(d, concrete(document, depth)) for d in definitions)
        self.everywhere = {d.tensor.key: d for d in definitions if d.tensor.layer is None}
        self.anywhere = {d.tensor.symbol: d for d in definitions if self._is_generic(d)}
        self.at: dict[Layer, list[Definition]] = {}
        for definition in definitions:
            if definition.tensor.layer is not None and not self._is_generic(definition):
                self.at.setdefault(definition.tensor.layer, []).append(definition)
        self.argument: Tensor | None = None  # of the opaque cost
        if document.cost is not None:
            of = document.cost.of
            self.argument = of if depth is None else map_layers(of, concrete(document, depth))
        self._find_consumers()

    def _is_generic(self, definition: Definition) -> bool:
        return definition.tensor.layer is not None and definition.tensor.layer.letter == self.generic

    def _find_consumers(self) -> None:
        self.consumers: dict[Symbol, set[tuple[Symbol, int]]] = {}  # by generic definitions: how many layers after
        self.always: set[str] = set()  # mentioned by generic definitions at whatever layer these are
        self.mentioned: dict[str, set[str]] = {}  # by definitions at named layers
        self.aliases: dict[Symbol, set[Layer]] = {}  # mentioned at a layer that may be one by another name
        self.named = {d.tensor.key for definitions in self.at.values() for d in definitions}
        self.upward = False  # whether a definition mentions a layer after its own, or one that may be
        for definition in (*self.anywhere.values(), *(d for ds in self.at.values() for d in ds)):
            own, key, symbol = definition.tensor.layer, definition.tensor.key, definition.tensor.symbol
            assert own is not None
            for part in tensors(definition.body):
                layer, after = part.layer, 0
                same = layer is not None and layer.letter == own.letter
                if layer is not None:
                    after = own.offset - layer.offset
                    self.upward = self.upward or (after < 0 if same else layer != Layer("", 0))
                if own.letter != self.generic:
                    self.mentioned.setdefault(part.key, set()).add(key)
                    usual = same and (symbol, after) in self.consumers.get(part.symbol, ())
                    if layer is not None and not usual:
                        self.aliases.setdefault(part.symbol, set()).add(layer)
                elif same:
                    self.consumers.setdefault(part.symbol, set()).add((symbol, after))
                else:
                    self.always.add(part.key)

    def exists(self, layer: Layer) -> bool:
        """Whether there may be such a layer: none is after the last, none before the first."""
        if layer.letter:
            return layer.letter != self.last or layer.offset <= 0
        return self.depth is None or 1 <= layer.offset <= self.depth

    def made(self, tensor: Tensor) -> bool:
        """Whether a tensor at a layer has a definition."""
        layer = tensor.layer
        assert layer is not None
        if tensor.symbol in self.anywhere and (layer.letter or layer.offset >= 1) and self.exists(layer):
            return True
        return tensor.key in self.named

    def mentioned_under_another_name(self, tensor: Tensor) -> bool:
        """Whether the cost, or a definition at a named layer, may be of a tensor at a layer with another name."""
        layer = tensor.layer
        if layer is None or self.depth is not None:
            return False
        others = self.aliases.get(tensor.symbol, ())
        return self._may_be_argument(tensor.symbol, layer) or any(self.one(layer, other) for other in others)

    def _may_be_argument(self, symbol: Symbol, layer: Layer) -> bool:
        """Whether the cost may be of a tensor: what it is of is at the last layer, the generic layer before that."""
        of = self.argument
        if of is None or of.layer is None or symbol != of.symbol or layer.letter == of.layer.letter:
            return False
        return layer.letter != self.generic or layer.offset > 0

    def one(self, layer: Layer, other: Layer) -> bool:
        """Whether two layers of different names may be one."""
        if layer.letter == other.letter:
            return False
        return (layer.letter, other.letter) != (self.generic, self.last) or layer.offset > other.offset


class View:
    """What a window shows of a document, and what it leaves out of sight.

    `inside` are the definitions in view by the key of their tensor. A tensor is *open* if something out of sight
    may be made from it, and *cut* if it is itself made out of sight, from what may be in view.
    """

    def __init__(self, layering: Layering, window: Window):
        self._layering, self._window = layering, window
        self._whole = layering.depth is not None and window.get("") == (1, layering.depth)
        self.inside = dict(layering.everywhere)
        for letter, (first, final) in window.items():
            offsets = range(first, final + 1)
            for definition in layering.anywhere.values():
                self.inside |= {d.tensor.key: d for d in _at(definition, letter, offsets)}
            # What is at one layer only takes precedence. A whole network has also what is before its first layer.
            named = offsets if not self._whole else range(final + 1)
            for definition in (d for offset in named for d in layering.at.get(Layer(letter, offset), ())):
                self.inside[definition.tensor.key] = definition
        shared = (d.tensor for d in layering.everywhere.values())
        self._far = layering.upward or any(map(self.open, shared))

    def open(self, tensor: Tensor) -> bool:
        """Whether something that is not in view may be made from a tensor."""
        known, key, layer = self._layering, tensor.key, tensor.layer
        if known.argument is not None and key == known.argument.key:
            return True
        if (key in known.always and not self._whole) or known.mentioned_under_another_name(tensor):
            return True
        if any(consumer not in self.inside for consumer in known.mentioned.get(key, ())):
            return True
        if layer is not None:
            for symbol, after in known.consumers.get(tensor.symbol, ()):
                consumer = layer.shift(after)
                if known.exists(consumer) and symbol.key(consumer) not in self.inside:
                    return True
        return False

    def one(self, layer: Layer, other: Layer) -> bool:
        """Whether two layers of different names may be one."""
        return self._layering.one(layer, other)

    def cut(self, tensor: Tensor) -> bool:
        """Whether a tensor is made out of sight, from what may be in view."""
        known, layer = self._layering, tensor.layer
        if layer is None or tensor.key in self.inside or not known.made(tensor):
            return False
        for letter, (first, _) in self._window.items():
            if (
                layer.offset >= first
                if letter == layer.letter
                else (layer.letter, letter) != (known.generic, known.last)
            ):
                return True
        return self._far


def _at(definition: Definition, letter: str, offsets: range) -> list[Definition]:
    """The generic definition at other layers: the generic letter becomes `letter`, every offset moves."""
    own = definition.tensor.layer
    assert own is not None

    def moved(by: int) -> Definition:
        return move_definition(
            definition, lambda layer: Layer(letter, layer.offset + by) if layer.letter == own.letter else layer
        )

    return [moved(offset - own.offset) for offset in offsets]
