"""What losses share that compare input and target element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch_np.nn.loss.base import Loss

__all__ = ["ElementwiseLoss"]


class ElementwiseLoss(Loss):
    """Base class: a subclass gives the loss of each element, and its derivative.

    ::

        L = Σ l(x, t) / n            dx = l'(x, t) / n          (n elements; "sum": n = 1)
    """

    def terms(self, x: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return l(x, t) and its derivative by x; yours to write.   all: (...)"""
        raise NotImplementedError(f"{type(self).__name__}: expected a method terms; write one")

    def forward(self, input: np.ndarray, target: np.ndarray) -> Any:
        """L = Σ l(x, t) / n.   input, target: (...)"""
        x, t = self.pair(input, target)
        losses, slope = self.terms(x, t)
        self.remember(slope)
        if self.reduction == "none":
            return losses
        total = float(losses.sum(dtype=np.float64))
        if self.reduction == "sum":
            return total
        return total / x.size if x.size else float("nan")

    def backward(self, dy: Any = 1.0) -> np.ndarray:
        """dx = l'(x, t) / n, times dy.   dy: a number, or (...); dx: (...)"""
        (slope,) = self.remembered()
        divisor = (slope.size or np.nan) if self.reduction == "mean" else 1
        dx: np.ndarray = slope * np.asarray(self.upstream(dy, slope.shape) / divisor, slope.dtype)
        return dx

    def pair(self, input: Any, target: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return input and target as arrays of one shape and dtype; or say what is wrong."""
        name = type(self).__name__
        x, t = np.asarray(input), np.asarray(target)
        if x.shape != t.shape:
            raise ValueError(
                f"{name}: expected input and target of one shape, got {x.shape} and {t.shape}"
            )
        if x.dtype.kind != "f":
            raise ValueError(f"{name}: expected floating-point input, got {x.dtype}")
        return x, t.astype(x.dtype, copy=False)
