"""What an estimator lets look on, and end, its training."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Mapping
from typing import Any

from minitorch_np.training import Callback, EarlyStopping, State

__all__ = ["Settled", "own_callbacks", "stopping"]


class Settled(Callback):
    """Stop training when the loss has fallen by less than ``tol`` in more epochs than ``bear``.

    Each epoch is compared with the best one before it, however little that was better, as
    scikit-learn does it; :class:`~minitorch_np.training.EarlyStopping` adds small gains up.

    Parameters
    ----------
    tol : float
    bear : int
    """

    def __init__(self, tol: float, bear: int) -> None:
        self.tol = tol
        self.bear = bear
        self.best, self.borne = math.inf, 0

    def on_epoch_end(self, state: State) -> None:
        """Compare, and stop if it is time."""
        loss = state.history[-1]["train_loss"]
        self.borne = 0 if loss <= self.best - self.tol else self.borne + 1
        self.best = min(self.best, loss)
        if self.borne > self.bear:
            state.stop = True

    def state_dict(self) -> dict[str, Any]:
        """Return the best loss so far, and the epochs since that were borne."""
        return {"best": self.best, "borne": self.borne}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on comparing with what was the best."""
        self.best, self.borne = state_dict["best"], state_dict["borne"]


def own_callbacks(callbacks: Iterable[Any]) -> list[Callback]:
    """Return callbacks for one fit: copies, or what a callable makes.

    An estimator never changes what it was given, so that clones of it start alike.

    Raises
    ------
    TypeError
        If one is neither a Callback nor makes one.
    """
    made = [
        copy.deepcopy(callback)
        if isinstance(callback, Callback) or not callable(callback)
        else callback()
        for callback in callbacks
    ]
    for callback in made:
        if not isinstance(callback, Callback):
            raise TypeError(
                "callbacks: expected each to be a Callback, or a callable that makes one, "
                f"got {type(callback).__name__}"
            )
    return made


def stopping(
    early_stopping: bool, tol: float | None, n_iter_no_change: int, max_iter: int
) -> list[Callback]:
    """Return what ends training when a loss no longer falls, one callback or none.

    Parameters
    ----------
    early_stopping : bool
        Watch the validation's loss, and keep its best epoch; else the training's.
    tol : float or None
        How much it has to fall by; None bears any number of epochs without.
    n_iter_no_change, max_iter : int
    """
    if early_stopping:
        patience = max_iter if tol is None else n_iter_no_change
        return [EarlyStopping("val_loss", patience, tol or 0.0)]
    return [] if tol is None else [Settled(tol, n_iter_no_change)]
