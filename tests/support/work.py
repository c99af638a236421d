"""Work for the tests of `bnsym.workers`: it ends well, raises, or takes its process with it."""

from __future__ import annotations

import os
import signal
import time


def work(what: str, seconds: float = 0.0) -> str:
    """Do `what` says: "die" and "kill" end the process, "raise" raises, anything else is echoed."""
    time.sleep(seconds)
    if what == "die":
        os._exit(7)
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "raise":
        raise RuntimeError("no")
    if what == "unpicklable":
        return lambda: what
    return f"{what} by {os.getpid()}"


def lost(how: str, what: str, seconds: float = 0.0) -> str:
    return f"{what} lost: {how}"
