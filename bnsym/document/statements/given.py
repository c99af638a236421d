r"""Equations that the text gives of what nothing defines: "labels with $\sum_k y_k = 1$".

They can follow from nothing, so they are hypotheses, as those of a header are: what rests on one says so. Of any
other equation that a text gives, it is claimed that it holds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from bnsym.document.meaning.derivatives import is_constant
from bnsym.document.syntax.layout import Chain
from bnsym.document.syntax.tree import head_name
from bnsym.document.syntax.vocabulary import EQUATIONS
from bnsym.language.expression import Symbol, tensors
from bnsym.language.statement import Reading

_CUE = re.compile(
    r"\b(?:with|where|satisf\w+|such that|assum\w+|suppos\w+|provided|given|subject to|since|because|one-hot|"
    r"normali[sz]ed|sums? to)\b[^.;:!?]*$",
    re.IGNORECASE,
)


_NEGATED = re.compile(r"(?:\b(?:not|never|cannot|no|without)|n't)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)


def is_given(chain: Chain, before: str) -> bool:
    """Whether the words before an equation may give it: an equation of more than a symbol."""
    return (
        head_name(chain.head) is None
        and len(chain.links) == 1
        and chain.links[0].relation in EQUATIONS
        and (chain.aside or _is_cue(before))
    )


def _is_cue(before: str) -> bool:
    """Whether words give what they lead to: "such that", and not "do not assume that"."""
    found = _CUE.search(before)
    return found is not None and _NEGATED.search(before[: found.start()]) is None


def find_given(readings: Mapping[int, Reading], defined: Collection[Symbol], cost: Symbol | None) -> list[int]:
    """Which of the readings, by the numbers of their rows, are hypotheses: constants, of symbols that nothing defines.

    Each symbol is there once, so that the equation is no identity. What is said in two ways of the same symbols holds
    in two places of the text, and nowhere else.
    """
    about: dict[int, frozenset[Symbol]] = {}
    for number, reading in readings.items():
        found = [tensor.symbol for tensor in tensors(reading.left)]
        once = len(found) == len(set(found)) > 0 and not any(symbol in defined or symbol == cost for symbol in found)
        if once and is_constant(reading.right):
            about[number] = frozenset(found)
    return [n for n in about if all(about[n] != about[m] or _alike(readings, n, m) for m in about)]


def _alike(readings: Mapping[int, Reading], first: int, second: int) -> bool:
    return readings[first].latex == readings[second].latex
