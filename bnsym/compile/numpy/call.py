"""One value, one line: the NumPy call that computes it.

A contraction of two arrays is a matrix product, if it is over one index or its indices lie so in memory; a sum over an
axis the product with a vector of ones (or of 1/N, where that is all that becomes of it), everything else what it says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase

from bnsym.compile.lowering.array import Operand, Value
from bnsym.compile.planning.matrices import matrices
from bnsym.compile.planning.memory import Order
from bnsym.compile.planning.price import is_copied

FEW = 128  # sums that are over before einsum has started
INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}


@dataclass(frozen=True)
class Call:
    """An expression: a function of arguments, or, without arguments, as it stands.

    `into`: it takes the array that the result goes to, as its last argument after `between`. That, and methods
    instead of functions, spare NumPy a tenth of a microsecond a call. `bits`: it works on whole numbers.
    """

    function: str
    arguments: tuple[str, ...] = ()
    into: bool = True
    between: str = ", "
    bits: bool = False

    def text(self, out: str = "") -> str:
        if not self.arguments:
            return self.function
        if self.function == "copyto" and not out:
            return self.arguments[0]
        if self.function == "dot" and not (out and self.into):
            return f"{self.arguments[0]}.dot({self.arguments[1]})"
        if not out or not self.into:
            return f"{self.function}({', '.join(self.arguments)})"
        if self.function == "copyto":
            return f"copyto({out}, {self.arguments[0]})"
        if self.function == "dot":
            first, second = self.arguments
            return f"{first}.dot({second}, {out})"
        return f"{self.function}({', '.join(self.arguments)}{self.between}{out})"


@dataclass
class Calls:
    """Writes calls.

    `view(value, suffix, expression)` names a view of a value, `ones(n, x)` a vector of n times x, `number(x)` a
    number that meets arrays.
    """

    order: Mapping[Value, Order]
    view: Callable[[Value, str, str], str]
    ones: Callable[[int, float], str]
    number: Callable[[float], str]
    weights: Mapping[Value, float] = field(default_factory=dict)  # sums that take a factor along
    masks: Collection[Value] = ()  # see `bnsym.compile.numpy.masks`
    apart: Collection[Value] = ()  # matrices with gaps between their rows, which `dot` would copy

    def call(self, value: Value) -> Call:
        if value.operation == "contract":
            return self._contract(value)
        if value.operation == "sum":
            return self._sum(value)
        if value.operation == "maximum-over":
            return self._reduced(value, "maximum.reduce")
        if value.rank == 0 and value.operation in INFIX:
            sides = (self.lined_up(o, ()) if isinstance(o.value, Value) else repr(o.value) for o in value.operands)
            left, right = sides
            return Call(f"{left} {INFIX[value.operation]} {right}", into=False)
        if value.operation == "outer":
            return self._repeated(value) if is_copied(value) else self._dot(value, self._outer(value))
        bits = value in self.masks or any(o.value in self.masks for o in value.operands)
        arguments = tuple(self.lined_up(o, self.order[value], bits=bits) for o in value.operands)
        if value in self.masks:
            return Call("sign", arguments[:1], bits=True)
        if value.operation == "greater":
            # Its result lies in an array of numbers.
            return Call("greater", arguments, into=value.rank > 0, between=', casting="unsafe", out=')
        if value.operation == "copy":
            return Call("copyto", arguments)
        if value.operation == "maximum" and not isinstance(value.operands[0].value, Value):
            # It does the same in a fraction of the time: NumPy's maximum of an array and a number is not vectorised.
            return Call("clip", (arguments[1], arguments[0], self.number(math.inf)), into=value.rank > 0)
        # Of all functions, maximum wants to be told by name where its result goes.
        between = ", out=" if value.operation == "maximum" else ", "
        return Call(value.operation, arguments, into=value.rank > 0, between=between, bits=bits)

    # ------------------------------------------------------------ operands

    def _memory(self, operand: Operand) -> Order:
        """The labels of an operand in the order of its axes in memory."""
        assert isinstance(operand.value, Value)
        return tuple(operand.labels[k] for k in self.order[operand.value])

    def lined_up(self, operand: Operand, target: Sequence[int], *, bits: bool = False) -> str:
        """The operand as a view whose axes broadcast along `target`; `bits`: of its bits as whole numbers."""
        if not isinstance(operand.value, Value):
            return self.number(operand.value)
        memory = self._memory(operand)
        wanted = [label for label in target if label in memory]
        permutation = [memory.index(label) for label in wanted]
        suffix, expression = "", ""
        if permutation != sorted(permutation):
            reverse = permutation == sorted(permutation, reverse=True)
            expression = ".T" if reverse else f".transpose{tuple(permutation)}"
            suffix = "_t" if reverse else "_" + "".join(map(str, permutation))
        places = [":" if label in memory else "None" for label in target]
        while places and places[0] == "None":
            places.pop(0)
        if "None" in places:
            expression += f"[{', '.join(places)}]"
            suffix += "_column" if places == [":", "None"] else "_" + "".join(p[0] for p in places).replace(":", "a")
        if bits:
            expression, suffix = f"{expression}.view(bits)", f"{suffix}_bits"
        return self.view(operand.value, suffix.lower(), expression)

    # ------------------------------------------------------------ reductions

    def _reduced(self, value: Value, function: str) -> Call:
        """A reduction by a ufunc, of a view whose remaining axes are in the order of the result."""
        (operand,) = value.operands
        target = self._memory(operand)
        if tuple(label for label in target if label < value.rank) != self.order[value]:
            target = (*self.order[value], *(label for label in target if label >= value.rank))
        axes = tuple(k for k, label in enumerate(target) if label >= value.rank)
        axis = axes[0] if len(axes) == 1 else axes
        return Call(function, (self.lined_up(operand, target), repr(axis)), into=value.rank > 0, between=", None, ")

    def _sum(self, value: Value) -> Call:
        (operand,) = value.operands
        assert isinstance(operand.value, Value)
        memory, weight = self._memory(operand), self.weights.get(value, 1.0)
        summed = [label for label in memory if label >= value.rank]
        if len(summed) > 1 or len(memory) > 2:
            return self._reduced(value, "add.reduce")
        extents = zip(operand.value.extents, operand.labels, strict=True)
        vector = self.ones(next(e.size for e, label in extents if label == summed[0]), weight)
        array = self.lined_up(operand, memory)
        arguments = (vector, array) if memory[0] == summed[0] else (array, vector)
        return self._dot(value, arguments)

    def _dot(self, value: Value, arguments: tuple[str, ...]) -> Call:
        apart = any(array in self.apart for array in (value, *(o.value for o in value.operands)))
        return Call("matmul" if apart else "dot", arguments, into=value.rank > 0)

    def _flat(self, operand: Operand) -> str:
        """All entries of an array, one after the other."""
        assert isinstance(operand.value, Value)
        return self.view(operand.value, "_flat" * (operand.value.rank > 1), ".ravel()" * (operand.value.rank > 1))

    def matrices(self, value: Value) -> tuple[str, str, str] | None:
        """A contraction of arrays of more axes as a product of matrices: the two, and the result, as views."""
        found = matrices(value, self.order)
        if found is None or any(array in self.apart for array in (value, *(o.value for o in value.operands))):
            return None
        first = self._matrix(found.first, found.m, found.k, turned=found.first_turned)
        second = self._matrix(found.second, found.k, found.n, turned=found.second_turned)
        return first, second, self._matrix(Operand(value), found.m, found.n)

    def unbuffered(self, value: Value) -> str | None:
        """A contraction of arrays of more axes whose result has no array yet, nor a length that is known."""
        first, second = value.operands
        out, memory = self.order[value], (self._memory(first), self._memory(second))
        terms = [k for k in memory[0] if k >= value.rank]
        if set(memory[0]) & set(memory[1]) != set(terms) or max(map(len, memory)) <= 2:
            return None
        along = tuple(tuple(labels.index(k) for k in terms) for labels in memory)
        arrays = (self.lined_up(operand, labels) for operand, labels in zip(value.operands, memory, strict=True))
        kept = [k for labels in memory for k in labels if k not in terms]
        permutation = tuple(kept.index(k) for k in out)
        turned = "" if list(permutation) == sorted(permutation) else f".transpose{permutation}"
        return f"np.tensordot({', '.join(arrays)}, {along}){turned}"

    def _matrix(self, operand: Operand, rows: int, columns: int, *, turned: bool = False) -> str:
        """A view as a matrix of so many rows and columns."""
        assert isinstance(operand.value, Value)
        shape = (columns, rows) if turned else (rows, columns)
        return self.view(operand.value, "_matrix" + "_t" * turned, f".reshape{shape}{'.T' * turned}")

    def _repeated(self, value: Value) -> Call:
        (vector,) = (o for o in value.operands if isinstance(o.value, Value) and o.value.operation != "ones")
        return Call("copyto", (self.lined_up(vector, self.order[value]),))

    def _outer(self, value: Value) -> tuple[str, str]:
        """A column and a row."""
        first, _ = self.order[value]
        column, row = sorted(value.operands, key=lambda o: o.labels != (first,))
        assert isinstance(column.value, Value) and isinstance(row.value, Value)
        left, right = self.view(column.value, "_column", "[:, None]"), self.view(row.value, "_row", "[None, :]")
        return left, right

    def _contract(self, value: Value) -> Call:
        first, second = value.operands
        a, b, out = set(first.labels), set(second.labels), self.order[value]
        shared, summed = [k for k in out if k in a and k in b], [k for k in a | b if k >= value.rank]
        if not shared and len(summed) == 1 and len(a) <= 2 and len(b) <= 2:
            if len(out) == 2 and out[0] in b:
                first, second, a, b = second, first, b, a
            left = [*(k for k in out if k in a), *summed]
            right = [*summed, *(k for k in out if k in b)]
            return self._dot(value, (self.lined_up(first, left), self.lined_up(second, right)))
        memory, aligned = self._memory(first), self._memory(first) == self._memory(second)
        if aligned and not value.rank and first.value not in self.apart and second.value not in self.apart:
            return Call("dot", tuple(self._flat(operand) for operand in (first, second)), into=False)
        if a == b and len(summed) == 1:
            # Along memory it is the faster one; across it, it takes less to start than einsum does.
            along = aligned and memory == (*out, *summed)
            if along or value.count <= FEW or not aligned:
                target = (*out, *summed)
                return Call("vecdot", (self.lined_up(first, target), self.lined_up(second, target)))
        letters = ["".join(ascii_lowercase[k] for k in labels) for labels in (memory, self._memory(second), out)]
        operands = (self.lined_up(first, memory), self.lined_up(second, self._memory(second)))
        subscripts = f'"{letters[0]},{letters[1]}->{letters[2]}"'
        return Call("einsum", (subscripts, *operands), into=value.rank > 0, between=", out=")
