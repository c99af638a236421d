"""Frames of one claim: random instances in whole arrays, for a first look at what may be true."""

from __future__ import annotations

from collections.abc import Mapping

from bnsym.kernel.term import Rational
from bnsym.language.claim import Claim
from bnsym.refute.arrays import Frame
from bnsym.refute.instances import Sampler

FRAMES = 2
DRAWN = 8


def make_frames(
    claim: Claim,
    *,
    sizes: Mapping[str, int] | None = None,
    level: Mapping[str, Rational | None] | None = None,
    count: int = FRAMES,
) -> list[Frame]:
    """Random instances of a claim's graph, `count` of them unless its hypotheses are met too seldom.

    `sizes` fixes the sizes of axes; `level` gives a leaf one value at all places: a number, or whatever is drawn.
    """
    frames: list[Frame] = []
    for seed in range(DRAWN + count):
        sampler = Sampler(claim.graph, (claim.left, claim.right), seed, simple=False)
        try:
            instance = sampler.instance({**sampler.sizes(), **(sizes or {})})
        except ArithmeticError:
            continue
        for name, value in (level or {}).items():
            entries = instance.leaves[name]
            first = next(iter(entries.values())) if value is None else value
            instance.leaves[name] = dict.fromkeys(entries, first)
        frame = Frame(instance, seed)
        if frame.sound():
            frames.append(frame)
        if len(frames) == count:
            break
    return frames
