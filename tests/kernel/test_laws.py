"""exp of a sum, log of a product, and what is positive by its form: against numbers, and where each is refused."""

from __future__ import annotations

import math
from itertools import product

import pytest

from bnsym.kernel.data import Rejected
from bnsym.kernel.rules import Equation, Theory, Use
from bnsym.kernel.term import Term
from bnsym.testing.graphs import Data, definition, function, graph, leaf, root
from bnsym.testing.tree import Instance, evaluate_term

T = Term.tensor
A = (("i", "a"),)
AT = ["i"]
ONE = Term.number(1)


def log_softmax() -> list[Data]:
    """Z = Σ exp(z), l = z − log(Z), and p = exp(z)/Z."""
    exponential = T("exp(z)", AT)
    return [
        leaf("z", "a"),
        function("exp(z)", "exp", "z"),
        definition("Z", {}, exponential.close(A), sign="positive"),
        function("log(Z)", "log", "Z"),
        definition("l", {"i": "a"}, T("z", AT) - T("log(Z)")),
        function("exp(l)", "exp", "l"),
        definition("p", {"i": "a"}, exponential * T("Z", (), -1), sign="positive"),
        function("log(p)", "log", "p"),
    ]


def holds(equation: Equation, theory: Theory, leaves: dict[str, float], size: int = 3) -> bool:
    """Whether both sides agree, everything evaluated in order in floating point."""
    values: dict = {}
    instance = Instance({"a": size}, values)
    for name, entry in theory.entries.items():
        for place in product(range(size), repeat=len(entry.axes)):
            if entry.kind == "leaf":
                values[name, place] = leaves[name] + 0.3 * sum(place)
            elif entry.kind == "function":
                values[name, place] = {"exp": math.exp, "log": math.log}[entry.function](values[entry.argument, place])
            else:
                at = dict(zip(entry.free, place, strict=True))
                values[name, place] = float(evaluate_term(entry.body, instance, at)) ** (1 / entry.exponent)
    letters = [i for i, _ in equation.free]
    for place in product(range(size), repeat=len(letters)):
        at = dict(zip(letters, place, strict=True))
        left, right = (evaluate_term(side, instance, at) for side in (equation.left, equation.right))
        if not math.isclose(left, right, rel_tol=1e-12):
            return False
    return True


def test_exp_of_a_sum_is_a_product():
    theory = Theory(graph(*log_softmax()))
    law = theory.schema(("law", "l"))
    assert (law.left, law.right) == (T("exp(l)", AT), T("exp(z)", AT) * T("Z", (), -1))
    assert law.hypotheses == frozenset() and holds(law, theory, {"z": 0.4})


def test_multiples_are_powers():
    body = T("z", AT).scale(-2) + T("c").scale(3) - T("log(q)").scale(2)
    tensors = [leaf("z", "a"), leaf("c"), leaf("q", sign="positive")]
    tensors += [function("exp(z)", "exp", "z"), function("exp(c)", "exp", "c"), function("log(q)", "log", "q")]
    theory = Theory(graph(*tensors, definition("n", {"i": "a"}, body), function("exp(n)", "exp", "n")))
    law = theory.schema(("law", "n"))
    assert law.right == T("exp(z)", AT, -2) * T("exp(c)", (), 3) * T("q", (), -2)
    assert law.hypotheses == {("positive", "q")} and holds(law, theory, {"z": 0.4, "c": -0.2, "q": 1.7})


@pytest.mark.parametrize(
    "body",
    [
        T("z", AT) * T("c"),
        T("z", AT, 2),
        T("z", AT) + ONE,
        T("z", AT).close(A),
        T("z", AT) + T("d", AT),  # exp(d) is not declared
        T("z", AT) + T("g(z)", AT),
        T("z", AT) + Term.size("a"),
        T("z", AT) * Term.delta("i", "j"),
    ],
    ids=["product", "square", "constant", "sum", "undeclared", "function", "size", "delta"],
)
def test_exp_of_anything_else_is_refused(body):
    scope = {i: "a" for i in ("i", "j") if any(i in indices for _, indices, _ in body.factors())}
    tensors = [leaf("z", "a"), leaf("d", "a"), leaf("c"), function("g(z)", "g", "z")]
    tensors += [function("exp(z)", "exp", "z"), function("exp(c)", "exp", "c")]
    theory = Theory(graph(*tensors, definition("n", scope, body), function("exp(n)", "exp", "n")))
    with pytest.raises((Rejected, ValueError)):
        theory.schema(("law", "n"))


def test_a_leaf_has_no_law():
    theory = Theory(graph(leaf("z", "a"), function("exp(z)", "exp", "z")))
    with pytest.raises(Rejected, match="no schema"):
        theory.schema(("law", "z"))


def test_a_leaf_that_is_named_like_an_exponential_is_none():
    tensors = [leaf("z"), leaf("exp(z)", sign="positive"), definition("n", {}, T("z").scale(2))]
    theory = Theory(graph(*tensors, function("exp(n)", "exp", "n")))
    with pytest.raises(Rejected, match="declared"):
        theory.schema(("law", "n"))


class TestExpTakesNoValueTwice:
    left, right = T("log(p)", AT), T("z", AT) - T("log(Z)")

    def theory(self) -> Theory:
        """p = exp(z)/Z as theorem 0."""
        theory = Theory(graph(*log_softmax()))
        body = theory.entries["p"].body
        theory.linear(A, T("p", AT), body, [[Use(("definition", "p"), ("i",), ONE)]])
        return theory

    def test_the_logarithm_of_a_product_is_a_sum(self):
        theory = self.theory()
        theorem = theory.root_unique(A, self.left, self.right, 0, 0)
        assert theorem.hypotheses == frozenset() and holds(theorem, theory, {"z": -0.7})

    def test_nothing_else_is_concluded(self):
        theory = self.theory()
        wrong = [T("z", AT), self.right + T("z", AT), self.right.scale(2), T("log(Z)") - T("z", AT), T("l", AT), ONE]
        for right in wrong:
            with pytest.raises((Rejected, ValueError)):
                theory.root_unique(A, self.left, right, 0, 0)
        for number, exponent in [(0, 1), (0, 2), (1, 0)]:
            with pytest.raises((Rejected, ValueError)):
                theory.root_unique(A, self.left, self.right, number, exponent)


class TestPositiveByItsForm:
    def hypotheses(self, *tensors: Data, name: str = "n", axes: int = 0) -> frozenset:
        theory = Theory(graph(*tensors))
        at = ("i",) * axes
        return theory.linear(A[:axes], T(name, at, -1), T(name, at, -1), [])[0].hypotheses

    def test_sizes_and_exponentials(self):
        tensors = [leaf("z", "a"), function("exp(z)", "exp", "z")]
        body = (T("exp(z)", AT) * Term.size("a")).close(A) + Term.number(3)
        assert self.hypotheses(*tensors, definition("n", {}, body, sign="positive")) == frozenset()

    def test_it_rests_on_what_it_is_made_of(self):
        tensors = [leaf("p", sign="positive"), leaf("q", "a", sign="positive")]
        tensors.append(definition("n", {"i": "a"}, T("q", AT, -1) * T("p") + T("p"), sign="positive"))
        assert self.hypotheses(*tensors, axes=1) == {("positive", "p"), ("positive", "q")}
        tensors.append(root("r", {"i": "a"}, T("n", AT)))
        assert self.hypotheses(*tensors, name="r", axes=1) == {("positive", "p"), ("positive", "q")}

    @pytest.mark.parametrize("sign", ["positive", "nonzero"])
    @pytest.mark.parametrize(
        "body", [T("p") - T("q"), T("p").scale(-1), T("p") + T("x"), T("x") * T("x"), T("y"), Term([]), T("p") * T("x")]
    )
    def test_what_is_not_is_a_hypothesis(self, body, sign):
        tensors = [leaf("p", sign="positive"), leaf("q", sign="positive"), leaf("x"), leaf("y", sign="nonzero")]
        assert (sign, "n") in self.hypotheses(*tensors, definition("n", {}, body, sign=sign))

    def test_a_sign_that_is_not_declared_licenses_nothing(self):
        tensors = [leaf("p", sign="positive"), definition("n", {}, T("p") + T("p", (), 2))]
        with pytest.raises(Rejected, match="sign is not known"):
            self.hypotheses(*tensors)
