"""The images that a script trains on: which, from where, and how they are split."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

import numpy as np

from lab.digits import digits
from lab.errors import UserError
from minitorch_np.data import Dataset, Subset, TensorDataset, datasets, random_split

__all__ = ["DATASETS", "Images", "load"]

DATASETS = ("fashion_mnist", "mnist", "silhouettes", "digits")
TITLES = {"fashion_mnist": "Fashion-MNIST", "mnist": "MNIST"}
STAND_INS = {
    "silhouettes": "the drawn stand-in 'silhouettes'",
    "digits": "scikit-learn's 1,797 digits, 8 x 8 pixels enlarged to 28 x 28,",
}
HELD_OUT = 0.1  # of the training images, for validation
SPLIT_SEED = 0  # always the same images, so that runs of different seeds can be compared


class Images(NamedTuple):
    """A dataset, ready to train on.

    Pixels are float32 in [0, 1]: x of shape (N, 784), or as was asked for, y of shape (N,).
    """

    name: str
    classes: tuple[str, ...]
    train: Dataset
    validation: Dataset
    test: Dataset

    def first(self, n: int) -> Images:
        """Return the first n images of each part, or all where there are fewer."""
        parts = (self.train, self.validation, self.test)
        train, validation, test = (Subset(part, range(min(n, len(part)))) for part in parts)
        return self._replace(train=train, validation=validation, test=test)


def load(
    name: str | None,
    data_dir: str | None = None,
    default: str = "fashion_mnist",
    shape: tuple[int, ...] = (784,),
    stand_in: str = "silhouettes",
) -> Images:
    """Load a dataset by name, images of ``shape``.

    Without a name it is the default or, failing that, the stand-in.
    """
    try:
        return _prepared(name or default, data_dir, shape)
    except datasets.DatasetUnavailable as error:
        if name or data_dir or os.environ.get("MINITORCH_NP_DATA"):  # it was asked for
            raise UserError(str(error)) from None
        banner = "!" * 88
        reason = str(error).removeprefix(f"{TITLES[default]}: ")
        print(
            f"{banner}\n{TITLES[default]} cannot be had: {reason}\n"
            f"Training on {STAND_INS[stand_in]} instead. Its figures say NOTHING about "
            f"{TITLES[default]}.\n{banner}",
            file=sys.stderr,
        )
        return _prepared(stand_in, None, shape)


def _prepared(name: str, data_dir: str | None, shape: tuple[int, ...]) -> Images:
    if name == "silhouettes":
        (x, y), (x_test, y_test) = datasets.silhouettes()
        classes = datasets.FASHION_MNIST_CLASSES
    elif name == "digits":
        (x, y), (x_test, y_test) = digits()
        classes = datasets.MNIST_CLASSES
    elif name == "mnist":
        (x, y), (x_test, y_test) = datasets.mnist(data_dir)
        classes = datasets.MNIST_CLASSES
    else:
        (x, y), (x_test, y_test) = datasets.fashion_mnist(data_dir)
        classes = datasets.FASHION_MNIST_CLASSES
    train, validation = random_split(
        TensorDataset(_pixels(x, shape), y.astype(np.intp)),
        [1 - HELD_OUT, HELD_OUT],
        rng=SPLIT_SEED,
    )
    test = TensorDataset(_pixels(x_test, shape), y_test.astype(np.intp))
    return Images(name, tuple(classes), train, validation, test)


def _pixels(images: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """(N, 28, 28) uint8 to (N, *shape) float32 in [0, 1], scaled once and not in every batch."""
    return images.reshape(-1, *shape) * np.float32(1 / 255)
