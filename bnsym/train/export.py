"""A trained network for others: arrays under PyTorch's names, a PyTorch module, an ONNX file.

What is exported is a sequence, for each layer, of a linear map without bias, a batch normalization with the
averages in place of a batch's statistics, and the activation, which the last layer has not. Whether the trainer's
document describes such a network is not taken from its names: the sequence is evaluated, and refused unless it
gives the trainer's own predictions.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bnsym.compile.lowering.activation import activation
from bnsym.files import write_atomically
from bnsym.train.errors import MissingExtraError, TrainingError
from bnsym.train.trainer import Trainer

if TYPE_CHECKING:
    import torch

PROBES = 64  # samples on which the sequence is compared with the trainer
OPSET = 17

# By the function that stands for g: its name in torch.nn, the operator in ONNX, and itself.
ACTIVATIONS = {
    "relu": ("ReLU", "Relu", lambda y: np.maximum(y, 0)),
    "logistic": ("Sigmoid", "Sigmoid", lambda y: 0.5 + 0.5 * np.tanh(y / 2)),
    "tanh": ("Tanh", "Tanh", np.tanh),
    "softplus": ("Softplus", "Softplus", lambda y: np.logaddexp(y, 0)),
    "identity": ("Identity", "Identity", lambda y: y),
}


@dataclass(frozen=True)
class _Layer:
    """y = scale · (W u - mean) / √(variance + ε) + shift."""

    weight: NDArray
    scale: NDArray
    shift: NDArray
    mean: NDArray
    variance: NDArray


def state_dict(trainer: Trainer) -> dict[str, NDArray]:
    """What `load_state_dict` of nn.Sequential(nn.Linear(…, bias=False), nn.BatchNorm1d(…), activation, …) takes.

    Arrays, for `torch.from_numpy`; no PyTorch is needed. Raises TrainingError for another kind of network.
    """
    result: dict[str, NDArray] = {}
    for number, layer in enumerate(_layers(trainer)):
        linear, norm = 3 * number, 3 * number + 1
        result |= {
            f"{linear}.weight": layer.weight, f"{norm}.weight": layer.scale, f"{norm}.bias": layer.shift,
            f"{norm}.running_mean": layer.mean, f"{norm}.running_var": layer.variance,
            f"{norm}.num_batches_tracked": np.array(trainer.steps),
        }  # fmt: skip
    return result


def to_torch(trainer: Trainer) -> torch.nn.Sequential:
    """The network as a PyTorch module in evaluation mode; softmax is left to the cost, as there.

    Raises MissingExtraError without PyTorch, TrainingError for another kind of network.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("a module for PyTorch needs it: pip install torch") from error
    layers: list[torch.nn.Module] = []
    for before, after in zip(trainer.widths, trainer.widths[1:], strict=False):
        norm = torch.nn.BatchNorm1d(after, eps=trainer.epsilon)
        layers += [torch.nn.Linear(before, after, bias=False), norm, getattr(torch.nn, _activation(trainer)[0])()]
    model = torch.nn.Sequential(*layers[:-1]).to(getattr(torch, trainer.dtype))
    model.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in state_dict(trainer).items()})
    return model.eval()


def write_onnx(trainer: Trainer, path: str | Path) -> None:
    """The network as an ONNX file: "inputs" (N, n_in) to "outputs" (N, n_out), before any softmax.

    Raises MissingExtraError without the package onnx, TrainingError for another kind of network, OSError.
    """
    try:
        from onnx import checker, helper, numpy_helper
    except ImportError as error:
        raise MissingExtraError("ONNX files need the package onnx: pip install bnsym[onnx]") from error
    nodes: list[Any] = []
    weights: list[Any] = []
    current, layers = "inputs", _layers(trainer)
    for number, layer in enumerate(layers, 1):
        arrays = {"W": layer.weight, "scale": layer.scale, "B": layer.shift, "mean": layer.mean, "var": layer.variance}
        weights += [numpy_helper.from_array(array, f"{name}{number}") for name, array in arrays.items()]
        names = [f"{name}{number}" for name in ("scale", "B", "mean", "var")]
        nodes.append(helper.make_node("Gemm", [current, f"W{number}"], [f"x{number}"], transB=1))
        last = "outputs" if number == len(layers) else f"y{number}"
        nodes.append(
            helper.make_node("BatchNormalization", [f"x{number}", *names], [last], epsilon=float(trainer.epsilon))
        )
        if number < len(layers):
            nodes.append(helper.make_node(_activation(trainer)[1], [last], [f"u{number}"]))
        current = f"u{number}"
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(trainer.dtype))
    ends = [
        helper.make_tensor_value_info(name, kind, ["N", width])
        for name, width in (("inputs", trainer.widths[0]), ("outputs", trainer.widths[-1]))
    ]
    graph = helper.make_graph(nodes, "bnsym", ends[:1], ends[1:], weights)
    model = helper.make_model(graph, producer_name="bnsym", opset_imports=[helper.make_opsetid("", OPSET)])
    checker.check_model(model)
    write_atomically(Path(path), model.SerializeToString())


def _activation(trainer: Trainer) -> tuple[str, str, Any]:
    return ACTIVATIONS[activation(str(trainer.options["activation"]))]


def _layers(trainer: Trainer) -> list[_Layer]:
    """Raises TrainingError unless the trainer's predictions are those of such layers."""
    refusal = f"{trainer.derivation.document.path} does not describe linear maps with batch normalization"
    found: list[_Layer] = []
    averages = trainer.averages
    parameters = list(trainer.parameters.values())
    for before, after in zip(trainer.widths, trainer.widths[1:], strict=False):
        sizes = [(after, before), (after,), (after,)]
        mine, parameters = parameters[:3], parameters[3:]
        statistics, averages = averages[:2], averages[2:]
        if [a.shape for a in mine] != sizes or [a.shape for a in statistics] != sizes[1:]:
            raise TrainingError(refusal)
        found.append(_Layer(*(array.copy() for array in (*mine, *statistics))))
    probes = np.random.default_rng(0).standard_normal((PROBES, trainer.widths[0])).astype(trainer.dtype)
    expected = trainer.model.outputs(probes)
    got = _evaluate(found, probes, trainer)
    if not np.allclose(got, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max()):
        raise TrainingError(refusal)
    return found


def _evaluate(layers: list[_Layer], u: NDArray, trainer: Trainer) -> NDArray:
    for number, layer in enumerate(layers, 1):
        x = u @ layer.weight.T
        u = layer.scale * (x - layer.mean) / np.sqrt(layer.variance + trainer.epsilon) + layer.shift
        if number < len(layers):
            u = _activation(trainer)[2](u)
    return u
