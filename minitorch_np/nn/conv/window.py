"""Windows that slide over images: sizes, padding, and the layout in memory."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from minitorch_np.checks import count
from minitorch_np.nn.layout import swapped

__all__ = [
    "Pair",
    "Window",
    "channels_first",
    "channels_last",
    "pair",
    "sizes",
    "window_over",
    "zeros_around",
]

Pair = tuple[int, int]

REMEMBERED = 256  # windows


class Window(NamedTuple):
    """How a kernel slides: all that decides which pixels an output sees.

    Output (oy, ox) sees, at place (ky, kx) of the kernel, the pixel
    (oy · stride_h + ky · dilation_h - top, ox · stride_w + kx · dilation_w - left), and nothing
    where that is outside.
    """

    kernel: Pair
    stride: Pair
    dilation: Pair
    top: int
    left: int
    out: Pair

    @lru_cache(maxsize=REMEMBERED)  # noqa: B019, for a Window is a few numbers
    def numbers(self) -> np.ndarray:
        """All of it in one int array, for compiled loops."""
        (kh, kw), (sh, sw), (dh, dw), top, left, (oh, ow) = self
        numbers = np.array([kh, kw, sh, sw, dh, dw, top, left, oh, ow], np.intp)
        numbers.flags.writeable = False
        return numbers

    def turned(self, size: tuple[int, ...]) -> Window | None:
        """Return how the kernel, turned round, slides over outputs and gives ``size`` pixels.

        Pixel and output have changed places then: the outputs that see a pixel lie under such a
        window. None where no window does it, because outputs are more than a pixel apart or there
        are more zeros around the image than the kernel reaches.

        Examples
        --------
        >>> from minitorch_np.nn.conv.window import window_over
        >>> window, _ = window_over((6, 6), (3, 2), (1, 1), (0, 1), (1, 1))
        >>> window.out, window.turned((6, 6))[3:]
        ((4, 7), (2, 0, (6, 6)))
        """
        (kh, kw), stride, (dh, dw), top, left, _ = self
        top, left = dh * (kh - 1) - top, dw * (kw - 1) - left
        if stride != (1, 1) or min(top, left) < 0:
            return None
        height, width = size
        return self._replace(top=top, left=left, out=(height, width))


@lru_cache(maxsize=REMEMBERED)
def window_over(
    size: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...] | str,
    dilation: tuple[int, ...],
) -> tuple[Window, tuple[int, ...]]:
    """Return how a kernel slides over images, and the least size that it can slide over.

    A sequence is an image of one row. Where the images are too small ``out`` is below 1.

    Examples
    --------
    >>> from minitorch_np.nn.conv.window import window_over
    >>> window, least = window_over((28,), (5,), (2,), "valid", (1,))
    >>> window.kernel, window.out, least
    ((1, 5), (1, 12), (5,))
    """
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    before, total = zeros_around(kernel, padding, dilation)
    least = tuple(r - n for r, n in zip(reach, total, strict=True))
    out = [(n - m) // s + 1 for n, m, s in zip(size, least, stride, strict=True)]
    kernel, stride, dilation = map(_of_image, (kernel, stride, dilation))
    return Window(kernel, stride, dilation, *_of_image(before, 0), _of_image(out)), least


def zeros_around(
    kernel: tuple[int, ...], padding: tuple[int, ...] | str, dilation: tuple[int, ...]
) -> tuple[list[int], list[int]]:
    """Return how many zeros there are before the first pixel, and in all, in each direction.

    Examples
    --------
    >>> from minitorch_np.nn.conv.window import zeros_around
    >>> zeros_around((3, 4), "same", (1, 1)), zeros_around((3, 4), (1, 0), (1, 1))
    (([1, 1], [2, 3]), ([1, 0], [2, 0]))
    """
    if padding == "same":
        total = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        return [n // 2 for n in total], total
    before = [0] * len(kernel) if isinstance(padding, str) else list(padding)
    return before, [2 * n for n in before]


def _of_image(numbers: Sequence[int], rows: int = 1) -> Pair:
    """A number for the rows, too, where only the columns have one."""
    height, width = (rows, *numbers)[-2:]
    return height, width


def sizes(
    asker: str, name: str, value: int | Sequence[int], dims: int, least: int = 1
) -> tuple[int, ...]:
    """Return a number as ``dims`` of it, and so many numbers as they are; all at least ``least``.

    Examples
    --------
    >>> from minitorch_np.nn.conv.window import sizes
    >>> sizes("Conv2d", "stride", 2, dims=2), sizes("Conv2d", "stride", (2, 1), dims=2)
    ((2, 2), (2, 1))
    """
    given = (value,) * dims if isinstance(value, (int, np.integer)) else tuple(value)
    if len(given) != dims:
        wanted = "a number or two" if dims == 2 else "a number"
        raise ValueError(f"{asker}: expected {name} to be {wanted}, got {value!r}")
    return tuple(count(asker, name, number, least) for number in given)


def pair(asker: str, name: str, value: int | Sequence[int], least: int = 1) -> Pair:
    """Return :func:`sizes` of images: a pair."""
    height, width = sizes(asker, name, value, 2, least)
    return height, width


def channels_last(x: np.ndarray) -> np.ndarray:
    """Images with the channels side by side; no copy if they lie so.   (N, C, H, W) -> (N, H, W, C)

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.nn.conv.window import channels_last
    >>> channels_last(np.zeros((5, 3, 2, 4))).shape
    (5, 2, 4, 3)
    """
    y = x.transpose(0, 2, 3, 1)
    if y.flags.c_contiguous and y.flags.aligned:
        return y
    if not x.flags.c_contiguous:
        return y.copy(order="C")
    n, channels, height, width = x.shape
    return swapped(x.reshape(n, channels, height * width)).reshape(y.shape)


def channels_first(x: np.ndarray) -> np.ndarray:
    """The same memory seen as PyTorch orders it.   (N, H, W, C) -> (N, C, H, W)"""
    return x.transpose(0, 3, 1, 2)
