"""Softmax and its logarithm, along one dimension."""

from __future__ import annotations

import operator

import numpy as np

from minitorch_np.checks import check_upstream
from minitorch_np.module import Module

__all__ = ["LogSoftmax", "Softmax"]


class Softmax(Module):
    """Probabilities from logits.

    Forward::

        y_k = exp(x_k) / Σ_j exp(x_j)

    Backward::

        dx_k = y_k (dy_k - Σ_j dy_j y_j)

    Parameters
    ----------
    dim : int, default -1
        The dimension that sums to one. (PyTorch's default, None, guesses and is deprecated.)

    Shape
    -----
    x, y: any, the same.

    Notes
    -----
    The largest logit is subtracted first, so no finite logits overflow.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> nn.Softmax()(np.array([0.0, 0.0, 1000.0]))
    array([0., 0., 1.])
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = operator.index(dim)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = exp(x) / Σ exp(x).   x, y: (..., K, ...)"""
        y = np.exp(_shifted(x, self.dim))
        y /= y.sum(axis=self.dim, keepdims=True)
        self.save(y)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = y (dy - Σ dy y).   dy, dx: (..., K, ...)"""
        (y,) = self.saved()
        check_upstream("Softmax", dy, y.shape)
        return y * (dy - (dy * y).sum(axis=self.dim, keepdims=True))

    def extra_repr(self) -> str:
        """Return the dimension."""
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """Logarithms of probabilities from logits.

    Forward::

        y_k = x_k - log Σ_j exp(x_j)

    Backward::

        dx_k = dy_k - exp(y_k) Σ_j dy_j

    Parameters
    ----------
    dim : int, default -1
        The dimension along which exp(y) sums to one. (PyTorch's default, None, guesses and is
        deprecated.)

    Shape
    -----
    x, y: any, the same.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> nn.LogSoftmax()(np.array([0.0, -1000.0]))
    array([    0., -1000.])
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = operator.index(dim)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = x - log Σ exp(x).   x, y: (..., K, ...)"""
        y = _shifted(x, self.dim)
        y -= np.log(np.exp(y).sum(axis=self.dim, keepdims=True))
        self.save(y)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy - exp(y) Σ dy.   dy, dx: (..., K, ...)"""
        (y,) = self.saved()
        check_upstream("LogSoftmax", dy, y.shape)
        return dy - np.exp(y) * dy.sum(axis=self.dim, keepdims=True)

    def extra_repr(self) -> str:
        """Return the dimension."""
        return f"dim={self.dim}"


def _shifted(x: np.ndarray, dim: int) -> np.ndarray:
    """x - max(x) along ``dim``, as a new floating-point array."""
    x = np.asarray(x)
    if x.dtype.kind != "f":
        x = x.astype(np.float64)
    return x - x.max(axis=dim, keepdims=True, initial=-np.inf)
