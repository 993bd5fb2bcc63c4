"""Input checks that the transforms share."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["channel_values", "images", "per_channel"]


def images(owner: str, x: Any) -> np.ndarray:
    """Return a batch of images as an array of floats; or say what came.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.data.transforms.images import images
    >>> images("RandomCrop", np.zeros((64, 784)))
    Traceback (most recent call last):
        ...
    ValueError: RandomCrop: expected floats of shape (N, C, H, W) or (N, H, W), got float64 of \
shape (64, 784); reshape or convert the images first
    """
    array = np.asarray(x)
    if array.ndim not in (3, 4) or array.dtype.kind != "f":
        raise ValueError(
            f"{owner}: expected floats of shape (N, C, H, W) or (N, H, W), got {array.dtype} of "
            f"shape {array.shape}; reshape or convert the images first"
        )
    return array


def channel_values(owner: str, name: str, values: Any) -> np.ndarray:
    """Return a number, or one for each channel, as an array of shape (1,) or (C,)."""
    array = np.atleast_1d(np.asarray(values))
    if array.dtype.kind not in "fiu" or array.ndim != 1 or not array.size:
        raise ValueError(
            f"{owner}: expected {name} to be a number, or one for each channel, got {values!r}"
        )
    return array.astype(np.float64)


def per_channel(owner: str, name: str, values: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return values, (1,) or (C,), so that they broadcast against images, in their dtype."""
    channels = x.shape[1] if x.ndim == 4 else 1
    if len(values) not in (1, channels):
        raise ValueError(
            f"{owner}: expected {name} to be a number, or one for each of {channels} channels, "
            f"got {len(values)} for images of shape {x.shape}"
        )
    return values.astype(x.dtype).reshape(-1, 1, 1)
