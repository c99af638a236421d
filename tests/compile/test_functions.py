"""Documents without widths: the cost and its gradient as a function of tensors, against complex steps of our own."""

import numpy as np
import pytest

from bnsym import read
from bnsym.compile import CompileError, lambdify
from bnsym.compile.packaged import packaged
from bnsym.testing import complex_step
from tests.compile.graphs import normalise
from tests.support.documents import read_text

REGRESSION = r"""+++
title = "Softmax regression"

[axes]
sample = { size = "N", data = true }
feature = "p"
class = "q"

[symbols]
'x' = ["sample", "feature"]
't' = ["sample", "class"]
'W' = ["class", "feature"]
'b' = ["class"]
'z' = ["sample", "class"]
'Z' = { axes = ["sample"], positive = true }
'p' = { axes = ["sample", "class"], positive = true }
'\lambda' = []
'L' = []

[indices]
sample = "s"
feature = "f"
class = "k c"
+++

$$z_{sk} = \sum_f W_{kf} x_{sf} + b_k, \qquad Z_s = \sum_k \exp(z_{sk}), \qquad p_{sk} = \frac{\exp(z_{sk})}{Z_s}$$

$$L = -\frac{1}{N} \sum_{s,k} t_{sk} \log(p_{sk}) + \frac{\lambda}{2} \sum_{k,f} W_{kf}^2$$

$$\frac{\partial L}{\partial z_{sk}} = \frac{1}{N} \left( p_{sk} \sum_c t_{sc} - t_{sk} \right)$$

$$\frac{\partial L}{\partial W_{kf}} = \sum_s \frac{\partial L}{\partial z_{sk}} x_{sf} + \lambda W_{kf}$$
"""


def softmax(z):
    exponentials = np.exp(z - z.real.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


def regression(W, b, x, t):
    p = softmax(x @ W.T + b)
    return -(t * np.log(p)).sum() / len(x) + 0.15 * (W**2).sum()


def attention(Q, K, V, cotangent):
    return (softmax(Q @ K.T / Q.shape[1] ** 0.5) @ V * cotangent).sum()


def layer_norm(x, w, b, cotangent):
    return ((w * normalise(x, 1, 1e-5) + b) * cotangent).sum()


def batch_norm_spatial(x, gamma, beta, cotangent):
    hat = normalise(x, (0, 2, 3), 1e-5)
    return ((gamma[:, None, None] * hat + beta[:, None, None]) * cotangent).sum()


def group_norm(x, gamma, beta, cotangent):
    hat = normalise(x, (2, 3), 1e-5)
    return ((gamma[..., None] * hat + beta[..., None]) * cotangent).sum()


def residual_norm(x, w, A, B, cotangent):
    n = w * x / ((x**2).mean(1, keepdims=True) + 1e-5) ** 0.5
    return ((x + np.tanh(n @ A.T) @ B.T) * cotangent).sum()


def packaged_document(name):
    return lambda: read(packaged(f"{name}.md"))


CASES = {
    "softmax regression": (
        lambda: read_text(REGRESSION), regression, {"sample": 5, "feature": 3, "class": 4}, {"lambda": 0.3}
    ),
    "attention": (packaged_document("attention"), attention, {"query": 4, "key": 5, "feature": 3, "channel": 2}, {}),
    "layer norm": (packaged_document("layer_norm"), layer_norm, {"sample": 4, "feature": 3}, {}),
    "batch norm of images": (
        packaged_document("batch_norm_spatial"), batch_norm_spatial, {"batch": 3, "channel": 2, "row": 2, "column": 4},
        {},
    ),
    "group norm": (packaged_document("group_norm"), group_norm, {"batch": 3, "group": 2, "channel": 3, "pixel": 4}, {}),
    "residual block": (packaged_document("residual_norm"), residual_norm, {"token": 5, "feature": 3, "hidden": 4}, {}),
}  # fmt: skip


@pytest.mark.parametrize("backend", ["numpy", "compiled", "jax"])
@pytest.mark.parametrize("name", CASES)
def test_cost_and_gradient_are_those_of_the_document(name, backend, request):
    if backend == "jax":
        request.getfixturevalue("jax")
    document, forward, sizes, constants = CASES[name]
    program = lambdify(document(), sizes=sizes, constants=constants, activation="tanh", backend=backend)
    random = np.random.default_rng(0)
    tensors = {key: random.standard_normal(shape) for key, shape in program.shapes.items()}
    cost, gradient = program(**tensors)
    assert cost == pytest.approx(forward(**tensors).real, rel=1e-11)
    assert gradient
    for key, found in gradient.items():
        expected = complex_step(lambda value, key=key: forward(**{**tensors, key: value}), tensors[key])
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12, err_msg=key)
    again = program(**tensors)
    assert again[0] == cost and all(np.array_equal(again[1][key], gradient[key]) for key in gradient)


def test_the_gradient_is_by_what_has_no_data_axis_and_by_what_the_document_differentiates_by():
    program = lambdify(read_text(REGRESSION), sizes={"sample": 5, "feature": 3, "class": 4}, constants={"lambda": 0.0})
    assert list(program.module.SHAPES) == ["W", "b"] and list(program.module.ARGUMENTS) == ["x", "t"]
    cross_entropy = lambdify(read(packaged("softmax_cross_entropy.md")), sizes={"sample": 5, "unit": 3})
    assert list(cross_entropy.module.SHAPES) == ["u"] and list(cross_entropy.module.ARGUMENTS) == ["t"]


def test_a_network_is_a_function_too():
    program = lambdify(read(packaged("layer_norm_network.md")), widths=[3, 4, 2], batch=5)
    random = np.random.default_rng(1)
    tensors = {key: random.standard_normal(shape) for key, shape in program.shapes.items()}
    tensors["targets"] = np.eye(2)[random.integers(0, 2, 5)]
    cost, gradient = program(**tensors)
    assert cost > 0 and gradient["W1"].shape == (4, 3) and set(gradient) == set(program.module.SHAPES)


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
def test_tensors_that_do_not_fit_are_named(backend):
    sizes = {"sample": 5, "unit": 3}
    program = lambdify(read(packaged("softmax_cross_entropy.md")), sizes=sizes, backend=backend)
    u, t = np.zeros((5, 3)), np.full((5, 3), 1 / 3)
    with pytest.raises(ValueError, match=r"expected the tensors u \(5, 3\), t \(5, 3\); found u"):
        program(u=u)
    with pytest.raises(ValueError, match=r"t has shape \(3, 5\); expected \(5, 3\)"):
        program(u=u, t=t.T)
    with pytest.raises(ValueError, match=r"t\[1, 2\] is nan: not a finite number"):
        program(u=u, t=np.where(np.arange(15).reshape(5, 3) == 5, np.nan, t))
    with pytest.raises(FloatingPointError):
        program(u=u + np.inf, t=t)
    assert program(u=u, t=t)[0] == pytest.approx(np.log(3))


@pytest.mark.parametrize(
    ("name", "sizes", "said"),
    [
        ("attention", {"query": 4, "key": 5, "feature": 3}, "how long the axis channel is: .* --size channel=8"),
        ("attention", {"queries": 4}, "no axis queries whose size could be 4; there is feature, query"),
        ("weight_norm", {"input": 3}, "the constant g has no value"),
        ("layer_norm_network", {"unit": 3, "sample": 4}, "there is a generic layer: give widths"),
    ],
)
def test_what_a_function_lacks_is_asked_for(name, sizes, said):
    with pytest.raises(CompileError, match=said):
        lambdify(read(packaged(f"{name}.md")), sizes=sizes)


def test_a_document_without_one_loss_says_so():
    text = REGRESSION.replace("$$L =", r"$$M = \sum_{s,k} p_{sk} t_{sk}$$" + "\n\n$$L =").replace(
        "'L' =", "'M' = []\n'L' ="
    )
    assert lambdify(read_text(text), sizes=CASES["softmax regression"][2], constants={"lambda": 1}).source
    without = text[: text.index(r"$$\frac{\partial L}{\partial z")]
    with pytest.raises(CompileError, match="not one scalar that nothing else rests on; found M, L"):
        lambdify(read_text(without), sizes=CASES["softmax regression"][2])
