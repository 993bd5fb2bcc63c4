"""The task of whole networks: training steps, timed or watched for their memory."""

from itertools import cycle
from typing import Any, Protocol

from harness import Case, Task
from mlp.data import Images, Labels, dataset
from mlp.task import Batch, Steps

from .net import SIDE
from .step_memory import StepMemory

LIFE = 500
"""Steps after which a new network is trained. From the 700th on, with batches of one image, moments
of dead units are denormal numbers: that is the question of `train_mlp.py --what drift`."""
FIRST_STEPS, FIRST_IMAGES = 50, 400


class Trainer(Protocol):
    """A network with its loss and its optimizer."""

    def begin(self) -> None:
        """Take the initial weights and a new optimizer."""
        ...

    def put(self, images: Images, labels: Labels) -> Batch:
        """Return a batch as the library keeps it.   images: (N, 1, 28, 28), labels: (N,)"""
        ...

    def step(self, x: Any, y: Any) -> float:
        """Train on one batch; return the loss."""
        ...


class Lives:
    """Trains a network, and after every `LIFE` steps a new one."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._steps = 0

    def step(self, x: Any, y: Any) -> float:
        if self._steps % LIFE == 0:
            self._trainer.begin()
        self._steps += 1
        return self._trainer.step(x, y)


def first_steps(batch: int) -> int:
    """Return how many steps show that it learns: more, if the batches are small."""
    return max(FIRST_STEPS, FIRST_IMAGES // batch)


def make_task(case: Case, trainer: Trainer) -> Task:
    """Return what the case asks of the trainer: steps over the data, or the memory of a few."""
    batch = case["batch"]
    if case["what"] == "memory":
        trainer.begin()
        return StepMemory(trainer.put, trainer.step, batch)
    images, labels = dataset()
    images = images.reshape(-1, 1, SIDE, SIDE)
    cuts = [slice(i, i + batch) for i in range(0, len(images) - batch + 1, batch)]
    batches = [trainer.put(images[cut], labels[cut]) for cut in cuts]
    steps: Any = Steps  # it takes any trainer that has a step
    return steps(Lives(trainer), cycle(batches), first_steps(batch))
