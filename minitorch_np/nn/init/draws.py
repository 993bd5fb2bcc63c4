"""Independent draws: uniform, normal, truncated normal."""

from __future__ import annotations

import math

from minitorch_np.nn.init.fill import T, fill
from minitorch_np.random import Rng, get_rng

__all__ = ["normal_", "trunc_normal_", "uniform_"]


def uniform_(tensor: T, a: float = 0.0, b: float = 1.0, rng: Rng = None) -> T:
    """Fill with draws from the uniform distribution on [a, b).

    Parameters
    ----------
    tensor : Parameter or ndarray of any shape
    a, b : float, default 0 and 1
    rng : numpy.random.Generator or int, optional

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.nn import init
    >>> x = init.uniform_(np.empty(1000), -1, 1, rng=0)
    >>> bool(abs(x).max() <= 1)
    True
    """
    return fill(tensor, get_rng(rng).uniform(a, b, tensor.shape))


def normal_(tensor: T, mean: float = 0.0, std: float = 1.0, rng: Rng = None) -> T:
    """Fill with draws from the normal distribution N(mean, std²).

    Parameters
    ----------
    tensor : Parameter or ndarray of any shape
    mean, std : float, default 0 and 1
    rng : numpy.random.Generator or int, optional

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.nn import init
    >>> x = init.normal_(np.empty(1000), mean=5.0, rng=0)
    >>> bool(abs(x.mean() - 5) < 0.1)
    True
    """
    return fill(tensor, get_rng(rng).normal(mean, std, tensor.shape))


def trunc_normal_(
    tensor: T,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    rng: Rng = None,
) -> T:
    """Fill with draws from N(mean, std²), those outside [a, b] drawn again.

    Parameters
    ----------
    tensor : Parameter or ndarray of any shape
    mean, std : float, default 0 and 1
    a, b : float, default -2 and 2
        The least and the greatest value; not multiples of std, as in PyTorch.
    rng : numpy.random.Generator or int, optional

    Raises
    ------
    ValueError
        If fewer than one draw in a thousand would lie in [a, b].

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.nn import init
    >>> x = init.trunc_normal_(np.empty(1000), std=2.0, rng=0)
    >>> bool(abs(x).max() <= 2)
    True
    """

    def below(x: float) -> float:
        return 0.5 * math.erfc((mean - x) / std / math.sqrt(2))

    if not (a < b and std > 0 and below(b) - below(a) > 1e-3):
        raise ValueError(
            f"trunc_normal_: expected [a, b] to hold some of N({mean}, {std}²), got [{a}, {b}]"
        )
    rng = get_rng(rng)
    values = rng.normal(mean, std, tensor.shape)
    while (outside := (values < a) | (values > b)).any():
        values[outside] = rng.normal(mean, std, int(outside.sum()))
    return fill(tensor, values)
