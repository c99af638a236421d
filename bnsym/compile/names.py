r"""Names and comments of generated code.

No text of a document reaches code as it is: an identifier is spelt with [a-z0-9_] alone and is never a
keyword or a name that the code uses itself; a comment is one line of printable ASCII.
"""

from __future__ import annotations

import builtins
import keyword
import re
import textwrap
from collections.abc import Iterable

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda_", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau",
    "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip
SIGNS = {"∂": "d", "⟨": "<", "⟩": ">", "Σ": "sum", "√": "sqrt", "–": "-", "—": "-", "−": "-", "’": "'", "·": "*"}
LONGEST = 40


def identifier(text: str, *, lower: bool = True) -> str:
    r"""A Python identifier that resembles the text: `\hat{x}^{1}` becomes hat_x_1."""
    spelt = "".join(f" {GREEK[c]} " if c in GREEK else c for c in text)
    words = re.findall("[A-Za-z0-9]+", spelt)
    name = "_".join(words)[:LONGEST].strip("_") or "v"
    if not name[0].isalpha():
        name = f"v_{name}"
    name = name.lower() if lower else name
    return f"{name}_" if keyword.iskeyword(name) or keyword.issoftkeyword(name) else name


def comment(text: str) -> str:
    """One line of printable ASCII, whatever the text holds."""
    spelt = "".join(GREEK.get(c, SIGNS.get(c, c)) for c in text)
    return " ".join("".join(c if 32 <= ord(c) < 127 else " " if c.isspace() else "?" for c in spelt).split())


def comment_lines(text: str, width: int = 100) -> list[str]:
    """A comment, wrapped between words."""
    wrapped = textwrap.wrap(comment(text), width, break_long_words=False, break_on_hyphens=False)
    return [f"# {line}" for line in wrapped]


def block_comment(text: str) -> str:
    """A comment of C on one line; nothing in the text can end it."""
    return f"/* {comment(text).replace('*/', '* /')} */"


class Namer:
    """Hands out identifiers, each once."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {*taken, *dir(builtins)}

    def fresh(self, wanted: str) -> str:
        base = identifier(wanted)
        name, k = base, 2
        while name in self._taken:
            name, k = f"{base}_{k}", k + 1
        self._taken.add(name)
        return name
