r"""What binds an index: Σ, ⟨·⟩ and ‖·‖.

A Σ runs over the whole of one axis; ranges 1…m and 0…m−1 say so, any other is ill-formed. A mean binds the one
implicit data axis inside it, or the letters of its subscript.
"""

from __future__ import annotations

from fractions import Fraction

from bnsym.document.errors import IllFormed, ReadError
from bnsym.document.meaning.contraction import close
from bnsym.document.meaning.derivatives import is_constant
from bnsym.document.meaning.formula import Formula, negate, power
from bnsym.document.meaning.scope import Scope, is_typed, is_unsettled, own, settle
from bnsym.document.notation.names import Item, flatten
from bnsym.document.syntax.tree import (
    Accent,
    Angle,
    Big,
    Listing,
    Name,
    Node,
    Norm,
)
from bnsym.language.expression import (
    Addition,
    Axis,
    Delta,
    Expression,
    Index,
    Mean,
    Number,
    Product,
    Size,
    Sum,
    free_indices,
    substitute,
    walk,
)
from bnsym.language.statement import Erratum


class Binders(Formula):
    def _norm(self, node: Norm, scope: Scope) -> Expression:
        r"""‖v‖ = \sqrt{\sum v²} over the axes without a letter that are no data axes, or the data axes alone."""
        size = self.registry.find_size(node.body) if node.single and isinstance(node.body, Name) else None
        if size is not None and not (size[1].below or size[1].above):  # |B|, as many as there are
            return Size(size[0])
        if node.single:
            raise ReadError(
                "an absolute value is not differentiable: declare it as an elementwise function", node.start
            )
        value = close(self.value(node.body, scope), node.start)
        over = self.norm_axes(value)
        if not over:
            raise IllFormed(f"nothing inside the norm has an axis without a letter{scope.bindings()}", node.start)
        squares: Expression = power(value, Fraction(2))
        for index in over:
            bound = own(index.axis)
            squares = Sum(bound, substitute(squares, {index: bound}))
        return power(squares, Fraction(1, 2))

    # -- means ------------------------------------------------------------------------------------------

    def _angle(self, node: Angle, scope: Scope) -> Expression:
        if isinstance(node.body, Listing):
            return self._inner(node.body, scope)
        return self._average(node.body, scope, [], node.start)

    def _inner(self, node: Listing, scope: Scope) -> Expression:
        r"""⟨a, b⟩ = \sum ab over the axes that a norm of either runs over, and that both have; a number has any."""
        if len(node.items) != 2:
            raise ReadError("an inner product is of two vectors: write ⟨a, b⟩", node.start)
        left, right = (close(self.value(item, scope), item.start) for item in node.items)
        over = [i for i in self.norm_axes(left) if i in self.norm_axes(right) or is_constant(right)]
        if is_constant(left):
            over = self.norm_axes(right)
        if not over:
            raise IllFormed(
                f"the two sides of the inner product share no axis without a letter{scope.bindings()}", node.start
            )
        product: Expression = Product((left, right))
        for index in over:
            bound = own(index.axis)
            product = Sum(bound, substitute(product, {index: bound}))
        return product

    def _accent(self, node: Accent, scope: Scope) -> Expression:
        if node.mark == r"\bar":
            return self._average(node.body, scope, [], node.start)
        raise ReadError(f"the accent {node.mark} over a formula is not declared", node.start)

    def _average(self, body: Node, scope: Scope, below: list[Item], at: int) -> Expression:
        """⟨body⟩: over the letters of its subscript, else over the one implicit data axis inside."""
        letters = [item.letter or "" for item in below]
        inner = scope.under(letters)
        value = self.value(body, inner)
        return self.average(value, inner, letters, at)

    def average(self, value: Expression, scope: Scope, letters: list[str], at: int) -> Expression:
        if letters:
            for letter in reversed(letters):
                value = self._average_letter(value, scope, letter, at)
            return value
        data = self.unwritten(value, data=True)
        if len(data) > 1:
            names = " or ".join(i.axis.key for i in data)
            raise IllFormed(f"over which axis does the mean run, {names}? Give it a subscript", at)
        if data:
            bound = own(data[0].axis)
            return Mean(bound, substitute(value, {data[0]: bound}))
        written = sorted(
            (i for i in free_indices(value) if is_typed(i) and i.axis.data and self._only_inside(i, scope)),
            key=lambda i: i.name,
        )
        if len(written) == 1:
            self.errata.append(
                Erratum("misplaced-index", f"the mean binds the index {written[0].name} that is written inside it")
            )
            scope.free.pop(written[0].name, None)
            bound = own(written[0].axis)
            return Mean(bound, substitute(value, {written[0]: bound}))
        axes = [axis for axis in self.notation.axes.values() if axis.data]
        if len(axes) == 1 and not any(i.axis == axes[0] for i in free_indices(value)):
            return Mean(own(axes[0]), value)
        raise IllFormed(
            f"the mean has nothing to run over: no data axis inside is without a letter{scope.bindings()}", at
        )

    @staticmethod
    def _only_inside(index: Index, scope: Scope) -> bool:
        return index.name not in scope.bound and index.name not in scope.head

    def _average_letter(self, value: Expression, scope: Scope, letter: str, at: int) -> Expression:
        index, value = self.bind(value, scope, letter, at)
        axis = index.axis
        if index not in free_indices(value):
            unwritten = [i for i in self.unwritten(value) if i.axis == axis]
            if len(unwritten) == 1:
                value = substitute(value, {unwritten[0]: index})
        return Mean(index, value)

    # -- sums over an index -----------------------------------------------------------------------------

    def _big(self, node: Big, scope: Scope) -> Expression:
        if node.operator != r"\sum":
            raise ReadError("a product over an index is not read: write the logarithm as a sum", node.start)
        if not node.below and not node.above:
            return self._sum_of_what_is_left(self.value(node.body, scope), node.start)
        letters, excluded, axis = self._range(node, scope)
        for letter in letters:
            if letter in scope.head or (letter in scope.free and letter not in scope.bound):
                raise IllFormed(
                    rf"the index {letter} is free and bound: \sum_{letter} binds a letter that is free outside"
                    + scope.bindings(),
                    node.start,
                )
        inner = scope.under(letters)
        if axis is not None:
            inner.bound.update(dict.fromkeys(letters, axis))
        body = self.value(node.body, inner)
        for letter in reversed(letters):
            index, body = self.bind(body, inner, letter, node.start)
            if index not in free_indices(body):
                if any(isinstance(part, Sum | Mean) and part.index == index for part in walk(body)):
                    raise IllFormed(
                        rf"the index {letter} is bound twice: \sum_{letter} stands around another{scope.bindings()}",
                        node.start,
                    )
                body = self._unlettered(body, index, letter)
            for other in excluded:
                delta = Delta(index, Index(other, scope.axis(other) or index.axis))
                if scope.axis(other) is None:
                    scope.record(other, index.axis)
                body = Product((body, Addition((Number(Fraction(1)), negate(delta)))))
            body = Sum(index, body)
        return body

    def _sum_of_what_is_left(self, body: Expression, at: int) -> Expression:
        r"""`\sum x` without an index runs over the one axis without a letter.

        If one of several is a data axis, it is that one; it may also be another, or all of them, as `choice` says.
        """
        left = self.unwritten(body)
        data = self.unwritten(body, data=True)
        if len(left) != 1 and len(data) != 1:
            raise ReadError("a sum needs the index that it binds: write \\sum_i", at)
        options = [data or left, *([i] for i in left if i not in data)] if len(left) > 1 else [left]
        options += [left] if len(left) > 1 else []
        self.choices = max(self.choices, len(options))
        over = options[min(self.choice, len(options) - 1)]
        names = " and ".join(index.axis.key for index in over)
        self.errata.append(Erratum("missing-index", f"a sum has no index; it is read as running over {names}"))
        for index in over:
            bound = own(index.axis)
            body = Sum(bound, substitute(body, {index: bound}))
        return body

    def _unlettered(self, body: Expression, index: Index, letter: str) -> Expression:
        """A Σ over a letter that its body lacks takes the body's one implicit index of that axis."""
        unwritten = [i for i in self.unwritten(body) if i.axis == index.axis]
        if len(unwritten) != 1:
            return body
        self.errata.append(
            Erratum(
                "missing-index",
                f"the sum over {letter} has no {letter} inside; it is read as binding the axis {index.axis.key}",
            )
        )
        return substitute(body, {unwritten[0]: index})

    def bind(self, body: Expression, scope: Scope, letter: str, at: int) -> tuple[Index, Expression]:
        """The index that a binder of `letter` binds, by what the letter ranges over inside, and its body."""
        letters = {*scope.free, *scope.bound}
        known = {name: axis for name in letters if (axis := scope.axis(name)) is not None}
        known |= {i.name: i.axis for i in free_indices(body) if is_typed(i) and not is_unsettled(i)}
        body = settle(body, known)
        inside = [i for i in free_indices(body) if i.name == letter and not is_unsettled(i)]
        axis = scope.bound.get(letter)
        if axis is None and inside:
            axis = inside[0].axis
        if axis is None and letter not in self.notation.letters:
            axis = self._named_by_size(letter)
        if axis is None:
            name = self.notation.letters.get(letter)
            if name is not None and name not in self.notation.families:
                axis = self.notation.axes[name]
            elif name is not None:
                candidates = {i.axis for i in self.unwritten(body) if i.axis.name == name}
                axis = candidates.pop() if len(candidates) == 1 else None
        if axis is None:
            raise IllFormed(
                f"the index {letter} does not occur in what is summed, and its axis is not known{scope.bindings()}", at
            )
        return Index(letter, axis), settle(body, known | {letter: axis})

    def _named_by_size(self, letter: str) -> Axis | None:
        r"""`\sum_N x`: the axis whose size stands where an index should."""
        found = self.registry.find_size(Name(0, 0, letter))
        return found[0] if found is not None else None

    def _range(self, node: Big, scope: Scope) -> tuple[list[str], list[str], Axis | None]:
        """The letters that a Σ binds, the letters that it leaves out (k ≠ i), and the axis of its range."""
        letters: list[str] = []
        excluded: list[str] = []
        lower: int | None = None
        whole: Axis | None = None
        for item in flatten(node.below):
            texts = item.bare
            equals = texts.index("=") if "=" in texts else 0
            letter = Item(texts[:equals], item.start, item.end).letter
            if letter is not None:
                letters.append(letter)
                lower = self._lower_bound(item, texts[equals + 1 :])
            elif (such := _such_that(texts)) is not None:
                letters.append(such[0])
                excluded.append(such[1])
            elif len(texts) == 3 and texts[1] == r"\neq":
                pair = [texts[0], texts[2]]
                if scope.axis(pair[0]) is not None and scope.axis(pair[1]) is None:
                    pair.reverse()
                letters.append(pair[0])
                excluded.append(pair[1])
            elif item.letter is not None:
                letters.append(item.letter)
            elif (member := self._member(item)) is not None:
                letters.append(member[0])
                whole = member[1]
            else:
                members = item.bare[2:] if item.bare[1:2] == (r"\in",) else ()
                hint = (
                    f", or declare {''.join(members)} as one more name of the axis' size" if len(members) == 1 else ""
                )
                raise IllFormed(
                    f"a sum over {item} is not a sum over a whole axis: write \\sum_i or \\sum_{{i=1}}^{{m}}{hint}",
                    item.start,
                )
        if not letters:
            raise ReadError("a sum needs the index that it binds: write \\sum_i", node.start)
        return letters, excluded, self._upper_bound(node, lower) or whole

    def _member(self, item: Item) -> tuple[str, Axis] | None:
        r"""The letter and the axis of `i \in [m]`, the numbers up to a size, and of `i \in B`, B a size."""
        match item.bare:
            case (letter, r"\in", "[", size, "]"):
                found = self.registry.find_size(Name(item.start, item.end, size))
                return (letter, found[0]) if found is not None else None
            case (letter, r"\in", size) if size in self.notation.sizes:
                found = self.registry.find_size(Name(item.start, item.end, size))
                return (letter, found[0]) if found is not None else None
        return None

    def _lower_bound(self, item: Item, texts: tuple[str, ...]) -> int:
        if texts not in (("0",), ("1",)):
            raise IllFormed(
                f"the range {item} is not the whole axis: a sum runs from 1 to the size or from 0 to the size minus 1",
                item.start,
            )
        return int(texts[0])

    def _upper_bound(self, node: Big, lower: int | None) -> Axis | None:
        if not node.above:
            if lower is not None:
                raise IllFormed("the sum says where it begins but not where it ends", node.start)
            return None
        tokens = [token for script in node.above for token in script]
        minus_one = len(tokens) > 2 and tokens[-2].text == "-" and tokens[-1].text == "1"
        text = self.content[tokens[0].start : (tokens[-3] if minus_one else tokens[-1]).end]
        size = self._parse(tokens[0].start, tokens[0].start + len(text))
        found = self.registry.find_size(size) if isinstance(size, Name) else None
        if found is None or found[1].below or found[1].above:
            raise IllFormed(f"the sum runs to {text}, which is not the size of an axis", tokens[0].start)
        if (lower == 0) != minus_one:
            count = "one term too many" if lower == 0 else "one term too few"
            raise IllFormed(f"the range of the sum is not the whole axis: {count}", node.start)
        return found[0]


def _such_that(texts: tuple[str, ...]) -> tuple[str, str] | None:
    r"""The j and the i of `j : j \neq i`."""
    match texts:
        case (letter, ":" | r"\mid" | "|", first, r"\neq", second) if letter in (first, second) and first != second:
            return letter, second if letter == first else first
    return None
