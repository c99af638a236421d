"""The header: every entry is checked, and every problem has its line."""

import pytest

from bnsym.document import read
from bnsym.language.expression import Layer, Tensor

GOOD = "[axes]\nsample = { size = 'N', data = true }\nunit = 'n'\n[symbols]\ny = ['sample']\n"


@pytest.mark.parametrize(
    ("header", "line", "message"),
    [
        ("[axes\n", 2, "the header is not TOML"),
        ("titel = 'x'\n", 2, "unknown key 'titel' in the header; did you mean 'title'?"),
        ("[symbol]\nx = []\n", 2, "unknown key 'symbol' in the header; did you mean 'symbols'?"),
        ("title = 'x'\n[axes]\na = { sise = 'A' }\n", 4, "unknown key 'sise' in the axis 'a'; did you mean 'size'?"),
        ("[axes]\na = 3\n", 3, "the size of the axis 'a' is a symbol"),
        ("[axes]\na = { size = 'A', data = 'yes' }\n", 3, "data of the axis 'a' is true or false"),
        (GOOD + "x = ['sampel']\n", 7, "unknown axis 'sampel': the axes declared in [axes] are sample, unit"),
        (GOOD + "x = 'sample'\n", 7, "the axes of 'x' are a list"),
        (GOOD + "x = { axes = [], positiv = true }\n", 7, "unknown key 'positiv' in the symbol 'x'; did you mean"),
        (GOOD + "x = { axes = [], value = 'two' }\n", 7, "the value of 'x' is"),
        (GOOD + "'x_{' = []\n", 7, "the symbol 'x_{' is not a LaTeX name"),
        (GOOD + "'x + y' = []\n", 7, "the symbol 'x + y' is not a LaTeX name"),
        (GOOD + "'\\mathbf{y}' = { axes = [], also = ['y'] }\n", 7, "declared twice"),
        (GOOD + "[indices]\nsamples = 's'\n", 8, "unknown axis 'samples'"),
        (GOOD + "[indices]\nsample = 's t'\nunit = 't'\n", 9, "the letter 't' is an index of 'sample' already"),
        (GOOD + "[functions]\ng = 'elementvise'\n", 8, "the function 'g' is"),
        (GOOD + "[functions]\ng = ['sample']\n", 8, "the function 'g' is"),
        (GOOD + "[functions]\ng = { of = 'sample' }\n", 8, "the function 'g' is"),
        (GOOD + "[cost]\nsymbol = 'C'\n", 7, "[cost] has a symbol and says of what it is a function"),
        (GOOD + "[cost]\nsymbol = 'C'\nof = 'u'\n", 7, "the argument of the cost, u: the symbol u is not declared"),
        (GOOD + "[assume]\ny = 'z'\n", 8, "the assumption y = z: the symbol z is not declared"),
        (GOOD + "[assume]\ny = 1\n", 8, "an assumption is an equation"),
        (GOOD + "[reading]\nproducts = 'tensor'\n", 8, "products is"),
        (GOOD + "[layers]\ngeneric = 3\n", 8, "generic in [layers] is a letter"),
    ],
)  # fmt: skip
def test_a_header_that_cannot_be_used(document, header, line, message):
    found = document("$$y = 1$$", header.removeprefix("\n").rstrip("\n"))
    assert found.problem is not None
    assert message in found.problem.message
    assert found.problem.line == line
    assert not found.statements


def test_what_the_header_says(document):
    header = """title = "A title"
[axes]
sample = { size = ["m", "N"], data = true }
unit = "n"
[layers]
generic = "l"
last = "L"
[symbols]
'u^l' = ["sample", "unit^l"]
'e' = { axes = [], positive = true }
[functions]
g = "elementwise"
[cost]
symbol = 'C'
of = 'u^L'
[assume]
'e' = '1'
'\\sum_s u_s^l' = '0'
"""
    found = document("", header)
    assert found.problem is None
    assert found.title == "A title"
    assert found.functions == ("g",)
    assert found.layers == ("l", "L")
    assert found.cost.symbol.key == "C" and found.cost.of.layer == Layer("L")
    assert found.assumptions == ("e = 1", r"\sum_s u_s^l = 0")
    (definition,) = found.definitions
    assert definition.assumed and definition.tensor.key == "e" and definition.tensor.symbol.sign == "positive"
    assert len(found.hypotheses) == 1


def test_the_document_defines_before_the_header(document):
    header = GOOD + "e = []\n[assume]\ne = '1'\n"
    found = document("$$e = 2$$", header)
    (definition,) = found.definitions
    assert not definition.assumed and not found.hypotheses and not found.assumptions
    (notice,) = found.statements[0].errata
    assert notice.kind == "ambiguous" and "the header assumes another e" in notice.message
    assert not document("$$e = 1$$", header).statements[0].errata


def test_a_document_that_defines_its_loss(document):
    header = "[axes]\na = 'A'\n[indices]\na = 'i j'\n[symbols]\nz = ['a']\nL = []\n"
    found = document(r"$$L = \frac12 \sum_i z_i^2 \qquad \frac{\partial L}{\partial z_i} = z_i$$", header)
    assert found.cost is None
    derivative = found.statements[1].readings[0].left
    assert isinstance(derivative.numerator, Tensor) and derivative.numerator.key == "L"


def test_a_notation_file_and_a_document_as_notation(tmp_path):
    body = tmp_path / "body.md"
    body.write_text("$$y = 1$$")
    toml = tmp_path / "notation.toml"
    toml.write_text(GOOD)
    other = tmp_path / "other.md"
    other.write_text(f"+++\n{GOOD}+++\n$$y = 2$$")
    for notation in (toml, other, str(toml)):
        found = read(body, notation)
        assert [s.readings[0].latex for s in found.statements] == ["y_{s} = 1"]


def test_a_problem_in_a_notation_file_names_it(tmp_path):
    body = tmp_path / "body.md"
    body.write_text("$$y = 1$$")
    toml = tmp_path / "notation.toml"
    toml.write_text(GOOD + "x = ['nowhere']\n")
    problem = read(body, toml).problem
    assert "notation.toml" in problem.message and problem.line == 6


def test_the_digest_covers_document_and_notation(document):
    first = document("$$y = 1$$", GOOD)
    assert len({first.digest, document("$$y = 2$$", GOOD).digest, document("$$y = 1$$", GOOD + "q = []\n").digest}) == 3


def test_a_key_may_show_its_indices(document):
    header = """
[axes]
sample = { size = "N", data = true }
class = "K"
[indices]
sample = "i"
class = "k"
[symbols]
'L_i' = ["sample"]
L = []
'p_{ik}' = ["sample", "class"]
"""
    found = document("$$L_i = \\sum_k p_{ik}, \\quad L = \\frac1N \\sum_i L_i$$\n$$p p = 2 p$$", header)
    assert found.statements[2].readings[0].latex == r"p_{ik} p_{ik} = 2 p_{ik}"
    assert [s.readings[0].latex for s in found.statements[:2]] == [
        r"L_{i} = \sum_{k} p_{ik}",
        r"L = \frac{1}{N} \sum_{i} L_{i}",
    ]
    single, total = (definition.tensor for definition in found.definitions)
    assert single.symbol != total.symbol and single.key != total.key


def test_a_set_is_another_name_of_a_size(document):
    header = """
[axes]
sample = { size = ["m", '\\mathcal{B}'], data = true }
[symbols]
x = ["sample"]
'\\mu' = []
"""
    found = document(r"$$\mu = \frac{1}{|\mathcal{B}|} \sum_{i \in \mathcal{B}} x_i$$", header).statements[0]
    assert found.readings[0].latex == r"\mu = \frac{1}{m} \sum_{i} x_{i}"


def test_an_assumed_square_defines_what_is_positive(document):
    header = """
[axes]
sample = { size = "m", data = true }
[symbols]
x = ["sample"]
'\\sigma' = { axes = [], positive = true }
t = []
[assume]
'\\sigma^2' = '\\langle x^2 \\rangle + 1'
't^2' = 't'
"""
    found = document("$$x = x$$", header)
    assert [d.tensor.symbol.base for d in found.definitions] == [r"\sigma"]
    assert len(found.hypotheses) == 1


def test_a_name_may_stand_under_one_bar(document):
    header = """
[axes]
sample = { size = "N", data = true }
unit = "n"
[indices]
sample = "s"
unit = "j"
[symbols]
g = ["sample", "unit"]
h = ["sample", "unit"]
'\\overline{gh}' = ["sample"]
"""
    found = document("$$\\overline{gh}_s = \\sum_j g_{sj} h_{sj}$$\n$$\\overline{hg}_j = \\overline{g h}_s$$", header)
    first, second = found.statements
    assert (first.kind, first.readings[0].latex) == ("definition", r"\bar{gh}_{s} = \sum_{j} g_{sj} h_{sj}")
    assert second.kind == "ill-formed"


def test_a_function_may_be_a_command(statement):
    header = HEADER_OF_FUNCTIONS
    assert statement(r"y_i = \sinh(x_i)", header).readings[0].latex == r"y_{i} = \sinh\left(x_{i}\right)"
    assert statement(r"y_i = \tanh(x_i)", header).kind == "definition"


HEADER_OF_FUNCTIONS = r"""
[axes]
unit = "n"
[symbols]
x = ["unit"]
y = ["unit"]
[functions]
'\sinh' = "elementwise"
'\tanh' = "tanh"
"""


def test_a_name_may_be_the_word_for_a_function(document):
    header = """
[axes]
sample = { size = "N", data = true }
[symbols]
x = ["sample"]
var = []
log = []
"""
    found = document(r"$$var = Var(x), \quad log = \log(var)(1 + log var)$$", header).statements
    assert found[0].readings[0].latex == r"var = \langle \left(x - \langle x \rangle\right)^{2} \rangle"
    assert found[1].kind == "ill-formed" and "circular" in found[1].problem.message
