r"""Random computations over several axes: a document that defines one, and the same in NumPy.

    from hypothesis import given
    import bnsym
    from bnsym.testing import computations

    @given(computations())
    def test_a_cost_is_what_the_document_says(computation):
        derivation = bnsym.read(computation.write(folder))
        program = bnsym.lambdify(derivation, sizes=computation.sizes, activation="tanh")
        cost, gradient = program(**{name: computation.tensors[name] for name in program.shapes})
        ...

What is drawn are maps that contract one axis or two, links, gates, activations, normalizations over any axes, scales
and shifts, each of anything that was there before: graphs of any shape, whose steps take their axes in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

Array = np.ndarray
Axes = str  # the index of each axis, in order
Tensors = dict[str, Array]
Step = Callable[[Tensors], Array]

AXES = {"s": ("sample", "N", "t"), "i": ("row", "R", "j"), "k": ("column", "S", "m"), "p": ("unit", "T", "q")}
COMPUTED = [f"\\{mark}{{{base}}}" if mark else base for mark in ("", "hat", "tilde") for base in "yzuvfh"]
GIVEN = "ABDEFGHKMPQVW"
OPERATIONS = ("map", "map", "link", "gate", "activation", "normalization", "scale")
ADDED = 0.5  # to a variance, so that none is nothing

HEADER = r"""+++
title = "A random computation"

[axes]
sample = {{ size = "N", data = true }}
row = "R"
column = "S"
unit = "T"

[indices]
sample = "s t"
row = "i j"
column = "k m"
unit = "p q"

[symbols]
{symbols}

[functions]
g = "elementwise"

[cost]
symbol = 'C'
of = '{of}'
+++
"""


@dataclass
class Computation:
    """`text` is the document; `tensors` are what it does not define, with a `cotangent` over the axes of its output.

    `steps` are its definitions by name, in order, in arithmetic that takes complex numbers; g is tanh.
    """

    text: str
    sizes: dict[str, int]
    tensors: Tensors
    steps: dict[str, Step]

    def write(self, folder: Path) -> Path:
        """The document as a file."""
        path = folder / "computation.md"
        path.write_text(self.text, encoding="utf-8")
        return path

    def cost(self, tensors: Tensors) -> complex:
        """Σ of the output, weighted by the cotangent."""
        values = dict(tensors)
        for name, step in self.steps.items():
            values[name] = step(values)
        return (values[name] * values["cotangent"]).sum()


def entry(name: str, indices: str) -> str:
    return f"{name}_{{{indices}}}" if indices else name


def bound(axes: Axes, over: Iterable[str]) -> str:
    """The indices of a tensor, those that are summed over by their other letters."""
    return "".join(AXES[a][2] if a in over else a for a in axes)


def sums(over: Axes) -> str:
    return " ".join(f"\\sum_{bound(a, over)}" for a in over)


@dataclass
class _Draft:
    """What was drawn so far: the axes of each computed tensor and of each that is given, lines and steps."""

    draw: st.DrawFn
    axes: dict[str, Axes] = field(default_factory=dict)
    given: dict[str, Axes] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    steps: dict[str, Step] = field(default_factory=dict)

    def define(self, axes: Axes, body: str, step: Step) -> str:
        name = COMPUTED[len(self.axes)]
        self.axes[name] = axes
        self.lines.append(f"{entry(name, axes)} = {body}")
        self.steps[name] = step
        return name

    def parameter(self, axes: Axes) -> str:
        name = GIVEN[len(self.given)]
        self.given[name] = axes
        return name

    def some(self, axes: Iterable[str], least: int, most: int) -> Axes:
        """Some of these axes, in any order."""
        chosen = self.draw(st.permutations(sorted(axes)))
        return "".join(chosen[: self.draw(st.integers(least, min(most, len(chosen))))])

    def order(self, axes: Iterable[str]) -> Axes:
        return "".join(self.draw(st.permutations(sorted(axes))))

    def step(self) -> None:
        """One more operation, on what there is."""
        source = self.draw(st.sampled_from(list(self.steps)))
        axes = self.axes[source]
        alike = [name for name, other in self.axes.items() if set(other) == set(axes)]
        within = [name for name, other in self.axes.items() if set(other) <= set(axes)]
        match self.draw(st.sampled_from(OPERATIONS)):
            case "map":
                self.map(source)
            case "link":
                self.join(source, self.draw(st.sampled_from(alike)), "+", np.add)
            case "gate":
                self.join(source, self.draw(st.sampled_from(within)), "", np.multiply)
            case "activation":
                self.define(axes, f"g({entry(source, axes)})", lambda v: np.tanh(v[source]))
            case "normalization":
                self.normalise(source)
            case "scale":
                self.scale(source)

    def map(self, source: str) -> str:
        """Some axes are contracted with a weight, others are new; there may be a shift."""
        axes = self.axes[source]
        units = [a for a in axes if a != "s"]
        if not units:
            return source
        over = self.some(units, 1, 2)
        kept = [a for a in axes if a not in over]
        new = self.some([a for a in "ikp" if a not in kept], 0, 2)
        weight = self.parameter(self.order(new) + over)
        own = self.given[weight]
        target = self.order([*kept, *new])
        body = f"{sums(over)} {entry(weight, bound(own[: len(new)], '') + bound(over, over))}"
        body += f" {entry(source, bound(axes, over))}"
        formula = f"{own[: len(new)]}{bound(over, over)},{bound(axes, over)}->{target}"
        if new and self.draw(st.booleans()):
            shift = self.parameter(self.order(new))
            body += f" + {entry(shift, self.given[shift])}"
            spread = f"{self.given[shift]}->{''.join(a for a in target if a in new)}"
            places = tuple(slice(None) if a in new else None for a in target)
            return self.define(
                target, body,
                lambda v: np.einsum(formula, v[weight], v[source]) + np.einsum(spread, v[shift])[places],
            )  # fmt: skip
        return self.define(target, body, lambda v: np.einsum(formula, v[weight], v[source]))

    def join(self, first: str, second: str, sign: str, operation: Callable[[Array, Array], Array]) -> str:
        """Two tensors, the second over some axes of the first."""
        axes, other = self.axes[first], self.axes[second]
        arranged = f"{other}->{''.join(a for a in axes if a in other)}"
        places = tuple(slice(None) if a in other else None for a in axes)
        body = f"{entry(first, axes)} {sign} {entry(second, other)}"
        return self.define(axes, body, lambda v: operation(v[first], np.einsum(arranged, v[second])[places]))

    def normalise(self, source: str) -> str:
        """(x - μ)/σ, with mean and deviation over some axes, the samples maybe among them."""
        axes = self.axes[source]
        over = "".join(a for a in axes if a in self.some(axes, 1, 3)) if axes else ""
        if not over or len(self.axes) + 3 > len(COMPUTED):
            return source
        kept = "".join(a for a in axes if a not in over)
        count = " ".join(AXES[a][1] for a in over)
        along = tuple(axes.index(a) for a in over)
        inside = entry(source, bound(axes, over))
        mean = self.define(kept, f"\\frac{{1}}{{{count}}} {sums(over)} {inside}", lambda v: v[source].mean(along))
        spread = f"({inside} - {entry(mean, kept)})^2"

        def centred(v: Tensors) -> Array:
            return v[source] - np.expand_dims(v[mean], along)

        deviation = self.define(
            kept, f"\\sqrt{{\\frac{{1}}{{{count}}} {sums(over)} {spread} + \\frac{{1}}{{2}}}}",
            lambda v: ((centred(v) ** 2).mean(along) + ADDED) ** 0.5,
        )  # fmt: skip
        body = f"\\frac{{{entry(source, axes)} - {entry(mean, kept)}}}{{{entry(deviation, kept)}}}"
        return self.define(axes, body, lambda v: centred(v) / np.expand_dims(v[deviation], along))

    def scale(self, source: str) -> str:
        """γx + β, over some axes but the samples'."""
        axes = self.axes[source]
        own = self.some([a for a in axes if a != "s"], 0, 3)
        if not own:
            return source
        scale, shift = self.parameter(own), self.parameter(own)
        arranged = f"{own}->{''.join(a for a in axes if a in own)}"
        places = tuple(slice(None) if a in own else None for a in axes)
        body = f"{entry(scale, own)} {entry(source, axes)} + {entry(shift, own)}"

        def step(v: Tensors) -> Array:
            return np.einsum(arranged, v[scale])[places] * v[source] + np.einsum(arranged, v[shift])[places]

        return self.define(axes, body, step)


@st.composite
def computations(draw: st.DrawFn, most: int = 5) -> Computation:
    """A map of random samples, and up to `most` operations on what there is; the last is the output."""
    draft = _Draft(draw)
    draft.axes["X"] = draft.order(["s", *draft.some("ikp", 1, 3)])
    draft.map("X")
    for _ in range(draw(st.integers(1, most))):
        if len(draft.given) + 2 <= len(GIVEN) and len(draft.axes) + 3 <= len(COMPUTED):
            draft.step()
    output = next(reversed(draft.steps))
    lengths = {"s": draw(st.integers(3, 4)), **{a: draw(st.integers(2, 4)) for a in "ikp"}}
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shapes = {"X": draft.axes["X"], **draft.given, "cotangent": draft.axes[output]}
    tensors = {}
    for name, axes in shapes.items():
        shape = [lengths[a] for a in axes]
        tensors[name] = random.uniform(0.4, 1.4, shape) * random.choice([-1, 1], shape)
    if not draft.axes[output]:
        tensors["cotangent"] = np.ones(())  # a number is the cost itself
    names = {**draft.axes, **draft.given}
    symbols = "\n".join(f"'{name}' = {[AXES[a][0] for a in axes]}" for name, axes in names.items())
    text = HEADER.format(symbols=symbols, of=output) + "".join(f"\n$${line}$$\n" for line in draft.lines)
    sizes = {AXES[a][0]: lengths[a] for axes in names.values() for a in axes}
    return Computation(text, sizes, tensors, draft.steps)
