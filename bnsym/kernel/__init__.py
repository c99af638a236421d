"""The trusted part of bnsym: index terms, the rules of inference, and the replay of certificates.

Standard library only. A theorem exists only if a rule made it; whatever searches for proofs is a client.
"""

from bnsym.kernel.rules import Rejected, Theorem, Theory
from bnsym.kernel.term import Term, fresh

__all__ = ["Rejected", "Term", "Theorem", "Theory", "fresh"]
