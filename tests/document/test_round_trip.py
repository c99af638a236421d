"""What is printed is read back as an equivalent expression, and so is what people write."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given

from bnsym.document import read
from bnsym.language.expression import Addition, Expression, Index, Mean, Number, Power, Product, Size, Tensor
from bnsym.language.latex import to_latex
from bnsym.testing.document import Written, documents, read_back, said
from bnsym.testing.expression import expressions
from bnsym.testing.values import same
from bnsym.testing.vocabulary import VOCABULARY
from tests.support.thorough import examples

HERE = Path(__file__).parent
SAMPLE, A, B = VOCABULARY.axes
C, R = (next(s for s in VOCABULARY.symbols if s.base == base) for base in "cr")


@examples(250)
@given(expressions())
def test_print_then_read(expression: Expression) -> None:
    latex = to_latex(expression)
    assert same(expression, read_back(said(expression, latex))), latex


@examples(100)
@given(documents())
def test_what_is_written_in_any_notation_is_read(document: Written) -> None:
    assert same(document.expression, read_back(document)), document.latex


def test_the_seed_reads_its_own_readings(tmp_path: Path) -> None:
    notation = HERE / "notation.toml"
    seed = read(HERE / "seed.md", notation)
    pairs = [(s.kind, r) for s in seed.statements for r in s.readings]
    pairs.sort(key=lambda pair: pair[0] != "definition")
    path = tmp_path / "again.md"
    path.write_text("\n\n".join(f"$${reading.latex}$$" for _, reading in pairs), encoding="utf-8")
    again = read(path, notation)
    assert len(again.statements) == len(pairs)
    for (kind, reading), statement in zip(pairs, again.statements, strict=True):
        assert statement.kind == kind
        (found,) = statement.readings
        assert not found.errata
        assert same(reading.left, found.left) and same(reading.right, found.right), reading.latex


@pytest.mark.parametrize(
    ("expression", "latex"),
    [
        (Number(Fraction(-1, 2)), r"-\frac{1}{2}"),
        (Power(Size(SAMPLE), Fraction(-1)), r"\frac{1}{N}"),
        (Product((Number(Fraction(-1)), Size(SAMPLE))), "-N"),
        (Addition((Size(SAMPLE), Product((Number(Fraction(-2)), Size(A))))), "N - 2 A"),
        (Mean(Index("j", B), Tensor(C, None, (Index("j", B),))), r"\frac{1}{B} \sum_{j} c_{j}"),
        (Mean(Index("t", SAMPLE), Tensor(R, None, (Index("t", SAMPLE),))), r"\langle r \rangle"),
        (
            Mean(
                Index("t", SAMPLE),
                Product(tuple(Tensor(R, None, (Index(x, SAMPLE),)) for x in "st")),
            ),
            r"\frac{1}{N} \sum_{t} r_{s} r_{t}",
        ),
    ],
)
def test_how_it_is_printed(expression: Expression, latex: str) -> None:
    assert to_latex(expression) == latex
