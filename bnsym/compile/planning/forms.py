"""Equal forms of a step: what may be computed instead of a value, and what follows from it for those that read it.

Each move is an identity of index terms, which holds whatever the operands are; `same` has the kernel decide it, with
the operands as opaque tensors. Nothing here knows what the values mean.

    out of a sum      Σ_s b_i D_is C_sj = b_i Σ_s D_is C_sj
    to the other side Σ_i b_i D_is C_ij = Σ_i D_is (b_i C_ij)
    term by term      Σ_s (A + B) C = Σ_s A C + Σ_s B C, where the sums are over what is left, inner sums first
    less the mean     D_is - (1/N) Σ_t D_it = Σ_t D_it (δ_ts - 1/N)
    of a product      Σ_s Σ_j W_ij U_js = Σ_j W_ij Σ_s U_js
    by squares        Σ_s A_is B_is as a sum of products that are computed first
    at once           a (1/b) = a/b
    repeated          b_i meets D_is as b_i 1_s, an array of its own
    in order          an array that is given and lies across is copied once
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from typing import ClassVar

from bnsym.compile.lowering.arithmetic import GIVEN
from bnsym.compile.lowering.array import BINARY, COMMUTATIVE, Builder, Operand, Value
from bnsym.compile.planning.fuse import axes, is_product
from bnsym.compile.planning.price import is_across
from bnsym.kernel.term import BudgetExceeded, Term


@dataclass(frozen=True)
class Move:
    """Other values in the place of some; the labels of each say which axes of the old value the new one's are."""

    what: str
    values: Mapping[Value, Operand]


REPEATED = "a vector repeated once"


@dataclass
class Forms:
    """The moves from some values, all in one builder. `readers` are what reads a value, `kept` what stays as it is."""

    builder: Builder
    readers: Mapping[Value, Sequence[Value]]
    kept: frozenset[Value]

    # what is looked for, one after the other
    KINDS: ClassVar = ("order", "factors", "terms", "means", "sums", "squares", "quotients", "repeated")

    def moves(self, value: Value, kind: str) -> Iterator[Move]:
        """What may be done about a value: for each reader of it in all ways, or about itself."""
        if value in self.kept:
            return
        if kind == "factors" and value.operation == "multiply":
            yield from self._passed_on(value)
        if kind == "terms" and value.operation in ("add", "subtract"):
            yield from self._passed_on(value)
        if kind == "order" and value.operation == "leaf":
            yield from self._in_order(value)
        if kind == "means" and value.operation == "subtract" and value.rank == 2:
            yield from self._less_the_mean(value)
        if kind == "sums" and value.operation == "sum":
            yield from self._of_a_product(value)
        if kind == "squares" and value.operation == "contract" and value.rank:
            yield from self._by_squares(value)
        if kind == "quotients" and value.operation == "multiply":
            yield from self._at_once(value)
        if kind == "repeated" and value.operation in BINARY and value.rank == 2:
            yield from self._repeated(value)

    # ------------------------------------------------------------ what a sum reads

    def _passed_on(self, value: Value) -> Iterator[Move]:
        """A product or a sum that none but sums read is taken apart in them."""
        readers = self.readers.get(value, ())
        if not readers or any(r.operation not in ("contract", "sum") or r in self.kept for r in readers):
            return
        ways = [list(self._apart(value, reader)) for reader in readers]
        if all(ways):
            for k in range(max(map(len, ways))):
                chosen = [way[min(k, len(way) - 1)] for way in ways]
                what = ", ".join(dict.fromkeys(name for name, _ in chosen))
                yield Move(what, {r: new for r, (_, new) in zip(readers, chosen, strict=True)})
            if len(ways) == 2 and all(len(way) > 1 for way in ways):
                (name, first), (other, second) = ways[0][0], ways[1][1]
                yield Move(f"{name}, {other}", dict(zip(readers, (first, second), strict=True)))

    def _apart(self, value: Value, reader: Value) -> Iterator[tuple[str, Operand]]:
        places = [o for o in reader.operands if o.value is value]
        if len(places) != 1:
            return
        (place,) = places
        others = [o for o in reader.operands if o.value is not value]
        parts = [Operand(o.value, tuple(place.labels[k] for k in o.labels)) for o in value.operands]
        over = {label for label in axes(reader) if label >= reader.rank}
        if value.operation == "multiply":
            for small, large in (parts, parts[::-1]):
                if {*small.labels} < {*place.labels} == {*large.labels}:
                    if not over & {*small.labels}:
                        total = self._reduced([large, *others], over)
                        yield "a factor leaves a sum", self.builder.combine("multiply", [small, total])
                    for other in others:
                        if {*small.labels} <= {*other.labels} and isinstance(small.value, Value):
                            scaled = self.builder.combine("multiply", [small, other])
                            yield "a factor changes sides", self._reduced([large, scaled], over)
        elif all(isinstance(p.value, Value) for p in parts):
            # What is computed is rounded already by as much as is lost if terms cancel; what is given is exact.
            smaller = any({*p.labels} < {*place.labels} and _is_computed(p) for p in parts)
            if smaller or not reader.rank:
                reached = [over <= {label for f in (p, *others) for label in f.labels} for p in parts]
                if all(reached):
                    left, right = (self._reduced([p, *others], over) for p in parts)
                    yield "a sum term by term", self.builder.combine(value.operation, [left, right])

    def _reduced(self, factors: Sequence[Operand], over: set[int]) -> Operand:
        """Σ of a product of one or two factors; what only one of them depends on is summed first."""
        if len(factors) == 1:
            return self._summed(factors[0], over)
        shared = over & {*factors[0].labels} & {*factors[1].labels}
        factors = [self._summed(f, (over - shared) & {*f.labels}) for f in factors]
        return self.builder.combine("contract" if shared else "multiply", factors, shared)

    def _summed(self, factor: Operand, over: set[int]) -> Operand:
        """The sum of one operand; that of a sum that nothing else reads is a longer one."""
        value = factor.value
        assert isinstance(value, Value)
        if not over:
            return factor
        if value.operation in ("contract", "sum") and len(self.readers.get(value, ())) == 1:
            places = dict(enumerate(factor.labels))
            inner = {k: -1 - k for k in axes(value) if k >= value.rank}
            parts = [Operand(o.value, tuple({**places, **inner}[k] for k in o.labels)) for o in value.operands]
            if all(over & {*p.labels} == over for p in parts):
                return self.builder.combine(value.operation, parts, over | set(inner.values()))
        return self.builder.combine("sum", [factor], over)

    # ------------------------------------------------------------ about the value itself

    def _less_the_mean(self, value: Value) -> Iterator[Move]:
        """B - E - ⟨B⟩ as B times a matrix, less E."""
        whole, mean = value.operands
        rest: list[list[Operand]] = [[]]
        parts = [whole]
        if isinstance(whole.value, Value) and whole.value.operation == "subtract":
            first, second = (Operand(o.value, tuple(whole.labels[k] for k in o.labels)) for o in whole.value.operands)
            parts.append(first)
            rest.append([second])
        for part, less in zip(parts, rest, strict=True):
            over = _averaged(part, mean)
            if over is not None:
                matrix = Operand(self.builder.centre(value.extents[over]), (over, -1))
                product = self.builder.combine("contract", [part, matrix], {over})
                centred = Operand(product.value, tuple(over if k == -1 else k for k in product.labels))
                new = self.builder.combine("subtract", [centred, *less]) if less else centred
                yield Move("a mean taken away by a matrix product", {value: new})

    def _of_a_product(self, value: Value) -> Iterator[Move]:
        (place,) = value.operands
        product = place.value
        if isinstance(product, Value) and is_product(product):
            labels = {**dict(enumerate(place.labels)), **{k: -1 - k for k in axes(product) if k >= product.rank}}
            parts = [Operand(o.value, tuple(labels[k] for k in o.labels)) for o in product.operands]
            over = {label for label in place.labels if label >= value.rank}
            inner = {label for label in labels.values() if label < 0}
            yield Move("the sum of a product from the sum of a factor", {value: self._reduced(parts, over | inner)})

    def _at_once(self, value: Value) -> Iterator[Move]:
        for k, place in enumerate(value.operands):
            quotient, other = place.value, value.operands[1 - k]
            if isinstance(quotient, Value) and quotient.operation == "divide" and self.readers[quotient] == [value]:
                above, below = quotient.operands
                if above.value == 1 and isinstance(below.value, Value):
                    divisor = Operand(below.value, tuple(place.labels[label] for label in below.labels))
                    yield Move("a quotient at once", {value: self.builder.combine("divide", [other, divisor])})

    def _by_squares(self, value: Value) -> Iterator[Move]:
        first, second = value.operands
        if {*first.labels} == {*second.labels}:
            product = self.builder.combine("multiply", [first, second])
            over = [label for label in product.labels if label >= value.rank]
            yield Move("products before their sum", {value: self.builder.combine("sum", [product], over)})

    def _repeated(self, value: Value) -> Iterator[Move]:
        for operand in value.operands:
            if isinstance(operand.value, Value) and operand.value.rank == 1:
                (missing,) = {0, 1} - {*operand.labels}
                for vector, number in ((operand, 1.0), *self._without_number(operand, value)):
                    ones = Operand(self.builder.ones(value.extents[missing], number), (missing,))
                    full = self.builder.combine("outer", [vector, ones])
                    whole = [full if o is operand else o for o in value.operands]
                    again = self.builder.combine(value.operation, whole)
                    yield Move(REPEATED, {value: again})
                yield from self._for_all(operand.value, value)

    def _for_all(self, vector: Value, first: Value) -> Iterator[Move]:
        """A vector repeated once for all matrices that it meets, if the first is this one."""
        moved = {}
        for reader in self.readers[vector]:
            places = [o for o in reader.operands if o.value is vector]
            if reader.operation not in BINARY or reader.rank != 2 or len(places) != 1 or reader in self.kept:
                continue
            (missing,) = {0, 1} - {*places[0].labels}
            ones = Operand(self.builder.ones(reader.extents[missing]), (missing,))
            full = self.builder.combine("outer", [places[0], ones])
            moved[reader] = self.builder.combine(
                reader.operation, [full if o.value is vector else o for o in reader.operands]
            )
        if len(moved) > 1 and next(iter(moved)) is first:
            yield Move(REPEATED, moved)

    def _without_number(self, operand: Operand, reader: Value) -> Iterator[tuple[Operand, float]]:
        """c·v as v and c, also in front of a division, if nothing else needs it with c."""
        value = operand.value
        assert isinstance(value, Value)
        if self.readers.get(value) != [reader]:
            return
        if value.operation == "divide":
            above, below = (Operand(o.value, tuple(operand.labels[k] for k in o.labels)) for o in value.operands)
            if isinstance(above.value, Value) and isinstance(below.value, Value):
                for rest, number in self._without_number(above, value):
                    yield self.builder.combine("divide", [rest, below]), number
        elif value.operation == "multiply":
            first, second = value.operands
            if not isinstance(first.value, Value):
                yield Operand(second.value, tuple(operand.labels[k] for k in second.labels)), first.value

    def _in_order(self, value: Value) -> Iterator[Move]:
        copied = self.builder.combine("copy", [Operand(value, tuple(range(value.rank)))])
        moved = {}
        for reader in self.readers.get(value, ()):
            first_axes = {frozenset(o.labels) for o in reader.operands if isinstance(o.value, Value)}
            elementwise = reader.operation in BINARY or (reader.operation == "contract" and len(first_axes) == 1)
            if elementwise and any(o.value is value and is_across(o) for o in reader.operands):
                whole = [Operand(copied.value, o.labels) if o.value is value else o for o in reader.operands]
                over = {label for label in axes(reader) if label >= reader.rank}
                moved[reader] = self.builder.combine(reader.operation, whole, over)
        if moved:
            yield Move("given data in order once", moved)


def _is_computed(operand: Operand) -> bool:
    return isinstance(operand.value, Value) and operand.value.operation not in GIVEN


def _averaged(whole: Operand, mean: Operand) -> int | None:
    """The label over which the second is the mean of the first, if it is."""
    scaled = mean.value
    if not isinstance(scaled, Value) or scaled.operation != "multiply" or not isinstance(whole.value, Value):
        return None
    number, total = (o.value for o in scaled.operands)
    if not isinstance(total, Value) or total.operation != "sum" or total.operands[0].value is not whole.value:
        return None
    at = dict(zip(total.operands[0].labels, whole.labels, strict=True))  # the labels of the sum: those of the whole
    gone = [label for k, label in at.items() if k >= total.rank]
    aligned = [at[k] for k in scaled.operands[1].labels] == [mean.labels[k] for k in range(scaled.rank)]
    if len(gone) != 1 or not aligned or number != 1 / whole.value.extents[whole.labels.index(gone[0])].size:
        return None
    return gone[0]


# ------------------------------------------------------------ the kernel's word on it

DEPTH = 6  # how far below a value its form may have been changed
POLYNOMIAL = ("add", "subtract", "multiply", "divide", "negative", "contract", "sum", "outer", "copy")


def same(old: Value, new: Operand) -> bool:
    """Whether the kernel finds the two equal: both are opened down to the same opaque tensors.

    What is no polynomial is equal if it is the same operation on equal operands.
    """
    made = new.value
    assert isinstance(made, Value)
    opaque, pending = set[Value](), [(Operand(old), 0)]
    for operand, depth in pending:
        value = operand.value
        if isinstance(value, Value):
            if depth and (value.operation not in POLYNOMIAL or depth == DEPTH):
                opaque.add(value)
            else:
                pending += [(o, depth + 1) for o in value.operands]
    names = (f"i{k}" for k in count())
    free = [next(names) for _ in range(old.rank)]
    then = [free[k] for k in new.labels]
    try:
        if old.operation in POLYNOMIAL:
            return _term(old, free, opaque, names) == _term(made, then, opaque, names)
        before = [_term(o.value, [free[k] for k in o.labels], opaque, names) for o in old.operands]
        after = [_term(o.value, [then[k] for k in o.labels], opaque, names) for o in made.operands]
    except BudgetExceeded:
        return False
    turned = old.operation in COMMUTATIVE and before == after[::-1]
    return old.operation == made.operation and (before == after or turned)


def _term(value: Value | float, indices: Sequence[str], opaque: set[Value], names: Iterator[str]) -> Term:
    """The value at these indices."""
    if not isinstance(value, Value):
        return Term.number(Fraction(value))
    if value.operation == "ones":
        return _term(value.operands[0].value, (), opaque, names)
    if value.operation == "centre":
        return Term.delta(*indices) - Term.number(Fraction(1 / value.extents[0].size))
    if value in opaque or value.operation not in POLYNOMIAL:
        return Term.tensor(f"v{value.number}", indices)
    bound = {label: next(names) for label in axes(value) if label >= value.rank}
    at = {**dict(enumerate(indices)), **bound}
    if value.operation == "divide":
        above, below = value.operands
        inverse = _inverse(below, [at[k] for k in below.labels])
        return _term(above.value, [at[k] for k in above.labels], opaque, names) * inverse
    first, *rest = (_term(o.value, [at[k] for k in o.labels], opaque, names) for o in value.operands)
    for other in rest:
        if value.operation in ("add", "subtract"):
            first = first + (other if value.operation == "add" else other.scale(-1))
        else:
            first = first * other
    if value.operation == "negative":
        first = first.scale(-1)
    return first.close((name, axes(value)[label].key) for label, name in bound.items())


def _inverse(operand: Operand, indices: Sequence[str]) -> Term:
    """1 over it: what is divided by stays opaque."""
    if isinstance(operand.value, Value):
        return Term.tensor(f"v{operand.value.number}", indices, -1)
    return Term.number(1 / Fraction(operand.value))
