"""The augmentations that --augment names."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from minitorch_np.data.transforms import (
    Compose,
    RandomCrop,
    RandomErasing,
    RandomHorizontalFlip,
)

__all__ = ["AUGMENTATIONS", "augmentation"]

AUGMENTATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "flip": RandomHorizontalFlip(),
    "shift": RandomCrop(28, padding=2),
    "erase": RandomErasing(),
}


def augmentation(names: Sequence[str], shape: Sequence[int]) -> Compose | None:
    """Return what is done to a batch of images, each of ``shape``; None for nothing."""
    if not names:
        return None
    return Compose(
        [
            lambda x: x.reshape(-1, 1, 28, 28),
            *(AUGMENTATIONS[name] for name in names),
            lambda x: x.reshape(-1, *shape),
        ]
    )
