"""What a training loop tells its callbacks, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from minitorch_np.module import Module
from minitorch_np.optim import Optimizer

__all__ = ["Callback", "State"]


@dataclass
class State:
    """Where training stands; callbacks read it, and may set ``stop``.

    Attributes
    ----------
    model, criterion, optimizer
        What is being trained, with what.
    epochs : int
        How many there are to be.
    batches : int
        How many an epoch has.
    epoch, batch : int
        Where we are, counted from 1.
    step : int
        Optimizer steps so far, over all epochs.
    loss : float
        Of the last batch.
    seen, mean_loss, correct
        In this epoch so far: samples, their mean loss, and the fraction that was right (None
        without a count).
    history : list of dict
        One row for each finished epoch: epoch, lr, train_loss, train_accuracy, val_loss,
        val_accuracy (the last two with validation), seconds (of training alone) and
        samples_per_second.
    stop : bool
        Set it to end training after this epoch.
    """

    model: Module
    criterion: Any
    optimizer: Optimizer
    epochs: int
    batches: int
    epoch: int = 0
    batch: int = 0
    step: int = 0
    loss: float = float("nan")
    seen: int = 0
    mean_loss: float = float("nan")
    correct: float | None = None
    history: list[dict[str, Any]] = field(default_factory=list)
    stop: bool = False


class Callback:
    """Base class: override what you need.

    Examples
    --------
    >>> from minitorch_np.training import Callback
    >>> class Print(Callback):
    ...     def on_epoch_end(self, state):
    ...         print(state.history[-1])
    """

    def on_fit_begin(self, state: State) -> None:
        """Before the first epoch."""

    def on_epoch_begin(self, state: State) -> None:
        """Before each epoch."""

    def on_backward_end(self, state: State) -> None:
        """When the gradients are there and the parameters have not changed yet: clip here."""

    def on_step_end(self, state: State) -> None:
        """After each optimizer step."""

    def on_epoch_end(self, state: State) -> None:
        """After each epoch and its validation; ``state.history[-1]`` is its row."""

    def on_fit_end(self, state: State) -> None:
        """At the end, also after an error or an interruption."""
