"""Learning rates over a fit: what the rate is multiplied by at each of its steps.

With p the part of the steps that is done:

    constant       1
    linear         1 - p
    cosine         (1 + cos πp) / 2
    step           1, from p = 1/2 on 1/10, from p = 3/4 on 1/100
    warmup-cosine  cosine, times a rise from 0 to 1 over the first twentieth of the steps
"""

from __future__ import annotations

import math
from collections.abc import Callable

from bnsym.train.errors import TrainingError

WARMUP = 0.05


def _cosine(p: float) -> float:
    return (1 + math.cos(math.pi * p)) / 2


SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda p: 1.0,
    "linear": lambda p: 1 - p,
    "cosine": _cosine,
    "step": lambda p: 1.0 if p < 0.5 else 0.1 if p < 0.75 else 0.01,
    "warmup-cosine": _cosine,
}


def check_schedule(name: str) -> str:
    """The name. Raises TrainingError if there is no such schedule."""
    if name not in SCHEDULES:
        raise TrainingError(f"there is no schedule {name!r}; there are {', '.join(SCHEDULES)}")
    return name


def factor(name: str, step: int, steps: int) -> float:
    """What the rate is multiplied by at `step`, from 0, of `steps`."""
    rise = min(1.0, (step + 1) / (WARMUP * steps)) if name == "warmup-cosine" else 1.0
    return rise * SCHEDULES[name](step / steps)
