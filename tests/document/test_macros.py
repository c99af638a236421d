"""Macros: what they stand for, against a reference; where they stand; and that none of them runs away."""

from __future__ import annotations

from itertools import pairwise
from string import ascii_lowercase
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnsym.document import limits
from bnsym.document.source.expand import Expander
from bnsym.document.source.macros import Macros
from bnsym.document.source.mapped import Mapped
from tests.support.thorough import examples


def expand(text: str) -> tuple[Mapped, list[tuple[str, int]]]:
    """The text with its macros expanded, and the faults with their places in it."""
    expander = Expander(text, Macros())
    expander.expand(0, len(text))
    expansion = expander.weaver.finish()
    return expansion, [(fault.message, expansion.place(fault.position)) for fault in expander.faults]


def plain(text: str) -> str:
    expansion, faults = expand(text)
    assert not faults
    return expansion.text.strip()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (r"\newcommand{\x}{\hat{x}}\x_i", r"\hat{x}_i"),
        (r"\newcommand\x{\hat{x}} \x", r"\hat{x}"),
        (r"\newcommand*{\x}{y}\x\x", "yy"),
        (r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}\pd{C}{x_i}", r"\frac{\partial C}{\partial x_i}"),
        (r"\newcommand{\pd}[2]{\partial#1/\partial#2}\pd Cx", r"\partial C/\partial x"),
        (r"\newcommand{\m}[2][N]{\frac{1}{#1}\sum #2}\m{x}+\m[m]{y}", r"\frac{1}{N}\sum x+\frac{1}{m}\sum y"),
        (r"\newcommand{\m}[1][]{a#1}\m b\m[c]", "a bac"),
        (r"\newcommand{\a}{1}\renewcommand{\a}{2}\providecommand{\a}{3}\providecommand{\b}{4}\a\b", "24"),
        (r"\def\v#1{\mathbf{#1}}\v x\v{yz}", r"\mathbf{x}\mathbf{yz}"),
        (r"\def\s#1#2{#2#1}\s ab\s{c}d", "badc"),
        (r"\gdef\x{y}{\x}", "{y}"),
        (r"\let\eps\varepsilon \eps", r"\varepsilon"),
        (r"\let\eps=\varepsilon \eps x", r"\varepsilon x"),
        (r"\let\old\hat\renewcommand{\hat}[1]{\widehat{#1}}\hat{x}\old{x}", r"\widehat{x}\hat{x}"),
        (r"\newcommand{\a}{1}\let\b\a\renewcommand{\a}{2}\a\b", "21"),
        (r"\DeclareMathOperator{\Var}{Var}\Var[x]", r"\operatorname{Var}[x]"),
        (r"\DeclareMathOperator*{\argmin}{arg\,min}\argmin_x", r"\operatorname*{arg\,min}_x"),
        (r"\newcommand{\g}{\gamma}\g x\g{}x{\g}x", r"\gamma x\gamma{}x{\gamma}x"),
        (r"\newcommand{\a}{\b\b}\newcommand{\b}{c}\a", "cc"),
        (r"\newcommand{\a}[1]{(\b{#1})}\newcommand{\b}[1]{[#1]}\a{\a{x}}", "([([x])])"),
        (r"\newcommand{\half}{\frac12}\half", r"\frac12"),
        (r"\newcommand{\p}{\pd{C}}\newcommand{\pd}[2]{#1/#2}\p{x}", "C/x"),
        (r"\newenvironment{eqs}{\begin{align}}{\end{align}}\begin{eqs}a=b\end{eqs}", r"\begin{align}a=b\end{align}"),
        (r"\newenvironment{e}[1]{[#1:}{]}\begin{e}{x}y\end{e}\begin{f}\end{f}", r"[x:y]\begin{f}\end{f}"),
        (r"\newcommand{\f}{\def\g{1}\g}\f\g", "11"),
        (r"\newcommand{\B}{\mathcal B}\mu_\B^\B", r"\mu_{\mathcal B}^{\mathcal B}"),
        (r"\newcommand{\C}{\mathcal C}\frac\C\C\frac1\C\frac{1}\C", r"\frac{\mathcal C}{\mathcal C}\frac1{\mathcal C}"
         r"\frac{1}{\mathcal C}"),
        (r"\newcommand{\C}{\mathcal C}\frac{\C}{2}\C\hat\C", r"\frac{\mathcal C}{2}\mathcal C\hat{\mathcal C}"),
        (r"\unknown{x}\frac ab", r"\unknown{x}\frac ab"),
        (r"\newcommand\begin{x}\begin{a}y\end{a}", r"\begin{a}y\end{a}"),
        ("# Title #1 costs 5$ & more", "# Title #1 costs 5$ & more"),
    ],
)  # fmt: skip
def test_what_macros_stand_for(text, meant):
    assert plain(text) == meant


@pytest.mark.parametrize(
    ("definition", "use", "message"),
    [
        (r"\newcommand{\a}{b\a}", r"\a", r"the macro \a is nested deeper than 64 levels: it may use itself"),
        (r"\def\a{\b}\def\b{\a}", r"\a", "nested deeper than 64 levels"),
        (r"\def\a#1{\a{#1#1}}", r"\a x", r"the macro \a comes to more than 131072 characters"),
        (r"\renewcommand{\hat}[1]{\hat{#1}}", r"\hat x", "nested deeper than 64 levels"),
        (r"\newcommand{\a}[1]{#1}", r"\a", r"\a takes an argument: expected '{', found the end of the formula"),
        (r"\newcommand{\a}[1]{#1}{", r"\a}", r"\a takes an argument: expected '{', found '}'"),
        (r"\newcommand{\a}[1]{#1}", r"\a{b", r"'{' after \a is not closed: expected '}'"),
        (r"\newcommand{\a}[2][x]{#1}", r"\a[b", r"'[' after \a is not closed: expected ']'"),
        (r"\newcommand{\a}[1]{#2}", r"\a b", r"the macro \a has no parameter #2"),
        (r"\def\a#1,#2{#1}", r"\a b,c", r"the macro \a has delimited parameters, which are not expanded"),
        ("", r"\newcommand{\a}[x]{b}", "the number of parameters is a digit, not 'x'"),
        ("", r"\newcommand{a}{b}", r"\newcommand defines a command: expected a name such as \x, found 'a'"),
        ("", r"\newcommand{\a}", r"\newcommand takes an argument: expected '{', found the end of the formula"),
        (r"\let\a#1", r"\a", r"the macro \a has no parameter #1"),
        ("", r"\let\a", r"\let takes two commands: expected one after \a"),
    ],
)
def test_what_cannot_be_expanded_stays_and_is_a_fault(definition, use, message):
    expansion, faults = expand(definition + use)
    (found, place), *_ = faults
    assert message in found
    assert place == len(definition) and expansion.text.endswith(use)


def test_places():
    """An argument is where it is written; all else that a macro brings in is where it is used."""
    text = r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}} 7 \pd{C}{y_s} 8"
    expansion, _ = expand(text)
    content, use = expansion.text, text.index(r"\pd{C}")
    assert content == r" 7 \frac{\partial C}{\partial y_s} 8"
    for written in ("7", "C", "y_s", "8"):
        assert expansion.place(content.index(written)) == text.index(written)
    for brought in (r"\frac", r"\partial C", r"\partial y", "}{"):
        assert expansion.place(content.index(brought)) == use
    assert expansion.place(len(content)) == len(text)
    start, end = content.index(r"\frac"), content.index(" 8")
    assert text[slice(*expansion.original(start, end))] == r"\pd{C}{y_s}"
    assert text[slice(*expansion.original(start, len(content)))] == r"\pd{C}{y_s} 8"
    assert text[slice(*expansion.original(content.index("7"), end))] == r"7 \pd{C}{y_s}"


NAMES = "ABCDEF"
BODIES = st.recursive(
    st.sampled_from(["x", "y", r"\gamma ", "+", "1", "{z}", "#1", "#2"]),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(tuple)
        | st.tuples(st.sampled_from(NAMES), inner, inner).map(lambda use: ("use", *use))
    ),
    max_leaves=6,
)


def written(body, known: str) -> str:
    r"""A body as TeX: a use `("use", A, p, q)` of a known macro is `\A{p}{q}`."""
    if isinstance(body, str):
        return body
    if body[0] == "use":
        name, first, second = body[1:]
        inner = f"{{{written(first, known)}}}{{{written(second, known)}}}"
        return rf"\{name}{inner}" if name in known else inner
    return "".join(written(part, known) for part in body)


def meant(body, macros: dict, arguments: tuple[str, str]) -> str:
    """What a body stands for, by substitution alone."""
    if isinstance(body, str):
        return arguments[int(body[1]) - 1] if body[0] == "#" else body
    if body[0] == "use":
        name, *given = body[1:]
        first, second = (meant(part, macros, arguments) for part in given)
        if name not in macros:
            return f"{{{first}}}{{{second}}}"
        known, its = macros[name]
        return meant(its, known, (first, second))
    return "".join(meant(part, macros, arguments) for part in body)


@given(bodies=st.lists(BODIES, min_size=1, max_size=5), use=BODIES)
@examples(200)
def test_expansion_is_substitution(bodies, use):
    text, macros = "", {}
    for name, body in zip(NAMES, bodies, strict=False):
        text += rf"\newcommand{{\{name}}}[2]{{{written(body, ''.join(macros))}}}"
        macros[name] = (dict(macros), body)
    use = ("use", "A", use, "w") if isinstance(use, str) else use
    text += written(use, "".join(macros)).replace("#1", "p").replace("#2", "q")
    expansion, faults = expand(text)
    assert not faults
    assert "".join(expansion.text.split()) == "".join(meant(use, macros, ("p", "q")).split())


PARTS = [
    "\\newcommand", "\\def", "\\let", "\\providecommand", "\\DeclareMathOperator", "\\newenvironment", "\\begin",
    "\\end", "\\a", "\\b", "\\c", "\\frac", "\\hat", "\\\\", "\\", "{", "}", "[", "]", "#1", "#2", "#", "2", "_", "^",
    "$", "&", "=", "*", " ", "\n\n", "x", "yz", "{\\a}", "{\\b}", "[1]", "{e}", "%", "é",
]  # fmt: skip


@given(parts=st.lists(st.sampled_from(PARTS), max_size=40))
@examples(300)
def test_whatever_is_written_ends_and_has_its_place(parts):
    text = "".join(parts)
    expansion, faults = expand(text)
    assert all(0 <= place <= len(text) for _, place in faults)
    places = [expansion.place(at) for at in range(len(expansion.text) + 1)]
    assert all(0 <= place <= len(text) for place in places)
    for piece, after in zip(expansion.pieces, [*expansion.pieces[1:], None], strict=False):
        end = len(expansion.text) if after is None else after.at
        if piece.copied:
            assert expansion.text[piece.at : end] == text[piece.start : piece.end]
        start, stop = expansion.original(piece.at, end)
        assert 0 <= start <= stop <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "".join(rf"\def\{a}{{\{b}\{b}}}" for a, b in pairwise(ascii_lowercase)) + r"\def\z{x}" + r"\a" * 1000,
        r"\def\a#1{#1#1}" + r"\a{" * 100 + "x" + "}" * 100,
        r"\def\a#1{}" + r"\a{" * 8_000,
        r"\def\a{" + "x" * 100_000 + "}" + r"\a" * 30_000,
        r"\def\a#1{}\def\b{\a{" + "x" * 50_000 + "}}" + r"\b" * 30_000,
        r"\newcommand{\a}[1][x]{#1}" + r"\a[" * 5_000,
        r"\def\a{}" + r"\a" * 50_000,
        r"\def\a{b}" + "_" * 100_000,
        "{" * 100_000 + r"\def\a{b}\a",
        r"\def" * 30_000,
    ],
    ids=["doubling", "arguments that double", "nothing closed", "long bodies", "long and gone", "no optional closed",
         "empty", "scripts", "braces", "definitions"],
)  # fmt: skip
def test_nothing_runs_away(text):
    start = process_time()
    expansion, _ = expand(text)
    assert process_time() - start < 4
    assert len(expansion.text) <= len(text) + limits.EXPANSION
