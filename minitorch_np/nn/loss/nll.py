"""Negative log-likelihood of class labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch_np.checks import class_targets
from minitorch_np.nn.loss.base import Loss

__all__ = ["ClassLoss", "NLLLoss"]


class ClassLoss(Loss):
    """What the losses against class labels share: labels, class weights, ignored samples."""

    weight: np.ndarray | None

    def __init__(self, weight: Any, ignore_index: int, reduction: str) -> None:
        super().__init__(reduction)
        self.register_buffer("weight", None if weight is None else np.array(weight))
        if not isinstance(ignore_index, (int, np.integer)) or abs(ignore_index) >= 1 << 63:
            raise ValueError(
                f"{type(self).__name__}: expected ignore_index to be an integer of 64 bits, "
                f"got {ignore_index!r}"
            )
        self.ignore_index = int(ignore_index)

    def scores(self, input: Any) -> np.ndarray:
        """Return the input, (N, K); or say what is wrong with it."""
        name = type(self).__name__
        scores = np.asarray(input)
        if scores.ndim != 2 or scores.dtype.kind != "f":
            raise ValueError(
                f"{name}: expected floating-point input of shape (N, K), got {scores.dtype} of "
                f"shape {scores.shape}"
            )
        if self.weight is not None and self.weight.shape != scores.shape[1:]:
            raise ValueError(
                f"{name}: expected one weight for each of the {scores.shape[1]} classes, "
                f"got shape {self.weight.shape}"
            )
        return scores

    def labels(self, scores: np.ndarray, target: Any) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the labels, (N,), and which of them count (None: all do)."""
        n, classes = scores.shape
        return class_targets(type(self).__name__, target, n, classes, self.ignore_index)

    def sample_weights(
        self, labels: np.ndarray, used: np.ndarray | None, dtype: np.dtype
    ) -> np.ndarray | None:
        """Return the weight of each sample, 0 where it is ignored; None if all are 1."""
        if self.weight is None:
            return None if used is None else used.astype(dtype)
        weights = self.weight.astype(dtype)[labels]
        return weights if used is None else weights * used

    def divisor(self, weights: np.ndarray | None, n: int) -> float:
        """Return what "mean" divides by: the sum of the samples' weights."""
        if self.reduction != "mean":
            return 1.0
        return float(n if weights is None else weights.sum())

    def extra_repr(self) -> str:
        """Return the settings that are not the default."""
        parts = [] if self.ignore_index == -100 else [f"ignore_index={self.ignore_index}"]
        parts += [super().extra_repr()] if super().extra_repr() else []
        return ", ".join(parts)


class NLLLoss(ClassLoss):
    """Negative log-likelihood, from log-probabilities.

    Forward::

        l_n = -w_{t_n} x_{n, t_n}          L = Σ l_n / Σ w_{t_n}     ("mean")

    Backward::

        dx_{n, k} = -w_k [k = t_n] / Σ w_{t_n}

    Parameters
    ----------
    weight : array_like of shape (K,), optional
        w, one for each class; 1 by default.
    ignore_index : int, default -100
        Samples with this label count for nothing.
    reduction : {"mean", "sum", "none"}

    Shape
    -----
    input: (N, K) log-probabilities, target: (N,) labels in [0, K).

    Raises
    ------
    ValueError, TypeError
        If shapes, labels or weights do not fit.

    Notes
    -----
    As in PyTorch the mean over no samples is NaN, and its gradient 0.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> criterion = nn.NLLLoss()
    >>> round(criterion(np.log([[0.5, 0.5]]), [0]), 6)
    0.693147
    >>> criterion.backward()
    array([[-1.,  0.]])
    """

    def __init__(
        self, weight: Any = None, ignore_index: int = -100, reduction: str = "mean"
    ) -> None:
        super().__init__(weight, ignore_index, reduction)

    def forward(self, input: np.ndarray, target: np.ndarray) -> Any:
        """L = -Σ w x_t / Σ w.   input: (N, K), target: (N,)"""
        x = self.scores(input)
        labels, used = self.labels(x, target)
        weights = self.sample_weights(labels, used, x.dtype)
        at = np.arange(len(x)), labels
        losses = -x[at]
        if weights is not None:
            # Not where the weight is 0: an ignored sample may be at -inf, and 0 · inf is NaN.
            losses = np.multiply(losses, weights, out=np.zeros_like(losses), where=weights != 0)
        divisor = self.divisor(weights, len(x))
        self.remember(x.shape, x.dtype, at, weights, divisor)
        if self.reduction == "none":
            return losses
        return float(losses.sum(dtype=np.float64)) / divisor if divisor else float("nan")

    def backward(self, dy: Any = 1.0) -> np.ndarray:
        """dx = -w [k = t] / Σ w, times dy.   dy: a number, or (N,); dx: (N, K)"""
        shape, dtype, at, weights, divisor = self.remembered()
        dx = np.zeros(shape, dtype)
        scale = -self.upstream(dy, shape[:1]) / (divisor or np.inf)
        dx[at] = scale if weights is None else scale * weights
        return dx
