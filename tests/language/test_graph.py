"""The cost graph: what is in view and what is open, A-normal form, and terms that mean what was written."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bnsym.kernel import Rejected, Theory
from bnsym.kernel.term import Term
from bnsym.language.expression import (
    Addition,
    Delta,
    Derivative,
    Expression,
    Function,
    Index,
    Layer,
    Mean,
    Number,
    Power,
    Product,
    Size,
    Sum,
    Symbol,
    Tensor,
)
from bnsym.language.graph import CostGraph, GraphError
from bnsym.language.statement import Definition, Reading
from bnsym.refute.evaluate import Functions, Instance
from tests.refute.networks import (
    BETA,
    COST,
    EPSILON,
    GAMMA,
    SAMPLE,
    UNIT,
    VARIANCE,
    WEIGHT,
    XHAT,
    C,
    J,
    S,
    U,
    X,
    Y,
    at,
    axis,
    batch_norm,
    document,
    key,
    unit,
)

HALF = Fraction(1, 2)
T_, K = Index("t", SAMPLE), Index("k", UNIT)


def number(value) -> Number:
    return Number(Fraction(value))


def plus(*terms: Expression) -> Addition:
    return Addition(terms)


def times(*factors: Expression) -> Product:
    return Product(factors)


# ---------------------------------------------------------------- windows


def test_nodes_come_after_what_they_are_made_of():
    graph = batch_norm(2)
    seen = set()
    for name, node in graph.nodes.items():
        mentioned = {n for n in node.term.names() if n[0] != "|"} if node.term is not None else set()
        assert mentioned <= seen, name
        assert node.function is None or node.function[2] in seen
        seen.add(name)
    Theory(graph.data())


def test_what_is_consumed_out_of_view_is_open():
    graph = batch_norm(2)
    opened = set(graph.data()["open"])
    assert opened == {key(U, 1), EPSILON.key(None)}
    theory = Theory(graph.data())
    for name in opened:
        with pytest.raises(Rejected, match="not all of its consumers"):
            theory.schema(("chain", C, name))
    theory.schema(("chain", C, key(WEIGHT)))


def test_the_argument_of_the_cost_is_open_at_the_last_layer():
    graph = CostGraph.build(document(), {"L": (0, 0)})
    assert r"u^{L}" in graph.data()["open"]
    assert "W^{L-1,L}" in graph.nodes
    assert not [n for n in graph.nodes if "L+1" in n]


def test_a_window_of_numbers_is_a_whole_network():
    graph = CostGraph.build(document(), {"": (1, 2)}, depth=2)
    assert {"W^{0,1}", "W^{1,2}", "y^{1}", "y^{2}", "u^{2}"} <= graph.nodes.keys()
    assert set(graph.data()["open"]) == {"u^{2}"}
    Theory(graph.data())


def test_the_same_document_gives_the_same_graph():
    assert batch_norm(2).data() == batch_norm(2).data()


def test_a_copy_is_independent():
    graph = batch_norm(1)
    before = graph.data()
    copy = graph.copy()
    copy.term(Function("g", 0, plus(at(X, S, J), at(BETA, J))), {S: "s", J: "j"})
    assert graph.data() == before != copy.data()
    Theory(copy.data())


def test_circular_definitions_are_refused():
    a, b = (Tensor(Symbol(name), None, ()) for name in "ab")
    circle = replace(document(), definitions=(Definition(a, plus(b, number(1))), Definition(b, a)))
    with pytest.raises(GraphError, match="circular"):
        CostGraph.build(circle, {})


@pytest.mark.parametrize(
    "body, why",
    [
        (Function("log", 0, plus(number(1), number(-1))), "the logarithm of what is never positive"),
        (
            Function("log", 0, times(number(-1), Function("exp", 0, Tensor(Symbol("a"), None, ())))),
            "the logarithm of what is never positive",
        ),
        (Power(plus(number(1), number(-1)), Fraction(-1)), "a negative or fractional power of zero"),
        (Power(times(number(-2), Size(J.axis)), Fraction(-1, 2)), "a fractional power of what is never positive"),
        (
            Power(times(number(-1), Sum(J, Power(at(BETA, J), Fraction(2)))), Fraction(1, 2)),
            "a fractional power of what is never positive",
        ),
    ],
)
def test_what_is_nowhere_defined_is_refused(body, why):
    definition = Definition(Tensor(Symbol("D"), None, ()), body)
    with pytest.raises(GraphError, match=why):
        CostGraph.build(replace(document(), definitions=(definition,)), {})


def test_a_definition_needs_distinct_indices():
    bad = Definition(Tensor(Symbol("D"), None, (J, J)), at(BETA, J))
    with pytest.raises(GraphError, match="not distinct"):
        CostGraph.build(replace(document(), definitions=(bad,)), {})


# ---------------------------------------------------------------- A-normal form


def scalar(name: str, sign=None) -> Tensor:
    return Tensor(Symbol(name, sign=sign), None, ())


def bare() -> CostGraph:
    return CostGraph.build(replace(document(), definitions=()), {})


def test_the_root_of_a_square_is_a_node_unless_the_base_is_positive():
    graph = bare()
    root = graph.term(Power(Power(scalar("c"), Fraction(2)), HALF), {})
    (name,) = root.names()
    assert graph.nodes[name].root == 2
    assert graph.nodes[name].term == Term.tensor("c", (), 2)
    assert graph.term(Power(Power(scalar("p", "positive"), Fraction(2)), HALF), {}) == Term.tensor("p")
    assert "p" in graph.divided


@pytest.mark.parametrize(
    ("value", "exponent", "expected"),
    [("9/4", HALF, "3/2"), ("8", Fraction(-1, 3), "1/2"), ("4", Fraction(3, 2), "8"), ("-2", Fraction(-3), "-1/8")],
)
def test_rational_powers_of_numbers_are_numbers(value, exponent, expected):
    assert bare().term(Power(number(value), exponent), {}) == Term.number(Fraction(expected))


@pytest.mark.parametrize("value", ["2", "1/3"])
def test_irrational_powers_of_numbers_are_roots(value):
    graph = bare()
    (name,) = graph.term(Power(number(value), HALF), {}).names()
    assert graph.nodes[name].term == Term.number(Fraction(value))


def test_equal_compounds_share_a_node():
    graph = bare()
    a, b = scalar("a"), scalar("b")
    simple = graph.term(Power(plus(a, b), Fraction(-1)), {})
    double = graph.term(Power(plus(times(number(2), a), times(b, number(2))), Fraction(-1)), {})
    squared = graph.term(Power(plus(b, a), Fraction(-2)), {})
    assert double == simple.scale(HALF)
    assert squared == simple**2
    assert [n.root for n in graph.nodes.values() if n.root] == [1]


def test_nodes_are_shared_whatever_their_indices_are_called():
    graph = bare()
    roots = [graph.term(Power(plus(at(VARIANCE, i), at(EPSILON)), HALF), {i: i.name}) for i in (J, K)]
    assert roots[0].rename({"j": "k"}) == roots[1] != roots[0]
    assert len([n for n in graph.nodes.values() if n.root]) == 1


def test_a_power_of_zero_is_refused():
    with pytest.raises(GraphError, match="zero"):
        bare().term(Power(plus(scalar("a"), times(number(-1), scalar("a"))), Fraction(-1)), {})


def test_functions_of_compounds_name_their_argument():
    graph = bare()
    term = graph.term(Function("g", 0, plus(at(X, S, J), at(BETA, J))), {S: "s", J: "j"})
    (name,) = term.names()
    function, order, argument = graph.nodes[name].function
    assert (function, order) == ("g", 0)
    assert graph.nodes[argument].term is not None
    assert f"g'({argument})" in graph.nodes


def test_a_function_of_what_has_a_name_is_of_that():
    """g(γ x̂ + β) is g(y), and g(x − μ + μ) is g(x), however they are written."""
    graph = batch_norm(1)
    names = {S: "s", J: "j"}
    value = plus(at(BETA, J), times(at(XHAT, S, J), at(GAMMA, J)))
    assert graph.term(Function("g", 0, value), names) == Term.tensor(f"g({key(Y)})", ("s", "j"))
    centred = plus(at(X, S, J), times(number(-1), at(GAMMA, J)), at(GAMMA, J))
    assert graph.term(Function("g", 1, centred), names) == Term.tensor(f"g'({key(X)})", ("s", "j"))


@pytest.mark.parametrize(("name", "companion"), [("softplus", "logistic"), ("sin", "cos"), ("cos", "sin")])
def test_what_a_known_derivative_mentions_is_declared(name, companion):
    graph = bare()
    graph.term(Function(name, 1, scalar("a")), {})
    assert f"{companion}(a)" in graph.nodes
    Theory(graph.data()).schema(("function", name, "a"))


def test_the_argument_of_a_logarithm_is_positive():
    graph = bare()
    graph.term(Function("log", 1, scalar("a")), {})
    assert Theory(graph.data()).schema(("function", "log", "a")).hypotheses == {("positive", "a")}
    assert "a" in graph.divided


def test_a_mean_is_a_sum_over_the_size():
    graph = bare()
    mean = graph.term(Mean(S, at(X, S, J)), {J: "j"})
    assert mean == graph.term(times(Power(Size(SAMPLE), Fraction(-1)), Sum(T_, at(X, T_, J))), {J: "j"})


def test_derivatives_are_atoms_over_both_tensors_indices():
    graph = batch_norm(1)
    y, w = at(Y, S, J), at(WEIGHT, K, Index("i", unit(Layer("l", -1))))
    names = {S: "s", J: "j", K: "k", w.indices[1]: "i"}
    (total,) = graph.term(Derivative(y, w), names).names()
    (direct,) = graph.term(Derivative(y, w, total=False), names).names()
    assert (total[0], direct[0]) == ("∂", "ð")
    assert graph.term(Derivative(Tensor(COST, None, ()), at(GAMMA, J)), names) == Term.tensor(
        f"∂{C}/∂{key(GAMMA)}", ("j",)
    )


def test_bound_indices_of_one_letter_stay_apart():
    """Σ_s x_s Σ_s x_s is (Σ x)², not Σ x²."""
    graph = bare()
    inner = Sum(S, at(X, S, J))
    assert graph.term(Sum(S, times(at(X, S, J), inner)), {J: "j"}) == graph.term(times(inner, inner), {J: "j"})


def test_hypotheses_are_data_of_the_kernel():
    assumed = Reading(at(GAMMA, J), number(1), "")
    graph = CostGraph.build(replace(document(), hypotheses=(assumed,)), {"l": (0, 0)})
    assert [h["free"] for h in graph.hypotheses] == [[["j", axis()]]]
    equation = Theory(graph.data()).schema(("hypothesis", "0"))
    assert (equation.left, equation.right) == (Term.tensor(key(GAMMA), ("j",)), Term.number(1))


def test_a_document_without_a_cost_has_no_opaque_tensor():
    graph = CostGraph.build(replace(document(), cost=None), {"l": (0, 0)})
    assert not [n for n in graph.nodes.values() if n.opaque]


# ---------------------------------------------------------------- meaning


@st.composite
def expressions(draw, free: tuple[Index, ...] = (S, J), depth: int = 3) -> Expression:
    kinds = ["number", "size", "x", "gamma", "root", "delta", "function"]
    if depth:
        kinds += ["addition", "product", "sum", "mean", "square", "reciprocal"]
    kind = draw(st.sampled_from(kinds))
    again = expressions(free, depth - 1)
    samples, units = ([i for i in free if i.axis == a] for a in (SAMPLE, UNIT))
    match kind:
        case "number":
            return Number(draw(st.fractions(-3, 3, max_denominator=3)))
        case "size":
            return Size(draw(st.sampled_from([SAMPLE, UNIT])))
        case "x":
            return at(X, draw(st.sampled_from(samples)), draw(st.sampled_from(units)))
        case "function":
            return Function("g", 0, at(X, draw(st.sampled_from(samples)), draw(st.sampled_from(units))))
        case "gamma":
            return at(GAMMA, draw(st.sampled_from(units)))
        case "root":
            return Power(at(VARIANCE, draw(st.sampled_from(units))), draw(st.sampled_from([HALF, -HALF, Fraction(-1)])))
        case "delta":
            return Delta(draw(st.sampled_from(samples)), draw(st.sampled_from(samples)))
        case "addition" | "product":
            parts = tuple(draw(st.lists(again, min_size=1, max_size=3)))
            return Addition(parts) if kind == "addition" else Product(parts)
        case "square":
            return Power(draw(again), Fraction(2))
        case "reciprocal":  # of what is at least 1
            return Power(plus(number(1), Power(draw(again), Fraction(2))), Fraction(-1))
        case _:
            index = draw(st.sampled_from([S, T_, J, K]))
            body = draw(expressions((*free, index), depth - 1))
            return Sum(index, body) if kind == "sum" else Mean(index, body)


def value(expression: Expression, instance: Instance, where: dict[Index, int]) -> Fraction:
    """What the expression says, node by node."""
    match expression:
        case Number(v):
            return v
        case Size(a):
            return Fraction(instance.sizes[a.key])
        case Delta(left, right):
            return Fraction(where[left] == where[right])
        case Tensor(indices=indices):
            return instance.leaves[expression.key][tuple(where[i] for i in indices)]
        case Function(name, order, argument):
            return instance.functions(name, order, value(argument, instance, where))
        case Power(base, exponent):
            inner = value(base, instance, where)
            if exponent.denominator == 1:
                return inner ** int(exponent)
            return {Fraction(k * k): Fraction(k) for k in range(1, 9)}[inner] ** int(2 * exponent)
        case Addition(terms):
            return sum((value(t, instance, where) for t in terms), Fraction(0))
        case Product(factors):
            result = Fraction(1)
            for factor in factors:
                result *= value(factor, instance, where)
            return result
        case Sum(index, body) | Mean(index, body):
            n = instance.sizes[index.axis.key]
            total = sum((value(body, instance, {**where, index: k}) for k in range(n)), Fraction(0))
            return total / n if isinstance(expression, Mean) else total
    raise AssertionError(expression)


@settings(max_examples=120)
@given(expressions(), st.integers(1, 3), st.integers(1, 2), st.randoms(use_true_random=False))
def test_a_term_means_what_was_written(expression, n, units, choose):
    graph = bare()
    for tensor in (at(X, S, J), at(GAMMA, J), at(VARIANCE, J)):
        graph.term(tensor, {S: "s", J: "j"})
    term = graph.term(expression, {S: "s", J: "j"})
    sizes = {axis.key: n if axis == SAMPLE else units for axis in graph.axes.values()}
    leaves = {C: {(): Fraction(0)}}
    for name in (key(X), key(GAMMA), key(VARIANCE)):
        shape = [range(sizes[a.key]) for a in graph.nodes[name].axes]
        leaves[name] = {p: Fraction(choose.randint(-4, 4)) for p in product(*shape)}
    leaves[key(VARIANCE)] = {p: Fraction(choose.randint(1, 8) ** 2) for p in leaves[key(VARIANCE)]}
    instance = Instance(graph, sizes, leaves, {}, Functions(lambda: Fraction(choose.randint(-5, 5))))
    instance.run()
    for s, j in product(range(n), range(units)):
        assert instance.evaluate(term, {"s": s, "j": j}) == value(expression, instance, {S: s, J: j})
