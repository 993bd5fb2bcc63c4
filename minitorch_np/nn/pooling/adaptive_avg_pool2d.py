"""Average pooling to a given size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from minitorch_np.checks import as_dtype, check_upstream
from minitorch_np.module import Module
from minitorch_np.nn.conv.window import channels_first
from minitorch_np.nn.pooling.adaptive import checked_output_size, resolved, spans
from minitorch_np.nn.pooling.base import checked_images

__all__ = ["AdaptiveAvgPool2d"]


class AdaptiveAvgPool2d(Module):
    """The means of OH x OW parts of an image, whatever its size; global pooling with 1 x 1.

    Forward, with the window of rows R_i = [⌊i H / OH⌋, ⌈(i + 1) H / OH⌉), the window of columns
    S_j likewise, and its size a[i, j] = |R_i| · |S_j|::

        y[n, c, i, j] = Σ_{h in R_i, w in S_j} x[n, c, h, w] / a[i, j]

    Backward, for h in R_i and w in S_j; windows may overlap::

        dx[n, c, h, w] += dy[n, c, i, j] / a[i, j]

    Parameters
    ----------
    output_size : int, or pair of int or None
        (OH, OW), None for the image's own size.

    Shape
    -----
    x: (N, C, H, W), y: (N, C, OH, OW). y lies in memory with the channels side by side.

    Raises
    ------
    ValueError
        If a size is below 1.

    Notes
    -----
    Single images without the dimension N are not taken. Integers become float64; half precision is
    summed in single.

    References
    ----------
    Lin, Chen and Yan, "Network in network", ICLR 2014: global average pooling. The windows are
    those of PyTorch 2.13, ``aten/src/ATen/native/AdaptivePooling.h``.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> pool = nn.AdaptiveAvgPool2d((1, None))
    >>> pool(np.array([[[[1.0, 2.0], [5.0, 4.0]]]]))
    array([[[[3., 3.]]]])
    >>> pool.backward(np.array([[[[2.0, 8.0]]]]))
    array([[[[1., 4.],
             [1., 4.]]]])
    """

    def __init__(self, output_size: int | Sequence[int | None]) -> None:
        super().__init__()
        self.output_size = checked_output_size("AdaptiveAvgPool2d", output_size)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = the mean of each window.   x: (N, C, H, W), y: (N, C, OH, OW)"""
        x = checked_images("AdaptiveAvgPool2d", x)
        n, channels, height, width = x.shape
        oh, ow = resolved(self.output_size, height, width)
        wide = np.promote_types(x.dtype, np.float32)
        y = np.empty((n, oh, ow, channels), x.dtype)
        for i, rows in enumerate(spans(height, oh)):
            band = x[:, :, rows].sum(axis=2, dtype=wide)  # (N, C, W)
            for j, columns in enumerate(spans(width, ow)):
                y[:, i, j] = band[:, :, columns].sum(axis=2) / _area(rows, columns)
        self.save(x.shape, y.shape, x.dtype)
        return channels_first(y)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = Σ dy / a over the windows.   dy: (N, C, OH, OW), dx: (N, C, H, W)"""
        (n, channels, height, width), (_, oh, ow, _), dtype = self.saved()
        check_upstream("AdaptiveAvgPool2d", dy, (n, channels, oh, ow))
        dy = as_dtype(dy, dtype)
        dx = np.zeros((n, height, width, channels), np.promote_types(dtype, np.float32))
        for i, rows in enumerate(spans(height, oh)):
            band = np.zeros((n, 1, width, channels), dx.dtype)
            for j, columns in enumerate(spans(width, ow)):
                band[:, 0, columns] += dy[:, None, :, i, j] / _area(rows, columns)
            dx[:, rows] += band
        return channels_first(as_dtype(dx, dtype))

    def extra_repr(self) -> str:
        """Return the size."""
        return f"output_size={self.output_size}"


def _area(rows: slice, columns: slice) -> int:
    return (rows.stop - rows.start) * (columns.stop - columns.start)
