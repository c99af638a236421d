"""A time budget: what takes longer is interrupted wherever it is, also where nothing looks at a clock.

What was interrupted may have left its own state half changed; whoever catches `TimeUp` drops that state.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

AGAIN = 0.1  # seconds after which it is interrupted once more, should the first time have been swallowed


class TimeUp(BaseException):
    """The budget is used up. No `except Exception` in between keeps it."""


@contextmanager
def limited(seconds: float | None) -> Iterator[None]:
    """Raise TimeUp in what is done here once it has taken so long; None is no limit. Budgets are not nested.

    Raises ValueError where nothing can be interrupted: outside of the main thread, and without interval timers.
    """
    if seconds is None:
        yield
        return
    if not hasattr(signal, "setitimer"):
        raise ValueError("this system has no interval timers")
    before = signal.signal(signal.SIGALRM, _interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-6), AGAIN)
        yield
    finally:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        finally:  # it may ring just now
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


def _interrupt(*_: object) -> None:
    raise TimeUp
