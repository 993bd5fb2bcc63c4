"""Max pooling over images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from minitorch_np.checks import as_dtype, check_upstream
from minitorch_np.nn.conv.window import channels_first, channels_last
from minitorch_np.nn.pooling import arrays, loops
from minitorch_np.nn.pooling.base import SlidingPool2d, checked_images
from minitorch_np.nn.pooling.windows import place_dtype
from minitorch_np.threads import parts

__all__ = ["MaxPool2d"]


class MaxPool2d(SlidingPool2d):
    """The largest value under a window that slides over images, channel by channel.

    Forward::

        y[n, c, i, j] = max_{u, v} x[n, c, i·s + u·d - p, j·s + v·d - p]

    Backward, where (u, v) is the place of the largest value, the first of equals::

        dx[n, c, i·s + u·d - p, j·s + v·d - p] += dy[n, c, i, j]

    Parameters
    ----------
    kernel_size : int or pair of int
        (KH, KW).
    stride : int or pair of int, default ``kernel_size``
        s, how far the window moves.
    padding : int or pair of int, default 0
        p, how far the windows reach beyond the image; what they see there is never the largest. At
        most half the kernel.
    dilation : int or pair of int, default 1
        d, the distance of the pixels under the window.
    return_indices : False
    ceil_mode : bool, default False
        Whether a last window may stick out at the bottom and on the right, if it begins inside the
        image or in the padding before it.

    Shape
    -----
    x: (N, C, H, W), y: (N, C, OH, OW), OH = ⌊(H + 2p - d (KH - 1) - 1) / s⌋ + 1, with ``ceil_mode``
    rounded up. y lies in memory with the channels side by side, and images that lie so already are
    not copied. For the backward pass the places are remembered, a byte for each element of y.

    Raises
    ------
    ValueError
        If the padding is more than half the kernel, or no window fits into an image.

    Notes
    -----
    A NaN counts as larger than any number, as in PyTorch. Indices are not returned, and single
    images without the dimension N are not taken. Integers become float64. A window that sees
    nothing but padding (with dilation there are such) gives -inf, and its gradient goes nowhere.

    References
    ----------
    Scherer, Müller and Behnke, "Evaluation of pooling operations in convolutional architectures for
    object recognition", ICANN 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> pool = nn.MaxPool2d(2)
    >>> x = np.array([[[[1.0, 2.0, 5.0, 5.0], [4.0, 3.0, 5.0, 0.0]]]])
    >>> pool(x)
    array([[[[4., 5.]]]])
    >>> pool.backward(np.array([[[[10.0, 20.0]]]]))
    array([[[[ 0.,  0., 20.,  0.],
             [10.,  0.,  0.,  0.]]]])
    """

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
        dilation: int | Sequence[int] = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride, padding, dilation, ceil_mode)
        if return_indices:
            raise ValueError(f"MaxPool2d: expected return_indices=False, got {return_indices!r}")

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = the largest under the window.   x: (N, C, H, W), y: (N, C, OH, OW)"""
        x = channels_last(checked_images("MaxPool2d", x))
        windows = self._windows(x.shape)
        shape = len(x), *windows.out, x.shape[3]
        y, places = np.empty(shape, x.dtype), np.empty(shape, place_dtype(windows.places))
        loop = loops.max_forward[places.dtype].compiled(x.dtype)
        if loop is None or not y.size:
            arrays.max_forward(windows, x, y, places)
        else:
            threads = parts(len(x), windows.grain(x.shape[3]))
            loop(len(x), threads, windows.rows, windows.columns, x, y, places)
        self.save(places, windows, x.shape, x.dtype)
        return channels_first(y)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy where the largest was.   dy: (N, C, OH, OW), dx: (N, C, H, W)"""
        places, windows, shape, dtype = self.saved()
        check_upstream("MaxPool2d", dy, channels_first(places).shape)
        dy, dx = channels_last(as_dtype(dy, dtype)), np.empty(shape, dtype)
        loop = loops.max_backward[places.dtype].compiled(dtype)
        if loop is None or not dy.size:
            arrays.max_backward(windows, places, dy, dx)
        else:
            threads = parts(len(dx), windows.grain(dx.shape[3]))
            width = windows.columns.shape[1]
            loop(len(dx), threads, windows.above, windows.beside, width, places, dy, dx)
        return channels_first(dx)

    def extra_repr(self) -> str:
        """Return the settings."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )
