"""The fixtures of this floor."""

from tests.support.refutation import quick

__all__ = ["quick"]
