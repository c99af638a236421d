"""A proof as a person reads it: one step a line, numbered, with its rule; the lemmas it rests on first."""

from __future__ import annotations

from collections.abc import Iterator

from bnsym.calculus.certificate import needed
from bnsym.calculus.unroll import Step
from bnsym.derivation import Derivation
from bnsym.kernel import Term
from bnsym.kernel.rules import Free
from bnsym.language.expression import Index
from bnsym.language.statement import AUXILIARY
from bnsym.verdict import Proof


def derivation_lines(derivation: Derivation, proof: Proof) -> Iterator[str]:
    """The numbered derivation of a theorem, as lines of LaTeX with the rule of each step."""
    prover = proof.deriver.prover
    numbers = needed(prover, proof.number)
    lemmas = {number: f"lemma {k}" for k, number in enumerate(numbers[:-1], 1)}
    for number in numbers:
        theorem = prover.theory.theorems[number]
        names = _letters(theorem.free, proof)

        def write(term: Term, names: dict[str, Index] = names) -> str:
            return derivation.latex(proof.deriver.factoring.expression(term, names))

        yield f"{lemmas.get(number, 'claim')}: {write(theorem.left)} = {write(theorem.right)}"
        yield f"      {write(theorem.left)}"
        for k, step in enumerate(prover.lemmas[number].steps, 1):
            yield f"  {k:>2}. = {write(step.after)}    [{_rule(derivation, proof, step, lemmas)}]"
        lemma = prover.lemmas[number]
        if lemma.source is not None:
            why = "positive roots are unique" if lemma.exponent else "exp takes no value twice"
            yield f"   1. = {write(theorem.right)}    [{lemmas[lemma.source]}, {why}]"
        yield "      ∎" if number == numbers[-1] else ""


def _letters(free: Free, proof: Proof) -> dict[str, Index]:
    """Free indices by name, with letters of the document for those of a lemma, which have none."""
    factoring, axes = proof.deriver.factoring, proof.deriver.graph.axes
    known = {letter for letters in factoring.letters.values() for letter in letters}
    names = {name: Index(name, axes[axis]) for name, axis in free if name in known or not name[-1].isdigit()}
    for name, axis in free:
        names.setdefault(name, factoring.index(axes[axis], {index.name for index in names.values()}))
    return names


def _rule(derivation: Derivation, proof: Proof, step: Step, lemmas: dict[int, str]) -> str:
    """What justified a step, in words."""
    kind, *about = step.uses[0].reference
    nodes = proof.deriver.graph.nodes

    def name(key: str) -> str:
        node = nodes[key]
        named = node.symbol is not None and node.symbol.base != AUXILIARY
        return key if named else derivation.latex(proof.deriver.factoring.node(key))

    match kind, about:
        case ("definition", [key]):
            folded = any(c < 0 for c in step.uses[0].multiplier.monomials.values())
            return f"definition of {name(key)}{', read backwards' if folded else ''}"
        case ("root", [key]):
            return f"square of {name(key)}" if nodes[key].root == 2 else f"power of {name(key)}"
        case ("chain", [above, key]):
            return f"chain rule for {name(above)} at {name(key)}"
        case ("direct", [above, key]):
            return f"direct derivative of {name(above)} by {name(key)}"
        case ("function", [function, _]):
            return f"derivative of {function}"
        case ("law", [_]):
            return "exp of a sum"
        case ("hypothesis", [number]):
            return f"assumption {derivation.document.hypotheses[int(number)].latex}"
        case (_, [number]):
            return lemmas[int(number)]
    raise ValueError(f"there is no schema {kind}")
