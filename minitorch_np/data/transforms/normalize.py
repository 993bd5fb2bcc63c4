"""Normalisation with known statistics."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch_np.data.transforms.images import channel_values, images, per_channel

__all__ = ["Normalize"]


class Normalize:
    """Subtract a mean and divide by a standard deviation: y = (x - μ) / σ.

    Parameters
    ----------
    mean, std : float, or sequence of float of shape (C,)
        μ and σ > 0: of all images, or of each channel.

    Shape
    -----
    x, y: (N, C, H, W) or (N, H, W).

    Raises
    ------
    ValueError
        If σ is not above 0, or the numbers or the images do not fit.

    Notes
    -----
    PyTorch's takes sequences only.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.data.transforms import Normalize
    >>> Normalize(0.5, 0.25)(np.array([[[0.0, 0.5, 1.0]]]))
    array([[[-2.,  0.,  2.]]])
    """

    def __init__(self, mean: Any, std: Any) -> None:
        self.mean = channel_values("Normalize", "mean", mean)
        self.std = channel_values("Normalize", "std", std)
        if not (self.std > 0).all():
            raise ValueError(f"Normalize: expected std above 0, got {std!r}")

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """y = (x - μ) / σ.   x, y: (N, C, H, W) or (N, H, W)"""
        x = images("Normalize", x)
        y: np.ndarray = x - per_channel("Normalize", "mean", self.mean, x)
        y /= per_channel("Normalize", "std", self.std, x)
        return y
