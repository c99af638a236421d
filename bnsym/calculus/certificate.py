"""Certificates: a theorem with everything that another checker needs to replay it.

Binders are named b0, b1, … and only the lemmas that the theorem rests on are kept, renumbered.
"""

from __future__ import annotations

from typing import Any

from bnsym.calculus.prove import Prover
from bnsym.calculus.unroll import Step
from bnsym.kernel.check import VERSION, digest, encode_equation
from bnsym.kernel.data import encode
from bnsym.kernel.rules import Reference, Use
from bnsym.language.statement import Document, Statement


def needed(prover: Prover, number: int) -> list[int]:
    """The theorems that a theorem rests on, itself last."""
    found: set[int] = set()
    pending = [number]
    while pending:
        current = pending.pop()
        if current not in found:
            found.add(current)
            lemma = prover.lemmas[current]
            references = [use.reference for step in lemma.steps for use in step.uses]
            pending += [int(number) for kind, number, *_ in references if kind == "theorem"]
            pending += [lemma.source] if lemma.source is not None else []
    return sorted(found)


def certificate(document: Document, statement: Statement, prover: Prover, number: int) -> dict[str, Any]:
    """The certificate of a proved claim, as data."""
    numbers = needed(prover, number)
    place = {n: k for k, n in enumerate(numbers)}
    theorem = prover.theory.theorems[number]
    content = {
        "version": VERSION,
        "document": {"title": document.title, "sha256": document.digest},
        "statement": {"id": statement.id, "line": statement.line, "latex": statement.latex},
        "graph": prover.graph.data(),
        "theorems": [_theorem(prover, n, place) for n in numbers],
        "claim": encode_equation(theorem),
        "hypotheses": [list(h) for h in sorted(theorem.hypotheses)],
    }
    return {**content, "digest": digest(content)}


def _theorem(prover: Prover, number: int, place: dict[int, int]) -> dict[str, Any]:
    lemma = prover.lemmas[number]
    if lemma.source is not None:
        source = {"from": place[lemma.source], "exponent": lemma.exponent}
        return {**encode_equation(lemma.theorem), "rule": "root-unique", **source}
    prefix = "b"
    while any(i.startswith(prefix) for i, _ in lemma.theorem.free):
        prefix += "b"
    steps = [_step(step, place, prefix) for step in lemma.steps]
    return {**encode_equation(lemma.theorem), "rule": "linear", "steps": steps}


def _step(step: Step, place: dict[int, int], prefix: str) -> dict[str, Any]:
    return {"uses": [_use(use, place, prefix) for use in step.uses], "after": encode(step.after)}


def _use(use: Use, place: dict[int, int], prefix: str) -> dict[str, Any]:
    names = {index: f"{prefix}{k}" for k, (index, _) in enumerate(use.binders)}
    reference: Reference = use.reference
    if reference[0] == "theorem":
        reference = ("theorem", str(place[int(reference[1])]))
    return {
        "schema": list(reference),
        "at": [names.get(i, i) for i in use.at],
        "multiplier": encode(use.multiplier.rename(names)),
        "binders": [[names[i], axis] for i, axis in use.binders],
    }
