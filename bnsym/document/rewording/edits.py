r"""Single edits of a formula, each the reverse of a slip that people make, as the text that a writer would have put.

An edit changes the text of a right-hand side in one place: a sign, a factor, a term, a power, a mean for a sum, an
index, a layer, a bracket, the place of a factor or of a constant under a root; or in all places alike. Nothing is said
here of whether the result can be read, or is right. Less weight: a likelier slip.
"""

from __future__ import annotations

from collections.abc import Sequence

from bnsym.document.rewording.editor import Edits, Place, Splice, script_tokens
from bnsym.document.rewording.equation import Equation
from bnsym.document.rewording.factors import FactorEdits, unsigned
from bnsym.document.rewording.palette import Palette
from bnsym.document.syntax.tree import (
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


def find_edits(equation: Equation, palette: Palette) -> Edits:
    """The edits of the right-hand side of an equation."""
    editor = TermEdits(equation, palette)
    body = equation.body
    if not isinstance(body, Negative):
        editor.put("sign", 1, (body.start, body.end, f"-{editor.bracketed(body)}"))
    editor.visit(body, True, frozenset(palette.head_letters), False)
    editor.alike()
    likeliest = sorted(editor.found.values(), key=lambda e: (e.weight, abs(len(e.text) - len(equation.right))))
    return Edits(tuple(likeliest), tuple(editor.places), editor.bracket())


class TermEdits(FactorEdits):
    # ------------------------------------------------------------ nodes

    def visit(self, node: Node, term: bool, scope: frozenset[str], averaged: bool) -> None:
        if term:
            text, at = self.equation.text, self.equation.body.start
            term_text = self.bracketed(node)
            self.places.append(
                Place(text[at : node.start], term_text, text[node.end :], node.start - at, node.end - at)
            )
            self.beside(node, scope, averaged)
        match node:
            case Total():
                self._total(node, scope, averaged)
            case Negative(body=body):
                self.put("sign", 1, (node.start, node.end, self.text(body)))
                self.visit(body, True, scope, averaged)
            case Product():
                self.product(node, scope, averaged)
            case Quotient():
                self.quotient(node, scope, averaged)
            case Root(body=body):
                self.put("power", 2, (node.start, node.end, f"({self.text(body)})"))
                self.put("power", 2, (node.start, node.end, f"({self.text(body)})^{{3/2}}"))
                self.constants(body)
                self.visit(body, False, scope, averaged)
            case Group(body=body):
                self.visit(body, False, scope, averaged)
            case Angle(body=body):
                self.put("mean", 3, (node.start, node.end, self.bracketed(body)))
                self._out_of_mean(node, body, scope)
                self.squared(node)
                self.beside(body, scope, True)
                self.visit(body, False, scope, True)
            case Big():
                self.sum_over(node, scope, averaged)
            case Scripted(body=body):
                self.power(node, body)
                self.visit(body, False, scope, averaged)
            case Call(argument=argument):
                self.squared(node)
                self.visit(argument, False, scope, averaged)
            case Name():
                self.name(node, scope)
            case Numeral(value=value):
                for other in dict.fromkeys((value + 1, value - 1, 2 * value, value / 2)):
                    if other > 0 and other.denominator == 1:
                        self.put("number", 4, (node.start, node.end, str(other)))

    def _out_of_mean(self, node: Angle, body: Node, scope: frozenset[str]) -> None:
        """⟨a b⟩ as a_s b_s, as a_s ⟨b⟩ and as ⟨a⟩ ⟨b⟩: the mean of less, or of each."""
        units = self.units(body) if isinstance(body, Product) else []
        for letter in sorted(scope):
            if (whole := self._at_letter(body, letter)) is None:
                continue
            self.put("mean", 3, (node.start, node.end, f"({whole})" if isinstance(body, Total) else whole))
            for place, (_, parts) in enumerate(units):
                outside = [self._at_letter(part, letter) or self.text(part) for part in parts]
                rest = self.side_by_side([*units[:place], *units[place + 1 :]])
                self.put("mean", 3, (node.start, node.end, rf"{' '.join(outside)} \langle {rest} \rangle"))
        for place in range(1, len(units)):
            first, second = self.side_by_side(units[:place]), self.side_by_side(units[place:])
            self.put("mean", 3, (node.start, node.end, rf"\langle {first} \rangle \langle {second} \rangle"))

    def _at_letter(self, node: Node, letter: str) -> str | None:
        """The text of a node with a letter for the data axis that its names leave without; None if none does."""
        text, at, end = "", node.start, 0
        for name in names_in(node):
            written = self.palette.at_letter(name, letter)
            if written is not None:
                text += self.equation.text[at : name.start] + written
                at = end = name.end
        return text + self.equation.text[at : node.end] if end else None

    def beside(self, node: Node, scope: frozenset[str], averaged: bool) -> None:
        """Factors, sums and means put around a term."""
        old = self.bracketed(node)
        inner = scope - self.palette.head_letters
        for factor in self.palette.factors if inner or averaged else ():
            # What does not depend on what is summed over is found by its worth.
            if factor.letters <= scope and (factor.letters & inner or (averaged and factor.averaged)):
                self.put("factor", factor.weight, (node.start, node.end, f"{factor.text} {old}"))
        carried = {token.text for name in names_in(node) for token in script_tokens(name)}
        for letter in self.palette.letters:
            if letter in carried - scope:
                self.put("sum", 2, (node.start, node.end, rf"\sum_{{{letter}}} {old}"))
        if not averaged:
            self.put("mean", 4, (node.start, node.end, rf"\langle {self.text(node)} \rangle"))

    # ------------------------------------------------------------ sums of terms

    def _total(self, node: Total, scope: frozenset[str], averaged: bool) -> None:
        signed = [(isinstance(term, Negative), unsigned(term)) for term in node.terms]
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
        self._outside(node, signed)
        for core in cores:
            self.visit(core, True, scope, averaged)

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
        units = self.units(first)
        for split in range(1, len(units)):
            outside = self.side_by_side(units[:split])
            last = units[split:]
            inner = last[0][1][0] if len(last) == 1 else None
            if isinstance(inner, Group) and isinstance(inner.body, Total):
                inside = self.text(inner.body)
            else:
                inside = self.side_by_side([("", last[0][1]), *last[1:]])
            for opened in (False, True):
                tail = "".join(f" {self._tail(core, minus != negative, opened)}" for minus, core in others)
                text = f"{'-' if negative else ''}{outside} ({inside}{tail})"
                self.put("bracket", 3, (node.start, node.end, text))

    def _outside(self, node: Total, signed: Sequence[tuple[bool, Node]]) -> None:
        """a − f b as f (a − b): a factor that one of the terms alone has, but all should."""
        for place, (negative, core) in enumerate(signed):
            units = self.units(core) if isinstance(core, Product) else []
            for k, (sign, parts) in enumerate(units):
                if sign == "/" or any(isinstance(part, Big | Numeral) for part in parts):
                    continue
                terms = [(minus, self.text(term)) for minus, term in signed]
                terms[place] = (negative, self.side_by_side([*units[:k], *units[k + 1 :]]))
                inside = "".join(f" {'-' if minus else '+'} {text}" for minus, text in terms).removeprefix(" +").strip()
                factor = " ".join(self.text(part) for part in parts)
                self.put("bracket", 3, (node.start, node.end, f"{factor} ({inside})"))

    def _tail(self, core: Node, negative: bool, opened: bool) -> str:
        """A term of a sum with its sign; if `opened`, without the bracket that it is."""
        if opened and isinstance(core, Group) and core.bracket != "{":
            core = core.body
        return f"{'-' if negative else '+'} {self.text(core)}"
