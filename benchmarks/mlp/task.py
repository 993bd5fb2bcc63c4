"""The tasks: a training step, or an epoch of them, with any library's trainer."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, cycle
from statistics import fmean
from time import perf_counter
from typing import Any, Protocol

from harness import Case, Task

from .data import BRIGHT_BATCHES, Images, Labels, dataset, dimmed
from .net import Net

FIRST_STEPS = 200
"""How many steps a contestant trains, on the same batches, to show that it learns."""

Batch = tuple[Any, Any]
"""Images (N, 784) and labels (N,), as the library keeps them."""


class Trainer(Protocol):
    """A network with its loss and its optimizer, and its own way to hold the data."""

    def step(self, x: Any, y: Any) -> float:
        """Train on one batch; return the loss."""
        ...

    def batches(self) -> Sequence[Batch]:
        """Cut the data into batches, in order and ready for use."""
        ...

    def shuffled(self) -> Iterable[Batch]:
        """Go through the data once, in a new random order."""
        ...


class Steps:
    """One call is one step. The batches are ready: what loading costs is the epoch's question."""

    units = 1

    def __init__(self, trainer: Trainer, batches: Iterator[Batch], first_steps: int) -> None:
        self._step = trainer.step
        self._batches = batches
        self._first_steps = first_steps

    def first(self) -> dict[str, float]:
        start = perf_counter()
        losses = [self()]
        first_use = perf_counter() - start
        losses += [self() for _ in range(self._first_steps - 1)]
        return {"first_use": first_use, **learned(losses)}

    def __call__(self) -> float:
        x, y = next(self._batches)
        return self._step(x, y)


class Epochs:
    """One call is one epoch, shuffled and loaded as the library's users do it."""

    units = 1

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer

    def first(self) -> dict[str, float]:
        start = perf_counter()
        losses = self()
        return {"first_use": perf_counter() - start, **learned(losses[:FIRST_STEPS])}

    def __call__(self) -> list[float]:
        step = self._trainer.step
        return [step(x, y) for x, y in self._trainer.shuffled()]


def learned(losses: Sequence[float]) -> dict[str, float]:
    """Return the mean loss of the first ten steps and of the last quarter.

    Raises
    ------
    RuntimeError
        If it did not fall: then the step's time means nothing.
    """
    before, after = fmean(losses[:10]), fmean(losses[-(len(losses) // 4) :])
    if not after < before:
        raise RuntimeError(f"it does not learn: loss {before:.3f} at first, {after:.3f} at last")
    return {"loss_before": before, "loss": after}


def case_data(case: Case) -> tuple[Net, Images, Labels]:
    """Return the case's network, and its data in whole batches."""
    net = Net.parse(case["net"])
    images, labels = dataset()
    if case["what"] == "drift":
        images = dimmed(images, net.batch)
    used = len(images) // net.batch * net.batch
    return net, images[:used], labels[:used]


def make_task(case: Case, trainer: Trainer) -> Task:
    """Return what the case asks of the trainer: a step, an epoch, or steps that drift."""
    if case["what"] == "epoch":
        return Epochs(trainer)
    batches = trainer.batches()
    if case["what"] == "drift":  # the bright batches come once, the dimmed ones for ever
        once, again = batches[:BRIGHT_BATCHES], batches[BRIGHT_BATCHES:]
        return Steps(trainer, chain(once, cycle(again)), first_steps=BRIGHT_BATCHES)
    return Steps(trainer, cycle(batches), FIRST_STEPS)
