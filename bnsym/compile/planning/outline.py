"""What a program does, step by step: shapes, operations, bytes that move, and the equation each comes from.

A step is one call of NumPy, or one nest of loops, or one matrix product. Operations count an addition and a
multiplication as one each, a function as one; bytes are of the arrays that a step reads and leaves behind, each
once. The floor is the matrix products alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bnsym.compile.lowering.arithmetic import GIVEN
from bnsym.compile.lowering.array import Value, entries
from bnsym.compile.names import comment
from bnsym.compile.planning.fuse import axes, is_matrix_product, operands
from bnsym.compile.planning.price import Price


@dataclass(frozen=True)
class Step:
    """One step. `results` are names with their shapes; `product` says that it is a matrix product."""

    results: tuple[tuple[str, tuple[int, ...]], ...]
    what: str
    operations: int
    bytes: int
    equations: tuple[str, ...]
    product: bool


@dataclass(frozen=True)
class Form:
    """A choice among equal forms: what the move is, of which results, its price, and the price without it."""

    what: str
    results: tuple[str, ...]
    own: Price
    other: Price
    made: bool

    def __str__(self) -> str:
        saved = "else" if self.made else "instead of"
        return f"{', '.join(self.results)}: {self.what}, {self.own}, {saved} {self.other}"


def outline(
    groups: Sequence[Sequence[Value]],
    kept: set[Value],
    name: Callable[[Value], str],
    equations: Mapping[Value, str],
    size: int,
) -> tuple[Step, ...]:
    """The steps that compute these groups of values; `kept` are needed at the end, `size` is that of an entry."""
    users: dict[Value, set[int]] = {}
    for k, group in enumerate(groups):
        for value in group:
            for operand in operands(value):
                users.setdefault(operand, set()).add(k)
    made = []
    for k, group in enumerate(groups):
        left = [v for v in group if v in kept or users.get(v, set()) - {k}] or [group[-1]]
        read = {o for v in group for o in operands(v) if o not in group and o.operation not in GIVEN[1:]}
        made.append(
            Step(
                tuple((name(v), tuple(e.size for e in v.extents)) for v in left),
                ", ".join(dict.fromkeys(v.operation for v in group)),
                sum(_operations(v) for v in group),
                size * sum(v.count for v in (*left, *read)),
                tuple(equations[v] for v in group if v in equations),
                any(is_matrix_product(v) for v in group),
            )
        )
    return tuple(made)


def _operations(value: Value) -> int:
    if value.operation in GIVEN:
        return 0
    return entries(axes(value).values()) * (2 if value.operation == "contract" else 1)


def text(steps: Sequence[Step], forms: Sequence[Form] = ()) -> str:
    """The outline as a table, with its sums; one line of equations below what they are the equations of.

    Below it are the forms that were chosen among equal ones, and those that would take more.
    """
    lines = [f"{'step':>4}  {'operations':>12}  {'bytes':>12}  what is left, and how it is made"]
    for k, step in enumerate(steps, 1):
        results = ", ".join(f"{name} {'x'.join(map(str, shape)) or 'scalar'}" for name, shape in step.results)
        lines.append(f"{k:4}  {step.operations:12,}  {step.bytes:12,}  {results}: {step.what}")
        lines += [f"{'':34}{comment(equation)}" for equation in step.equations]
    products = [step for step in steps if step.product]
    for title, chosen in (("total", steps), ("floor", products)):
        count = f"{len(chosen)} {'steps' if title == 'total' else 'matrix products'}"
        lines.append(f"{title}  {sum(s.operations for s in chosen):11,}  {sum(s.bytes for s in chosen):12,}  {count}")
    ratio = sum(s.operations for s in steps) / max(1, sum(s.operations for s in products))
    lines.append(f"the step takes {ratio:.3f} times the operations of its matrix products")
    for title, made in (("forms that take less than equal ones", True), ("forms that would take more", False)):
        chosen_forms = [form for form in forms if form.made is made]
        lines += [f"{title}:"] if chosen_forms else []
        lines += [f"  {form}" for form in chosen_forms]
    return "\n".join(lines)
