"""Equal forms: every move is proved by the kernel and changes no number; the search takes what costs less."""

import re

import numpy as np
import pytest
from hypothesis import given, settings

from bnsym.compile import Blueprint
from bnsym.compile.lowering.array import Builder, Extent, Operand, Reference, Value
from bnsym.compile.lowering.spread import spread
from bnsym.compile.planning.forms import REPEATED, Forms, same
from bnsym.compile.planning.outline import text
from bnsym.compile.planning.plan import cheapest, plan
from bnsym.compile.planning.price import Price, is_copied, price
from bnsym.compile.planning.schedule import schedule
from bnsym.compile.planning.search import Search, array
from tests.compile import documents
from tests.compile.test_lowering import expressions, lowered, run

NORMS = {"batch": lambda _: documents.batch_norm(), "layer": documents.layer_norm, "rms": documents.rms_norm}


def readers(values):
    found = {}
    for value in values:
        for operand in value.operands:
            if isinstance(operand.value, Value):
                found.setdefault(operand.value, []).append(value)
    return {value: list(dict.fromkeys(by)) for value, by in found.items()}


@settings(max_examples=200, report_multiple_bugs=False)
@given(expressions())
def test_every_move_is_proved_and_changes_no_number(expression):
    """Whether it would pay or not, each by itself."""
    arithmetic, monomial = lowered(expression)
    if not monomial.factors:
        return
    values = schedule([arithmetic.array(monomial).value], fuse=False).values
    forms = Forms(arithmetic.builder, readers(values), frozenset())
    pairs = [
        pair for value in values for kind in Forms.KINDS for m in forms.moves(value, kind) for pair in m.values.items()
    ]
    for old, new in pairs:
        assert same(old, new)
    wanted = [Reference(array(o), tuple(range(array(o).rank))) for old, new in pairs for o in (Operand(old), new)]
    if not wanted:
        return
    numbers = run(arithmetic, wanted, bound=False)
    for (_, new), before, after in zip(pairs, numbers[::2], numbers[1::2], strict=True):
        np.testing.assert_allclose(after, before.transpose(new.labels), rtol=1e-9, atol=1e-9)


@settings(max_examples=100, report_multiple_bugs=False)
@given(expressions())
def test_what_the_search_arrives_at_is_worth_the_same(expression):
    arithmetic, monomial = lowered(expression)
    if not monomial.factors:
        return
    reference = arithmetic.array(monomial)
    search = Search(arithmetic.builder, (reference.value,), frozenset(), 8)
    search.run()
    image = search.image[reference.value]
    before, after = run(arithmetic, [reference, Reference(array(image), image.labels)], bound=True)
    np.testing.assert_allclose(after, before.transpose(image.labels), rtol=1e-9, atol=1e-9)


@pytest.fixture
def parts():
    builder = Builder()
    sample, unit, below = Extent("sample", 50, True), Extent("unit", 3), Extent("below", 2)
    d = Operand(builder.leaf("d", [sample, unit]), (0, 1))
    return builder, d, Operand(builder.leaf("b", [unit]), (1,)), Operand(builder.leaf("u", [sample, below]), (0, 2))


def test_what_is_not_equal_is_not_taken_for_it(parts):
    builder, d, b, u = parts
    scaled = builder.combine("multiply", [b, d])
    old = builder.combine("contract", [scaled, u], {0})
    total = builder.combine("contract", [d, u], {0})
    right = builder.combine("multiply", [b, total])
    assert same(array(old), Operand(right.value, tuple(old.labels.index(k) for k in right.labels)))
    assert not same(array(old), Operand(total.value, tuple(old.labels.index(k) for k in total.labels)))
    twice = builder.combine("multiply", [Operand(2.0), right])
    assert not same(array(old), Operand(twice.value, tuple(old.labels.index(k) for k in twice.labels)))


def total(values) -> Price:
    return sum((price(v, 4) for v in values), Price())


def chosen(derivation, widths, batch):
    blueprint = Blueprint(derivation, widths)
    made = plan(blueprint.network.of_batch(batch), blueprint._derived, blueprint.cost, blueprint.activation)
    return made, cheapest(made, 4)


def needed(made):
    outputs = [made.arithmetic.array(m).value for m, _ in made.outputs.values() if m.factors]
    return schedule([made.cost.value, *outputs, *(s.value for s in made.statistics)], fuse=False).values


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(("widths", "batch"), [((4, 8, 3), 8), ((16, 32, 4), 600)])
def test_the_search_lowers_the_price_by_what_it_says(tmp_path, norm, widths, batch):
    before, after = chosen(NORMS[norm](tmp_path), widths, batch)
    made = [c for c in after.choices if c.made]
    saved = sum(c.other.nanoseconds - c.own.nanoseconds for c in made)
    assert made and all(c.own.nanoseconds < c.other.nanoseconds for c in made)
    assert total(needed(before)).nanoseconds - total(needed(after)).nanoseconds == pytest.approx(saved, rel=1e-6)


def test_a_factor_meets_the_weights_where_samples_are_many():
    """γ/σ in front of ∂C/∂x is multiplied with W and with ∂C/∂W instead."""
    _, many = chosen(documents.batch_norm(), (16, 32, 4), 600)
    _, few = chosen(documents.batch_norm(), (16, 32, 4), 20)
    assert any("a factor" in c.what and c.made for c in many.choices)
    assert not any("a factor" in c.what and c.made for c in few.choices)


def test_a_vector_is_repeated_once_for_all_that_it_meets():
    """γ/σ meets x - ⟨x⟩ on the way forward and ∂C/∂x on the way back."""
    _, made = chosen(documents.batch_norm(), (400, 256, 4), 128)
    moves = [c for c in made.choices if c.what == REPEATED and len(c.values) == 2]
    assert moves and all(c.made for c in moves)
    shared = [{o.value for o in a.operands} & {o.value for o in b.operands} for a, b in (c.values for c in moves)]
    assert all(value.operation == "outer" for values in shared for value in values)
    assert [is_copied(value) for values in shared for value in values].count(True) == 1  # that of 256 by 128 entries


@pytest.mark.parametrize(("epsilon", "made"), [(1e-5, True), (0.0, False)])
def test_the_mean_of_a_product_comes_from_that_of_the_smaller_side(epsilon, made):
    """But not where rounding has to be told from a variance: see `spread`."""
    blueprint = Blueprint(documents.batch_norm(), (16, 64, 4), epsilon=epsilon)
    before = plan(blueprint.network.of_batch(1000), blueprint._derived, blueprint.cost, blueprint.activation)
    choices = [c for c in cheapest(before, 4).choices if "sum of a product" in c.what]
    assert bool(choices) is made and all(c.made for c in choices)


def test_a_variance_keeps_the_form_by_which_rounding_is_recognised():
    """Without ε, a unit that does not vary is refused: see `spread`."""
    blueprint = Blueprint(documents.batch_norm(), (4, 8, 3), epsilon=0.0)
    made = plan(blueprint.network.of_batch(8), blueprint._derived, blueprint.cost, blueprint.activation)
    found = [spread(v) is not None for v in made.arithmetic.guarded]
    assert any(found)
    assert [spread(v) is not None for v in cheapest(made, 8).arithmetic.guarded] == found


def test_the_plan_tells_what_was_chosen_and_what_the_other_form_takes():
    program = Blueprint(documents.batch_norm(), (64, 128, 10)).program(4096, dtype="float32")
    shown = text(program.steps, program.forms)
    assert "forms that take less than equal ones:" in shown and "forms that would take more:" in shown
    (line,) = (line for line in shown.splitlines() if "a factor leaves a sum, a factor changes sides" in line)
    assert re.search(r"gradient_w2, product_w2: .*, [\d.]+ us \(\d+ calls, .*\), else [\d.]+ us \(\d+ calls", line)


def test_a_sum_is_not_taken_apart_where_what_is_exact_would_cancel(parts):
    """W (x - c) with a given c near x loses nothing; W x - W c would lose nearly all."""
    builder, d, b, u = parts
    for small, apart in ((b, False), (builder.combine("sqrt", [b]), True)):
        value = builder.combine("subtract", [d, small])
        total = builder.combine("contract", [value, u], {0})
        forms = Forms(builder, readers([array(value), array(total)]), frozenset())
        assert any(forms.moves(array(value), "terms")) is apart
