r"""The header: TOML between `+++` lines, or a TOML file, to the notation of a document.

Every key is checked. A header that cannot be used raises `HeaderError` with the offset of the entry in the
header's text and a message that says what was expected.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal

from bnsym.document import limits
from bnsym.document.errors import HeaderError, ReadError
from bnsym.document.notation.names import (
    Item,
    Pattern,
    make_function_name,
    make_pattern,
    make_symbol_labels,
    read_layer,
    show_indices,
)
from bnsym.document.syntax.compounds import BRACKET, WORDS, accented
from bnsym.document.syntax.lexer import tokenize
from bnsym.document.syntax.parser import Parser
from bnsym.document.syntax.tree import Accent, Name, Product, Scripted
from bnsym.document.syntax.vocabulary import COMMAND_FUNCTIONS
from bnsym.language.curve import Curve
from bnsym.language.expression import Axis, Symbol

BUILTIN = {
    "exp": "exp", "log": "log", "ln": "log", "tanh": "tanh", "sin": "sin", "cos": "cos", "sqrt": "sqrt",
    "logistic": "logistic", "sigmoid": "logistic", "softplus": "softplus",
}  # fmt: skip

_TABLES = ("title", "axes", "indices", "layers", "symbols", "functions", "cost", "assume", "reading")
_SYMBOL_KEYS = ("axes", "positive", "nonzero", "also", "value")


@dataclass(frozen=True)
class Assumption:
    """One entry of [assume], as written, with the offset of its line in the header's text."""

    left: str
    right: str
    offset: int


@dataclass
class Notation:
    """What a header declares."""

    title: str = ""
    axes: dict[str, Axis] = field(default_factory=dict)
    families: set[str] = field(default_factory=set)
    letters: dict[str, str] = field(default_factory=dict)
    generic: str = ""
    last: str = ""
    patterns: dict[str, list[tuple[Pattern, Symbol]]] = field(default_factory=dict)
    values: dict[Symbol, str] = field(default_factory=dict)
    sizes: dict[str, list[tuple[Pattern, str]]] = field(default_factory=dict)
    functions: dict[str, list[tuple[Pattern, str]]] = field(default_factory=dict)
    curves: dict[str, Curve] = field(default_factory=dict)  # those that the document defines, by name
    compounds: set[tuple[str, ...]] = field(default_factory=set)
    cost: tuple[str, str, int] | None = None
    assume: list[Assumption] = field(default_factory=list)
    products: Literal["named", "matrix"] = "named"
    layout: Literal["numerator", "denominator"] = "numerator"

    def axis(self, written: str) -> Axis | None:
        """`sample`, `unit^l`, `unit^{l-1}` as an axis; None if it is not declared."""
        name, _, layer = written.replace(" ", "").partition("^")
        declared = self.axes.get(name)
        if declared is None or not layer:
            return declared
        texts = tuple(re.findall(r"\\?[A-Za-z]+|\d+|[-+]", layer))
        found = read_layer(Item(texts, 0, 0), self.generic, self.last)
        return None if found is None else Axis(name, found, declared.sizes, declared.data)


# A key of many parts, for which a reader of TOML takes time that grows with their square.
_DEEP = re.compile(rf"""(?<![\w.'"-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{limits.DEPTH},}}""")


class _Reader:
    """Checks one header, table by table, and knows where its entries stand."""

    def __init__(self, text: str, expand: Callable[[str], str]) -> None:
        self.text = text
        self.expand = expand
        self.notation = Notation()
        self._names: dict[str, Name] = {}

    def read(self) -> Notation:
        if (deep := _DEEP.search(self.text)) is not None:
            raise HeaderError(f"a key of the header has more than {limits.DEPTH} parts", deep.start())
        try:
            content = tomllib.loads(self.text)
        except RecursionError:
            raise HeaderError("the header is nested deeper than is read", 0) from None
        except tomllib.TOMLDecodeError as error:
            said = str(error)
            hint = "; LaTeX stands in single quotes, as in '\\mu'" if "Unescaped" in said or "escape" in said else ""
            hint = '; texts stand in quotes, as in size = "N"' if said.startswith("Invalid value") else hint
            raise HeaderError(f"the header is not TOML: {said}{hint}", self._toml_offset(said)) from None
        self._known(content, _TABLES, "", "the header")
        title = content.get("title", "")
        if not isinstance(title, str):
            raise HeaderError("title is a string", self._locate("", "title"))
        self.notation.title = title
        self._layers(self._table(content, "layers"))
        self._axes(self._table(content, "axes"))
        self._indices(self._table(content, "indices"))
        self._symbols(self._table(content, "symbols"))
        self._functions(self._table(content, "functions"))
        self._cost(self._table(content, "cost"))
        self._assume(self._table(content, "assume"))
        self._reading(self._table(content, "reading"))
        letters = {*self.notation.patterns, *self.notation.sizes, *self.notation.letters}
        self.notation.compounds |= {(*word, BRACKET) for word in WORDS if not letters.issuperset(word)}
        return self.notation

    # -- where things stand -----------------------------------------------------------------------------

    def _toml_offset(self, message: str) -> int:
        place = re.search(r"line (\d+), column (\d+)", message)
        if place is None:
            return len(self.text.rstrip())
        lines = self.text.split("\n")
        return sum(len(line) + 1 for line in lines[: int(place[1]) - 1]) + int(place[2]) - 1

    def _locate(self, table: str, key: str = "") -> int:
        """The offset of an entry, of its table if the entry is not found as written."""
        begin, end = 0, len(self.text)
        if table:
            opened = re.search(rf"^[ \t]*\[\s*{re.escape(table)}\s*\]", self.text, re.MULTILINE)
            if opened is None:
                return 0
            begin = opened.start()
            following = re.compile(r"^[ \t]*\[", re.MULTILINE).search(self.text, opened.end())
            end = following.start() if following else end
        if not key:
            return begin
        entry = re.compile(rf"""^[ \t]*["']?{re.escape(key)}["']?\s*=""", re.MULTILINE)
        found = entry.search(self.text, begin, end)
        return begin if found is None else found.start() + len(found.group()) - len(found.group().lstrip())

    def _table(self, content: Mapping[str, Any], name: str) -> dict[str, Any]:
        table = content.get(name, {})
        if not isinstance(table, dict):
            raise HeaderError(f"{name} is a table: write [{name}] with entries below it", self._locate("", name))
        if len(table) > limits.NAMES:
            raise HeaderError(f"[{name}] has more than {limits.NAMES} entries", self._locate(name))
        return table

    def _known(
        self, given: Mapping[str, Any], known: tuple[str, ...], table: str, where: str, at: int | None = None
    ) -> None:
        for key in given:
            if key not in known:
                close = get_close_matches(key, known, 1)
                hint = f"; did you mean {close[0]!r}?" if close else f"; expected one of {', '.join(known)}"
                if at is None:
                    at = self._locate(key) if not table and isinstance(given[key], dict) else self._locate(table, key)
                raise HeaderError(f"unknown key {key!r} in {where}{hint}", at)

    # -- tables -------------------------------------------------------------------------------------------

    def _layers(self, table: dict[str, Any]) -> None:
        self._known(table, ("generic", "last"), "layers", "[layers]")
        for key, value in table.items():
            if not isinstance(value, str) or not value.strip():
                raise HeaderError(f'{key} in [layers] is a letter, as in {key} = "l"', self._locate("layers", key))
        self.notation.generic = table.get("generic", "").strip()
        self.notation.last = table.get("last", "").strip()

    def _axes(self, table: dict[str, Any]) -> None:
        for name, value in table.items():
            at = self._locate("axes", name)
            if not re.fullmatch(r"[A-Za-z][\w-]*", name):
                raise HeaderError(f"an axis is named by a word, not {name!r}", at)
            entry = value if isinstance(value, dict) else {"size": value}
            self._known(entry, ("size", "data"), "axes", f"the axis {name!r}", at)
            sizes = entry.get("size", [])
            sizes = [sizes] if isinstance(sizes, str) else sizes
            if not isinstance(sizes, list) or not all(isinstance(size, str) and size for size in sizes):
                raise HeaderError(f'the size of the axis {name!r} is a symbol or a list of symbols, as in "N"', at)
            data = entry.get("data", False)
            if not isinstance(data, bool):
                raise HeaderError(f"data of the axis {name!r} is true or false", at)
            self.notation.axes[name] = Axis(name, None, tuple(sizes), data)
            for size in sizes:
                parsed = self._name(size, at, f"the size {size!r}")
                pattern = make_pattern(parsed, size, self.notation.generic)
                self.notation.sizes.setdefault(pattern.base, []).append((pattern, name))

    def _indices(self, table: dict[str, Any]) -> None:
        for name, value in table.items():
            at = self._locate("indices", name)
            self._axis(name, at)
            letters = value.split() if isinstance(value, str) else value
            if not isinstance(letters, list) or not all(isinstance(letter, str) for letter in letters):
                raise HeaderError(f'the indices of {name!r} are letters, as in {name} = "i j"', at)
            for letter in letters:
                taken = self.notation.letters.setdefault(letter, name)
                if taken != name:
                    raise HeaderError(f"the letter {letter!r} is an index of {taken!r} already", at)
        for primes in ("'", "''"):
            for letter, name in list(self.notation.letters.items()):
                if not letter.endswith("'"):
                    self.notation.letters.setdefault(letter + primes, name)

    def _symbols(self, table: dict[str, Any]) -> None:
        for key, value in table.items():
            at = self._locate("symbols", key)
            entry = value if isinstance(value, dict) else {"axes": value}
            self._known(entry, _SYMBOL_KEYS, "symbols", f"the symbol {key!r}", at)
            written = entry.get("axes", [])
            if not isinstance(written, list) or not all(isinstance(name, str) for name in written):
                raise HeaderError(f'the axes of {key!r} are a list, as in ["sample"]; [] is a scalar', at)
            axes = tuple(self._axis(name, at) for name in written)
            self.notation.families |= {axis.name for axis in axes if axis.layer is not None}
            sign = self._sign(key, entry, at)
            parsed = self._name(key, at, f"the symbol {key!r}")
            pattern = make_pattern(parsed, key, self.notation.generic)
            pattern = show_indices(pattern, tuple(axis.name for axis in axes), self.notation.letters)
            below, above = make_symbol_labels(pattern)
            below = ("",) if pattern.indices and self._is_name_of_others(key, table) else below
            symbol = Symbol(pattern.base, below, above, axes, sign)
            for other in (key, *self._aliases(key, entry, at)):
                self._declare(other, symbol, at)
            if "value" in entry:
                if entry["value"] not in ("ones", "zeros", "identity"):
                    raise HeaderError(f'the value of {key!r} is "ones", "zeros" or "identity"', at)
                self.notation.values[symbol] = entry["value"]

    def _is_name_of_others(self, key: str, table: dict[str, Any]) -> bool:
        """Whether another key has the same letter: L beside L_i."""
        bases = [self._name(other, self._locate("symbols", other), f"the symbol {other!r}").base for other in table]
        return bases.count(self._name(key, 0, key).base) > 1

    def _sign(self, key: str, entry: dict[str, Any], at: int) -> Literal["positive", "nonzero"] | None:
        for word in ("positive", "nonzero"):
            if not isinstance(entry.get(word, False), bool):
                raise HeaderError(f"{word} of {key!r} is true or false", at)
        return "positive" if entry.get("positive") else "nonzero" if entry.get("nonzero") else None

    def _aliases(self, key: str, entry: dict[str, Any], at: int) -> list[str]:
        also = entry.get("also", [])
        also = [also] if isinstance(also, str) else also
        if not isinstance(also, list) or not all(isinstance(name, str) for name in also):
            raise HeaderError(f"also of {key!r} is a list of names, as in ['x']", at)
        return also

    def _declare(self, key: str, symbol: Symbol, at: int) -> None:
        parsed = self._name(key, at, f"the symbol {key!r}")
        pattern = make_pattern(parsed, key, self.notation.generic)
        pattern = show_indices(pattern, tuple(axis.name for axis in symbol.axes), self.notation.letters)
        known = self.notation.patterns.setdefault(pattern.base, [])
        for other, _ in known:
            if (other.below, other.above, other.indices) == (pattern.below, pattern.above, pattern.indices):
                raise HeaderError(f"the symbol {key!r} is declared twice, also as {other.key!r}", at)
        known.append((pattern, symbol))

    def _functions(self, table: dict[str, Any]) -> None:
        for key, value in table.items():
            at = self._locate("functions", key)
            if not isinstance(value, str) or (value != "elementwise" and value not in BUILTIN):
                allowed = ", ".join(sorted(BUILTIN))
                raise HeaderError(f'the function {key!r} is "elementwise" or one of {allowed}', at)
            plain = key.strip() in COMMAND_FUNCTIONS
            name = Name(0, 0, key.strip()) if plain else self._name(key, at, f"the function {key!r}")
            pattern = make_pattern(name, key, self.notation.generic)
            known = self.notation.functions.setdefault(pattern.base, [])
            known.append((pattern, make_function_name(pattern) if value == "elementwise" else BUILTIN[value]))

    def _cost(self, table: dict[str, Any]) -> None:
        if not table:
            return
        at = self._locate("cost")
        self._known(table, ("symbol", "of"), "cost", "[cost]")
        symbol, of = table.get("symbol"), table.get("of")
        if not isinstance(symbol, str) or not isinstance(of, str):
            raise HeaderError("[cost] has a symbol and says of what it is a function: symbol = 'C', of = 'u^L'", at)
        self._name(symbol, at, f"the cost {symbol!r}")
        self._name(of, at, f"the argument {of!r} of the cost")
        self.notation.cost = (self.expand(symbol), self.expand(of), at)

    def _assume(self, table: dict[str, Any]) -> None:
        for left, value in table.items():
            at = self._locate("assume", left)
            if not isinstance(value, str):
                raise HeaderError("an assumption is an equation: 'left' = 'right', both LaTeX", at)
            self.notation.assume.append(Assumption(self.expand(left), self.expand(value), at))

    def _reading(self, table: dict[str, Any]) -> None:
        self._known(table, ("products", "layout"), "reading", "[reading]")
        products = table.get("products", "named")
        if products not in ("named", "matrix"):
            raise HeaderError('products is "named" or "matrix"', self._locate("reading", "products"))
        layout = table.get("layout", "numerator")
        if layout not in ("numerator", "denominator"):
            raise HeaderError('layout is "numerator" or "denominator"', self._locate("reading", "layout"))
        if "layout" in table and products != "matrix":
            where = self._locate("reading", "layout")
            raise HeaderError('a layout is of derivatives in matrix notation: products = "matrix"', where)
        self.notation.products, self.notation.layout = products, layout

    # -- parts ----------------------------------------------------------------------------------------

    def _axis(self, name: str, at: int) -> Axis:
        axis = self.notation.axis(name)
        if axis is None:
            known = ", ".join(self.notation.axes) or "none"
            raise HeaderError(f"unknown axis {name!r}: the axes declared in [axes] are {known}", at)
        return axis

    def _name(self, latex: str, at: int, what: str) -> Name:
        """A LaTeX name, read once; letters in a row, such as `dx`, are one name of several letters."""
        if latex not in self._names:
            if len(self._names) == limits.NAMES:
                raise HeaderError(f"the header has more than {limits.NAMES} names", at)
            self._names[latex] = self._read_name(self.expand(latex), at, what)
        return self._names[latex]

    def _read_name(self, latex: str, at: int, what: str) -> Name:
        try:
            parser = Parser(tokenize(latex))
            node = parser.product()
            if parser.peek().kind != "end":
                raise parser.fail(f"unexpected {parser.peek().text!r}")
        except ReadError as error:
            raise HeaderError(f"{what} is not a LaTeX name: {error.message}", at) from None
        compound: tuple[str, ...] = ()
        if isinstance(node, Product) and all(isinstance(factor, Name) for factor in node.factors):
            compound = tuple(factor.base for factor in node.factors if isinstance(factor, Name))
        body = node.body if isinstance(node, Scripted) else node
        if isinstance(body, Accent) and (base := accented(body)) is not None:
            compound = (base,)
        if compound:
            self.notation.compounds.add(compound)
            node = Parser(tokenize(latex), self.notation.compounds).product()
        if not isinstance(node, Name):
            raise HeaderError(f"{what} is not a LaTeX name: expected a letter with scripts, as in '\\hat{{x}}^l'", at)
        return node


def read_header(text: str, expand: Callable[[str], str] = str) -> Notation:
    """The notation that a header's TOML declares, its formulas with macros expanded; raises `HeaderError`."""
    return _Reader(text, expand).read()
