"""How long the axes of a network are.

A width is how many numbers a sample has at some place: in the input, in a layer, in the output. An axis of a layer,
`unit^2`, has the layer's width. Axes of the input and of the output make up the first width and the last. An axis
that belongs to no layer is as long in all of them: the widths in between are then one for each layer, and say how
long whatever is left is. What they leave open, or where they do not fit, is said by name.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bnsym.compile.errors import CompileError
from bnsym.compile.lowering.array import Extent
from bnsym.compile.lowering.structure import Structure, has_generic_layer, highest_layer
from bnsym.language.expression import Axis
from bnsym.language.statement import Document

PROJECTED = "derivations/residual_network.md has a linear map from the input and one to the output"


def likely_depth(document: Document, widths: Sequence[int]) -> int:
    """How many layers so many widths are for, unless there are maps to the first layer and from the last."""
    if not has_generic_layer(document):
        return highest_layer(document)
    return max(1, len(widths) - (1 if document.layered else 2))


def exact_depth(structure: Structure, widths: Sequence[int]) -> int:
    """How many layers so many widths are for, where the structure is of the likely number."""
    layers, ends = _stations(structure)
    if not structure.layered or not layers:
        return structure.depth
    return max(1, structure.depth + len(widths) - len(layers) - ends)


def extents(structure: Structure, widths: Sequence[int], sizes: Mapping[str, int]) -> dict[str, Extent]:
    """Every axis with its length, by key: those in `sizes`, by name or key, and those that the widths say.

    With widths, the axis along which the samples are is one long for the time being. Raises CompileError for an axis
    of which nothing says how long it is, and for lengths that do not fit.
    """
    lengths = _Lengths(structure, dict(_named(structure, sizes)))
    if widths:
        if structure.batch in lengths.known:
            raise CompileError(f"the samples of a batch are along {structure.batch}: its size is that of the batch")
        _check_number(structure, widths)
        lengths.fill(structure.input_axes, widths[0], "input")
        layers, ends = _stations(structure)
        first = 1 if ends and not _layer_numbers(structure.input_axes) else 0
        for number, width in zip(layers, widths[first:], strict=False):
            lengths.layer(number, width)
        lengths.fill(structure.output_axes, widths[-1], "output")
        if not layers:
            lengths.rest(widths[1:-1])
        lengths.known[structure.batch] = 1
    lengths.require_all()
    return {key: Extent(key, lengths.known[key], key == structure.batch) for key in structure.axes}


@dataclass
class _Lengths:
    structure: Structure
    known: dict[str, int]

    def fill(self, axes: Collection[Axis], width: int, what: str) -> None:
        """The one axis of the input or the output that is open is as long as makes up the width."""
        inside = [axis for axis in axes if axis.key != self.structure.batch]
        open_axes = [axis for axis in inside if axis.key not in self.known]
        taken = math.prod(self.known[axis.key] for axis in inside if axis not in open_axes)
        if len(open_axes) == 1 and width % taken == 0:
            self.known[open_axes[0].key] = width // taken
        elif len(open_axes) > 1:
            names = " and ".join(axis.key for axis in open_axes)
            raise CompileError(f"the {what} has {width} numbers over the axes {names}: {_advice(open_axes[:-1])}")
        elif open_axes or taken != width:
            lengths = " by ".join(f"{axis.key} of {self.known[axis.key]}" for axis in inside if axis not in open_axes)
            hint = f"; where both ends are of one axis, {PROJECTED}" if inside and not open_axes else ""
            found = f"it is over {lengths}" if lengths else f"it is over {self.structure.batch} alone: its width is 1"
            raise CompileError(f"the {what} has {width} numbers, but {found}{hint}")

    def layer(self, number: int, width: int) -> None:
        axes = [axis for axis in self.structure.axes.values() if _layer_numbers([axis]) == [number]]
        open_axes = [axis for axis in axes if axis.key not in self.known]
        if len(open_axes) > 1:
            names = " and ".join(axis.key for axis in open_axes)
            raise CompileError(
                f"layer {number} has the axes {names}, and a width is for one: {_advice(open_axes[:-1])}"
            )
        self.known |= {axis.key: width for axis in open_axes}

    def rest(self, widths: Sequence[int]) -> None:
        """What is as long in every layer."""
        open_axes = [axis for axis in self._open() if axis.key != self.structure.batch]
        for node in (self.structure.graph.nodes[key] for key in self.structure.order):
            both = [axis for axis in node.axes if axis in open_axes]
            if widths and self.structure.batch in {axis.key for axis in node.axes} and len(both) > 1:
                names = " and ".join(axis.key for axis in both)
                raise CompileError(f"{node.key} has the axes {names}, and a width is for one: {_advice(both)}")
        if len(set(widths)) == 1:
            self.known |= {axis.key: widths[0] for axis in open_axes}
        elif widths and open_axes:
            raise CompileError(
                f"the axis {open_axes[0].key} is as long in every layer, and the widths of the layers are "
                f"{', '.join(map(str, widths))}: they have to be the same, or {_advice(open_axes)}"
            )

    def require_all(self) -> None:
        missing = self._open()
        if missing:
            raise CompileError(f"nothing says how long {_listed(axis.key for axis in missing)} is: {_advice(missing)}")

    def _open(self) -> list[Axis]:
        return [axis for key, axis in self.structure.axes.items() if key not in self.known]


def _named(structure: Structure, sizes: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    """The sizes that are given, by the axis' key."""
    for name, size in sizes.items():
        found = [axis for axis in structure.graph.axes.values() if name.replace(" ", "") in _names(axis)]
        if not found:
            there = ", ".join(dict.fromkeys(axis.name for axis in structure.axes.values()))
            raise CompileError(f"there is no axis {name} whose size could be {size}; there is {there}")
        if size < 1:
            raise CompileError(f"the size of {name} is a positive number, not {size}")
        yield from ((axis.key, int(size)) for axis in found)


def _names(axis: Axis) -> set[str]:
    return {axis.name, axis.key, axis.key.replace("{", "").replace("}", "")}


def _layer_numbers(axes: Iterable[Axis]) -> list[int]:
    return sorted({axis.layer.offset for axis in axes if axis.layer is not None})


def _stations(structure: Structure) -> tuple[list[int], int]:
    """The layers that have an axis of their own, and how many of input and output have none of these."""
    layers = _layer_numbers(structure.axes.values())
    ends = [structure.input_axes, structure.output_axes]
    return layers, sum(not _layer_numbers(axes) for axes in ends)


def _check_number(structure: Structure, widths: Sequence[int]) -> None:
    layers, ends = _stations(structure)
    if layers and len(widths) != len(layers) + ends:
        raise CompileError(
            f"the network has {len(layers) + ends} widths, of its input, its layers and its output, not {len(widths)}"
        )
    if not layers and structure.layered and len(widths) < 3:
        raise CompileError("the network has no layer: between the first width and the last stands one for each layer")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"the axis {name}" for name in names)


def _advice(axes: Sequence[Axis]) -> str:
    """How to say what is missing."""
    names = list(dict.fromkeys(axis.key.replace("{", "").replace("}", "") for axis in axes))
    options = " ".join(f"--size {name}=8" for name in names)
    return f"give sizes={{{', '.join(f'{name!r}: 8' for name in names)}}}, or {options}"
