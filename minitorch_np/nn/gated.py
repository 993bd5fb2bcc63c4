"""Activations that multiply the input by a gate of itself: SiLU, GELU."""

from __future__ import annotations

import math

import numpy as np

from minitorch_np.checks import check_upstream
from minitorch_np.erf import erf
from minitorch_np.module import Module

__all__ = ["GELU", "SiLU"]


class SiLU(Module):
    """The input times its sigmoid; also called Swish.

    Forward::

        y = x σ(x)

    Backward::

        dx = dy · σ (1 + x (1 - σ))

    Shape
    -----
    x, y: any, the same.

    References
    ----------
    Elfwing, Uchibe and Doya, "Sigmoid-weighted linear units for neural network function
    approximation in reinforcement learning", arXiv 1702.03118.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> nn.SiLU()(np.array([0.0, 1.0])).round(4)
    array([0.    , 0.7311])
    """

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = x σ(x).   x, y: (...)"""
        with np.errstate(over="ignore"):  # exp(-x) = inf gives σ = 0, which is right
            sigma = 1 / (1 + np.exp(np.multiply(x, -1.0)))
        self.save(np.asarray(x), sigma)
        return x * sigma

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy · σ (1 + x (1 - σ)).   dy, dx: (...)"""
        x, sigma = self.saved()
        check_upstream("SiLU", dy, x.shape)
        return dy * (sigma * (1 + x * (1 - sigma)))


class GELU(Module):
    """The input times the probability that a standard normal variable is below it.

    Forward, with Φ and φ the distribution function and the density of N(0, 1)::

        y = x Φ(x)                        Φ(x) = (1 + erf(x / √2)) / 2

    Backward::

        dx = dy · (Φ(x) + x φ(x))

    With ``approximate="tanh"``, u = √(2/π) (x + 0.044715 x³) and t = tanh(u)::

        y = x (1 + t) / 2
        dx = dy · ((1 + t) / 2 + x (1 - t²) u' / 2)          u' = √(2/π) (1 + 0.134145 x²)

    Parameters
    ----------
    approximate : {"none", "tanh"}

    Shape
    -----
    x, y: any, the same.

    Raises
    ------
    ValueError
        If ``approximate`` is something else.

    References
    ----------
    Hendrycks and Gimpel, "Gaussian error linear units", arXiv 1606.08415.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> nn.GELU()(np.array([-1.0, 1.0])).round(4)
    array([-0.1587,  0.8413])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        if approximate not in ("none", "tanh"):
            raise ValueError(f"GELU: expected approximate 'none' or 'tanh', got {approximate!r}")
        self.approximate = approximate

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = x Φ(x).   x, y: (...)"""
        x = np.multiply(x, 1.0)  # integers become floats
        gate, slope = _tanh_gate(x) if self.approximate == "tanh" else _normal_gate(x)
        self.save(slope)
        return x * gate

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy · (Φ(x) + x φ(x)).   dy, dx: (...)"""
        (slope,) = self.saved()
        check_upstream("GELU", dy, slope.shape)
        return dy * slope

    def extra_repr(self) -> str:
        """Return the form."""
        return f"approximate={self.approximate!r}"


def _normal_gate(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Φ(x), and the derivative of x Φ(x)."""
    gate = (1 + erf(x * math.sqrt(0.5))) * 0.5
    with np.errstate(over="ignore", under="ignore"):
        density = np.exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))
    return gate, gate + x * density


def _tanh_gate(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(1 + t) / 2, and the derivative of x (1 + t) / 2."""
    root = math.sqrt(2 / math.pi)
    with np.errstate(over="ignore"):
        square = x * x
        t = np.tanh(root * x * (1 + 0.044715 * square))
        gate = (1 + t) * 0.5
        # Where t is 1 or -1, x² may be infinite, and 0 · inf is NaN.
        rising = np.where(abs(t) < 1, root * (1 + 0.134145 * np.minimum(square, 1e4)), 0)
    return gate, gate + x * ((1 - t * t) * 0.5) * rising.astype(x.dtype)
