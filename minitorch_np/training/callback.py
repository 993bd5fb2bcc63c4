"""What a training loop tells its callbacks, and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from minitorch_np.module import Module
from minitorch_np.optim import Optimizer

__all__ = ["Callback", "State"]


@dataclass
class State:
    """Where training stands; callbacks read it, and may set ``stop``, ``hold`` and ``applied``.

    Attributes
    ----------
    model, criterion, optimizer
        What is being trained, with what.
    epochs : int
        How many there are to be.
    batches : int
        How many an epoch has.
    epoch, batch : int
        Where we are, counted from 1; 0 before the first.
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
    lr : float
        The first group's learning rate when this epoch began.
    loss_sum, right, seconds
        In this epoch so far: the sum of the samples' losses, how many were right, and the time.
    stop : bool
        Set it to end training after this epoch.
    hold : bool
        Set it in ``on_backward_end`` to leave out this step: the callbacks that follow are not
        told, and the next batch's gradients add to those that are there.
    applied : callable
        ``with state.applied():`` lets the model have the weights that are validated and kept,
        where they are others than those that are trained: an average of them.
    loader, validation
        What it is trained and validated on.
    callbacks : sequence of Callback
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
    hold: bool = False
    lr: float = float("nan")
    loss_sum: float = 0.0
    right: int = 0
    seconds: float = 0.0
    applied: Callable[[], AbstractContextManager[Any]] = nullcontext
    loader: Any = None
    validation: Any = None
    callbacks: Sequence[Callback] = ()


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

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint has to hold for this callback to go on; by default nothing."""
        return {}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned; called after ``on_fit_begin``."""
