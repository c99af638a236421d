"""Conditions on indices in the text around a formula: "If i = j we have …", "…, unless i = j".

A condition restricts what is claimed, so that it is taken only where the words say that it does.
"""

from __future__ import annotations

import re

from bnsym.document.syntax.layout import WITHOUT
from bnsym.document.syntax.tree import Related, opposite

_WORDS = r"if|when|whenever|where|for(?:\s+(?:each|all|any|every))?"
_IF = re.compile(rf"\b(?:{_WORDS}|case(?:\s+[\w.]+)?\s*:?)\W*$", re.IGNORECASE)
_UNLESS = re.compile(r"\b(?:unless|except)\W*$", re.IGNORECASE)
# What comes before "if" and the like where nothing is restricted: "not only if", "as in the case".
_ELSEWHERE = re.compile(rf"\b(?:{WITHOUT}|as|unlike|never)(?:\s+(?:only|in|for|with|the))*\W*$", re.IGNORECASE)
_ONWARD = re.compile(r"[^.;#]{0,120}")
_TAKEN_BACK = re.compile(
    r"\b(?:but|or|otherwise|else|general|generally|arbitrary|any|all|every|whereas|while|regardless)\b", re.IGNORECASE
)
_BEHIND = re.compile(rf"[\s,$\\\])]*\(?(?P<unless>(?:unless|except)\b\s*)?(?P<word>(?:{_WORDS})\b)?[\s$\\(]*")


def condition_before(text: str, said: Related) -> Related | None:
    """What `said` means for the next formula, if `text` stands before it; None if it does not restrict that."""
    found = _IF.search(text)
    if found is None:
        return opposite(said) if _UNLESS.search(text) else None
    before = text[: found.start()]
    if _UNLESS.search(before):
        return opposite(said)
    return None if _ELSEWHERE.search(before) else said


def condition_behind(text: str, said: Related) -> Related | None:
    """What `said` means for the formula before it, if `text` is all that stands between them."""
    found = _BEHIND.fullmatch(text)
    if found is None or not (found["unless"] or found["word"]):
        return None
    return opposite(said) if found["unless"] else said


def carries_on(text: str) -> bool:
    """Whether a condition still holds behind the text that follows it."""
    return _ONWARD.fullmatch(text) is not None and _TAKEN_BACK.search(text) is None
