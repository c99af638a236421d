r"""From the tokens of a span to chains: one head, and a link for every relation that follows it.

Rows and environments only lay out; a row, or a display, that begins with a relation continues the chain
before it. A comma, a wide space, an implication or prose ends a statement. What cannot be read is kept as the
error of its link, and reading goes on with the next row.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from bnsym.document.errors import ReadError
from bnsym.document.syntax.enumeration import after_group, enumeration
from bnsym.document.syntax.lexer import Token, words
from bnsym.document.syntax.parser import Parser
from bnsym.document.syntax.tree import Chained, Group, Name, Node, Related, opposite
from bnsym.document.syntax.vocabulary import CLOSED, CLOSING, ENDS, EQUATIONS, OPENING, RELATIONS, is_prose

LAYOUT = words(
    "align aligned alignat alignedat equation eqnarray flalign gather gathered multline split displaymath dmath math "
    "array cases dcases"
)
WITHOUT = "not|or|nor|even|regardless|whether"
"""Words before a condition under which what is said is not restricted to it."""
_WITHOUT = re.compile(rf"\s*\W*(?:{WITHOUT})\b", re.IGNORECASE)
_EXCEPT = re.compile(r"\s*\W*(unless|except)\b", re.IGNORECASE)
_FOLLOWS = words(r"\Rightarrow \Leftrightarrow \iff \therefore")
_ASIDE = re.compile(r"\s*\W*(where|with|since|because|as|for|if|when)\b", re.IGNORECASE)


@dataclass(eq=False)
class Link:
    """`relation expression`, or the error that kept it from being read. Offsets are of the whole link.

    With neither, it says what something consists of, {x_1, …, x_m}, and claims nothing that could be checked.
    """

    relation: str
    expression: Node | None
    start: int
    end: int
    error: ReadError | None = None


@dataclass(eq=False)
class Chain:
    r"""A head and its links. Without links it claims nothing; `error` is set where the head is unreadable.

    `row` numbers the rows of a span; `aside` is set if prose such as "where" introduces the chain, which then is
    not continued; `introduced` is what stands before the chain, prose or a sign such as ⇒; `conditions` are the
    equations of two letters that stand beside it: …, i ≠ j. `supposed` is set if prose such as "with" or "at"
    introduces it: what it says holds there, and not in the whole document; `given`, if it may be what the text
    supposes of its data: labels with \sum_k y_k = 1. `arguments` are those that stood behind the head. `onward` is
    what goes on behind a relation that is no equation: a < b = c says that b is c.
    """

    head: Node | None
    start: int
    end: int
    links: list[Link] = field(default_factory=list)
    error: ReadError | None = None
    row: int = 0
    aside: bool = False
    introduced: str = ""
    supposed: bool = False
    given: bool = False
    arguments: Node | None = None
    onward: Chain | None = None
    conditions: list[Related] = field(default_factory=list)

    @property
    def condition(self) -> Related | None:
        """The condition that this is rather than an equation of its own: i = j, (i = j), i ≠ j."""
        said: Node | None = None
        if not self.links and isinstance(self.head, Group):
            said = self.head.body
        elif len(self.links) == 1 and self.head is not None and (body := self.links[0].expression) is not None:
            said = Related(self.start, self.end, self.links[0].relation, self.head, body)
        bare = isinstance(said, Related) and all(
            isinstance(x, Name) and not (x.below or x.above) for x in (said.left, said.right)
        )
        return said if isinstance(said, Related) and bare and said.relation in ("=", r"\neq") else None


def has_relation(tokens: list[Token]) -> bool:
    """Whether a span relates anything: a relation outside of all brackets."""
    depth = 0
    for token in tokens:
        if token.kind in ("mark", "command"):
            depth += token.text in ("{", "(", "[", r"\{")
            depth -= token.text in ("}", ")", "]", r"\}")
            if depth <= 0 and token.text in RELATIONS and token.text != r"\rightarrow":
                return True
            if token.text in (r"\boxed", r"\color"):
                depth -= 1
    return False


class Layout:
    """Reads one span after another; a chain may run on from span to span."""

    def __init__(self, compounds: Collection[tuple[str, ...]] = ()) -> None:
        self._compounds = compounds
        self._open: Chain | None = None

    def chains(self, tokens: list[Token], *, inline: bool = False) -> list[Chain]:
        """The chains that begin in this span, and the one before it if this span continues it."""
        parser = Parser(_plain_prose(_plain_relations(tokens)), self._compounds)
        found: list[Chain] = []
        current = None if inline else self._open
        row, aside, introduced = 0, False, ""
        while parser.peek().kind != "end":
            token = parser.peek()
            opens = token.text == r"\{" and self._is_layout(parser.peek(1))  # a brace around whole equations
            if opens or self._is_layout(token) or token.kind in ("row", "space"):
                row += parser.take().kind == "row"
                if token.kind == "row" and current is not None and current.aside:
                    current = _last([chain for chain in found if not chain.aside]) or current
            elif token.kind == "text" and is_prose(token.text):
                parser.take()
                current, aside, introduced = None, bool(_ASIDE.match(token.text)), token.text
            elif token.text in ENDS and token.kind in ("mark", "command"):
                parser.take()
                current = current if token.text == "," else None
                introduced = token.text if token.text in _FOLLOWS else introduced
            elif token.text == r"\dots" and token.kind == "command":
                self._ellipsis(parser, found)
            else:
                begin, known = parser.at, len(found)
                current = self._statement(parser, found, current)
                for chain in found[known:]:
                    chain.row, chain.aside, chain.introduced = row, aside, introduced
                aside, introduced = False, ""
                if parser.at == begin:  # it failed at its first token, which begins no row either
                    parser.take()
        if not inline:
            main = [chain for chain in found if not chain.aside]
            current = None if current is not None and current.aside and main else current
            self._open = current or _last(main) or _last(found) or self._open
        _take_conditions(found)
        return found

    @staticmethod
    def _is_layout(token: Token) -> bool:
        return token.kind == "environment" and token.text.split("{")[1].split("}")[0].rstrip("*") in LAYOUT

    @staticmethod
    def _ellipsis(parser: Parser, found: list[Chain]) -> None:
        r"""`i = 1, \dots, m`: the end of a range belongs to the remark that the range is."""
        parser.take()
        while parser.peek().kind == "space" or parser.peek().text == ",":
            parser.take()
        begin = parser.at
        if found and parser.peek().kind not in ("end", "row", "environment"):
            try:
                parser.expression()
                found[-1].end = parser.last_end
            except ReadError:  # what it is instead is for the statement that begins here to say
                parser.at = begin

    def _statement(self, parser: Parser, found: list[Chain], current: Chain | None) -> Chain | None:
        start = parser.peek()
        if start.kind in ("mark", "command") and start.text in RELATIONS:
            chain = current or (found[-1] if found else None)
            while chain is not None and chain.onward is not None:
                chain = chain.onward
            parser.take()
            if chain is None:
                error = ReadError(f"the relation {start.text} has nothing on its left", start.start)
                chain = Chain(None, start.start, start.end, error=error)
            if chain not in found:
                found.append(chain)
            self._link(parser, chain, start)
            return chain
        chain = Chain(None, start.start, start.end)
        found.append(chain)
        begin = parser.at
        if (end := enumeration(parser)) is not None:
            parser.at = end
            chain.end = parser.last_end
            return chain
        try:
            head = parser.expression()
            self._expect_end(parser)
        except ReadError as error:
            chain.error = error
            chain.end = self._skip(parser, begin, error)
            return chain
        chain.head, chain.end = head, parser.last_end
        while isinstance(head, Group) and head.bracket == "{" and isinstance(head.body, Group | Chained):
            head = head.body
        if isinstance(head, Chained):
            chain.head = head.head
            ends = [expression.end for _, expression in head.links]
            starts = [head.head.end, *ends]
            for (relation, expression), begin in zip(head.links, starts, strict=False):
                if chain not in found:
                    found.append(chain)
                chain.links.append(Link(relation, expression, begin, expression.end))
                if relation not in EQUATIONS:
                    chain.onward = chain = Chain(expression, expression.start, expression.end)
        return chain

    def _link(self, parser: Parser, chain: Chain, relation: Token) -> None:
        begin = parser.at
        try:
            if (end := enumeration(parser)) is not None:
                parser.at = end
                chain.links.append(Link(relation.text, None, relation.start, parser.last_end))
                chain.end = parser.last_end
                if relation.text not in EQUATIONS:
                    chain.onward = Chain(None, relation.end, chain.end)
                return
            expression = parser.expression()
            self._expect_end(parser)
            chain.links.append(Link(relation.text, expression, relation.start, parser.last_end))
            if relation.text not in EQUATIONS:
                chain.onward = Chain(expression, expression.start, expression.end)
        except ReadError as error:
            end = self._skip(parser, begin, error, RELATIONS)
            # What is said of a set or of an order claims nothing that could be checked.
            failure = error if relation.text in EQUATIONS else None
            chain.links.append(Link(relation.text, None, relation.start, end, failure))
            if failure is None:
                chain.onward = Chain(None, relation.end, end, error=error)
        chain.end = parser.last_end

    @staticmethod
    def _expect_end(parser: Parser) -> None:
        token = parser.peek()
        if token.kind in ("row", "end", "environment", "space") or (token.kind == "text" and is_prose(token.text)):
            return
        if token.kind in ("mark", "command") and (token.text in RELATIONS or token.text in ENDS):
            return
        raise ReadError(
            f"unexpected {token.text!r}: expected an operator, a relation or the end of the formula", token.start
        )

    @staticmethod
    def _skip(parser: Parser, begin: int, error: ReadError, ends: frozenset[str] = frozenset()) -> int:
        """Go on behind what could not be read; returns where it ends.

        That is the end of the row, or, outside of brackets, what ends a statement (or one of `ends`), if another
        relation follows in the row.
        """
        parser.at = begin
        end = parser.last_end
        nested = brackets = 0
        while (token := parser.peek()).kind != "end":
            if token.kind == "environment":
                nested += 1 if token.text.startswith(r"\begin") else -1
            elif token.kind in ("mark", "command"):
                brackets += (token.text in OPENING) - (token.text in CLOSED)
            if (token.kind == "row" and nested <= 0) or nested < 0:
                break
            if brackets <= 0 and nested == 0 and token.start >= error.position:
                ended = token.kind == "space" or (token.kind == "text" and is_prose(token.text))
                ended = ended or (token.kind in ("mark", "command") and token.text in ENDS | ends)
                if ended and parser.row_relates():
                    break
            end = parser.take().end
        return end


def _last(chains: list[Chain]) -> Chain | None:
    return chains[-1] if chains else None


def _take_conditions(chains: list[Chain]) -> None:
    """Give conditions to the chain before them in their row, or to those after them if nothing is before."""
    for at, chain in enumerate(chains):
        said = chain.condition
        if said is None or _WITHOUT.match(chain.introduced):
            continue
        row = [other for other in chains if other.row == chain.row and other.condition is None]
        before = [other for other in row if other in chains[:at]]
        if before and chain.introduced in _FOLLOWS:  # it is what follows from the chain
            continue
        for other in before[-1:] or row:
            other.conditions.append(opposite(said) if _EXCEPT.match(chain.introduced) else said)


def _plain_relations(tokens: list[Token]) -> list[Token]:
    r"""Relations with something on top, `\overset{!}{=}` or `\stackrel{def}{=}`, as the relation alone."""
    plain: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        end = after_group(tokens, at + 1) if token.text in (r"\overset", r"\stackrel", r"\underset") else 0
        if end and after_group(tokens, end) == end + 3 and tokens[end + 1].text in RELATIONS:
            plain.append(tokens[end + 1]._replace(start=token.start, end=tokens[end + 2].end))
            at = end + 3
        else:
            plain.append(token)
            at += 1
    return plain


def _plain_prose(tokens: list[Token]) -> list[Token]:
    r"""Brackets around a comment, `(\text{by the chain rule})`, as prose themselves."""
    plain = list(tokens)
    for at, token in enumerate(tokens[:-1]):
        following = tokens[at + 1]
        if token.text not in ("(", "[") or following.kind != "text" or not is_prose(following.text):
            continue
        depth = 0
        for end in range(at, len(tokens)):
            depth += (tokens[end].text == token.text) - (tokens[end].text == CLOSING[token.text])
            if depth == 0:
                plain[at], plain[end] = token._replace(kind="text"), tokens[end]._replace(kind="text")
                break
    return plain
