"""Cross-entropy from logits."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch_np.checks import probability
from minitorch_np.nn.loss.nll import ClassLoss

__all__ = ["CrossEntropyLoss"]


class CrossEntropyLoss(ClassLoss):
    """Cross-entropy between softmax(input) and class labels.

    Forward, with p = softmax(x) and the target distribution q_n, which is w_{t_n} at the label
    t_n; label smoothing ε makes it (1 - ε) w_{t_n} [k = t_n] + (ε / K) w_k::

        l_n = -Σ_k q_{n,k} log p_{n,k}          L = Σ l_n / Σ w_{t_n}     ("mean")

    Backward::

        dx_{n,k} = (p_{n,k} Σ_j q_{n,j} - q_{n,k}) / Σ w_{t_n}

    Parameters
    ----------
    weight : array_like of shape (K,), optional
        w, one for each class; 1 by default.
    ignore_index : int, default -100
        Samples with this label count for nothing.
    label_smoothing : float in [0, 1], default 0
        ε.
    reduction : {"mean", "sum", "none"}

    Shape
    -----
    input: (N, K) logits, target: (N,) labels in [0, K).

    Raises
    ------
    ValueError, TypeError
        If shapes, labels, weights or ε do not fit.

    Notes
    -----
    Finite for any finite logits: the largest is subtracted first. As in PyTorch the mean over no
    samples is NaN, and its gradient 0. PyTorch's class probabilities as targets and inputs of more
    than two dimensions are not taken.

    References
    ----------
    Label smoothing: Szegedy et al., "Rethinking the Inception architecture", CVPR 2016, sec. 7.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> criterion = nn.CrossEntropyLoss()
    >>> round(criterion(np.zeros((1, 4)), [2]), 6)
    1.386294
    >>> criterion.backward()
    array([[ 0.25,  0.25, -0.75,  0.25]])
    """

    def __init__(
        self,
        weight: Any = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, ignore_index, reduction)
        self.label_smoothing = probability("CrossEntropyLoss", "label_smoothing", label_smoothing)

    def forward(self, input: np.ndarray, target: np.ndarray) -> Any:
        """L = -Σ q log softmax(x) / Σ w.   input: (N, K), target: (N,)"""
        x, labels, used = self.check(input, target)
        weights = self.sample_weights(labels, used, x.dtype)
        n = len(x)
        # log p = x - max - log Σ exp(x - max)
        shifted = np.subtract(
            x, np.maximum.reduce(x, axis=1, keepdims=True, initial=-np.inf), order="C"
        )
        p = np.exp(shifted)
        total = np.add.reduce(p, axis=1, keepdims=True)
        at = np.arange(0, x.size, x.shape[1]) + labels  # the labels' places, row after row
        if weights is None and not self.label_smoothing:
            q = None
            losses = np.log(total[:, 0]) - shifted.take(at)
        else:
            q = self._target_distribution(x, at, used, weights)
            # Not where q is 0: the logit of a masked class may be -inf, and 0 · inf is NaN.
            losses = np.multiply(q, np.log(total) - shifted, out=np.zeros_like(q), where=q != 0)
            losses = losses.sum(axis=1)
        divisor = self.divisor(weights, n)
        self.remember(p, total, at, q, divisor)
        if self.reduction == "none":
            return losses
        total_loss = float(np.add.reduce(losses, dtype=np.float64))
        return total_loss / divisor if divisor else float("nan")

    def backward(self, dy: Any = 1.0) -> np.ndarray:
        """dx = (p Σ q - q) / Σ w, times dy.   dy: a number, or (N,); dx: (N, K)"""
        p, total, at, q, divisor = self.remembered()
        scale = self.upstream(dy, p.shape[:1]) / (divisor or np.inf)
        if q is None:
            dx: np.ndarray = p / total
            dx.reshape(-1)[at] -= 1
        else:
            dx = p * (q.sum(axis=1, keepdims=True) / total) - q
        dx *= scale if self.reduction != "none" else scale[:, None]
        return dx

    def _target_distribution(
        self, x: np.ndarray, at: np.ndarray, used: np.ndarray | None, weights: np.ndarray | None
    ) -> np.ndarray:
        """q: (N, K), times the class weights, and 0 for ignored samples."""
        q = np.full(x.shape, self.label_smoothing / x.shape[1], x.dtype)
        if self.weight is not None:
            q *= self.weight
        if used is not None:
            q *= used[:, None]
        q.reshape(-1)[at] += (1 - self.label_smoothing) * (1 if weights is None else weights)
        return q

    def extra_repr(self) -> str:
        """Return the settings that are not the default."""
        parts = [super().extra_repr()] if super().extra_repr() else []
        parts += [f"label_smoothing={self.label_smoothing}"] if self.label_smoothing else []
        return ", ".join(parts)
