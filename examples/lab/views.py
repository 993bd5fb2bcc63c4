"""A trained network that looks at an image in several ways before it answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from minitorch_np import nn

__all__ = ["TRAINED_FOR", "Views", "views_of"]

SHIFTS = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))  # pixels down, and to the right
TRAINED_FOR = ("flip", "shift")  # the augmentations that a network can be asked about


class Views(nn.Module):
    """The mean of what a network gives for several views of an image.

    Forward, with f the network and v one of V views::

        y = Σ_v f(v(x)) / V

    A view is a shift by a pixel, a mirror image, or both, as far as the network was trained on
    such: what is on an image does not depend on it, so the mean errs less than a single answer.

    Parameters
    ----------
    network : Module
    augment : sequence of str
        What it was trained with, by the names that --augment has.

    Shape
    -----
    x: (N, 784) or (N, 1, 28, 28), y: what the network gives.
    """

    def __init__(self, network: nn.Module, augment: Sequence[str]) -> None:
        super().__init__()
        self.network = network
        self.augment = tuple(augment)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = Σ_v f(v(x)) / V."""
        images = x.reshape(-1, 28, 28)
        answers = [self.network(view.reshape(x.shape)) for view in views_of(images, self.augment)]
        y: np.ndarray = sum(answers[1:], answers[0]) / len(answers)
        return y


def views_of(images: np.ndarray, augment: Sequence[str]) -> Iterator[np.ndarray]:
    """Yield views of the images; they themselves come first.   (N, H, W) -> (N, H, W)"""
    _, height, width = images.shape
    amid = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    for down, right in SHIFTS if "shift" in augment else SHIFTS[:1]:
        view = amid[:, 1 - down : 1 - down + height, 1 - right : 1 - right + width]
        yield view
        if "flip" in augment:
            yield view[..., ::-1]
