"""The learning-rate schedule that an estimator's options describe."""

from __future__ import annotations

from typing import Any

from minitorch_np.optim import Optimizer
from minitorch_np.optim.lr_scheduler import CosineAnnealingLR, LRScheduler, OneCycleLR
from minitorch_np.training import Callback, Schedule

__all__ = ["schedule_callbacks"]


def schedule_callbacks(learning_rate: Any, optimizer: Optimizer, steps: int) -> list[Callback]:
    """Return the callbacks, one or none, that move the learning rate.

    Parameters
    ----------
    learning_rate : {"constant", "cosine", "one_cycle"} or callable
        A callable makes, of the optimizer and the number of steps, a scheduler that is stepped
        after every batch, or a Callback.
    optimizer : Optimizer
    steps : int
        Of the whole fit.

    Raises
    ------
    ValueError, TypeError
        If the name is unknown, or what was made is neither.
    """
    if learning_rate == "constant":
        return []
    if learning_rate == "cosine":
        made: Any = CosineAnnealingLR(optimizer, steps)
    elif learning_rate == "one_cycle":
        peaks = [group["lr"] for group in optimizer.param_groups]
        made = OneCycleLR(optimizer, peaks, total_steps=steps)
    elif callable(learning_rate):
        made = learning_rate(optimizer, steps)
    else:
        raise ValueError(
            "learning_rate: expected 'constant', 'cosine', 'one_cycle', or a callable that makes "
            f"a scheduler of (optimizer, steps), got {learning_rate!r}"
        )
    if isinstance(made, LRScheduler):
        return [Schedule(made)]
    if isinstance(made, Callback):
        return [made]
    raise TypeError(
        "learning_rate: expected an LRScheduler (stepped after every batch) or a Callback, "
        f"got {type(made).__name__} from it"
    )
