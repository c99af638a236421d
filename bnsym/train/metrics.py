"""What predictions are worth: the cost and the accuracy of outputs, summed over samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray


def measure(
    predict: Callable[[NDArray], NDArray], parts: Iterable[tuple[NDArray, NDArray]], labels: bool
) -> tuple[float, float | None]:
    """The mean cost of predictions, and the fraction of labels that are right; None where there are no labels.

    The costs are those that are trained: softmax cross-entropy, and ½ Σ_k (u_k - t_k)². A prediction that is not
    finite makes the cost so.
    """
    cost, right, count = 0.0, 0, 0
    with np.errstate(all="ignore"):
        for X, T in parts:
            outputs, targets = predict(X).astype(float), T.astype(float)
            if labels:
                peak = outputs.max(axis=1)
                total = peak + np.log(np.exp(outputs - peak[:, None]).sum(axis=1))
                cost += float(np.sum(total - np.vecdot(outputs, targets)))
                right += int(np.sum(outputs.argmax(axis=1) == targets.argmax(axis=1)))
            else:
                cost += 0.5 * float(np.sum(np.square(outputs - targets)))
            count += len(X)
    return cost / count, right / count if labels else None
