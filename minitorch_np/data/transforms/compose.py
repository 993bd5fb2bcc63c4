"""Several transforms, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["Compose"]


class Compose:
    """Apply transforms in order: y = f_k(... f_2(f_1(x))).

    Parameters
    ----------
    transforms : sequence of callable
        Each takes a batch and returns one. Without any, y = x.

    Raises
    ------
    TypeError
        If one of them cannot be called.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.data.transforms import Compose, RandomCrop, RandomHorizontalFlip
    >>> augment = Compose([RandomHorizontalFlip(), RandomCrop(28, padding=2)])
    >>> augment(np.zeros((64, 1, 28, 28))).shape
    (64, 1, 28, 28)
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        for transform in transforms:
            if not callable(transform):
                raise TypeError(f"Compose: expected transforms, got {transform!r}")
        self.transforms = list(transforms)

    def __call__(self, x: np.ndarray) -> Any:
        """y = f_k(... f_2(f_1(x))).   x: (N, ...)"""
        for transform in self.transforms:
            x = transform(x)
        return x
