r"""Names of several letters: the header declares `dx`, the formula shows a d and an x side by side.

Under an accent too, as in `\overline{g\hat{x}}`; and words for functions, as in `Var[x]`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from bnsym.document.syntax.tree import Accent, Group, Name, Node, Product

BRACKET = "("
WORDS = ("Var", "var", "Cov", "cov", "exp", "log", "ln", "tanh", "sin", "cos", "sqrt", "sigmoid", "softplus")
"""Functions that are also written in plain letters, with a bracket behind them."""


def merge(factors: list[Node], signs: list[str], compounds: Collection[tuple[str, ...]]) -> None:
    """Join runs of names that are one name, longest first; both lists change together.

    A compound that ends in BRACKET is one where a bracket follows.
    """
    longest = max(map(len, compounds))
    at = 0
    while at < len(factors):
        for length in range(min(longest, len(factors) - at), 1, -1):
            names = [name for name in factors[at : at + length] if isinstance(name, Name)]
            plain = all(not (n.below or n.above or n.primes) for n in names[:-1])
            if len(names) < length or not plain or any(signs[at + 1 : at + length]):
                continue
            bases = tuple(name.base for name in names)
            base = join(bases) if bases in compounds else None
            behind = factors[at + length] if at + length < len(factors) and not signs[at + length] else None
            if base is None and (*bases, BRACKET) in compounds and isinstance(behind, Group):
                base = rf"\operatorname{{{''.join(bases)}}}" if behind.bracket in ("(", "[") else None
            if base is not None:
                factors[at : at + length] = [replace(names[-1], base=base, start=names[0].start)]
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


def accented(node: Accent) -> str | None:
    """The base that an accent over several plain letters is as a name; None over anything else."""
    factors = node.body.factors if isinstance(node.body, Product) and not any(node.body.signs) else ()
    names = [f for f in factors if isinstance(f, Name) and not (f.below or f.above or f.primes)]
    return (
        f"{node.mark}{{{join(tuple(name.base for name in names))}}}" if factors and len(names) == len(factors) else None
    )
