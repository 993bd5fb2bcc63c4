"""Batch normalisation of images."""

from __future__ import annotations

from minitorch_np.nn.batchnorm.base import BatchNorm

__all__ = ["BatchNorm2d"]


class BatchNorm2d(BatchNorm):
    """Batch normalisation of images.

    Forward, with mean μ_c and variance σ²_c of channel c over the batch and the pixels::

        x̂ = (x - μ) / √(σ² + ε)          y = γ x̂ + β

    Backward, with n = N H W the number of values of a channel::

        dγ = Σ dy x̂          dβ = Σ dy
        dx = γ / √(σ² + ε) · (dy - dβ / n - x̂ dγ / n)

    In eval mode both are :class:`BatchNorm1d`'s, with the running averages.

    Parameters
    ----------
    num_features, eps, momentum, affine, track_running_stats
        As in :class:`BatchNorm1d`.

    Attributes
    ----------
    weight, bias, running_mean, running_var, num_batches_tracked
        As in :class:`BatchNorm1d`.

    Shape
    -----
    x, y: (N, C, H, W). y lies in memory with the channels side by side, and images that lie so
    already are not copied.

    Raises
    ------
    ValueError
        If the shape does not fit, or the statistics would be those of a single value a channel.

    References
    ----------
    Ioffe and Szegedy, "Batch normalization", ICML 2015, algorithms 1 and 2.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> norm = nn.BatchNorm2d(2)
    >>> y = norm(np.arange(16.0).reshape(2, 2, 2, 2))
    >>> y.shape, norm.running_mean
    ((2, 2, 2, 2), array([0.55, 0.95], dtype=float32))
    """

    dims = (4,)
    form = "(N, {C}, H, W)"
