"""The costs: documents of their own, derived like any other and put on top of a network's last layer.

A cost document defines C by the outputs u and the targets t of a batch. Its ∂C/∂u is derived from it; what the
network's own derivation calls ∂C/∂(its output) is that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from bnsym.calculus.derive import Derived, Deriver
from bnsym.calculus.prove import Prover
from bnsym.compile.errors import CompileError
from bnsym.compile.lowering.arithmetic import Arithmetic
from bnsym.compile.lowering.array import Extent, Reference, Value
from bnsym.compile.lowering.lower import Bound, Lowering
from bnsym.compile.lowering.monomial import Monomial
from bnsym.compile.packaged import packaged
from bnsym.document import read
from bnsym.language.expression import Index
from bnsym.language.graph import CostGraph

OUTPUT, TARGET, PROBABILITY = "u", "t", "p"
# What `cost=` may be: the document, and whether the targets are labels.
COSTS = {"squared-error": ("squared_error.md", False), "cross-entropy": ("softmax_cross_entropy.md", True)}


@dataclass(frozen=True)
class CostModel:
    """A cost with its derivative. `key` is C in its graph; `labels` says that targets are one of n labels."""

    name: str
    graph: CostGraph
    key: str
    derived: Derived
    labels: bool

    def lowering(
        self, arithmetic: Arithmetic, output: Bound, extents: Sequence[Extent], target: Value | None
    ) -> Lowering:
        """Reads the cost's expressions where u is a network's output, over these extents, and t the target.

        The target has its samples first, as u has. Raises CompileError if the output has other axes than u.
        """
        nodes = self.graph.nodes
        given = sorted(extents, key=lambda extent: not extent.data)
        if [extent.data for extent in given] != [axis.data for axis in nodes[OUTPUT].axes]:
            names = ", ".join(extent.key for extent in extents)
            raise CompileError(
                f"the cost {self.name} is of numbers over samples and one other axis, and the output is over {names}: "
                "give the document a last map, as derivations/group_norm_network.md has"
            )
        lengths = dict(zip((axis.key for axis in nodes[OUTPUT].axes), given, strict=True))
        lowering = Lowering(arithmetic, nodes, lengths, {})
        places = tuple(Index(f"i{k}", axis) for k, axis in enumerate(nodes[OUTPUT].axes))
        along = dict(zip(given, places, strict=True))
        lowering.tensors[OUTPUT] = Bound(places, output.at([along[extent] for extent in extents]))
        if target is not None:
            lowering.tensors[TARGET] = Bound(places, Monomial.of(Reference(target, places)))
        return lowering

    def seed(self, lowering: Lowering, extents: Sequence[Extent]) -> Bound:
        """∂C/∂u, over these extents."""
        indices = self.derived.derivative.denominator.indices
        along = dict(zip(sorted(extents, key=lambda extent: not extent.data), indices, strict=True))
        return Bound(tuple(along[extent] for extent in extents), lowering.lower(self.derived.expression))


@cache
def cost_model(name: str) -> CostModel:
    """The cost of that name. Raises CompileError if there is none."""
    if name not in COSTS:
        raise CompileError(f"there is no cost {name!r}; there are {', '.join(COSTS)}")
    file, labels = COSTS[name]
    document = read(packaged(file))
    graph = CostGraph.build(document, {})
    (key,) = (k for k, n in graph.nodes.items() if n.body is not None and not n.axes)
    return CostModel(name, graph, key, Deriver(Prover(graph), {}).derive(key, OUTPUT), labels)
