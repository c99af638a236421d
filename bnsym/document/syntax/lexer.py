r"""LaTeX tokens, in linear time.

Spacing, alignment marks and typographic commands are dropped here, but for space as wide as a `\quad`, which sets
statements apart however it is made; synonyms become one spelling
(`\varepsilon` is `\epsilon`, `\widehat` is `\hat`, γ is `\gamma`). Nothing else is lost: a character that is
not part of the notation is a token of kind "unknown", which the parser reports at its place.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Kind = Literal["row", "environment", "text", "font", "command", "number", "letter", "mark", "space", "unknown", "end"]

FONTS = (
    "mathrm|mathbf|mathit|mathsf|mathtt|mathcal|mathbb|mathfrak|mathscr|boldsymbol|pmb|bm|operatorname"
    "|rm|bf|cal|mathop|textbf|textit|textrm|textsf|textsc|texttt|text|mbox|hbox"
)
_TEXT = frozenset(["text", "textbf", "textit", "textrm", "textsf", "textsc", "texttt", "mbox", "hbox"])
_WORDS = _TEXT | frozenset(("operatorname", "mathrm", "rm"))
# In a face of mathematics: a word of two letters at least, and nothing that only a formula has.
_WORDED = r"(?=[^{}]*[A-Za-z]{2})(?:[^{}\\^_+*/=<>]|\\[,;:!>_ ])*"
_TOKEN = re.compile(
    rf"""(?P<skip>(?:\s|~|%[^\n]*
        |\\[,;:!>/\s]
        |\\(?:left|right)(?![a-zA-Z]|\s*[<>])(?:\s*\.)?
        |\\(?:middle|[bB]igg?[lrm]?(?!\s*[<>])|limits|nolimits|displaystyle|textstyle|scriptstyle|nonumber|notag
            |blacksquare|square|Box|qed|hfill|allowbreak|xspace|relax|protect|strut|mathstrut|rm|bf|cal)(?![a-zA-Z{{])
        |\\l?eqno(?![a-zA-Z])\s*\([^()]*\)
        |\\(?:tag|label|cancelto|vspace|color|textcolor|phantom|vphantom|hphantom|eqref|require)\*?\s*\{{[^{{}}]*\}})+)
    |(?P<row>\\\\(?:\s*\[-?[\d.]+\s*[a-z]{{2}}\])?(?:\\\\)?|\\(?:newline|cr)(?![a-zA-Z]))
    |(?P<environment>\\(?:begin|end)\s*\{{[a-zA-Z]+\*?\}}(?:\[[a-z]\])?(?:\{{[lcr|\d\s@]*\}})?)
    |(?P<font>\\(?P<face>{FONTS})\*?(?![a-zA-Z])\s*
        (?:\{{\s*(?P<word>[A-Za-z]\w*|\\[a-zA-Z]+|\d)\s*\}}|(?P<one>[A-Za-z]|\d|\\[a-zA-Z]+)))
    |(?P<text>\\(?P<prose>text|textrm|textbf|textit|textsf|mbox|hbox|(?:short)?intertext
            |(?:operatorname|mathrm)(?=\*?\s*\{{{_WORDED}\}}))\*?
        \s*\{{(?P<words>[^{{}}]*)\}})
    |(?P<face_only>\\(?:{FONTS})(?![a-zA-Z]))
    |(?P<space>\\q?quad(?![a-zA-Z])|&)
    |(?P<width>\\hspace\*?\s*\{{\s*(?:(?P<length>\d+(?:\.\d*)?|\.\d+)\s*(?P<unit>[a-z]{{2}}))?[^{{}}]*\}})
    |(?P<angle>\\(?:left|right|[bB]igg?[lr]?)\s*[<>])
    |(?P<command>\\[a-zA-Z]+|\\[{{}}|])
    |(?P<escaped>\\[_*\#])
    |(?P<number>\d+(?:\.\d+)?|\.\d+)
    |(?P<letter>[^\W\d_])
    |(?P<mark>:=|=:|\.\.\.|\|\||[-+*/^_{{}}()\[\]=<>,;.:!|'?∂∇∑√⟨⟩·×⊙≡←→⇒≈−′‖∝∈≠≤≥…])""",
    re.VERBOSE,
)

_CANONICAL = {
    r"\varepsilon": r"\epsilon", r"\intercal": r"\top", r"\lVert": r"\|", r"\rVert": r"\|", r"\Vert": r"\|",
    "||": r"\|", r"\widehat": r"\hat", r"\overline": r"\bar", r"\widetilde": r"\tilde", r"\dfrac": r"\frac",
    r"\tfrac": r"\frac", r"\cfrac": r"\frac", r"\lbrace": r"\{", r"\rbrace": r"\}", r"\ast": "*",
    r"\gets": r"\leftarrow", r"\longleftarrow": r"\leftarrow", r"\coloneqq": ":=", r"\triangleq": ":=",
    r"\doteq": ":=",
    r"\eqdef": ":=", r"\defeq": ":=", r"\coloneq": ":=",
    r"\eqqcolon": "=:", r"\ne": r"\neq", r"\to": r"\rightarrow", r"\ln": r"\log",
    r"\implies": r"\Rightarrow", r"\Longrightarrow": r"\Rightarrow", r"\ldots": r"\dots",
    r"\cdots": r"\dots", "...": r"\dots", "…": r"\dots", r"\lt": "<", r"\gt": ">", r"\le": r"\leq",
    r"\ge": r"\geq", r"\lbrack": "[", r"\rbrack": "]", r"\lparen": "(", r"\rparen": ")", r"\vert": "|",
    r"\lvert": "|", r"\rvert": "|", r"\dag": r"\dagger", r"\circledcirc": r"\odot", r"\bullet": r"\cdot",
    "∂": r"\partial", "∇": r"\nabla", "∑": r"\sum", "√": r"\sqrt", "⟨": r"\langle", "⟩": r"\rangle",
    "·": r"\cdot", "×": r"\times", "⊙": r"\odot", "≡": r"\equiv", "←": r"\leftarrow", "→": r"\rightarrow",
    "⇒": r"\Rightarrow", "≈": r"\approx", "−": "-", "′": "'", "‖": r"\|", "∝": r"\propto", "∈": r"\in",
    "≠": r"\neq", "≤": r"\leq", "≥": r"\geq", "ε": r"\epsilon", "ϵ": r"\epsilon",
}  # fmt: skip
_GREEK_NAMES = (
    "alpha beta gamma delta zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega "
    "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
)
_GREEK = dict(zip("αβγδζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ", _GREEK_NAMES.split(), strict=True))

# Prose with a condition on indices in it: `\text{if $i \neq j$}`.
_LETTER = r"(?:[^\W\d_]|\\[a-zA-Z]+)'*"
_CONDITION = re.compile(
    rf"(?P<words>[^$]*)\$\s*(?P<said>{_LETTER}\s*(?:=|≠|\\neq?(?![a-zA-Z]))\s*{_LETTER})\s*\$(?P<more>[^$]*)"
)
_SPACES = re.compile(r"%[^\n]*|\\[,;:!> ]|~")
_WIDTHS = {r"\,": 3, r"\:": 4, r"\>": 4, r"\;": 5, "\\ ": 6, "~": 6, r"\!": -3}
_UNITS = {"mu": 1, "pt": 1.8, "px": 1.35, "ex": 8, "em": 18, "mm": 5, "cm": 51, "in": 130}
_WIDE = 18  # as wide as \quad, in eighteenths of an em: it sets statements apart


def words(text: str) -> frozenset[str]:
    """A set of spellings, written side by side."""
    return frozenset(text.split())


class Token(NamedTuple):
    """`text` is the canonical spelling; `start` and `end` are offsets of what was written."""

    kind: Kind
    text: str
    start: int
    end: int


def tokenize(content: str, start: int = 0, end: int | None = None) -> list[Token]:
    """The tokens of content[start:end], with an "end" token behind them."""
    end = len(content) if end is None else end
    tokens: list[Token] = []
    at = start
    while at < end:
        found = _TOKEN.match(content, at, end)
        if found is None:
            tokens.append(Token("unknown", content[at], at, at + 1))
            at += 1
            continue
        kind, text = _classify(found)
        condition = _CONDITION.fullmatch(content, *found.span("words")) if kind == "text" else None
        if condition is not None:
            tokens.append(Token("text", condition["words"], at, condition.end("words")))
            tokens += tokenize(content, *condition.span("said"))[:-1]
            more = condition["more"] if re.search(r"\w", condition["more"]) else ""
            tokens.append(Token("text" if more else "space", f" {more}", condition.end("said"), found.end()))
        elif kind is not None:
            tokens.append(Token(kind, text, at, found.end()))
        at = found.end()
    tokens.append(Token("end", "", end, end))
    return tokens


def _classify(found: re.Match[str]) -> tuple[Kind | None, str]:
    """The kind and the canonical spelling of a token; no kind for what only sets things apart."""
    match found.lastgroup:
        case "skip":
            wide = sum(_WIDTHS.get(space, 0) for space in _SPACES.findall(found.group())) >= _WIDE
            return ("space" if wide else None), found.group()
        case "width":
            wide = float(found["length"] or 0) * _UNITS.get(found["unit"], 0) >= _WIDE
            return ("space" if wide else None), found.group()
        case "angle":
            return "command", r"\langle" if found.group()[-1] == "<" else r"\rangle"
        case "font":
            return _font(found["face"], (found["word"] or found["one"]).strip())
        case "text":
            words = found["words"].replace(r"\_", "_")
            return "text", f" {words} " if found["prose"].endswith("intertext") else words
        case "face_only":
            return "font", found.group()
        case "escaped":
            return "mark", found.group()[1]
        case "letter" if found.group() in _GREEK:
            return "command", "\\" + _GREEK[found.group()]
        case "row":
            return "row", "\\\\"
        case "environment":
            return "environment", re.sub(r"\s", "", found.group())
        case "number":
            return "number", found.group()
        case "space":
            return "space", found.group()
    text = _CANONICAL.get(found.group(), found.group())
    if text.startswith("\\"):
        return "command", text
    return ("letter" if found.lastgroup == "letter" else "mark"), text


def _font(face: str, argument: str) -> tuple[Kind, str]:
    r"""`\mathbf{x}` keeps its face, a word of several letters has one spelling, prose stays prose."""
    argument = _CANONICAL.get(argument, argument)
    if face in _TEXT and not argument.startswith("\\") and len(argument) > 1:
        return "text", argument
    if not argument.startswith("\\") and len(argument) > 1:
        return "letter", rf"\operatorname{{{argument}}}"
    if face == "mathop" or (face in _TEXT and argument.startswith("\\")):
        return "command", argument
    face = {"rm": "mathrm", "bf": "mathbf", "cal": "mathcal", "bm": "boldsymbol", "pmb": "boldsymbol"}.get(
        face, "mathrm" if face in _WORDS else face
    )
    return "letter", rf"\{face}{{{argument}}}"
