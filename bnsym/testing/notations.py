r"""Expressions written as people write them: one of many notations at every turn.

`write` is no printer for reports, which is `bnsym.language.latex`: it brackets more than it must, and takes brackets,
fractions, roots, means, sums and spaces from a hat. What it writes, the reader reads as an equal expression.

    >>> [write(Power(Number(Fraction(3)), Fraction(-1)), Random(seed)) for seed in (1, 2)]
    ['\\frac{1}{3}', '(3)^{-1}']
"""

from __future__ import annotations

from fractions import Fraction
from random import Random

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
    Slot,
    Sum,
    Tensor,
)
from bnsym.language.latex import size_latex, to_latex

BRACKETS = (("(", ")"), (r"\left(", r"\right)"), ("[", "]"), (r"\bigl[", r"\bigr]"), (r"\{", r"\}"), ("{(", ")}"))
ROUND = BRACKETS[:2]
TIMES = (" ", " ", " ", r" \cdot ", r" \times ", r"\,", r" \odot ", "\n")
SUMS = (r"\sum", r"\sum\limits", r"\displaystyle\sum", "∑")
DISPLAYS = (
    "$${}$$", "\\[{}\\]", "$$\n\\begin{{aligned}}\n{}\n\\end{{aligned}}\n$$",
    "\\begin{{equation}}\n{}\n\\end{{equation}}",
    "> $${}$$", "where ${}$ holds,", "$$\\boxed{{{}}}$$", "- $${}.$$",
)  # fmt: skip


def write(expression: Expression, choose: Random) -> str:
    """The expression as LaTeX; `choose` decides between notations."""
    return _Writer(choose).write(expression)


class _Writer:
    def __init__(self, choose: Random) -> None:
        self.choose = choose

    def one(self, *choices: str) -> str:
        return self.choose.choice(choices)

    def bracketed(self, text: str, pairs: tuple[tuple[str, str], ...] = BRACKETS) -> str:
        before, after = self.choose.choice(pairs)
        return f"{before}{text}{after}"

    def atom(self, expression: Expression) -> str:
        """What may be a factor among others."""
        text = self.write(expression)
        if isinstance(expression, Tensor | Size | Delta) and self.choose.random() < 0.8:
            return text
        return self.bracketed(text)

    def scripts(self, indices: tuple[Index, ...]) -> str:
        names = [index.name for index in indices]
        if len(names) == 1 and len(names[0]) == 1 and self.choose.random() < 0.5:
            return f"_{names[0]}"
        plain = all(len(name) == 1 for name in names)
        return f"_{{{self.one('', ' ', ',', ', ').join(names) if plain else ','.join(names)}}}" if names else ""

    def write(self, expression: Expression) -> str:
        match expression:
            case Tensor() | Number() | Size() if self.choose.random() < 0.2:
                return to_latex(expression)
            case Tensor(symbol=symbol, layer=layer, indices=indices):
                below = ",".join(map(str, symbol.labels_below))
                if below:
                    return to_latex(expression)
                labels = [
                    str(layer.shift(x.offset)) if isinstance(x, Slot) and layer else x for x in symbol.labels_above
                ]
                above = f"^{{{','.join(map(str, labels))}}}" if symbol.labels_above else ""
                scripts = self.scripts(indices)
                return symbol.base + (above + scripts if self.choose.random() < 0.5 else scripts + above)
            case Number(value):
                return self.number(value)
            case Size(axis):
                return self.size(axis)
            case Delta(left, right):
                return r"\delta" + self.scripts((left, right))
            case Function():
                return to_latex(expression).split(r"\left(")[0] + self.bracketed(self.write(expression.argument), ROUND)
            case Power(base, exponent):
                return self.power(base, exponent)
            case Product(factors):
                return self.product([self.atom(factor) for factor in factors])
            case Addition(terms):
                return self.addition(list(terms))
            case Sum(index, body):
                return f"{self.sign_of_sum(index)} {self.atom(body)}"
            case Mean(index, body):
                return self.mean(index, body)
            case Derivative(numerator, denominator):
                d = self.one(r"\partial ", r"\partial ", "∂")
                below = self.write(denominator)
                return self.one(
                    rf"\frac{{{d}{numerator.symbol.base}}}{{{d}{below}}}",
                    rf"\dfrac{{{d}{numerator.symbol.base}}}{{{d}{below}}}",
                    rf"\frac{{{d}}}{{{d}{below}}}[{numerator.symbol.base}]",
                )
        raise TypeError(expression)

    def size(self, axis: Axis) -> str:
        return self.one(*axis.sizes) + ("" if axis.layer is None else f"^{{{axis.layer}}}")

    def number(self, value: Fraction) -> str:
        sign, value = ("-" if value < 0 else ""), abs(value)
        if value.denominator == 1:
            return sign + self.one(str(value), str(value), f"{{{value}}}", f"{value}.0")
        top, bottom = value.numerator, value.denominator
        ways = [rf"\frac{{{top}}}{{{bottom}}}", rf"\tfrac {top} {bottom}", rf"\frac{top}{bottom}", f"{top}/{bottom}"]
        return sign + self.one(*ways, *(["0.5"] if value == Fraction(1, 2) else []))

    def product(self, factors: list[str]) -> str:
        self.choose.shuffle(factors)
        text = factors[0]
        for factor in factors[1:]:
            joined = self.choose.choice(TIMES)
            text += (r" \cdot " if text[-1].isdigit() and factor[0].isdigit() else joined) + factor
        return text

    def addition(self, terms: list[Expression]) -> str:
        self.choose.shuffle(terms)
        text = self.bracketed(self.write(terms[0]))
        for term in terms[1:]:
            match term:
                case Product((Number(Fraction(numerator=-1, denominator=1)), *rest)) if rest:
                    text += " - " + self.product([self.atom(factor) for factor in rest])
                case _:
                    text += self.one(" + ", "+", "\n+ ") + self.bracketed(self.write(term))
        return text

    def power(self, base: Expression, exponent: Fraction) -> str:
        if exponent < 0 and self.choose.random() < 0.6:
            below = self.write(base) if exponent == -1 else self.power(base, -exponent)
            return self.one(rf"\frac{{1}}{{{below}}}", rf"\frac1{{{below}}}", f"1 / {self.bracketed(below)}")
        if exponent.numerator == 1 and exponent.denominator > 1 and self.choose.random() < 0.7:
            degree = "" if exponent.denominator == 2 else f"[{exponent.denominator}]"
            return rf"\sqrt{degree}{{{self.write(base)}}}"
        shown = str(exponent)
        if exponent.denominator > 1:
            top = rf"\frac{{{abs(exponent.numerator)}}}{{{exponent.denominator}}}"
            shown = self.one(shown, ("-" if exponent < 0 else "") + top)
        inner = self.bracketed(self.write(base), BRACKETS[:4])
        return f"{inner}^{shown}" if shown.isdigit() and self.choose.random() < 0.5 else f"{inner}^{{{shown}}}"

    def sign_of_sum(self, index: Index) -> str:
        name = index.name
        whole = rf"_{{{name}=1}}^{{{self.size(index.axis)}}}"
        short = [f"_{name}"] if len(name) == 1 else []
        return self.one(*SUMS) + self.one(f"_{{{name}}}", whole, *short)

    def mean(self, index: Index, body: Expression) -> str:
        text, size = self.write(body), size_latex(index.axis)
        below = self.scripts((index,))
        return self.one(
            rf"\frac{{1}}{{{size}}} {self.sign_of_sum(index)} {self.bracketed(text)}",
            rf"\frac1{{{size}}} {self.sign_of_sum(index)} {self.bracketed(text)}",
            rf"{{{size}}}^{{-1}} {self.sign_of_sum(index)} {self.bracketed(text)}",
            rf"\langle {text} \rangle{below}",
            rf"\mathbb{{E}}{below}[{text}]",
            rf"\operatorname{{E}}{below}\left({text}\right)",
        )
