"""Cross-entropy from logits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch_np.checks import integer_labels, probability
from minitorch_np.engine import Loop
from minitorch_np.nn.loss.nll import ClassLoss
from minitorch_np.sums import all_one

__all__ = ["CrossEntropyLoss"]

# Per sample its loss (N,), and the gradient of that (N, K); the sum of both kinds: losses, weights.
Rows = tuple[np.ndarray, np.ndarray, float, float]


@Loop("real[:, ::1], intp[::1], real[::1], float64, int64, real[::1], real[:, ::1]")
def rows(x, labels, w, smoothing, ignore_index, losses, gradient):  # type: ignore
    """The formulas of the class, one row after the other."""
    n, classes = x.shape
    real = x.dtype.type
    # q_k is off · w_k, and on · w_t more at the label
    on, off = real(1 - smoothing), real(smoothing / classes)
    total, weight = 0.0, 0.0
    for i in range(n):
        label = labels[i]
        if label == ignore_index:
            losses[i] = 0
            gradient[i] = 0
            continue
        if label < 0 or label >= classes:
            raise IndexError
        z, p = x[i], gradient[i]
        largest = z[0]
        for k in range(classes):
            largest = max(largest, z[k])
        normaliser = 0.0
        for k in range(classes):
            p[k] = math.exp(z[k] - largest)
            normaliser += p[k]
        log_normaliser = math.log(normaliser)
        # Not where q is 0: the logit of a masked class may be -inf, and 0 · inf is NaN.
        loss, all_q = 0.0, on * w[label]
        if all_q:
            loss = all_q * (log_normaliser - (z[label] - largest))
        if off:
            for k in range(classes):
                q = off * w[k]
                all_q += q
                if q:
                    loss += q * (log_normaliser - (z[k] - largest))
        share = real(all_q / normaliser)
        for k in range(classes):
            p[k] = p[k] * share - off * w[k]
        p[label] -= on * w[label]
        losses[i] = loss
        total += loss
        weight += w[label]
    return total, weight


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
        x = self.scores(input)
        loop = rows.compiled(x.dtype)
        if loop is None:
            losses, gradient, total, weight = self._on_arrays(x, target)
        else:
            losses, gradient, total, weight = self._in_one_loop(loop, x, target)
        divisor = weight if self.reduction == "mean" else 1.0
        self.remember(gradient, divisor)
        if self.reduction == "none":
            return losses
        return total / divisor if divisor else float("nan")

    def backward(self, dy: Any = 1.0) -> np.ndarray:
        """dx = (p Σ q - q) / Σ w, times dy.   dy: a number, or (N,); dx: (N, K)"""
        gradient, divisor = self.remembered()
        scale = self.upstream(dy, gradient.shape[:1]) / (divisor or np.inf)
        if self.reduction == "none":
            scale = scale.astype(gradient.dtype)[:, None]
        dx: np.ndarray = gradient * scale
        return dx

    def _on_arrays(self, x: np.ndarray, target: Any) -> Rows:
        labels, used = self.labels(x, target)
        weights = self.sample_weights(labels, used, x.dtype)
        # log p = x - max - log Σ exp(x - max)
        shifted = np.subtract(
            x, np.maximum.reduce(x, axis=1, keepdims=True, initial=-np.inf), order="C"
        )
        p = np.exp(shifted)
        total = np.add.reduce(p, axis=1, keepdims=True)
        p /= total
        at = np.arange(len(x)) * x.shape[1] + labels  # the labels' places, row after row
        if weights is None and not self.label_smoothing:
            losses = np.log(total[:, 0]) - shifted.take(at)
            p.reshape(-1)[at] -= 1
        else:
            q = self._target_distribution(x, at, used, weights)
            # Not where q is 0: the logit of a masked class may be -inf, and 0 · inf is NaN.
            losses = np.multiply(q, np.log(total) - shifted, out=np.zeros_like(q), where=q != 0)
            losses = losses.sum(axis=1)
            p = p * q.sum(axis=1, keepdims=True) - q
        if used is not None:
            p[~used] = 0
        weight = len(x) if weights is None else weights.sum()
        return losses, p, float(np.add.reduce(losses, dtype=np.float64)), float(weight)

    def _target_distribution(
        self, x: np.ndarray, at: np.ndarray, used: np.ndarray | None, weights: np.ndarray | None
    ) -> np.ndarray:
        """q: (N, K), times the class weights, and 0 for ignored samples."""
        q = np.full(x.shape, self.label_smoothing / (x.shape[1] or 1), x.dtype)
        if self.weight is not None:
            q *= self.weight
        if used is not None:
            q *= used[:, None]
        q.reshape(-1)[at] += (1 - self.label_smoothing) * (1 if weights is None else weights)
        return q

    def _in_one_loop(self, loop: Callable[..., Any], x: np.ndarray, target: Any) -> Rows:
        if not x.flags.carray:
            x = np.array(x, order="C")
        labels = integer_labels("CrossEntropyLoss", target, len(x))
        if not labels.flags.carray:
            labels = labels.copy()
        w = all_one(x.shape[1], x.dtype) if self.weight is None else self.weight.astype(x.dtype)
        losses, gradient = np.empty(len(x), x.dtype), np.empty(x.shape, x.dtype)
        try:
            total, weight = loop(
                x, labels, w, self.label_smoothing, self.ignore_index, losses, gradient
            )
        except IndexError:
            self.labels(x, target)  # says which label is wrong
            raise
        return losses, gradient, total, weight

    def extra_repr(self) -> str:
        """Return the settings that are not the default."""
        parts = [super().extra_repr()] if super().extra_repr() else []
        parts += [f"label_smoothing={self.label_smoothing}"] if self.label_smoothing else []
        return ", ".join(parts)
