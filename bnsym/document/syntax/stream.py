r"""Reading tokens one after another: look-ahead, brackets that have to close, and scripts.

Nesting deeper than `limits.DEPTH` is refused with a message of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bnsym.document import limits
from bnsym.document.errors import ReadError
from bnsym.document.syntax.lexer import Token
from bnsym.document.syntax.tree import Script
from bnsym.document.syntax.vocabulary import ARGUMENTS, RELATIONS


class TokenStream:
    """A place in a list of tokens. `fence` is what closes the innermost bracket."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self._last = len(tokens) - 1
        self.at = 0
        self._fences: list[str] = []

    def peek(self, ahead: int = 0) -> Token:
        return self.tokens[min(self.at + ahead, self._last)]

    def take(self) -> Token:
        token = self.peek()
        self.at = min(self.at + 1, self._last)
        return token

    def fail(self, message: str, token: Token | None = None) -> ReadError:
        return ReadError(message, (token or self.peek()).start)

    def expect(self, text: str, opened: Token, what: str) -> Token:
        self._skip_space()
        token = self.peek()
        if token.text != text or token.kind == "text":
            if token.kind in ("end", "row", "environment"):
                raise self.fail(f"{what} opened by {opened.text!r} is not closed: expected {text!r}", opened)
            raise self.fail(f"expected {text!r} to close {what}, found {describe(token)}")
        return self.take()

    def _skip_space(self) -> None:
        """Skip space and rows where the formula has to go on; a row that begins with a relation is another."""
        if self.in_case:
            return
        ahead = 0
        while self.peek(ahead).kind in ("space", "row"):
            ahead += 1
        if self.peek(ahead).kind == "end" or self.peek(ahead).text in RELATIONS:
            ahead = 0
            while self.peek(ahead).kind == "space":
                ahead += 1
        self.at += ahead

    @property
    def last_end(self) -> int:
        return self.tokens[self.at - 1].end if self.at else self.tokens[0].start

    @contextmanager
    def _nested(self, fence: str | None = None) -> Iterator[None]:
        """One level down; `fence` is what closes it, None where the one around still does."""
        self._deep(1)
        self._fences.append(self._fence if fence is None else fence)
        try:
            yield
        finally:
            self._fences.pop()

    @property
    def in_case(self) -> bool:
        """Whether a row or an alignment mark ends what is being read, because it is a case among others."""
        return self._fence.startswith(r"\end")

    def _deep(self, more: int, token: Token | None = None) -> None:
        """Refuse what is more levels down than a formula may be."""
        if len(self._fences) + more > limits.DEPTH:
            raise self.fail(f"the formula is nested deeper than {limits.DEPTH} levels", token)

    @property
    def _fence(self) -> str:
        return self._fences[-1] if self._fences else ""

    def scripts(self) -> tuple[tuple[Script, ...], tuple[Script, ...], int]:
        below: list[Script] = []
        above: list[Script] = []
        primes = 0
        while self.peek().kind == "mark" and self.peek().text in ("_", "^", "'"):
            mark = self.take()
            if mark.text == "'":
                primes += 1
                continue
            items = self._script(mark)
            if mark.text == "_":
                below += items
            elif len(items) == 1 and all(token.text in (r"\prime", "'") for token in items[0]):
                primes += len(items[0])
            else:
                above += items
        return tuple(below), tuple(above), primes

    def _script(self, mark: Token) -> list[Script]:
        opened = self.peek()
        if opened.kind in ("end", "row", "environment") or opened.text in ("}", ")", "]"):
            raise self.fail(f"expected a script after {mark.text!r}, found {describe(opened)}")
        if opened.text != "{" or opened.kind == "text":
            if opened.text in ARGUMENTS and opened.kind == "command":
                return [self._macro()]
            return [(self._digit() if opened.kind == "number" else self.take(),)]
        self.take()
        items: list[list[Token]] = [[]]
        depth = 0
        while True:
            token = self.take()
            if token.kind in ("end", "row", "environment"):
                raise self.fail("the script opened by '{' is not closed: expected '}'", opened)
            if token.kind == "mark" and token.text == "}":
                if depth == 0:
                    break
                depth -= 1
            elif token.kind == "mark" and token.text == "{":
                depth += 1
                self._deep(1 + depth, token)
            if token.kind == "mark" and token.text == "," and depth == 0:
                items.append([])
            elif token.kind != "space":
                items[-1].append(token)
        return [tuple(item) for item in items if item]

    def _macro(self) -> Script:
        r"""A command with its arguments, each in braces or one token: `x^\frac{1}{2}`, `x^\frac12`."""
        tokens = [self.take()]
        for _ in range(ARGUMENTS[tokens[0].text]):
            opened = self.peek()
            depth = 0
            while True:
                token = self._digit() if self.peek().kind == "number" and not depth else self.take()
                if token.kind in ("end", "row", "environment"):
                    raise self.fail(f"{tokens[0].text} lacks an argument", opened)
                tokens.append(token)
                depth += (token.text == "{") - (token.text == "}")
                if not depth:
                    break
        return tuple(tokens)

    def _digit(self) -> Token:
        r"""TeX takes one digit where an argument is not in braces: `\frac12`, `x^23`."""
        token = self.take()
        if len(token.text) == 1 or "." in token.text:
            return token
        rest = Token("number", token.text[1:], token.start + 1, token.end)
        self.at -= 1
        self.tokens[self.at] = rest
        return Token("number", token.text[0], token.start, token.start + 1)


def describe(token: Token) -> str:
    match token.kind:
        case "end":
            return "the end of the formula"
        case "row":
            return r"the end of the row (\\)"
        case "unknown":
            return f"the character {token.text!r}, which is not part of the notation"
        case "environment":
            return f"{token.text}, which this notation does not have here"
        case "text":
            return f"the text {token.text!r}"
    return repr(token.text)
