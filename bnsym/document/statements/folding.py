r"""Intermediates that a document names after it has used them.

Notes often write a = σ(w a + b) and name z = w a + b only then. As written, nothing rests on z, and every
derivative by z would be zero. Where a defined symbol is used by no other definition but its body stands inside
one, that body is the symbol.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import permutations

from bnsym.document.meaning.dependencies import Dependencies
from bnsym.language.expression import (
    Addition,
    Delta,
    Expression,
    Function,
    Index,
    Mean,
    Number,
    Power,
    Product,
    Sum,
    Symbol,
    Tensor,
    walk,
)
from bnsym.language.statement import Definition

Binding = dict[Index, Index]

_PERMUTED = 4
"""Up to how many terms or factors are compared in any order."""


def fold(definitions: list[Definition], generic: str, kept: set[Symbol]) -> list[tuple[Definition, Definition]]:
    """Put symbols that nothing uses in place of their bodies; returns what was folded into what.

    `kept` are symbols that are used all the same: the argument of the cost.
    """
    folded = []
    for named in list(definitions):
        symbol = named.tensor.symbol
        used = any(isinstance(p, Tensor) and p.symbol == symbol for d in definitions for p in walk(d.body))
        if used or symbol in kept or not named.tensor.indices or not named.body.children:
            continue
        dependencies = Dependencies(definitions, generic)
        for at, other in enumerate(definitions):
            start, goal = (named.tensor.symbol, named.tensor.layer), (other.tensor.symbol, other.tensor.layer)
            if other is named or dependencies.reaches(start, goal):
                continue
            body = _replace(other.body, named)
            if body != other.body and other.body != named.body:
                definitions[at] = replace(other, body=body)
                folded.append((named, other))
    return folded


def fold_arguments(expression: Expression, definitions: Iterable[Definition]) -> Expression:
    """Put symbols in place of their bodies where these are arguments of a function or bases of a power."""
    if isinstance(expression, Function | Power):
        for named in definitions:
            if not isinstance(named.body, Tensor | Number):
                expression = expression.rebuild((_replace(expression.children[0], named),))
    children = tuple(fold_arguments(child, definitions) for child in expression.children)
    return expression.rebuild(children) if children else expression


def _replace(expression: Expression, named: Definition) -> Expression:
    binding: Binding = {}
    if _matches(named.body, expression, binding) and all(i in binding for i in named.tensor.indices):
        return replace(named.tensor, indices=tuple(binding[i] for i in named.tensor.indices))
    return expression.rebuild(tuple(_replace(child, named) for child in expression.children))


def _matches(pattern: Expression, expression: Expression, binding: Binding) -> bool:
    """Whether an expression is the pattern with its free indices renamed; `binding` learns the renaming."""
    if type(pattern) is not type(expression):
        return False
    match pattern, expression:
        case Tensor(), Tensor():
            same = pattern.symbol == expression.symbol and pattern.layer == expression.layer
            return same and _bind(pattern.indices, expression.indices, binding)
        case Delta(), Delta():
            return _bind((pattern.left, pattern.right), (expression.left, expression.right), binding)
        case (Sum(index, body), Sum(other, inside)) | (Mean(index, body), Mean(other, inside)):
            inner = {**binding, index: other}
            if index.axis != other.axis or not _matches(body, inside, inner):
                return False
            binding.update({old: new for old, new in inner.items() if old != index})
            return True
    parts, others = pattern.children, expression.children
    if len(parts) != len(others) or pattern.rebuild(others) != expression:
        return False
    commutes = isinstance(pattern, Product | Addition) and len(parts) <= _PERMUTED
    for order in permutations(others) if commutes else [others]:
        trial = dict(binding)
        if all(_matches(part, other, trial) for part, other in zip(parts, order, strict=True)):
            binding.update(trial)
            return True
    return False


def _bind(old: tuple[Index, ...], new: tuple[Index, ...], binding: Binding) -> bool:
    if len(old) != len(new):
        return False
    return all(a.axis == b.axis and binding.setdefault(a, b) == b for a, b in zip(old, new, strict=True))
