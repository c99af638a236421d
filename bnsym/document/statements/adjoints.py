r"""Names of two letters that a document gives to derivatives: `dz = \frac{\partial J}{\partial z}`, δy, Δy.

By itself dz is a differential, and its equation is one between differentials. With a derivative on the other side and
no differential it is a name, in all of the document.
"""

from __future__ import annotations

from collections.abc import Iterable

from bnsym.document.meaning.registry import Registry
from bnsym.document.statements.rows import Row
from bnsym.document.syntax.tree import Name, Node, Product, names_in
from bnsym.document.syntax.vocabulary import EQUATIONS

_MARKS = ("d", r"\mathrm{d}", r"\delta", r"\Delta")


def adjoints(registry: Registry, rows: Iterable[Row]) -> set[tuple[str, ...]]:
    """The letters of the names that rows define so, and that the header does not declare."""
    found: set[tuple[str, ...]] = set()
    for row in rows:
        body = row.link.expression if row.link is not None and row.link.relation in EQUATIONS else None
        match row.chain.head:
            case Product(factors=(Name(below=(), above=(), primes=0) as mark, Name() as name), signs=(_, "")):
                known = registry.find(mark) or registry.find_size(mark) or registry.function(mark)
                if mark.base in _MARKS and not known and registry.find(name) and body is not None and _derives(body):
                    found.add((mark.base, name.base))
    return found


def _derives(body: Node) -> bool:
    """Whether there is a derivative in a formula, and no differential."""
    bases = {name.base for name in names_in(body)}
    return bool(bases & {r"\partial", r"\nabla"}) and not bases & {"d", r"\mathrm{d}"}
