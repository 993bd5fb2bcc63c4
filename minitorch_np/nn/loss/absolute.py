"""Absolute error, and its forms that are smooth at 0: L1Loss, SmoothL1Loss, HuberLoss."""

from __future__ import annotations

import numpy as np

from minitorch_np.nn.loss.elementwise import ElementwiseLoss

__all__ = ["HuberLoss", "L1Loss", "SmoothL1Loss"]


class L1Loss(ElementwiseLoss):
    """Absolute error.

    Forward::

        L = Σ |x - t| / n            (n elements; "sum": without the division)

    Backward::

        dx = sign(x - t) / n

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}

    Shape
    -----
    input, target: any, the same. (PyTorch broadcasts, with a warning; here it is refused.)

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> criterion = nn.L1Loss()
    >>> criterion(np.array([1.0, 3.0]), np.array([1.0, 1.0]))
    1.0
    >>> criterion.backward()
    array([0. , 0.5])
    """

    def terms(self, x: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """|e| and sign(e), with e = x - t."""
        error = x - t
        return abs(error), np.sign(error)


class HuberLoss(ElementwiseLoss):
    """Squared error near 0, absolute error beyond δ.

    Forward, with e = x - t::

        l = e² / 2                if |e| ≤ δ
            δ (|e| - δ / 2)       otherwise
        L = Σ l / n               (n elements; "sum": without the division)

    Backward::

        dx = min(max(e, -δ), δ) / n

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
    delta : float, default 1.0
        δ, above 0.

    Shape
    -----
    input, target: any, the same.

    Raises
    ------
    ValueError
        If the shapes differ, or δ is not above 0.

    References
    ----------
    Huber, "Robust estimation of a location parameter", Ann. Math. Statist. 35, 1964.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> criterion = nn.HuberLoss()
    >>> criterion(np.array([0.5, 3.0]), np.array([0.0, 0.0]))
    1.3125
    >>> criterion.backward()
    array([0.25, 0.5 ])
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        if not delta > 0:
            raise ValueError(f"HuberLoss: expected delta above 0, got {delta!r}")
        self.delta = float(delta)

    def terms(self, x: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The loss of each element, and e held to [-δ, δ]."""
        error = x - t
        slope = np.clip(error, -self.delta, self.delta)
        # |e| |s| - s² / 2 is e² / 2 within, and δ |e| - δ² / 2 beyond.
        return abs(slope) * (abs(error) - abs(slope) * 0.5), slope


class SmoothL1Loss(ElementwiseLoss):
    """Absolute error, but squared error within β.

    Forward, with e = x - t::

        l = e² / (2 β)            if |e| < β
            |e| - β / 2           otherwise
        L = Σ l / n               (n elements; "sum": without the division)

    Backward::

        dx = min(max(e / β, -1), 1) / n

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
    beta : float, default 1.0
        β, at least 0; with 0 this is L1Loss.

    Shape
    -----
    input, target: any, the same.

    Raises
    ------
    ValueError
        If the shapes differ, or β is negative.

    References
    ----------
    Girshick, "Fast R-CNN", ICCV 2015, eq. 3.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> criterion = nn.SmoothL1Loss(beta=2.0)
    >>> criterion(np.array([1.0, 3.0]), np.array([0.0, 0.0]))
    1.125
    >>> criterion.backward()
    array([0.25, 0.5 ])
    """

    def __init__(self, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction)
        if not beta >= 0:
            raise ValueError(f"SmoothL1Loss: expected beta of at least 0, got {beta!r}")
        self.beta = float(beta)

    def terms(self, x: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The loss of each element, and e / β held to [-1, 1]."""
        error = x - t
        if not self.beta:
            return abs(error), np.sign(error)
        slope = np.clip(error * (1 / self.beta), -1, 1)
        return abs(slope) * (abs(error) - abs(slope) * (0.5 * self.beta)), slope
