"""Batch normalisation of vectors and sequences."""

from __future__ import annotations

from minitorch_np.nn.batchnorm.base import BatchNorm

__all__ = ["BatchNorm1d"]


class BatchNorm1d(BatchNorm):
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
        If the shape does not fit, or the statistics would be those of a single value a channel.

    Notes
    -----
    An empty batch in training is counted, and leaves the running mean and variance alone, as in
    PyTorch. y of sequences lies in memory with the channels side by side.

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
