"""Differences of a function along one element of an array, and whether it has a kink there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["Line"]


class Line:
    """A function of an array, along one of its elements.

    Parameters
    ----------
    objective : callable
        Takes nothing and returns the function's value for what the array holds.
    x : ndarray
        Changed while a value is computed, and put back.
    index : tuple of int
        The element.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.testing.differences import Line
    >>> x = np.array([0.0, 3.0])
    >>> line = Line(lambda: float(abs(x).sum()), x, (0,))
    >>> step = 2.0**-20
    >>> line.central(step), line.slopes(step), line.has_kink(step)
    (0.0, (-1.0, 1.0), True)
    """

    def __init__(
        self, objective: Callable[[], float], x: np.ndarray, index: tuple[int, ...]
    ) -> None:
        self._objective, self._x, self._index = objective, x, index

    def central(self, step: float) -> float:
        """(f(x + step) - f(x - step)) / (2 step)."""
        return (self._value(step) - self._value(-step)) / (2 * step)

    def slopes(self, step: float) -> tuple[float, float]:
        """(f(x) - f(x - step)) / step and (f(x + step) - f(x)) / step."""
        here = self._value(0)
        return (here - self._value(-step)) / step, (self._value(step) - here) / step

    def has_kink(self, step: float) -> bool:
        """Whether the function has a kink within a step of the point.

        The two slopes of a smooth function differ by f'' times the step: by an eighth of that over
        an eighth of the step. At a kink they stay apart; and where the kink lies beside the point,
        the short step does not reach it, and they are equal.
        """
        (left, right), (near_left, near_right) = self.slopes(step), self.slopes(step / 8)
        gap, near_gap = abs(right - left), abs(near_right - near_left)
        return not 0.1 * gap < near_gap < 0.15 * gap

    def _value(self, move: float) -> float:
        before = self._x[self._index]
        self._x[self._index] = before + move
        value = self._objective()
        self._x[self._index] = before
        return value
