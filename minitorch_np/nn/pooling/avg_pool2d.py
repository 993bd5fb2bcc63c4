"""Average pooling over images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from minitorch_np.checks import as_dtype, check_upstream
from minitorch_np.nn.conv.window import channels_first, channels_last
from minitorch_np.nn.pooling import arrays, loops
from minitorch_np.nn.pooling.base import SlidingPool2d, checked_images
from minitorch_np.nn.pooling.windows import Windows
from minitorch_np.threads import parts

__all__ = ["AvgPool2d"]


class AvgPool2d(SlidingPool2d):
    """The mean under a window that slides over images, channel by channel.

    Forward, with zeros outside the image::

        y[n, c, i, j] = Σ_{u, v} x[n, c, i·s + u - p, j·s + v - p] / a[i, j]

    Backward, at every place (u, v) of the window that is inside the image::

        dx[n, c, i·s + u - p, j·s + v - p] += dy[n, c, i, j] / a[i, j]

    Parameters
    ----------
    kernel_size : int or pair of int
        (KH, KW).
    stride : int or pair of int, default ``kernel_size``
        s, how far the window moves.
    padding : int or pair of int, default 0
        p, how many zeros there are around the image; at most half the kernel.
    ceil_mode : bool, default False
        Whether a last window may stick out at the bottom and on the right, if it begins inside the
        image or in the padding before it.
    count_include_pad : bool, default True
        Whether the padding counts in a, the number of elements of a window; what sticks out beyond
        it does not.
    divisor_override : int, optional
        Takes the place of a.

    Shape
    -----
    x: (N, C, H, W), y: (N, C, OH, OW), OH = ⌊(H + 2p - KH) / s⌋ + 1, with ``ceil_mode`` rounded up.
    y lies in memory with the channels side by side, and images that lie so already are not copied.

    Raises
    ------
    ValueError
        If the padding is more than half the kernel, the divisor is no integer or 0, or no window
        fits into an image.

    Notes
    -----
    Single images without the dimension N are not taken. Integers become float64; half precision is
    summed in single.

    References
    ----------
    LeCun et al., "Gradient-based learning applied to document recognition", 1998: sub-sampling.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> pool = nn.AvgPool2d(2)
    >>> pool(np.array([[[[1.0, 2.0], [4.0, 3.0]]]]))
    array([[[[2.5]]]])
    >>> pool.backward(np.array([[[[8.0]]]]))
    array([[[[2., 2.],
             [2., 2.]]]])
    """

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding, 1, ceil_mode)
        self.count_include_pad = bool(count_include_pad)
        if divisor_override is not None and (
            not isinstance(divisor_override, (int, np.integer)) or divisor_override == 0
        ):
            raise ValueError(
                "AvgPool2d: expected divisor_override to be an integer other than 0, or None, got "
                f"{divisor_override!r}"
            )
        self.divisor_override = divisor_override

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = Σ x / a under the window.   x: (N, C, H, W), y: (N, C, OH, OW)"""
        x = checked_images("AvgPool2d", x)
        dtype = x.dtype
        x = channels_last(as_dtype(x, np.promote_types(dtype, np.float32)))
        windows = self._windows(x.shape)
        divisors = self._divisors(x.shape, windows).astype(x.dtype)
        y = np.empty((len(x), *windows.out, x.shape[3]), x.dtype)
        loop = loops.sum_forward.compiled(x.dtype)
        if loop is None or not y.size:
            arrays.sum_forward(windows, divisors, x, y)
        else:
            threads = parts(len(x), windows.grain(x.shape[3]))
            loop(len(x), threads, windows.rows, windows.columns, divisors, x, y)
        self.save(windows, divisors, x.shape, dtype)
        return channels_first(as_dtype(y, dtype))

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy / a at every place.   dy: (N, C, OH, OW), dx: (N, C, H, W)"""
        windows, divisors, shape, dtype = self.saved()
        check_upstream("AvgPool2d", dy, (shape[0], shape[3], *windows.out))
        dy = channels_last(as_dtype(dy, divisors.dtype))
        dx = np.empty(shape, dy.dtype)
        loop = loops.sum_backward.compiled(dy.dtype)
        if loop is None or not dy.size:
            arrays.sum_backward(windows, divisors, dy, dx)
        else:
            threads = parts(len(dx), windows.grain(dx.shape[3]))
            loop(len(dx), threads, windows.above, windows.beside, divisors, dy, dx)
        return channels_first(as_dtype(dx, dtype))

    def _divisors(self, x_shape: tuple[int, ...], windows: Windows) -> np.ndarray:
        """What each output's sum is divided by.   (OH, OW)"""
        if self.divisor_override is not None:
            return np.full(windows.out, self.divisor_override)
        if not self.count_include_pad:
            return windows.seen()
        _, height, width, _ = x_shape
        rows, columns = self._axes
        return rows.extents(height)[:, None] * columns.extents(width)

    def extra_repr(self) -> str:
        """Return the sizes."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"
