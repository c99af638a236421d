"""From a derivation to the arrays of one training step and of a prediction.

The forward pass is the document's definitions. The backward pass is derived: ∂C/∂n for every node n of the
graph that is worth an array of its own (see `network`), each in terms of those downstream of it, and then the
gradient of every parameter in terms of these. A prediction replaces every sum over the batch by an average of
what it came to in training. Nothing here is particular to a normalisation, or to a layer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bnsym.calculus.derive import Derived, Deriver
from bnsym.calculus.prove import Prover
from bnsym.compile.errors import CompileError
from bnsym.compile.lowering.activation import DERIVATIVES
from bnsym.compile.lowering.arithmetic import Arithmetic
from bnsym.compile.lowering.array import Operand, Reference, Value
from bnsym.compile.lowering.cost import PROBABILITY, CostModel
from bnsym.compile.lowering.lower import Bound, Frozen, Lowering
from bnsym.compile.lowering.monomial import Monomial
from bnsym.compile.lowering.network import INPUT_NAME, Network
from bnsym.compile.lowering.spread import parts
from bnsym.compile.lowering.structure import Structure
from bnsym.compile.planning.forms import Forms
from bnsym.compile.planning.schedule import schedule
from bnsym.compile.planning.search import Choice, Search, array
from bnsym.kernel import Rejected
from bnsym.language.expression import Index
from bnsym.language.latex import to_latex

TARGET_NAME, SCALE_NAME, COTANGENT_NAME = "targets", "scale", "cotangent"


@dataclass(frozen=True)
class Statistic:
    """A sum over the batch that predictions need: what it is in training, and its average's leaf."""

    name: str
    value: Value
    leaf: Value

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(extent.size for extent in self.leaf.extents)


@dataclass
class Plan:
    """The values of a step and of a prediction, all in one builder.

    `outputs` maps a parameter's name to its gradient (times `scale`) with indices in the order of its axes.
    `arguments` are the names of what is given with every call, in their order, with the words for users.
    `equations` says for a value, in LaTeX, which equation of the derivation it computes.
    """

    network: Network
    arithmetic: Arithmetic
    cost: Reference
    outputs: dict[str, tuple[Monomial, tuple[Index, ...]]]
    statistics: list[Statistic]
    prediction: Reference | None
    probability: Reference | None
    arguments: Mapping[str, str] = field(default_factory=lambda: {INPUT_NAME: INPUT_NAME, TARGET_NAME: TARGET_NAME})
    equations: dict[Value, str] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of an argument of the step, by its name."""
        return tuple(extent.size for extent in self.leaf(name).extents)

    def leaf(self, name: str) -> Value:
        """An argument of the step, by its name."""
        return next(v for v in self.arithmetic.builder.values if v.operation == "leaf" and v.name == name)


def derive_all(structure: Structure, letters: Mapping[str, Sequence[str]]) -> dict[str, Derived]:
    """∂C/∂ for every cut but the output, and for every parameter; by key. Raises CompileError.

    `letters` are the document's index letters, by the name of the axis.
    """
    deriver = Deriver(Prover(structure.graph), letters, structure.named)
    wanted = [*(k for k in structure.cuts if k != structure.output), *structure.trained]
    result = {}
    for key in wanted:
        try:
            result[key] = deriver.derive(structure.cost, key, [c for c in structure.cuts if c != key])
        except Rejected as error:
            raise CompileError(f"there is no closed form of the derivative with respect to {key}: {error}") from error
    return result


def plan(network: Network, derived: dict[str, Derived], cost: CostModel, activation: str) -> Plan:
    """The values of a training step and of a prediction. Raises CompileError."""
    arithmetic = Arithmetic()
    structure = network.structure
    functions = dict.fromkeys(opaque(structure), activation)
    forward = _lowering(network, arithmetic, functions)
    forward.linearise(structure.output)
    _forward(network, forward)
    extents = [network.extents[axis.key] for axis in structure.output_axes]

    # The prediction's forward pass finds which sums over the batch need an average.
    frozen = Frozen(forward)
    alone = _lowering(network, arithmetic, functions)
    alone.frozen = frozen
    alone.linearise(structure.output)
    prediction = alone.array(structure.output)
    probability = None
    if PROBABILITY in cost.graph.nodes:
        above = cost.lowering(arithmetic, alone.tensor(structure.output), extents, None)
        probability = above.array(PROBABILITY)

    target = arithmetic.builder.leaf(TARGET_NAME, network.samples_first(structure.output))
    top = cost.lowering(arithmetic, forward.tensor(structure.output), extents, target)
    total = top.array(cost.key)
    outputs, equations = _backward(network, forward, derived, cost.seed(top, extents))
    statistics = [
        Statistic(arithmetic.names.get(value, leaf.name), value, leaf) for value, leaf in frozen.statistics.items()
    ]
    return Plan(network, arithmetic, total, outputs, statistics, prediction, probability, equations=equations)


def function_plan(network: Network, derived: dict[str, Derived], activation: str) -> Plan:
    """The values of the cost and its gradient as a function of the tensors that are not defined.

    Where the cost is opaque, it is Σ c·y, with c the `cotangent` of the y that it is of, so that ∂C/∂y = c; a number y
    is the cost itself. Raises CompileError.
    """
    arithmetic = Arithmetic()
    structure = network.structure
    forward = _lowering(network, arithmetic, dict.fromkeys(opaque(structure), activation))
    total = _forward(network, forward)
    arguments = {argument.name: argument.word for argument in network.arguments}
    seed = Bound((), Monomial())
    if structure.output_axes:
        output = forward.tensor(structure.output)
        leaf = arithmetic.builder.leaf(COTANGENT_NAME, [forward.extent(index.axis) for index in output.indices])
        seed = Bound(output.indices, Monomial.of(Reference(leaf, output.indices)))
        total = arithmetic.array(arithmetic.contract(seed.monomial * output.monomial, output.indices))
        arguments[COTANGENT_NAME] = COTANGENT_NAME
    outputs, equations = _backward(network, forward, derived, seed)
    return Plan(network, arithmetic, total, outputs, [], None, None, arguments, equations)


def _forward(network: Network, lowering: Lowering) -> Reference:
    """Lower all definitions; returns the output as an array."""
    for key in network.structure.order:
        lowering.tensor(key)
    return lowering.array(network.structure.output)


def _backward(
    network: Network, forward: Lowering, derived: dict[str, Derived], seed: Bound
) -> tuple[dict[str, tuple[Monomial, tuple[Index, ...]]], dict[Value, str]]:
    """The gradients by parameter, from the derivative by the output; and what equation a value computes."""
    arithmetic, structure = forward.arithmetic, network.structure
    scale = Reference(arithmetic.builder.leaf(SCALE_NAME, ()), ())
    forward.derivatives[structure.output] = Bound(seed.indices, seed.monomial * Monomial.of(scale))
    backward = _Backward(network, derived, forward)
    outputs = backward.run()
    for key in structure.order:
        monomial = forward.tensor(key).monomial
        if monomial.factors:
            arithmetic.name(Monomial.of(arithmetic.array(monomial)), key)
    return outputs, {**_definitions(forward), **backward.equations}


@dataclass
class _Backward:
    network: Network
    derived: dict[str, Derived]
    lowering: Lowering
    equations: dict[Value, str] = field(default_factory=dict)

    def run(self) -> dict[str, tuple[Monomial, tuple[Index, ...]]]:
        """Lower the derivatives, last layer first; returns the gradients by parameter."""
        outputs = {}
        parameters = {p.key: p for p in self.network.parameters}
        arithmetic = self.lowering.arithmetic
        for key in reversed(self.network.structure.order):
            found = self.derived.get(key)
            if found is None:
                continue
            indices = found.derivative.denominator.indices
            monomial = self.lowering.lower(found.expression)
            equation = f"{to_latex(found.derivative)} = {to_latex(found.expression)}"
            if key in parameters:
                outputs[parameters[key].name] = (monomial, indices)
                named = arithmetic.array(monomial).value
            else:
                named = arithmetic.array(monomial).value
                monomial = Monomial.of(arithmetic.array(monomial)) if monomial.factors else monomial
            self.lowering.derivatives[key] = Bound(indices, monomial)
            if monomial.factors:
                self.equations.setdefault(named, equation)
                if key not in parameters:
                    arithmetic.names.setdefault(named, f"d {key}")
        return outputs


def cheapest(plan: Plan, itemsize: int, kinds: tuple[str, ...] = Forms.KINDS) -> Plan:
    """The plan with the forms of its values that take least where each is a call of its own, as in NumPy.

    `kinds` are the moves that are looked for: see `bnsym.compile.planning.forms`.
    """
    arithmetic = plan.arithmetic
    gradients = {name: arithmetic.array(m) for name, (m, _) in plan.outputs.items() if m.factors}
    wanted = [plan.cost.value, *(r.value for r in gradients.values()), *(s.value for s in plan.statistics)]
    needed = schedule(wanted, fuse=False).values
    guarded = [value for value in needed if value in arithmetic.guarded]
    kept = frozenset(v for g in guarded for v in parts(g))
    search = Search(arithmetic.builder, (*wanted, *guarded), kept, itemsize, kinds)
    search.run()

    def moved(reference: Reference) -> Reference:
        image = search.image.get(reference.value)
        if image is None:
            return reference
        return Reference(array(image), tuple(reference.indices[k] for k in image.labels))

    def renamed(texts: Mapping[Value, str]) -> dict[Value, str]:
        """What is said of a value is said of what it has become, unless that has a text of its own."""
        images = {array(search.image[v]): text for v, text in texts.items() if v in search.image}
        return {**texts, **{v: text for v, text in images.items() if v not in texts}}

    outputs = {
        name: (Monomial.of(moved(gradients[name])) if name in gradients else monomial, indices)
        for name, (monomial, indices) in plan.outputs.items()
    }
    again = replace(
        arithmetic,
        names=renamed(arithmetic.names),
        guarded={array(search.image.get(v, Operand(v))): None for v in arithmetic.guarded},
    )
    return replace(
        plan,
        arithmetic=again,
        cost=moved(plan.cost),
        outputs=outputs,
        statistics=[replace(s, value=array(search.image[s.value])) for s in plan.statistics],
        equations=renamed(plan.equations),
        choices=search.choices,
    )


def opaque(structure: Structure) -> set[str]:
    """The functions of the graph that have no formula of their own."""
    names = {n.function[0] for n in structure.graph.nodes.values() if n.function}
    return {name for name in names if name not in DERIVATIVES}


def _definitions(lowering: Lowering) -> dict[Value, str]:
    result: dict[Value, str] = {}
    for key, bound in lowering.tensors.items():
        node = lowering.nodes[key]
        if node.body is not None and node.symbol is not None and bound.monomial.single is not None:
            left = f"{key}_{{{''.join(i.name for i in node.indices)}}}"
            result.setdefault(bound.monomial.single.value, f"{left} = {to_latex(node.body)}")
    return result


def _lowering(network: Network, arithmetic: Arithmetic, functions: dict[str, str]) -> Lowering:
    """Reads the graph; leaves become arrays, a network's input with its samples first, constants numbers."""
    structure = network.structure
    nodes = structure.graph.nodes
    lowering = Lowering(arithmetic, nodes, network.extents, functions)
    names = {p.key: p.name for p in network.parameters} | {a.key: a.name for a in network.arguments}
    for key, name in names.items():
        axes = nodes[key].axes
        places = tuple(Index(f"i{k}", axis) for k, axis in enumerate(axes))
        given = places
        if name == INPUT_NAME:
            given = tuple(sorted(places, key=lambda index: not network.extents[index.axis.key].data))
        leaf = arithmetic.builder.leaf(name, [network.extents[index.axis.key] for index in given])
        lowering.tensors[key] = Bound(places, Monomial.of(Reference(leaf, given)))
    for key, value in network.constants.items():
        lowering.tensors[key] = Bound((), Monomial(value))
    return lowering
