r"""Symbols that a document introduces by itself: the first equation of a name that the header does not declare.

`S = \sum_k e^{z_k}`, `g_i = \frac{\partial L}{\partial y_i}`, `\bar{g} = \frac1m \sum_i g_i` declare S, g and ḡ. The
axes are those of the name's letters, in their order, and those that the right-hand side leaves without a letter;
without a matrix or a transposition in it, products are elementwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bnsym.document.errors import ReadError
from bnsym.document.meaning.contraction import close, is_map
from bnsym.document.meaning.derivatives import DIFFERENTIALS
from bnsym.document.meaning.elaborate import Elaborator
from bnsym.document.meaning.formula import TRANSPOSES
from bnsym.document.meaning.registry import Registry, at_home
from bnsym.document.meaning.scope import Scope, is_typed
from bnsym.document.meaning.symbols import INDICATORS
from bnsym.document.notation.names import Pattern, flatten, make_symbol_labels, read_layer
from bnsym.document.statements.remarks import is_remark
from bnsym.document.statements.rows import Row
from bnsym.document.syntax.tree import Cases, Name, Node, Numeral, head_name, names_in
from bnsym.document.syntax.vocabulary import EQUATIONS
from bnsym.language.expression import Axis, Index, Slot, Symbol, free_indices, walk

Label = Slot | tuple[str, ...]


def introduce(registry: Registry, make_elaborator: Callable[[], Elaborator], rows: Iterable[Row]) -> set[Symbol]:
    """Declare the names that the rows of a document define and its header does not know; returns their symbols."""
    introduced: set[Symbol] = set()
    known = -1
    while known < len(introduced):  # one may stand on another that comes later
        known = len(introduced)
        for row in rows:
            head = head_name(row.chain.head)
            body = row.link.expression if row.link is not None and row.link.relation in EQUATIONS else None
            if head is None or body is None or not row.first or row.chain.error is not None:
                continue
            elaborator = make_elaborator()
            declared = registry.find(head) or registry.find_size(head) or registry.function(head)
            indicates = head.base in INDICATORS and isinstance(body, Cases)  # \delta_{ij}, whatever i and j range over
            special = indicates or (elaborator.is_special(head) and not _is_adjoint(registry, head, body))
            if not (declared or special or is_remark(registry, row.chain)):
                symbol = _declare(registry, elaborator, head, body)
                introduced |= {symbol} if symbol is not None else set()
    return introduced


def _declare(registry: Registry, elaborator: Elaborator, name: Name, body: Node) -> Symbol | None:
    """Declare the symbol that `name = body` introduces; None if the two do not say what its axes are."""
    itself = any(other.base == name.base and registry.find(other) is None for other in names_in(body))
    if name.primes or isinstance(body, Numeral) or itself:
        return None
    scope = Scope()
    try:
        value = elaborator.value(body, scope)
        contracts = any(map(is_map, walk(value))) or any(map(_is_transposed, names_in(body)))
        value = close(value, body.start, keep=frozenset() if contracts else free_indices(value))
    except ReadError:
        return None
    notation = registry.notation
    letters: list[str] = []
    labels: list[list[Label]] = [[], []]
    layer = None
    for side, items in zip(labels, (flatten(name.below), flatten(name.above)), strict=True):
        for item in items:
            here = read_layer(item, notation.generic, notation.last, numbers=False)
            if here is not None and layer is None and side is labels[1]:
                layer = here
                side.append(Slot(0))
            elif item.letter is not None and (item.letter in notation.letters or scope.axis(item.letter) is not None):
                letters.append(item.letter)
            else:
                side.append(item.texts)
    free = free_indices(value)
    axes = [axis for letter in letters if (axis := _axis(registry, scope, letter, free)) is not None]
    rest = elaborator.unwritten(value)
    if len(axes) < len(letters) or any(is_typed(i) and i not in rest and i.name not in letters for i in free):
        return None
    axes += elaborator.declared_order(rest)
    if layer is not None:
        axes = [at_home(axis, layer, notation.generic) for axis in axes]
    pattern = Pattern(name.base, tuple(labels[0]), tuple(labels[1]), name.base)
    symbol = Symbol(name.base, *make_symbol_labels(pattern), tuple(axes))
    notation.patterns.setdefault(name.base, []).append((pattern, symbol))
    registry.faced.clear()
    return symbol


def _is_adjoint(registry: Registry, head: Name, body: Node) -> bool:
    r"""Whether `\bar{x} = \frac{\partial L}{\partial x}` names what is no mean."""
    marks = DIFFERENTIALS | {r"\nabla"}
    derived = (name for name in names_in(body) if name.base in marks and registry.find_size(name) is None)
    return head.base.startswith(r"\bar{") and any(registry.find(name) is None for name in derived)


def _is_transposed(name: Name) -> bool:
    return any(item.texts in TRANSPOSES for item in flatten(name.above))


def _axis(registry: Registry, scope: Scope, letter: str, free: frozenset[Index]) -> Axis | None:
    """What a letter of the name ranges over: what it does on the right-hand side, else what the header says."""
    found = next((i.axis for i in free if i.name == letter), None)
    if found is None:
        declared = registry.notation.letters.get(letter)
        found = registry.notation.axes[declared] if declared and declared not in registry.notation.families else None
    return found
