"""What can go wrong between a derivation and a program."""

from __future__ import annotations


class CompileError(ValueError):
    """The derivation does not fit what was asked for, or holds something that there is no code for."""


class UnprovedError(CompileError):
    """A claim of the derivation is not proved, so no code is made from it.

    `claim` is the identifier of the first such claim, `verdict` what became of it.
    """

    def __init__(self, path: str, claim: str, line: int, latex: str, verdict: str):
        super().__init__(f"{path}:{line}: the claim {claim} is {verdict}, not proved: {latex}")
        self.claim = claim
        self.verdict = verdict
