"""How much is tried: little by default, a lot with `pytest --hypothesis-profile=thorough`."""

from __future__ import annotations

from hypothesis import settings

ORDINARY = 100  # Hypothesis' own number of examples, which the profile of the suite leaves as it is
THOROUGH = settings.default.max_examples > ORDINARY


def examples(number: int) -> settings:
    """Settings for a property: `number` examples, and as many times more as the profile has."""
    return settings(max_examples=max(1, number * settings.default.max_examples // ORDINARY))
