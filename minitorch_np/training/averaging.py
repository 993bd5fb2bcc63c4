"""Validating and keeping a moving average of the weights."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from minitorch_np.optim import ExponentialMovingAverage
from minitorch_np.training.callback import Callback, State

__all__ = ["WeightAveraging"]


class WeightAveraging(Callback):
    """Train the weights, but validate and keep an exponential moving average of them.

    The average takes in the weights after every step. Validation, :class:`EarlyStopping` and
    :class:`BestModel` see it instead of the weights; at the end of the fit, however it ends, the
    model has it for good (or the best of it, where EarlyStopping restores that).

    Parameters
    ----------
    decay : float in [0, 1], default 0.999
        β of :class:`~minitorch_np.optim.ExponentialMovingAverage`.

    Notes
    -----
    Buffers, such as BatchNorm's statistics, are not averaged.

    Examples
    --------
    >>> from minitorch_np.training import EarlyStopping, WeightAveraging
    >>> callbacks = [WeightAveraging(0.99), EarlyStopping("val_loss")]
    """

    def __init__(self, decay: float = 0.999) -> None:
        self.decay = decay
        self.average: ExponentialMovingAverage | None = None

    def on_fit_begin(self, state: State) -> None:
        """Begin a new average."""
        self.average = ExponentialMovingAverage(state.model.parameters(), self.decay)
        state.applied = self.average.applied

    def on_step_end(self, state: State) -> None:
        """Take the weights in."""
        if self.average is not None:
            self.average.update()

    def on_fit_end(self, state: State) -> None:
        """Make the average the model's weights, unless others have become it already."""
        if self.average is not None and self.average.updates and state.applied != nullcontext:
            self.average.copy_to_parameters()
            state.applied = nullcontext

    def state_dict(self) -> dict[str, Any]:
        """Return the average."""
        return {} if self.average is None else self.average.state_dict()

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on with the average."""
        if self.average is not None:
            self.average.load_state_dict(state_dict)
