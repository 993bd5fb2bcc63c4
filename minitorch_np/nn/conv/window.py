"""Windows that slide over images: sizes, padding, and the layout in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from minitorch_np.checks import count

__all__ = ["Pair", "Window", "channels_first", "channels_last", "pair", "sizes"]

Pair = tuple[int, int]


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

    def numbers(self) -> np.ndarray:
        """All of it in one int array, for compiled loops."""
        (kh, kw), (sh, sw), (dh, dw), top, left, (oh, ow) = self
        return np.array([kh, kw, sh, sw, dh, dw, top, left, oh, ow], np.intp)


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
    return np.require(x.transpose(0, 2, 3, 1), requirements=["C", "A"])


def channels_first(x: np.ndarray) -> np.ndarray:
    """The same memory seen as PyTorch orders it.   (N, H, W, C) -> (N, C, H, W)"""
    return x.transpose(0, 3, 1, 2)
