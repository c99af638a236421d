"""Index expressions to whole-array values.

A `Lowering` reads the expressions of one cost graph, at concrete sizes. Products stay `Monomial`s until an
array is needed; sums of products become contractions, additions combine the small terms first. It knows
nothing of any particular graph.

exp is kept from overflowing by algebra: where the graph sums exp(a) over an axis, exp(a) is written as
exp(a - m)·exp(m) with m the maximum of a over that axis. The second factor cancels from a quotient and
leaves a logarithm as m before it is ever computed, so softmax and log-sum-exp come out in their stable forms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from bnsym.compile.errors import CompileError
from bnsym.compile.lowering.activation import derivative, evaluate, power
from bnsym.compile.lowering.arithmetic import Arithmetic
from bnsym.compile.lowering.array import Extent, Reference, Value
from bnsym.compile.lowering.monomial import Coefficient, Monomial
from bnsym.language.expression import (
    Addition,
    Axis,
    Delta,
    Derivative,
    Expression,
    Function,
    Index,
    Mean,
    Number,
    Power,
    Product,
    Size,
    Sum,
    Tensor,
    substitute,
    walk,
)
from bnsym.language.node import Node


@dataclass(frozen=True)
class Bound:
    """What a tensor stands for: a product of arrays over these indices."""

    indices: tuple[Index, ...]
    monomial: Monomial

    def at(self, indices: Sequence[Index]) -> Monomial:
        return self.monomial.rename(dict(zip(self.indices, indices, strict=True)))


@dataclass
class Lowering:
    """Lowers the expressions of one graph.

    `extents` gives the concrete axes by key, `tensors` what leaves (and, as they are needed, definitions)
    stand for, `derivatives` the same by key of the denominator. `functions` names the function that stands
    for each opaque one. `frozen`, for a forward pass without a batch, takes over every sum over samples.
    """

    arithmetic: Arithmetic
    nodes: Mapping[str, Node]
    extents: Mapping[str, Extent]
    functions: Mapping[str, str]
    tensors: dict[str, Bound] = field(default_factory=dict)
    derivatives: dict[str, Bound] = field(default_factory=dict)
    frozen: Frozen | None = None
    shifted: dict[str, set[int]] = field(init=False)  # tensors whose exp is summed, and over which axes
    _exact: set[Value] = field(default_factory=set)  # arguments at which the opaque function is the identity

    def __post_init__(self) -> None:
        self.shifted = _summed_exponentials(self.nodes)

    # ------------------------------------------------------------ tensors

    def tensor(self, key: str) -> Bound:
        """What a tensor stands for; a definition is lowered when it is first needed. Raises CompileError."""
        if key not in self.tensors:
            node = self.nodes.get(key)
            if node is None or node.body is None:
                raise CompileError(f"{key} has neither a definition nor a value")
            monomial = self.lower(node.body)
            self.tensors[key] = Bound(node.indices, self._keep(monomial))
            self.arithmetic.name(self.tensors[key].monomial, key)
        return self.tensors[key]

    def entry(self, tensor: Tensor) -> Monomial:
        return self.tensor(tensor.key).at(tensor.indices)

    def array(self, key: str) -> Reference:
        """The tensor as one array over its node's indices."""
        reference = self.arithmetic.array(self.tensor(key).monomial)
        self.tensors[key] = Bound(self.tensors[key].indices, Monomial.of(reference))
        self.arithmetic.name(self.tensors[key].monomial, key)
        return reference

    def linearise(self, key: str) -> None:
        """Let every opaque function that is applied in this definition, outermost, be the identity there."""
        body = self.nodes[key].body
        if isinstance(body, Function) and body.key in self.functions:
            self._exact.add(self.arithmetic.array(self.lower(body.argument)).value)

    def _keep(self, monomial: Monomial) -> Monomial:
        """The form in which a definition is used: a product of one large array and smaller ones stays one."""
        sizes = sorted((r.count for r in monomial.factors), reverse=True)
        if len(sizes) > 1 and sizes[0] > sizes[1]:
            largest = max(monomial.factors, key=lambda r: r.count)
            if monomial.factors[largest] == 1:
                return monomial
        if any(r.value in self.arithmetic.shifts for r in monomial.factors) or len(sizes) < 2:
            return monomial
        return Monomial.of(self.arithmetic.array(monomial))

    # ------------------------------------------------------------ expressions

    def lower(self, expression: Expression) -> Monomial:
        """The expression as a product of arrays over its free indices. Raises CompileError."""
        match expression:
            case Number(value):
                return Monomial(value)
            case Size(axis):
                return Monomial(Fraction(self.extent(axis).size))
            case Tensor():
                return self.entry(expression)
            case Delta(left, right) if left == right:
                return Monomial()
            case Delta(left, right):
                return Monomial.of(self.arithmetic.builder.eye(self.extent(left.axis), left, right))
            case Derivative(_, denominator):
                if denominator.key not in self.derivatives:
                    raise CompileError(f"the derivative with respect to {denominator.key} is not known here")
                return self.derivatives[denominator.key].at(denominator.indices)
            case Product(factors):
                result = Monomial()
                for factor in factors:
                    result = result * self.lower(factor)
                return result
            case Addition(terms):
                return self.arithmetic.add([self.lower(term) for term in terms])
            case Power(base, exponent):
                return self._power(self.lower(base), exponent)
            case Function(_, order, argument):
                return self._function(expression.key, order, argument)
            case Sum() | Mean():
                return self._sum(expression)
        raise CompileError(f"there is no code for {type(expression).__name__}")

    def extent(self, axis: Axis) -> Extent:
        if axis.key not in self.extents:
            raise CompileError(f"the length of the axis {axis.key} is not known")
        return self.extents[axis.key]

    def _power(self, base: Monomial, exponent: Fraction) -> Monomial:
        if not base.distributes(exponent):
            base = Monomial.of(self.arithmetic.array(base))
        if base.coefficient == 0 and exponent < 0:
            raise CompileError("a negative power of zero")
        return base**exponent

    def _function(self, name: str, order: int, argument: Expression) -> Monomial:
        inner = self.lower(argument)
        concrete = self.functions.get(name, name)
        if name in self.functions and self.arithmetic.array(inner).value in self._exact:
            concrete = "identity"
        if order == 0 and concrete == "log":
            return self.arithmetic.logarithm(inner)
        if order == 0 and concrete == "exp" and isinstance(argument, Tensor) and argument.key in self.shifted:
            over = [argument.indices[k] for k in sorted(self.shifted[argument.key])]
            return self.arithmetic.shifted_exponential(inner, over)
        reference = self.arithmetic.array(inner)
        builder = self.arithmetic.builder
        if order == 0:
            return Monomial.of(evaluate(builder, concrete, reference))
        if order > 1:
            raise CompileError(f"a gradient needs no derivative of order {order} of {name}")
        terms = []
        for function, exponent, coefficient in derivative(concrete):
            value = Monomial.of(evaluate(builder, function, reference))
            terms.append(power(value, exponent).scale(coefficient) if exponent >= 0 else value ** Fraction(exponent))
        return self.arithmetic.add(terms)

    def _sum(self, expression: Sum | Mean) -> Monomial:
        """A sum, with the sums directly below it: one contraction."""
        if self.frozen is not None and any(self.extent(i.axis).data for i in _bound(expression)):
            return self.frozen.statistic(expression)
        coefficient: Coefficient = Fraction(1)
        over: list[Index] = []
        body: Expression = expression
        while isinstance(body, Sum | Mean):
            if body.index in over:
                break
            over.append(body.index)
            if isinstance(body, Mean):
                coefficient = coefficient / self.extent(body.index.axis).size
            body = body.body
        body, over = _resolve_deltas(body, over)
        monomial = self.lower(body).scale(coefficient)
        for index in [i for i in over if i not in monomial.indices]:
            over.remove(index)
            monomial = monomial.scale(Fraction(self.extent(index.axis).size))
        return self.arithmetic.contract(monomial, over) if over else monomial


@dataclass
class Frozen:
    """Sums over the batch in a forward pass without one: each stands for a statistic of earlier batches.

    `batch` is the lowering of the same graph with the batch; `statistics` lists what it has to keep.
    """

    batch: Lowering
    statistics: dict[Value, Value] = field(default_factory=dict)  # value in the batch's program: leaf

    def statistic(self, expression: Sum | Mean) -> Monomial:
        """Raises CompileError if the sum still depends on the sample: then no average of it is of use."""
        reference = self.batch.arithmetic.array(self.batch.lower(expression))
        if any(extent.data for extent in reference.value.extents):
            raise CompileError("a sum over samples still depends on the sample: there is no running average of it")
        if reference.value not in self.statistics:
            name = f"statistic {len(self.statistics)}"
            leaf = self.batch.arithmetic.builder.leaf(name, reference.value.extents)
            self.statistics[reference.value] = leaf
        return Monomial.of(Reference(self.statistics[reference.value], reference.indices))


def _bound(expression: Expression) -> Iterator[Index]:
    """The indices of a sum and of the sums directly below it."""
    while isinstance(expression, Sum | Mean):
        yield expression.index
        expression = expression.body


def _resolve_deltas(body: Expression, over: list[Index]) -> tuple[Expression, list[Index]]:
    """Σ_t δ_{st} f(t) = f(s), for the deltas among the factors."""
    over = list(over)
    factors = list(body.factors) if isinstance(body, Product) else [body]
    while True:
        bound = {f: {f.left, f.right} & set(over) for f in factors if isinstance(f, Delta) and f.left != f.right}
        delta = next((f for f, indices in bound.items() if indices), None)
        if delta is None:
            break
        old, new = (delta.left, delta.right) if delta.left in over else (delta.right, delta.left)
        factors.remove(delta)
        over.remove(old)
        factors = [substitute(f, {old: new}) for f in factors]
    if not factors:
        return Number(Fraction(1)), over
    return (factors[0] if len(factors) == 1 else Product(tuple(factors))), over


def _summed_exponentials(nodes: Mapping[str, Node]) -> dict[str, set[int]]:
    """The tensors a for which some definition sums exp(a), as such or by a name, and over which axes of a."""
    found: dict[str, set[int]] = {}
    for node in nodes.values():
        for e in walk(node.body) if node.body is not None else ():
            if not isinstance(e, Sum | Mean):
                continue
            for factor in e.body.factors if isinstance(e.body, Product) else (e.body,):
                if isinstance(factor, Tensor) and factor.key in nodes:
                    named = nodes[factor.key]
                    if isinstance(named.body, Function):
                        factor = substitute(named.body, dict(zip(named.indices, factor.indices, strict=True)))
                if isinstance(factor, Function) and (factor.name, factor.order) == ("exp", 0):
                    argument = factor.argument
                    if isinstance(argument, Tensor) and e.index in argument.indices:
                        found.setdefault(argument.key, set()).add(argument.indices.index(e.index))
    return found
