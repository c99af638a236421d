"""Networks that are not a chain of dense layers: trained code against complex steps through forwards of our own."""

import numpy as np
import pytest

from bnsym import Trainer, read
from bnsym.compile import CompileError, lambdify
from bnsym.compile.packaged import packaged
from bnsym.testing import complex_step
from tests.compile import graphs
from tests.compile.reference import mean_cost

EPSILON, BATCH = 0.1, 7
# A derivation, its forward, widths, further sizes, the shape of a sample, and of what W and the like have
CASES = {
    "residual": (
        lambda: read(packaged("residual_network.md")), graphs.residual_network, [4, 5, 5, 5, 3], {"hidden": 6}, (4,)
    ),
    "one block": (
        lambda: read(packaged("residual_network.md")), graphs.residual_network, [4, 5, 3], {}, (4,)
    ),
    "group norm": (
        lambda: read(packaged("group_norm_network.md")), graphs.group_norm_network,
        [5, 4, 4, 3], {"group": 2, "channel": 4}, (5,),
    ),
    "pixels": (graphs.spatial, graphs.spatial_forward, [12, 5, 3], {"pixel": 4}, (4, 3)),
    "between": (graphs.between, graphs.between_forward, [4, 6, 5, 7, 3], {}, (4,)),
    "gated": (graphs.gated, graphs.gated_forward, [4, 5, 3], {}, (4,)),
}  # fmt: skip


def made(name, backend="numpy", **options):
    derivation, forward, widths, sizes, shape = CASES[name]
    options = {"dtype": "float64", "batch_size": BATCH, "epsilon": None if name in WITHOUT else EPSILON, **options}
    return Trainer(widths, derivation=derivation(), sizes=sizes, backend=backend, **options), forward, shape


WITHOUT = ("between", "gated")  # an epsilon


def drawn(trainer, shape, seed=0):
    """Samples, labels as rows with a one, and parameters that are not what they start from."""
    random = np.random.default_rng(seed)
    for array in trainer.parameters.values():
        array += 0.3 * random.standard_normal(array.shape)
    return random.standard_normal((BATCH, *shape)), np.eye(trainer.widths[-1])[
        random.integers(0, trainer.widths[-1], BATCH)
    ]


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
@pytest.mark.parametrize("cost", ["cross-entropy", "squared-error"])
@pytest.mark.parametrize("name", CASES)
def test_gradients_are_those_of_a_complex_step(name, cost, backend):
    trainer, forward, shape = made(name, backend, activation="tanh", cost=cost)
    X, T = drawn(trainer, shape)
    found, parameters = trainer.gradient(X, T), dict(trainer.parameters)
    assert found.keys() == parameters.keys()
    for key, array in parameters.items():

        def moved(value, key=key):
            return mean_cost(forward({**parameters, key: value}, X, "tanh", EPSILON), T, cost)

        expected = complex_step(moved, array)
        assert np.abs(expected).max() > 1e-6, key
        np.testing.assert_allclose(found[key], expected, rtol=1e-9, atol=1e-12, err_msg=key)


@pytest.mark.parametrize("name", CASES)
def test_a_prediction_is_the_forward_pass_and_samples_may_be_rows(name):
    """Averages that are those of the one batch seen are in the place of its statistics."""
    trainer, forward, shape = made(name, activation="tanh", learning_rate=1e-14)
    X, T = drawn(trainer, shape)
    trainer.step(X, T)
    expected = forward(dict(trainer.parameters), X, "tanh", EPSILON)
    np.testing.assert_allclose(trainer.model.outputs(X.reshape(BATCH, -1)), expected, rtol=1e-9, atol=1e-9)
    shifted = trainer.model.outputs(X[2:4].reshape(2, -1))
    np.testing.assert_allclose(shifted, expected[2:4], rtol=1e-9, atol=1e-9)
    assert np.array_equal(trainer.predict(X), expected.argmax(axis=1))


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
@pytest.mark.parametrize("name", CASES)
def test_they_learn(name, backend):
    trainer, _, shape = made(name, backend, activation="tanh", learning_rate=0.05, dtype="float32")
    random = np.random.default_rng(1)
    labels = random.integers(0, 3, 90)
    shift = 4 * np.eye(3, shape[-1])[labels]
    X = random.standard_normal((90, *shape)) + shift.reshape(90, *[1] * (len(shape) - 1), shape[-1])
    costs = trainer.fit(X, labels, epochs=20)
    assert costs[-1] < costs[0] / 2 and (trainer.predict(X) == labels).mean() > 0.8


def test_what_starts_at_random_is_what_a_sum_runs_over():
    """A scale over two axes starts at one, a shift at zero, and neither decays."""
    trainer, _, shape = made("group norm", weight_decay=0.5, learning_rate=0.1)
    assert (trainer.parameters["gamma1"] == 1).all() and not trainer.parameters["beta1"].any()
    assert trainer.parameters["W1"].std() == pytest.approx(np.sqrt(2 / 8), rel=0.3)
    random = np.random.default_rng(2)
    trainer.step(random.standard_normal((BATCH, *shape)), random.integers(0, 3, BATCH))
    assert np.abs(trainer.parameters["gamma1"] - 1).max() < 0.1


def test_a_network_is_saved_with_its_sizes(tmp_path):
    trainer, _, shape = made("pixels")
    X, T = drawn(trainer, shape)
    trainer.step(X, T)
    trainer.save(tmp_path / "saved.npz")
    again = Trainer.load(tmp_path / "saved.npz", derivation=trainer.derivation)
    assert np.array_equal(again.predict_proba(X), trainer.predict_proba(X))


@pytest.mark.parametrize("depth", [2, 6])
def test_a_chain_of_links_costs_as_much_per_block_whatever_their_number(depth):
    """What comes back through a link is one array, and not followed anew by every block below."""
    derivation = read(packaged("residual_network.md"))
    steps = [len(lambdify(derivation, widths=[4, *[5] * d, 3], batch=8).steps) for d in (depth, depth + 1, depth + 2)]
    assert steps[2] - steps[1] == steps[1] - steps[0]


RESIDUAL = """feature = "p"
unit = "n"
hidden = "h" """
BY_BLOCK = r"""'x^l' = ["sample", "unit"]
'A^l' = ["hidden", "unit"]
'B^l' = ["unit", "hidden"]"""
BLOCK = r"x_{si}^l = x_{si}^{l-1} + \sum_k B_{ik}^l g(\sum_j A_{kj}^l x_{sj}^{l-1})"


@pytest.mark.parametrize(
    ("widths", "sizes", "said"),
    [
        ([4, 5, 4], {}, None),
        ([4, 4], {"hidden": 3}, "no layer: between the first width and the last"),
        ([4, 5, 3], {}, "the output has 3 numbers.* unit of 4.*residual_network.md"),
        ([4, 5, 6, 4], {}, "the axis hidden is as long in every layer, .* 5, 6: .*--size hidden=8"),
        ([4, 5, 6, 4], {"hidden": 3}, None),
        ([4, 5, 4], {"width": 3}, "no axis width .* there is sample, unit, hidden"),
        ([4, 5, 4], {"hidden": 0}, "size of hidden is a positive number, not 0"),
        ([4, 5, 4], {"sample": 3}, "the samples of a batch are along sample"),
        ([4, 5, 4], {"unit": 3}, "the input has 4 numbers.* unit of 3"),
    ],
)
def test_sizes_that_do_not_fit_are_named(widths, sizes, said):
    derivation = graphs.document(RESIDUAL, BY_BLOCK, "x^L", BLOCK)
    if said is None:
        assert lambdify(derivation, widths=widths, sizes=sizes, batch=5).source
    else:
        with pytest.raises(CompileError, match=said):
            lambdify(derivation, widths=widths, sizes=sizes, batch=5)


def test_several_open_axes_of_the_input_are_named():
    with pytest.raises(CompileError, match=r"12 numbers over the axes pixel and channel: .*--size pixel=8"):
        lambdify(graphs.spatial(), widths=[12, 5, 3], batch=5)


def test_several_open_axes_of_a_layer_are_named():
    derivation = read(packaged("group_norm_network.md"))
    with pytest.raises(
        CompileError, match=r"u\^\{0\} has the axes group and channel, .* --size group=8 --size channel=8"
    ):
        lambdify(derivation, widths=[4, 5, 3], batch=5)
    assert lambdify(derivation, widths=[4, 5, 3], sizes={"group": 2}, batch=5).source


def test_the_number_of_widths_is_that_of_the_places():
    """With maps at both ends a width is for the input, one for each of the layers from 0 on, one for the output."""
    with pytest.raises(CompileError, match=r"the network has 4 widths, .* not 3"):
        lambdify(graphs.between(), widths=[4, 5, 3], batch=5)
    assert lambdify(graphs.between(), widths=[4, 5, 6, 3], batch=5).source


def test_an_output_of_several_axes_needs_a_last_map():
    derivation = graphs.document(
        'row = "r"\ncolumn = "c"',
        r"""'X' = ["sample", "row", "column"]
'W' = ["row", "row"]
'o' = ["sample", "row", "column"]""",
        "o",
        r"o_{src} = \sum_k W_{rk} X_{skc}".replace("src", "sij").replace("rk", "ik").replace("skc", "skj"),
    )
    with pytest.raises(CompileError, match=r"over sample, row, column: give the document a last map"):
        lambdify(derivation, widths=[6, 6], sizes={"row": 2}, batch=5)
