"""Dropout."""

from __future__ import annotations

import math

import numpy as np

from minitorch_np.checks import check_upstream, probability
from minitorch_np.module import Module
from minitorch_np.random import Rng, get_rng

__all__ = ["Dropout", "Dropout2d"]


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
        self.p = probability(type(self).__name__, "p", p)
        self.rng = None if rng is None else get_rng(rng)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = x · r.   x, y: (...)"""
        x = np.asarray(x)
        dropped = round(self.p * self.LEVELS)
        if not self.training or not dropped:
            self.save(None, None)
            return x
        shape = self._decisions(x.shape)
        drawn = get_rng(self.rng).bytes(2 * math.prod(shape))
        bits = np.frombuffer(drawn, np.uint16).reshape(shape)
        scale = self.LEVELS / (self.LEVELS - dropped) if dropped < self.LEVELS else 0.0
        r = (bits >= dropped) * np.asarray(scale, x.dtype if x.dtype.kind == "f" else float)
        self.save(r, x.shape)
        return x * r

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy · r.   dy, dx: (...)"""
        r, shape = self.saved()
        if r is None:
            return dy
        check_upstream(type(self).__name__, dy, shape)
        return dy * r

    def _decisions(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of r, which is one decision for each value of x."""
        return shape

    def extra_repr(self) -> str:
        """Return the probability."""
        return f"p={self.p}"


class Dropout2d(Dropout):
    """Zero whole channels of images with probability p in training, and scale up the rest.

    Neighbouring pixels say nearly the same, so zeroing some of them drops little.

    Forward::

        y_{n,c} = x_{n,c} · r_{n,c},   r = 1 / (1 - p) with probability 1 - p, else 0     (training)
        y = x                                                                             (eval)

    Backward::

        dx_{n,c} = dy_{n,c} · r_{n,c}

    Parameters
    ----------
    p : float in [0, 1], default 0.5
        The probability of zero.
    rng : numpy.random.Generator or int, optional
        Draws the zeros; by default the package's own.

    Shape
    -----
    x, y: (N, C, H, W).

    Raises
    ------
    ValueError
        If p is outside [0, 1], or x has not four dimensions.

    Notes
    -----
    p is rounded as :class:`Dropout` does. Of three dimensions PyTorch takes the second for the
    channels, and announces that it will be the first; here they are refused.

    References
    ----------
    Tompson et al., "Efficient object localization using convolutional networks", CVPR 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> dropout = nn.Dropout2d(0.5, rng=1)
    >>> dropout(np.ones((1, 3, 1, 2)))[0, :, 0]
    array([[2., 2.],
           [0., 0.],
           [2., 2.]])
    """

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = x · r.   x, y: (N, C, H, W)"""
        x = np.asarray(x)
        if x.ndim != 4:
            raise ValueError(f"Dropout2d: expected x of shape (N, C, H, W), got {x.shape}")
        return super().forward(x)

    def _decisions(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """One for each channel of each image."""
        return (*shape[:2], 1, 1)
