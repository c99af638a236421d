"""LaTeX files: what is mathematics in them, their header, and places to the column."""

from __future__ import annotations

from pathlib import Path

import pytest

from bnsym.document import caret, read
from bnsym.language.statement import Document

NOTATION = """[axes]
sample = { size = "N", data = true }
unit = "n"
[indices]
sample = "s t"
unit = "i j"
[symbols]
x = ["sample", "unit"]
y = ["sample", "unit"]
c = ["unit"]
q = ["unit"]
'\\mathcal{L}' = []
[functions]
g = "elementwise"
"""


@pytest.fixture
def tex(tmp_path: Path):
    """Read a LaTeX file with the notation above."""

    def make(text: str, notation: str = NOTATION) -> Document:
        path, other = tmp_path / "paper.tex", tmp_path / "notation.toml"
        path.write_text(text, encoding="utf-8")
        other.write_text(notation, encoding="utf-8")
        found = read(path, other)
        assert found.problem is None, found.problem
        return found

    return make


def commented(toml: str) -> str:
    return "".join(f"% {line}\n" for line in ["+++", *toml.splitlines(), "+++"])


@pytest.mark.parametrize(
    "display",
    [
        "$$ {} $$", r"\[ {} \]", r"\( {} \)", "$ {} $", "$\n {} \n$", r"\begin{{equation}} {} \end{{equation}}",
        r"\begin{{equation*}}\label{{eq:x}} {} \nonumber \end{{equation*}}", r"\begin{{align}} {} \end{{align}}",
        r"\begin{{align*}} {} \\[2pt] \end{{align*}}", r"\begin{{gather}} {} \tag{{1}} \end{{gather}}",
        r"\begin{{multline}} {} \end{{multline}}", r"\begin{{eqnarray}} {} \end{{eqnarray}}",
        r"\begin{{alignat}}{{2}} {} \end{{alignat}}", r"\begin{{flalign}} {} && \end{{flalign}}",
        r"\begin{{subequations}}\begin{{align}} {} \end{{align}}\end{{subequations}}",
        r"\begin{{equation}}\begin{{split}} {} \end{{split}}\end{{equation}}",
        r"\begin{{equation}}\begin{{aligned}}[t] {} \end{{aligned}}\end{{equation}}",
        r"\[\begin{{gathered}} {} \end{{gathered}}\]", r"\begin{{displaymath}} {} \end{{displaymath}}",
        r"\begin{{theorem}}[A $title$] Let $ {} $. \end{{theorem}}", r"\footnote{{ $ {} $ }}",
    ],
)  # fmt: skip
def test_what_is_mathematics(tex, display):
    found = tex("\\begin{document}\ntext \\\\[2pt] text\n" + display.format("y &= c") + "\n\\end{document}\n")
    assert [(s.kind, s.latex) for s in found.statements if s.kind != "informal"] == [("definition", "y = c")]


@pytest.mark.parametrize(
    "aside",
    [
        "% $y = q$", "\\% costs 50\\% % $y = q$", "\\begin{verbatim}\n$y = q$\n\\end{verbatim}",
        "\\begin{lstlisting}[language=Python]\n$$y = q$$ \\begin{comment}\n\\end{lstlisting}",
        "\\begin{comment}\n\\[ y = q \\]\n\\end{comment}", "\\verb|$y = q$|", "\\iffalse $y = q$ \\fi",
        "it costs \\$5 or y = q and \\$6", "100\\%", "\\\\% a comment $y = q$", "% \\begin{verbatim}",
        "\\begin{tabular}{l} a \\\\[1ex] b \\end{tabular}", "\\newcommand{\\z}{$y = q$}",
    ],
)  # fmt: skip
def test_what_is_not(tex, aside):
    text = f"$y = q$\n\\begin{{document}}\n{aside}\n\n$y = c$ % and $y = q$\n\\end{{document}}\n$y = q$"
    found = tex(text)
    assert [s.latex for s in found.statements] == ["y = c"]
    assert found.statements[0].line == text.split("\n").index("$y = c$ % and $y = q$") + 1


def test_a_file_that_is_a_part_is_read_whole(tex):
    assert [s.latex for s in tex("\\section{A}\n$y = c$ and $$c = q$$").statements] == ["y = c", "c = q"]


def test_macros_of_the_preamble(tex):
    text = r"""\documentclass{article}
\newcommand{\loss}{\mathcal{L}} % the loss
\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}
\newcommand{\be}{\begin{equation}} \def\ee{\end{equation}}
\makeatletter \def\@thing#1.{\relax} \newcommand\broken[9]{#1
\makeatother
\DeclareMathOperator{\mean}{mean}
\begin{document}
\be
  \loss = \sum_s \sum_i y_{si}
\ee
so \( \pd{\loss}{y_{si}} = 1 \), and $q_i = \mean_s(x_{si})$.
\end{document}
"""
    found = tex(text)
    assert [s.latex for s in found.statements] == [
        r"\loss = \sum_s \sum_i y_{si}", r"\pd{\loss}{y_{si}} = 1", r"q_i = \mean_s(x_{si})",
    ]  # fmt: skip
    assert [s.readings[0].latex for s in found.statements] == [
        r"\mathcal{L} = \sum_{s} \sum_{i} y_{si}", r"\frac{\partial \mathcal{L}}{\partial y_{si}} = 1",
        r"q_{i} = \langle x_{i} \rangle",
    ]  # fmt: skip
    assert [s.line for s in found.statements] == [10, 12, 12]


@pytest.mark.parametrize(
    ("body", "at", "message"),
    [
        ("$y_{si} = c_i + p$", "p$", "the symbol p is not declared"),
        ("% c\n\\[ y = c +\n  \\]\n", "\\]", "expected a factor, found the end of the formula"),
        (
            "\\begin{align}\n  y &= c \\\\\n    &= \\frac{c}{q\n\\end{align}",
            "{q",
            "the group opened by '{' is not closed",
        ),
        ("$y = \\twice{p}$", "p}", "the symbol p is not declared"),
        ("$y = \\twice{c} \\wrong$", "\\wrong$", "the symbol p is not declared"),
        ("$y = c + \\endless$", "\\endless$", "the macro \\endless is nested deeper than 64 levels"),
        ("$y = c + \\twice$", "\\twice$", "\\twice takes an argument: expected '{', found '$'"),
        ("$$y = c", "$$y", "$$ is not closed"),
        ("$y = c\n\nand $c = q$", "$y", "$ is not closed"),
        ("\\begin{align} y &= c", "\\begin{align}", "\\begin{align} is not closed"),
        ("\\[ y = c", "\\[", "\\[ is not closed"),
        ("é ∂ $y = ü$", "ü", "the symbol ü is not declared"),
    ],
)
def test_a_problem_has_its_place(tex, body, at, message):
    text = (
        "\\newcommand{\\twice}[1]{2 #1}\n\\newcommand{\\wrong}{p}\n\\newcommand{\\endless}{\\endless}\n"
        f"\\begin{{document}}\nText.\n{body}\n\\end{{document}}\n"
    )
    found = tex(text)
    problem = next(s.problem for s in found.statements if s.problem is not None)
    offset = text.rindex(at)
    line = text.count("\n", 0, offset) + 1
    assert message in problem.message
    assert (problem.line, problem.column) == (line, offset - text.rfind("\n", 0, offset))
    assert problem.excerpt == text.split("\n")[line - 1]
    shown = caret(problem).split("\n")
    assert shown[1][shown[2].index("^")] == at[0]


def test_what_follows_an_error_is_read(tex):
    found = tex("\\newcommand{\\a}{\\a} $y = \\a$ and $c = q$ and\n\\begin{align} q &= \\a \\\\ &= 1 \\end{align}")
    assert [s.kind for s in found.statements] == ["error", "definition", "error", "definition"]


def test_the_words_between_rows(tex):
    found = tex(
        "\\begin{align} y &= c \\\\ \\intertext{Hence} c &= q \\shortintertext{so that, $2 = 2$,} q &= 1\\end{align}"
    )
    assert [s.latex for s in found.statements] == ["y = c", "c = q", "q = 1"]


class TestHeader:
    def test_in_comments(self, tmp_path):
        path = tmp_path / "paper.tex"
        before = "% !TEX root = main.tex\n\n"
        path.write_text(
            before + commented(NOTATION) + "\\documentclass{article}\n\\begin{document}$y = c$\\end{document}"
        )
        found = read(path)
        assert found.problem is None
        assert [s.readings[0].latex for s in found.statements] == ["y_{si} = c_{i}"]

    def test_as_a_notation(self, tmp_path, tex):
        body, other = tmp_path / "body.md", tmp_path / "other.tex"
        body.write_text("$y = c$")
        other.write_text(commented(NOTATION))
        assert [s.readings[0].latex for s in read(body, other).statements] == ["y_{si} = c_{i}"]

    @pytest.mark.parametrize("prefix", ["% ", "%", " %\t"])
    def test_a_problem_in_it(self, tmp_path, prefix):
        path = tmp_path / "paper.tex"
        lines = ["+++", "[axes]", "unit = 3", "+++"]
        path.write_text("".join(f"{prefix}{line}\n" for line in lines) + "$y = c$")
        problem = read(path).problem
        assert problem is not None and "the size of the axis 'unit' is a symbol" in problem.message
        assert (problem.line, problem.column) == (3, 1 + len(prefix))
        assert problem.excerpt == f"{prefix}unit = 3"

    @pytest.mark.parametrize("text", ["", "$y = c$", "% +++\n% [axes]\n", "\\documentclass{a}\n% +++\n% +++\n"])
    def test_none(self, tmp_path, text):
        path = tmp_path / "paper.tex"
        path.write_text(text)
        problem = read(path).problem
        assert problem is not None and (problem.line, problem.column) == (1, 1)
        assert "there is no header: expected TOML between two lines % +++" in problem.message

    def test_it_may_use_the_macros_of_the_document(self, tmp_path):
        path = tmp_path / "paper.tex"
        header = NOTATION.replace("'\\mathcal{L}'", "'\\loss'") + "[assume]\n'\\loss' = '\\sq{c_i q_i}'\n"
        header = header.replace("c_i q_i", "\\sum_i c_i q_i")
        macros = "\\newcommand{\\loss}{\\mathcal{L}}\\newcommand{\\sq}[1]{(#1)^2}"
        path.write_text(commented(header) + macros + "$q = 1$")
        found = read(path)
        assert found.problem is None, found.problem
        assert found.assumptions == (r"\mathcal{L} = (\sum_i c_i q_i)^2",)


def test_files_that_are_included_are_named_where_they_are_missed(tex):
    found = tex("\\input{macros}\n\\begin{document}\n$y = \\foo$ and $c = p$\n\\include{more}\\end{document}")
    first, second = (s.problem.message for s in found.statements)
    assert first.endswith(r"\foo is not declared in [symbols]; files that are included (line 1, line 4) are not read")
    assert "included" not in second


def test_macros_in_markdown(document):
    found = document(
        "Let $\\newcommand{\\f}[1]{g(#1)}$ be and $\\def\\half{\\frac12}$.\n\n\\newcommand{\\out}{y}\n\n"
        "$$\\out = \\f{h} \\half$$\n\n`\\newcommand{\\out}{q}`\n\n$$\\out = \\f{h} + p$$\n"
    )
    assert [s.latex for s in found.statements] == [r"\out = \f{h} \half", r"\out = \f{h} + p"]
    assert found.statements[0].readings[0].latex == r"y_{sj} = \frac{1}{2} g\left(h_{sj}\right)"
    problem = found.statements[1].problem
    assert problem.excerpt == "$$\\out = \\f{h} + p$$" and problem.column == problem.excerpt.index("p") + 1


def test_a_macro_that_defines_itself_in_markdown(document):
    found = document("$\\newcommand{\\a}{\\a}$ $$y = h + \\a$$ $$c = q$$")
    assert [s.kind for s in found.statements] == ["error", "definition"]
    assert "it may use itself" in found.statements[0].problem.message
