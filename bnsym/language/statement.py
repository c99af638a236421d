"""What a reader makes of a document: definitions, claims with their possible readings, and what it could not read.

These are plain data. The reader fills them in; the derivation proves the claims and keeps the verdicts apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from bnsym.language.expression import Axis, Expression, Symbol, Tensor, tensors

ErratumKind = Literal["missing-index", "missing-sum", "misplaced-index", "direct-partial", "ambiguous", "no-path"]


@dataclass(frozen=True)
class Erratum:
    """A slip of the document that a reading has to mend; it does not by itself make the line wrong."""

    kind: ErratumKind
    message: str


@dataclass(frozen=True)
class Reading:
    """One way to read a claim, every index explicit, both sides over the same free indices.

    `choice` says in a few words what was chosen where the line leaves a choice ("\\hat{x}^l at the sample s"),
    empty where it leaves none. `errata` apply if this reading is the one that is taken.
    """

    left: Expression
    right: Expression
    latex: str
    choice: str = ""
    errata: tuple[Erratum, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Why something could not be read: 1-based line and column in the file, and what was expected.

    `excerpt` is the source line; with `column` it gives the caret.
    """

    line: int
    column: int
    message: str
    excerpt: str = ""


@dataclass(frozen=True)
class Statement:
    """One `=` or `≡` link, one definition, one informal relation, or one formula that could not be read.

    For a claim, `readings` are in the order in which they are to be tried; for an ill-formed line or an
    error, `problem` says what is wrong. A claim with a `problem` rests on a definition that could not
    be read: it cannot be refuted, and with a derivative in it not be proved either. `chain` is the identifier
    that the links of one chain share. `unsettled` says why a claim cannot be refuted, though it can be proved: it rests
    on a function of which the document says more than could be used. A claim is `vacuous` if no derivative at its head
    has a path, and it does not say that it is zero: 0 = 0 would prove nothing.
    """

    id: str
    line: int
    latex: str
    kind: Literal["definition", "claim", "informal", "ill-formed", "error"]
    readings: tuple[Reading, ...] = ()
    problem: Problem | None = None
    errata: tuple[Erratum, ...] = ()
    chain: str = ""
    vacuous: bool = False
    unsettled: Problem | None = None


AUXILIARY = r"\operatorname{aux}"
"""The base of the symbols of expressions that the document gives no name, but takes derivatives of or by."""

_SLOPE = "slope"


def slope_symbol(number: int, axes: tuple[Axis, ...]) -> Symbol:
    """The symbol of a derivative that is itself differentiated."""
    return Symbol(AUXILIARY, (f"{_SLOPE}{number}",), (), axes)


def is_slope(symbol: Symbol) -> bool:
    return symbol.base == AUXILIARY and str(symbol.labels_below[0]).startswith(_SLOPE)


@dataclass(frozen=True)
class Definition:
    """`tensor := body`; the indices of `tensor` are distinct, the body has no other free index.

    `body` is at the layers at which it was written; other layers follow by `map_layers`. `assumed` marks a
    definition that the header, not the document, supplies.
    """

    tensor: Tensor
    body: Expression
    assumed: bool = False


@dataclass(frozen=True)
class Cost:
    """An opaque cost C of one tensor (`of`), differentiable; both at the layers of the header."""

    symbol: Tensor
    of: Tensor


@dataclass(frozen=True)
class Document:
    """A document that was read.

    `abbreviations` are definitions whose body is one derivative (Δ ≡ ∂C/∂y): readings have them expanded, the
    printer folds them back. `slopes` are derivatives that are differentiated themselves: each has a definition
    without a derivative too, and what is claimed with it rests on that the two are equal. `hypotheses` are
    equations between expressions that the header assumes and that define nothing. `functions` are the elementwise
    functions of which nothing is known, `curves` those that the document defines, by name (`bnsym.language.curve`):
    they are in place everywhere; `rectified` are those of `functions` that are max(0, z). `assumptions` is the
    LaTeX of everything that the header assumes, as a report lists it. `letters` are the declared index letters,
    each with the name of its axis. `rewording` reads single lines anew (`bnsym.document.rewording`); None if there
    is a `problem`.
    """

    path: str
    title: str
    digest: str
    statements: tuple[Statement, ...]
    definitions: tuple[Definition, ...]
    abbreviations: tuple[Definition, ...]
    hypotheses: tuple[Reading, ...]
    assumptions: tuple[str, ...]
    functions: tuple[str, ...]
    cost: Cost | None
    layers: tuple[str, str] | None
    problem: Problem | None = None
    letters: tuple[tuple[str, str], ...] = ()
    slopes: tuple[Definition, ...] = ()
    rectified: frozenset[str] = frozenset()
    curves: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    rewording: Any = field(default=None, compare=False, repr=False)

    @cached_property
    def spelled(self) -> tuple[Definition, ...]:
        return spelled(self.abbreviations, self.definitions, self.slopes)

    @cached_property
    def defined(self) -> frozenset[Symbol]:
        """The symbols that have a definition."""
        return frozenset(definition.tensor.symbol for definition in self.definitions)

    @cached_property
    def layered(self) -> bool:
        """Whether anything is over an axis of a layer, such as unit^l."""
        found = (t for d in self.definitions for t in (d.tensor, *tensors(d.body)))
        return any(axis.layer is not None for t in found for axis in t.symbol.axes)

    @cached_property
    def passed_on(self) -> frozenset[Symbol]:
        """The symbols that a layer takes from one below it: of the first layer they may be the input."""
        return frozenset(t.symbol for d in self.definitions for t in tensors(d.body) if _is_below(t, d.tensor))


def _is_below(tensor: Tensor, other: Tensor) -> bool:
    """Whether a tensor lies in an earlier layer."""
    here, there = tensor.layer, other.layer
    return here is not None and there is not None and here.letter == there.letter and here.offset < there.offset


def spelled(
    abbreviations: Iterable[Definition], definitions: Iterable[Definition], slopes: Iterable[Definition]
) -> tuple[Definition, ...]:
    """The definitions that the printer needs: abbreviations, and those of what has no name."""
    unnamed = (d for d in definitions if d.tensor.symbol.base == AUXILIARY and not is_slope(d.tensor.symbol))
    return (*abbreviations, *unnamed, *slopes)
