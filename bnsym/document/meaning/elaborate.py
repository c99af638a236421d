r"""From the presentation tree to an expression: what one side of a relation means.

`Elaborator.value` gives an expression in which written letters are indices and unwritten axes are implicit
ones; contraction and naming follow in `reading`. Applications are told from products here: `f(…)` is an
application if and only if f is a declared or built-in function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from bnsym.document.errors import IllFormed, ReadError
from bnsym.document.meaning.diagonals import beside
from bnsym.document.meaning.formula import negate, power
from bnsym.document.meaning.normalizers import Normalizers, normalizer
from bnsym.document.meaning.registry import Registry, Undeclared
from bnsym.document.meaning.scope import Bracket, Scope
from bnsym.document.meaning.symbols import INDICATORS, E
from bnsym.document.notation.header import BUILTIN
from bnsym.document.notation.names import flatten
from bnsym.document.syntax.lexer import words
from bnsym.document.syntax.tree import (
    Accent,
    Angle,
    Big,
    Call,
    Cases,
    Group,
    Held,
    Listing,
    Name,
    Negative,
    Node,
    Norm,
    Numeral,
    Quotient,
    Related,
    Root,
    Scripted,
    Total,
    is_list_of_names,
)
from bnsym.document.syntax.tree import (
    Product as ProductNode,
)
from bnsym.language.expression import (
    Addition,
    Derivative,
    Expression,
    Function,
    Mean,
    Number,
    Product,
    Symbol,
)

EXPECTATIONS = words(r"\mathbb{E} \mathrm{E} E \operatorname{E} \operatorname{mean} \operatorname{avg}")
VARIANCES = words(r"\mathbb{V} \operatorname{Var} \operatorname{var} \mathrm{V}")
TRACES = words(r"\operatorname{tr} \operatorname{Tr} \tr \Tr")
DIAGONALS = words(r"\operatorname{diag} \operatorname{Diag} \diag")
COVARIANCES = words(r"\operatorname{Cov} \operatorname{cov} \mathrm{Cov}")


class Elaborator(Normalizers):
    """Elaborates the formulas of one statement in named notation."""

    def __init__(self, registry: Registry, content: str) -> None:
        super().__init__(registry, content)
        self.arguments: dict[Symbol, Node] = {}  # what each symbol is said to depend on, where it is said first
        self._dispatch: dict[type, Callable[[Any, Scope], Expression]] = {
            Numeral: self._numeral, Name: self._name, Group: self._group, Scripted: self._scripted,
            Quotient: self._quotient, Root: self._root, Angle: self._angle, Norm: self._norm,
            Accent: self._accent, Big: self._big, Call: self._call, ProductNode: self._product,
            Negative: self._negative, Total: self._total, Cases: self._cases,
            Held: self._held,
        }  # fmt: skip

    def value(self, node: Node, scope: Scope) -> Expression:
        read = self._dispatch.get(type(node))
        if read is None:
            what = "a relation" if isinstance(node, Related) else "a list"
            raise ReadError(f"{what} is not a value here", node.start)
        self.count(1, node.start)
        return read(node, scope)

    # -- numbers, sums, brackets ------------------------------------------------------------------------

    def _numeral(self, node: Numeral, scope: Scope) -> Expression:
        return Number(node.value)

    def _negative(self, node: Negative, scope: Scope) -> Expression:
        return negate(self.value(node.body, scope))

    def _total(self, node: Total, scope: Scope) -> Expression:
        return Addition(tuple(self.value(term, scope) for term in node.terms))

    def _held(self, node: Held, scope: Scope) -> Expression:
        """A derivative with other nodes held: the direct one."""
        value = self.value(node.body, scope)
        for item in flatten(node.below):
            if "=" in item.texts:
                raise ReadError("a value at a point is not read: define what is meant as a symbol", item.start)
        if not isinstance(value, Derivative) or value.numerator.symbol == self.registry.cost:
            raise ReadError("a bar that says what is held stands behind a derivative of a defined symbol", node.start)
        return replace(value, total=False)

    def _cases(self, node: Cases, scope: Scope) -> Expression:
        """Values under conditions on indices: the first condition that holds counts, and one has to."""
        conditions = [self.condition(said, scope) for _, said in node.rows if said is not None]
        if len(conditions) == len(node.rows) > 1 and conditions[-1] == _not(conditions[-2]):
            conditions.pop()
        if len(conditions) != len(node.rows) - 1 or any(said is None for _, said in node.rows[:-1]):
            raise ReadError(r"the cases do not cover everything: expected i = j and i \neq j, or otherwise", node.start)
        values = [self.value(value, scope) for value, _ in node.rows]
        result = values.pop()
        for value, condition in zip(reversed(values), reversed(conditions), strict=True):
            parts = [(condition, value), (_not(condition), result)]
            terms = tuple(Product(part) for part in parts if part[1] != Number(Fraction(0)))
            result = terms[0] if len(terms) == 1 else Addition(terms) if terms else Number(Fraction(0))
        return result

    def condition(self, node: Node, scope: Scope) -> Expression:
        """An equation between indices, as a factor that is one where it holds and zero elsewhere."""
        delta = self.iverson(node, scope)
        if delta is None:
            raise ReadError(r"only i = j and i \neq j are read as conditions, for indices i and j", node.start)
        return delta

    def _group(self, node: Group, scope: Scope) -> Expression:
        delta = self.iverson(node.body, scope) if node.bracket == "[" else None
        if delta is not None:
            return delta
        value = self.value(node.body, scope)
        return Bracket(value) if isinstance(value, Product) and node.bracket != "{" else value

    def _root(self, node: Root, scope: Scope) -> Expression:
        degree = Fraction(2) if node.degree is None else self._constant(node.degree)
        if degree == 0:
            raise ReadError("a root of degree zero", node.start)
        return self.raised(self.value(node.body, scope), 1 / degree, node.start)

    def _scripted(self, node: Scripted, scope: Scope) -> Expression:
        if isinstance(node.body, Numeral) and node.below:
            return self._name(Name(node.start, node.end, str(node.body.value), node.below, node.above), scope)
        hoisted = self.hoisted(node)
        if hoisted is not None:
            return self._name(hoisted, scope)
        if isinstance(node.body, Angle) and node.below and not isinstance(node.body.body, Listing):
            value = self._average(node.body.body, scope, flatten(node.below), node.start)
        elif isinstance(node.body, Norm | Angle) and node.below:
            self._norm_kind(node)
            value = self.value(node.body, scope)
        else:
            value = self.entry(self.value(node.body, scope), flatten(node.below), scope, node.start)
        return self._powers(value, flatten(node.above))

    def _norm_kind(self, node: Scripted) -> None:
        for item in flatten(node.below):
            if item.texts not in (("2",), ("F",), (r"\mathrm{F}",)):
                raise ReadError(f"only the Euclidean norm is read, not the norm {item}", item.start)

    # -- products, applications -------------------------------------------------------------------------

    def _call(self, node: Call, scope: Scope) -> Expression:
        return self.apply(node.function, node.argument, scope)

    def _product(self, node: ProductNode, scope: Scope) -> Expression:
        return self.factors(list(zip(node.signs, node.factors, strict=True)), scope, node.start)

    def factors(self, rest: list[tuple[str, Node]], scope: Scope, at: int) -> Expression:
        """A product, left to right: derivatives and applications take what follows them."""
        values: list[Expression] = []
        signs: list[str] = []
        rows: list[bool] = []
        while rest:
            sign, node = rest[0]
            rows.append(self.is_transposed(node))
            taken, value = self._leading(rest, scope)
            rest = rest[taken:]
            values.append(power(value, Fraction(-1)) if sign == "/" else value)
            signs.append(sign)
        values = beside(values)
        return self.multiply(*self.inner_products(values, signs, rows, at), at)

    def _leading(self, rest: list[tuple[str, Node]], scope: Scope) -> tuple[int, Expression]:
        """The value at the head of a run of factors, and how many factors it takes."""
        node = rest[0][1]
        derivative = self._written_on_a_line(rest, scope) or self.differential(rest, scope)
        if derivative is not None:
            return derivative
        operator = self._operator(node, scope)
        if operator:
            return self._differentiated(operator, rest, scope)
        if isinstance(node, Name) and len(rest) > 1 and rest[1][0] == "":
            applied = self._application(node, rest[1][1], scope)
            if applied is not None:
                return 2, applied
            if node.base == r"\mathbb{E}" and self.is_function(node):  # without brackets, of all that follows
                signs, factors = zip(*rest[1:], strict=True)
                return len(rest), self._moment(node, ProductNode(node.end, factors[-1].end, factors, signs), scope)
        following = rest[1][1] if len(rest) > 1 and rest[1][0] == "" else None
        group = following.body if isinstance(following, Scripted) else following
        if isinstance(node, Call) and following is not None and isinstance(group, Group):
            if isinstance(node.argument, Name) and self.is_function(node.argument):
                argument = ProductNode(node.argument.start, following.end, (node.argument, following), ("", ""))
                return 2, self.value(replace(node, end=following.end, argument=argument), scope)  # \log g(x)
            if not isinstance(node.argument, Group | Norm | Call):
                name = node.function.base
                raise ReadError(f"where does the argument of {name} end? Write it in parentheses", following.start)
        return 1, self.value(node, scope)

    def _application(self, node: Name, following: Node, scope: Scope) -> Expression | None:
        """f(…) with f a function; None if this is a product."""
        body = following.body if isinstance(following, Scripted) else following
        if not isinstance(body, Group):
            return None
        if self.is_function(node):
            return self._behind(self.apply(node, body, scope), following, scope)
        if body.bracket == "{":
            return None
        delta = self.iverson(body.body, scope) if node.base in INDICATORS else None
        if delta is not None:
            return delta
        found = self.registry.find(node)
        if found is not None and self._takes_arguments(found[0], body):
            self._note_arguments(found[0], node, body)
            return self._behind(self.tensor(node, *found, scope), following, scope)
        if node.primes and found is None:
            self.primed(node, scope)  # an error, unless the prime can be told
            return None
        known = found or self.registry.find_size(node) or self._known_without_declaration(node, scope)
        if not known:
            matrix = '; traces are of matrix notation: products = "matrix" in [reading]'
            hint = matrix if node.base in TRACES else f": add '{node.base}' = \"elementwise\" to [functions]"
            raise Undeclared(
                f"{node.base}(…): {node.base} is neither a declared function nor a declared tensor{hint}", node.start
            )
        return None

    def _behind(self, value: Expression, following: Node, scope: Scope) -> Expression:
        """What is applied to a bracket, with the scripts of the bracket."""
        if not isinstance(following, Scripted):
            return value
        value = self.entry(value, flatten(following.below), scope, following.start)
        return self._powers(value, flatten(following.above))

    def _takes_arguments(self, symbol: Symbol, group: Group) -> bool:
        """Whether a bracket behind a symbol says what it depends on: C(x, y)."""
        if symbol == self.registry.cost or (isinstance(group.body, Listing) and not symbol.axes):
            return True
        return symbol in self.registry.applied and is_list_of_names(group.body)

    def _note_arguments(self, symbol: Symbol, node: Name, group: Group) -> None:
        """Arguments say what a symbol depends on; that it stands for another value elsewhere cannot be said so."""
        if not is_list_of_names(group.body):
            raise ReadError(
                f"{node.base}(…) at anything but a list of names is not read: {node.base} has one value", group.start
            )
        here, there = (self._written(part) for part in (group, self.arguments.setdefault(symbol, group)))
        if here != there:
            message = f"{node.base}{here} and {node.base}{there} in one equation: {node.base}"
            raise ReadError(f"{message} has one value, whatever it depends on", group.start)

    def _written(self, node: Node) -> str:
        return "".join(self.content[node.start : node.end].split())

    def _known_without_declaration(self, node: Name, scope: Scope) -> bool:
        special = node.base in INDICATORS or node.base in E or node.base.startswith(r"\bar{")
        return special or self.registry.infer(node, lambda x: self._letter_axis(x, scope)) is not None

    def is_function(self, node: Name) -> bool:
        found, applied = self.registry.find(node), self.registry.function(node)
        if applied is not None:
            return found is None or found[1].weight <= applied.weight
        if found is not None or self.registry.find_size(node) is not None:
            return False
        known = builtin(node.base) is not None or normalizer(node.base) is not None or node.base in DIAGONALS
        return known or node.base in EXPECTATIONS | VARIANCES | COVARIANCES

    def apply(self, node: Name, argument: Node, scope: Scope) -> Expression:
        declared = self.registry.function(node)
        above = flatten(node.above) if declared is None else list(declared.above)
        below = flatten(node.below) if declared is None else list(declared.below)
        body = argument.body if isinstance(argument, Group) else argument
        moment = declared is None and node.base in EXPECTATIONS | VARIANCES
        paired = declared is None and node.base in COVARIANCES
        name = builtin(node.base) if declared is None else declared.name
        if declared is None and node.base in DIAGONALS:
            return self.diagonal(self.value(body, scope), node.start)
        if declared is None and normalizer(node.base) is not None:
            return self._powers(self.normalized(node, body, scope), above)
        if paired and isinstance(body, Listing) and len(body.items) == 2:
            return self._powers(self._covariance(node, body, scope), above)
        if paired:
            raise ReadError(f"{node.base} takes two arguments: write Cov[x, y]", body.start)
        if name is None and not moment and isinstance(body, Listing):
            message = f"{node.base} of several values is not read: write g(x) with 'g' = \"elementwise\" in [functions]"
            raise Undeclared(message, node.start)
        if name is None and not moment:
            raise Undeclared(
                f"the function {node.base} is not known: declare it in [functions] as elementwise", node.start
            )
        if isinstance(body, Listing):
            raise ReadError(f"{node.base} takes one argument", body.items[1].start)
        if name is None:
            return self._powers(self._moment(node, body, scope), above)
        if below:
            raise ReadError(f"the function {node.base} has no subscript {below[0]}", below[0].start)
        self.refuse_inverse(node.base, above)
        order = node.primes if declared is None else declared.primes
        value = self.value(body, scope)
        if name == "sqrt":
            return self._powers(power(value, Fraction(1, 2)), above)
        layer = None if declared is None else declared.layer
        return self._powers(Function(name, order, value, layer), above)

    def _moment(self, node: Name, body: Node, scope: Scope) -> Expression:
        """E[x], or Var[x] = ⟨(x − ⟨x⟩)²⟩."""
        below = flatten(node.below)
        mean = self._average(body, scope, below, node.start)
        if node.base in EXPECTATIONS:
            return mean
        if not isinstance(mean, Mean):
            raise IllFormed("the variance has nothing to run over", node.start)
        deviation = Addition((mean.body, negate(self.count_again(mean, node.start))))
        return Mean(mean.index, power(deviation, Fraction(2)))

    def _covariance(self, node: Name, body: Listing, scope: Scope) -> Expression:
        """Cov[x, y] = ⟨(x − ⟨x⟩) y⟩."""
        letters = [item.letter or "" for item in flatten(node.below)]
        inner = scope.under(letters)
        first, second = (self.value(item, inner) for item in body.items)
        mean = self.average(self.count_again(first, node.start), inner, letters, node.start)
        return self.average(Product((Addition((first, negate(mean))), second)), inner, letters, node.start)


def _not(condition: Expression) -> Expression:
    """One minus δ, and δ for one minus δ."""
    match condition:
        case Addition((_, Product((_, delta)))):
            return delta
    return Addition((Number(Fraction(1)), negate(condition)))


def builtin(base: str) -> str | None:
    r"""The built-in function that `\exp` or `\operatorname{sigmoid}` is."""
    word = base.removeprefix(r"\operatorname{").removesuffix("}") if base.startswith(r"\operatorname") else base[1:]
    return BUILTIN.get(word) if base.startswith("\\") else None
