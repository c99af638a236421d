r"""The macros of a document, defined and expanded as TeX does, within bounds.

Known are `\newcommand`, `\renewcommand` and `\providecommand` with arguments, the first of which may be
optional; `\def` with plain parameters; `\let`; `\DeclareMathOperator`; `\newenvironment`. A definition holds
from where it stands to the end of the document, whatever group it stands in.

Guarantees: reading a document of n characters takes time linear in n plus `limits.EXPANSION`; a use that
cannot be expanded stays as it is written and is a fault, with its place and the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bnsym.document import limits
from bnsym.document.errors import ReadError
from bnsym.document.source.macros import DEFINITION, Macro, MacroError, Macros, Token, TokenReader
from bnsym.document.source.mapped import Weaver
from bnsym.document.syntax.lexer import FONTS
from bnsym.document.syntax.vocabulary import ACCENTS

_INERT = re.compile(r"[^\\{}\[\]^_$&#*=]+")
_BRACKETS = (r"\begin", r"\end")
_ENVIRONMENT = re.compile(r"\s*\{([a-zA-Z]+\*?)\}")
# How many arguments follow: a macro in the place of one is the whole argument, not the first letter of what it means.
_ARGUMENTS = dict.fromkeys(("_", "^", r"\sqrt", r"\widehat", r"\overline", r"\widetilde", *ACCENTS), 1)
_ARGUMENTS |= {f"\\{face}": 1 for face in FONTS.split("|")}
_ARGUMENTS |= dict.fromkeys((r"\frac", r"\dfrac", r"\tfrac", r"\cfrac"), 2)


class Expander(TokenReader):
    """Copies a document into a `Weaver`, expanding the macros in the parts that it is told to."""

    def __init__(self, text: str, macros: Macros) -> None:
        super().__init__(text, macros)
        self.weaver = Weaver(text)
        self.faults: list[ReadError] = []
        self._braces = 0
        self._awaiting: list[list[int]] = []  # how deep in braces, how many arguments a command still takes
        self._after_word = False

    def expand(self, start: int, end: int) -> None:
        """Go on with text[start:end], expanded."""
        if not self._macros.known and DEFINITION.search(self.text, start, end) is None:
            self.weaver.copy(start, end)
            return
        self._enter(start, end)
        while self._at < end:
            inert = _INERT.match(self.text, self._at, end)
            if inert is not None:
                self._at = inert.end()
                self._emit(Token(inert.group(), inert.start(), inert.end()))
                continue
            token = self._next()
            assert token is not None
            if self._is_active(token):
                self._use(token)
            else:
                self._emit(token)

    def define(self, start: int, end: int) -> int:
        """Read the definition that begins at `start`, before `end`; returns where it ends."""
        self._enter(start, end)
        token = self._next()
        assert token is not None
        self._use(token)
        return self._at

    def _enter(self, start: int, end: int) -> None:
        self._at, self._end = start, end
        self._braces, self._awaiting, self._after_word = 0, [], False

    # -- uses -----------------------------------------------------------------------------------------

    def _use(self, first: Token) -> None:
        """Expand what begins with a token of the document; if that fails it stays as it is."""
        mark, state = self.weaver.mark(), (self._braces, [list(a) for a in self._awaiting], self._after_word)
        self._left = limits.USE
        try:
            self._step(first)
            while self._pending:
                token = self._next()
                assert token is not None
                self._step(token)
        except MacroError as error:
            self._pending.clear()
            self.weaver.back(mark)
            self._braces, self._awaiting, self._after_word = state
            self._at = first.end
            self.faults.append(ReadError(str(error), self.weaver.length))
            self._emit(first)
        else:
            self.weaver.cover(mark, (first.start, self._at))

    def _step(self, token: Token) -> None:
        if not self._is_active(token):
            self._emit(token)
            return
        macro = self._macro(token)
        if macro is None:
            self._define(token)
            return
        if token.text in _BRACKETS:
            self._group(token)
        self._call(token, macro)

    def _is_active(self, token: Token) -> bool:
        if token.text[0] != "\\" or token.frozen:
            return False
        return self._macro(token) is not None or DEFINITION.fullmatch(token.text) is not None

    def _macro(self, token: Token) -> Macro | None:
        r"""What a command stands for, if it is a macro; `\begin` and `\end` with the name in braces that follows."""
        name = self._following_name() if token.text in _BRACKETS else ""
        return None if token.text in _BRACKETS and not name else self._macros.known.get(token.text + name)

    def _following_name(self) -> str:
        r"""The name in braces that follows `\begin`, without reading it."""
        if not self._pending:
            found = _ENVIRONMENT.match(self.text, self._at, self._end)
            return found[1] if found else ""
        found = _ENVIRONMENT.match("".join(token.text for token in self._pending[:-5:-1]))
        return found[1] if found else ""

    def _call(self, token: Token, macro: Macro) -> None:
        if macro.problem:
            raise MacroError(f"the macro {token.text} {macro.problem}")
        if token.depth >= limits.DEPTH:
            raise MacroError(f"the macro {token.text} is nested deeper than {limits.DEPTH} levels: it may use itself")
        self._charge(macro.length, token)  # before anything is made of it
        arguments: list[Iterable[Token]] = []
        if macro.default is not None:
            arguments.append(self._group(token, "[", "]") or macro.default)
        while len(arguments) < macro.parameters:
            arguments.append(self._argument(token))
        body: list[Token] = []
        for part in macro.body:
            if part.is_parameter:
                given = arguments[int(part.text[1]) - 1]
                self._charge(sum(len(piece.text) for piece in given), token)
                body += given
            else:
                body.append(Token(part.text, token.start, token.end, False, token.depth + 1, part.frozen))
        if self._awaiting and self._awaiting[-1][0] == self._braces:
            self._emit(token._replace(text="{", copied=False))
            body.append(token._replace(text="}", copied=False))
        self._pending += reversed(body)

    def _emit(self, token: Token) -> None:
        if self._after_word and token.text[0].isalpha():
            self.weaver.put(" ", token.start, token.end)
        if token.copied:
            self.weaver.copy(token.start, token.end)
        else:
            self.weaver.put(token.text, token.start, token.end)
        self._after_word = token.text[0] == "\\" and token.text[-1].isalpha()
        self._count(token.text)

    def _count(self, text: str) -> None:
        """Keep account of the arguments that a command of the notation still takes."""
        if text.isspace():
            return
        self._braces += (text == "{") - (text == "}")
        while self._awaiting and self._awaiting[-1][0] > self._braces:
            self._awaiting.pop()
        if self._awaiting and self._awaiting[-1][0] == self._braces:
            self._awaiting[-1][1] -= 1 if text[0] == "\\" else len("".join(text.split()))
            if self._awaiting[-1][1] <= 0 or text == "[":
                self._awaiting.pop()
        if text in _ARGUMENTS:
            self._awaiting.append([self._braces, _ARGUMENTS[text]])

    # -- definitions ----------------------------------------------------------------------------------

    @staticmethod
    def _text_of(tokens: Iterable[Token] | None) -> str:
        return "".join(token.text for token in tokens or ()).strip()

    def _define(self, token: Token) -> None:
        self._charge(1, token)
        match token.text:
            case r"\def" | r"\gdef":
                self._plain_definition(token)
            case r"\let":
                self._alias(token)
            case r"\DeclareMathOperator":
                operator = (r"\operatorname", "*", "{") if self._take("*") else (r"\operatorname", "{")
                name = self._name(token)
                words = self._argument(token)
                self._know(name, 0, None, [*(Token(t, 0, 0) for t in operator), *words, Token("}", 0, 0)])
            case r"\newenvironment" | r"\renewenvironment":
                name = self._text_of(self._argument(token))
                parameters, default = self._parameters(token)
                self._know(rf"\begin{name}", parameters, default, self._argument(token))
                self._know(rf"\end{name}", 0, None, self._argument(token))
            case _:
                self._take("*")
                name = self._name(token)
                parameters, default = self._parameters(token)
                body = self._argument(token)
                if token.text != r"\providecommand" or name not in self._macros.known:
                    self._know(name, parameters, default, body)

    def _know(self, name: str, parameters: int, default: list[Token] | None, body: list[Token]) -> None:
        used = [int(part.text[1]) for part in body if part.is_parameter]
        problem = f"has no parameter #{max(used)}" if used and max(used) > parameters else ""
        self._macros.known[name] = Macro(parameters, None if default is None else tuple(default), tuple(body), problem)

    def _name(self, user: Token) -> str:
        name = self._text_of(self._argument(user))
        if not re.fullmatch(r"\\(?:[a-zA-Z@]+|.)", name):
            raise MacroError(f"{user.text} defines a command: expected a name such as \\x, found {name!r}")
        return name

    def _parameters(self, user: Token) -> tuple[int, list[Token] | None]:
        """How many parameters there are, and what the first one is where it is left out."""
        number = self._group(user, "[", "]")
        if number is None:
            return 0, None
        written = self._text_of(number)
        if not re.fullmatch("[0-9]", written):
            raise MacroError(f"the number of parameters is a digit, not {written!r}")
        return int(written), self._group(user, "[", "]") if written != "0" else None

    def _plain_definition(self, user: Token) -> None:
        name = self._name(user)
        parameters = 0
        plain = True
        while (token := self._next()) is not None and token.text != "{":
            self._charge(len(token.text), user)
            parameters += 1
            plain = plain and token.text == f"#{parameters}"
        self._pending += [] if token is None else [token]
        body = self._argument(user)
        self._know(name, parameters, None, body)
        if not plain:
            self._macros.known[name] = Macro(problem="has delimited parameters, which are not expanded")

    def _alias(self, user: Token) -> None:
        name = self._name(user)
        self._take("=")
        token = self._skip_spaces()
        if token is None:
            raise MacroError(rf"\let takes two commands: expected one after {name}")
        meaning = self._macros.known.get(token.text) if token.text[0] == "\\" else None
        if meaning is None:
            self._know(name, 0, None, [token._replace(frozen=True)])
        else:
            self._macros.known[name] = meaning
