r"""Macros as data, and the reading of TeX's tokens, groups and arguments.

What is read costs: `Macros.left` is what all uses may still come to, a `TokenReader` knows what one may.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from bnsym.document import limits

DEFINITION = re.compile(
    r"\\(?:newcommand|renewcommand|providecommand|DeclareRobustCommand|DeclareMathOperator|def|gdef|let"
    r"|newenvironment|renewenvironment)(?![a-zA-Z@])"
)
_TOKEN = re.compile(r"\\[a-zA-Z@]+|\\.|#[1-9]|[{}\[\]^_$&#*=]|\s+|[^\s\\{}\[\]^_$&#*=]+|\\", re.DOTALL)


class MacroError(Exception):
    """A definition that cannot be read, or a use that cannot be expanded."""


class Token(NamedTuple):
    """A piece of TeX; `start` and `end` are the place in the document where it is, or from where it was called.

    `depth` counts the macros that it came through; a `frozen` one is what `\\let` saved, and means what it says.
    """

    text: str
    start: int
    end: int
    copied: bool = True
    depth: int = 0
    frozen: bool = False

    @property
    def is_parameter(self) -> bool:
        return self.text[0] == "#" and len(self.text) == 2


@dataclass(frozen=True)
class Macro:
    """What a name stands for. `problem` says why it cannot be used."""

    parameters: int = 0
    default: tuple[Token, ...] | None = None
    body: tuple[Token, ...] = ()
    problem: str = ""

    @cached_property
    def length(self) -> int:
        """How many characters a use comes to, beside its arguments."""
        return 1 + sum(len(part.text) for part in self.body if not part.is_parameter)


@dataclass
class Macros:
    """What is defined so far, and how much may still be expanded."""

    known: dict[str, Macro] = field(default_factory=dict)
    left: int = limits.EXPANSION


class TokenReader:
    """Reads tokens of a document between two offsets, and before them what is pending."""

    def __init__(self, text: str, macros: Macros) -> None:
        self.text = text
        self._macros = macros
        self._at = self._end = 0
        self._pending: list[Token] = []  # what is to be read before the text goes on, last first
        self._left = 0  # characters that this use may still come to

    def _next(self) -> Token | None:
        if self._pending:
            return self._pending.pop()
        found = _TOKEN.match(self.text, self._at, self._end)
        if found is None:
            return None
        self._at = found.end()
        return Token(found.group(), found.start(), found.end())

    def _skip_spaces(self) -> Token | None:
        """The next token that is not space; a paragraph ends whatever is being read."""
        token = self._next()
        while token is not None and token.text.isspace():
            if token.text.count("\n") > 1:
                return None
            token = self._next()
        return token

    def _take(self, text: str) -> bool:
        """Read a token if it comes next."""
        at, waiting = self._at, bool(self._pending)
        token = self._skip_spaces()
        if token is not None and token.text == text and not token.frozen:
            return True
        if not waiting:
            self._at = at
        elif token is not None:
            self._pending.append(token)
        return False

    def _charge(self, characters: int, token: Token) -> None:
        self._left -= characters
        self._macros.left -= characters
        if self._macros.left < 0:
            raise MacroError(f"the macros of the document come to more than {limits.EXPANSION} characters")
        if self._left < 0:
            raise MacroError(f"the macro {token.text} comes to more than {limits.USE} characters")

    def _group(self, user: Token, opening: str = "{", closing: str = "}") -> list[Token] | None:
        """The tokens in the brackets that follow; None if something else does."""
        if not self._take(opening):
            return None
        tokens: list[Token] = []
        depth = 0
        while (token := self._next()) is not None:
            if depth == 0 and token.text == closing:
                return tokens
            depth += (token.text == "{") - (token.text == "}")
            if depth < 0:
                break
            self._charge(len(token.text), user)
            tokens.append(token)
        raise MacroError(f"{opening!r} after {user.text} is not closed: expected {closing!r}")

    def _argument(self, user: Token) -> list[Token]:
        """A group, or the one token that TeX takes."""
        group = self._group(user)
        if group is not None:
            return group
        token = self._skip_spaces()
        if token is None or token.text in ("}", "]", "$", "&", r"\\"):
            found = "the end of the formula" if token is None else repr(token.text)
            raise MacroError(f"{user.text} takes an argument: expected '{{', found {found}")
        if token.text[0] == "\\" or len(token.text) == 1:
            return [token]
        first, rest = token._replace(text=token.text[0]), token._replace(text=token.text[1:])
        if token.copied:
            first, rest = first._replace(end=token.start + 1), rest._replace(start=token.start + 1)
        self._pending.append(rest)
        return [first]
