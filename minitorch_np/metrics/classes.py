"""What class labels have to be."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["class_indices"]


def class_indices(owner: str, array: Any, classes: int) -> np.ndarray:
    """Return integers in [0, classes) as indices, or raise ValueError.   array: (N,)"""
    array = np.asarray(array)
    if array.size and (array.dtype.kind not in "iu" or array.min() < 0 or array.max() >= classes):
        raise ValueError(
            f"{owner}: expected integer classes in [0, {classes}), "
            f"got {array.dtype} from {array.min()} to {array.max()}"
        )
    return array.astype(np.intp)
