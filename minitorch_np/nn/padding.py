"""Zeros around images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from minitorch_np.checks import as_dtype, as_float, check_upstream
from minitorch_np.module import Module
from minitorch_np.nn.conv.window import channels_first

__all__ = ["ZeroPad2d"]


class ZeroPad2d(Module):
    """Zeros around images; where there are to be fewer than none, the images are cropped.

    Forward::

        y[n, c, i, j] = x[n, c, i - top, j - left] inside the image, else 0

    Backward::

        dx[n, c, i - top, j - left] = dy[n, c, i, j]; what was cropped gets 0

    Parameters
    ----------
    padding : int, or four int
        How many at every edge, or (left, right, top, bottom).

    Shape
    -----
    x: (N, C, H, W), y: (N, C, top + H + bottom, left + W + right). y lies in memory with the
    channels side by side.

    Raises
    ------
    ValueError
        If more is cropped than there is.

    Notes
    -----
    Images without the dimension N are not taken. Integers become float64.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> nn.ZeroPad2d((1, 2, -1, 0))(np.array([[[[1.0], [2.0]]]]))
    array([[[[0., 2., 0., 0.]]]])
    """

    def __init__(self, padding: int | Sequence[int]) -> None:
        super().__init__()
        four = (padding,) * 4 if isinstance(padding, (int, np.integer)) else tuple(padding)
        if len(four) != 4 or not all(isinstance(edge, (int, np.integer)) for edge in four):
            raise ValueError(f"ZeroPad2d: expected padding to be a number or four, got {padding!r}")
        self.padding = tuple(map(int, four))

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = x with zeros around it.   x: (N, C, H, W), y: (N, C, H', W')"""
        x = as_float(x)
        if x.ndim != 4:
            raise ValueError(f"ZeroPad2d: expected x of shape (N, C, H, W), got {x.shape}")
        n, channels, height, width = x.shape
        left, right, top, bottom = self.padding
        if height + min(top, 0) + min(bottom, 0) < 0 or width + min(left, 0) + min(right, 0) < 0:
            raise ValueError(
                f"ZeroPad2d: expected images that can be cropped by {self.padding}, got "
                f"{height} x {width} pixels"
            )
        y = np.zeros((n, top + height + bottom, left + width + right, channels), x.dtype)
        y[self._kept(1)] = x.transpose(0, 2, 3, 1)[self._kept(-1)]
        self.save(x.shape, x.dtype)
        return channels_first(y)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy inside the image.   dy: (N, C, H', W'), dx: (N, C, H, W)"""
        (n, channels, height, width), dtype = self.saved()
        left, right, top, bottom = self.padding
        shape = n, channels, top + height + bottom, left + width + right
        check_upstream("ZeroPad2d", dy, shape)
        dy, dx = as_dtype(dy, dtype), np.zeros((n, height, width, channels), dtype)
        dx[self._kept(-1)] = dy.transpose(0, 2, 3, 1)[self._kept(1)]
        return channels_first(dx)

    def _kept(self, sign: int) -> tuple[slice, slice, slice]:
        """What y and x have in common: where it is in y with sign 1, in x with -1."""
        left, right, top, bottom = (max(sign * edge, 0) for edge in self.padding)
        return slice(None), slice(top, -bottom or None), slice(left, -right or None)

    def extra_repr(self) -> str:
        """Return the padding."""
        return str(self.padding)
