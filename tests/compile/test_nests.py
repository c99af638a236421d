"""Random index expressions as loop nests in C, many in one program, against evaluation entry by entry."""

from fractions import Fraction
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bnsym.compile.c.emit import emit as emit_c
from bnsym.compile.lowering.arithmetic import Arithmetic
from bnsym.compile.lowering.array import Extent, Reference
from bnsym.compile.lowering.lower import Bound, Lowering
from bnsym.compile.lowering.monomial import Monomial
from bnsym.compile.lowering.network import Parameter
from bnsym.compile.numpy.emit import emit
from bnsym.compile.optimizer import optimizer
from bnsym.compile.planning.plan import INPUT_NAME, SCALE_NAME, TARGET_NAME, Plan
from bnsym.compile.program import Program
from bnsym.language.expression import Delta, Index, Product, Sum
from tests.compile.test_lowering import INDICES, LENGTHS, SHAPES, VALUES, entry, evaluate, expressions

EXTENTS = {axis.key: Extent(axis.key, length, axis.data) for axis, length in LENGTHS.items()}


def lowered(wanted):
    """Expressions in one builder; the scalar z is the scale of the step."""
    arithmetic = Arithmetic()
    lowering = Lowering(arithmetic, {}, EXTENTS, {})
    for name, axes in SHAPES.items():
        places = tuple(Index(f"p{k}", axis) for k, axis in enumerate(axes))
        leaf = arithmetic.builder.leaf(name if axes else SCALE_NAME, [EXTENTS[axis.key] for axis in axes])
        lowering.tensors[name] = Bound(places, Monomial.of(Reference(leaf, places)))
    return arithmetic, [lowering.lower(expression) for expression in wanted]


def program(wanted, data_last):
    """A module whose "gradients" are these expressions; and the indices of each."""
    arithmetic, monomials = lowered(wanted)
    parameters = [Parameter(n, n, tuple(EXTENTS[a.key] for a in axes), None, 1.0) for n, axes in SHAPES.items() if axes]
    outputs = {p.name: (Monomial(Fraction(0)), ()) for p in parameters}
    for k, monomial in enumerate(monomials):
        reference = arithmetic.array(monomial)
        shape = tuple(EXTENTS[index.axis.key] for index in reference.indices)
        parameters.append(Parameter(f"output{k}", f"output{k}", shape, None, 1.0))
        outputs[f"output{k}"] = (Monomial.of(reference), reference.indices)
    builder = arithmetic.builder
    for name in (INPUT_NAME, TARGET_NAME):
        builder.leaf(name, [Extent("rows", 1, True), Extent("columns", 1)])
    total = builder.apply("multiply", Reference(builder.leaf(SCALE_NAME, ()), ()), 2.0)
    network = SimpleNamespace(parameters=parameters, extents={"rows": Extent("rows", 1, True)})
    plan = Plan(network, arithmetic, total, outputs, [], total, None)
    update = optimizer("sgd")
    source, steps, _ = emit(plan, "float64", update, ())
    support = Program(source, (1, 1), 1, "float64", steps)
    text, steps, work = emit_c(plan, "float64", update, (), data_last=data_last)
    return Program(text, (1, 1), 1, "float64", steps, support, work).module, [
        indices for _, indices in outputs.values()
    ]


def check(wanted, data_last):
    module, indices = program(wanted, data_last)
    flat = module.initial()
    for name, view in module.views(flat).items():
        view[...] = VALUES.get(name, 0)
    network = module.bind(flat, np.zeros(0))
    one = np.ones((1, 1))
    network.evaluate(one, one, float(VALUES["z"]))
    found = module.views(network.gradient)
    indices = indices[-len(wanted) :]
    anywhere = dict.fromkeys(INDICES, 0)
    for k, expression in enumerate(wanted):
        array = found[f"output{k}"]
        for place in product(*(range(n) for n in array.shape)):
            at = dict(zip(indices[k], place, strict=True))
            assert array[place] == pytest.approx(evaluate(expression, {**anywhere, **at}), rel=1e-8, abs=1e-9)


def at(letter):
    return next(index for index in INDICES if index.name == letter)


DELTA = Delta(at("i"), at("k"))
COLUMNS = Sum(at("l"), entry("W", "l", "i"))


@pytest.mark.parametrize("data_last", [False, True])
@pytest.mark.parametrize(
    "summed",
    [
        # The nested product keeps the delta a factor: of a vector, and of a matrix.
        Product((COLUMNS, Product((DELTA, entry("z"))))),
        Product((entry("W", "j", "i"), Product((DELTA, entry("z"))))),
    ],
)
def test_a_delta_may_be_a_factor_of_a_sum(summed, data_last):
    check([Sum(at("i"), summed)], data_last)


@settings(max_examples=6, report_multiple_bugs=False)
@given(st.lists(expressions(), min_size=10, max_size=25), st.booleans())
def test_expressions_are_what_they_say(wanted, data_last):
    check(wanted, data_last)
