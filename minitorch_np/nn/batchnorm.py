"""Batch normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch_np.checks import as_dtype, as_float, check_upstream, positive_int
from minitorch_np.module import Module
from minitorch_np.parameter import Parameter

__all__ = ["BatchNorm1d"]


class _BatchNorm(Module):
    """Batch normalisation over all dimensions but the second."""

    dims: tuple[int, ...]  # how many dimensions the input may have
    form: str  # how its shape is said
    running_mean: Any
    running_var: Any
    num_batches_tracked: Any

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        self.num_features = positive_int(name, "num_features", num_features)
        if not eps >= 0:
            raise ValueError(f"{name}: expected eps of at least 0, got {eps!r}")
        if momentum is not None and not 0 <= momentum <= 1:
            raise ValueError(f"{name}: expected momentum in [0, 1] or None, got {momentum!r}")
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        ones, zeros = np.ones(num_features, np.float32), np.zeros(num_features, np.float32)
        self.weight = Parameter(ones) if affine else None
        self.bias = Parameter(zeros) if affine else None
        tracked = track_running_stats
        self.register_buffer("running_mean", zeros.copy() if tracked else None)
        self.register_buffer("running_var", ones.copy() if tracked else None)
        self.register_buffer("num_batches_tracked", np.array(0, np.int64) if tracked else None)

    def reset_running_stats(self) -> None:
        """Forget the running statistics."""
        if self.track_running_stats:
            self.running_mean[...] = 0
            self.running_var[...] = 1
            self.num_batches_tracked[...] = 0

    def reset_parameters(self) -> None:
        """Start anew: γ = 1, β = 0, no statistics."""
        self.reset_running_stats()
        if self.weight is not None and self.bias is not None:
            self.weight.data = np.ones(self.num_features)
            self.bias.data = np.zeros(self.num_features)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = γ (x - μ) / √(σ² + ε) + β.   x, y: (N, C, ...)"""
        x = self._checked(x)
        axes = (0, *range(2, x.ndim))
        if self.training or self.running_mean is None:
            count = x.size // self.num_features
            if self.training and count == 1:
                raise ValueError(
                    f"{type(self).__name__}: expected more than one value a channel in training, "
                    f"got an input of shape {x.shape}; enlarge the batch, or call eval()"
                )
            mean = x.mean(axis=axes, dtype=np.float64) if count else np.zeros(self.num_features)
            centred = x - self._beside(mean, x)
            wide = np.promote_types(x.dtype, np.float32)  # a float16 squared overflows soon
            squares = np.square(centred, dtype=wide)
            var = squares.mean(axis=axes, dtype=np.float64) if count else mean
            if self.training and count and self.running_mean is not None:
                self._track(mean, var * (count / (count - 1)))
        else:
            centred = x - self._beside(self.running_mean, x)
            var = self.running_var
            count = 0  # the statistics do not depend on x
        scale = 1 / np.sqrt(np.asarray(var, np.float64) + self.eps)
        normal = np.multiply(centred, self._beside(scale, x), out=centred)
        self.save(normal, scale, count)
        if self.weight is None or self.bias is None:
            return normal
        y: np.ndarray = normal * self._beside(self.weight.data, x)
        y += self._beside(self.bias.data, x)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx, dγ = Σ dy x̂, dβ = Σ dy.   dy, dx: (N, C, ...)"""
        normal, scale, count = self.saved()
        dy = as_dtype(dy, normal.dtype)
        check_upstream(type(self).__name__, dy, normal.shape)
        axes = (0, *range(2, dy.ndim))
        total = dy.sum(axis=axes, dtype=np.float64)
        along = (dy * normal).sum(axis=axes, dtype=np.float64)
        if self.weight is not None and self.bias is not None:
            self.weight.grad += along
            self.bias.grad += total
            scale = scale * self.weight.data
        dx = dy
        if count:
            dx = dx - self._beside(total / count, dy)
            dx -= normal * self._beside(along / count, dy)
        return dx * self._beside(scale, dy)

    def _track(self, mean: np.ndarray, var: np.ndarray) -> None:
        """Move the running statistics towards those of this batch."""
        self.num_batches_tracked += 1
        weight = 1 / int(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean += weight * (mean - self.running_mean)
        self.running_var += weight * (var - self.running_var)

    def _checked(self, x: np.ndarray) -> np.ndarray:
        x = as_float(x) if self.weight is None else as_dtype(x, self.weight.dtype)
        if x.ndim not in self.dims or x.shape[1] != self.num_features:
            raise ValueError(
                f"{type(self).__name__}: expected x of shape "
                f"{self.form.format(C=self.num_features)}, got {x.shape}"
            )
        return x

    def _beside(self, values: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Return values (C,) so that they broadcast against x (N, C, ...), in its dtype."""
        return np.asarray(values, x.dtype).reshape(-1, *(1,) * (x.ndim - 2))

    def extra_repr(self) -> str:
        """Return the settings."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of vectors or sequences.

    Forward, with mean μ_c and variance σ²_c of channel c over the batch (and the positions)::

        x̂ = (x - μ) / √(σ² + ε)          y = γ x̂ + β

    In eval mode μ and σ² are running averages of what was seen in training::

        μ̄ ← (1 - m) μ̄ + m μ              σ̄² ← (1 - m) σ̄² + m σ² n / (n - 1)

    Backward, with n the number of values of a channel::

        dγ = Σ dy x̂          dβ = Σ dy
        dx = γ / √(σ² + ε) · (dy - dβ / n - x̂ dγ / n)          (eval: γ / √(σ̄² + ε) · dy)

    Parameters
    ----------
    num_features : int
        C.
    eps : float, default 1e-5
        ε, at least 0.
    momentum : float or None, default 0.1
        m, in [0, 1]; None for the plain average of all batches.
    affine : bool, default True
        Whether there are γ and β.
    track_running_stats : bool, default True
        False uses the batch's statistics in eval mode, too.

    Attributes
    ----------
    weight, bias : Parameter of shape (C,), or None
        γ, first 1, and β, first 0.
    running_mean, running_var : ndarray of shape (C,), or None
    num_batches_tracked : ndarray of shape (), or None

    Shape
    -----
    x, y: (N, C) or (N, C, L).

    Raises
    ------
    ValueError
        If the shape does not fit, or a channel has a single value in training.

    Notes
    -----
    An empty batch in training leaves the running statistics alone.

    References
    ----------
    Ioffe and Szegedy, "Batch normalization", ICML 2015, algorithms 1 and 2.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> norm = nn.BatchNorm1d(2)
    >>> norm(np.array([[1.0, 5.0], [3.0, 5.0]])).round(3)
    array([[-1.,  0.],
           [ 1.,  0.]], dtype=float32)
    """

    dims = (2, 3)
    form = "(N, {C}) or (N, {C}, L)"
