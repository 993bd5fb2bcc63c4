"""Rectifiers that do not cut everything off below 0: LeakyReLU, ELU, Softplus."""

from __future__ import annotations

import numpy as np

from minitorch_np.checks import check_upstream
from minitorch_np.module import Module

__all__ = ["ELU", "LeakyReLU", "Softplus"]


class LeakyReLU(Module):
    """The rectifier that leaks.

    Forward::

        y = max(x, 0) + a min(x, 0)

    Backward::

        dx = dy · (1 if x > 0 else a)

    Parameters
    ----------
    negative_slope : float, default 0.01
        a.

    Shape
    -----
    x, y: any, the same.

    References
    ----------
    Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> nn.LeakyReLU(0.1)(np.array([-2.0, 3.0]))
    array([-0.2,  3. ])
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = float(negative_slope)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = max(x, 0) + a min(x, 0).   x, y: (...)"""
        y = np.maximum(x, 0) + self.negative_slope * np.minimum(x, 0)
        self.save(np.asarray(x))
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy · (1 if x > 0 else a).   dy, dx: (...)"""
        (x,) = self.saved()
        check_upstream("LeakyReLU", dy, x.shape)
        return dy * np.where(x > 0, dy.dtype.type(1), dy.dtype.type(self.negative_slope))

    def extra_repr(self) -> str:
        """Return the slope."""
        return f"negative_slope={self.negative_slope}"


class ELU(Module):
    """The exponential linear unit.

    Forward::

        y = x if x > 0 else α (exp(x) - 1)

    Backward::

        dx = dy · (1 if x > 0 else α exp(x))

    Parameters
    ----------
    alpha : float, default 1.0
        α.

    Shape
    -----
    x, y: any, the same.

    References
    ----------
    Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network learning by exponential
    linear units", ICLR 2016, eq. 15.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> nn.ELU()(np.array([-1.0, 3.0])).round(4)
    array([-0.6321,  3.    ])
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = float(alpha)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = x if x > 0 else α (exp(x) - 1).   x, y: (...)"""
        y = np.maximum(x, 0) + self.alpha * np.expm1(np.minimum(x, 0))
        self.save(np.asarray(x))
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy · (1 if x > 0 else α exp(x)).   dy, dx: (...)"""
        (x,) = self.saved()
        check_upstream("ELU", dy, x.shape)
        slope = np.where(x > 0, dy.dtype.type(1), self.alpha * np.exp(np.minimum(x, 0)))
        return dy * slope.astype(dy.dtype, copy=False)

    def extra_repr(self) -> str:
        """Return α."""
        return f"alpha={self.alpha}"


class Softplus(Module):
    """The smooth rectifier.

    Forward::

        y = log(1 + exp(βx)) / β          (x itself where βx > threshold)

    Backward::

        dx = dy · σ(βx)                   (dy itself there)

    Parameters
    ----------
    beta : float, default 1.0
        β, above 0.
    threshold : float, default 20.0

    Shape
    -----
    x, y: any, the same.

    Raises
    ------
    ValueError
        If β is not above 0.

    References
    ----------
    Dugas et al., "Incorporating second-order functional knowledge for better option pricing",
    NIPS 2000.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> nn.Softplus()(np.array([0.0, 30.0])).round(4)
    array([ 0.6931, 30.    ])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        if not beta > 0:
            raise ValueError(f"Softplus: expected beta above 0, got {beta!r}")
        self.beta = float(beta)
        self.threshold = float(threshold)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = log(1 + exp(βx)) / β.   x, y: (...)"""
        z = np.multiply(x, self.beta)
        y = np.where(z > self.threshold, x, np.logaddexp(z, 0) / self.beta)
        self.save(z)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy · σ(βx).   dy, dx: (...)"""
        (z,) = self.saved()
        check_upstream("Softplus", dy, z.shape)
        with np.errstate(over="ignore"):  # exp(-z) = inf gives 0, which is right
            slope = 1 / (1 + np.exp(-z))
        return dy * np.where(z > self.threshold, z.dtype.type(1), slope)

    def extra_repr(self) -> str:
        """Return β and the threshold."""
        return f"beta={self.beta}, threshold={self.threshold}"
