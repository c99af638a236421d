r"""The presentation tree: what a formula looks like, before anything is known about its symbols.

The parser makes it, `elaborate` gives it a meaning. Every node knows the offsets of its first and last
character in the file, so that an error can point at it. Nodes are compared by identity.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from bnsym.document.syntax.lexer import Token

Script = tuple[Token, ...]
"""One item of a sub- or superscript: what stands between its commas."""


@dataclass(eq=False)
class Node:
    start: int
    end: int


@dataclass(eq=False)
class Numeral(Node):
    value: Fraction


@dataclass(eq=False)
class Name(Node):
    r"""A letter, a command or a word, with its scripts: `\hat{x}_s^{l}`, `W^{l-1,l}`, `g'`."""

    base: str
    below: tuple[Script, ...] = ()
    above: tuple[Script, ...] = ()
    primes: int = 0


@dataclass(eq=False)
class Group(Node):
    """Something in brackets; `bracket` is the opening one, `{` for braces and what is like them.

    `unseen`: nothing shows where it begins and ends. `signed`: it is, and begins with a sign.
    """

    bracket: str
    body: Node
    unseen: bool = False
    signed: bool = False


@dataclass(eq=False)
class Scripted(Node):
    """Scripts on something that is not a name: a power of a bracket, ⟨x⟩_s."""

    body: Node
    below: tuple[Script, ...]
    above: tuple[Script, ...]


@dataclass(eq=False)
class Held(Node):
    r"""`\left. body \right|_{\mu, \sigma}`: a derivative while others are held."""

    body: Node
    below: tuple[Script, ...]


@dataclass(eq=False)
class Quotient(Node):
    numerator: Node
    denominator: Node


@dataclass(eq=False)
class Root(Node):
    body: Node
    degree: Node | None


@dataclass(eq=False)
class Angle(Node):
    """⟨body⟩."""

    body: Node


@dataclass(eq=False)
class Norm(Node):
    """‖body‖, or |body| when `single`."""

    body: Node
    single: bool


@dataclass(eq=False)
class Accent(Node):
    """An accent over more than a name."""

    mark: str
    body: Node


@dataclass(eq=False)
class Big(Node):
    r"""`\sum` or `\prod` with its scripts and the product that it binds."""

    operator: str
    below: tuple[Script, ...]
    above: tuple[Script, ...]
    body: Node


@dataclass(eq=False)
class Call(Node):
    r"""A function whose name is a command, applied: `\log x`, `\tanh^2(y)`."""

    function: Name
    argument: Node


@dataclass(eq=False)
class Product(Node):
    r"""`signs[i]` stands before `factors[i]`: "" for juxtaposition, `\cdot`, `\odot`, …, or "/"."""

    factors: tuple[Node, ...]
    signs: tuple[str, ...]


@dataclass(eq=False)
class Negative(Node):
    body: Node


@dataclass(eq=False)
class Total(Node):
    """A sum of terms; a subtracted one is `Negative`."""

    terms: tuple[Node, ...]


@dataclass(eq=False)
class Related(Node):
    """A relation inside brackets: the i = j of an indicator."""

    relation: str
    left: Node
    right: Node


@dataclass(eq=False)
class Listing(Node):
    """Comma-separated arguments inside brackets."""

    items: tuple[Node, ...]


@dataclass(eq=False)
class Cases(Node):
    """Values, each with the condition under which it holds; None where it is what remains."""

    rows: tuple[tuple[Node, Node | None], ...]


@dataclass(eq=False)
class Chained(Node):
    r"""A whole chain inside braces: `\boxed{a = b = c}`."""

    head: Node
    links: tuple[tuple[str, Node], ...]


def opposite(condition: Related) -> Related:
    """i ≠ j for i = j, and the other way round."""
    return replace(condition, relation="=" if condition.relation != "=" else r"\neq")


def head_name(node: Node | None) -> Name | None:
    """The name that a head is, if it is one."""
    while isinstance(node, Group) and node.bracket == "{":
        node = node.body
    return node if isinstance(node, Name) else None


def without_braces(node: Node) -> Node:
    """The name in braces that only group, `{x}_i`: its indices belong to it. (`{x_i}^2` is a power.)"""
    inner = node
    while isinstance(inner, Group) and inner.bracket == "{":
        inner = inner.body
    return inner if isinstance(inner, Name) else node


def reads_on(node: Node, *, first: bool = True, last: bool = True) -> bool:
    """Whether a factor in braces that do not show is read as less or more than itself: `2{a + b}` looks like 2a + b."""
    signed = unseen = False
    while isinstance(node, Group) and node.unseen:
        unseen, signed, node = True, signed or node.signed, node.body
    return unseen and (isinstance(node, Total) or (signed and not first) or (isinstance(node, Big) and not last))


def names_in(node: object) -> Iterator[Name]:
    """Every name of a presentation tree, in the order of the text; the tokens of scripts are no names."""
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, Name):
            yield part
        elif isinstance(part, Node):
            pending += reversed(vars(part).values())
        elif isinstance(part, tuple) and not isinstance(part, Token):
            pending += reversed(part)


def is_numeric(node: Node | None) -> bool:
    """Whether a formula is a number and nothing else."""
    while isinstance(node, Group | Negative):
        node = node.body
    return isinstance(node, Numeral)


def is_list_of_names(node: Node) -> bool:
    """Whether a bracket holds the arguments of a function rather than a factor: names, with commas between."""
    items = node.items if isinstance(node, Listing) else (node,)
    return all(isinstance(item, Name) or (isinstance(item, Group) and is_list_of_names(item.body)) for item in items)
