"""Keeping the best weights in a file."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any

from minitorch_np.serialization import save
from minitorch_np.training.callback import Callback, State
from minitorch_np.training.monitor import cost

__all__ = ["BestModel"]


class BestModel(Callback):
    """Write the weights into a file whenever a figure of the history is better than ever before.

    Parameters
    ----------
    path : path
        Written by :func:`minitorch_np.save`, whole or not at all.
    monitor : str, default "val_accuracy"
        A key of the history's rows. What ends in "loss" is to fall, anything else to rise.

    Attributes
    ----------
    best_epoch : int
        The best epoch so far; 0 before the first.

    Raises
    ------
    KeyError
        If the history has no such figure.

    Notes
    -----
    Under :class:`WeightAveraging` it is the averages that are validated, and written.

    Examples
    --------
    >>> from minitorch_np.training import BestModel
    >>> callbacks = [BestModel("best.safetensors", "val_loss")]
    """

    def __init__(self, path: str | os.PathLike[str], monitor: str = "val_accuracy") -> None:
        self.path = path
        self.monitor = monitor
        self.best, self.best_epoch = math.inf, 0

    def on_fit_begin(self, state: State) -> None:
        """Forget an earlier fit."""
        self.best, self.best_epoch = math.inf, 0

    def on_epoch_end(self, state: State) -> None:
        """Compare, and write."""
        now = cost("BestModel", self.monitor, state)
        if now < self.best:
            self.best, self.best_epoch = now, state.epoch
            with state.applied():
                save(self.path, state.model.state_dict())

    def state_dict(self) -> dict[str, Any]:
        """Return the best figure so far (negative, if it is to rise), and its epoch."""
        return {"best": self.best, "best_epoch": self.best_epoch}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on comparing with what was the best."""
        self.best, self.best_epoch = float(state_dict["best"]), int(state_dict["best_epoch"])
