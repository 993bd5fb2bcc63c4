"""A random orthogonal matrix."""

from __future__ import annotations

import math

import numpy as np

from minitorch_np.nn.init.fill import T, fill
from minitorch_np.random import Rng, get_rng

__all__ = ["orthogonal_"]


def orthogonal_(tensor: T, gain: float = 1.0, rng: Rng = None) -> T:
    """A random matrix with orthonormal rows, or columns if there are fewer of them, times gain.

    A weight of more than two dimensions counts as (D_out, the product of the rest).

    Parameters
    ----------
    tensor : Parameter or ndarray of shape (D_out, D_in, ...)
    gain : float, default 1
    rng : numpy.random.Generator or int, optional

    Raises
    ------
    ValueError
        If ``tensor`` has fewer than two dimensions.

    References
    ----------
    Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks", ICLR 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.nn import init
    >>> w = init.orthogonal_(np.empty((2, 3)), rng=0)
    >>> bool(np.allclose(w @ w.T, np.eye(2)))
    True
    """
    if len(tensor.shape) < 2:
        raise ValueError(f"init: expected at least 2 dimensions, got shape {tensor.shape}")
    if not tensor.size:
        return tensor
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    draws = get_rng(rng).standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(draws)
    q *= np.where(np.diag(r) < 0, -1, 1)  # so that all orthogonal matrices are equally likely
    return fill(tensor, gain * (q if rows >= columns else q.T).reshape(tensor.shape))
