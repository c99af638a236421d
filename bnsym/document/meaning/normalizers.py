r"""Functions of all entries along one axis: softmax, its logarithm, and the log of a sum of exponentials.

The axis is the one without a letter, in matrix notation that of a vector or along each row of a matrix; a subscript
names it by its letter, `\operatorname{softmax}_j(s_{ij})`. Where every axis has a letter, softmax is that entry.
"""

from __future__ import annotations

from fractions import Fraction

from bnsym.document.errors import IllFormed, ReadError
from bnsym.document.meaning.contraction import close
from bnsym.document.meaning.differentials import Differentials
from bnsym.document.meaning.formula import negate, power
from bnsym.document.meaning.scope import Scope, is_typed, own
from bnsym.document.notation.names import flatten
from bnsym.document.syntax.tree import Name, Node
from bnsym.language.expression import (
    Addition,
    Expression,
    Function,
    Index,
    Product,
    Sum,
    free_indices,
    substitute,
)
from bnsym.language.statement import Erratum

NORMALIZERS = {
    "softmax": "softmax", "Softmax": "softmax", "logsoftmax": "logsoftmax", "LogSoftmax": "logsoftmax",
    "logsumexp": "logsumexp", "LogSumExp": "logsumexp", "LSE": "logsumexp", "lse": "logsumexp",
}  # fmt: skip


def normalizer(base: str) -> str | None:
    r"""Which of them `\operatorname{softmax}` is."""
    word = base.removeprefix(r"\operatorname{").removesuffix("}") if base.startswith(r"\operatorname") else base[1:]
    return NORMALIZERS.get(word) if base.startswith("\\") else None


class Normalizers(Differentials):
    def normalized(self, node: Name, body: Node, scope: Scope) -> Expression:
        """Softmax, its logarithm or the log of a sum of exponentials, of a value along one of its axes."""
        kind = normalizer(node.base)
        letters = [item.letter for item in flatten(node.below)]
        if node.primes or len(letters) > 1 or None in letters:
            raise ReadError(f"{node.base} has one subscript at most, the index that it runs over", node.start)
        sums = kind == "logsumexp"
        value = self.value(body, scope.under(x for x in letters if x) if sums else scope)
        value = close(value, body.start, keep=frozenset(self.unwritten(value)))
        over = self._along(node, value, letters[0] if letters else None, scope, typed=not sums)
        exponentials = Function("exp", 0, value)
        bound = own(over.axis)
        total = Sum(bound, substitute(self.count_again(exponentials, node.start), {over: bound}))
        if sums:
            return Function("log", 0, total)
        if kind == "logsoftmax":
            return Addition((value, negate(Function("log", 0, total))))
        return Product((exponentials, power(total, Fraction(-1))))

    def _along(self, node: Name, value: Expression, letter: str | None, scope: Scope, *, typed: bool) -> Index:
        """The index that it runs over."""
        free = free_indices(value)
        if letter is not None:
            found = [i for i in free if i.name == letter]
            found = found or [i for i in self.unwritten(value) if self.notation.letters.get(letter) == i.axis.name]
        else:
            found = self.norm_axes(value)
            if self.ordered and len(found) > 1:
                found = found[:1]
                notice = f"{node.base} of a matrix is read as running along each of its rows, over {found[0].axis.key}"
                self.errata.append(Erratum("ambiguous", notice))
            if not found and typed:
                found = [i for i in free if is_typed(i) and not i.axis.data]
        if len(found) != 1:
            raise IllFormed(
                f"over which axis does {node.base} run? Give it a subscript, as in {node.base}_j(s_{{ij}})"
                + scope.bindings(),
                node.start,
            )
        return found[0]
