"""Symbols, their scripts, and layers."""

import pytest

from bnsym.language.expression import Axis, Delta, Layer, Power, Size, Slot, Tensor, walk


def tensors(found, key=None):
    parts = [p for side in (found.readings[0].left, found.readings[0].right) for p in walk(side)]
    return [p for p in parts if isinstance(p, Tensor) and (key is None or p.key == key)]


def test_the_pattern_that_explains_most_wins(statement):
    found = statement(r"\sigma_j^2 = \sigma_j^3")
    variance, deviation = tensors(found)
    assert variance.symbol.labels_above == ("2",)
    assert deviation.symbol.labels_above == ()
    assert isinstance(found.readings[0].right, Power)
    assert found.readings[0].right.exponent == 3


@pytest.mark.parametrize(
    ("layer", "expected"),
    [("l", Layer("l")), ("l+1", Layer("l", 1)), ("l-1", Layer("l", -1)), ("L", Layer("L")), ("3", Layer("", 3))],
)
def test_the_layer_letter_stands_for_any_layer(statement, layer, expected):
    found = statement(rf"v^{{{layer}}} = M_B^{{2,{layer}}}")
    left, right = tensors(found)
    assert left.layer == right.layer == expected
    assert left.indices[0].axis.layer == expected
    assert right.symbol.labels_below == ("B",) and right.symbol.labels_above == ("2", Slot(0))


def test_a_matrix_between_layers_moves_with_its_scripts(statement):
    found = statement(r"v^{l+1} = w^{l,l+1} v^l")
    (matrix,) = tensors(found, "w^{l,l+1}")
    assert matrix.layer == Layer("l", 1)
    assert [index.axis.layer for index in matrix.indices] == [Layer("l", 1), Layer("l", 0)]


@pytest.mark.parametrize("written", ["v^{(l)}", "v^{[l]}", "v^l", r"\mathbf{v}^l", r"\boldsymbol{v}^{l}", r"\bm v^l"])
def test_brackets_and_faces_are_transparent(reading, written):
    assert reading(f"{written} = 1") == r"v_{p}^{l} = 1"


@pytest.mark.parametrize("written", [r"\hat{x}_{si}", r"\hat{x_{si}}", r"\widehat{x}_{si}", r"\hat x_{si}"])
def test_scripts_inside_an_accent_are_hoisted(reading, written):
    assert reading(f"{written} = x_{{si}}") == r"\hat{x}_{si} = x_{si}"


def test_braces_around_a_name_only_group(reading):
    assert reading(r"{y}_{sj} = {{h}}_{sj} {c}_j^2") == "y_{sj} = h_{sj} {c_{j}}^{2}"
    assert reading(r"{y}_{sj} = {\sigma_j}^2 + {\sigma}_j^2") == r"y_{sj} = {\sigma_{j}}^{2} + \sigma_{j}^{2}"
    assert reading(r"\frac{\partial C}{\partial {y}_{sj}} = 1") == r"\frac{\partial C}{\partial y_{sj}} = 1"


def test_scripts_of_scripts(reading):
    assert reading(r"v^l_p = M_{B_p}^{2,l}") == r"v_{p}^{l} = M_{B,p}^{2,l}"


def test_a_symbol_with_typed_letters_needs_no_declaration(reading):
    assert reading(r"y_{sj} = h_{sj} p_{sj}^2") == "y_{sj} = h_{sj} {p_{sj}}^{2}"


def test_any_other_undeclared_symbol_is_an_error(problem):
    kind, found = problem("y = p h")
    assert kind == "error"
    assert found.message.startswith("the symbol p is not declared")
    assert found.excerpt[found.column - 1] == "p"


def test_a_name_of_several_letters(reading):
    assert reading(r"d\gamma_j = \sum_s y_{sj}") == r"d\gamma_{j} = \sum_{s} y_{sj}"


def test_a_word_may_have_underscores(document):
    header = "[axes]\na = 'A'\n[symbols]\n'\\text{inv\\_std}' = ['a']\nY = ['a']"
    (found,) = document(r"$Y = 2 \text{inv\_std}$", header).statements
    assert {t.symbol.base for t in tensors(found)} == {"Y", r"\operatorname{inv_std}"}


def test_an_alias_is_the_same_symbol(document):
    header = "[axes]\na = 'A'\n[symbols]\nX = { axes = ['a'], also = ['\\chi'] }\nY = ['a']"
    found = document(r"$Y = X - \chi$", header)
    keys = {t.key for t in tensors(found.statements[0])}
    assert keys == {"X", "Y"}


def test_a_tensor_of_ones_is_a_number(document):
    header = "[axes]\na = 'A'\n[symbols]\nY = ['a']\n'\\mathbf{1}' = { axes = ['a'], value = 'ones' }"
    found = document(r"$Y = 2 \mathbf{1}$", header)
    assert found.statements[0].readings[0].latex == "Y_{j} = 2"


def test_sizes(reading):
    assert reading(r"\lambda = N n_b / T") == r"\lambda = N \frac{B}{T}"
    assert reading(r"v^l = \frac{1}{n^{l-1}}") == r"v_{p}^{l} = \frac{1}{n^{l-1}}"


@pytest.mark.parametrize("axes", ["a = 'n'\nb = 'n_b'", "b = 'n_b'\na = 'n'"])
def test_the_size_that_explains_most_wins(document, axes):
    header = f"[axes]\n{axes}\n[symbols]\nx = []\ny = []"
    first, second = document("$$x = n_b$$\n\n$$y = n$$", header).statements
    assert [found.readings[0].right for found in (first, second)] == [
        Size(Axis("b", None, ("n_b",))), Size(Axis("a", None, ("n",)))
    ]  # fmt: skip


def test_a_delta_takes_the_layer_of_its_letters(document):
    header = """[axes]
unit = "n"
[indices]
unit = "i j k"
[layers]
generic = "l"
[symbols]
'z^l' = ["unit^l"]
'c^l' = ["unit^l"]"""
    for body in (r"c_k^l = \sum_j \delta_{jk} z_j^l", r"\sum_k \delta_{jk} z_k^{l+1} = z_j^{l+1}"):
        (found,) = document(f"$${body}$$", header).statements
        (reading,) = found.readings
        deltas = [p for side in (reading.left, reading.right) for p in walk(side) if isinstance(p, Delta)]
        assert len({i.axis for d in deltas for i in (d.left, d.right)}) == 1
        assert deltas[0].left.axis.layer in (Layer("l"), Layer("l", 1))
    (found,) = document(r"$$\sum_j \delta_{jk} = 1$$", header).statements
    assert found.kind == "ill-formed"


def test_a_symbol_whose_scripts_are_partly_in_brackets(reading):
    assert reading(r"v^l = (M_B)^{2,l}") == r"v_{p}^{l} = M_{B,p}^{2,l}"


def test_a_prime_is_part_of_a_name_that_is_declared_with_it(document, problem):
    header = "[axes]\na = 'A'\n[indices]\na = 'i'\n[symbols]\nX = ['a']\n\"X'\" = ['a']\n\"d\\\\hat{X}'\" = ['a']"
    found = document(r"$X'_i = 2 X_i$ $d\hat{X}'_i = X'_i$", header)
    assert [s.readings[0].latex for s in found.statements] == ["X'_{i} = 2 X_{i}", r"d\hat{X}'_{i} = X'_{i}"]
    kind, found = problem("y = h'")
    assert kind == "error" and "a prime on h" in found.message


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"Y = \tau", r"Y_{j} = \sqrt{\tau_{j}^{2}}"),
        (r"Y = \tau^2", r"Y_{j} = \tau_{j}^{2}"),
        (r"Y_j = 1 / \tau_j^3", r"Y_{j} = \frac{1}{\left(\tau_{j}^{2}\right)^{3/2}}"),
    ],
)
def test_the_root_of_a_square_that_is_declared(document, written, read):
    header = "[axes]\na = 'A'\n[indices]\na = 'j'\n[symbols]\nY = ['a']\n'\\tau^2' = { axes = ['a'], positive = true }"
    (found,) = document(f"${written}$", header).statements
    assert found.readings[0].latex == read
    roots = [e for e in found.errata if r"read as the root of \tau^{2}" in e.message]
    assert len(roots) == (written != r"Y = \tau^2")


def test_a_symbol_that_is_defined_as_a_root_is_none_in_silence(document):
    header = "[axes]\na = 'A'\n[symbols]\n'\\tau^2' = { axes = ['a'], positive = true }\nY = ['a']"
    found = document(r"$\tau = \sqrt{\tau^2 + 1}$ $Y = \tau$", header)
    assert [s.kind for s in found.statements] == ["definition", "definition"]
    assert found.statements[1].readings[0].latex == r"Y_{j} = \tau_{j}"
