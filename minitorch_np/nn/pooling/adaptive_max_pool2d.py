"""Max pooling to a given size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from minitorch_np.checks import as_dtype, check_upstream
from minitorch_np.module import Module
from minitorch_np.nn.conv.window import channels_first
from minitorch_np.nn.pooling.adaptive import checked_output_size, resolved, spans
from minitorch_np.nn.pooling.base import checked_images

__all__ = ["AdaptiveMaxPool2d"]


class AdaptiveMaxPool2d(Module):
    """The largest values of OH x OW parts of an image, whatever its size.

    Forward, with the windows R_i and S_j of :class:`AdaptiveAvgPool2d`::

        y[n, c, i, j] = max_{h in R_i, w in S_j} x[n, c, h, w]

    Backward, where (h, w) is the place of the largest value, the first of equals; windows may
    overlap::

        dx[n, c, h, w] += dy[n, c, i, j]

    Parameters
    ----------
    output_size : int, or pair of int or None
        (OH, OW), None for the image's own size.
    return_indices : False

    Shape
    -----
    x: (N, C, H, W), y: (N, C, OH, OW). y lies in memory with the channels side by side.

    Raises
    ------
    ValueError
        If a size is below 1.

    Notes
    -----
    Indices are not returned, and single images without the dimension N are not taken. Integers
    become float64. A NaN counts as larger than any number, as in PyTorch; of several in a window
    the first gets the gradient, where PyTorch gives it to the last.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> pool = nn.AdaptiveMaxPool2d(1)
    >>> pool(np.array([[[[1.0, 2.0], [5.0, 4.0]]]]))
    array([[[[5.]]]])
    >>> pool.backward(np.array([[[[3.0]]]]))
    array([[[[0., 0.],
             [3., 0.]]]])
    """

    def __init__(
        self, output_size: int | Sequence[int | None], return_indices: bool = False
    ) -> None:
        super().__init__()
        self.output_size = checked_output_size("AdaptiveMaxPool2d", output_size)
        if return_indices:
            raise ValueError(
                f"AdaptiveMaxPool2d: expected return_indices=False, got {return_indices!r}"
            )

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = the largest of each window.   x: (N, C, H, W), y: (N, C, OH, OW)"""
        x = checked_images("AdaptiveMaxPool2d", x)
        n, channels, height, width = x.shape
        oh, ow = resolved(self.output_size, height, width)
        y = np.empty((n, oh, ow, channels), x.dtype)
        pixels = np.empty(y.shape, np.int32)  # of the largest values: h · W + w
        for i, rows in enumerate(spans(height, oh)):
            for j, columns in enumerate(spans(width, ow)):
                seen = x[:, :, rows, columns]
                down, right = seen.shape[2:]
                seen = seen.reshape(n, channels, down * right)
                place = seen.argmax(axis=2)
                y[:, i, j] = np.take_along_axis(seen, place[:, :, None], axis=2)[:, :, 0]
                h, w = np.divmod(place, right)
                pixels[:, i, j] = (rows.start + h) * width + columns.start + w
        self.save(pixels, x.shape, x.dtype)
        return channels_first(y)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy where the largest was.   dy: (N, C, OH, OW), dx: (N, C, H, W)"""
        pixels, (n, channels, height, width), dtype = self.saved()
        _, oh, ow, _ = pixels.shape
        check_upstream("AdaptiveMaxPool2d", dy, (n, channels, oh, ow))
        dy = as_dtype(dy, dtype)
        dx = np.zeros((n, height * width, channels), dtype)
        images, every = np.arange(n)[:, None], np.arange(channels)
        for i, j in np.ndindex(oh, ow):
            dx[images, pixels[:, i, j], every] += dy[:, :, i, j]
        return channels_first(dx.reshape(n, height, width, channels))

    def extra_repr(self) -> str:
        """Return the size."""
        return f"output_size={self.output_size}"
