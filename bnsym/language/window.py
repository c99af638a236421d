"""Windows of layers: which instances of a document's definitions a claim is judged in.

A definition at the generic layer holds at every layer; one at a named layer (u^0, or y^L) at that one only,
where it takes precedence. A claim is proved in the window of the layers that it speaks of; what lies beyond
is opaque, so that one proof covers every layer of every depth, and the claim at the last layer is the base
case of the induction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bnsym.language.expression import Derivative, Layer, map_layers, tensors, walk
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


def instances(document: Document, window: Window, depth: int | None) -> tuple[list[Definition], list[Definition]]:
    """The definitions in view, and those out of view that may consume what is in view.

    With `depth` the layers are numbers, of which there are no more than `depth`.
    """
    generic, last = document.layers or ("", "")
    definitions = document.definitions
    if depth is not None:
        definitions = tuple(move_definition(d, concrete(document, depth)) for d in definitions)
    reach = max(map(_reach, definitions), default=0)
    inside = {d.tensor.key: d for d in definitions if d.tensor.layer is None}
    outside = []
    for letter, (first, final) in window.items():
        # Beyond the last layer there is nothing, and numbered layers are all in view.
        beyond = range(0) if letter in (last, "") else range(final + 1, final + reach + 1)
        before = range(0) if letter == "" else range(first - reach, first)
        for definition in sorted(definitions, key=lambda d: _letter(d) == generic):
            if _letter(definition) == generic:
                inside = {**{d.tensor.key: d for d in _at(definition, letter, range(first, final + 1))}, **inside}
                outside += [*_at(definition, letter, before), *_at(definition, letter, beyond)]
            elif definition.tensor.layer and _letter(definition) == letter:
                if first <= definition.tensor.layer.offset <= final:
                    inside[definition.tensor.key] = definition
                else:
                    outside.append(definition)
    return list(inside.values()), outside


def _letter(definition: Definition) -> str | None:
    return definition.tensor.layer.letter if definition.tensor.layer else None


def _reach(definition: Definition) -> int:
    """How many layers away a definition looks."""
    own = definition.tensor.layer
    return max([abs(t.layer.offset - own.offset) for t in tensors(definition.body) if t.layer and own], default=0)


def _at(definition: Definition, letter: str, offsets: range) -> list[Definition]:
    """The generic definition at other layers: the generic letter becomes `letter`, every offset moves."""
    own = definition.tensor.layer
    assert own is not None

    def moved(by: int) -> Definition:
        return move_definition(
            definition, lambda layer: Layer(letter, layer.offset + by) if layer.letter == own.letter else layer
        )

    return [moved(offset - own.offset) for offset in offsets]
