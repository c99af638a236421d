r"""What a name means: a declared tensor with its indices, a size, Kronecker's δ, an exponential, a mean."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from bnsym.document.errors import IllFormed, ReadError
from bnsym.document.meaning.binders import Binders
from bnsym.document.meaning.formula import TRANSPOSES, negate, power
from bnsym.document.meaning.indexing import assign
from bnsym.document.meaning.registry import axes_at
from bnsym.document.meaning.scope import Scope, unsettled
from bnsym.document.notation.names import Item, Match, flatten
from bnsym.document.syntax.lexer import Token, words
from bnsym.document.syntax.tree import (
    Group,
    Name,
    Node,
    Related,
    Scripted,
)
from bnsym.language.expression import (
    Addition,
    Axis,
    Delta,
    Expression,
    Function,
    Index,
    Number,
    Power,
    Size,
    Symbol,
    Tensor,
)
from bnsym.language.statement import Erratum

INDICATORS = words(r"\mathbf{1} \mathbb{1} \mathbb{I} \mathrm{1} 1 \mathbf{I} \mathrm{I} I \delta \chi")

E = words(r"e \mathrm{e}")


class Symbols(Binders):
    # -- names ------------------------------------------------------------------------------------------

    def _name(self, node: Name, scope: Scope) -> Expression:
        if self.registry.function(node) is not None and self.registry.find(node) is None:
            raise ReadError(f"the function {node.base} needs its argument in parentheses", node.start)
        found = self.registry.find(node)
        if found is not None and not (
            self._too_many(node, *found, scope) or self._is_exponential(node, found[1], scope)
        ):
            return self.tensor(node, *found, scope)
        if node.primes:
            return self.primed(node, scope)
        size = self.registry.find_size(node)
        if size is not None and not size[1].below:
            return self._powers(Size(size[0]), list(size[1].above))
        special = self._kronecker(node, scope) or self._exponential(node, scope) or self._overlined(node, scope)
        if special is not None:
            return special
        squared = self._root_of_a_square(node, scope)
        if squared is not None:
            return squared
        inferred = self.registry.infer(node, lambda letter: self._letter_axis(letter, scope))
        if inferred is not None:
            return self.tensor(node, *inferred, scope)
        raise self.registry.undeclared(node)

    def _too_many(self, node: Name, symbol: Symbol, found: Match, scope: Scope) -> bool:
        r"""Whether a declared `\delta` has two letters over one axis, and is not declared with two of it."""
        letters = [item.letter or "" for item in found.below]
        if node.base != r"\delta" or len(letters) != 2 or found.above:
            return False
        known = [scope.axis(letter) for letter in letters]
        first, second = (
            axis.name if axis is not None else self.notation.letters.get(letter, "")
            for letter, axis in zip(letters, known, strict=True)
        )
        return first == second != "" and [axis.name for axis in symbol.axes].count(first) < 2

    def primed(self, node: Name, scope: Scope) -> Expression:
        """A name with a prime that is neither a function nor declared with it."""
        raise ReadError(f"a prime on {node.base}, which is not a function", node.end - 1)

    def _root_of_a_square(self, node: Name, scope: Scope) -> Expression | None:
        r"""`\sigma` where `\sigma^2` is declared, and σ is not: its root; σ³ is (σ²)^{3/2}."""
        two = Token("number", "2", node.end, node.end)
        found = self.registry.find(replace(node, above=(*node.above, (two,))))
        written = any(item.texts == ("2",) for item in flatten(node.above))
        if found is None or written or ("2",) not in found[1].pattern.above:
            return None
        key = found[0].key(found[1].layer)
        self.errata.append(Erratum("ambiguous", f"{node.base} is not declared: it is read as the root of {key}"))
        square = self.tensor(node, *found, scope)
        if isinstance(square, Power):
            return power(square.base, square.exponent / 2)
        return power(square, Fraction(1, 2))

    def is_special(self, node: Name) -> bool:
        r"""Whether a name that is not declared has a meaning all the same: `\delta_{ij}`, e^x, x̄.

        With a letter on every axis of x, x̄ is no mean: `\bar{x}_i` is a name like any other, and so are `e_i`, a δ
        alone and one whose letters are of two axes.
        """
        if node.base in INDICATORS:
            scripts = [*flatten(node.below), *flatten(node.above)]
            axes = {self.notation.letters.get(item.letter or "", "") for item in scripts}
            if not scripts or (len(axes) == len(scripts) == 2 and "" not in axes):  # letters over two axes
                return node.base not in (r"\delta", r"\chi")
            return len(scripts) != 1
        if node.base in E:
            return not node.below
        found = self.registry.find(replace(node, base=node.base[5:-1])) if node.base.startswith(r"\bar{") else None
        return found is not None and len(found[1].below) < max(1, len(found[0].axes))

    def hoisted(self, node: Node) -> Name | None:
        r"""`(\sigma_B)^{2,l}` as the symbol `\sigma_B^{2,l}`, where what is in the bracket is no symbol itself."""
        if not isinstance(node, Scripted) or not isinstance(node.body, Group):
            return None
        inner = node.body.body
        if not isinstance(inner, Name) or self.registry.find(inner) is not None:
            return None
        name = replace(inner, below=inner.below + node.below, above=inner.above + node.above)
        return name if self.registry.find(name) is not None else None

    def _letter_axis(self, letter: str, scope: Scope) -> Axis | None:
        known = scope.axis(letter)
        name = self.notation.letters.get(letter)
        if known is None and name is not None and name not in self.notation.families:
            return self.notation.axes[name]
        return known

    def tensor(self, node: Name, symbol: Symbol, found: Match, scope: Scope) -> Expression:
        """A declared tensor with its indices; what it abbreviates, if it does; and its power."""
        symbol = self.registry.versions.get(symbol, symbol)
        axes = axes_at(symbol, found.layer, self.notation.generic)
        below = list(found.below)
        above: list[Item] = []
        for item in found.above:
            letter = item.letter
            indexed = letter is not None and (letter in self.notation.letters or scope.axis(letter) is not None)
            (below if indexed and len(below) < len(axes) and item.texts not in TRANSPOSES else above).append(item)
        key = symbol.key(found.layer)
        if any(item.texts in TRANSPOSES for item in above):
            below = self._swapped(key, below, len(axes), node.start)
        letters = assign(self.notation, key, axes, below, scope, len(found.below))
        value = self.registry.notation.values.get(symbol)
        if value == "identity" and len(axes) == 2:
            indices = self.fill(axes, letters, key, node.start)
            return Delta(*indices)
        entry = Tensor(symbol, found.layer, self.fill(axes, letters, key, node.start))
        return self._powers(self._expanded(entry, node.start), above)

    @staticmethod
    def _swapped(key: str, items: list[Item], axes: int, at: int) -> list[Item]:
        r"""The indices of `A^\top_{ij}` as those of A: all that there are, in the other order."""
        if len(items) != axes or axes < 2:
            return items
        if axes > 2:
            raise ReadError(f"{key} has {axes} axes: which two does a transposition swap? Write them in order", at)
        return items[::-1]

    def _expanded(self, entry: Tensor, at: int) -> Expression:
        value = self.registry.expand(entry, at)
        return value if value is entry else self.count_again(value, at)

    def _kronecker(self, node: Name, scope: Scope) -> Expression | None:
        if node.base not in INDICATORS:
            return None
        items = flatten(node.below) + [i for i in flatten(node.above) if node.base == r"\delta" and i.letter]
        if len(items) == 1 and len(items[0].bare) == 3 and items[0].bare[1] in ("=", r"\neq"):
            left, relation, right = items[0].bare
            delta = self._delta(left, right, scope, node.start)
            return delta if relation == "=" else Addition((Number(Fraction(1)), negate(delta)))
        if len(items) == 2 and items[0].letter and items[1].letter:
            return self._delta(items[0].letter, items[1].letter, scope, node.start)
        return None

    def _delta(self, left: str, right: str, scope: Scope, at: int) -> Delta:
        axis = scope.axis(left) or scope.axis(right)
        if axis is None:
            name = self.notation.letters.get(left) or self.notation.letters.get(right)
            if name is None:
                raise ReadError(r"the indices of \delta range over which axis? Declare them in [indices]", at)
            axis = self.notation.axes[name]
            if name in self.notation.families:
                axis = unsettled(axis)
                return Delta(Index(left, axis), Index(right, axis))
        for letter in (left, right):
            known = scope.axis(letter)
            if known is not None and known != axis:
                raise IllFormed(f"the two indices of \\delta range over different axes{scope.bindings()}", at)
            if known is None:
                scope.record(letter, axis)
        return Delta(Index(left, axis), Index(right, axis))

    def iverson(self, body: Node, scope: Scope) -> Expression | None:
        r"""What is in `[i = j]` and in `\mathbf{1}(i = j)`: Kronecker's delta."""
        if not isinstance(body, Related) or body.relation not in ("=", r"\neq"):
            return None
        left, right = body.left, body.right
        if not (isinstance(left, Name) and isinstance(right, Name)):
            return None
        first, second = sorted((left.base, right.base))  # j = i is i = j
        delta = self._delta(first, second, scope, body.start)
        return delta if body.relation == "=" else Addition((Number(Fraction(1)), negate(delta)))

    def _is_exponential(self, node: Name, found: Match, scope: Scope) -> bool:
        r"""Whether a power of a declared e is an exponential all the same: its exponent is no number and no index."""
        if node.base not in E or node.below:
            return False
        names = [x for x in found.above if x.texts not in TRANSPOSES and not all(map(_is_numeric, x.texts))]
        return any(x.letter is None or self._letter_axis(x.letter, scope) is None for x in names)

    def _exponential(self, node: Name, scope: Scope) -> Expression | None:
        if node.base not in E or node.below or not node.above:
            return None
        tokens = [token for script in node.above for token in script]
        argument = self._parse(tokens[0].start, tokens[-1].end)
        return Function("exp", 0, self.value(argument, scope))

    def _overlined(self, node: Name, scope: Scope) -> Expression | None:
        r"""`\bar{x}` of a declared x, not declared itself, is a mean."""
        if not node.base.startswith(r"\bar{"):
            return None
        inner = Name(node.start, node.end, node.base[5:-1], node.below, node.above)
        return self._average(inner, scope, [], node.start) if self.registry.find(inner) else None


def _is_numeric(text: str) -> bool:
    return text in ("-", "+", "/", "{", "}") or text.replace(".", "").isdigit()
