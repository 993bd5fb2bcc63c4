"""What all losses share: the reduction, and a memory of one call."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch_np.dlpack import as_arrays
from minitorch_np.module import Module

__all__ = ["Loss"]


class Loss(Module):
    """Base class of losses.

    A loss remembers its last call, in one slot, whatever the recording says: a validation loop
    leaks nothing, and ``backward`` speaks of the last call.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default "mean"
        What to make of the losses of the samples. With "none" the call gives an array, and
        ``backward`` wants the upstream gradient for it.

    Raises
    ------
    ValueError
        If ``reduction`` is none of these.

    Examples
    --------
    A loss of one's own, the summed cube of the distance, |x - t|³:

    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> class CubeLoss(nn.Loss):
    ...     def forward(self, input, target):
    ...         self.remember(input - target)
    ...         return float((abs(input - target) ** 3).sum())
    ...     def backward(self, dy=1.0):
    ...         (d,) = self.remembered()
    ...         return dy * 3 * d * abs(d)
    >>> criterion = CubeLoss("sum")
    >>> criterion(np.array([3.0, 0.0]), np.array([1.0, 0.0]))
    8.0
    >>> criterion.backward()
    array([12.,  0.])
    """

    _last: list[Any]

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        if reduction not in ("mean", "sum", "none"):
            raise ValueError(
                f"{type(self).__name__}: expected reduction 'mean', 'sum' or 'none', "
                f"got {reduction!r}"
            )
        self.reduction = reduction
        self._last = [None]

    def __call__(self, input: Any, target: Any) -> Any:
        """Return the loss of ``input`` against ``target``."""
        if type(input) is not np.ndarray or type(target) is not np.ndarray:
            input, target = as_arrays((input, target))
        return self.forward(input, target)

    def remember(self, *values: Any) -> None:
        """Keep what ``backward`` needs, in place of what the call before kept."""
        self._last[0] = values

    def remembered(self) -> tuple[Any, ...]:
        """Return what the last call kept.

        Raises
        ------
        RuntimeError
            If there was none.
        """
        if self._last[0] is None:
            raise RuntimeError(
                f"{self._title()}: backward found no call to differentiate; call the loss first"
            )
        values: tuple[Any, ...] = self._last[0]
        return values

    def upstream(self, dy: Any, shape: tuple[int, ...]) -> Any:
        """Return the gradient that came from above: a number, or per sample for "none".

        Parameters
        ----------
        dy : float, or ndarray
        shape : tuple of int
            That of the losses, for "none".

        Raises
        ------
        ValueError
            If ``dy`` has not the shape of the loss.
        """
        if self.reduction != "none":
            if not isinstance(dy, float) and np.ndim(dy):
                raise ValueError(
                    f"{type(self).__name__}: expected dy to be a number with "
                    f"reduction={self.reduction!r}, got shape {np.shape(dy)}"
                )
            return dy
        if np.shape(dy) != shape:
            raise ValueError(
                f"{type(self).__name__}: expected dy of shape {shape} with reduction='none', "
                f"got {np.shape(dy)}"
            )
        return np.asarray(dy)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_last": [None]}

    def extra_repr(self) -> str:
        """Return the reduction, if it is not the default."""
        return "" if self.reduction == "mean" else f"reduction={self.reduction!r}"
