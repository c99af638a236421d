r"""The words of the notation: which commands relate, multiply, open, accent, and which text is prose."""

from __future__ import annotations

import re

from bnsym.document.syntax.lexer import words

RELATIONS = words(
    r"""= := =: < > \equiv \leftarrow \approx \propto \in \neq \rightarrow \Rightarrow \iff \leq \geq \sim \simeq
    \mapsto \Leftrightarrow \longrightarrow \subset \ll \gg \cong \notin"""
)
EQUATIONS = words(r"= \equiv := \leftarrow =:")
ACCENTS = words(r"\hat \bar \tilde \dot \ddot \vec \check \breve \acute \grave \underline")
TIMES = words(r"\cdot \times * \odot \circ \otimes \star")
DIVISIONS = words(r"/ \oslash \div")
"""What divides by the one factor behind it, element by element."""
COMMAND_FUNCTIONS = words(r"\log \exp \tanh \sinh \cosh \sin \cos \tan \max \min \arctan \sup \inf \det \arg")
BIG = words(r"\sum \prod")
CLOSING = {"(": ")", "[": "]", r"\{": r"\}", r"\langle": r"\rangle", r"\|": r"\|", "|": "|"}
OPENING, CLOSED = frozenset(CLOSING) - {"|", r"\|"}, frozenset(CLOSING.values()) - {"|", r"\|"}
ENDS = words(r", ; . : \Rightarrow \Leftrightarrow \iff \therefore \because \forall")
"""What ends a statement."""
ARGUMENTS = {r"\frac": 2, r"\sqrt": 1, **dict.fromkeys(ACCENTS, 1)}
"""How many arguments a command takes."""
TRANSPARENT = words(r"\boxed \fbox \ensuremath \mathrel \mathop \mathbin \cancel \bcancel \xcancel")
DRAWN = words(r"\boxed \fbox \cancel \bcancel \xcancel")
"""Those of them that show how far they reach."""
NOT_A_FACTOR = (
    RELATIONS
    | TIMES
    | DIVISIONS
    | words(
        r"""\rangle \} \mid \dots \vdots \ddots \forall \exists \therefore \because \rceil \rfloor \overset \stackrel
    \over \pm \mp"""
    )
)
CASE_WORDS = ("otherwise", "where", "when", "else", "for", "if")
_PROSE = words(
    """a an and as at because but by for from hence if in is it let note on or otherwise since so that the then
    therefore thus to unless using we when where which with except not nor even"""
)


def is_prose(text: str) -> bool:
    r"""Whether a `\text{…}` comments on a formula. A single word that is not a particle is a name.

    An operator without a word is neither, and is not to be lost.
    """
    word = text.strip()
    if not re.search(r"[^\W\d_]", word) and re.search(r"[-+*/^=<>]", word):
        return False
    return word != text or not re.fullmatch(r"[A-Za-z][\w-]*", word) or word.lower() in _PROSE
