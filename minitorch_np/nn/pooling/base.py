"""What all pooling layers share: images in, and what a sliding window's sizes may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from minitorch_np.checks import as_float
from minitorch_np.module import Module
from minitorch_np.nn.conv.window import Pair, pair
from minitorch_np.nn.pooling.windows import Axis, Windows, windows_over

__all__ = ["SlidingPool2d", "checked_images"]


def checked_images(owner: str, x: Any) -> np.ndarray:
    """Return ``x`` as images of real numbers, or say what came.   (N, C, H, W)"""
    x = as_float(x)
    if x.ndim != 4 or 0 in x.shape[1:]:
        raise ValueError(f"{owner}: expected x of shape (N, C, H, W), none empty, got {x.shape}")
    return x


class SlidingPool2d(Module):
    """A layer that pools the pixels under a window that slides over images.

    Sizes are kept as they are given, a number or a pair, as PyTorch does.
    """

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None,
        padding: int | Sequence[int],
        dilation: int | Sequence[int],
        ceil_mode: bool,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        stride = kernel_size if stride is None else stride
        kernels = pair(name, "kernel_size", kernel_size)
        strides = pair(name, "stride", stride)
        paddings = pair(name, "padding", padding, least=0)
        dilations = pair(name, "dilation", dilation)
        if any(2 * p > k for p, k in zip(paddings, kernels, strict=True)):
            raise ValueError(
                f"{name}: expected padding of at most half the kernel_size, got {padding!r} for "
                f"{kernel_size!r}"
            )
        self.kernel_size = _as_given(kernel_size, kernels)
        self.stride = _as_given(stride, strides)
        self.padding = _as_given(padding, paddings)
        self.dilation = _as_given(dilation, dilations)
        self.ceil_mode = bool(ceil_mode)
        self._axes = tuple(
            Axis(*sizes, self.ceil_mode)
            for sizes in zip(kernels, strides, paddings, dilations, strict=True)
        )

    def _windows(self, x_shape: tuple[int, ...]) -> Windows:
        """What the outputs see of images of this shape, (N, H, W, C)."""
        _, height, width, _ = x_shape
        rows, columns = self._axes
        if rows.outputs(height) < 1 or columns.outputs(width) < 1:
            raise ValueError(
                f"{type(self).__name__}: expected images that hold a window of "
                f"kernel_size={self.kernel_size}, padding={self.padding} and "
                f"dilation={self.dilation}, got {height} x {width} pixels"
            )
        return windows_over(rows, columns, height, width)


def _as_given(value: int | Sequence[int], two: Pair) -> int | Pair:
    """A number where a number was given, else the pair."""
    return two[0] if isinstance(value, (int, np.integer)) else two
