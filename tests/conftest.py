"""Settings of the whole suite: Hypothesis measures nothing, tests that are about time say so themselves.

Sides of a comparison that fails are shown in the notation of documents, where they have one.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from bnsym.testing import shown

settings.register_profile("bnsym", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("bnsym"), max_examples=1000)
settings.register_profile("mutants", settings.get_profile("bnsym"), max_examples=15, derandomize=True, database=None)
settings.load_profile("bnsym")


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    if all(shown.dispatch(type(side)) is not shown.dispatch(object) for side in (left, right)):
        return [f"{shown(left)} {op} {shown(right)}"]
    return None
