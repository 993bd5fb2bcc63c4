"""Synthetic images in the likeness of Fashion-MNIST: in [0, 1], half of them exact zeros."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .net import CLASSES, PIXELS

IMAGES = 54_000  # the training part of Fashion-MNIST when a tenth is kept for validation
NOISE = 0.2  # a fifth of the labels is random, so that the loss falls but never vanishes
BRIGHT_BATCHES = 50

Images = NDArray[np.float32]  # (IMAGES, PIXELS)
Labels = NDArray[np.int64]  # (IMAGES,)


@lru_cache(maxsize=1)
def dataset() -> tuple[Images, Labels]:
    """Return the images and labels, always the same: a prototype a class, shifted by noise."""
    rng = np.random.default_rng(0)
    labels = rng.integers(CLASSES, size=IMAGES)
    prototypes = rng.random((CLASSES, PIXELS), dtype=np.float32) - 1
    images = rng.random((IMAGES, PIXELS), dtype=np.float32)
    for label in range(CLASSES):
        images[labels == label] += prototypes[label]
    np.clip(images, 0, 1, out=images)
    wrong = rng.random(IMAGES) < NOISE
    labels[wrong] = rng.integers(CLASSES, size=int(wrong.sum()))
    return images, labels


def dimmed(images: Images, batch: int) -> Images:
    """Return a copy in which half of the pixels go dark for good after `BRIGHT_BATCHES` batches.

    Their weights then get a gradient of exactly zero, and the optimizer's moments decay towards
    zero through the denormal range.
    """
    images = images.copy()
    images[BRIGHT_BATCHES * batch :, : PIXELS // 2] = 0
    return images
