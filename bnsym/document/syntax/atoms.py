r"""What a formula is made of: names and numbers, brackets, fractions, roots, accents, faces, cases.

Scripts, products and sums are the parser's; here is what stands at their ends.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Collection
from dataclasses import replace
from fractions import Fraction

from bnsym.document import limits
from bnsym.document.syntax.compounds import accented
from bnsym.document.syntax.lexer import Token
from bnsym.document.syntax.stream import TokenStream, describe
from bnsym.document.syntax.tree import (
    Accent,
    Angle,
    Cases,
    Group,
    Name,
    Node,
    Norm,
    Numeral,
    Quotient,
    Root,
    without_braces,
)
from bnsym.document.syntax.vocabulary import (
    ACCENTS,
    BIG,
    CASE_WORDS,
    CLOSING,
    COMMAND_FUNCTIONS,
    DRAWN,
    NOT_A_FACTOR,
    TRANSPARENT,
    is_prose,
)

_RESTRICTED = re.compile(r"\b(?:unless|except|not|or|even)\b", re.IGNORECASE)
_REMAINS = re.compile(r"otherwise|else|remain|rest|other", re.IGNORECASE)


def begins_cases(token: Token) -> bool:
    return token.kind == "environment" and token.text.startswith((r"\begin{cases}", r"\begin{dcases}"))


class Atoms(TokenStream):
    """Reads atoms; the parser says what an expression is. `compounds` are declared names of several letters."""

    compounds: Collection[tuple[str, ...]] = ()

    @abstractmethod
    def expression(self) -> Node:
        """A sum of products, up to a relation or a closing bracket."""

    @abstractmethod
    def listing(self) -> Node:
        """Expressions or relations with commas between them."""

    @abstractmethod
    def related(self) -> Node:
        """An expression, or two with a relation between them."""

    @abstractmethod
    def chain(self) -> Node:
        """An expression, or a chain of relations."""

    def atom(self) -> Node:
        self._skip_space()
        token = self.peek()
        text, start = token.text, token.start
        match token.kind:
            case "number":
                if len(text.replace(".", "")) > limits.DIGITS:
                    raise self.fail(f"the number has more than {limits.DIGITS} digits")
                self.take()
                return Numeral(start, token.end, Fraction(text))
            case "letter":
                self.take()
                return Name(start, token.end, text)
            case "text" if not is_prose(text):
                self.take()
                return Name(start, token.end, rf"\operatorname{{{text}}}")
            case "font":
                self.take()
                return self._face(token)
            case "mark" if text in ("(", "[", "|"):
                return self._bracket()
            case "mark" if text == "{":
                self.take()
                with self._nested("}"):
                    signed = self.peek().text in ("+", "-")
                    body = self._over(self.chain())
                    self.expect("}", token, "the group")
                return Group(start, self.last_end, "{", body, unseen=True, signed=signed)
            case "command":
                return self._command(token)
            case "environment" if begins_cases(token):
                return self._cases()
        if token.kind == "environment" and token.text.startswith(r"\begin") and "matrix" in token.text:
            raise self.fail("an array that is written out is not read: write its entries with indices")
        raise self.fail(f"expected a factor, found {describe(token)}")

    def _bracket(self) -> Node:
        token = self.take()
        close = CLOSING[token.text]
        with self._nested(close):
            body = self.listing()
            self.expect(close, token, "the bracket")
        if token.text in ("|", r"\|"):
            return Norm(token.start, self.last_end, body, token.text == "|")
        if token.text == r"\langle":
            return Angle(token.start, self.last_end, body)
        return Group(token.start, self.last_end, token.text, body)

    def _command(self, token: Token) -> Node:
        text, start = token.text, token.start
        if text == r"\{" and self.peek(1).text.startswith(r"\begin"):
            self.take()
            return self._cases()
        if text in CLOSING:
            return self._bracket()
        if text in NOT_A_FACTOR or text in BIG or text in COMMAND_FUNCTIONS:
            raise self.fail(f"expected a factor, found {describe(token)}")
        self.take()
        if text in ACCENTS:
            return self._accent(token)
        if text in TRANSPARENT:
            signed = self.peek(1).text in ("+", "-")
            body = self._braced(token)
            return Group(start, self.last_end, "{", body, unseen=text not in DRAWN, signed=signed)
        if text in (r"\underbrace", r"\overbrace"):
            body = self._braced(token)
            if self.peek().text in ("_", "^"):
                self._script(self.take())
            return Group(start, self.last_end, "{", body)
        if text == r"\frac":
            numerator, denominator = self._argument(), self._argument()
            return Quotient(start, self.last_end, numerator, denominator)
        if text == r"\sqrt":
            degree = None
            if self.peek().text == "[":
                opened = self.take()
                with self._nested("]"):
                    degree = self.expression()
                    self.expect("]", opened, "the degree of the root")
            body = self._argument()
            return Root(start, self.last_end, body, degree)
        return Name(start, token.end, text)

    def _over(self, above: Node) -> Node:
        r"""`{a \over b}` is a fraction."""
        if self.peek().text != r"\over":
            return above
        self.take()
        below = self.expression()
        return Quotient(above.start, self.last_end, above, below)

    def _braced(self, command: Token) -> Node:
        opened = self.peek()
        if opened.text != "{":
            raise self.fail(f"expected '{{' after {command.text}")
        self.take()
        with self._nested("}"):
            body = self.chain()
            self.expect("}", opened, "the group")
        return body

    def _argument(self) -> Node:
        """A group in braces, or the one token that TeX takes."""
        token = self.peek()
        if token.text == "{" and token.kind == "mark":
            self.take()
            with self._nested("}"):
                body = self._over(self.expression())
                self.expect("}", token, "the group")
            return body
        if token.kind == "number":
            digit = self._digit()
            return Numeral(digit.start, digit.end, Fraction(digit.text))
        with self._nested():
            return self.atom()

    def _accent(self, mark: Token) -> Node:
        r"""`\hat{x_i}` is `\hat{x}_i`: scripts inside an accent belong to the name."""
        with self._nested():
            body: Node = without_braces(self.atom() if self.peek().text != "{" else self._braced(mark))
        if isinstance(body, Numeral):
            body = Name(body.start, body.end, str(body.value))
        if isinstance(body, Name) and not body.primes:
            return replace(body, start=mark.start, end=self.last_end, base=f"{mark.text}{{{body.base}}}")
        accent = Accent(mark.start, self.last_end, mark.text, body)
        base = accented(accent)
        return Name(accent.start, accent.end, base) if base is not None and (base,) in self.compounds else accent

    def _face(self, font: Token) -> Node:
        r"""`\mathbf{\hat{x}_i}`: the face goes to the letter."""
        signed = self.peek(1).text in ("+", "-")
        with self._nested():
            body: Node = without_braces(self._braced(font) if self.peek().text == "{" else self.atom())
        if font.text.startswith((r"\mathop", r"\operatorname", r"\text", r"\mbox")):
            return body if isinstance(body, Name) and not signed else self._faced(font, body, signed)
        face = {r"\bm": r"\boldsymbol", r"\pmb": r"\boldsymbol"}.get(font.text, font.text)
        if isinstance(body, Name) and not body.primes and not signed:
            base = re.sub(r"([^{}]+)(\}*)$", lambda m: f"{face}{{{m[1]}}}{m[2]}", body.base)
            return replace(body, start=font.start, end=self.last_end, base=base)
        return self._faced(font, body, signed)

    def _faced(self, font: Token, body: Node, signed: bool) -> Group:
        return Group(font.start, self.last_end, "{", body, unseen=True, signed=signed)

    # -- cases ------------------------------------------------------------------------------------------

    def _cases(self) -> Node:
        r"""`\begin{cases} a & i = j \\ b & \text{otherwise} \end{cases}`."""
        opened = self.take()
        close = opened.text.replace("begin", "end").split("}")[0] + "}"
        rows: list[tuple[Node, Node | None]] = []
        with self._nested(close):
            while self.peek().text != close:
                if self.peek().kind == "end":
                    raise self.fail(f"the cases opened by {opened.text} are not closed: expected {close!r}", opened)
                if self.peek().kind in ("row", "space"):
                    self.take()
                else:
                    rows.append(self._case())
        self.take()
        return Cases(opened.start, self.last_end, tuple(rows))

    def _prose(self) -> int:
        r"""How many tokens of prose stand before a condition: `\text{if}`, but also `if` as it comes."""
        token = self.peek()
        if token.kind == "text" or token.text.removeprefix(r"\operatorname{").removesuffix("}") in CASE_WORDS:
            return 1
        for word in CASE_WORDS:
            if [self.peek(at).text for at in range(len(word))] == list(word):
                return len(word)
        return 0

    def _case(self) -> tuple[Node, Node | None]:
        """A value and its condition; None where it is what remains."""
        value = self.expression()
        said = ""
        while True:
            if self.peek().kind == "space" or self.peek().text == ",":
                self.take()
            elif length := self._prose():
                said += " ".join(self.peek(at).text for at in range(length)) + " "
                self.at += length
            else:
                break
        if self.peek().kind in ("row", "end") or self.peek().text == self._fence:
            if not _REMAINS.search(said.replace(" ", "")):
                raise self.fail("a case says when it holds, as in 1 & i = j")
            return value, None
        if _RESTRICTED.search(said):
            raise self.fail("a case says when it holds, and not when it does not: as in 1 & i = j")
        condition = self.related()
        while self.peek().text in (",", ".", ";") or self.peek().kind == "space":
            self.take()
        if self.peek().kind not in ("row", "end") and self.peek().text != self._fence:
            raise self.fail(f"expected the end of the case, found {describe(self.peek())}")
        return value, condition
