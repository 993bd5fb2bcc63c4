"""A stand-in for Fashion-MNIST that needs no file: the same ten classes, drawn on the spot."""

import numpy as np
from numpy.typing import NDArray

from minitorch_np.data.datasets.garments import GARMENTS
from minitorch_np.data.datasets.image_set import Splits
from minitorch_np.data.datasets.shapes import SIDE, Canvas

TRAIN, TEST = 1_200, 200
"""Images of each class."""
BLOCK = 100
"""Images painted at once: few enough for their arrays to stay in the cache."""


def silhouettes(seed: int = 0) -> Splits:
    """Draw 14,000 grey silhouettes of Fashion-MNIST's ten classes, 28 x 28, in about a second.

    For a first run, a demonstration or a test without a download. The images have what makes the
    real ones hard: tops that only habit tells apart, any shade and texture, crooked poses, noise,
    and now and then a part that is hidden. Accuracies are *not* comparable with Fashion-MNIST's.

    Parameters
    ----------
    seed : int, default 0
        The same seed gives the same images; the generator is the function's own.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        Images, uint8 of shape (12000, 28, 28) and (2000, 28, 28), 0 is the background; labels,
        uint8 of shape (12000,) and (2000,), 0 to 9 as in `FASHION_MNIST_CLASSES`. Every class is
        equally frequent, the order is random.

    Examples
    --------
    >>> (x_train, y_train), (x_test, y_test) = silhouettes()
    >>> x_train.shape, x_test.shape, x_train.dtype
    ((12000, 28, 28), (2000, 28, 28), dtype('uint8'))
    """
    rng = np.random.default_rng(seed)
    labels = range(len(GARMENTS))
    drawn = np.stack([draw(label, TRAIN + TEST, rng) for label in labels])
    y = np.repeat(np.arange(len(GARMENTS), dtype=np.uint8), TRAIN + TEST)
    y_train, y_test = np.split(y.reshape(-1, TRAIN + TEST), [TRAIN], axis=1)
    x_train, x_test = np.split(drawn, [TRAIN], axis=1)
    train, test = rng.permutation(y_train.size), rng.permutation(y_test.size)
    return (
        (x_train.reshape(-1, SIDE, SIDE)[train], y_train.reshape(-1)[train]),
        (x_test.reshape(-1, SIDE, SIDE)[test], y_test.reshape(-1)[test]),
    )


def draw(label: int, count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw images of one class.

    Parameters
    ----------
    label : int
        0 to 9.
    count : int
        N.
    rng : numpy.random.Generator

    Returns
    -------
    uint8 array of shape (N, 28, 28)
    """
    images = np.empty((count, SIDE, SIDE), np.uint8)
    for start in range(0, count, BLOCK):
        block = images[start : start + BLOCK]
        canvas = Canvas(len(block), rng)
        GARMENTS[label](canvas)
        wear(canvas)
        np.rint(np.clip(canvas.ink, 0, 1) * 255, out=block, casting="unsafe")
    return images


def wear(c: Canvas) -> None:
    """Give the painted garment folds of light, a weave, noise, and at times hide a part of it."""
    wave = np.where(c.chance(0.5) > 0, c.x, c.y) * c.uniform(8, 30) + c.uniform(0, 6)
    c.ink *= 1 + c.chance(0.3) * c.uniform(0.05, 0.3) * np.sin(wave)  # stripes
    c.ink *= 1 + c.normal(0.15) * c.x + c.normal(0.15) * c.y  # light from one side
    c.ink *= 1 + 0.08 * c.rng.standard_normal(c.ink.shape, np.float32)
    c.ink += 0.015 * c.rng.standard_normal(c.ink.shape, np.float32)
    hidden = np.abs(c.x - c.uniform(-0.9, 0.9)) < c.uniform(0.05, 0.2)
    hidden &= np.abs(c.y - c.uniform(-0.9, 0.9)) < c.uniform(0.2, 0.9)
    c.ink *= 1 - c.chance(0.1) * hidden
