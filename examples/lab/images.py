"""The images that a script trains on: which, from where, and how they are split."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

import numpy as np

from lab.errors import UserError
from minitorch_np.data import Subset, TensorDataset, datasets, random_split

__all__ = ["DATASETS", "Images", "load"]

DATASETS = ("fashion_mnist", "mnist", "silhouettes")
HELD_OUT = 0.1  # of the training images, for validation
SPLIT_SEED = 0  # always the same images, so that runs of different seeds can be compared


class Images(NamedTuple):
    """A dataset, ready to train on.

    Pixels are float32 in [0, 1], each image a row: x of shape (N, 784), y of shape (N,).
    """

    name: str
    classes: tuple[str, ...]
    train: Subset
    validation: Subset
    test: TensorDataset


def load(name: str | None, data_dir: str | None = None) -> Images:
    """Load a dataset by name; without a name Fashion-MNIST or, failing that, the stand-in."""
    try:
        return _prepared(name or "fashion_mnist", data_dir)
    except datasets.DatasetUnavailable as error:
        if name or data_dir or os.environ.get("MINITORCH_NP_DATA"):  # it was asked for
            raise UserError(str(error)) from None
        banner = "!" * 88
        print(
            f"{banner}\nFashion-MNIST cannot be had: {error}\n"
            "Training on the drawn stand-in 'silhouettes' instead. Its figures say NOTHING about "
            f"Fashion-MNIST.\n{banner}",
            file=sys.stderr,
        )
        return _prepared("silhouettes", None)


def _prepared(name: str, data_dir: str | None) -> Images:
    if name == "silhouettes":
        (x, y), (x_test, y_test) = datasets.silhouettes()
        classes = datasets.FASHION_MNIST_CLASSES
    elif name == "mnist":
        (x, y), (x_test, y_test) = datasets.mnist(data_dir)
        classes = datasets.MNIST_CLASSES
    else:
        (x, y), (x_test, y_test) = datasets.fashion_mnist(data_dir)
        classes = datasets.FASHION_MNIST_CLASSES
    train, validation = random_split(
        TensorDataset(_rows(x), y.astype(np.intp)), [1 - HELD_OUT, HELD_OUT], rng=SPLIT_SEED
    )
    test = TensorDataset(_rows(x_test), y_test.astype(np.intp))
    return Images(name, tuple(classes), train, validation, test)


def _rows(images: np.ndarray) -> np.ndarray:
    """(N, 28, 28) uint8 to (N, 784) float32 in [0, 1], scaled once and not in every batch."""
    return images.reshape(len(images), -1) * np.float32(1 / 255)
