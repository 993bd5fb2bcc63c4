"""Binary cross-entropy, from probabilities and from logits."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch_np.nn.loss.elementwise import ElementwiseLoss

__all__ = ["BCELoss", "BCEWithLogitsLoss"]


class BCELoss(ElementwiseLoss):
    """Binary cross-entropy of probabilities.

    Forward::

        l = -w (t log x + (1 - t) log(1 - x))          L = Σ l / n     ("mean", n elements)

    Backward::

        dx = w (x - t) / (x (1 - x)) / n

    Parameters
    ----------
    weight : array_like, optional
        w, broadcast to the input; 1 by default.
    reduction : {"mean", "sum", "none"}

    Shape
    -----
    input: any, in [0, 1]; target: the same, in [0, 1].

    Raises
    ------
    ValueError
        If shapes differ, or the input leaves [0, 1].

    Notes
    -----
    As in PyTorch a logarithm is at least -100 and x (1 - x) at least 1e-12. From logits take
    BCEWithLogitsLoss, which needs neither.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> criterion = nn.BCELoss()
    >>> round(criterion(np.array([0.5, 0.5]), np.array([0.0, 1.0])), 6)
    0.693147
    >>> criterion.backward()
    array([ 1., -1.])
    """

    weight: np.ndarray | None

    def __init__(self, weight: Any = None, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.register_buffer("weight", None if weight is None else np.array(weight))

    def terms(self, x: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The loss of each element, and w (x - t) / (x (1 - x))."""
        if x.size and not (x.min() >= 0 and x.max() <= 1):
            raise ValueError(
                f"BCELoss: expected probabilities in [0, 1], got {x.min()} to {x.max()}; "
                "take BCEWithLogitsLoss for logits"
            )
        with np.errstate(divide="ignore"):  # log(0)
            positive, negative = np.log(x), np.log1p(-x)
        losses = (t - 1) * np.maximum(negative, -100) - t * np.maximum(positive, -100)
        slope = (x - t) / np.maximum(x * (1 - x), 1e-12)
        if self.weight is None:
            return losses, slope
        w = self.weight.astype(x.dtype)
        return losses * w, slope * w


class BCEWithLogitsLoss(ElementwiseLoss):
    """Binary cross-entropy of σ(input), from the logits: finite for any finite ones.

    Forward::

        l = -w (p t log σ(x) + (1 - t) log(1 - σ(x)))          L = Σ l / n     ("mean")

    Backward::

        dx = w ((1 - t) σ(x) - p t (1 - σ(x))) / n

    Parameters
    ----------
    weight : array_like, optional
        w, broadcast to the input; 1 by default.
    reduction : {"mean", "sum", "none"}
    pos_weight : array_like, optional
        p, broadcast to the input: what a positive example counts.

    Shape
    -----
    input: any; target: the same, in [0, 1].

    Raises
    ------
    ValueError
        If shapes differ.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> criterion = nn.BCEWithLogitsLoss()
    >>> round(criterion(np.array([0.0, 1000.0]), np.array([0.0, 1.0])), 6)
    0.346574
    >>> criterion.backward()
    array([0.25, 0.  ])
    """

    weight: np.ndarray | None
    pos_weight: np.ndarray | None

    def __init__(self, weight: Any = None, reduction: str = "mean", pos_weight: Any = None) -> None:
        super().__init__(reduction)
        self.register_buffer("weight", None if weight is None else np.array(weight))
        self.register_buffer("pos_weight", None if pos_weight is None else np.array(pos_weight))

    def terms(self, x: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The loss of each element, and w ((1 - t) σ - p t (1 - σ))."""
        positive = t if self.pos_weight is None else t * self.pos_weight.astype(x.dtype)
        small = np.exp(-abs(x))  # never overflows
        # -log σ(x) = max(-x, 0) + log(1 + exp(-|x|)), and -log(1 - σ(x)) is x more
        surprise = np.maximum(-x, 0) + np.log1p(small)
        losses = (1 - t) * x + (1 - t + positive) * surprise
        sigma = np.where(x >= 0, x.dtype.type(1), small) / (1 + small)
        slope = (1 - t + positive) * sigma - positive
        if self.weight is None:
            return losses, slope
        w = self.weight.astype(x.dtype)
        return losses * w, slope * w
