"""Replay of certificates.

A certificate is data: {"version", "document", "statement", "graph", "theorems", "claim", "hypotheses",
"digest"}. The digest guards integrity: nothing can be altered unnoticed. The replay guards validity: each
theorem is derived again by the rules, the term after each step must be the recorded one, the claim must be
the last theorem and the hypotheses must be exactly those that it needs.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from bnsym.kernel.data import Rejected, decode, encode
from bnsym.kernel.rules import Theorem, Theory, Use

VERSION = 1
FIELDS = {"version", "document", "statement", "graph", "theorems", "claim", "hypotheses", "digest"}


def digest(certificate: Mapping[str, Any]) -> str:
    """SHA-256 over everything but the digest itself, in canonical JSON."""
    content = {key: value for key, value in certificate.items() if key != "digest"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def encode_equation(theorem: Theorem) -> dict[str, Any]:
    """The claim of a theorem as data."""
    return {"free": [list(pair) for pair in theorem.free], "left": encode(theorem.left), "right": encode(theorem.right)}


def _use(data: Mapping[str, Any]) -> Use:
    binders = tuple((index, axis) for index, axis in data["binders"])
    return Use(tuple(data["schema"]), tuple(data["at"]), decode(data["multiplier"]), binders)


def _replay(theory: Theory, entry: Mapping[str, Any]) -> Theorem:
    free = tuple((str(i), str(a)) for i, a in entry["free"])
    left, right = decode(entry["left"]), decode(entry["right"])
    if entry["rule"] == "root-unique":
        return theory.root_unique(free, left, right, entry["from"], entry["exponent"])
    if entry["rule"] != "linear":
        raise Rejected(f"there is no rule {entry['rule']!r}")
    steps = [[_use(use) for use in step["uses"]] for step in entry["steps"]]
    theorem, after = theory.linear(free, left, right, steps)
    for number, (step, term) in enumerate(zip(entry["steps"], after, strict=True), 1):
        if step["after"] != encode(term):
            raise Rejected(f"step {number} does not yield the term that is recorded after it")
    return theorem


def check(text: str | bytes) -> Theorem:
    """Replay a certificate, given as JSON; returns the theorem it proves.

    Raises Rejected, and nothing else, if it is malformed, was altered, or does not prove its claim.
    """
    try:
        certificate = json.loads(text)
        if set(certificate) != FIELDS or certificate["version"] != VERSION:
            raise Rejected(f"not a certificate of version {VERSION}")
        if certificate["digest"] != digest(certificate):
            raise Rejected("the content does not match its digest")
        theory = Theory(certificate["graph"])
        theorem = [_replay(theory, entry) for entry in certificate["theorems"]][-1]
        if certificate["claim"] != encode_equation(theorem):
            raise Rejected("the last theorem is not the claim")
        if certificate["hypotheses"] != [list(h) for h in sorted(theorem.hypotheses)]:
            raise Rejected("the hypotheses are not those that the proof needs")
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise Rejected(f"malformed: {error!r}") from error
    return theorem
