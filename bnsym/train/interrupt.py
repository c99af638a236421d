"""SIGTERM and SIGINT, noticed between two steps instead of in the middle of one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def stop_signals(*, enabled: bool) -> Iterator[Callable[[], int | None]]:
    """A function that gives the number of the signal that came, if one did.

    A second signal does what it did before, so that nobody has to wait. Signals reach the main thread alone:
    elsewhere, and unless `enabled`, nothing is changed.
    """
    if not enabled or threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    received: list[int] = []
    previous = {number: signal.getsignal(number) for number in STOPPING}

    def restore() -> None:
        for number, handler in previous.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def notice(number: int, frame: FrameType | None) -> None:
        received.append(number)
        restore()

    for number in STOPPING:
        signal.signal(number, notice)
    try:
        yield lambda: received[0] if received else None
    finally:
        restore()
