"""The handwritten digits that come with scikit-learn, enlarged to MNIST's size."""

from __future__ import annotations

import numpy as np

from lab.errors import UserError

__all__ = ["Arrays", "digits"]

Arrays = tuple[np.ndarray, np.ndarray]

TEST = 297  # the last ones: they were written by other people than most of the first
BOX, MARGIN = 20, 4  # MNIST's digits fill 20 pixels of 28


def digits() -> tuple[Arrays, Arrays]:
    """Return 1,500 images to train on and 297 to test with.   x: (N, 28, 28) uint8, y: (N,)"""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise UserError(
            f"digits: expected scikit-learn, which brings them, got {error}; "
            "install it: pip install scikit-learn"
        ) from None
    small, labels = load_digits(return_X_y=True)
    images = enlarged(small.reshape(-1, 8, 8) * (255 / 16))
    return (images[:-TEST], labels[:-TEST]), (images[-TEST:], labels[-TEST:])


def enlarged(images: np.ndarray) -> np.ndarray:
    """Interpolate linearly along both sides, into the middle of an empty image.

    images: (N, 8, 8) in [0, 255], returned: (N, 28, 28) uint8
    """
    small = images.shape[-1]
    place = ((np.arange(BOX) + 0.5) * small / BOX - 0.5).clip(0, small - 1)
    weights = (1 - abs(place[:, np.newaxis] - np.arange(small))).clip(0)  # (BOX, 8)
    box = np.rint(weights @ images @ weights.T).astype(np.uint8)
    return np.pad(box, [(0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)])
