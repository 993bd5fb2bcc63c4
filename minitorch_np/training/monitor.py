"""Figures of the history that are watched: which way is better."""

from __future__ import annotations

from minitorch_np.training.callback import State

__all__ = ["cost", "figure"]


def figure(owner: str, monitor: str, state: State) -> float:
    """Return the last epoch's figure of that name.

    Raises
    ------
    KeyError
        If the history has no such figure.
    """
    row = state.history[-1]
    if monitor not in row:
        raise KeyError(
            f"{owner}: expected one of {', '.join(row)} to monitor, got {monitor!r}; figures of "
            "validation need fit(validation=...)"
        )
    return row[monitor]


def cost(owner: str, monitor: str, state: State) -> float:
    """Return the last epoch's figure, so that less is better.

    What ends in "loss" is to fall, anything else to rise.

    Raises
    ------
    KeyError
        If the history has no such figure.
    """
    value = figure(owner, monitor, state)
    return value if monitor.endswith("loss") else -value
