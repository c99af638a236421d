r"""A Pratt parser for the LaTeX of derivations: tokens to a presentation tree.

Precedence, loosest first: relations; + and −; a product, written or juxtaposed (`/` divides by exactly one
factor, a Σ binds the product that follows, a leading sign included); scripts; atoms. Whether `f(x)` is an
application or a product is not decided here. No token is dropped: what does not fit is a `ReadError` that
says what was expected. Nesting deeper than `MAXIMAL_DEPTH` is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

from bnsym.document.errors import ReadError
from bnsym.document.lexer import Token
from bnsym.document.syntax import (
    Accent,
    Angle,
    Big,
    Call,
    Chained,
    Group,
    Listing,
    Name,
    Negative,
    Node,
    Norm,
    Numeral,
    Product,
    Quotient,
    Related,
    Root,
    Script,
    Scripted,
    Total,
)

MAXIMAL_DEPTH = 64

RELATIONS = frozenset(
    r"""= := =: < > \equiv \leftarrow \approx \propto \in \neq \rightarrow \Rightarrow \iff \leq \geq \sim
    \simeq \mapsto \Leftrightarrow \longrightarrow \subset \ll \gg \cong \notin""".split()
)
ACCENTS = frozenset(r"\hat \bar \tilde \dot \ddot \vec \check \breve \acute \grave \underline".split())
TIMES = frozenset(r"\cdot \times * \odot \circ \otimes \star".split())
COMMAND_FUNCTIONS = frozenset(
    r"""\log \exp \tanh \sinh \cosh \sin \cos \tan \max \min \arctan \sup \inf \det \arg""".split()
)
BIG = frozenset((r"\sum", r"\prod"))
CLOSING = {"(": ")", "[": "]", r"\{": r"\}", r"\langle": r"\rangle", r"\|": r"\|", "|": "|"}
_TRANSPARENT = frozenset((r"\boxed", r"\fbox", r"\ensuremath", r"\mathrel", r"\mathop", r"\colorbox", r"\mathbin"))
_NOT_A_FACTOR = RELATIONS | TIMES | frozenset(
    r"""\rangle \} \mid \dots \vdots \ddots \forall \exists \therefore \because \quad \qquad \quad \rceil
    \rfloor \overset \stackrel \over \pm \mp""".split()
)  # fmt: skip
_PROSE = frozenset(
    """a an and as at because but by for from hence if in is it let on or otherwise since so that the then
    therefore thus to using we when where which with because note""".split()
)


def is_prose(text: str) -> bool:
    r"""Whether a `\text{…}` comments on a formula. A single word that is not a particle is a name."""
    word = text.strip()
    return word != text or not re.fullmatch(r"[A-Za-z][\w-]*", word) or word.lower() in _PROSE


class Parser:
    """One parser per span. `compounds` are the declared names of several letters, such as `dx`."""

    def __init__(self, tokens: list[Token], compounds: Collection[tuple[str, ...]] = ()) -> None:
        self.tokens = tokens
        self.at = 0
        self.compounds = compounds
        self._longest = max(map(len, compounds), default=1)
        self._fences: list[str] = []

    # -- tokens ---------------------------------------------------------------------------------------

    def peek(self, ahead: int = 0) -> Token:
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        token = self.peek()
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def fail(self, message: str, token: Token | None = None) -> ReadError:
        return ReadError(message, (token or self.peek()).start)

    def expect(self, text: str, opened: Token, what: str) -> Token:
        self._skip_space()
        token = self.peek()
        if token.text != text or token.kind == "text":
            if token.kind in ("end", "row", "environment"):
                raise self.fail(f"{what} opened by {opened.text!r} is not closed: expected {text!r}", opened)
            raise self.fail(f"expected {text!r} to close {what}, found {_describe(token)}")
        return self.take()

    def _skip_space(self) -> None:
        while self.peek().kind == "space":
            self.take()

    @property
    def last_end(self) -> int:
        return self.tokens[self.at - 1].end if self.at else self.tokens[0].start

    @contextmanager
    def _nested(self, fence: str | None = None) -> Iterator[None]:
        """One level down; `fence` is what closes it, None where the one around still does."""
        if len(self._fences) >= MAXIMAL_DEPTH:
            raise self.fail(f"the formula is nested deeper than {MAXIMAL_DEPTH} levels")
        self._fences.append(self._fence if fence is None else fence)
        try:
            yield
        finally:
            self._fences.pop()

    @property
    def _fence(self) -> str:
        return self._fences[-1] if self._fences else ""

    # -- sums and products ----------------------------------------------------------------------------

    def expression(self) -> Node:
        """A sum of products, up to a relation or a closing bracket."""
        start = self.peek().start
        terms = []
        while True:
            negative = self._sign()
            term = self.product()
            terms.append(Negative(start, self.last_end, term) if negative else term)
            self._space_before_operator()
            if self.peek().text not in ("+", "-") or self.peek().kind != "mark":
                break
            start = self.peek().start
        return terms[0] if len(terms) == 1 else Total(terms[0].start, self.last_end, tuple(terms))

    def _sign(self) -> bool:
        negative = False
        self._skip_space()
        while self.peek().text in ("+", "-"):
            negative ^= self.take().text == "-"
            self._skip_space()
        return negative

    def _space_before_operator(self) -> None:
        """A wide space inside brackets, or before an operator, is only a space."""
        ahead = 0
        while self.peek(ahead).kind == "space":
            ahead += 1
        following = self.peek(ahead).text
        if ahead and (self._fences or following in TIMES or following in ("+", "-", "/")):
            self.at += ahead

    def product(self) -> Node:
        start = self.peek().start
        factors, signs = [self.factor()], [""]
        while True:
            self._space_before_operator()
            token = self.peek()
            if token.text in TIMES or token.text == "/":
                self.take()
                sign_at = self.peek().start
                negative = self._sign()
                factor = self.factor()
                factors.append(Negative(sign_at, self.last_end, factor) if negative else factor)
                signs.append(token.text)
            elif self._starts_factor(token):
                factors.append(self.factor())
                signs.append("")
            else:
                break
        if self.compounds:
            self._merge(factors, signs)
        if len(factors) == 1:
            return factors[0]
        return Product(start, self.last_end, tuple(factors), tuple(signs))

    def _merge(self, factors: list[Node], signs: list[str]) -> None:
        """Join letters that the header declares as one name: `d`, `x` to `dx`."""
        at = 0
        while at < len(factors):
            for length in range(min(self._longest, len(factors) - at), 1, -1):
                run = factors[at : at + length]
                names = [name for name in run if isinstance(name, Name)]
                plain = all(not (n.below or n.above or n.primes) for n in names[:-1])
                if len(names) < length or not plain or any(signs[at + 1 : at + length]):
                    continue
                bases = tuple(name.base for name in names)
                if bases in self.compounds:
                    factors[at : at + length] = [replace(names[-1], base=join(bases), start=names[0].start)]
                    signs[at : at + length] = [signs[at]]
                    break
            at += 1

    def _starts_factor(self, token: Token) -> bool:
        if token.kind in ("letter", "number", "font"):
            return True
        if token.kind == "text":
            return not is_prose(token.text)
        if token.text == self._fence and token.kind in ("mark", "command"):
            return False
        if token.kind == "command":
            return token.text not in _NOT_A_FACTOR
        return token.kind == "mark" and token.text in ("(", "[", "{", "|")

    def factor(self) -> Node:
        token = self.peek()
        if token.kind == "command" and token.text in BIG:
            self.take()
            below, above, _ = self.scripts()
            start = self.peek().start
            with self._nested():
                negative = self._sign()
                body = self.product()
            body = Negative(start, self.last_end, body) if negative else body
            return Big(token.start, self.last_end, token.text, below, above, body)
        if token.kind == "command" and token.text in COMMAND_FUNCTIONS:
            with self._nested():
                return self._command_function()
        return self.scripted()

    def _command_function(self) -> Node:
        r"""`\log(x)`, or `\log x` with one factor that ends the product."""
        token = self.take()
        below, above, primes = self.scripts()
        function = Name(token.start, self.last_end, token.text, below, above, primes)
        if self.peek().text in ("(", "[", r"\{", "{"):
            return Call(token.start, self.last_end, function, self.atom())
        argument = self.factor()
        following = self.peek()
        if following.kind in ("letter", "number") or (
            following.kind == "command" and self._starts_factor(following) and following.text not in BIG
        ):
            raise self.fail(f"where does the argument of {token.text} end? Write it in parentheses")
        return Call(token.start, self.last_end, function, argument)

    # -- scripts --------------------------------------------------------------------------------------

    def scripted(self) -> Node:
        """An atom with its scripts."""
        start = self.peek().start
        atom = self.atom()
        below, above, primes = self.scripts()
        if isinstance(atom, Name):
            return replace(
                atom,
                end=self.last_end,
                below=atom.below + below,
                above=atom.above + above,
                primes=atom.primes + primes,
            )
        if primes:
            raise self.fail("a prime stands on a function's name only", self.tokens[self.at - 1])
        if below or above:
            return Scripted(start, self.last_end, atom, below, above)
        return atom

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
            raise self.fail(f"expected a script after {mark.text!r}, found {_describe(opened)}")
        if opened.text != "{" or opened.kind == "text":
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
            if token.kind == "mark" and token.text == "," and depth == 0:
                items.append([])
            elif token.kind != "space":
                items[-1].append(token)
        return [tuple(item) for item in items if item]

    def _digit(self) -> Token:
        r"""TeX takes one digit where an argument is not in braces: `\frac12`, `x^23`."""
        token = self.take()
        if len(token.text) == 1 or "." in token.text:
            return token
        rest = Token("number", token.text[1:], token.start + 1, token.end)
        self.at -= 1
        self.tokens[self.at] = rest
        return Token("number", token.text[0], token.start, token.start + 1)

    # -- atoms ----------------------------------------------------------------------------------------

    def atom(self) -> Node:
        self._skip_space()
        token = self.peek()
        text, start = token.text, token.start
        match token.kind:
            case "number":
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
                    body = self.chain()
                    self.expect("}", token, "the group")
                return Group(start, self.last_end, "{", body)
            case "command":
                return self._command(token)
        raise self.fail(f"expected a factor, found {_describe(token)}")

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
        if text in CLOSING:
            return self._bracket()
        if text in _NOT_A_FACTOR or text in BIG or text in COMMAND_FUNCTIONS:
            raise self.fail(f"expected a factor, found {_describe(token)}")
        self.take()
        if text in ACCENTS:
            return self._accent(token)
        if text in _TRANSPARENT:
            return Group(start, self.last_end, "{", self._braced(token))
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
                body = self.expression()
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
            body: Node = self.atom() if self.peek().text != "{" else self._braced(mark)
        if isinstance(body, Name) and not body.primes:
            return replace(body, start=mark.start, end=self.last_end, base=f"{mark.text}{{{body.base}}}")
        return Accent(mark.start, self.last_end, mark.text, body)

    def _face(self, font: Token) -> Node:
        r"""`\mathbf{\hat{x}_i}`: the face goes to the letter."""
        with self._nested():
            body: Node = self._braced(font) if self.peek().text == "{" else self.atom()
        face = {r"\bm": r"\boldsymbol", r"\pmb": r"\boldsymbol"}.get(font.text, font.text)
        if isinstance(body, Name) and not body.primes:
            base = re.sub(r"([^{}]+)(\}*)$", lambda m: f"{face}{{{m[1]}}}{m[2]}", body.base)
            return replace(body, start=font.start, end=self.last_end, base=base)
        return Group(font.start, self.last_end, "{", body)

    # -- relations inside brackets --------------------------------------------------------------------

    def listing(self) -> Node:
        start = self.peek().start
        items = [self._related()]
        while self.peek().text in (",", ";", r"\mid") and self.peek().kind != "text":
            self.take()
            items.append(self._related())
        return items[0] if len(items) == 1 else Listing(start, self.last_end, tuple(items))

    def _related(self) -> Node:
        left = self.expression()
        while self.peek().text in RELATIONS:
            relation = self.take().text
            left = Related(left.start, self.last_end, relation, left, self.expression())
        return left

    def chain(self) -> Node:
        head = self.expression()
        links = []
        while self.peek().text in RELATIONS:
            relation = self.take().text
            links.append((relation, self.expression()))
        return Chained(head.start, self.last_end, head, tuple(links)) if links else head


def join(bases: tuple[str, ...]) -> str:
    """One base of several names, as LaTeX."""
    joined = ""
    for base in bases:
        separate = re.search(r"\\[a-zA-Z]+$", joined) and base[0].isalpha()
        joined += (" " if separate else "") + base
    return joined


def _describe(token: Token) -> str:
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
