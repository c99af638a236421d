"""The order in which a sum over several bound indices is carried out.

Σ_s Σ_i Σ_j x_si x_sj is Σ_s (Σ_i x_si)(Σ_j x_sj): outermost is the index without which the rest falls into the smallest
pieces, and these are summed one by one. So k branches of a hub cost k, not a power of k; a chain of n, a power of n.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import lru_cache

from bnsym.kernel.term import Component, Factor


@dataclass(frozen=True)
class Nest:
    """A product: of factors, and of sums, each over one index (with its axis) of a nest."""

    factors: tuple[Factor, ...]
    sums: tuple[tuple[str, str, Nest], ...] = ()


@lru_cache(maxsize=4096)
def nested(component: Component) -> Nest:
    """A component's bound indices are #0, #1, …"""
    axes, factors = component
    return _nest({f"#{k}": axis for k, axis in enumerate(axes)}, factors)


def _nest(axes: Mapping[str, str], factors: tuple[Factor, ...]) -> Nest:
    sums = []
    for inside, piece in _pieces(axes.keys(), factors):

        def largest(index: str, inside: Set[str] = inside, piece: tuple[Factor, ...] = piece) -> int:
            return max((len(rest) for rest, _ in _pieces(inside - {index}, piece)), default=0)

        index = min(sorted(inside), key=largest)
        sums.append((index, axes[index], _nest({i: axes[i] for i in inside - {index}}, piece)))
    return Nest(tuple(factor for factor in factors if axes.keys().isdisjoint(factor[1])), tuple(sums))


def _pieces(bound: Set[str], factors: tuple[Factor, ...]) -> list[tuple[Set[str], tuple[Factor, ...]]]:
    """The factors that mention bound indices, parted into those that hang together through them."""
    pieces: list[tuple[Set[str], tuple[Factor, ...]]] = []
    for factor in factors:
        inside: Set[str] = bound & set(factor[1])
        if inside:
            linked = [piece for piece in pieces if not inside.isdisjoint(piece[0])]
            pieces = [piece for piece in pieces if piece not in linked]
            inside = frozenset(inside).union(*(piece[0] for piece in linked))
            pieces.append((inside, (*(f for piece in linked for f in piece[1]), factor)))
    return pieces
