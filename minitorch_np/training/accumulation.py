"""Steps over several batches."""

from __future__ import annotations

from minitorch_np.checks import positive_int
from minitorch_np.training.callback import Callback, State

__all__ = ["GradientAccumulation"]


class GradientAccumulation(Callback):
    """Step after several batches, with the mean of their gradients, as if they were one.

    What an epoch has left at its end makes a step of its own. Callbacks named after this one are
    told of the gradients when they are complete: clip there.

    Parameters
    ----------
    batches : int
        How many batches a step has.

    Raises
    ------
    ValueError
        If ``batches`` is not a positive integer.

    Notes
    -----
    The mean is one of batches: if the last is smaller, each of its samples counts for more. Layers
    that mix the batch (BatchNorm) still see one batch at a time.

    Examples
    --------
    >>> from minitorch_np.training import GradientAccumulation
    >>> callbacks = [GradientAccumulation(4)]
    """

    def __init__(self, batches: int) -> None:
        self.batches = positive_int("GradientAccumulation", "batches", batches)
        self._taken = 0

    def on_epoch_begin(self, state: State) -> None:
        """Begin with no gradients."""
        self._taken = 0

    def on_backward_end(self, state: State) -> None:
        """Hold the step back, or make the sum of the gradients their mean."""
        self._taken += 1
        state.hold = self._taken < self.batches and state.batch < state.batches
        if state.hold:
            return
        for p in state.model.parameters():
            if p.has_grad:
                p.grad *= 1 / self._taken
        self._taken = 0
