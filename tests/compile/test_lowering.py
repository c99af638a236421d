"""Random index expressions, lowered and run as NumPy code, against evaluation entry by entry."""

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bnsym.compile.lowering.arithmetic import Arithmetic
from bnsym.compile.lowering.array import Extent, Reference
from bnsym.compile.lowering.lower import Bound, Lowering
from bnsym.compile.lowering.monomial import Monomial
from bnsym.compile.names import Namer
from bnsym.compile.numpy.body import CONSTANT, Body, constant
from bnsym.compile.planning.memory import allocate, orders
from bnsym.compile.planning.schedule import schedule
from bnsym.language.expression import (
    Addition,
    Axis,
    Delta,
    Expression,
    Function,
    Index,
    Mean,
    Number,
    Power,
    Product,
    Size,
    Sum,
    Symbol,
    Tensor,
)
from bnsym.language.node import Node

S, ROW, COLUMN = Axis("sample", None, ("N",), True), Axis("row", None, ("m",)), Axis("column", None, ("n",))
LENGTHS = {S: 4, COLUMN: 3, ROW: 2}
LETTERS = {S: "st", COLUMN: "ik", ROW: "jl"}
INDICES = [Index(letter, axis) for axis, letters in LETTERS.items() for letter in letters]
SHAPES = {"a": (S, COLUMN), "b": (S, ROW), "W": (ROW, COLUMN), "v": (COLUMN,), "w": (ROW,), "m": (S,), "z": ()}
VALUES = {
    name: np.random.default_rng(k).uniform(0.3, 1.5, [LENGTHS[axis] for axis in axes])
    for k, (name, axes) in enumerate(SHAPES.items())
}


def entry(name, *letters):
    indices = tuple(Index(letter, axis) for letter, axis in zip(letters, SHAPES[name], strict=True))
    return Tensor(Symbol(name, (), (), SHAPES[name]), None, indices)


LEAVES = ["tensor", "tensor", "tensor", "number", "size", "delta"]
COMPOUNDS = ["product", "sum", "difference", "add", "mean", "power", "tanh", "logistic'", "contraction", "contraction"]
EXPONENTS = [Fraction(-1), Fraction(1, 2), Fraction(-1, 2), Fraction(2), Fraction(3), Fraction(1, 3)]


@st.composite
def expressions(draw, depth=4):
    """An expression over any of the indices."""

    def inner():
        return draw(expressions(depth - 1))

    def index():
        return draw(st.sampled_from(INDICES))

    kind = draw(st.sampled_from(LEAVES + COMPOUNDS if depth > 0 else LEAVES))
    match kind:
        case "tensor":
            name = draw(st.sampled_from(sorted(SHAPES)))
            return entry(name, *(draw(st.sampled_from(LETTERS[axis])) for axis in SHAPES[name]))
        case "number":
            return Number(draw(st.sampled_from([Fraction(2), Fraction(-1, 3), Fraction(0)])))
        case "size":
            return Size(draw(st.sampled_from([S, ROW])))
        case "delta":
            return Delta(*(Index(letter, COLUMN) for letter in draw(st.permutations("ik"))))
        case "product":
            return Product((inner(), inner()))
        case "add":
            return Addition((inner(), inner()))
        case "difference":
            return Addition((inner(), Product((Number(Fraction(-1)), inner())), inner()))
        case "sum":
            return Sum(index(), inner())
        case "mean":
            return Mean(index(), inner())
        case "contraction":
            factors = tuple(inner() for _ in range(draw(st.integers(2, 3))))
            return Sum(index(), Product(factors))
        case "power":
            # Of a square and a positive number, so that it is defined.
            base = Addition((Power(inner(), Fraction(2)), Number(Fraction(1, 2))))
            return Power(base, draw(st.sampled_from(EXPONENTS)))
        case "tanh":
            return Function("tanh", 0, inner())
        case _:
            return Function("logistic", 1, inner())


def evaluate(e: Expression, at) -> float:
    """One entry, by the definition."""
    match e:
        case Number(value):
            return float(value)
        case Size(axis):
            return LENGTHS[axis]
        case Tensor(symbol, _, indices):
            return VALUES[symbol.base][tuple(at[i] for i in indices)]
        case Delta(left, right):
            return float(at[left] == at[right])
        case Addition(terms):
            return sum(evaluate(t, at) for t in terms)
        case Product(factors):
            return math.prod(evaluate(f, at) for f in factors)
        case Power(base, exponent):
            return evaluate(base, at) ** float(exponent)
        case Sum(index, body) | Mean(index, body):
            length = LENGTHS[index.axis]
            total = sum(evaluate(body, {**at, index: k}) for k in range(length))
            return total if isinstance(e, Sum) else total / length
        case Function("tanh", 0, argument):
            return math.tanh(evaluate(argument, at))
        case Function("logistic", 1, argument):
            tail = math.exp(-abs(evaluate(argument, at)))  # even in its argument, so that nothing overflows
            return tail / (1 + tail) ** 2
    raise AssertionError(e)


def lowered(expression):
    arithmetic = Arithmetic()
    extents = {axis.key: Extent(axis.key, length, axis.data) for axis, length in LENGTHS.items()}
    lowering = Lowering(arithmetic, {}, extents, {})
    for name, axes in SHAPES.items():
        places = tuple(Index(f"p{k}", axis) for k, axis in enumerate(axes))
        leaf = arithmetic.builder.leaf(name, [extents[axis.key] for axis in axes])
        lowering.tensors[name] = Bound(places, Monomial.of(Reference(leaf, places)))
    return arithmetic, lowering.lower(expression)


def run(arithmetic: Arithmetic, wanted: list[Reference], *, bound: bool) -> list[np.ndarray]:
    """The values, computed by generated lines, in buffers or without; axes in the order of the references."""
    planned = schedule([r.value for r in wanted])
    values = planned.values
    kept = {r.value for r in wanted}
    given_names = {v: v.name for v in values if v.operation == "leaf"}
    order = orders(planned, {})
    namer = Namer([*SHAPES, "np", "DTYPE", *dir(np)])
    body = Body(planned, order, namer, given_names, {}, {})
    setup: list[str] = []
    if bound:
        body.constant = {v for v in values if v.rank}
        allocation = allocate(planned, order, given_names, kept, {})
        for slot in allocation.slots:
            setup.append(f"buffer_{slot.number} = np.empty({slot.entries}, DTYPE)")
        for value, slot in allocation.places.items():
            setup.append(f"{body.name(value)} = buffer_{slot.number}[:{value.count}].reshape({body.shape(value)})")
    setup += [f"{body.name(v)} = {constant(v)}" for v in values if v.operation in CONSTANT]
    body.setup = setup
    lines = [line for value in values for line in body.line(value)]
    scope = {**{name: getattr(np, name) for name in dir(np) if not name.startswith("_")}, "np": np, **VALUES}
    scope["DTYPE"] = np.float64
    exec("\n".join([*setup, *lines]), scope)
    results = []
    for reference in wanted:
        result = np.asarray(scope[body.name(reference.value)], float)
        memory = order[reference.value]
        results.append(result.transpose([memory.index(k) for k in range(len(memory))]))
    return results


@settings(max_examples=300, report_multiple_bugs=False)
@given(expressions(), st.booleans())
def test_lowered_expressions_are_what_they_say(expression, bound):
    arithmetic, monomial = lowered(expression)
    anywhere = dict.fromkeys(INDICES, 0)  # for indices that cancelled out
    if not monomial.factors:
        assert float(monomial.coefficient) == pytest.approx(evaluate(expression, anywhere), rel=1e-9, abs=1e-12)
        return
    reference = arithmetic.array(monomial)
    (found,) = run(arithmetic, [reference], bound=bound)
    for place in product(*(range(n) for n in found.shape)):
        at = dict(zip(reference.indices, place, strict=True))
        assert found[place] == pytest.approx(evaluate(expression, {**anywhere, **at}), rel=1e-8, abs=1e-9)


def operations(expression) -> list[str]:
    arithmetic, monomial = lowered(expression)
    return [v.operation for v in schedule([arithmetic.array(monomial).value]).values if v.operation != "leaf"]


def i(letter):
    return next(index for index in INDICES if index.name == letter)


def test_equal_expressions_are_computed_once():
    square = Sum(i("i"), Product((entry("a", "s", "i"), entry("v", "i"))))
    again = Sum(i("k"), Product((entry("v", "k"), entry("a", "s", "k"))))
    assert operations(Addition((square, Product((again, entry("m", "s")))))).count("contract") == 1


def test_small_factors_meet_before_the_large_one():
    """γ/σ is one vector; the array meets it once."""
    body = Product((entry("a", "s", "i"), entry("v", "i"), Power(entry("v", "i"), Fraction(-1, 2)), entry("z")))
    arithmetic, monomial = lowered(body)
    values = schedule([arithmetic.array(monomial).value]).values
    assert sum(v.rank == 2 and v.operation != "leaf" for v in values) == 1


def test_what_does_not_depend_on_the_index_leaves_the_sum():
    body = Product((entry("a", "s", "i"), entry("b", "s", "j"), entry("w", "j")))
    arithmetic, monomial = lowered(Sum(i("s"), body))
    (contraction,) = (v for v in schedule([arithmetic.array(monomial).value]).values if v.operation == "contract")
    assert {o.value.name for o in contraction.operands} == {"a", "b"}


def test_equal_factors_cancel():
    assert lowered(Product((entry("a", "s", "i"), Power(entry("a", "s", "i"), Fraction(-1)))))[1] == Monomial()


def test_a_chain_of_products_is_ordered_by_cost():
    """a W^T b is contracted so that no array over three axes arises."""
    chain = Sum(i("i"), Sum(i("j"), Product((entry("a", "s", "i"), entry("W", "j", "i"), entry("b", "s", "j")))))
    arithmetic, monomial = lowered(chain)
    assert all(v.rank <= 2 for v in schedule([arithmetic.array(monomial).value]).values)


@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_softmax_and_its_logarithm_do_not_overflow(scale):
    argument = entry("a", "s", "i")
    total = Sum(i("k"), Function("exp", 0, entry("a", "s", "k")))
    nodes = {"Z": Node("Z", (S,), indices=(i("s"),), body=total)}
    arithmetic = Arithmetic()
    extents = {axis.key: Extent(axis.key, length, axis.data) for axis, length in LENGTHS.items()}
    lowering = Lowering(arithmetic, nodes, extents, {})
    places = (Index("p0", S), Index("p1", COLUMN))
    leaf = arithmetic.builder.leaf("a", [extents[S.key], extents[COLUMN.key]])
    lowering.tensors["a"] = Bound(places, Monomial.of(Reference(leaf, places)).scale(Fraction(scale)))
    Z = Tensor(Symbol("Z", (), (), (S,), "positive"), None, (i("s"),))
    probability = lowering.lower(Product((Function("exp", 0, argument), Power(Z, Fraction(-1)))))
    logarithm = lowering.lower(Function("log", 0, Z))
    with np.errstate(over="raise"):
        p, log = run(arithmetic, [arithmetic.array(probability), arithmetic.array(logarithm)], bound=True)
    logits = scale * VALUES["a"]
    expected = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(p, expected / expected.sum(axis=1, keepdims=True), rtol=1e-10)
    np.testing.assert_allclose(log, np.log(expected.sum(axis=1)) + logits.max(axis=1), rtol=1e-12)
