"""Random rectangles of images, erased."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from minitorch_np.checks import probability
from minitorch_np.data.transforms.images import channel_values, images, per_channel
from minitorch_np.random import Rng, get_rng

__all__ = ["RandomErasing"]

ATTEMPTS = 10  # at a rectangle that fits


class RandomErasing:
    """Erase a rectangle of each image with probability p.

    Its area is uniform in ``scale`` times the image's, the logarithm of height / width uniform in
    that of ``ratio``, its place uniform where it fits. The first of ten draws that is lower and
    narrower than the image counts; if none is, the image stays whole.

    Parameters
    ----------
    p : float in [0, 1], default 0.5
    scale : pair of float, default (0.02, 0.33)
        The least and the greatest area, as fractions of the image's.
    ratio : pair of float, default (0.3, 3.3)
        The least and the greatest height / width.
    value : float, sequence of float of shape (C,), or "random", default 0
        What is left there: a number, one for each channel, or a draw from N(0, 1) for each pixel.
    rng : numpy.random.Generator or int, optional
        Draws all of that; by default the package's own.

    Shape
    -----
    x, y: (N, C, H, W) or (N, H, W).

    Raises
    ------
    ValueError
        If an option is out of its range, or the images do not fit.

    Notes
    -----
    The semantics are those of ``torchvision.transforms.RandomErasing``, applied to every image by
    itself. A range whose ends are in the wrong order is refused where PyTorch warns; ``inplace`` is
    not taken.

    References
    ----------
    Zhong et al., "Random erasing data augmentation", AAAI 2020, algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.data.transforms import RandomErasing
    >>> erase = RandomErasing(1.0, scale=(0.2, 0.2), ratio=(1.0, 1.0), rng=1)
    >>> erase(np.ones((1, 4, 5)))
    array([[[1., 0., 0., 1., 1.],
            [1., 0., 0., 1., 1.],
            [1., 1., 1., 1., 1.],
            [1., 1., 1., 1., 1.]]])
    """

    def __init__(
        self,
        p: float = 0.5,
        scale: Sequence[float] = (0.02, 0.33),
        ratio: Sequence[float] = (0.3, 3.3),
        value: Any = 0,
        rng: Rng = None,
    ) -> None:
        self.p = probability("RandomErasing", "p", p)
        self.scale = _range("scale", scale)
        self.ratio = _range("ratio", ratio)
        if self.scale[1] > 1:
            raise ValueError(f"RandomErasing: expected a scale of at most 1, got {scale!r}")
        if not self.ratio[0] > 0:
            raise ValueError(f"RandomErasing: expected a ratio above 0, got {ratio!r}")
        random = isinstance(value, str) and value == "random"
        self.value = None if random else channel_values("RandomErasing", "value", value)
        self.rng = None if rng is None else get_rng(rng)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """y = x, some images with a hole.   x, y: (N, C, H, W) or (N, H, W)"""
        x = images("RandomErasing", x)
        rng = get_rng(self.rng)
        hole = self._holes(rng, len(x), *x.shape[-2:])
        hole = np.broadcast_to(hole if x.ndim == 3 else hole[:, None], x.shape)
        y = x.copy()
        if self.value is None:
            y[hole] = rng.standard_normal(np.count_nonzero(hole), np.float32)
        else:
            filling = per_channel("RandomErasing", "value", self.value, x)
            np.copyto(y, filling, where=hole)
        return y

    def _holes(self, rng: np.random.Generator, n: int, height: int, width: int) -> np.ndarray:
        """Return where the pixels are that go.   (N, H, W), bool"""
        chosen = rng.random(n) < self.p
        area = height * width * rng.uniform(*self.scale, (ATTEMPTS, n))
        flat, tall = (math.log(end) for end in self.ratio)
        ratio = np.exp(rng.uniform(flat, tall, (ATTEMPTS, n)))
        h, w = np.rint(np.sqrt(area * ratio)), np.rint(np.sqrt(area / ratio))
        fits = (h < height) & (w < width)
        first = fits.argmax(axis=0), np.arange(n)
        h, w = (np.where(chosen & fits[first], size[first], 0).astype(int) for size in (h, w))
        rows = _stretch(rng.integers(0, height - h, endpoint=True), h, height)
        columns = _stretch(rng.integers(0, width - w, endpoint=True), w, width)
        return rows[:, :, None] & columns[:, None, :]


def _stretch(start: np.ndarray, length: np.ndarray, n: int) -> np.ndarray:
    """Return which of n places lie in [start, start + length).   (N,), (N,) -> (N, n)"""
    place = np.arange(n)
    return (place >= start[:, None]) & (place < (start + length)[:, None])


def _range(name: str, value: Sequence[float]) -> tuple[float, float]:
    ends = np.asarray(value)
    if ends.shape != (2,) or ends.dtype.kind not in "fiu" or not 0 <= ends[0] <= ends[1] < np.inf:
        raise ValueError(
            f"RandomErasing: expected {name} to be a least and a greatest number of at least 0, "
            f"got {value!r}"
        )
    return float(ends[0]), float(ends[1])
