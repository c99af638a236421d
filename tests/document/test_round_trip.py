"""What is printed is read back as an equivalent expression."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bnsym.document import read
from bnsym.language.expression import (
    Addition,
    Axis,
    Delta,
    Derivative,
    Expression,
    Function,
    Index,
    Mean,
    Number,
    Power,
    Product,
    Size,
    Sum,
    Symbol,
    Tensor,
    free_indices,
)
from bnsym.language.latex import to_latex

from .conftest import HEADER
from .evaluate import same

HERE = Path(__file__).parent
SAMPLE, A, B = Axis("sample", None, ("N",), True), Axis("a", None, ("A",)), Axis("b", None, ("B", "n_b"))
LETTERS = {SAMPLE: ("s", "t"), A: ("i", "i'"), B: ("j", "k")}
SYMBOLS = [
    Symbol("x", axes=(SAMPLE, A)), Symbol("y", axes=(SAMPLE, B)), Symbol("W", axes=(B, A)), Symbol("c", axes=(B,)),
    Symbol("r", axes=(SAMPLE,)), Symbol(r"\sigma", axes=(B,), sign="positive"), Symbol(r"\lambda"),
    Symbol(r"\sigma", (), ("2",), (B,), "positive"), Symbol(r"\hat{x}", axes=(SAMPLE, A)),
]  # fmt: skip
COST = Tensor(Symbol("C"), None, ())
EXPONENTS = [Fraction(*e) for e in ((2, 1), (3, 1), (-1, 1), (-2, 1), (1, 2), (-1, 2), (-3, 2), (1, 3))]


@st.composite
def expressions(draw: st.DrawFn, depth: int = 4, scope: frozenset[Index] | None = None) -> Expression:
    """An expression over the letters s, i, j, and the others where a binder binds them."""
    if scope is None:
        scope = frozenset(Index(letters[0], axis) for axis, letters in LETTERS.items())

    def below() -> Expression:
        return draw(expressions(depth - 1, scope))

    def tensor(symbols: list[Symbol]) -> Tensor:
        symbol = draw(st.sampled_from(symbols))
        chosen = []
        for axis in symbol.axes:
            fitting = sorted((i for i in scope if i.axis == axis), key=lambda i: i.name)
            chosen.append(draw(st.sampled_from(fitting)))
        return Tensor(symbol, None, tuple(chosen))

    kinds = ["number", "size", "tensor", "tensor", "tensor", "delta", "cost"]
    if depth:
        kinds += ["function", "power", "power", "product", "product", "addition", "addition", "sum", "mean", "mean"]
    match draw(st.sampled_from(kinds)):
        case "number":
            return Number(Fraction(draw(st.sampled_from((1, 2, 3, -1, -2))), draw(st.sampled_from((1, 1, 2, 3)))))
        case "size":
            return Size(draw(st.sampled_from((SAMPLE, A, B))))
        case "tensor":
            return tensor(SYMBOLS)
        case "delta":
            axis = draw(st.sampled_from((SAMPLE, A, B)))
            fitting = sorted((i for i in scope if i.axis == axis), key=lambda i: i.name)
            return Delta(draw(st.sampled_from(fitting)), draw(st.sampled_from(fitting)))
        case "cost":
            return Derivative(COST, tensor(SYMBOLS[:4]))
        case "function":
            return Function(draw(st.sampled_from(("g", "exp", "tanh"))), draw(st.sampled_from((0, 0, 1))), below())
        case "power":
            return Power(below(), draw(st.sampled_from(EXPONENTS)))
        case "product":
            return Product(tuple(below() for _ in range(draw(st.integers(2, 3)))))
        case "addition":
            return Addition(tuple(below() for _ in range(draw(st.integers(2, 3)))))
        case "mean" | "sum" as binder:
            free = [
                Index(letters[1], axis) for axis, letters in LETTERS.items() if all(i.name != letters[1] for i in scope)
            ]
            if not free:
                return below()
            index = draw(st.sampled_from(free))
            body = draw(expressions(depth - 1, scope | {index}))
            return (Sum if binder == "sum" else Mean)(index, body)
    raise AssertionError


def read_back(latex: str, expression: Expression, path: Path) -> Expression:
    """Read `head = latex`, with a head that has the free indices of the expression."""
    letters = "".join(sorted(index.name for index in free_indices(expression)))
    head = f"p_{{{letters}}}" if letters else r"\mu"
    path.write_text(f"+++\n{HEADER}\n+++\n$${head} = {latex}$$", encoding="utf-8")
    (statement,) = read(path).statements
    assert statement.problem is None, f"{latex}\n{statement.problem}"
    (reading,) = statement.readings
    return reading.right


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(expression=expressions())
def test_print_then_read(expression: Expression, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "round_trip.md"
    latex = to_latex(expression)
    assert same(expression, read_back(latex, expression, path)), latex


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
        (Mean(Index("j", B), Tensor(SYMBOLS[3], None, (Index("j", B),))), r"\frac{1}{B} \sum_{j} c_{j}"),
        (Mean(Index("t", SAMPLE), Tensor(SYMBOLS[4], None, (Index("t", SAMPLE),))), r"\langle r \rangle"),
        (
            Mean(
                Index("t", SAMPLE),
                Product(tuple(Tensor(SYMBOLS[4], None, (Index(x, SAMPLE),)) for x in "st")),
            ),
            r"\frac{1}{N} \sum_{t} r_{s} r_{t}",
        ),
    ],
)
def test_how_it_is_printed(expression: Expression, latex: str) -> None:
    assert to_latex(expression) == latex
