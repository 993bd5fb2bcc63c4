"""Squared error on softmax probabilities, against class labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch_np.checks import class_targets
from minitorch_np.nn.loss.base import Loss
from minitorch_np.sums import squared_norm

__all__ = ["SoftmaxMSELoss"]


class SoftmaxMSELoss(Loss):
    """Squared error between softmax(input) and the one-hot label.

    Forward, with p = softmax(x) and t_{n,k} = [k = label of n]::

        l_n = Σ_k (p_{n,k} - t_{n,k})² / K          L = Σ l_n / N     ("mean")

    so "mean" averages over N·K, as MSELoss on probabilities does. Backward, through the full
    Jacobian of the softmax::

        e = 2 (p - t) / (N K)
        dx_{n,k} = p_{n,k} (e_{n,k} - Σ_j e_{n,j} p_{n,j})

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
        "sum" adds over samples and classes, "none" gives the K-mean of each sample.

    Shape
    -----
    input: (N, K) logits, target: (N,) labels in [0, K).

    Raises
    ------
    ValueError, TypeError
        If shapes or labels do not fit.

    Notes
    -----
    PyTorch has no such class; it is ``MSELoss()(softmax(x), one_hot(t))`` there.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> criterion = nn.SoftmaxMSELoss()
    >>> criterion(np.zeros((1, 2)), [0])
    0.25
    >>> criterion.backward()
    array([[-0.25,  0.25]])
    """

    def forward(self, input: np.ndarray, target: np.ndarray) -> Any:
        """L = Σ (softmax(x) - t)² / (N K).   input: (N, K), target: (N,)"""
        x = np.asarray(input)
        if x.ndim != 2 or x.dtype.kind != "f":
            raise ValueError(
                "SoftmaxMSELoss: expected floating-point input of shape (N, K), "
                f"got {x.dtype} of shape {x.shape}"
            )
        n, classes = x.shape
        labels, _ = class_targets("SoftmaxMSELoss", target, n, classes, ignore_index=None)
        p = np.exp(x - x.max(axis=1, keepdims=True, initial=-np.inf))
        p /= p.sum(axis=1, keepdims=True)
        error = p.copy()
        error[np.arange(n), labels] -= 1
        self.remember(p, error)
        if self.reduction == "none":
            return (error * error).mean(axis=1)
        total = squared_norm(error)
        if self.reduction == "sum":
            return total
        return total / error.size if n else float("nan")

    def backward(self, dy: Any = 1.0) -> np.ndarray:
        """dx = p (e - Σ e p), times dy.   dy: a number, or (N,); dx: (N, K)"""
        p, error = self.remembered()
        n, classes = p.shape
        divisor = {"mean": n * classes, "none": classes, "sum": 1}[self.reduction]
        scale = np.asarray(self.upstream(dy, (n,)) * (2 / (divisor or np.nan)), p.dtype)
        e = error * (scale[:, None] if scale.ndim else scale)
        dx: np.ndarray = p * (e - (e * p).sum(axis=1, keepdims=True))
        return dx
