"""The search for the cheapest of equal forms.

It starts from the values as they were lowered, and makes each move (see `forms`) that lowers the price of all that is
computed, until none does. A move counts by what it adds that is not there yet and by what nobody reads any more, so
that what is shared is paid once.

Guarantees: a move is made only if the kernel proves both forms equal; values in `kept` keep their form; the outcome
depends on the plan alone, not on the machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bnsym.compile.lowering.arithmetic import GIVEN
from bnsym.compile.lowering.array import Builder, Operand, Value
from bnsym.compile.planning.forms import Forms, Move, same
from bnsym.compile.planning.fuse import operands
from bnsym.compile.planning.price import Price, price

SWEEPS = 3
LEAST = 20.0  # nanoseconds that are worth a move


@dataclass(frozen=True)
class Choice:
    """A move that was weighed, and whether it was made.

    `values` are what is computed by it, or what would be computed in another way; `own` is the price of what it
    brings, `other` of what it spares.
    """

    what: str
    values: tuple[Value, ...]
    own: Price
    other: Price
    made: bool = False


@dataclass(frozen=True)
class _Weighed:
    """A move with what it changes: how often values are read, and which nobody needs any more."""

    move: Move
    choice: Choice
    uses: Counter[Value]
    gone: list[Value]

    @property
    def saving(self) -> float:
        return self.choice.other.nanoseconds - self.choice.own.nanoseconds


@dataclass
class Search:
    """`roots` are what is needed in the end, `kinds` what moves are made; `image` is what each value has become."""

    builder: Builder
    roots: tuple[Value, ...]
    kept: frozenset[Value]
    itemsize: int
    kinds: tuple[str, ...] = Forms.KINDS
    image: dict[Value, Operand] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    _refused: list[Choice] = field(default_factory=list)
    _prices: dict[Value, Price] = field(default_factory=dict)

    def run(self) -> None:
        self._look()
        self.image = {v: _itself(v) for v in self._values}
        for kind in self.kinds:
            for _ in range(SWEEPS):
                moves, weighed = self._sweep(kind)
                self._refused += weighed if kind in ("factors", "terms") else ()
                if not moves:
                    break
                self._make(moves)
        made = {v for c in self.choices for v in c.values}
        self.choices += dict.fromkeys(c for c in self._refused if set(c.values) <= self._uses.keys() - made)

    def _sweep(self, kind: str) -> tuple[dict[Value, Operand], list[Choice]]:
        """The moves that pay, one after the other, and what did not."""
        moves: dict[Value, Operand] = {}
        refused: list[Choice] = []
        for value in self._values:
            best: _Weighed | None = None
            for move in self._forms.moves(value, kind) if value in self._uses else ():
                if moves.keys() & move.values.keys() or not move.values.keys() <= self._uses.keys():
                    continue
                weighed = self._weigh(move)
                if weighed.saving <= LEAST:
                    refused.append(weighed.choice)
                elif best is None or weighed.saving > best.saving:
                    best = weighed
            if best is not None and all(same(old, new) for old, new in best.move.values.items()):
                moves.update(best.move.values)
                self._uses.update(best.uses)
                for gone in best.gone:
                    del self._uses[gone]
                tops = tuple(array(new) for new in best.move.values.values())
                self.choices.append(replace(best.choice, values=tops, made=True))
        return moves, refused

    # ------------------------------------------------------------ what there is

    def _look(self) -> None:
        """What is computed now, and by whom it is read."""
        found, pending = set[Value](), list(self.roots)
        while pending:
            value = pending.pop()
            if value not in found:
                found.add(value)
                pending += operands(value)
        self._values = sorted(found, key=lambda v: v.number)
        self._uses = Counter(dict.fromkeys(self._values, 0))
        self._uses.update(self.roots)
        readers: dict[Value, list[Value]] = {}
        for value in self._values:
            self._uses.update(operands(value))
            for operand in dict.fromkeys(operands(value)):
                readers.setdefault(operand, []).append(value)
        self._forms = Forms(self.builder, readers, self.kept)

    def _price(self, value: Value) -> Price:
        if value not in self._prices:
            self._prices[value] = price(value, self.itemsize)
        return self._prices[value]

    # ------------------------------------------------------------ moves

    def _weigh(self, move: Move) -> _Weighed:
        """What a move adds, and what it leaves without a reader."""
        uses = Counter[Value]()
        added = Price()
        for old, top in move.values.items():
            uses[array(top)] += self._uses[old]
        pending = list(uses)
        tops = set(pending)
        new: set[Value] = set()
        while pending:
            value = pending.pop()
            if value not in self._uses and value not in new:
                new.add(value)
                added += self._price(value)
                uses.update(operands(value))
                pending += operands(value)
        dropped = Price()
        gone = [old for old in move.values if old not in tops]
        for value in gone:
            dropped += self._price(value)
            for operand in operands(value):
                uses[operand] -= 1
                if self._uses[operand] + uses[operand] == 0 and operand in self._uses and operand not in tops:
                    gone.append(operand)
        choice = Choice(move.what, tuple(move.values), added, dropped)
        return _Weighed(move, choice, uses, gone)

    def _make(self, moves: Mapping[Value, Operand]) -> None:
        """Compute everything from the new values."""
        moved: dict[Value, Operand] = {}

        def rebuilt(value: Value) -> Operand:
            if value in moved:
                return moved[value]
            target = moves.get(value, _itself(value))
            made = array(target)
            changed, parts = False, list[Operand]()
            for operand in made.operands:
                if isinstance(operand.value, Value) and operand.value.operation not in GIVEN:
                    inner = rebuilt(operand.value)
                    changed |= array(inner) is not operand.value
                    operand = Operand(inner.value, tuple(operand.labels[k] for k in inner.labels))
                parts.append(operand)
            if changed:
                over = {label for o in made.operands for label in o.labels if label >= made.rank}
                again = self.builder.combine(made.operation, parts, over)
                target = Operand(array(again), tuple(target.labels[k] for k in again.labels))
            moved[value] = target
            return target

        for value, current in self.image.items():
            if array(current) in moves or array(current) in self._uses:
                then = rebuilt(array(current))
                self.image[value] = Operand(then.value, tuple(current.labels[k] for k in then.labels))
        refused = [c for c in self._refused if set(c.values) <= self._uses.keys()]
        for choices in (self.choices, refused):
            for k, choice in enumerate(choices):
                choices[k] = replace(choice, values=tuple(array(rebuilt(v)) for v in choice.values))
        self._refused = refused
        self.kept = frozenset(array(rebuilt(value)) for value in self.kept)
        self.roots = tuple(array(rebuilt(root)) for root in self.roots)
        self._look()


def array(operand: Operand) -> Value:
    """The value of an operand that is no number."""
    assert isinstance(operand.value, Value)
    return operand.value


def _itself(value: Value) -> Operand:
    return Operand(value, tuple(range(value.rank)))
