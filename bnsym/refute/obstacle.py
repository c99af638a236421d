"""What stopped a claim from being decided, in words.

A claim is proved if its two sides have one normal form, and refuted if numbers tell them apart. Where neither comes
about, a bound was reached, or the claim is outside of what is decided: this says which, as far as it can be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from bnsym.calculus.derive import Deriver
from bnsym.kernel import Term
from bnsym.kernel.rules import FUNCTIONS
from bnsym.language.claim import Claim
from bnsym.language.expression import Expression

Latex = Callable[[Expression], str]


def obstacle(claim: Claim, deriver: Deriver, latex: Latex, notes: Iterable[str]) -> str:
    """Why a claim is neither proved nor refuted; `notes` are from the search for a counterexample."""
    prover = deriver.prover
    forms = prover.normal_forms(claim.left, claim.right)
    parts: list[str] = []
    if claim.graph.cut:
        names = ", ".join(latex(deriver.factoring.node(key)) for key in claim.graph.cut)
        parts.append(f"layers between those of the claim are not in view: what {names} is made of is not known")
    if forms is None:
        parts.append(f"no normal form was reached: {prover.bound}")
    elif forms[0] == forms[1]:
        parts.append(f"the two sides have one normal form, but the kernel has no proof of it: {prover.bound}")
    else:
        parts += _beyond(forms[1] - forms[0], deriver, latex) or ["the two sides have different normal forms"]
    return "; ".join([*parts, *notes])


def _beyond(difference: Term, deriver: Deriver, latex: Latex) -> list[str]:
    """What there is in the difference of two normal forms that no rule decides."""
    return [*_stops(difference, deriver, latex), *_roots(difference, deriver, latex), *_functions(difference, deriver)]


def _stops(difference: Term, deriver: Deriver, latex: Latex) -> Iterator[str]:
    prover = deriver.prover
    by = {prover.parts(name)[1] for name in difference.names() if name[0] == "∂"}
    for key in sorted(by & prover.theory.open):
        shown = latex(deriver.factoring.node(key))
        if key in deriver.graph.namesakes:
            yield f"{shown} may be under another name what it is to act on"
        else:
            yield f"the chain rule stops at {shown}, which has consumers that are not in view"


def _roots(difference: Term, deriver: Deriver, latex: Latex) -> Iterator[str]:
    """Roots and reciprocals of compounds: relations among them, beyond those of single ones, are not seen."""
    prover, nodes = deriver.prover, deriver.graph.nodes
    present = {
        k for k in difference.names() if k in nodes and nodes[k].term is not None and not prover.unfolds(nodes[k])
    }
    loose = present.intersection(prover.loose())
    if loose:
        yield (
            f"nothing is known to replace in {_listed(loose, deriver, latex)}: what is under a root shares its leading "
            "sum with another, or is a compound whose sign is not known"
        )
    elif present:
        shown = _listed(present, deriver, latex)
        yield f"how the roots or reciprocals of {shown} are related to the rest is decided in part only"


def _listed(keys: Iterable[str], deriver: Deriver, latex: Latex) -> str:
    return ", ".join(latex(deriver.factoring.node(key, base=True)) for key in sorted(keys))


def _functions(difference: Term, deriver: Deriver) -> Iterator[str]:
    found: dict[str, set[str]] = {}
    for name in difference.names():
        node = deriver.graph.nodes.get(name)
        if node is not None and node.function:
            found.setdefault(node.function[0], set()).add(node.function[2])
    known = sorted(found.keys() & FUNCTIONS.keys())
    if known:
        yield f"identities of {' and '.join(known)} other than their derivatives are not decided"
    for function, arguments in sorted(found.items()):
        if function not in FUNCTIONS and len(arguments) > 1:
            yield f"properties of {function} beyond its being differentiable are not decided"
