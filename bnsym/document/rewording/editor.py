r"""The text of a right-hand side, and what an edit of it leaves.

An `Edit` is another text; a `Place` and a `Bracket` say where a factor or a term that is yet to be found may stand.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bnsym.document.rewording.equation import Equation
from bnsym.document.rewording.palette import Palette
from bnsym.document.syntax.lexer import Token
from bnsym.document.syntax.tree import (
    Group,
    Name,
    Negative,
    Node,
    Product,
    Scripted,
    Total,
)

Splice = tuple[int, int, str]  # what stands between two offsets is replaced


@dataclass(frozen=True)
class Edit:
    """A new right-hand side, and in a word what was done; `where` the old one differs from it."""

    kind: str
    weight: int
    text: str
    where: tuple[int, int]


@dataclass(frozen=True)
class Place:
    """A term beside which a factor may stand: the right-hand side before and after it, and without it."""

    before: str
    term: str
    after: str
    start: int
    end: int

    def holds(self, where: tuple[int, int]) -> bool:
        """Whether a change is within the term, its sign included."""
        return self.start - len("- ") <= where[0] and where[1] <= self.end

    @property
    def without(self) -> str:
        return " ".join(f"{self.before} 0 {self.after}".split())

    def with_factor(self, factor: str) -> str:
        term = "" if self.term == "1" else self.term
        if term.startswith(r"\frac{1}{") and r"\frac" not in factor:
            factor, term = rf"\frac{{{factor}}}", term.removeprefix(r"\frac{1}")
            return " ".join(f"{self.before} {factor}{term} {self.after}".split())
        return " ".join(f"{self.before} {factor} {term} {self.after}".split())


@dataclass(frozen=True)
class Bracket:
    """The one bracket of a product: what multiplies it, and the right-hand side up to its end and from there."""

    factor: str
    before: str
    after: str

    def with_term(self, term: str) -> str:
        return " ".join(f"{self.before} {term} {self.after}".split())


@dataclass(frozen=True)
class Edits:
    """All single edits of a right-hand side, the likeliest first; no text twice, and not the original.

    Factors that depend on nothing that is summed over are not among them: `places` says where they may be put; nor are
    terms added, for which there is the end of the right-hand side and of its `bracket`.
    """

    edits: tuple[Edit, ...]
    places: tuple[Place, ...]
    bracket: Bracket | None


class Editor(ABC):
    """Walks one tree. `found` is what came of it, by the text."""

    def __init__(self, equation: Equation, palette: Palette) -> None:
        self.equation, self.palette = equation, palette
        self.found: dict[str, Edit] = {}
        self.places: list[Place] = []
        self._similar: dict[tuple[str, str, str], list[Splice]] = {}

    # ------------------------------------------------------------ text

    def put(self, kind: str, weight: int, *splices: Splice, similar: tuple[str, str] | None = None) -> None:
        """Take up an edit; `similar` says what it puts for what, which may be done in all such places."""
        text, at = "", self.equation.body.start
        for start, end, new in sorted(splices):
            text += self.equation.text[at:start] + new
            at = end
        text = " ".join((text + self.equation.text[at:]).split())
        if text != self.equation.right and (text not in self.found or weight < self.found[text].weight):
            self.found[text] = Edit(kind, weight, text, _changed(self.equation.right, text))
        if similar is not None:
            self._similar.setdefault((kind, *similar), []).extend(splices)

    def alike(self) -> None:
        """The same edit in all places at once."""
        for (kind, _, _), splices in self._similar.items():
            if len(splices) > 1:
                self.put(kind, 3, *splices)

    def text(self, node: Node) -> str:
        return self.equation.text[node.start : node.end]

    def bracketed(self, node: Node) -> str:
        """A node as a factor."""
        return f"({self.text(node)})" if isinstance(node, Total | Negative) else self.text(node)

    def bracket(self) -> Bracket | None:
        body = self.equation.body
        units = self.units(body) if isinstance(body, Product) else []
        groups = [parts[0] for _, parts in units if isinstance(parts[0], Group) and isinstance(parts[0].body, Total)]
        if len(groups) != 1:
            return None
        (group,) = groups
        assert isinstance(group, Group)
        others = [(sign, parts) for sign, parts in units if parts[0] is not group]
        text, end = self.equation.text, group.body.end
        return Bracket(self.side_by_side(others), text[body.start : end], text[end:])

    def squared(self, *nodes: Node) -> None:
        """A mean, or a function of something, as its square."""
        start, end = nodes[0].start, nodes[-1].end
        self.put("power", 3, (start, end, f"({self.equation.text[start:end]})^2"))

    @abstractmethod
    def visit(self, node: Node, term: bool, scope: frozenset[str], averaged: bool) -> None:
        """Edits of a node and all below it.

        `term`: it is no factor of a product, so that factors may be put beside it. `scope` are the letters that it
        may carry, `averaged` says that a mean over an unwritten index is around it.
        """

    @abstractmethod
    def beside(self, node: Node, scope: frozenset[str], averaged: bool) -> None:
        """Factors, sums and means put around a term."""

    # ------------------------------------------------------------ factors

    def units(self, node: Product) -> list[tuple[str, list[Node]]]:
        """The factors, a function together with its argument, each with the sign before it."""
        units: list[tuple[str, list[Node]]] = []
        for sign, factor in zip(node.signs, node.factors, strict=True):
            before = units[-1][1][-1] if units else None
            applied = isinstance(before, Name) and self.palette.is_function(before)
            if applied and sign == "" and isinstance(factor, Group | Scripted):
                units[-1][1].append(factor)
            else:
                units.append((sign, [factor]))
        return units

    def side_by_side(self, units: Sequence[tuple[str, list[Node]]]) -> str:
        words: list[str] = []
        for sign, parts in units:
            words += [sign] * bool(sign and (words or sign == "/")) + [self.text(part) for part in parts]
        text = " ".join(words)
        return f"1 {text}" if text.startswith("/") else text or "1"


def _changed(old: str, new: str) -> tuple[int, int]:
    """Where a text differs from another one: what is not in common at its beginning and its end."""
    start = next((k for k, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    common = zip(reversed(old[start:]), reversed(new[start:]), strict=False)
    rest = min(len(old), len(new)) - start
    return start, len(old) - next((k for k, (a, b) in enumerate(common) if a != b), rest)


def script_tokens(name: Name) -> Iterator[Token]:
    """The tokens of a name's scripts."""
    return (token for script in (*name.below, *name.above) for token in script)
