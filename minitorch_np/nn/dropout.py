"""Dropout."""

from __future__ import annotations

import numpy as np

from minitorch_np.checks import check_upstream, probability
from minitorch_np.module import Module
from minitorch_np.random import Rng, get_rng

__all__ = ["Dropout"]


class Dropout(Module):
    """Zero each value with probability p in training, and scale up the rest.

    Forward::

        y = x · r,   r = 1 / (1 - p) with probability 1 - p, else 0     (training)
        y = x                                                           (eval)

    Backward::

        dx = dy · r

    Parameters
    ----------
    p : float in [0, 1], default 0.5
        The probability of zero.
    rng : numpy.random.Generator or int, optional
        Draws the zeros; by default the package's own.

    Shape
    -----
    x, y: any, the same.

    Raises
    ------
    ValueError
        If p is outside [0, 1].

    Notes
    -----
    Each value is decided by 16 random bits, so p is rounded to a multiple of 2⁻¹⁶; the scale
    uses the rounded p, so the mean of y is exactly x.

    References
    ----------
    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting",
    JMLR 15, 2014; scaled in training ("inverted"), as PyTorch does.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> dropout = nn.Dropout(0.5, rng=0)
    >>> dropout(np.ones(8))
    array([2., 2., 2., 2., 2., 2., 2., 0.])
    >>> dropout.eval()(np.ones(3))
    array([1., 1., 1.])
    """

    LEVELS = 1 << 16

    def __init__(self, p: float = 0.5, rng: Rng = None) -> None:
        super().__init__()
        self.p = probability("Dropout", "p", p)
        self.rng = None if rng is None else get_rng(rng)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = x · r.   x, y: (...)"""
        x = np.asarray(x)
        dropped = round(self.p * self.LEVELS)
        if not self.training or not dropped:
            self.save(None)
            return x
        bits = np.frombuffer(get_rng(self.rng).bytes(2 * x.size), np.uint16).reshape(x.shape)
        scale = self.LEVELS / (self.LEVELS - dropped) if dropped < self.LEVELS else 0.0
        r = (bits >= dropped) * np.asarray(scale, x.dtype if x.dtype.kind == "f" else float)
        self.save(r)
        return x * r

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy · r.   dy, dx: (...)"""
        (r,) = self.saved()
        if r is not None:
            check_upstream("Dropout", dy, r.shape)
        return dy if r is None else dy * r

    def extra_repr(self) -> str:
        """Return the probability."""
        return f"p={self.p}"
