"""Equations that neither claim nor define: what a letter ranges over, how large something is, what is supposed."""

from __future__ import annotations

from bnsym.document.meaning.registry import Registry
from bnsym.document.syntax.layout import Chain
from bnsym.document.syntax.tree import Group, Name, Product, head_name, is_numeric, names_in


def is_remark(registry: Registry, chain: Chain) -> bool:
    """Whether a chain says what a letter ranges over, how large something is, or what a function is.

    Or what is supposed for the sake of a remark: "with ε = 0, …".
    """
    if chain.supposed and len(chain.links) == 1 and is_numeric(chain.links[0].expression):
        return True
    said = chain.condition
    if said is not None and not any(registry.find(name) for name in names_in(said)):
        return True
    match chain.head:
        case Product(factors=(Name() as function, Group(body=Name() as argument)), signs=(_, "")):
            known = registry.find(argument) or registry.find_size(argument)
            return registry.function(function) is not None and not known
    head = head_name(chain.head)
    if head is None or registry.find(head) is not None:
        return False
    notation = registry.notation
    letters = (*notation.letters, notation.generic, notation.last)
    bare = not head.below and not head.above
    return (bare and head.base in letters) or registry.find_size(head) is not None
