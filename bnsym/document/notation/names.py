r"""Which declared symbol a name is, and what its scripts mean.

A declared key is a pattern over LaTeX tokens in which the layer letter stands for any layer expression. Of the
patterns that fit, the one that explains most script tokens wins; what it leaves over are indices and at most
one power. Labels match before layers: `\sigma_B^{2,l}` with `\sigma_B^{2,l}` declared is a variance at l.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from bnsym.document import limits
from bnsym.document.syntax.lexer import Token, words
from bnsym.document.syntax.tree import Name, Script
from bnsym.language.expression import Layer, Slot

_FONT = re.compile(r"\\(?:mathbf|mathrm|mathit|mathsf|mathtt|mathcal|mathbb|mathfrak|mathscr|boldsymbol)\{([^{}]*)\}")
_COMPOUND = words(r"+ - = / \neq : \in \cdot * \times \odot \circ < > \dots \frac")


WHOLE = frozenset((":", "*", r"\cdot"))
"""What stands in the place of an index along the whole of an axis."""


@dataclass(frozen=True)
class Item:
    """One index, label, layer or power among the scripts: canonical texts, and where they stand."""

    texts: tuple[str, ...]
    start: int
    end: int

    @property
    def bare(self) -> tuple[str, ...]:
        """Without brackets around the whole: `(l)` and `[l]` are layers like `l`."""
        t = self.texts
        return t[1:-1] if len(t) > 2 and (t[0], t[-1]) in (("(", ")"), ("[", "]"), (r"\{", r"\}")) else t

    @property
    def letter(self) -> str | None:
        """The index letter that this is, primes included; None for anything else."""
        word = self.bare
        if not word or not re.fullmatch(r"\\[a-zA-Z]+|[^\W\d_]", word[0]) or word[0] == r"\top":
            return None
        primes = word[1:]
        if any(p not in ("'", r"\prime", "^") for p in primes):
            return None
        return word[0] + "'" * sum(p != "^" for p in primes)

    def __str__(self) -> str:
        return spell(self.texts)


def spell(texts: tuple[str, ...]) -> str:
    """Canonical token texts as LaTeX."""
    out = ""
    for text in texts:
        separate = re.search(r"\\[a-zA-Z]+$", out) and text[:1].isalpha()
        out += (" " if separate else "") + text
    return out


def flatten(scripts: tuple[Script, ...]) -> list[Item]:
    """The items of scripts: `{ij}` is i and j; `{l-1}`, `{(l)}`, `{-1/2}` and `{i=1}` are one item each."""
    items: list[Item] = []
    for script in scripts:
        tokens = _unwrap(script)
        if not tokens:
            continue
        if _is_compound(tokens) and not _is_slice(tokens):
            transposed = len(tokens) > 1 and _is_transposition(tokens[-1], tokens[-2])
            items.append(_item(tokens[:-1] if transposed else tokens))
            items += [_item(tokens[-1:])] if transposed else []
            continue
        at = 0
        while at < len(tokens):
            if tokens[at].text in ("^", "_"):  # scripts of scripts are items like the others
                at += 1
                continue
            end = _reach(tokens, at)
            items.append(_item(tokens[at:end]))
            at = end
    return items


def _is_transposition(token: Token, before: Token) -> bool:
    r"""Whether a compound script ends in a transposition: `{l+1\top}`, `{l+1 T}`."""
    return token.text == r"\top" or (token.text in ("T", r"\mathsf{T}", r"\mathrm{T}") and before.kind == "number")


def _unwrap(script: Script) -> tuple[Token, ...]:
    """Without the braces that only group: `{{l}}`."""
    tokens = tuple(script)
    while len(tokens) > 1 and tokens[0].text == "{" and _reach(tokens, 0) == len(tokens):
        tokens = tokens[1:-1]
    return tokens


def _is_compound(tokens: tuple[Token, ...]) -> bool:
    depth = 0
    for token in tokens:
        depth += token.text in ("(", "[") and token.kind == "mark"
        depth -= token.text in (")", "]") and token.kind == "mark"
        if depth == 0 and token.text in _COMPOUND and token.kind != "text":
            return True
    return False


def _is_slice(tokens: tuple[Token, ...]) -> bool:
    """Whether letters stand beside what leaves an axis without one: `{i:}`, `{i,\\cdot}`."""
    texts = [token.text for token in tokens]
    return any(text in WHOLE for text in texts) and all(text in WHOLE or text.isalpha() for text in texts)


def _reach(tokens: tuple[Token, ...], at: int) -> int:
    """The end of the item that begins at `at`: a bracketed group, or one token with its primes."""
    end = at + 1
    if tokens[at].text in ("(", "[", "{"):
        depth = 1
        while end < len(tokens) and depth:
            depth += tokens[end].text in ("(", "[", "{")
            depth -= tokens[end].text in (")", "]", "}")
            end += 1
    while end < len(tokens) and (tokens[end].text in ("'", r"\prime", "*") or _raises_prime(tokens, end)):
        end += 1
    return end


def _raises_prime(tokens: tuple[Token, ...], at: int) -> bool:
    return tokens[at].text == "^" and at + 1 < len(tokens) and tokens[at + 1].text in (r"\prime", "*")


def _item(tokens: tuple[Token, ...]) -> Item:
    kept = [t for t in tokens if not (t.kind == "mark" and t.text in "{}")] or list(tokens)
    texts = tuple(_text(token) for token in kept)
    return Item(texts, tokens[0].start, tokens[-1].end)


def _text(token: Token) -> str:
    return rf"\operatorname{{{token.text}}}" if token.kind == "text" else token.text


def _is_layer(number: str) -> bool:
    return number.isdecimal() and len(number) <= limits.DIGITS


def read_layer(item: Item, generic: str, last: str, *, numbers: bool = True) -> Layer | None:
    """The layer expression that an item is: l, l-1, L+1, 3; None for anything else."""
    match item.bare:
        case (letter,) if letter and letter in (generic, last):
            return Layer(letter)
        case (letter, "+" | "-" as sign, number) if letter and letter in (generic, last) and _is_layer(number):
            return Layer(letter, int(sign + number))
        case (number,) if numbers and _is_layer(number):
            return Layer("", int(number))
    return None


@dataclass(frozen=True)
class Pattern:
    """A declared key: a base, and per side the items that must be found among the scripts.

    `indices` is how many indices the key shows, which are not part of the name: L_i beside L. What carries fewer is
    rather another symbol of that name, if there is one.
    """

    base: str
    below: tuple[Slot | tuple[str, ...], ...]
    above: tuple[Slot | tuple[str, ...], ...]
    key: str
    indices: int = 0


@dataclass(frozen=True)
class Match:
    """What a pattern explains of a name: `layer` is what Slot(0) stands for; the rest is left over."""

    pattern: Pattern
    layer: Layer | None
    below: tuple[Item, ...]
    above: tuple[Item, ...]
    weight: int


def make_pattern(name: Name, key: str, generic: str) -> Pattern:
    def side(scripts: tuple[Script, ...]) -> tuple[Slot | tuple[str, ...], ...]:
        items: list[Slot | tuple[str, ...]] = []
        for item in flatten(scripts):
            layer = read_layer(item, generic, "", numbers=False)
            items.append(item.texts if layer is None else Slot(layer.offset))
        return tuple(items)

    return Pattern(name.base + "'" * name.primes, side(name.below), side(name.above), key)


def show_indices(pattern: Pattern, axes: tuple[str, ...], letters: Mapping[str, str]) -> Pattern:
    """The pattern of a key that shows an index for every axis, x_{ij}: these are not part of the name."""
    shown = [letters.get(item[0], "") for item in pattern.below if not isinstance(item, Slot) and len(item) == 1]
    if not axes or len(shown) != len(pattern.below) or sorted(shown) != sorted(axes):
        return pattern
    return replace(pattern, below=(), indices=len(axes))


def match(pattern: Pattern, scripts: tuple[list[Item], list[Item]], generic: str, last: str) -> Match | None:
    """Explain the flattened scripts of a name, below and above, by a pattern; None if an item of it is missing."""
    below, above = map(list, scripts)
    weight = 0
    layer: Layer | None = None
    for wanted, given in ((pattern.below, below), (pattern.above, above)):
        for texts in (w for w in wanted if not isinstance(w, Slot)):
            found = _find_label(texts, given)
            if found is None:
                return None
            del given[found[0] : found[1]]
            weight += len(texts)
    for wanted, given in ((pattern.below, below), (pattern.above, above)):
        for slot in (w for w in wanted if isinstance(w, Slot)):
            for at, item in enumerate(given):
                found_layer = read_layer(item, generic, last)
                if found_layer is None:
                    continue
                origin = found_layer.shift(-slot.offset)
                if layer is None or layer == origin:
                    layer = origin
                    weight += len(item.texts)
                    del given[at]
                    break
            else:
                return None
    shown = sum(item.letter is not None for item in below) >= pattern.indices
    return Match(pattern, layer, tuple(below), tuple(above), weight + (pattern.indices if shown else -1))


def _find_label(texts: tuple[str, ...], given: list[Item]) -> tuple[int, int] | None:
    """Where a label stands: one item, or several letters that make up a word (`_{in}` for `_{\\text{in}}`)."""
    wanted = _plain("".join(texts))
    for at in range(len(given)):
        word = ""
        for end in range(at, len(given)):
            word += "".join(given[end].texts)
            if _plain(word) == wanted:
                return at, end + 1
            if len(_plain(word)) >= len(wanted):
                break
    return None


@lru_cache(4096)
def _plain(word: str) -> str:
    word = re.sub(r"\\operatorname\{([^{}]*)\}", r"\1", word)
    return _FONT.sub(r"\1", word)


@lru_cache(4096)
def without_fonts(base: str) -> str:
    """`\\mathbf{x}` as `x`: a face on a lone letter is transparent unless it is declared."""
    return _FONT.sub(lambda m: m[1], base)


def without_words(base: str) -> str:
    r"""`\operatorname{out}` as `out`, which a header may declare in letters."""
    found = re.fullmatch(r"\\operatorname\{([A-Za-z]{2,})\}", base)
    return found[1] if found else base


def make_function_name(pattern: Pattern) -> str:
    r"""The name of the function that a pattern declares, its layer left out: `g^{[l]}` declares g."""
    sides = [[x for x in side if not isinstance(x, Slot)] for side in make_symbol_labels(pattern)]
    scripts = [f"{mark}{{{','.join(labels)}}}" for mark, labels in zip("_^", sides, strict=True) if labels]
    return pattern.base + "".join(scripts)


def without_primes(items: list[Item]) -> tuple[list[Item], int]:
    r"""Scripts of a function without the primes among them, and how many there are: `g^{[l]'}`, `g^{\prime l}`."""
    kept, primes = [], 0
    for item in items:
        texts = item.texts
        while texts and texts[-1] in ("'", r"\prime"):
            texts, primes = texts[:-1], primes + 1
        if texts:
            kept.append(replace(item, texts=texts))
    return kept, primes


def make_symbol_labels(pattern: Pattern) -> tuple[tuple[str | Slot, ...], tuple[str | Slot, ...]]:
    """The labels of the symbol that a pattern declares."""

    def side(items: tuple[Slot | tuple[str, ...], ...]) -> tuple[str | Slot, ...]:
        return tuple(item if isinstance(item, Slot) else spell(item) for item in items)

    return side(pattern.below), side(pattern.above)
