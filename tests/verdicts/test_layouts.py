"""Jacobians in matrix notation: numerator layout, denominator layout, and with a transposition written."""

from __future__ import annotations

import pytest

from tests.support.documents import judged, read_text, shown

HEADER = r"""
[axes]
in = "n"
out = "m"
[symbols]
x = ["in"]
W = ["out", "in"]
z = ["out"]
a = ["out"]
s = []
[functions]
f = "elementwise"
[cost]
symbol = "L"
of = "a"
[reading]
products = "matrix"
"""
FORWARD = {"z = s W x": "definition", "a = f(z)": "definition"}
BOTH = {
    r"\frac{\partial z}{\partial x^\top} = s W": "proved",
    r"\frac{\partial z}{\partial x^\top} = W": "refuted",
    r"\frac{\partial z^\top}{\partial x} = s W^\top": "proved",
    r"\frac{\partial a}{\partial z} = \operatorname{diag}(f'(z))": "proved",
    r"\frac{\partial L}{\partial x} = s W^\top (f'(z) \odot \frac{\partial L}{\partial a})": "proved",
    r"\frac{\partial L}{\partial W} = s (f'(z) \odot \frac{\partial L}{\partial a}) x^\top": "proved",
    r"\frac{\partial L}{\partial x} = W^\top (f'(z) \odot \frac{\partial L}{\partial a})": "refuted",
}
NUMERATOR = {
    r"\frac{\partial z}{\partial x} = s W": "proved",
    r"\frac{\partial z}{\partial x} = s W^\top": "ill-formed",
    r"\frac{\partial z}{\partial s} = W x": "proved",
    r"\frac{\partial a}{\partial x} = \operatorname{diag}(f'(z)) s W": "proved",
}
DENOMINATOR = {
    r"\frac{\partial z}{\partial x} = s W^\top": "proved",
    r"\frac{\partial z}{\partial x} = s W": "ill-formed",
    r"\frac{\partial z}{\partial s} = x^\top W^\top": "proved",
    r"\frac{\partial z}{\partial s} = W x": "ill-formed",
    r"\frac{\partial L}{\partial z} = \frac{\partial a}{\partial z} \frac{\partial L}{\partial a}": "proved",
    r"\frac{\partial L}{\partial x} = \frac{\partial z}{\partial x} \frac{\partial L}{\partial z}": ("proved"),
    r"\frac{\partial L}{\partial s} = \frac{\partial z}{\partial s} \frac{\partial L}{\partial z}": "proved",
    r"\frac{\partial a}{\partial x} = s W^\top \operatorname{diag}(f'(z))": "proved",
}


def test_numerator_layout():
    lines = FORWARD | BOTH | NUMERATOR
    assert judged(HEADER + 'layout = "numerator"\n', lines) == lines
    assert judged(HEADER, lines) == lines


def test_denominator_layout():
    lines = FORWARD | BOTH | DENOMINATOR
    assert judged(HEADER + 'layout = "denominator"\n', lines) == lines


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        ('products = "matrix"\nlayout = "rows"', 'layout is "numerator" or "denominator"'),
        ('layout = "denominator"', 'products = "matrix"'),
    ],
)
def test_a_layout_that_is_none(reading, said):
    text = HEADER.replace('products = "matrix"\n', reading + "\n")
    problem = read_text(f"+++\n{text}\n+++\n$a = f(z)$\n").document.problem
    assert problem is not None
    assert said in problem.message


def test_the_other_layout_is_named_where_it_would_fit():
    lines = FORWARD | {r"\frac{\partial z}{\partial x} = s W^\top": "ill-formed", r"z = W^\top x": "ill-formed"}
    derivation = read_text(f"+++\n{HEADER}\n+++{shown(lines)}")
    told = [r.statement.problem.message for r in derivation.verify() if r.verdict == "ill-formed"]
    assert ['layout = "denominator"' in message for message in told] == [True, False]
