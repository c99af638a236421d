r"""What an equation is about: the symbol that its head is, or whose square it is.

`\sigma = …` is about σ, and so are `\sigma^2 = …` and `(\sigma^{(k)})^2 = …` where no `\sigma^2` is declared.
"""

from __future__ import annotations

from dataclasses import replace

from bnsym.document.meaning.registry import Registry
from bnsym.document.notation.names import Match
from bnsym.document.syntax.tree import Group, Name, Node, Scripted, head_name
from bnsym.language.expression import Symbol


def find_head(registry: Registry, node: Node | None) -> tuple[Symbol, Match] | None:
    """The declared symbol that a head is, or whose square it is."""
    name = head_name(node)
    match node:
        case Scripted(body=Group(body=Name() as inner), below=(), above=above):
            name = replace(inner, above=inner.above + above)
    return registry.find(name) if name is not None else None


def find_place(registry: Registry, node: Node | None) -> tuple[Symbol, str] | None:
    """The symbol that an equation is about, and its layer: `*` for the generic one. None for the cost."""
    found = find_head(registry, node)
    if found is None or found[0] == registry.cost:
        return None
    layer = found[1].layer
    generic = layer is None or layer.letter == registry.notation.generic
    return found[0], "*" if generic else str(layer)


def is_squared(registry: Registry, node: Node | None) -> bool:
    """Whether a head is the square of the symbol that the equation is about."""
    found = find_head(registry, node)
    return found is not None and any(item.texts == ("2",) for item in found[1].above)
