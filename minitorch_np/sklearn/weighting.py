"""Samples that count more or less than others."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_array

from minitorch_np.nn import Loss

__all__ = ["WeightedLoss", "checked_weights"]


class WeightedLoss(Loss):
    """A loss whose samples have weights.

    Forward, with l the losses of the samples, averaged over what they have of outputs::

        L = Σ w_n l_n / N

    Backward: the loss's own, with w_n / N as the upstream gradient of sample n.

    Parameters
    ----------
    criterion : Loss
        With reduction="none".

    Shape
    -----
    input: (N, ...), target: a pair, the criterion's target and the weights (N,).
    """

    def __init__(self, criterion: Any) -> None:
        super().__init__()
        self.criterion = criterion

    def forward(self, input: np.ndarray, target: Any) -> Any:
        """L = Σ w l / N.   input: (N, ...)"""
        values, weights = target
        losses = np.asarray(self.criterion(input, values))
        if losses.shape[:1] != weights.shape:
            raise ValueError(
                f"sample_weight: expected a loss that gives {len(weights)} values for as many "
                f"samples when it is made with reduction='none', got shape {losses.shape} from "
                f"{type(self.criterion).__name__}; fit without weights, or write such a loss"
            )
        shares = (weights / losses.size).astype(losses.dtype)
        shares = shares.reshape(-1, *[1] * (losses.ndim - 1))
        self.remember(np.broadcast_to(shares, losses.shape))
        return float((losses * shares).sum(dtype=np.float64))

    def backward(self, dy: Any = 1.0) -> np.ndarray:
        """dx = the criterion's, from w / N, times dy.   dy: a number; dx: (N, ...)"""
        (shares,) = self.remembered()
        dx: np.ndarray = self.criterion.backward(shares * np.asarray(dy, shares.dtype))
        return dx


def checked_weights(owner: str, sample_weight: Any, n: int) -> np.ndarray:
    """Return the weights of n samples, or say what is wrong with them.   (N,), float64"""
    weights = check_array(
        sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight"
    )
    if weights.shape != (n,):
        raise ValueError(
            f"{owner}: expected one sample_weight for each of the {n} samples, shape ({n},), "
            f"got shape {weights.shape}"
        )
    if weights.min() < 0 or not weights.any():
        raise ValueError(
            f"{owner}: expected sample_weight of at least 0, and not zero everywhere, "
            f"got weights from {weights.min()} to {weights.max()}"
        )
    return weights
