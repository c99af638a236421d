"""Where what outlasts a training step lives: parts of flat vectors.

The vectors are `parameters` and `gradient`, `batch` (what predictions average) and `guard` (what has to be
positive). A value is computed into its first place and copied to the others. Nothing here knows in which language
the step is written.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from bnsym.compile.lowering.arithmetic import GIVEN
from bnsym.compile.lowering.array import Reference, Value
from bnsym.compile.planning.bounds import at_least, carries
from bnsym.compile.planning.memory import Order
from bnsym.compile.planning.plan import Plan
from bnsym.compile.planning.schedule import Schedule, schedule


@dataclass(frozen=True)
class Place:
    """A part of a vector. `order` gives the label of the value on each of its axes; -1, … where it has none."""

    vector: str
    offset: int
    shape: tuple[int, ...]
    order: Order
    title: str

    @property
    def entries(self) -> int:
        return math.prod(self.shape)


@dataclass
class Placement:
    """The places of a plan's values. `planned` says what is computed, `kept` what is needed at the end.

    `leaves` are the parameters, `home` is where a value is computed, `copies` where it is needed besides.
    `multiples` are gradients that are a number times the scale. `guarded` are the places that are checked.
    """

    plan: Plan
    planned: Schedule
    kept: set[Value]
    gradients: dict[str, Place] = field(default_factory=dict)
    leaves: dict[Value, Place] = field(default_factory=dict)
    home: dict[Value, Place] = field(default_factory=dict)
    copies: list[tuple[Value, Place]] = field(default_factory=list)
    multiples: list[tuple[Place, float]] = field(default_factory=list)
    guarded: dict[Value, Place] = field(default_factory=dict)

    @staticmethod
    def of(plan: Plan, *, fuse: bool = True) -> Placement:
        """`fuse` lets a sum take a number along that it is multiplied by: see `schedule`."""
        gradients = {n: plan.arithmetic.array(m) for n, (m, _) in plan.outputs.items() if m.factors}
        kept = {plan.cost.value, *(s.value for s in plan.statistics), *(r.value for r in gradients.values())}
        planned = schedule(kept, plan.arithmetic.guarded, fuse=fuse)
        placement = Placement(plan, planned, kept)
        placement._place_parameters(gradients)
        placement._place_statistics()
        placement._place_guards()
        return placement

    @property
    def fixed(self) -> dict[Value, Order]:
        """The values whose axes are in a given order in memory."""
        return {value: place.order for value, place in self.home.items()}

    @property
    def guards(self) -> Iterator[tuple[str, int]]:
        """What is checked: its name and length, in the order of the vector."""
        return ((place.title, place.entries) for place in self.guarded.values())

    def bounded(self, least: float) -> bool:
        """Whether all that is checked is at least so much, by its form."""
        return all(at_least(value) >= least for value in self.guarded)

    def shows(self, name: str) -> bool:
        """Whether what is checked is not finite if anything in that argument is not."""
        leaf = next((v for v in self.planned.values if v.operation == "leaf" and v.name == name), None)
        return leaf is not None and any(carries(value, leaf) for value in self.guarded)

    def _place_parameters(self, gradients: dict[str, Reference]) -> None:
        leaves = {v.name: v for v in self.planned.values if v.operation == "leaf"}
        offset = 0
        for parameter in self.plan.network.parameters:
            name, shape = parameter.name, parameter.shape
            if name in leaves:
                self.leaves[leaves[name]] = Place("parameters", offset, shape, tuple(range(len(shape))), name)
            monomial, indices = self.plan.outputs[name]
            reference = gradients.get(name)
            if reference is None:
                place = Place("gradient", offset, shape, (), f"gradient {name}")
                self.multiples.append((place, float(monomial.coefficient)))
            else:
                # An axis that the gradient does not depend on gets a label of its own.
                known = {i: k for k, i in enumerate(reference.indices)}
                labels = tuple(known.get(i, -1 - k) for k, i in enumerate(indices))
                place = Place("gradient", offset, shape, labels, f"gradient {name}")
                if set(reference.indices) == set(indices) and reference.value.operation not in GIVEN:
                    self._put(reference.value, place)
                else:
                    self.copies.append((reference.value, place))
            self.gradients[name] = place
            offset += math.prod(shape)

    def _put(self, value: Value, place: Place) -> None:
        if value in self.home:
            self.copies.append((value, place))
        else:
            self.home[value] = place

    def _place_statistics(self) -> None:
        offset = 0
        for statistic in self.plan.statistics:
            value = statistic.value
            place = Place("batch", offset, statistic.shape, tuple(range(value.rank)), f"batch {statistic.name}")
            if value.rank and value.operation not in GIVEN:
                self._put(value, place)
            else:
                self.copies.append((value, place))
            offset += math.prod(statistic.shape)

    def _place_guards(self) -> None:
        """What has to be positive goes into one vector, which is checked at once, when the cost is known."""
        offset, values = 0, set(self.planned.values)
        for value in self.plan.arithmetic.guarded:
            if value in values and value.rank and value.number <= self.plan.cost.value.number:
                shape = tuple(extent.size for extent in value.extents)
                place = Place("guard", offset, shape, tuple(range(value.rank)), self._describe(value))
                offset += value.count
                self.guarded[value] = place
                self.home.setdefault(value, place)

    def _describe(self, value: Value) -> str:
        """What a value is called, or what it is made of."""
        names, pending = self.plan.arithmetic.names, [value]
        multiples = (v for v in names if v.operation == "multiply" and not isinstance(v.operands[0].value, Value))
        for multiple in multiples:
            if multiple.operands[1].value is value:
                return names[multiple]
        while pending:
            current = pending.pop(0)
            if current in names:
                return names[current] if current is value else f"made of {names[current]}"
            pending += [o.value for o in current.operands if isinstance(o.value, Value)]
        return value.operation
