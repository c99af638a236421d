r"""Functions that the document itself defines: \sigma(z) = 1/(1 + e^{-z}), of a letter that stands for any number.

The first such equation is the definition, and holds for the whole document. What is one of the known functions is read
as that; any other is put in place. What a document says of a function in another way (for z > 0, by cases, by its
derivative) is not used: then nothing that rests on the function is refuted. Of max(0, z) no more is known when a line
is proved than of any function; it is refuted by the values of max(0, z).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from bnsym.document.errors import ReadError
from bnsym.document.meaning.dependencies import Dependencies
from bnsym.document.meaning.derivatives import DIFFERENTIALS
from bnsym.document.meaning.matrix import make_elaborator
from bnsym.document.meaning.reading import elaborate_link, readings
from bnsym.document.meaning.registry import Registry
from bnsym.document.notation.header import BUILTIN
from bnsym.document.notation.names import flatten, make_pattern, make_symbol_labels, read_layer, without_fonts
from bnsym.document.statements.heads import find_head
from bnsym.document.statements.rows import Row
from bnsym.document.syntax.lexer import words
from bnsym.document.syntax.tree import (
    Call,
    Group,
    Listing,
    Name,
    Node,
    Numeral,
    Product,
    Quotient,
    head_name,
    is_numeric,
    names_in,
)
from bnsym.document.syntax.vocabulary import EQUATIONS
from bnsym.language.curve import Curve
from bnsym.language.expression import (
    Derivative,
    Function,
    Layer,
    Mean,
    Sum,
    Symbol,
    Tensor,
    tensors,
    walk,
)
from bnsym.language.latex import to_latex
from bnsym.language.recognize import recognize, written_shortly
from bnsym.language.statement import Erratum, Reading

_NEAR = 80
_RECTIFIERS = words(r"\operatorname{ReLU} \operatorname{relu} \mathrm{ReLU} \text{ReLU}")
_OPERATORS = DIFFERENTIALS | {r"\nabla", r"\delta", r"\Delta"}
_UNEQUAL = frozenset(("<", ">", r"\neq", r"\leq", r"\geq", r"\ll", r"\gg"))
_EVERY = r"(?!\s+(?:all|any|every|each|real|arbitrary)\b)"
# What says, in front of an equation or behind it, that it holds somewhere, or for the sake of a remark.
_BEFORE = re.compile(
    rf"\b(?:(?:if|when|whenever|unless|except|e\.g\.|example|instance|like|say|suppose|such|satisf\w+|sol[uv]\w+)\b[^.;]*|"
    rf"for{_EVERY}(?:\s+[\w-]+){{0,4}}\W*)$",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    rf"(?:[\s,$()\[\]\\]|q?quad\b|text\w*\{{)*\b(?:if|when|whenever|unless|except|for{_EVERY}|on|only|otherwise|near|around|at)\b"
)
_SENTENCE = re.compile(r"[.;][\s$]")
_ELSEWHERE = "says something of it other than what it is"


@dataclass(frozen=True)
class Applied:
    """f(z), f'(z) or df(z)/dz: a function of a lone letter; `node` is how it is read."""

    function: Name
    argument: Name
    node: Node


def applied(node: Node | None) -> Applied | None:
    """The function of a lone letter that a head is; None if it is none."""
    match node:
        case Product(factors=(Name() as function, Group(body=Name() as argument)), signs=(_, "")):
            return Applied(function, argument, node)
        case Quotient(
            numerator=Product(factors=(Name() as above, Name() as function, *rest)),
            denominator=Product(factors=(Name() as below, Name() as by)),
        ) if above.base in DIFFERENTIALS and below.base in DIFFERENTIALS:
            pass
        case Product(
            factors=(
                Quotient(numerator=Name() as above, denominator=Product(factors=(Name() as below, Name() as by))),
                Name() as function,
                *rest,
            )
        ) if above.base in DIFFERENTIALS and below.base in DIFFERENTIALS and rest:
            pass
        case _:
            return None
    match rest:
        case []:
            group = Group(node.end, node.end, "(", by)
        case [Group(body=Name() as argument) as group] if _spelled(argument) == _spelled(by):
            pass
        case _:
            return None
    function = replace(function, primes=function.primes + 1)
    return Applied(function, by, Product(node.start, node.end, (function, group), ("", "")))


def _spelled(name: Name) -> tuple[object, ...]:
    scripts = tuple(tuple(t.text for t in script) for side in (name.below, name.above) for script in (side or ((),)))
    return name.base, name.primes, scripts


class Functions:
    """What the rows of a document say of its elementwise functions; `registry` learns it."""

    def __init__(self, registry: Registry, rows: list[Row], content: str) -> None:
        self.registry, self.content = registry, content
        self.rows = rows
        self._numbers = {row.id: number for number, row in enumerate(rows)}
        self.defined: dict[str, Reading] = {}  # by the name of the function
        self.introduced: set[str] = set()  # functions that the header does not declare
        self._disputed: set[str] = set()  # functions that more than one line may be meant to define
        self._places: dict[int, str] = {}  # which function the link that begins here defines
        self.rectified: dict[str, int] = {}  # by function that is max(0, z), the line that says so
        self._vain: dict[str, tuple[int, str]] = {}  # by function, the line that says something, and why it is not used
        heads = (find_head(registry, row.chain.head) for row in rows if row.first)
        self._bound = {found[0] for found in heads if found is not None}  # what something is said of is no constant
        self._functions = dict(registry.notation.functions)
        names = (head_name(row.chain.head) for row in rows)
        self._named = {name.base for name in names if name is not None}
        for number in self._in_order():
            self._consider(number, rows[number])

    # -- definitions --------------------------------------------------------------------------------------

    def _in_order(self) -> Iterator[int]:
        """The rows about functions, by their numbers: those of a function after those of what it is made of."""
        about: dict[str, list[int]] = {}
        uses: dict[str, set[str]] = {}
        for number, row in enumerate(self.rows):
            head, body = applied(row.chain.head), None if row.link is None else row.link.expression
            name = None if head is None else self._name(head.function)[0]
            if name is not None and body is not None:
                about.setdefault(name, []).append(number)
                inside = (self._name(other)[0] for other in names_in(body))
                uses.setdefault(name, set()).update(other for other in inside if other is not None)
        met: set[str] = set()
        todo = list(reversed(about))
        while todo:
            name = todo[-1]
            if name in met:
                yield from about.pop(todo.pop(), ())
            else:
                met.add(name)
                todo += sorted(other for other in uses[name] if other in about and other not in met)

    def _consider(self, number: int, row: Row) -> None:
        link, about = row.link, applied(row.chain.head)
        if about is None or link is None or link.expression is None or not row.first or link.relation not in EQUATIONS:
            return
        name, primes = self._name(about.function)
        if name is None or name in self.defined or row.chain.error is not None:
            return
        bare, declared = self._is_bare(about.argument), self.registry.function(about.function)
        layered = declared is None and name in {other for known in self._functions.values() for _, other in known}
        if declared is None and not layered and not bare and not about.function.base.startswith(r"\operatorname"):
            return  # \rho(h) may say what ρ depends on
        if layered or (declared is not None and declared.layer not in (None, Layer(self.registry.notation.generic))):
            why = "gives it without saying that it holds for every layer" if bare else None
            self._disputed.add(name)
        elif declared is not None and not primes and self._is_rectifier(name, number, row, about):
            self.rectified[name], why = row.line, None
            self._disputed.add(name)
        elif primes or name in {self._name(other)[0] for other in names_in(link.expression)}:
            why = _ELSEWHERE if bare else None
        else:
            why = self._define(name, number, row, about)
        if why is not None and (declared is not None or layered):
            self._vain.setdefault(name, (row.line, why))

    def _is_rectifier(self, name: str, number: int, row: Row, about: Applied) -> bool:
        """Whether a row, the first about a function, says that it is max(0, z) for every z."""
        assert row.link is not None
        match row.link.expression:
            case Call(function=Name(base=r"\max", below=(), above=()), argument=Group(body=Listing(items=items))):
                arguments = [item for item in items if not (isinstance(item, Numeral) and item.value == 0)]
            case Product(factors=(Name(base=base, below=(), above=(), primes=0), Group(body=argument)), signs=(_, "")):
                arguments = [argument] if base in _RECTIFIERS else []
            case _:
                return False
        written = {self.content[node.start : node.end].strip() for node in (*arguments, about.argument)}
        whole = len(arguments) == len(written) == 1 and self._is_any(about.argument)
        return whole and name not in self._disputed and not self._is_restricted(number, row, about.argument)

    def _define(self, name: str, number: int, row: Row, about: Applied) -> str | None:
        """Take up what a row says a function is; returns why it cannot be, if it is meant to be that and cannot."""
        assert row.link is not None and row.link.expression is not None
        bare = self._is_bare(about.argument)
        registry, parameter = under(self.registry, about)
        try:
            sides = elaborate_link(make_elaborator(registry, self.content), about.node, row.link.expression)
            nothing = Dependencies((), registry.notation.generic)
            reading = readings(sides, row.link.start, nothing, (), registry.notation)[0]
        except ReadError as error:
            if not bare and not self._mentions(row.link.expression, about.argument):
                return None
            self._disputed.add(name)
            return f"gives it in a way that is not read ({error.message})"
        symbols = {tensor.symbol for tensor in tensors(reading.right)}
        if not isinstance(reading.left, Function) or parameter not in symbols or not self._is_any(about.argument):
            return None  # one value of it
        declared = self.registry.function(about.function) is not None
        constants = symbols - {parameter} if declared else set()
        parts = list(walk(reading.right))
        told = {*self._bound, self.registry.cost}
        if symbols > constants | {parameter} or any(symbol.axes or symbol in told for symbol in constants):
            return "makes it of more than its letter" if bare else None
        if any(isinstance(part, Sum | Mean | Derivative) for part in parts):
            return "makes it of more than its letter" if bare else None
        if any(isinstance(part, Function) and part.name == name for part in parts):
            self._disputed.add(name)
            return _ELSEWHERE  # it goes in a circle
        if self._is_restricted(number, row, about.argument):
            self._disputed.add(name)
            return "gives it under a condition, or as an example"
        if name not in self._disputed and (declared or not isinstance(reading.right, Tensor)):
            self._take(name, about, parameter, reading)
            self._places[row.link.start] = name
        return None

    def _take(self, name: str, about: Applied, parameter: Symbol, reading: Reading) -> None:
        notation = self.registry.notation
        if self.registry.function(about.function) is None:
            pattern = make_pattern(replace(about.function, primes=0), name, notation.generic)
            notation.functions.setdefault(pattern.base, []).append((pattern, name))
            self.introduced.add(name)
        at = Tensor(parameter, None, ())
        known = recognize(reading.right, at)
        if known is None:
            notation.curves[name] = Curve(name, parameter, written_shortly(reading.right, at))
        else:
            left, _, right = reading.latex.partition(" = ")
            reading = replace(reading, latex=f"{left} = {to_latex(Function(known, 0, at))} = {right}")
            for base in {about.function.base, without_fonts(about.function.base)} & notation.functions.keys():
                patterns = notation.functions[base]
                patterns[:] = [(pattern, known if other == name else other) for pattern, other in patterns]
        self.defined[name] = reading

    def _is_any(self, argument: Name) -> bool:
        """Whether an argument stands for any value: z_i and z^l do, z^* and z_0 are single ones."""
        found, notation = self.registry.find(argument), self.registry.notation
        items = [*flatten(argument.below), *flatten(argument.above)]
        if found is not None:
            items = [*found[1].below, *found[1].above]
        layers = (read_layer(item, notation.generic, notation.last, numbers=False) for item in items)
        letters = (item.letter in notation.letters for item in items)
        return not argument.primes and all(letter or layer for letter, layer in zip(letters, layers, strict=True))

    def _is_bare(self, argument: Name) -> bool:
        """Whether a letter is nothing that the header declares."""
        return self.registry.find(argument) is None and self.registry.find_size(argument) is None

    def _name(self, node: Name) -> tuple[str | None, int]:
        """The opaque function that a name is, or may be declared as here, and how often it is differentiated."""
        found = self.registry.function(node)
        if found is not None:
            known = found.name in BUILTIN.values() or found.above or found.below
            return (None if known else found.name), found.primes
        taken = self.registry.find(node) or self.registry.find_size(node) or node.above or node.below
        elaborator = make_elaborator(self.registry, self.content)
        special = elaborator.is_function(node) or elaborator.is_special(node) or node.base in self._named | _OPERATORS
        return (None, 0) if taken or special else (node.base, node.primes)

    def _mentions(self, node: Node, argument: Name) -> bool:
        written = self.content[node.start : node.end]
        letters = self.content[argument.start : argument.end]
        return re.search(rf"(?<![a-zA-Z\\]){re.escape(letters)}(?![a-zA-Z])", written) is not None

    def _is_restricted(self, number: int, row: Row, argument: Name) -> bool:
        """Whether what a row says holds not everywhere, as far as the text around it tells."""
        before = self.content[max(0, row.chain.start - _NEAR) : row.chain.start]
        behind = self.content[row.chain.end : row.chain.end + _NEAR]
        unequal = any(link.relation in _UNEQUAL for link in row.chain.links)
        if _BEFORE.search(before) or _BEHIND.match(behind) or row.chain.conditions or unequal:
            return True
        for other in self.rows[max(0, number - 1) : number + 2]:
            link, first = other.link, min(other.chain, row.chain, key=lambda chain: chain.start)
            between = self.content[first.end : max(other.chain.start, row.chain.start)]
            if (
                link is not None
                and not _SENTENCE.search(between)
                and (link.relation in _UNEQUAL or is_numeric(link.expression))
            ):
                ends = (head_name(other.chain.head), head_name(link.expression))
                if any(end is not None and end.base == argument.base for end in ends):
                    return True
        return False

    # -- what rows are --------------------------------------------------------------------------------------

    def definition(self, row: Row) -> tuple[Reading, tuple[Erratum, ...]] | None:
        """What a row says a function is, if it is the definition of it, and what is to be noted."""
        name = None if row.link is None else self._places.get(row.link.start)
        if name is None:
            return None
        notice = Erratum("ambiguous", f"{name} is not declared in the header: it is defined here")
        return self.defined[name], (notice,) if name in self.introduced else ()

    def read(self, row: Row, *, bare: bool) -> bool:
        """Read a row about a known function of a letter that stands for any number; whether it is one and can be read.

        With `bare`, only if the letter is nothing that the header declares.
        """
        about, link = applied(row.chain.head), row.link
        if about is None or link is None or link.expression is None or link.relation not in EQUATIONS:
            return False
        if (bare and not self._is_bare(about.argument)) or not self._is_claimed(row, link.expression, about):
            return False
        registry, _ = under(self.registry, about)
        with suppress(ReadError):
            row.sides = elaborate_link(make_elaborator(registry, self.content), about.node, link.expression)
            row.registry, row.chain.head = registry, about.node
        return row.sides is not None

    def _is_claimed(self, row: Row, body: Node, about: Applied) -> bool:
        """Whether a row says of a known function what is to hold of every number: not which number has a value."""
        found = self.registry.function(about.function)
        if found is None or self.registry.find(about.function) is not None:
            return False
        if not (found.name in self.registry.notation.curves or found.name in BUILTIN.values()):
            return False
        if not found.primes and not self._mentions(body, about.argument):
            return False
        number = self._numbers.get(row.id)
        general = number is not None and not self._is_restricted(number, row, about.argument)
        return general and self._is_any(about.argument)

    def is_about_opaque(self, row: Row) -> bool:
        """Whether a row says of a function what is no claim, and no definition that is put in place."""
        about = applied(row.chain.head)
        name = None if about is None else self._name(about.function)[0]
        return name is not None and row.line in (self.rectified.get(name), *self._vain.get(name, ())[:1])

    def unsettled(self, reading: Reading, dependencies: Dependencies) -> str | None:
        """Why what rests on an opaque function is not refuted: the line that gives it, which could not be used."""
        if not self._vain.keys() - self.defined.keys():
            return None
        symbols = {tensor.symbol for side in (reading.left, reading.right) for tensor in tensors(side)}
        if self.registry.cost in symbols and self.registry.cost_argument is not None:
            symbols.add(self.registry.cost_argument.symbol)
        bodies = [
            definition.body
            for definition in self.registry.definitions
            if any(dependencies.connects(symbol, definition.tensor.symbol) for symbol in symbols)
        ]
        names = {
            p.name for side in (reading.left, reading.right, *bodies) for p in walk(side) if isinstance(p, Function)
        }
        for name, (line, why) in self._vain.items():
            if name in names and name not in self.defined:
                return f"it rests on {name}, and line {line} is not used: it {why}"
        return None


def under(known: Registry, about: Applied) -> tuple[Registry, Symbol]:
    """The registry in which the argument of a function is a scalar that nothing else is, and its symbol."""
    notation = known.notation
    pattern = make_pattern(about.argument, about.argument.base, "")
    below, above = make_symbol_labels(pattern)
    symbol = Symbol(pattern.base, (*below, "", ""), above)  # labels that do not show: no declared symbol has two
    functions = notation.functions
    if known.function(about.function) is None:
        functions = dict(functions)
        function = make_pattern(replace(about.function, primes=0), about.function.base, notation.generic)
        functions[function.base] = [(function, about.function.base)]
    patterns = {**notation.patterns, pattern.base: [(pattern, symbol)]}
    notation = replace(notation, patterns=patterns, functions=functions)
    return replace(known, notation=notation, inferred=dict(known.inferred), faced={}, pending={}), symbol
