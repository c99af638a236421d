"""Each schema against exact models, and the conditions under which there is none; which graphs are admitted."""

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnsym.kernel.data import Rejected, encode
from bnsym.kernel.rules import FUNCTIONS, Equation, Theorem, Theory, derivative_name
from bnsym.kernel.term import Term, size_name
from bnsym.testing.exact import Dual, dual
from bnsym.testing.graphs import batch_norm, cost_graphs, definition, function, graph, leaf, mean, opaque, root
from bnsym.testing.models import Model
from tests.support.thorough import examples

T = Term.tensor
small = st.fixed_dictionaries({"a": st.integers(1, 3), "b": st.integers(1, 2)})


# ---------------------------------------------------------------- schemas against models


@examples(20)
@given(cost_graphs(), small, st.integers(0, 2**32))
def test_the_schemas_of_random_graphs_hold_in_models(data, sizes, seed):
    theory, model = Theory(data), Model(data, sizes, seed)
    names = [t["name"] for t in data["tensors"] if t["kind"] != "function"]
    for name in [n for n in names if n[0] == "d"]:
        assert model.holds(theory.schema(("definition", name)))
        for below in names[1:]:
            assert model.holds(theory.schema(("direct", name, below)))
    for above in names:
        for below in names[1:]:
            if below in data["open"] and above != below:
                with pytest.raises(Rejected, match="refused"):
                    theory.schema(("chain", above, below))
            else:
                assert model.holds(theory.schema(("chain", above, below))), (above, below)


@pytest.mark.parametrize("sizes", [{"sample": n, "unit": k} for n, k in [(1, 1), (2, 1), (3, 1), (2, 2), (3, 2)]])
def test_the_schemas_of_batch_normalization_hold_in_models(sizes):
    data = batch_norm()
    theory, model = Theory(data), Model(data, sizes, seed=sizes["sample"] + 10 * sizes["unit"])
    chains = [("chain", "C", n) for n in ("y", "xhat", "sigma", "mu", "x", "gamma", "beta")]
    chains += [("chain", a, n) for a in ("u", "y", "xhat", "sigma") for n in ("x", "mu", "sigma", "gamma")]
    direct = [("direct", a, n) for a in ("sigma", "xhat", "u") for n in ("x", "mu", "sigma", "y", "slack")]
    for reference in [("definition", "mu"), ("definition", "xhat"), ("root", "sigma"), *chains, *direct]:
        assert model.holds(theory.schema(reference)), reference


def test_models_can_tell_what_is_false():
    data = batch_norm()
    theory, model = Theory(data), Model(data, {"sample": 3, "unit": 2}, seed=1)
    for reference in [("chain", "C", "x"), ("chain", "C", "gamma"), ("root", "sigma"), ("definition", "xhat")]:
        true = theory.schema(reference)
        for factor in (-1, 2, Fraction(1, 3)):
            assert not model.holds(Equation(true.free, true.left, true.right.scale(factor)))


def test_what_the_schemas_of_batch_normalization_assume():
    theory = Theory(batch_norm())
    assert theory.schema(("definition", "mu")).hypotheses == frozenset()
    assert theory.schema(("root", "sigma")).hypotheses == {("positive", "sigma")}
    assert theory.schema(("chain", "C", "x")).hypotheses == {("positive", "sigma")}
    assert theory.schema(("chain", "C", "y")).hypotheses == {("differentiable", "g", "y")}
    assert theory.schema(("chain", "C", "beta")).hypotheses == frozenset()


@pytest.mark.parametrize("exponent", [1, 2, 3])
def test_roots_are_differentiated(exponent):
    """∂r/∂c of r^q = c² + 1 is (1/q) r^(1-q) 2c."""
    body = T("c", (), 2) + Term.number(1)
    theory = Theory(graph(leaf("c"), root("r", {}, body, exponent)))
    chain = theory.schema(("chain", "r", "c"))
    assert chain.right == T("c").scale(Fraction(2, exponent)) * T("r", (), 1 - exponent)
    sign = "nonzero" if exponent == 1 else "positive"
    assert theory.schema(("root", "r")) == Equation((), T("r", (), exponent), body, frozenset({(sign, "r")}))


def test_known_functions_have_their_derivatives():
    """The closed list against the derivatives worked out from one another by dual numbers at rational points."""
    rational = {"e": Fraction(3, 2), "y": Fraction(2, 5)}
    exp, tanh, sin = rational["e"], Fraction(3, 5), Fraction(3, 5)
    cos, logistic = Fraction(4, 5), exp / (1 + exp)
    values = {"exp": exp, "tanh": tanh, "logistic": logistic, "sin": sin, "cos": cos, "": rational["y"]}
    # exp' = exp; the others follow from it: tanh' by the quotient rule, (sin, cos)' by sin² + cos² = 1.
    e = Dual(exp, exp)
    slopes = {
        "exp": exp,
        "log": 1 / rational["y"],
        "logistic": (e * (e + 1) ** -1).slope,
        "softplus": logistic,
        "tanh": 1 - tanh**2,
        "sin": cos,
        "cos": -sin,
    }
    assert (dual(sin) ** 2 + dual(cos) ** 2).value == 1
    for name, terms in FUNCTIONS.items():
        assert sum(c * values[f] ** p for f, p, c in terms) == slopes[name]
    assert set(FUNCTIONS) == set(slopes)


def test_the_function_schema_names_the_functions_of_the_graph():
    tensors = [leaf("y", "a"), function("E", "exp", "y"), function("E'", "exp", "y", 1)]
    schema = Theory(graph(*tensors)).schema(("function", "exp", "y"))
    ((index, axis),) = schema.free
    assert (schema.left, schema.right, axis) == (T("E'", [index]), T("E", [index]), "a")


def test_a_tensor_that_has_the_name_of_a_function_is_not_that_function():
    """exp'(y) = exp, for a leaf that is called exp, does not follow."""
    theory = Theory(graph(leaf("y"), leaf("exp"), function("e'", "exp", "y", 1)))
    with pytest.raises((Rejected, KeyError)):
        theory.schema(("function", "exp", "y"))


def test_the_derivative_of_a_logarithm_needs_a_positive_argument():
    def tensors(sign):
        return [leaf("y", sign=sign), function("l", "log", "y"), function("l'", "log", "y", 1)]

    assert ("positive", "y") in Theory(graph(*tensors("positive"))).schema(("function", "log", "y")).hypotheses
    for sign in ("nonzero", None):
        with pytest.raises(Rejected, match="not known to be positive"):
            Theory(graph(*tensors(sign)))


def test_a_tensor_with_an_opaque_ancestor_depends_on_all_that_the_ancestor_may_see():
    """J = C + λ w with w → x → C: ∂J/∂w is ∂J/∂x ∂x/∂w + λ, not λ alone."""
    tensors = [leaf("w"), leaf("lam"), definition("x", {}, T("w").scale(3)), opaque("C")]
    tensors.append(definition("J", {}, T("C") + T("lam") * T("w")))
    theory = Theory(graph(*tensors, opened=("x",)))
    assert theory.schema(("chain", "J", "w")).right == T(derivative_name("J", "x")).scale(3) + T("lam")
    assert theory.schema(("chain", "J", "C")).right == Term.number(1)
    with pytest.raises(Rejected, match="refused"):
        theory.schema(("chain", "J", "x"))


# ---------------------------------------------------------------- conditions


def test_the_chain_rule_is_refused_at_open_nodes():
    theory = Theory(batch_norm())
    with pytest.raises(Rejected, match="not all of its consumers are in view"):
        theory.schema(("chain", "C", "u"))


def test_the_chain_rule_is_refused_where_a_function_of_a_node_is_open():
    """C is a function of g(y), so of y: that nothing in view consumes y does not make ∂C/∂y zero."""
    tensors = [opaque("C"), leaf("y", "a"), function("g(y)", "g", "y"), function("g'(y)", "g", "y", 1)]
    with pytest.raises(Rejected, match="not all of its consumers are in view"):
        Theory(graph(*tensors, opened=("g(y)",))).schema(("chain", "C", "y"))


def test_the_chain_rule_does_not_differentiate_by_functions():
    theory = Theory(batch_norm())
    for pair in [("C", "g(y)"), ("g(y)", "x"), ("C", "g'(y)")]:
        with pytest.raises(Rejected):
            theory.schema(("chain", *pair))


def test_the_derivative_of_a_function_must_be_declared():
    tensors = [opaque("C"), leaf("y"), function("g(y)", "g", "y"), definition("u", {}, T("g(y)"))]
    with pytest.raises(Rejected, match="derivative of"):
        Theory(graph(*tensors, opened=("u",))).schema(("chain", "C", "y"))


@pytest.mark.parametrize(
    "reference",
    [
        ("definition", "x"),
        ("definition", "sigma"),
        ("root", "xhat"),
        ("definition", "nowhere"),
        ("chain", "C", "nowhere"),
        ("direct", "x", "mu"),
        ("direct", "C", "u"),
        ("function", "g", "y"),
        ("function", "exp", "nowhere"),
        ("hypothesis", "0"),
        ("hypothesis", "-1"),
        ("theorem", "0"),
        ("theorem", "-1"),
        ("theorem", "0", "0"),
        ("algebra",),
        ("chain",),
        ("chain", "C", "x", "x"),
    ],
)
def test_there_is_no_such_schema(reference):
    with pytest.raises(Rejected):
        Theory(batch_norm()).schema(reference)


def test_theorems_are_made_by_rules_alone():
    free, half = (("i", "a"),), (T("x", ["i"]), T("x", ["i"]))
    for seal in (None, object(), "seal"):
        with pytest.raises(Rejected, match="made by the rules"):
            Theorem(seal, free, *half, frozenset())
    theorem, after = Theory(graph(leaf("x", "a"))).linear(free, *half, [])
    assert isinstance(theorem, Theorem) and after == []


# ---------------------------------------------------------------- malformed graphs


def edited(path: tuple, value) -> dict:
    data = json.loads(json.dumps(batch_norm()))
    at = data
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("axes",), ["sample"]),
        (("axes",), ["sample", "unit", "|"]),
        (("axes",), ["sample", "unit", ""]),
        (("open",), ["nowhere"]),
        (("tensors", 2, "name"), "x"),  # declared twice
        (("tensors", 2, "name"), "δ"),
        (("tensors", 2, "name"), "∂C/∂x"),
        (("tensors", 2, "name"), "|sample|"),
        (("tensors", 2, "name"), 7),
        (("tensors", 2, "sign"), "negative"),
        (("tensors", 2, "axes"), ["nowhere"]),
        (("tensors", 2, "kind"), "axiom"),
        (("tensors", 0, "sign"), "even"),
        (("tensors", 5, "indices"), ["j", "j"]),
        (("tensors", 5, "indices"), ["#0"]),
        (("tensors", 5, "indices"), ["k"]),
        (("tensors", 5, "axes"), ["sample"]),
        (("tensors", 5, "exponent"), 2),  # a definition with an exponent
        (("tensors", 6, "exponent"), 0),
        (("tensors", 6, "exponent"), -2),
        (("tensors", 6, "exponent"), 2.0),
        (("tensors", 6, "exponent"), True),
        (("tensors", 6, "exponent"), 10**9),
        (("tensors", 6, "kind"), "definition"),
        (("tensors", 5, "body"), encode(T("xhat", ["s", "j"]).close([("s", "sample")]))),  # not earlier
        (("tensors", 5, "body"), encode(T("mu", ["j"]))),  # of itself
        (("tensors", 5, "body"), encode(T("∂C/∂x", ["s", "j"]).close([("s", "sample")]))),
        (("tensors", 5, "body"), encode(T("gamma", ["j"], -1))),
        (("tensors", 9, "argument"), "nowhere"),
        (("tensors", 9, "argument"), "C"),
        (("tensors", 10, "argument"), "g(y)"),
        (("tensors", 10, "order"), 0),  # g(y) twice
        (("tensors", 10, "order"), -1),
        (("tensors", 10, "order"), True),
        (("tensors", 9, "function"), ""),
    ],
)
def test_a_graph_that_is_not_well_formed_is_refused(path, value):
    with pytest.raises((Rejected, ValueError)):
        Theory(edited(path, value))


def test_the_graph_is_well_formed_as_it_stands():
    Theory(batch_norm())


def test_what_the_numerator_does_not_depend_on_adds_nothing_to_the_chain_rule():
    """Of two that use x, only m leads to k: ∂k/∂e is no part of ∂k/∂x; an opaque tensor may depend on anything."""
    x, m = T("x", ["i"]), T("m")
    tensors = [leaf("x", "a"), definition("m", {}, mean(T("x", ["s"]), "s", "a")), definition("e", {"i": "a"}, x**2)]
    theory = Theory(graph(opaque("C"), *tensors, definition("k", {}, m**2), definition("c", {}, m * T("C"))))
    assert theory.schema(("chain", "k", "x")).right.names() == {derivative_name("k", "m"), size_name("a")}
    for above in ("C", "c"):
        derivatives = {derivative_name(above, "m"), derivative_name(above, "e")}
        assert theory.schema(("chain", above, "x")).right.names() == {*derivatives, size_name("a"), "x"}
