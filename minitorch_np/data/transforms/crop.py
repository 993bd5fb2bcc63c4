"""Random parts of images, and random shifts."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from minitorch_np.checks import count
from minitorch_np.data.transforms.images import images
from minitorch_np.random import Rng, get_rng

__all__ = ["RandomCrop"]


class RandomCrop:
    """Put zeros around each image and cut a part of a given size out of it, anywhere.

    With the size of the image it is a random shift, by at most the padding.

    Parameters
    ----------
    size : int or pair of int
        (OH, OW), of the part.
    padding : int, or two or four of them, default 0
        How many zeros: on all sides; left and right, above and below; or left, above, right, below.
    rng : numpy.random.Generator or int, optional
        Chooses the places; by default the package's own.

    Shape
    -----
    x: (N, C, H, W) or (N, H, W), y: (N, C, OH, OW) or (N, OH, OW).

    Raises
    ------
    ValueError
        If the part is larger than the padded images, or sizes or images do not fit.

    Notes
    -----
    As PyTorch's, but for ``pad_if_needed``, ``fill`` and ``padding_mode``, which are not taken.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.data.transforms import RandomCrop
    >>> shift = RandomCrop((1, 4), padding=(1, 0), rng=0)
    >>> shift(np.array([[[1.0, 2.0, 3.0, 4.0]]]))
    array([[[2., 3., 4., 0.]]])
    """

    def __init__(
        self, size: int | Sequence[int], padding: int | Sequence[int] = 0, rng: Rng = None
    ) -> None:
        self.size = _numbers("size", size, (2,), least=1)
        padding = _numbers("padding", padding, (2, 4), least=0)
        self.left, self.top, self.right, self.bottom = padding * (4 // len(padding))
        self.rng = None if rng is None else get_rng(rng)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """y = a part of each image.   x: (N, C, H, W) or (N, H, W), y: (..., OH, OW)"""
        x = images("RandomCrop", x)
        padded = self._padded(x)
        room = [n - size for n, size in zip(padded.shape[-2:], self.size, strict=True)]
        if min(room) < 0:
            raise ValueError(
                f"RandomCrop: expected images of at least {self.size} with their padding, "
                f"got x of shape {x.shape}, padded to {padded.shape[-2:]}"
            )
        rng = get_rng(self.rng)
        top, left = (rng.integers(0, most, len(x), endpoint=True) for most in room)
        parts = sliding_window_view(padded, self.size, axis=(-2, -1))
        return parts[np.arange(len(x)), ..., top, left, :, :]

    def _padded(self, x: np.ndarray) -> np.ndarray:
        """Return x amid zeros.   (..., H, W) -> (..., H + top + bottom, W + left + right)"""
        *batch, height, width = x.shape
        room = (self.top + height + self.bottom, self.left + width + self.right)
        padded = np.zeros((*batch, *room), x.dtype)
        padded[..., self.top : self.top + height, self.left : self.left + width] = x
        return padded


def _numbers(
    name: str, value: int | Sequence[int], lengths: Sequence[int], least: int
) -> tuple[int, ...]:
    """Return a number as a pair of it, and several as they are."""
    numbers = (value, value) if isinstance(value, Integral) else tuple(np.atleast_1d(value))
    if len(numbers) not in lengths:
        said = " or ".join(map(str, (1, *lengths)))
        raise ValueError(f"RandomCrop: expected {name} to be {said} integers, got {value!r}")
    return tuple(count("RandomCrop", name, number, least) for number in numbers)
