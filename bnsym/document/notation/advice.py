r"""What to write about a name that is nothing known: the nearest declared keys, or a line for the header."""

from __future__ import annotations

from difflib import get_close_matches

from bnsym.document.notation.header import Notation
from bnsym.document.notation.names import spell, without_fonts
from bnsym.document.syntax.lexer import words
from bnsym.document.syntax.tree import Name

_OPERATORS = words(r"\int \iint \oint \lim \bigcup \bigcap \bigoplus \bigotimes")
_VALUES = {"I": "identity", "1": "ones"}


def advise(notation: Notation, name: Name, elsewhere: str) -> str:
    """What is wrong with an undeclared name, and the fix; `elsewhere` is where files are included that are not read."""
    written = name.base + "".join(
        mark + "{" + ",".join(spell(tuple(t.text for t in item)) for item in side) + "}"
        for mark, side in (("_", name.below), ("^", name.above))
        if side
    )
    if without_fonts(name.base) == "d":
        return "a differential stands in equations between differentials only, dy = A dx: write the derivative"
    if name.base in _OPERATORS:
        return f"{name.base} is not part of the notation: sums and means over whole axes are"
    keys = [pattern.key for patterns in notation.patterns.values() for pattern, _ in patterns]
    same = [pattern.key for pattern, _ in notation.patterns.get(without_fonts(name.base), ())]
    near = same or get_close_matches(written, keys, 2, 0.75)
    hint = f"; declared is {' and '.join(near[:3])}" if near else ""
    if elsewhere and written[0] == "\\":
        hint += f"; files that are included ({elsewhere}) are not read"
    return f"the symbol {written} is not declared in [symbols]{hint or f': add {_entry(notation, name.base)}'}"


def _entry(notation: Notation, base: str) -> str:
    """A line for [symbols] that declares a name, with axes that it may have."""
    plain = [name for name, axis in notation.axes.items() if not axis.data] or list(notation.axes)
    axis = f'"{plain[0]}"' if plain else ""
    value = _VALUES.get(without_fonts(base))
    if value is None or not axis:
        loss = f"; if it is the cost, [cost] has symbol = '{base}'" if notation.cost is None else ""
        return f"'{base}' = [{axis}], or with the axes that it has; a scalar has []{loss}"
    axes = f"{axis}, {axis}" if value == "identity" else axis
    return f"'{base}' = {{ axes = [{axes}], value = \"{value}\" }}, or with the axis that it has"
