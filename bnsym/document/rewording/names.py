r"""Edits of names, powers and roots: indices, layers, other symbols, exponents, constants."""

from __future__ import annotations

import re
from itertools import pairwise

from bnsym.document.notation.names import flatten
from bnsym.document.rewording.editor import Editor, script_tokens
from bnsym.document.syntax.tree import (
    Group,
    Name,
    Node,
    Scripted,
)

_NUMBER = re.compile(r"-?\d+(?:/\d+)?")
_TRANSPOSED = re.compile(r"\^(?:\\top|T|\{\\top\}|\{T\})$")
_POWERS = ("2", "-1", "1/2", "-1/2", "3/2", "-3/2", "-2", "3", "-3")


class NameEdits(Editor):
    # ------------------------------------------------------------ names and powers

    def name(self, node: Name, scope: frozenset[str]) -> None:
        for symbols, other in self.palette.alternatives(node):
            self.put("symbol", 4, (node.start, node.end, other), similar=symbols)
        if self.palette.is_function(node):
            primed = self.text(node)
            self.put("prime", 2, (node.start, node.end, primed.rstrip("'") if node.primes else f"{primed}'"))
            return
        letters = [token for token in script_tokens(node) if token.text in self.palette.letters]
        for token in letters:
            for other in self.palette.letters:
                self.put("index", 2, (token.start, token.end, other), similar=(token.text, other))
            bare = self.text(node)[: token.start - node.start] + self.text(node)[token.end - node.start :]
            self.put("index", 3, (node.start, node.end, self.palette.styled(_tidy(bare))))
        for first, second in pairwise(letters):
            self.put("index", 2, (first.start, first.end, second.text), (second.start, second.end, first.text))
        for shift in (-1, 1):
            moved = self.palette.shifted(node, shift)
            if moved:
                opened = [self.equation.text[:start].rstrip()[-1:] in ("^", "_") for start, _, _ in moved]
                self.put(
                    "layer",
                    2,
                    *(
                        (start, end, f"{{{new}}}" if bare else new)
                        for (start, end, new), bare in zip(moved, opened, strict=True)
                    ),
                )
        if self.palette.is_size(node):
            self.put("number", 3, (node.start, node.end, f"({self.text(node)} - 1)"))
        for item in self.palette.powers(node):
            self._exponents(item.start, item.end, "".join(item.texts))
        if not self.palette.powers(node):
            for power in _POWERS[:3]:
                self.put("power", 2, (node.start, node.end, f"{{{self.text(node)}}}^{{{power}}}"))
        if self.palette.matrix:
            self.put("transpose", 2, (node.start, node.end, transposed(self.text(node))))

    def power(self, node: Scripted, body: Node) -> None:
        """Other powers of a bracket, and none."""
        items = flatten(node.above)
        if node.below or len(items) != 1:
            return
        bare = body.body if isinstance(body, Group) and isinstance(body.body, Name) else body
        self.put("power", 2, (node.start, node.end, self.text(bare)))
        self._exponents(items[0].start, items[0].end, "".join(items[0].texts))
        if isinstance(body, Group):
            self.constants(body.body)

    def _exponents(self, start: int, end: int, old: str) -> None:
        if not _NUMBER.fullmatch(old) and "frac" not in old:
            return
        opened = self.equation.text[start - 1] == "{"
        for power in _POWERS:
            if power != old:
                self.put("power", 2, (start, end, power if opened else f"{{{power}}}"), similar=(old, power))

    def constants(self, base: Node) -> None:
        """A constant such as ε that is missing under a root or in a power; or one that belongs outside."""
        for scalar in self.palette.scalars:
            new = f"{self.text(base)} + {scalar}"
            self.put("constant", 3, (base.start, base.end, new), similar=(self.text(base), scalar))


def _tidy(name: str) -> str:
    """A name without scripts, and commas, that nothing is left of."""
    name = re.sub(r"([_^]\s*\{|,)\s*,", r"\1", name)
    name = re.sub(r"\s*,\s*\}", "}", name)
    return re.sub(r"[_^]\s*(?:\{\s*\}|(?=[_^\s]|$))", "", name)


def transposed(text: str) -> str:
    """A factor transposed: without the mark that it has, or with one."""
    stripped = _TRANSPOSED.sub("", text)
    return stripped if stripped != text else rf"{text}^\top" if "^" not in text else rf"{{{text}}}^\top"
