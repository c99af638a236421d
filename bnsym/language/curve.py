"""Functions of one number that a document defines, σ(z) = z², and what they are in an expression: put in place.

Guarantees: a function that is put in place is its body with the argument for the parameter, and the derivative of a
function is that of its body by the parameter, as `write_out` has it. `Curve.claims` says which these are: whoever
relies on a derivative has them proved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bnsym.kernel.rules import FUNCTIONS
from bnsym.language.expression import Derivative, Expression, Function, Symbol, Tensor, walk
from bnsym.language.slope import write_out
from bnsym.language.statement import AUXILIARY, Definition, Reading

LARGEST, DEEPEST = 5000, 100
"""How many nodes an expression may have once functions are put in place, and how many one below the other."""
_VALUE = Tensor(Symbol(AUXILIARY, ("value",)), None, ())


class Overgrown(ValueError):
    """What is put in place comes to too much."""


@dataclass
class Curve:
    """The function `name`: at `parameter`, a scalar, it has the value `body`, with all functions in place.

    Other scalars are constants. `derivatives` are those that were asked for, the body first.
    """

    name: str
    parameter: Symbol
    body: Expression
    derivatives: list[Expression] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.derivatives.append(self.body)

    @property
    def _at(self) -> Tensor:
        return Tensor(self.parameter, None, ())

    def derivative(self, order: int) -> Expression:
        """The derivative of this order by the parameter. Raises Overgrown."""
        while len(self.derivatives) <= order:
            found = write_out(Derivative(_VALUE, self._at), [Definition(_VALUE, self.derivatives[-1])])
            if found is None:
                raise Overgrown(f"the derivative of {self.name} comes to too much")
            self.derivatives.append(found)
        return self.derivatives[order]

    def value(self, order: int, argument: Expression) -> Expression:
        """The function, or its derivative of this order, of an argument."""

        def put(expression: Expression) -> Expression:
            if isinstance(expression, Tensor):
                return argument if expression.symbol == self.parameter else expression
            return expression.rebuild(tuple(map(put, expression.children)))

        return put(self.derivative(order))

    def claims(self) -> Iterator[tuple[Definition, Reading]]:
        """What each derivative that was asked for is the derivative of, and the claim that it is."""
        for lower, upper in zip(self.derivatives, self.derivatives[1:], strict=False):
            yield Definition(_VALUE, lower), Reading(Derivative(_VALUE, self._at), upper, "")


def put_in_place(expression: Expression, curves: dict[str, Curve]) -> Expression:
    """The expression with the functions of a document as they are defined. Raises Overgrown.

    So is a higher derivative of a known function, of which the kernel knows the first; `curves` learns that function.
    """
    if not any(isinstance(part, Function) and (part.order > 1 or part.name in curves) for part in walk(expression)):
        return expression
    children = tuple(put_in_place(child, curves) for child in expression.children)
    if isinstance(expression, Function) and (curve := _curve(expression, curves)) is not None:
        placed = curve.value(expression.order, children[0])
        if _overgrown(placed):
            raise Overgrown(f"what {expression.name} is made of comes to too much here")
        return placed
    return expression.rebuild(children) if children else expression


def _overgrown(expression: Expression) -> bool:
    level, nodes = [expression], 0
    for _ in range(DEEPEST):
        nodes += len(level)
        level = [child for part in level for child in part.children]
        if not level:
            return nodes > LARGEST
    return True


def _curve(function: Function, curves: dict[str, Curve]) -> Curve | None:
    """What is to stand in the place of a function."""
    if function.name not in FUNCTIONS:
        return curves.get(function.name)
    if function.order < 2:
        return None
    argument = Symbol(AUXILIARY, ("argument",))
    known = Curve(function.name, argument, Function(function.name, 0, Tensor(argument, None, ())))
    return curves.setdefault(function.name, known)
