"""The nodes of a cost graph: tensors of the document, auxiliary ones, and elementwise functions of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bnsym.kernel.data import encode
from bnsym.kernel.term import Term
from bnsym.language.expression import Axis, Expression, Index, Layer, Symbol
from bnsym.language.statement import is_slope


@dataclass(frozen=True)
class Node:
    """A tensor of the graph; `term` is the body of a definition, or the q-th power of a root, over `indices`.

    `symbol` and `layer` are the document's, None for auxiliary nodes. `body` is the definition as written.
    `written` is how the document wrote the term of an auxiliary node, where it did. `function` is (name, order,
    argument's key) for an elementwise function of another tensor.
    """

    key: str
    axes: tuple[Axis, ...]
    symbol: Symbol | None = None
    layer: Layer | None = None
    sign: str | None = None
    opaque: bool = False
    indices: tuple[Index, ...] = ()
    term: Term | None = None
    root: int = 0
    body: Expression | None = None
    written: Expression | None = None
    function: tuple[str, int, str] | None = None

    @property
    def slope(self) -> bool:
        """Whether it stands for a derivative that is differentiated again: no closed form is made of it."""
        return self.symbol is not None and is_slope(self.symbol)

    def data(self) -> dict[str, Any]:
        """The node as the kernel reads it."""
        axes = [axis.key for axis in self.axes]
        if self.function:
            name, order, argument = self.function
            return {"name": self.key, "kind": "function", "function": name, "order": order, "argument": argument}
        if self.term is None:
            return {"name": self.key, "kind": "opaque" if self.opaque else "leaf", "axes": axes, "sign": self.sign}
        indices, body = [i.name for i in self.indices], encode(self.term)
        if self.root:
            exponent = self.root
            kind = {"name": self.key, "kind": "root", "exponent": exponent}
        else:
            kind = {"name": self.key, "kind": "definition", "sign": self.sign}
        return {**kind, "axes": axes, "indices": indices, "body": body}


def function_key(name: str, order: int, argument: str) -> str:
    """The node of an elementwise function of a tensor: g'(y^l)."""
    return f"{name}{chr(39) * order}({argument})"
