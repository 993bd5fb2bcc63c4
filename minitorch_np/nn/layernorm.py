"""Layer normalisation."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from minitorch_np.checks import as_dtype, as_float, check_upstream, positive_int
from minitorch_np.module import Module
from minitorch_np.parameter import Parameter

__all__ = ["LayerNorm"]


class LayerNorm(Module):
    """Normalisation of each sample over its last dimensions.

    Forward, with mean μ and variance σ² over the D values of a sample's last dimensions::

        x̂ = (x - μ) / √(σ² + ε)          y = γ x̂ + β

    Backward::

        dγ = Σ dy x̂          dβ = Σ dy                             (over the samples)
        g = γ dy
        dx = (g - mean(g) - x̂ mean(g x̂)) / √(σ² + ε)               (over the last dimensions)

    Parameters
    ----------
    normalized_shape : int or tuple of int
        The last dimensions.
    eps : float, default 1e-5
        ε, at least 0.
    elementwise_affine : bool, default True
        Whether there are γ and β.
    bias : bool, default True
        Whether there is β.

    Attributes
    ----------
    weight, bias : Parameter of shape ``normalized_shape``, or None
        γ, first 1, and β, first 0.

    Shape
    -----
    x, y: (..., *normalized_shape).

    Raises
    ------
    ValueError
        If the shape does not fit.

    References
    ----------
    Ba, Kiros and Hinton, "Layer normalization", arXiv 1607.06450.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> nn.LayerNorm(3)(np.array([[1.0, 2.0, 3.0]])).round(3)
    array([[-1.225,  0.   ,  1.225]], dtype=float32)
    """

    def __init__(
        self,
        normalized_shape: int | Iterable[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
    ) -> None:
        super().__init__()
        sizes = normalized_shape if isinstance(normalized_shape, Iterable) else (normalized_shape,)
        self.normalized_shape = tuple(
            positive_int("LayerNorm", "normalized_shape", size) for size in sizes
        )
        if not self.normalized_shape:
            raise ValueError("LayerNorm: expected normalized_shape of at least one size, got ()")
        if not eps >= 0:
            raise ValueError(f"LayerNorm: expected eps of at least 0, got {eps!r}")
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        shape = self.normalized_shape
        self.weight = Parameter(np.ones(shape, np.float32)) if elementwise_affine else None
        with_bias = elementwise_affine and bias
        self.bias = Parameter(np.zeros(shape, np.float32)) if with_bias else None

    def reset_parameters(self) -> None:
        """Start anew: γ = 1, β = 0."""
        if self.weight is not None:
            self.weight.data = np.ones(self.normalized_shape)
        if self.bias is not None:
            self.bias.data = np.zeros(self.normalized_shape)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = γ (x - μ) / √(σ² + ε) + β.   x, y: (..., D)"""
        x = as_float(x) if self.weight is None else as_dtype(x, self.weight.dtype)
        dims = len(self.normalized_shape)
        if x.shape[-dims:] != self.normalized_shape:
            wanted = ", ".join(map(str, self.normalized_shape))
            raise ValueError(f"LayerNorm: expected x of shape (..., {wanted}), got {x.shape}")
        rows = x.reshape(*x.shape[: x.ndim - dims], math.prod(self.normalized_shape))  # (..., D)
        centred = rows - _mean(rows)
        wide = np.promote_types(x.dtype, np.float32)  # a float16 squared overflows soon
        scale = 1 / np.sqrt(_mean(np.square(centred, dtype=wide)) + wide.type(self.eps))
        normal = np.multiply(centred, scale, out=centred, casting="same_kind")
        self.save(normal, scale)
        y = normal.reshape(x.shape)
        if self.weight is None:
            return y
        y = y * self.weight.data
        if self.bias is not None:
            y += self.bias.data
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx, dγ = Σ dy x̂, dβ = Σ dy.   dy, dx: (..., D)"""
        normal, scale = self.saved()
        dy = as_dtype(dy, normal.dtype)
        check_upstream("LayerNorm", dy, (*normal.shape[:-1], *self.normalized_shape))
        g = dy.reshape(normal.shape)
        if self.bias is not None:
            self.bias.grad += _over_samples(g).reshape(self.normalized_shape)
        if self.weight is not None:
            self.weight.grad += _over_samples(g * normal).reshape(self.normalized_shape)
            g = g * self.weight.data.reshape(-1)
        dx: np.ndarray = g - _mean(g)
        dx -= normal * _mean(g * normal)
        dx *= scale
        return dx.reshape(dy.shape)

    def extra_repr(self) -> str:
        """Return the settings."""
        bias = "" if self.bias is not None or not self.elementwise_affine else ", bias=False"
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}{bias}"
        )


def _mean(x: np.ndarray) -> np.ndarray:
    """The mean over the last dimension, which stays.   x: (..., D)"""
    mean: np.ndarray = x.mean(axis=-1, keepdims=True)
    return mean


def _over_samples(x: np.ndarray) -> np.ndarray:
    """The sum over all dimensions but the last.   x: (..., D), sum: (D,)"""
    total: np.ndarray = x.sum(axis=tuple(range(x.ndim - 1)), dtype=np.float64)
    return total
