"""What batch normalisation of vectors and of images have in common."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch_np.checks import as_dtype, as_float, check_upstream, positive_int
from minitorch_np.module import Module
from minitorch_np.nn.batchnorm import columns
from minitorch_np.parameter import Parameter

__all__ = ["BatchNorm"]


class BatchNorm(Module):
    """Batch normalisation over all dimensions but the second; BatchNorm1d has the equations."""

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
        rows = columns.as_rows(x)
        if self.training or self.running_mean is None:
            count = len(rows)
            pivot, away, var = self._statistics(x.shape, rows)
        else:
            count = 0  # the statistics do not depend on x
            pivot, var = self.running_mean.astype(x.dtype), self.running_var
            away = np.zeros(())
        scale = 1 / np.sqrt(np.asarray(var, np.float64) + self.eps)
        self.save(rows, x.shape, pivot, away, scale, count)
        outer = self._times_weight(scale)
        shift = (0.0 if self.bias is None else self.bias.data) - outer * away
        y = columns.normalise(rows, pivot, outer, shift)
        return columns.as_images(y, x.shape)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx, dγ = Σ dy x̂, dβ = Σ dy.   dy, dx: (N, C, ...)"""
        rows, shape, pivot, away, scale, count = self.saved()
        dy = as_dtype(dy, rows.dtype)
        check_upstream(type(self).__name__, dy, shape)
        up = columns.as_rows(dy)
        total, along = columns.products(rows, up, pivot)
        along = along - away * total
        if self.weight is not None and self.bias is not None:
            self.weight.grad += scale * along
            self.bias.grad += total
        outer = self._times_weight(scale)
        if count:
            slope = scale * scale * along / count
            dx = columns.gradient(rows, up, pivot, slope, total / count - slope * away, outer)
        else:
            dx = up * outer.astype(up.dtype)
        return columns.as_images(dx, shape)

    def _statistics(
        self, shape: tuple[int, ...], rows: np.ndarray
    ) -> tuple[columns.Pivot, np.ndarray, np.ndarray]:
        """Mean and variance of this batch, which the running ones follow.   rows: (M, C)

        The mean is a pivot and how far it is from there.
        """
        count = len(rows)
        if count == 1:
            raise ValueError(
                f"{type(self).__name__}: expected more than one value a channel to take statistics "
                f"of, got an input of shape {shape}; enlarge the batch, or call eval() where "
                "running statistics are tracked"
            )
        zeros = np.zeros(self.num_features)
        pivot, away, var = columns.moments(rows) if count else (None, zeros, zeros)
        if self.training and self.running_mean is not None:
            tracked = self.num_batches_tracked
            tracked += 1
            if count:
                weight = 1 / int(tracked) if self.momentum is None else self.momentum
                mean = away if pivot is None else pivot + away
                _approach(self.running_mean, mean, weight)
                _approach(self.running_var, var * (count / (count - 1)), weight)
        return pivot, away, var

    def _times_weight(self, scale: np.ndarray) -> np.ndarray:
        """γ scale; scale, where there is no γ.   (C,) -> (C,)"""
        return scale if self.weight is None else scale * self.weight.data

    def _checked(self, x: np.ndarray) -> np.ndarray:
        x = as_float(x) if self.weight is None else as_dtype(x, self.weight.dtype)
        if x.ndim not in self.dims or x.shape[1] != self.num_features:
            raise ValueError(
                f"{type(self).__name__}: expected x of shape "
                f"{self.form.format(C=self.num_features)}, got {x.shape}"
            )
        return x

    def extra_repr(self) -> str:
        """Return the settings."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, track_running_stats={self.track_running_stats}"
        )


def _approach(running: np.ndarray, value: np.ndarray, weight: float) -> None:
    """running ← (1 - weight) running + weight value.   both: (C,)"""
    running += weight * (value - running)
