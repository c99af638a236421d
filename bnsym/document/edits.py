r"""Single edits of a formula, each the reverse of a slip that people make, as the text that a writer would have put.

An edit changes the text of a right-hand side in one place: a sign, a factor, a term, a power, a mean for a sum, an
index, a layer, a bracket, the place of a factor or of a constant under a root; or in all places alike. Nothing is said
here of whether the result can be read, or is right. Less weight: a likelier slip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bnsym.document.names import flatten
from bnsym.document.palette import Palette
from bnsym.document.rewording import Equation
from bnsym.document.syntax import (
    Angle,
    Big,
    Call,
    Group,
    Name,
    Negative,
    Node,
    Numeral,
    Product,
    Quotient,
    Root,
    Scripted,
    Total,
    names_in,
)

Splice = tuple[int, int, str]  # what stands between two offsets is replaced

_NUMBER = re.compile(r"-?\d+(?:/\d+)?")
_POWERS = ("2", "-1", "1/2", "-1/2", "3/2", "-3/2", "-2", "3", "-3")


@dataclass(frozen=True)
class Edit:
    """A new right-hand side, and in a word what was done."""

    kind: str
    weight: int
    text: str


@dataclass(frozen=True)
class Place:
    """A term beside which a factor may stand: the right-hand side before and after it, and without it."""

    before: str
    term: str
    after: str

    @property
    def without(self) -> str:
        return " ".join(f"{self.before} 0 {self.after}".split())

    def with_factor(self, factor: str) -> str:
        return " ".join(f"{self.before} {factor} {self.term} {self.after}".split())


@dataclass(frozen=True)
class Bracket:
    """The one bracket of a product: what multiplies it, and the right-hand side up to its end and from there."""

    factor: str
    before: str
    after: str

    def with_term(self, term: str) -> str:
        return " ".join(f"{self.before} {term} {self.after}".split())


@dataclass(frozen=True)
class Edits:
    """All single edits of a right-hand side, the likeliest first; no text twice, and not the original.

    Factors put beside a term that no sum and no mean is around are not among them: `places` says where they may be
    put; nor are terms added, for which there is the end of the right-hand side and of its `bracket`.
    """

    edits: tuple[Edit, ...]
    places: tuple[Place, ...]
    bracket: Bracket | None


def find_edits(equation: Equation, palette: Palette) -> Edits:
    """The edits of the right-hand side of an equation."""
    editor = _Editor(equation, palette)
    body = equation.body
    editor.put("sign", 1, (body.start, body.end, f"-{editor.bracketed(body)}"))
    editor.visit(body, True, frozenset(palette.head_letters), False)
    editor.alike()
    likeliest = sorted(editor.found.values(), key=lambda e: (e.weight, abs(len(e.text) - len(equation.right))))
    return Edits(tuple(likeliest), tuple(editor.places), editor.bracket())


class _Editor:
    """Walks one tree. `found` is what came of it, by the text."""

    def __init__(self, equation: Equation, palette: Palette) -> None:
        self.equation, self.palette = equation, palette
        self.found: dict[str, Edit] = {}
        self.places: list[Place] = []
        self._similar: dict[tuple[str, str, str], list[Splice]] = {}

    # ------------------------------------------------------------ text

    def put(self, kind: str, weight: int, *splices: Splice, similar: bool = False) -> None:
        """Take up an edit; if `similar`, what it does here may be done in all places where the same stands."""
        text, at = "", self.equation.body.start
        for start, end, new in sorted(splices):
            text += self.equation.text[at:start] + new
            at = end
        text = " ".join((text + self.equation.text[at:]).split())
        if text != self.equation.right and (text not in self.found or weight < self.found[text].weight):
            self.found[text] = Edit(kind, weight, text)
        if similar:
            ((start, end, new),) = splices
            self._similar.setdefault((kind, self.equation.text[start:end], new), []).append((start, end, new))

    def alike(self) -> None:
        """The same edit in all places at once."""
        for (kind, _, _), splices in self._similar.items():
            if len(splices) > 1:
                self.put(kind, 3, *splices)

    def text(self, node: Node) -> str:
        return self.equation.text[node.start : node.end]

    def bracketed(self, node: Node) -> str:
        """A node as a factor."""
        return f"({self.text(node)})" if isinstance(node, Total | Negative) else self.text(node)

    def bracket(self) -> Bracket | None:
        body = self.equation.body
        units = self._units(body) if isinstance(body, Product) else []
        groups = [parts[0] for _, parts in units if isinstance(parts[0], Group) and isinstance(parts[0].body, Total)]
        if len(groups) != 1:
            return None
        (group,) = groups
        assert isinstance(group, Group)
        others = [(sign, parts) for sign, parts in units if parts[0] is not group]
        text, end = self.equation.text, group.body.end
        return Bracket(self._side_by_side(others), text[body.start : end], text[end:])

    # ------------------------------------------------------------ nodes

    def visit(self, node: Node, term: bool, scope: frozenset[str], averaged: bool) -> None:
        """Edits of a node and all below it.

        `term`: it is no factor of a product, so that factors may be put beside it. `scope` are the letters that it
        may carry, `averaged` says that a mean over an unwritten index is around it.
        """
        if term:
            self._beside(node, scope, averaged)
        match node:
            case Total():
                self._total(node, scope, averaged)
            case Negative(body=body):
                self.put("sign", 1, (node.start, node.end, self.text(body)))
                self.visit(body, True, scope, averaged)
            case Product():
                self._product(node, scope, averaged)
            case Quotient():
                self._quotient(node, scope, averaged)
            case Root(body=body):
                self.put("power", 2, (node.start, node.end, f"({self.text(body)})"))
                self.put("power", 3, (node.start, node.end, f"({self.text(body)})^{{3/2}}"))
                self._constants(body)
                self.visit(body, False, scope, averaged)
            case Group(body=body):
                self.visit(body, False, scope, averaged)
            case Angle(body=body):
                self.put("mean", 3, (node.start, node.end, self.bracketed(body)))
                self.visit(body, True, scope, True)
            case Big():
                self._big(node, scope, averaged)
            case Scripted(body=body):
                self._power(node, body)
                self.visit(body, False, scope, averaged)
            case Call(argument=argument):
                self.visit(argument, False, scope, averaged)
            case Name():
                self._name(node, scope)
            case Numeral(value=value):
                for other in dict.fromkeys((value + 1, value - 1, 2 * value, value / 2)):
                    if other > 0 and other.denominator == 1:
                        self.put("number", 4, (node.start, node.end, str(other)))

    def _beside(self, node: Node, scope: frozenset[str], averaged: bool) -> None:
        """Factors, sums and means put around a term."""
        old = self.bracketed(node)
        inner = scope - self.palette.head_letters
        if not inner and not averaged:
            text, at = self.equation.text, self.equation.body.start
            self.places.append(Place(text[at : node.start], old, text[node.end :]))
        for factor in self.palette.factors if inner or averaged else ():
            # What does not depend on what is summed over may as well stand outside.
            if factor.letters <= scope and (factor.letters & inner or (averaged and factor.averaged)):
                self.put("factor", factor.weight, (node.start, node.end, f"{factor.text} {old}"))
        carried = {token.text for name in names_in(node) for token in _tokens(name)}
        for letter in self.palette.letters:
            if letter in carried - scope:
                self.put("sum", 2, (node.start, node.end, rf"\sum_{{{letter}}} {old}"))
        if not averaged:
            self.put("mean", 4, (node.start, node.end, rf"\langle {self.text(node)} \rangle"))

    # ------------------------------------------------------------ sums of terms

    def _total(self, node: Total, scope: frozenset[str], averaged: bool) -> None:
        signed = [(isinstance(term, Negative), self._core(term)) for term in node.terms]
        cores = [core for _, core in signed]
        for place, (negative, core) in enumerate(signed):
            rest = [*signed[:place], *signed[place + 1 :]]
            if any(isinstance(term, Total) for term in cores):
                continue
            flipped = [*signed[:place], (not negative, core), *signed[place + 1 :]]
            self.put("sign", 1, (node.start, node.end, self._joined(flipped)))
            self.put("term", 3, (node.start, node.end, self._joined(rest)))
            for root in (part for part in cores if isinstance(part, Root) and part is not core):
                self.put("root", 3, *self._into_root(node, signed, place, root))
        self._regroup(node, signed)
        for core in cores:
            self.visit(core, True, scope, averaged)

    @staticmethod
    def _core(term: Node) -> Node:
        return term.body if isinstance(term, Negative) else term

    def _joined(self, signed: Sequence[tuple[bool, Node]]) -> str:
        text = ""
        for negative, core in signed:
            sign = "-" if negative else "+" if text else ""
            text += f" {sign} {self.text(core)}"
        return text.strip() or "0"

    def _into_root(self, node: Total, signed: Sequence[tuple[bool, Node]], place: int, root: Root) -> list[Splice]:
        """√a + b as √(a + b)."""
        negative, moved = signed[place]
        rest = self._joined([*signed[:place], *signed[place + 1 :]])
        inside = f"{self.text(root.body)} {'-' if negative else '+'} {self.text(moved)}"
        return [(node.start, node.end, rest.replace(self.text(root), rf"\sqrt{{{inside}}}"))]

    def _regroup(self, node: Total, signed: Sequence[tuple[bool, Node]]) -> None:
        """a b − c as a (b − c): a bracket that was forgotten, or closed too early."""
        (negative, first), *others = signed
        if not isinstance(first, Product):
            return
        units = self._units(first)
        for split in range(1, len(units)):
            outside = self._side_by_side(units[:split])
            last = units[split:]
            inner = last[0][1][0] if len(last) == 1 else None
            if isinstance(inner, Group) and isinstance(inner.body, Total):
                inside = self.text(inner.body)
            else:
                inside = self._side_by_side([("", last[0][1]), *last[1:]])
            for opened in (False, True):
                tail = "".join(f" {self._tail(core, minus != negative, opened)}" for minus, core in others)
                text = f"{'-' if negative else ''}{outside} ({inside}{tail})"
                self.put("bracket", 3, (node.start, node.end, text))

    def _tail(self, core: Node, negative: bool, opened: bool) -> str:
        """A term of a sum with its sign; if `opened`, without the bracket that it is."""
        if opened and isinstance(core, Group) and core.bracket != "{":
            core = core.body
        return f"{'-' if negative else '+'} {self.text(core)}"

    def _constants(self, base: Node) -> None:
        """A constant such as ε that is missing under a root or in a power; or one that belongs outside."""
        for scalar in self.palette.scalars:
            self.put("constant", 3, (base.start, base.end, f"{self.text(base)} + {scalar}"), similar=True)

    # ------------------------------------------------------------ products

    def _units(self, node: Product) -> list[tuple[str, list[Node]]]:
        """The factors, a function together with its argument, each with the sign before it."""
        units: list[tuple[str, list[Node]]] = []
        for sign, factor in zip(node.signs, node.factors, strict=True):
            before = units[-1][1][-1] if units else None
            applied = isinstance(before, Name) and self.palette.is_function(before)
            if applied and sign == "" and isinstance(factor, Group | Scripted):
                units[-1][1].append(factor)
            else:
                units.append((sign, [factor]))
        return units

    def _side_by_side(self, units: Sequence[tuple[str, list[Node]]]) -> str:
        words: list[str] = []
        for sign, parts in units:
            words += [sign] * bool(sign and (words or sign == "/")) + [self.text(part) for part in parts]
        text = " ".join(words)
        return f"1 {text}" if text.startswith("/") else text or "1"

    def _product(self, node: Product, scope: frozenset[str], averaged: bool) -> None:
        if self._is_derivative(node):
            self._inside_derivative(node, scope)
            return
        units = self._units(node)
        for place, (sign, parts) in enumerate(units):
            rest = [*units[:place], *units[place + 1 :]]
            self.put("factor", 2, (node.start, node.end, self._side_by_side(rest)))
            own = self._side_by_side([("", parts)])
            if sign == "/":
                self.put("factor", 3, (parts[0].start, parts[-1].end, f"1 \\cdot {own}"))
            elif not any(isinstance(part, Big | Numeral) for part in parts):
                self.put("inverse", 4, (parts[0].start, parts[-1].end, rf"\frac{{1}}{{{own}}}"))
            if not any(isinstance(part, Big) for part in parts):
                self._move_inside(node, rest, own)
        if self.palette.matrix:
            for place in range(len(units) - 1):
                swapped = [*units[:place], units[place + 1], units[place], *units[place + 2 :]]
                self.put("order", 2, (node.start, node.end, self._side_by_side(swapped)))
        for _, parts in units:
            for part in parts:
                self.visit(part, False, scope, averaged)

    def _move_inside(self, node: Product, rest: Sequence[tuple[str, list[Node]]], factor: str) -> None:
        """f (a − Σ_j b) as (f a − Σ_j f_j b): a factor that carries the axis of the sums it stands outside of."""
        for sign, parts in rest:
            body = parts[-1].body if isinstance(parts[-1], Group) else parts[-1]
            if sign == "/" or len(parts) > 1 or not isinstance(body, Total | Big | Angle | Product):
                continue
            terms = body.terms if isinstance(body, Total) else (body,)
            for letter in ("", *self.palette.letters):
                moved = [self._with_factor(self._core(term), factor, letter) for term in terms]
                joined = "".join(
                    f" {'-' if isinstance(term, Negative) else '+'} {text}"
                    for term, text in zip(terms, moved, strict=True)
                ).removeprefix(" +")
                others = [(s, p) for s, p in rest if p is not parts]
                outside = self._side_by_side(others) if others else ""
                self.put("place", 3, (node.start, node.end, f"{outside} ({joined.strip()})"))

    def _with_factor(self, term: Node, factor: str, letter: str) -> str:
        """A term with a factor put into its sum or mean; `letter` of it becomes what the sum binds."""
        for part in _below(term):
            if isinstance(part, Angle):
                inside = part.body
                new = factor
            elif isinstance(part, Big):
                bound = [i.letter for i in flatten(part.below) if i.letter] or [
                    i.bare[0] for i in flatten(part.below) if i.bare
                ]
                inside = part.body
                new = _relettered(factor, letter, bound[0]) if letter and bound else factor
            else:
                continue
            at, end = inside.start - term.start, inside.end - term.start
            text = self.text(term)
            return f"{text[:at]}{new} {self.bracketed(inside)}{text[end:]}"
        return f"{factor} {self.bracketed(term)}"

    def _quotient(self, node: Quotient, scope: frozenset[str], averaged: bool) -> None:
        if self._is_derivative(node.numerator):
            self._inside_derivative(node, scope)
            return
        above, below = self.text(node.numerator), self.text(node.denominator)
        self.put("inverse", 4, (node.start, node.end, rf"\frac{{{below}}}{{{above}}}"))
        self.put("factor", 2, (node.start, node.end, f"({above})"))
        self.put("factor", 2, (node.start, node.end, rf"\frac{{1}}{{{below}}}"))
        if not isinstance(node.denominator, Root):
            self.put("power", 3, (node.denominator.start, node.denominator.end, rf"\sqrt{{{below}}}"))
            self.put("power", 3, (node.denominator.start, node.denominator.end, f"({below})^2"))
        for part in (node.numerator, node.denominator):
            self.visit(part, False, scope, averaged)

    @staticmethod
    def _is_derivative(node: Node) -> bool:
        first = node.factors[0] if isinstance(node, Product) else node
        return isinstance(first, Name) and first.base in (r"\partial", "d", r"\mathrm{d}", r"\nabla")

    def _inside_derivative(self, node: Node, scope: frozenset[str]) -> None:
        for name in names_in(node):
            self._name(name, scope)

    # ------------------------------------------------------------ sums over an index

    def _big(self, node: Big, scope: frozenset[str], averaged: bool) -> None:
        body = node.body
        self.put("sum", 3, (node.start, node.end, self.bracketed(body)))
        items = [item for item in flatten(node.below) if item.bare]
        bound = frozenset(item.letter or item.bare[0] for item in items)
        for item in items:
            old = item.letter or item.bare[0]
            for new in self.palette.letters:
                if new not in scope | bound:
                    places = [(t.start, t.end, new) for name in names_in(body) for t in _tokens(name) if t.text == old]
                    head = (item.start, item.start + len(old), new)
                    self.put("index", 2, head, *places)
                    for place in places:
                        self.put("index", 3, head, place)
        self.visit(body, True, scope | bound, averaged)

    # ------------------------------------------------------------ names and powers

    def _name(self, node: Name, scope: frozenset[str]) -> None:
        for other in self.palette.alternatives(node):
            self.put("symbol", 4, (node.start, node.end, other), similar=True)
        if self.palette.is_function(node):
            primed = self.text(node)
            self.put("prime", 2, (node.start, node.end, primed.rstrip("'") if node.primes else f"{primed}'"))
            return
        letters = [token for token in _tokens(node) if token.text in self.palette.letters]
        for token in letters:
            for other in self.palette.letters:
                self.put("index", 2, (token.start, token.end, other), similar=True)
        for first, second in pairwise(letters):
            self.put("index", 2, (first.start, first.end, second.text), (second.start, second.end, first.text))
        for shift in (-1, 1):
            moved = self.palette.shifted(node, shift)
            if moved:
                self.put("layer", 2, *moved)
        if self.palette.is_size(node):
            self.put("number", 3, (node.start, node.end, f"({self.text(node)} - 1)"))
        for item in self.palette.powers(node):
            self._exponents(item.start, item.end, "".join(item.texts))
        if not self.palette.powers(node):
            for power in _POWERS[:3]:
                self.put("power", 3, (node.start, node.end, f"{{{self.text(node)}}}^{{{power}}}"))
        if self.palette.matrix:
            self.put("transpose", 2, (node.start, node.end, rf"{{{self.text(node)}}}^\top"))
            stripped = re.sub(r"\^(?:\\top|T|\{\\top\}|\{T\})$", "", self.text(node))
            self.put("transpose", 2, (node.start, node.end, stripped))

    def _power(self, node: Scripted, body: Node) -> None:
        """Other powers of a bracket, and none."""
        items = flatten(node.above)
        if node.below or len(items) != 1:
            return
        self.put("power", 2, (node.start, node.end, self.text(body)))
        self._exponents(items[0].start, items[0].end, "".join(items[0].texts))
        if isinstance(body, Group):
            self._constants(body.body)

    def _exponents(self, start: int, end: int, old: str) -> None:
        if not _NUMBER.fullmatch(old) and "frac" not in old:
            return
        opened = self.equation.text[start - 1] == "{"
        for power in _POWERS:
            if power != old:
                self.put("power", 2, (start, end, power if opened else f"{{{power}}}"), similar=True)


def _tokens(name: Name) -> Iterator:
    """The tokens of a name's scripts."""
    return (token for script in (*name.below, *name.above) for token in script)


def _below(node: Node) -> Iterator[Node]:
    """A node and the factors that it is made of, through brackets and fractions, outermost first."""
    yield node
    match node:
        case Product(factors=factors):
            for factor in factors:
                yield from _below(factor)
        case Group(body=body) | Negative(body=body):
            yield from _below(body)
        case Quotient(numerator=numerator):
            yield from _below(numerator)


def _relettered(text: str, old: str, new: str) -> str:
    """The text of a factor with one index letter for another."""
    return re.sub(rf"(?<![a-zA-Z\\]){re.escape(old)}(?![a-zA-Z])", lambda _: new, text)
