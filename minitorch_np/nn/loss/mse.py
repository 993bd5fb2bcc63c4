"""Mean squared error."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch_np.nn.loss.base import Loss
from minitorch_np.sums import squared_norm

__all__ = ["MSELoss"]


class MSELoss(Loss):
    """Squared error, averaged over all elements.

    Forward::

        L = Σ (x - t)² / n          (n elements; "sum": without the division)

    Backward::

        dx = 2 (x - t) / n

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}

    Shape
    -----
    input, target: any, the same. (PyTorch broadcasts, with a warning; here it is refused.)

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> criterion = nn.MSELoss()
    >>> criterion(np.array([1.0, 3.0]), np.array([1.0, 1.0]))
    2.0
    >>> criterion.backward()
    array([0., 2.])
    """

    def forward(self, input: np.ndarray, target: np.ndarray) -> Any:
        """L = Σ (x - t)² / n.   input, target: (...)"""
        x = np.asarray(input)
        t = np.asarray(target)
        if x.shape != t.shape:
            raise ValueError(
                f"MSELoss: expected input and target of one shape, got {x.shape} and {t.shape}"
            )
        if x.dtype.kind != "f":
            raise ValueError(f"MSELoss: expected floating-point input, got {x.dtype}")
        error = x - t.astype(x.dtype, copy=False)
        self.remember(error)
        if self.reduction == "none":
            return error * error
        total = squared_norm(error)
        if self.reduction == "sum":
            return total
        return total / error.size if error.size else float("nan")

    def backward(self, dy: Any = 1.0) -> np.ndarray:
        """dx = 2 (x - t) / n, times dy.   dy: a number, or (...); dx: (...)"""
        (error,) = self.remembered()
        scale = 2 / (error.size or np.nan) if self.reduction == "mean" else 2
        dx: np.ndarray = error * np.asarray(self.upstream(dy, error.shape) * scale, error.dtype)
        return dx
