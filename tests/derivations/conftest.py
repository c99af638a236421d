"""Fixtures that are shared with other folders."""

from tests.support.refutation import proofs_only, quick

__all__ = ["proofs_only", "quick"]
