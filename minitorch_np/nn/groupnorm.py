"""Group normalisation."""

from __future__ import annotations

import math

import numpy as np

from minitorch_np.checks import as_dtype, as_float, check_upstream, positive_int
from minitorch_np.module import Module
from minitorch_np.parameter import Parameter

__all__ = ["GroupNorm"]


class GroupNorm(Module):
    """Normalisation of each sample over groups of its channels.

    Forward, with mean μ and variance σ² over the values of a sample's group of C / G channels::

        x̂ = (x - μ) / √(σ² + ε)          y = γ x̂ + β

    Backward::

        dγ = Σ dy x̂          dβ = Σ dy                             (over samples and positions)
        g = γ dy
        dx = (g - mean(g) - x̂ mean(g x̂)) / √(σ² + ε)               (over the group)

    Parameters
    ----------
    num_groups : int
        G, a divisor of C; 1 normalises over all channels, C over each alone.
    num_channels : int
        C.
    eps : float, default 1e-5
        ε, at least 0.
    affine : bool, default True
        Whether there are γ and β.

    Attributes
    ----------
    weight, bias : Parameter of shape (C,), or None
        γ, first 1, and β, first 0.

    Shape
    -----
    x, y: (N, C, ...). y lies in memory as x does.

    Raises
    ------
    ValueError
        If the shape does not fit, or G does not divide C.

    Notes
    -----
    A single sample whose groups are of one value each is β, as it is in a batch; PyTorch refuses it
    alone.

    References
    ----------
    Wu and He, "Group normalization", ECCV 2018, eq. 1 and 7.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> nn.GroupNorm(2, 4)(np.array([[1.0, 3.0, 10.0, 30.0]])).round(3)
    array([[-1.,  1., -1.,  1.]], dtype=float32)
    """

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True
    ) -> None:
        super().__init__()
        self.num_groups = positive_int("GroupNorm", "num_groups", num_groups)
        self.num_channels = positive_int("GroupNorm", "num_channels", num_channels)
        if num_channels % num_groups:
            raise ValueError(
                "GroupNorm: expected num_groups to divide num_channels, got "
                f"{num_groups} for {num_channels}"
            )
        if not eps >= 0:
            raise ValueError(f"GroupNorm: expected eps of at least 0, got {eps!r}")
        self.eps = eps
        self.affine = affine
        self.weight = Parameter(np.ones(num_channels, np.float32)) if affine else None
        self.bias = Parameter(np.zeros(num_channels, np.float32)) if affine else None

    def reset_parameters(self) -> None:
        """Start anew: γ = 1, β = 0."""
        if self.weight is not None and self.bias is not None:
            self.weight.data = np.ones(self.num_channels)
            self.bias.data = np.zeros(self.num_channels)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = γ (x - μ) / √(σ² + ε) + β.   x, y: (N, C, ...)"""
        x = as_float(x) if self.weight is None else as_dtype(x, self.weight.dtype)
        if x.ndim < 2 or x.shape[1] != self.num_channels:
            raise ValueError(
                f"GroupNorm: expected x of shape (N, {self.num_channels}, ...), got {x.shape}"
            )
        normal = x - self._mean(x).astype(x.dtype)
        wide = np.promote_types(x.dtype, np.float32)  # a float16 squared overflows soon
        var = self._mean(np.square(normal, dtype=wide))
        scale = (1 / np.sqrt(var + self.eps)).astype(x.dtype)
        normal *= scale
        self.save(normal, scale)
        if self.weight is None or self.bias is None:
            return normal
        y: np.ndarray = normal * _beside(self.weight.data, x)
        y += _beside(self.bias.data, x)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx, dγ = Σ dy x̂, dβ = Σ dy.   dy, dx: (N, C, ...)"""
        normal, scale = self.saved()
        g = dy = as_dtype(dy, normal.dtype)
        check_upstream("GroupNorm", dy, normal.shape)
        if self.weight is not None and self.bias is not None:
            axes = (0, *range(2, dy.ndim))
            self.weight.grad += (dy * normal).sum(axis=axes, dtype=np.float64)
            self.bias.grad += dy.sum(axis=axes, dtype=np.float64)
            g = dy * _beside(self.weight.data, dy)
        dx: np.ndarray = g - self._mean(g).astype(g.dtype)
        dx -= normal * self._mean(g * normal).astype(g.dtype)
        dx *= scale
        return dx

    def _mean(self, x: np.ndarray) -> np.ndarray:
        """The mean over each channel's group, in double.   x: (N, C, ...), mean: (N, C, 1...)"""
        sums = x.sum(axis=tuple(range(2, x.ndim)), dtype=np.float64)
        size = self.num_channels // self.num_groups
        of_groups = sums.reshape(len(x), self.num_groups, size).sum(axis=2)
        mean = of_groups / max(1, size * math.prod(x.shape[2:]))
        return np.repeat(mean, size, axis=1).reshape(*x.shape[:2], *(1,) * (x.ndim - 2))

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"


def _beside(values: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Channels' values so that they broadcast against x.   (C,) -> (C, 1...)"""
    return values.reshape(-1, *(1,) * (x.ndim - 2))
