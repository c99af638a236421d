"""Which axes a product sums over, and what is application and what product."""

import pytest


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("y = W x", r"y_{sj} = \sum_{i} W_{ji} x_{si}"),
        (r"\langle y \rangle = W \langle x \rangle", r"\langle y_{j} \rangle = \sum_{i} W_{ji} \langle x_{i} \rangle"),
        (r"y = \sqrt{W x}", r"y_{sj} = \sqrt{\sum_{i} W_{ji} x_{si}}"),
        ("y = (W x)^2", r"y_{sj} = \left(\sum_{i} W_{ji} x_{si}\right)^{2}"),
        ("y = g(W x) + c", r"y_{sj} = g\left(\sum_{i} W_{ji} x_{si}\right) + c_{j}"),
        (r"\hat{x} = V g(W x)", r"\hat{x}_{si} = \sum_{j} V_{ij} g\left(\sum_{i'} W_{ji'} x_{si'}\right)"),
        (r"\lambda = c q", r"\lambda = \sum_{j} c_{j} q_{j}"),
        ("y = c h", "y_{sj} = c_{j} h_{sj}"),
        ("y = c(h + 1)", r"y_{sj} = c_{j} \left(h_{sj} + 1\right)"),
        ("y = h / 2c", r"y_{sj} = \frac{1}{2} h_{sj} c_{j}"),
        (r"y = \frac1N h", r"y_{sj} = \frac{1}{N} h_{sj}"),
        (r"y = \frac12 h", r"y_{sj} = \frac{1}{2} h_{sj}"),
        (r"y = h^\frac12 + h^\frac{3}{2}", r"y_{sj} = \sqrt{h_{sj}} + {h_{sj}}^{3/2}"),
        (r"y = h^{\odot 2} c^{\circ -1/2}", r"y_{sj} = {h_{sj}}^{2} \frac{1}{\sqrt{c_{j}}}"),
        (r"y_{sj} = {\sum_i} {W_{ji} x_{si}}", r"y_{sj} = \sum_{i} W_{ji} x_{si}"),
        ("y = - - h", "y_{sj} = h_{sj}"),
        (r"y = W^\top x", r"y_{sj} = \sum_{i} W_{ji} x_{si}"),
        (r"\lambda = \|c\|^2", r"\lambda = \sum_{j} {c_{j}}^{2}"),
        (
            r"\lambda = \frac{1}{2N} \sum_s \| y_s - W x_s \|^2",
            r"\lambda = \frac{1}{2 N} \sum_{s} \sum_{j} \left(y_{sj} - \sum_{i} W_{ji} x_{si}\right)^{2}",
        ),
        (r"\lambda = \langle c, q \rangle", r"\lambda = \sum_{j} c_{j} q_{j}"),
        (r"r = \langle c, h \rangle^2", r"r_{s} = \left(\sum_{j} c_{j} h_{sj}\right)^{2}"),
        (r"r = \langle h, y \rangle", r"r_{s} = \sum_{j} h_{sj} y_{sj}"),
        (r"c_j = \langle 1, y_j \rangle", r"c_{j} = \sum_{s} y_{sj}"),
        (r"y = \phi'(h)", r"y_{sj} = \tanh'\left(h_{sj}\right)"),
        (r"y = e^{-h}", r"y_{sj} = \exp\left(-h_{sj}\right)"),
        (r"y = \tanh^2 h", r"y_{sj} = \left(\tanh\left(h_{sj}\right)\right)^{2}"),
        (r"y = \operatorname{sigmoid}(h)", r"y_{sj} = \operatorname{logistic}\left(h_{sj}\right)"),
    ],
)
def test_a_formula_is_read_with_every_index(reading, written, read):
    assert reading(written) == read


def test_a_group_contracts_its_map_beside_factors_that_have_the_axis(reading):
    read = reading(r"\frac{\partial C}{\partial x} = c W g'(W x) \frac{\partial C}{\partial y}")
    inner = r"g'\left(\sum_{i'} W_{ji'} x_{si'}\right)"
    expected = rf"\sum_{{j}} c_{{j}} W_{{ji}} {inner} \frac{{\partial C}}{{\partial y_{{sj}}}}"
    assert read == r"\frac{\partial C}{\partial x_{si}} = " + expected


def test_an_elementwise_product_contracts_nothing(reading, problem):
    assert reading(r"W = V \odot (V \odot V)") == r"W_{ji} = V_{ij} V_{ij} V_{ij}"
    kind, found = problem(r"W = V \odot (V V)")
    assert kind == "ill-formed" and "which axis does V contract here" in found.message


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("h = U y", "U leaves two indices over b implicit"),
        ("c = y", "the axis sample of y is on this side only"),
        ("h = z", "the axis time of z is on this side only"),
        (r"\lambda = \langle c, r \rangle", "share no axis"),
    ],
)
def test_axes_that_do_not_fit_are_ill_formed(problem, written, part):
    kind, found = problem(written)
    assert kind == "ill-formed"
    assert part in found.message


def test_a_contraction_over_a_data_axis_is_an_erratum(statement):
    found = statement(r"\lambda = r r")
    assert found.readings[0].latex == r"\lambda = \sum_{s} r_{s} r_{s}"
    assert [erratum.kind for erratum in found.errata] == ["missing-sum"]


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("y = p(h + 1)", "p is neither a declared function nor a declared tensor"),
        ("y = h'", "a prime on h, which is not a function"),
        ("y = g", "the function g needs its argument in parentheses"),
        (r"y = \max(0, h)", r"\max of several values is not read"),
        (r"y = \max(h)", r"the function \max is not known"),
        ("y = g(h, c)", "g takes one argument"),
        (r"y = \log h c", r"where does the argument of \log end"),
        ("y = h^c", "an exponent is a number"),
        (r"\lambda = \langle c, q, c \rangle", "an inner product is of two vectors"),
    ],
)
def test_what_cannot_be_read_names_the_construct(problem, written, part):
    kind, found = problem(written)
    assert kind == "error"
    assert part in found.message


LAYERED = r"""[axes]
unit = "n"
[layers]
generic = "l"
last = "L"
[symbols]
'z^{[l]}' = ["unit^l"]
'a^{[l]}' = ["unit^l"]
'\sigma^2' = []
[functions]
'g^{[l]}' = "elementwise"
'\phi_1' = "elementwise"
'\sigma' = "logistic"
h = "elementwise"
"""


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"g^{[l]}(z^{[l]})", r"g^{l}\left(z_{j}^{l}\right)"),
        (r"g^{[l+1]\prime}(z^{[l]})", r"g^{l+1}'\left(z_{j}^{l}\right)"),
        (r"g^{[l]'}(z^{[l]})", r"g^{l}'\left(z_{j}^{l}\right)"),
        (r"g'^{[l]}(z^{[l]})", r"g^{l}'\left(z_{j}^{l}\right)"),
        (r"(g^{[l]})'(z^{[l]})", r"g^{l}'\left(z_{j}^{l}\right)"),
        (r"h_l(z^{[l]})", r"h^{l}\left(z_{j}^{l}\right)"),
        (r"h(z^{[l]})", r"h\left(z_{j}^{l}\right)"),
        (r"h^2(z^{[l]})", r"\left(h\left(z_{j}^{l}\right)\right)^{2}"),
        (r"\phi_1'(z^{[l]})", r"\phi_{1}'\left(z_{j}^{l}\right)"),
        (r"\sigma^{[l]}(z^{[l]})", r"\operatorname{logistic}\left(z_{j}^{l}\right)"),
        (r"\sigma^2 (z^{[l]} + 1)", r"\sigma^{2} \left(z_{j}^{l} + 1\right)"),
    ],
)
def test_functions_with_scripts(reading, written, read):
    assert reading(rf"a^{{[l]}} = {written}", LAYERED) == rf"a_{{j}}^{{l}} = {read}"


def test_a_function_has_no_other_subscript(problem):
    kind, found = problem(r"a^{[l]} = h_j(z^{[l]})", LAYERED)
    assert (kind, found.message) == ("error", "the function h has no subscript j")


@pytest.mark.parametrize(
    ("cases", "read"),
    [
        (
            r"\begin{cases} c_j & j = k \\ q_k & j \neq k \end{cases}",
            r"\delta_{jk} c_{j} + \left(1 - \delta_{jk}\right) q_{k}",
        ),
        (
            r"\begin{cases} c_j, & \text{if } j = k, \\ 0 & \text{otherwise} \end{cases}",
            r"\delta_{jk} c_{j}",
        ),
        (
            r"\begin{dcases} c_j \quad where \quad j = k \\ q_k, & otherwise \end{dcases}",
            r"\delta_{jk} c_{j} + \left(1 - \delta_{jk}\right) q_{k}",
        ),
        (
            r"\left\{ \begin{aligned} c_j & \mathrm{if}~k = j \\ q_k & \mathrm{if}~j \neq k \end{aligned} \right.",
            r"\delta_{jk} c_{j} + \left(1 - \delta_{jk}\right) q_{k}",
        ),
        (
            r"\begin{cases} 0 & \text{if } j \ne k \\[4pt] c_j & \text{else} \end{cases}",
            r"\delta_{jk} c_{j}",
        ),
        (
            r"\left\{\begin{array}{ll} c_j & \text{if}\; j = k \\ -q_k & \text{if}\; j \neq k \\ \end{array}\right.",
            r"\delta_{jk} c_{j} - \left(1 - \delta_{jk}\right) q_{k}",
        ),
    ],
)
def test_cases_of_equal_indices(reading, cases, read):
    assert reading(rf"U_{{jk}} = {cases}") == rf"U_{{jk}} = {read}"


@pytest.mark.parametrize(
    ("cases", "part"),
    [
        (r"\begin{cases} 1 & c_j > 0 \\ 0 & c_j \leq 0 \end{cases}", r"only i = j and i \neq j are read as conditions"),
        (r"\begin{cases} c_j & j = k \end{cases}", "the cases do not cover everything"),
        (r"\begin{cases} c_j \\ q_j \end{cases}", "a case says when it holds"),
        (r"\begin{cases} c_j & j = k", "are not closed"),
    ],
)
def test_other_cases_are_not_read(problem, cases, part):
    kind, found = problem(rf"U_{{jk}} = {cases}")
    assert kind == "error"
    assert part in found.message


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"y_{sj} = (W x)_{sj}", r"y_{sj} = \sum_{i} W_{ji} x_{si}"),
        (r"y_{sj} = (c \odot h)_{sj} q_j", r"y_{sj} = c_{j} h_{sj} q_{j}"),
        (r"y_{sj} = g(h)_{sj}", r"y_{sj} = g\left(h_{sj}\right)"),
        (r"y_{sj} = \log(h_{sj})^2", r"y_{sj} = \left(\log\left(h_{sj}\right)\right)^{2}"),
    ],
)
def test_scripts_of_a_bracket(reading, written, read):
    assert reading(written) == read


def test_a_letter_that_a_bracket_has_no_axis_for(problem):
    kind, found = problem(r"y_{sj} = (q + c)_{sj}")
    assert kind == "ill-formed"
    assert "the index s of a bracket that leaves b without a letter" in found.message


@pytest.mark.parametrize("written", [r"\left< h \right>", r"\bigl< h \bigr>", r"\langle h \rangle"])
def test_angles_of_any_size_are_a_mean(reading, written):
    assert reading(f"q = {written}") == r"q_{j} = \langle h_{j} \rangle"


def test_a_covariance(reading, problem):
    assert reading(r"q = \operatorname{Cov}(y, h)") == (
        r"q_{j} = \langle \left(y_{j} - \langle y_{j} \rangle\right) h_{j} \rangle"
    )
    assert reading(r"q_j = \mathrm{Cov}_s[y_{sj}, h_{sj}]") == reading(r"q = \operatorname{cov}(y, h)")
    kind, found = problem(r"q = \operatorname{Cov}(y)")
    assert kind == "error" and "two arguments" in found.message


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"q = Var[h]", r"q = \operatorname{Var}[h]"),
        (r"q = Cov(h, y) c", r"q = \operatorname{Cov}(h, y) c"),
        (r"y = exp(h)", r"y = \exp(h)"),
        (r"q = \mathbb{E} h c", r"q = \mathbb{E}[h c]"),
        (r"q = c - \mathbb{E} h", r"q = c - \mathbb{E}[h]"),
    ],
)
def test_functions_in_plain_letters_and_expectations_without_brackets(reading, written, meant):
    assert reading(written) == reading(meant)


def test_letters_are_a_word_only_before_a_bracket(problem):
    kind, found = problem("q = Var c")
    assert kind == "error" and "the symbol a is not declared" in found.message
