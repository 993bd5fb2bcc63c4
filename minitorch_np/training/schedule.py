"""Learning-rate schedules in the training loop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from minitorch_np.optim.lr_scheduler import LRScheduler
from minitorch_np.training.callback import Callback, State

__all__ = ["Schedule"]


class Schedule(Callback):
    """Step a learning-rate scheduler after every batch, or every epoch.

    Parameters
    ----------
    scheduler : LRScheduler
    every : {"batch", "epoch"}, default "batch"
    """

    def __init__(self, scheduler: LRScheduler, every: str = "batch") -> None:
        if every not in ("batch", "epoch"):
            raise ValueError(f"Schedule: expected every 'batch' or 'epoch', got {every!r}")
        self.scheduler = scheduler
        self.every = every

    def on_step_end(self, state: State) -> None:
        """Step after a batch, but for the very last one, which has no successor."""
        is_last = state.epoch == state.epochs and state.batch == state.batches
        if self.every == "batch" and not is_last:
            self.scheduler.step()

    def on_epoch_end(self, state: State) -> None:
        """Step after an epoch, but for the last one."""
        if self.every == "epoch" and state.epoch < state.epochs:
            self.scheduler.step()

    def state_dict(self) -> dict[str, Any]:
        """Return the scheduler's state."""
        return self.scheduler.state_dict()

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Let the scheduler go on."""
        self.scheduler.load_state_dict(state_dict)
