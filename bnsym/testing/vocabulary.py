r"""What the documents of a test may speak of: axes with their letters, tensors, functions, a cost; and its header.

    >>> print(header(VOCABULARY).splitlines()[1])
    sample = { size = "N", data = true }

`vocabularies()` draws others, in which nothing has the name of anything else: some with layers, of which a document
sees two at a time (u^l, u^{l-1}, and W^l from the units of one to those of the other).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from hypothesis import strategies as st

from bnsym.document.meaning.registry import axes_at
from bnsym.language.expression import Axis, Layer, Slot, Symbol, Tensor

GENERIC, BELOW, LAST = Layer("l"), Layer("l", -1), Layer("L")
HEAD = Symbol(r"\omega")  # a scalar that no expression mentions: what a formula without indices is said to be


@dataclass(frozen=True)
class Vocabulary:
    """`letters` are those of each axis: the first is free in expressions, the others are for what binds.

    Every axis has one tensor at least that has it alone. The cost may be differentiated by `by`.
    """

    letters: Mapping[Axis, tuple[str, ...]]
    symbols: tuple[Symbol, ...]
    functions: tuple[str, ...]
    cost: Tensor
    by: tuple[Symbol, ...]

    @property
    def axes(self) -> tuple[Axis, ...]:
        return tuple(self.letters)

    @property
    def layered(self) -> bool:
        return any(axis.layer is not None for axis in self.letters)

    def entries(self, symbol: Symbol) -> list[tuple[Layer | None, tuple[Axis, ...]]]:
        """The layers at which a symbol may be mentioned, each with the axes that it has there."""
        if not symbol.layered:
            return [(None, symbol.axes)]
        found = [(layer, axes_at(symbol, layer, GENERIC.letter)) for layer in (GENERIC, BELOW)]
        return [(layer, axes) for layer, axes in found if set(axes) <= set(self.letters)]


def _named(symbol: Symbol, layer: Layer = GENERIC) -> str:
    return symbol.key(layer if symbol.layered else None)


def header(vocabulary: Vocabulary) -> str:
    """The TOML that declares a vocabulary."""
    families: dict[Axis, list[str]] = {}
    for axis, own in vocabulary.letters.items():
        families.setdefault(axis.at(None), []).extend(own)
    lines = ["[axes]"]
    for axis in families:
        sizes = json.dumps(axis.sizes if len(axis.sizes) > 1 else axis.sizes[0])
        lines.append(f"{axis.name} = {{ size = {sizes}, data = {json.dumps(axis.data)} }}")
    lines += ["[indices]", *(f"{axis.name} = {json.dumps(' '.join(own))}" for axis, own in families.items())]
    if vocabulary.layered:
        lines += ["[layers]", f'generic = "{GENERIC}"', f'last = "{LAST}"']
    lines.append("[symbols]")
    for symbol in (*vocabulary.symbols, HEAD):
        axes = json.dumps([axis.key for axis in symbol.axes])
        lines.append(f"'{_named(symbol)}' = {{ axes = {axes}{f', {symbol.sign} = true' if symbol.sign else ''} }}")
    lines += ["[functions]", *(f"'{name}' = \"elementwise\"" for name in vocabulary.functions if len(name) == 1)]
    lines += ["[cost]", f"symbol = '{vocabulary.cost.symbol.base}'", f"of = '{_named(vocabulary.by[0], LAST)}'"]
    return "\n".join(lines) + "\n"


_SAMPLE, _A, _B = Axis("sample", None, ("N",), True), Axis("a", None, ("A",)), Axis("b", None, ("B", "n_b"))
_X, _Y = Symbol("x", axes=(_SAMPLE, _A)), Symbol("y", axes=(_SAMPLE, _B))
VOCABULARY = Vocabulary(
    MappingProxyType({_SAMPLE: ("s", "t"), _A: ("i", "i'"), _B: ("j", "k")}),
    (
        _X, _Y, Symbol("W", axes=(_B, _A)), Symbol("c", axes=(_B,)), Symbol("r", axes=(_SAMPLE,)),
        Symbol("v", axes=(_A,)), Symbol(r"\sigma", axes=(_B,), sign="positive"), Symbol(r"\lambda"),
        Symbol(r"\sigma", (), ("2",), (_B,), "positive"), Symbol(r"\hat{x}", axes=(_SAMPLE, _A)),
    ),
    ("g", "exp", "tanh"),
    Tensor(Symbol("C"), None, ()),
    (_Y, _X),
)  # fmt: skip

_NAMES = {"sample": ("N", "m"), "time": ("T",), "unit": ("n", "H"), "class": ("K",), "feature": ("D", "n_x")}
_SAMPLES = Axis("sample", None, _NAMES["sample"], data=True)
_LETTERS = (("s", "t"), ("i", "i'"), ("j", "k"), ("p", "q"), ("a", "b"), (r"\alpha", r"\beta"))
_BASES = (
    "x", "y", "z", "h", "v", "w", "W", "V", "A", "U", "Q", r"\theta", r"\gamma", r"\mu", r"\hat{x}", r"\tilde{h}",
    r"\bar{y}", r"\mathbf{w}", r"\mathcal{R}", r"\operatorname{mass}",
)  # fmt: skip
_LABELS: tuple[tuple[str, ...], ...] = ((), (), (), ("B",), ("0",), ("1",))
_COSTS = ("C", "L", r"\mathcal{C}", r"\mathcal{L}", r"\ell", "J")


@st.composite
def axes(draw: st.DrawFn, data: bool | None = None) -> Axis:
    """An axis as documents have them, with one letter for its size or two; `data` says whether a mean runs over it."""
    name = draw(st.sampled_from(list(_NAMES)))
    return Axis(name, None, _NAMES[name], draw(st.booleans()) if data is None else data)


@st.composite
def vocabularies(draw: st.DrawFn) -> Vocabulary:
    """One data axis, up to two others, three to six tensors over them, one for each axis, a scalar.

    In some the tensors over the last axis are those of a layer.
    """
    others = draw(
        st.lists(axes(data=False).filter(lambda axis: axis.name != _SAMPLE.name), min_size=1, max_size=2, unique=True)
    )
    letters: Sequence[tuple[str, ...]] = draw(st.permutations(_LETTERS))
    layer = draw(st.sampled_from((None, GENERIC)))
    own = [_SAMPLES, *others[:-1], others[-1].at(layer)]
    bases = draw(st.lists(st.sampled_from(_BASES), min_size=len(own) + 3, max_size=len(own) + 5, unique=True))
    signs: st.SearchStrategy = st.sampled_from([None, None, "positive", "nonzero"])
    below = st.sampled_from(_LABELS)
    shapes: list[tuple[Axis, ...]] = [(), *((axis,) for axis in own), *((own[0], axis) for axis in own[1:])]
    if layer is not None:
        own.append(own[-1].at(BELOW))
        shapes.append(tuple(own[-2:]))
    while len(shapes) < len(bases):
        shapes.append(tuple(draw(st.lists(st.sampled_from(own), min_size=1, max_size=2, unique=True))))
    symbols = tuple(
        Symbol(base, draw(below), (Slot(0),) if any(axis.layer for axis in shape) else (), shape, draw(signs))
        for base, shape in zip(bases, shapes, strict=False)
    )
    by = tuple(symbol for symbol in symbols if len(symbol.axes) == 2)
    cost = Tensor(Symbol(draw(st.sampled_from(_COSTS))), None, ())
    functions = draw(st.lists(st.sampled_from(["g", "f", "exp", "tanh", "log", "sin"]), min_size=1, unique=True))
    return Vocabulary(
        MappingProxyType(dict(zip(own, letters, strict=False))), symbols, tuple(functions), cost, by or symbols[1:2]
    )
