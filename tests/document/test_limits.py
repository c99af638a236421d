"""How much is read of a document: at each limit it is read, beyond it there is an error that names the limit."""

from __future__ import annotations

from itertools import pairwise
from time import process_time

import pytest

from bnsym.document import limits, read


def test_the_length_of_a_file(tmp_path, document):
    path = tmp_path / "long.md"
    path.write_bytes(b"x" * (limits.LENGTH + 1))
    problem = read(path).problem
    assert problem.message == f"{path}: it is longer than 1048576 bytes, which is more than is read"
    path.write_bytes(b"x" * limits.LENGTH)
    assert "there is no header" in read(path).problem.message


def test_lines(tmp_path):
    for suffix in (".md", ".tex"):
        path = tmp_path / f"long{suffix}"
        path.write_text("\n" * (limits.LINES + 1))
        assert f"{path} has more than 100000 lines" in read(path).problem.message
        path.write_text("\n" * limits.LINES)
        assert "there is no header" in read(path).problem.message


def test_tokens(document, monkeypatch):
    assert limits.TOKENS == 100_000
    monkeypatch.setattr(limits, "TOKENS", 1000)
    body = f"$${'h ' * 991}$$ $$y = h$$ $$c = q$$"  # each formula has an end, which counts
    assert document(body).problem is None
    problem = document(body + "\n\n$$c = q$$").problem
    assert problem.message == "up to here the document has more than 1000 tokens of mathematics"
    assert problem.excerpt == "$$c = q$$" and problem.column == len("$$c = q$$") - 1


def test_names_of_a_header(document):
    def header(count):
        return "[symbols]\n" + "\n".join(rf"'x_{{\mathrm{{n{k}}}}}' = []" for k in range(count))

    assert document("$$2 = 2$$", header(limits.NAMES)).problem is None
    assert document("$$2 = 2$$", header(limits.NAMES + 1)).problem.message == "[symbols] has more than 1000 entries"
    others = ", ".join(rf"'x_{{\mathrm{{n{k}}}}}'" for k in range(limits.NAMES))
    problem = document("$$2 = 2$$", f"[symbols]\nx = {{ axes = [], also = [{others}] }}").problem
    assert problem.message == "the header has more than 1000 names"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("a." * limits.DEPTH + "a = 1", "a key of the header has more than 64 parts"),
        ("a." * 200_000 + "a = 1", "a key of the header has more than 64 parts"),
        ("[" + "'a' . " * 10_000 + "a]", "a key of the header has more than 64 parts"),
        ("a." * (limits.DEPTH - 1) + "a = 1", "unknown key 'a' in the header"),
        (f"a = {'[' * 50_000}", "the header is nested deeper than is read"),
        (f"a = {'{a = ' * 5_000}1{'}' * 5_000}", "the header is nested deeper than is read"),
        ("a-" * 200_000, "the header is not TOML"),
    ],
    ids=range(7),
)
def test_the_nesting_of_a_header(document, header, message):
    started = process_time()
    assert document("$$2 = 2$$", header).problem.message.startswith(message)
    assert process_time() - started < 5


NESTED = {
    "(": ")", "[": "]", "{": "}", r"\left(": r"\right)", r"\sqrt{": "}", r"\frac{1}{": "}", r"\frac{h}{c + ": "}",
    r"g(": ")", r"\boxed{": "}", r"\underbrace{": "}", "c (h + ": ")", "e^{": "}", "-(": ")", r"\sum_t ": "",
    r"\log ": "", r"\langle \sum_i x_i + ": r"\rangle", r"\hat{": "}", "h^{": "}",
    r"h_{": "}", r"\frac{\partial}{\partial c}[": "]", r"\sqrt[": "]{h}", r"\mathbf{": "}", r"\overline{": "}",
    r"\exp(": ")", "1/(": ")", r"\|": r"\|",
}  # fmt: skip


@pytest.mark.parametrize("opening", NESTED)
def test_nesting(document, opening):
    for depth in (limits.DEPTH, limits.DEPTH + 1, 3000):
        start = process_time()
        found = document(f"$$y = {opening * depth}h{NESTED[opening] * depth}$$")
        assert found.problem is None
        assert process_time() - start < 4
        if depth > limits.DEPTH:
            (statement,) = [s for s in found.statements if s.kind == "error"][:1]
            assert "nested deeper than 64 levels" in statement.problem.message


@pytest.mark.parametrize(
    ("latex", "message"),
    [
        (r"\mu = " + "9" * 64, None),
        (r"\mu = " + "9" * 65, "the number has more than 64 digits"),
        (r"\mu = 0." + "9" * 64, "the number has more than 64 digits"),
        (r"\mu = \frac{1}{" + "9" * 6000 + "}", "the number has more than 64 digits"),
        (r"\mu = 10^{63}", None),
        (r"\mu = 10^{64}", "the power has more than 64 digits"),
        (r"\mu = 10^{-64}", "the power has more than 64 digits"),
        (r"\mu = ((9^{64})^{64})^{64}", "the power has more than 64 digits"),
        ("y = h^{" + "9" * 6000 + "}", "the number has more than 64 digits"),
        ("y = M_B^{2," + "9" * 6000 + "}", "the symbol M_{B}^{2,999"),
        ("y = M_B^{2,l+" + "9" * 6000 + "}", "the symbol M_{B}^{2,l+999"),
        ("y = M_B^{2,l+²}", "the symbol M_{B}^{2,l+²}"),
        ("y = h^{64}", None),
        ("y = h^{-64}", None),
        ("y = h^{65}", "an exponent lies between -64 and 64"),
        ("y = h^{-64.5}", "an exponent lies between -64 and 64"),
        ("y = (h^{8})^{8}", None),
        ("y = (h^{8})^{9}", "an exponent lies between -64 and 64"),
        (r"y = \sqrt[64]{c}", None),
        (r"y = \sqrt[65]{c}", "an exponent lies between -64 and 64"),
        (r"y = \sqrt{h}^{129}", "an exponent lies between -64 and 64"),
        ("y = h" + " + h" * 9_000, None),
        ("y = h" + " + h" * 20_000, "the statement comes to more than 20000 nodes"),
        ("y = h" + " h" * 20_000, "the statement comes to more than 20000 nodes"),
        (r"y = " + r"\mathrm{Var}_s[" * 14 + "h_{sj}" + "]" * 14, "the statement comes to more than 20000 nodes"),
    ],
)  # fmt: skip
def test_numbers_powers_and_nodes(statement, latex, message):
    start = process_time()
    found = statement(latex)
    assert process_time() - start < 4
    if message is None:
        assert found.kind == "definition", found.problem
    else:
        assert found.kind in ("error", "ill-formed") and message in found.problem.message


def test_abbreviations_that_double(document):
    """Each is twice the one before: what they come to is counted as if it were written out."""
    names = [f"\\mathrm{{{letter}}}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    header = "[axes]\nb = 'B'\n[indices]\nb = 'j'\n[symbols]\n'h' = ['b']\n[cost]\nsymbol = 'C'\nof = 'h'\n"
    header = header.replace("'h' = ['b']\n", "'h' = ['b']\n" + "".join(f"'{name}' = ['b']\n" for name in names))
    body = f"$${names[0]}_j = \\frac{{\\partial C}}{{\\partial h_j}}$$\n"
    body += "".join(f"$${new}_j = {old}_j + {old}_j$$\n" for old, new in pairwise(names))
    start = process_time()
    found = document(body, header)
    assert found.problem is None
    assert process_time() - start < 4
    messages = [s.problem.message for s in found.statements if s.problem is not None]
    assert any("comes to more than 20000 nodes" in message for message in messages)


def test_macros_beyond_their_limit_cost_nothing_more(document):
    """What a use comes to is counted before it is made: a mebibyte of uses took three quarters of an hour."""
    start = process_time()
    document(rf"\newcommand{{\many}}{{{'abcdefghijklmnop + ' * 800}}}" + "\n\n" + r"$\many$ " * 50_000)
    assert process_time() - start < 8


@pytest.mark.parametrize(
    "piece",
    [
        "$$ ", "$$ $", "$$ a\n\n", r"\( ", r"\[ ", r"\begin{align} ", "\\begin{equation*}\n", "<!-- ", "{% highlight ",
        "`` ", "```math\n", "* a\n",
    ],
)  # fmt: skip
def test_text_that_opens_and_never_closes(document, tmp_path, piece):
    """Markdown and LaTeX are searched in linear time."""
    for make in (document, lambda text: read(_tex(tmp_path, text))):
        start = process_time()
        make(piece * (100_000 // len(piece)))
        assert process_time() - start < 4


def _tex(folder, text):
    path = folder / "long.tex"
    path.write_text("% +++\n% +++\n" + text)
    return path


def test_problems_share_their_line(document):
    """A document of one line has as many problems as formulas, and still takes no more than a few times its size."""
    found = document("$y = p$ " * 2000)
    problems = [statement.problem for statement in found.statements]
    assert len(problems) == 2000 and len({id(problem.excerpt) for problem in problems}) == 1


@pytest.mark.parametrize("factors", [r" x^\top x" * 1_500, r" x^\top y" * 1_500, r" \operatorname{diag}(x) y" * 1_500])
def test_many_rows_and_diagonals(document, factors):
    start = process_time()
    document(f"$r ={factors}$")
    assert process_time() - start < 4
