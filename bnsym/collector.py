"""The collector of reference cycles: when it rests.

What is loaded stays, and judging a claim makes hardly any cycles; but for every so many objects that are made the
collector walks through what there is, of which SymPy alone is some fifty thousand.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the collector."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def loading() -> Iterator[None]:
    """The same, for what a process of bnsym's own loads: the collector passes over it ever after."""
    with uncollected():
        yield
        if hasattr(gc, "freeze") and not gc.get_freeze_count():
            gc.freeze()
