"""Learning-rate schedules in the training loop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from minitorch_np.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from minitorch_np.training.callback import Callback, State
from minitorch_np.training.monitor import figure

__all__ = ["Schedule"]


class Schedule(Callback):
    """Step a learning-rate scheduler after every batch, or every epoch.

    Parameters
    ----------
    scheduler : LRScheduler or ReduceLROnPlateau
    every : {"batch", "epoch"}, default "batch"
        With ReduceLROnPlateau "epoch".
    monitor : str, default "val_loss"
        The key of the history's rows that ReduceLROnPlateau is given.

    Raises
    ------
    ValueError
        If ``every`` is something else.
    KeyError
        If the history has no such figure.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn, optim
    >>> from minitorch_np.training import Schedule
    >>> optimizer = optim.SGD([nn.Parameter(np.zeros(1))], lr=0.1)
    >>> schedule = Schedule(optim.lr_scheduler.ReduceLROnPlateau(optimizer), "epoch")
    """

    def __init__(
        self,
        scheduler: LRScheduler | ReduceLROnPlateau,
        every: str = "batch",
        monitor: str = "val_loss",
    ) -> None:
        if every not in ("batch", "epoch"):
            raise ValueError(f"Schedule: expected every 'batch' or 'epoch', got {every!r}")
        if isinstance(scheduler, ReduceLROnPlateau) and every != "epoch":
            raise ValueError(
                "Schedule: expected every 'epoch' for ReduceLROnPlateau, whose figure an epoch "
                f"has, got {every!r}"
            )
        self.scheduler = scheduler
        self.every = every
        self.monitor = monitor

    def on_step_end(self, state: State) -> None:
        """Step after a batch, but for the very last one, which has no successor."""
        is_last = state.epoch == state.epochs and state.batch == state.batches
        if self.every == "batch" and not is_last:
            self._step(state)

    def on_epoch_end(self, state: State) -> None:
        """Step after an epoch, but for the last one."""
        if self.every == "epoch" and state.epoch < state.epochs:
            self._step(state)

    def state_dict(self) -> dict[str, Any]:
        """Return the scheduler's state."""
        return self.scheduler.state_dict()

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Let the scheduler go on."""
        self.scheduler.load_state_dict(state_dict)

    def _step(self, state: State) -> None:
        if isinstance(self.scheduler, ReduceLROnPlateau):
            self.scheduler.step(figure("Schedule", self.monitor, state))
        else:
            self.scheduler.step()
