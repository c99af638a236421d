"""Names of several letters: the header declares `dx`, the formula shows a d and an x side by side."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from bnsym.document.syntax.tree import Name, Node


def merge(factors: list[Node], signs: list[str], compounds: Collection[tuple[str, ...]]) -> None:
    """Join runs of names that are declared as one name, longest first; both lists change together."""
    longest = max(map(len, compounds))
    at = 0
    while at < len(factors):
        for length in range(min(longest, len(factors) - at), 1, -1):
            names = [name for name in factors[at : at + length] if isinstance(name, Name)]
            plain = all(not (n.below or n.above or n.primes) for n in names[:-1])
            if len(names) < length or not plain or any(signs[at + 1 : at + length]):
                continue
            bases = tuple(name.base for name in names)
            if bases in compounds:
                factors[at : at + length] = [replace(names[-1], base=join(bases), start=names[0].start)]
                signs[at : at + length] = [signs[at]]
                break
        at += 1


def join(bases: tuple[str, ...]) -> str:
    """One base of several names, as LaTeX."""
    joined = ""
    for base in bases:
        separate = re.search(r"\\[a-zA-Z]+$", joined) and base[0].isalpha()
        joined += (" " if separate else "") + base
    return joined
