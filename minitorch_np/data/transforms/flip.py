"""Mirror images."""

from __future__ import annotations

import numpy as np

from minitorch_np.checks import probability
from minitorch_np.data.transforms.images import images
from minitorch_np.random import Rng, get_rng

__all__ = ["RandomHorizontalFlip"]


class RandomHorizontalFlip:
    """Mirror each image, left and right, with probability p.

    Parameters
    ----------
    p : float in [0, 1], default 0.5
    rng : numpy.random.Generator or int, optional
        Chooses the images; by default the package's own.

    Shape
    -----
    x, y: (N, C, H, W) or (N, H, W).

    Raises
    ------
    ValueError
        If p is outside [0, 1], or the images do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.data.transforms import RandomHorizontalFlip
    >>> RandomHorizontalFlip(1.0)(np.array([[[1.0, 2.0, 3.0]]]))
    array([[[3., 2., 1.]]])
    """

    def __init__(self, p: float = 0.5, rng: Rng = None) -> None:
        self.p = probability("RandomHorizontalFlip", "p", p)
        self.rng = None if rng is None else get_rng(rng)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """y = x, some images mirrored.   x, y: (N, C, H, W) or (N, H, W)"""
        x = images("RandomHorizontalFlip", x)
        mirrored = get_rng(self.rng).random(len(x)) < self.p
        y = x.copy()
        y[mirrored] = x[mirrored][..., ::-1]
        return y
