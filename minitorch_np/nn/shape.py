"""Layers that compute nothing: Identity and Flatten."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorch_np.checks import check_upstream
from minitorch_np.module import Module
from minitorch_np.nn.layout import swapped

__all__ = ["Flatten", "Identity"]


class Identity(Module):
    """Pass everything through: y = x, dx = dy.

    Takes and ignores any arguments, as PyTorch's.

    Examples
    --------
    >>> from minitorch_np import nn
    >>> nn.Identity()(3)
    3
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = x.   x, y: (...)"""
        return x

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy.   dy, dx: (...)"""
        return dy


class Flatten(Module):
    """Merge a range of dimensions into one.

    Forward::

        y = x.reshape(N, -1)

    Backward::

        dx = dy.reshape(x.shape)

    Parameters
    ----------
    start_dim, end_dim : int, default 1 and -1
        The first and the last dimension of the range.

    Shape
    -----
    x: (N, ...), y: (N, ∏ ...). In logical order, whatever the memory layout of x.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> nn.Flatten()(np.zeros((64, 28, 28))).shape
    (64, 784)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = x.reshape(N, -1).   x: (N, ...), y: (N, ∏ ...)"""
        x = np.asarray(x)
        start, end = (d + x.ndim if d < 0 else d for d in (self.start_dim, self.end_dim))
        if not 0 <= start <= end < x.ndim:
            raise ValueError(
                f"Flatten: expected at least {max(start, end) + 1} dimensions, from {start} to "
                f"{end}, got x of shape {x.shape}"
            )
        flat = (*x.shape[:start], math.prod(x.shape[start : end + 1]), *x.shape[end + 1 :])
        self.save(x.shape, flat)
        if x.ndim == 4 and start == 1 and end == 3:  # images, whose channels often lie last
            n, channels, height, width = x.shape
            pixels = x.transpose(0, 2, 3, 1)
            if pixels.flags.c_contiguous:
                return swapped(pixels.reshape(n, height * width, channels)).reshape(flat)
        return x.reshape(flat)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy.reshape(x.shape).   dy: (N, ∏ ...), dx: (N, ...)"""
        shape, flat = self.saved()
        check_upstream("Flatten", dy, flat)
        return dy.reshape(shape)

    def extra_repr(self) -> str:
        """Return the range of dimensions."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"
