"""Stopping when it gets no better."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import numpy as np

from minitorch_np.training.callback import Callback, State
from minitorch_np.training.monitor import cost

__all__ = ["EarlyStopping"]


class EarlyStopping(Callback):
    """Stop training when a figure of the history has not improved for some epochs.

    Parameters
    ----------
    monitor : str, default "val_loss"
        A key of the history's rows. What ends in "loss" is to fall, anything else to rise.
    patience : int, default 3
        Epochs without improvement that are borne.
    min_delta : float, default 0
        The least change that counts as one.
    restore_best : bool, default True
        At the end, load the parameters of the best epoch.

    Raises
    ------
    KeyError
        If the history has no such figure.

    Examples
    --------
    >>> from minitorch_np.training import EarlyStopping
    >>> callbacks = [EarlyStopping("val_accuracy", patience=5)]
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        patience: int = 3,
        min_delta: float = 0.0,
        restore_best: bool = True,
    ) -> None:
        self.monitor = monitor
        self.patience = patience
        self.min_delta = min_delta
        self.restore_best = restore_best
        self.best, self.best_epoch = math.inf, 0
        self.best_state: dict[str, np.ndarray] | None = None

    def on_fit_begin(self, state: State) -> None:
        """Forget an earlier fit."""
        self.best, self.best_epoch = math.inf, 0
        self.best_state = None

    def on_epoch_end(self, state: State) -> None:
        """Compare, remember, and stop if it is time."""
        now = cost("EarlyStopping", self.monitor, state)
        if now < self.best - self.min_delta:
            self.best, self.best_epoch = now, state.epoch
            if self.restore_best:
                with state.applied():
                    self.best_state = state.model.state_dict()
        elif state.epoch - self.best_epoch >= self.patience:
            state.stop = True

    def on_fit_end(self, state: State) -> None:
        """Go back to the best epoch."""
        if self.best_state is not None:
            state.model.load_state_dict(self.best_state)
            state.applied = nullcontext  # these are the weights now

    def state_dict(self) -> dict[str, Any]:
        """Return the best figure so far, its epoch, and the weights there."""
        return {"best": self.best, "best_epoch": self.best_epoch, "best_state": self.best_state}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on comparing with what was the best."""
        self.best, self.best_epoch = state_dict["best"], state_dict["best_epoch"]
        self.best_state = state_dict["best_state"]
