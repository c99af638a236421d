"""Which values are computed in one loop nest.

A `Nest` is an outer loop over one axis with everything inside that can be done for one of its entries at a time:
elementwise operations, reductions over other axes, and what uses these. Row by row the data stays in the nearest
cache, and what only the nest needs has no array. A matrix product is a step of its own.

Axes are told apart by their keys; a value with the same key on two axes is computed alone.

Guarantees: steps come in an order in which they can be run; a nest has an axis that can be its outer loop: of
each member that another member uses, that axis is not summed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bnsym.compile.lowering.arithmetic import GIVEN
from bnsym.compile.lowering.array import Extent, Value

REDUCTIONS = ("sum", "contract", "maximum-over")


@dataclass(eq=False)
class Product:
    """A matrix product: value[i, j] = Σ_k first[i, k] · second[k, j], whatever the order of the axes.

    Each of i, j and k may stand for several axes: see `bnsym.compile.planning.matrices`.
    """

    value: Value

    @property
    def members(self) -> list[Value]:
        return [self.value]


@dataclass(eq=False)
class Nest:
    """Values that are computed together. `outer` are the axes that can be the outer loop, by key; none for scalars."""

    members: list[Value] = field(default_factory=list)
    outer: frozenset[str] = frozenset()
    alone: bool = False


Step = Product | Nest


def axes(value: Value) -> dict[int, Extent]:
    """The extents of everything that the operation runs over, by label: of the value, and what is summed over."""
    found = dict(enumerate(value.extents))
    for operand in value.operands:
        if isinstance(operand.value, Value):
            found.update(zip(operand.labels, operand.value.extents, strict=True))
    return found


def keys(value: Value) -> frozenset[str]:
    return frozenset(extent.key for extent in axes(value).values())


def reduced(value: Value) -> frozenset[str]:
    """The axes that are summed over."""
    return frozenset(extent.key for label, extent in axes(value).items() if label >= value.rank)


def operands(value: Value) -> list[Value]:
    return [o.value for o in value.operands if isinstance(o.value, Value)]


def is_matrix_product(value: Value) -> bool:
    """Whether it is a product of matrices, whatever the order of their axes in memory."""
    if value.operation != "contract" or any(o.operation in ("eye", "centre") for o in operands(value)):
        return False
    first, second = ({*o.labels} for o in value.operands)
    terms = {label for label in first | second if label >= value.rank}
    return first & second == terms and bool(first - terms) and bool(second - terms)


def is_product(value: Value) -> bool:
    """Whether it is a matrix product of two matrices as they are: each has two axes."""
    plain = value.rank == 2 and all(len(o.labels) == len({*o.labels}) == 2 for o in value.operands)
    return plain and is_matrix_product(value)


def fuse(values: Sequence[Value], alone: Callable[[Value], bool] = is_product) -> list[Step]:
    """The steps that compute these values, which come in an order in which they can be computed.

    `alone` says of which contractions a matrix product is made, a step of its own.
    """
    fusion = _Fusion(alone)
    for value in values:
        if value.operation not in GIVEN:
            fusion.add(value)
    fusion.sink()
    fusion.absorb()
    return [step for step in fusion.steps if step.members]


class _Fusion:
    def __init__(self, is_product: Callable[[Value], bool]) -> None:
        self._is_product = is_product
        self.steps: list[Step] = []
        self._step: dict[Value, Step] = {}
        self._uses: dict[Value, list[Value]] = {}

    def add(self, value: Value) -> None:
        for operand in operands(value):
            self._uses.setdefault(operand, []).append(value)
        ready = self._ready(value)
        if self._is_product(value):
            self._insert(ready, Product(value))
            return
        alone = len(keys(value)) < len(axes(value))
        for step in self.steps[max(ready, 0) :]:
            if isinstance(step, Nest) and not alone and self._join(step, value, whole=True):
                return
        kept = frozenset(extent.key for extent in value.extents)
        self._insert(ready, Nest([value], kept or keys(value), alone))

    def _insert(self, ready: int, step: Step) -> None:
        self.steps.insert(ready + 1, step)
        for value in step.members:
            self._step[value] = step

    def _ready(self, value: Value) -> int:
        """The place of the last step that it needs, or -1."""
        return max((self.steps.index(self._step[o]) for o in operands(value) if o in self._step), default=-1)

    def _outer(self, nest: Nest, value: Value, *, whole: bool) -> frozenset[str]:
        """What could be the nest's outer loop with that value in it; `whole`: and not be summed over by the value."""
        possible = nest.outer & (keys(value) - reduced(value) if whole else keys(value))
        for operand in operands(value):
            if operand in nest.members:
                possible -= reduced(operand)
        return possible

    def _join(self, nest: Nest, value: Value, *, whole: bool) -> bool:
        possible = self._outer(nest, value, whole=whole)
        scalars = not nest.outer and not keys(value)
        if nest.alone or not (possible or scalars):
            return False
        nest.members.append(value)
        nest.outer = possible
        self._step[value] = nest
        return True

    def sink(self) -> None:
        """Elementwise values that one later nest alone uses move there, if what they are made of is kept anyway."""
        for step in reversed(self.steps):
            if not isinstance(step, Nest) or step.alone:
                continue
            for value in reversed(list(step.members)):
                users = {self._step[u] for u in self._uses.get(value, ())}
                target = next(iter(users)) if len(users) == 1 else step
                if target is step or not isinstance(target, Nest) or target.alone or value.operation in REDUCTIONS:
                    continue
                outside = all(
                    o not in step.members or any(self._step[u] is not step for u in self._uses[o])
                    for o in operands(value)
                )
                possible = target.outer & keys(value)
                if outside and possible:
                    step.members.remove(value)
                    target.members.insert(0, value)
                    target.outer = possible
                    self._step[value] = target

    def absorb(self) -> None:
        """Reductions move to the nest that makes what they read, if nothing else needs to read it again."""
        for later in [s for s in self.steps if isinstance(s, Nest) and not s.alone]:
            for earlier in self._nests_before(later):
                moved = [v for v in later.members if v.operation in REDUCTIONS and self._may_move(v, earlier)]
                for value in list(moved):
                    rest = [v for v in later.members if v not in moved]
                    saved = [o for o in operands(value) if o in earlier.members]
                    if not any(o in operands(v) for o in saved for v in rest):
                        later.members.remove(value)
                        moved.remove(value)
                        self._join(earlier, value, whole=False)

    def _nests_before(self, step: Step) -> Iterator[Nest]:
        for earlier in reversed(self.steps[: self.steps.index(step)]):
            if isinstance(earlier, Nest) and not earlier.alone:
                yield earlier

    def _may_move(self, value: Value, nest: Nest) -> bool:
        ready = self._ready(value) <= self.steps.index(nest)
        return ready and any(o in nest.members for o in operands(value)) and bool(self._outer(nest, value, whole=False))
