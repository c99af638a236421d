r"""What the documents of a test may speak of: axes with their letters, tensors, functions, a cost; and its header.

    >>> print(header(VOCABULARY).splitlines()[1])
    sample = { size = "N", data = true }

`vocabularies()` draws others, in which nothing has the name of anything else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from hypothesis import strategies as st

from bnsym.language.expression import Axis, Symbol, Tensor

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


def header(vocabulary: Vocabulary) -> str:
    """The TOML that declares a vocabulary."""
    lines = ["[axes]"]
    for axis in vocabulary.axes:
        sizes = json.dumps(axis.sizes if len(axis.sizes) > 1 else axis.sizes[0])
        lines.append(f"{axis.name} = {{ size = {sizes}, data = {json.dumps(axis.data)} }}")
    lines += ["[indices]", *(f"{axis.name} = {json.dumps(' '.join(own))}" for axis, own in vocabulary.letters.items())]
    lines.append("[symbols]")
    for symbol in (*vocabulary.symbols, HEAD):
        axes = json.dumps([axis.key for axis in symbol.axes])
        lines.append(f"'{symbol.key(None)}' = {{ axes = {axes}{f', {symbol.sign} = true' if symbol.sign else ''} }}")
    lines += ["[functions]", *(f"'{name}' = \"elementwise\"" for name in vocabulary.functions if len(name) == 1)]
    lines += ["[cost]", f"symbol = '{vocabulary.cost.symbol.base}'", f"of = '{vocabulary.by[0].key(None)}'"]
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
_LETTERS = (("s", "t"), ("i", "i'"), ("j", "k"), ("p", "q"), ("a", "b"), (r"\alpha", r"\beta"))
_BASES = (
    "x", "y", "z", "h", "v", "w", "W", "V", "A", "U", "Q", r"\theta", r"\gamma", r"\mu", r"\hat{x}", r"\tilde{h}",
    r"\bar{y}", r"\mathbf{w}", r"\mathcal{R}", r"\operatorname{mass}",
)  # fmt: skip
_LABELS: tuple[tuple[str, ...], ...] = ((), (), (), ("B",), ("0",), ("1",))
_COSTS = ("C", "L", r"\mathcal{C}", r"\mathcal{L}", r"\ell", "J")


@st.composite
def vocabularies(draw: st.DrawFn) -> Vocabulary:
    """One data axis, up to two others, three to six tensors over them, one for each axis, a scalar."""
    names = ["sample", *draw(st.lists(st.sampled_from(list(_NAMES)[1:]), min_size=1, max_size=2, unique=True))]
    letters: Sequence[tuple[str, ...]] = draw(st.permutations(_LETTERS))
    axes = [Axis(name, None, _NAMES[name], data=name == "sample") for name in names]
    bases = draw(st.lists(st.sampled_from(_BASES), min_size=len(axes) + 3, max_size=len(axes) + 5, unique=True))
    signs: st.SearchStrategy = st.sampled_from([None, None, "positive", "nonzero"])
    below = st.sampled_from(_LABELS)
    shapes: list[tuple[Axis, ...]] = [(), *((axis,) for axis in axes), *((axes[0], axis) for axis in axes[1:])]
    while len(shapes) < len(bases):
        shapes.append(tuple(draw(st.lists(st.sampled_from(axes), min_size=1, max_size=2, unique=True))))
    symbols = tuple(Symbol(b, draw(below), (), s, draw(signs)) for b, s in zip(bases, shapes, strict=False))
    by = tuple(symbol for symbol in symbols if len(symbol.axes) == 2)
    cost = Tensor(Symbol(draw(st.sampled_from(_COSTS))), None, ())
    functions = draw(st.lists(st.sampled_from(["g", "f", "exp", "tanh", "log", "sin"]), min_size=1, unique=True))
    return Vocabulary(
        MappingProxyType(dict(zip(axes, letters, strict=False))), symbols, tuple(functions), cost, by or symbols[1:2]
    )
