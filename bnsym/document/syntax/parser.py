r"""A Pratt parser for the LaTeX of derivations: tokens to a presentation tree.

Precedence, loosest first: relations; + and −; a product, written or juxtaposed (`/` divides by exactly one
factor, a Σ binds the product that follows, a leading sign included); scripts; atoms. Whether `f(x)` is an
application or a product is not decided here. No token is dropped: what does not fit is a `ReadError` that
says what was expected.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bnsym.document.errors import ReadError
from bnsym.document.syntax.atoms import Atoms, begins_cases
from bnsym.document.syntax.compounds import merge
from bnsym.document.syntax.lexer import Token
from bnsym.document.syntax.tree import (
    Big,
    Call,
    Chained,
    Group,
    Held,
    Listing,
    Name,
    Negative,
    Node,
    Product,
    Related,
    Script,
    Scripted,
    Total,
    reads_on,
    without_braces,
)
from bnsym.document.syntax.vocabulary import (
    BIG,
    COMMAND_FUNCTIONS,
    DIVISIONS,
    NOT_A_FACTOR,
    RELATIONS,
    TIMES,
    is_prose,
)


class Parser(Atoms):
    """One parser per span. `compounds` are the declared names of several letters, such as `dx`."""

    def __init__(self, tokens: list[Token], compounds: Collection[tuple[str, ...]] = ()) -> None:
        super().__init__(tokens)
        self.compounds = compounds

    # -- sums and products ----------------------------------------------------------------------------

    def expression(self) -> Node:
        """A sum of products, up to a relation or a closing bracket."""
        start = self.peek().start
        terms = []
        while True:
            negative = self._sign()
            term = self.product()
            if negative and reads_on(term):
                raise self._unseen(term)
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
        """Skip what only lays out: space or a new row inside brackets, or before an operator."""
        ahead = 0
        rows = aligned = False
        while (token := self.peek(ahead)).kind in ("space", "row"):
            rows = rows or token.kind == "row"
            aligned = token.text == "&" or (aligned and token.kind != "row")
            ahead += 1
        if self.in_case:
            skip = False
        elif self._fence:
            skip = not rows or token.text not in RELATIONS
        else:
            skip = token.text in TIMES | DIVISIONS or token.text in ("+", "-")
            if rows and token.text == "-":
                skip = aligned or not self.row_relates(ahead)
        if skip:
            self.at += ahead

    def row_relates(self, ahead: int = 0) -> bool:
        """Whether what follows in the row is an equation of its own rather than the rest of this one."""
        while (token := self.peek(ahead)).kind not in ("row", "end", "environment"):
            if token.text in RELATIONS and token.kind in ("mark", "command"):
                return True
            ahead += 1
        return False

    def product(self) -> Node:
        start = self.peek().start
        factors, signs = [self.factor()], [""]
        while True:
            self._space_before_operator()
            token = self.peek()
            if token.text in TIMES | DIVISIONS:
                self.take()
                sign_at = self.peek().start
                negative = self._sign()
                factor = self.factor()
                factors.append(Negative(sign_at, self.last_end, factor) if negative else factor)
                signs.append("/" if token.text in DIVISIONS else token.text)
            elif self._starts_factor(token):
                factors.append(self.factor())
                signs.append("")
            else:
                break
        for at, factor in enumerate(factors if len(factors) > 1 else ()):
            if reads_on(factor, first=at == 0, last=at + 1 == len(factors)):
                raise self._unseen(factor)
        if self.compounds:
            merge(factors, signs, self.compounds)
        if len(factors) == 1:
            return factors[0]
        return Product(start, self.last_end, tuple(factors), tuple(signs))

    @staticmethod
    def _unseen(node: Node) -> ReadError:
        return ReadError("braces do not show: write parentheses around what belongs together", node.start)

    def _starts_factor(self, token: Token) -> bool:
        if token.kind in ("letter", "number", "font"):
            return True
        if token.kind == "text":
            return not is_prose(token.text)
        if token.kind == "environment":
            return begins_cases(token)
        if token.text == self._fence and token.kind in ("mark", "command"):
            return False
        if token.kind == "command":
            return token.text not in NOT_A_FACTOR
        return token.kind == "mark" and token.text in ("(", "[", "{", "|")

    def factor(self) -> Node:
        token = self.peek()
        if (big := self._big_sign()) is not None:
            token, below, above = big
            start = self.peek().start
            with self._nested():
                negative = self._sign()
                body = self.product()
            body = Negative(start, self.last_end, body) if negative else body
            operator = r"\prod" if token.text == r"\prod" else r"\sum"
            return Big(token.start, self.last_end, operator, below, above, body)
        if token.kind == "command" and token.text in COMMAND_FUNCTIONS:
            with self._nested():
                return self._command_function()
        return self.scripted()

    def _big_sign(self) -> tuple[Token, tuple[Script, ...], tuple[Script, ...]] | None:
        r"""A Σ with its scripts, if one begins here; braces around the sign alone, `{\sum_i}`, only lay out."""
        begin = self.at
        braced = self.peek().text == "{" and self.peek().kind == "mark"
        if braced:
            self.take()
        token = self.peek()
        if token.kind == "command" and (token.text in BIG or self._is_capital_sigma()):
            self.take()
            below, above, primes = self.scripts()
            if primes:
                raise self.fail(r"a prime on a sum leaves something out: write what, as in \sum_{k \neq i}", token)
            if not braced or self.peek().text == "}":
                self.at += braced
                return token, below, above
        self.at = begin
        return None

    def _is_capital_sigma(self) -> bool:
        r"""`\Sigma_{i=1}^m` is meant as a Σ."""
        if self.peek().text != r"\Sigma" or self.peek(1).text not in ("_", "^"):
            return False
        window = [self.peek(ahead).text for ahead in range(1, 10)]
        return any(window[at : at + 2] == ["_", "{"] and "=" in window[at + 3 : at + 4] for at in range(6))

    def _command_function(self) -> Node:
        r"""`\log(x)`, or `\log x` with one factor that ends the product."""
        token = self.take()
        below, above, primes = self.scripts()
        function = Name(token.start, self.last_end, token.text, below, above, primes)
        if self.peek().text in ("(", "[", r"\{", "{"):
            argument = self.atom()
            call = Call(token.start, self.last_end, function, argument)
            opened = self.peek()
            below, above, primes = self.scripts()
            if (below or above) and isinstance(argument, Group) and argument.unseen:
                raise self._ends_where(token, opened)
            if primes:
                raise self.fail("a prime stands on a function's name only", self.tokens[self.at - 1])
            return Scripted(token.start, self.last_end, call, below, above) if below or above else call
        argument = self.factor()
        following = self.peek()
        if following.kind in ("letter", "number") or (
            following.kind == "command" and self._starts_factor(following) and following.text not in BIG
        ):
            raise self._ends_where(token, following)
        return Call(token.start, self.last_end, function, argument)

    def _ends_where(self, function: Token, at: Token) -> ReadError:
        return self.fail(f"where does the argument of {function.text} end? Write it in parentheses", at)

    # -- scripts --------------------------------------------------------------------------------------

    def scripted(self) -> Node:
        """An atom with its scripts; a bar with a subscript behind it says what is held: `|_{\\mu}`."""
        node = self._scripted_atom()
        while self.peek().text == "|" and self.peek(1).text == "_" and self._fence != "|":
            bar = self.take()
            below, above, primes = self.scripts()
            if above or primes:
                raise self.fail("a bar that says what is held has a subscript alone", bar)
            node = Held(node.start, self.last_end, node, below)
        return node

    def _scripted_atom(self) -> Node:
        start = self.peek().start
        atom = self.atom()
        below, above, primes = self.scripts()
        if below:
            atom = without_braces(atom)
        if isinstance(atom, Name):
            return self._scripted_name(start, atom, below, above, primes)
        if primes and isinstance(atom, Group) and isinstance(atom.body, Name):  # (g^{l})'(z)
            return self._scripted_name(start, atom.body, below, above, primes)
        if primes:
            raise self.fail("a prime stands on a function's name only", self.tokens[self.at - 1])
        if below or above:
            inner = atom.body if isinstance(atom, Group) and atom.unseen else None
            if reads_on(atom, first=False, last=False) or (
                isinstance(inner, Product) and not isinstance(inner.factors[-1], Group)
            ):
                raise self._unseen(atom)
            return Scripted(start, self.last_end, atom, below, above)
        return atom

    def _scripted_name(
        self, start: int, name: Name, below: tuple[Script, ...], above: tuple[Script, ...], primes: int
    ) -> Name:
        below, above = name.below + below, name.above + above
        return replace(name, start=start, end=self.last_end, below=below, above=above, primes=name.primes + primes)

    # -- relations inside brackets --------------------------------------------------------------------

    def listing(self) -> Node:
        start = self.peek().start
        items = [self._item()]
        while self.peek().text in (",", ";", r"\mid") and self.peek().kind != "text":
            self.take()
            items.append(self._item())
        return items[0] if len(items) == 1 else Listing(start, self.last_end, tuple(items))

    def _item(self) -> Node:
        """A member of a listing; dots stand for the members between two."""
        if self.peek().text != r"\dots":
            return self.related()
        dots = self.take()
        return Name(dots.start, dots.end, dots.text)

    def related(self) -> Node:
        left = self.expression()
        while self.peek().text in RELATIONS:
            relation, right = self.take().text, self.expression()
            left = Related(left.start, self.last_end, relation, left, right)
        return left

    def chain(self) -> Node:
        head = self.expression()
        links = []
        while self.peek().text in RELATIONS:
            relation = self.take().text
            links.append((relation, self.expression()))
        return Chained(head.start, self.last_end, head, tuple(links)) if links else head
