"""The plan that is shown: its sums, and that nothing is missing from it."""

from itertools import pairwise

import pytest

from bnsym.compile import Blueprint
from bnsym.compile.planning.outline import text
from tests.compile import documents

WIDTHS, BATCH = (7, 5, 6, 3), 11


def program(derivation, backend):
    return Blueprint(derivation, WIDTHS, backend=backend).program(BATCH, dtype="float32")


def multiplications():
    """Of the products that no step can do without: forward and ∂C/∂W in every layer, ∂C/∂u in all but the first."""
    return sum(BATCH * a * b * (3 if layer else 2) for layer, (a, b) in enumerate(pairwise(WIDTHS)))


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
@pytest.mark.parametrize("make", [lambda _: documents.batch_norm(), documents.layer_norm])
def test_the_matrix_products_are_those_that_are_needed(tmp_path, make, backend):
    steps = program(make(tmp_path), backend).steps
    products = [step for step in steps if step.product]
    assert len(products) == 3 * (len(WIDTHS) - 1) - 1
    assert sum(step.operations for step in products) == 2 * multiplications()


def test_loops_move_less_than_calls_and_compute_no_more():
    """Calls compute more where it takes fewer of them."""
    calls, loops = (program(documents.batch_norm(), backend).steps for backend in ("numpy", "compiled"))
    assert len(loops) < len(calls) / 3
    assert sum(s.bytes for s in loops) < sum(s.bytes for s in calls)
    assert sum(s.operations for s in loops) <= sum(s.operations for s in calls)


def test_a_call_is_counted_by_what_it_reads_and_writes():
    (step,) = (s for s in program(documents.batch_norm(), "numpy").steps if s.results[0][0] == "x_1")
    assert step.what == "contract" and sorted(step.results[0][1]) == [5, 11]
    assert step.operations == 2 * 11 * 7 * 5
    assert step.bytes == 4 * (11 * 7 + 5 * 7 + 11 * 5)


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
def test_the_text_has_every_equation_and_the_sums(backend):
    steps = program(documents.batch_norm(), backend).steps
    shown = text(steps)
    assert shown.isascii()
    equations = [e for step in steps for e in step.equations]
    assert any(r"\partial W_{ij}^{0,1}" in e for e in equations)
    assert len([line for line in shown.splitlines() if "=" in line]) == len(equations)
    assert f"{sum(s.operations for s in steps):,}" in shown and f"{2 * multiplications():,}" in shown
