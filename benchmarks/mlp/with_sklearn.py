"""The network in scikit-learn: `MLPClassifier.partial_fit`, many steps a call.

A call of `partial_fit` first checks and encodes what it gets, at four times the price of a small
step. So it gets many batches at once and cuts them itself, which is how its users train.
"""

from time import perf_counter

import numpy as np
from harness import Case, Task
from numpy.typing import NDArray
from sklearn.neural_network import MLPClassifier

from .data import Images, Labels
from .net import CLASSES, Net
from .task import FIRST_STEPS, case_data, learned

STEPS_A_CALL = 200


class ScikitLearn:
    """It chooses its own initialisation (Glorot's); the rest is set to be the same."""

    def __init__(self, net: Net, images: Images, labels: Labels, whole_epoch: bool) -> None:
        self.net = MLPClassifier(
            [net.width] * net.layers,
            alpha=0,
            batch_size=net.batch,
            shuffle=whole_epoch,
            random_state=0,
        )
        self.classes: NDArray[np.int64] | None = np.arange(CLASSES)
        self.batch = net.batch
        self.images, self.labels = images, labels
        self.position = 0
        self.units = 1 if whole_epoch else STEPS_A_CALL
        self.span = len(images) if whole_epoch else STEPS_A_CALL * net.batch

    def first(self) -> dict[str, float]:
        start = perf_counter()
        losses = [self.train(0, self.batch)]
        first_use = perf_counter() - start
        for step in range(1, FIRST_STEPS):
            losses.append(self.train(step * self.batch, self.batch))
        return {"first_use": first_use, **learned(losses)}

    def __call__(self) -> float:
        loss = self.train(self.position, self.span)
        self.position += self.span
        if self.position + self.span > len(self.images):
            self.position = 0
        return loss

    def train(self, start: int, images: int) -> float:
        """Train on so many images, a batch after the other; return their mean loss."""
        used = slice(start, start + images)
        self.net.partial_fit(self.images[used], self.labels[used], classes=self.classes)
        self.classes = None  # it wants them once
        return float(self.net.loss_)


def build(case: Case) -> Task:
    """Make the case's task."""
    return ScikitLearn(*case_data(case), whole_epoch=case["what"] == "epoch")
