"""Windows of layers: which instances of a document's definitions a claim is judged in.

A definition at the generic layer holds at every layer; one at a named layer (u^0, or y^L) at that one only,
where it takes precedence. A claim is proved in the window of the layers that it speaks of; what lies beyond
is opaque, so that one proof covers every layer of every depth, and the claim at the last layer is the base
case of the induction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bnsym.language.expression import Derivative, Layer, Symbol, Tensor, map_layers, tensors, walk
from bnsym.language.statement import Definition, Document, Reading

Window = Mapping[str, tuple[int, int]]  # letter of a layer: first and last offset in view


def window_of(document: Document, reading: Reading) -> Window:
    """The layers whose definitions a claim needs, by letter.

    They begin at the first layer that a derivative is taken at (without derivatives: at the first layer with
    a definition), and end at the last one with a definition.
    """
    defined = {d.tensor.symbol for d in document.definitions}
    sides = (reading.left, reading.right)
    by = {e.denominator for side in sides for e in walk(side) if isinstance(e, Derivative)}
    mentioned = {t for side in sides for t in tensors(side) if t.symbol in defined or t in by}
    window = {}
    for letter in sorted({t.layer.letter for t in mentioned if t.layer}):
        layers = {t: t.layer.offset for t in mentioned if t.layer and t.layer.letter == letter}
        first = min([offset for t, offset in layers.items() if t in by] or layers.values())
        window[letter] = (first, max(layers.values()))
    return window


def wider(document: Document, window: Window) -> Window | None:
    """The window with one more generic layer after it, which takes it that the layer is not the last.

    A claim may hold because of what the next layer does; and an adjoint is arbitrary only at the last layer.
    None if the window has no generic layer, or has the next one already, which may be the last.
    """
    generic = document.layers[0] if document.layers else None
    if generic is None or generic not in window:
        return None
    first, final = window[generic]
    return {**window, generic: (first, 1)} if final < 1 else None


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


class View:
    """What a window shows of a document, and what it leaves out of sight.

    `inside` are the definitions in view by the key of their tensor. A tensor is *open* if something out of sight
    may be made from it, and *cut* if it is itself made out of sight, from what may be in view. With `depth` the
    layers are numbers, of which there are no more than `depth`, and nothing is beyond the last.
    """

    def __init__(self, document: Document, window: Window, depth: int | None = None):
        self._generic, self._last = (letter or None for letter in document.layers or ("", ""))
        self._window, self._depth = window, depth
        self._whole = depth is not None and window.get("", (1, 0)) == (1, depth)
        definitions = document.definitions
        if depth is not None:
            definitions = tuple(move_definition(d, concrete(document, depth)) for d in definitions)
        self._anywhere = {d.tensor.symbol: d for d in definitions if self._is_generic(d)}
        self._named = [d for d in definitions if d.tensor.layer is not None and not self._is_generic(d)]
        self.inside = {d.tensor.key: d for d in definitions if d.tensor.layer is None}
        for letter, (first, final) in window.items():
            for definition in self._anywhere.values():
                self.inside |= {d.tensor.key: d for d in _at(definition, letter, range(first, final + 1))}
        for definition in self._named:  # these take precedence
            if self._in_window(definition.tensor.layer):
                self.inside[definition.tensor.key] = definition
        self._find_consumers(document)
        self._far = self._looks_up() or any(self.open(d.tensor) for d in self.inside.values() if not d.tensor.layer)

    def _is_generic(self, definition: Definition) -> bool:
        return definition.tensor.layer is not None and definition.tensor.layer.letter == self._generic

    def _in_window(self, layer: Layer | None) -> bool:
        if layer is None or layer.letter not in self._window:
            return False
        first, final = self._window[layer.letter]
        return first <= layer.offset <= final

    def _exists(self, layer: Layer) -> bool:
        """Whether there may be such a layer: none is after the last, none before the first."""
        if layer.letter:
            return layer.letter != self._last or layer.offset <= 0
        return self._depth is None or 1 <= layer.offset <= self._depth

    # ------------------------------------------------------------ what is made from a tensor

    def _find_consumers(self, document: Document) -> None:
        self._consumers: dict[Symbol, set[tuple[Symbol, int]]] = {}  # by generic definitions: at which layers after
        self._elsewhere: set[str] = set()  # keys of tensors that definitions out of sight mention
        self._aliases: dict[Symbol, set[Layer]] = {}  # mentioned at a layer that may be one by another name
        for symbol, definition in self._anywhere.items():
            own = definition.tensor.layer
            for part in tensors(definition.body):
                if part.layer is not None and own is not None and part.layer.letter == own.letter:
                    self._consumers.setdefault(part.symbol, set()).add((symbol, own.offset - part.layer.offset))
                elif not self._whole:
                    self._elsewhere.add(part.key)
        for definition in self._named:
            own = definition.tensor.layer
            for part in tensors(definition.body):
                if definition.tensor.key not in self.inside:
                    self._elsewhere.add(part.key)
                if part.layer is None or own is None:
                    continue
                usual = self._consumers.get(part.symbol, ())
                if (
                    part.layer.letter != own.letter
                    or (definition.tensor.symbol, own.offset - part.layer.offset) not in usual
                ):
                    self._aliases.setdefault(part.symbol, set()).add(part.layer)
        self._of: Tensor | None = None
        if document.cost is not None:
            of = document.cost.of
            self._of = of if self._depth is None else map_layers(of, concrete(document, self._depth))

    def open(self, tensor: Tensor) -> bool:
        """Whether something that is not in view may be made from a tensor."""
        layer = tensor.layer
        if tensor.key in self._elsewhere or (self._of is not None and tensor.key == self._of.key):
            return True
        if layer is None:
            return False
        for symbol, after in self._consumers.get(tensor.symbol, ()):
            consumer = layer.shift(after)
            if self._exists(consumer) and symbol.key(consumer) not in self.inside:
                return True
        if self._of is not None and self._of.layer and self._of.symbol == tensor.symbol and self._may_be_last(layer):
            return True
        return any(self._may_be(layer, other) for other in self._aliases.get(tensor.symbol, ()))

    def _may_be(self, layer: Layer, other: Layer) -> bool:
        """Whether two layers of different names may be one. The generic layer is before the last."""
        if layer.letter == other.letter or self._depth is not None:
            return False
        return (layer.letter, other.letter) != (self._generic, self._last) or layer.offset > other.offset

    def _may_be_last(self, layer: Layer) -> bool:
        """Whether a layer may be the one that the cost is of, which has another name."""
        assert self._of is not None and self._of.layer is not None
        if layer.letter == self._of.layer.letter or self._depth is not None:
            return False
        return layer.letter != self._generic or layer.offset > 0

    # ------------------------------------------------------------ what a tensor is made from

    def cut(self, tensor: Tensor) -> bool:
        """Whether a tensor is made out of sight, from what may be in view."""
        layer = tensor.layer
        if layer is None or tensor.key in self.inside or not self._made(tensor):
            return False
        for letter, (first, _) in self._window.items():
            if letter == layer.letter:
                beside = layer.offset >= first
            else:
                beside = (layer.letter, letter) != (self._generic, self._last)
            if beside:
                return True
        return self._far

    def _made(self, tensor: Tensor) -> bool:
        assert tensor.layer is not None
        if any(d.tensor.key == tensor.key for d in self._named):
            return True
        first = bool(tensor.layer.letter) or tensor.layer.offset >= 1
        return tensor.symbol in self._anywhere and first and self._exists(tensor.layer)

    def _looks_up(self) -> bool:
        """Whether a definition mentions a layer after its own, or one that may be."""
        for definition in (*self._anywhere.values(), *self._named):
            own = definition.tensor.layer
            for part in tensors(definition.body):
                if part.layer is None or own is None:
                    continue
                if part.layer.letter == own.letter:
                    later = part.layer.offset > own.offset
                else:
                    later = part.layer != Layer("", 0)
                if later:
                    return True
        return False


def _at(definition: Definition, letter: str, offsets: range) -> list[Definition]:
    """The generic definition at other layers: the generic letter becomes `letter`, every offset moves."""
    own = definition.tensor.layer
    assert own is not None

    def moved(by: int) -> Definition:
        return move_definition(
            definition, lambda layer: Layer(letter, layer.offset + by) if layer.letter == own.letter else layer
        )

    return [moved(offset - own.offset) for offset in offsets]
