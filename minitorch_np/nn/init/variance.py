"""Draws that keep the variance from layer to layer: Glorot's, He's."""

from __future__ import annotations

import math

import numpy as np

from minitorch_np.nn.init.draws import normal_, uniform_
from minitorch_np.nn.init.fill import T
from minitorch_np.nn.init.gain import calculate_gain
from minitorch_np.parameter import Parameter
from minitorch_np.random import Rng

__all__ = ["kaiming_normal_", "kaiming_uniform_", "xavier_normal_", "xavier_uniform_"]


def xavier_uniform_(tensor: T, gain: float = 1.0, rng: Rng = None) -> T:
    """Glorot's uniform: U(-a, a) with a = gain √(6 / (fan_in + fan_out)).

    Parameters
    ----------
    tensor : Parameter or ndarray of shape (D_out, D_in, ...)
    gain : float, default 1
        For the activation that follows: :func:`calculate_gain`.
    rng : numpy.random.Generator or int, optional

    Raises
    ------
    ValueError
        If ``tensor`` has fewer than two dimensions.

    References
    ----------
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010, eq. 16.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.nn import init
    >>> w = init.xavier_uniform_(np.empty((2, 4)), rng=0)
    >>> bool(abs(w).max() <= 1)
    True
    """
    fan_in, fan_out = _fans(tensor)
    bound = gain * math.sqrt(6 / (fan_in + fan_out))
    return uniform_(tensor, -bound, bound, rng)


def xavier_normal_(tensor: T, gain: float = 1.0, rng: Rng = None) -> T:
    """Glorot's normal: N(0, σ²) with σ = gain √(2 / (fan_in + fan_out)).

    Parameters
    ----------
    tensor, gain, rng
        As in :func:`xavier_uniform_`.

    References
    ----------
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010, eq. 12.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.nn import init
    >>> w = init.xavier_normal_(np.empty((100, 100)), rng=0)
    >>> bool(abs(w.std() - 0.1) < 0.01)
    True
    """
    fan_in, fan_out = _fans(tensor)
    return normal_(tensor, 0.0, gain * math.sqrt(2 / (fan_in + fan_out)), rng)


def kaiming_uniform_(
    tensor: T,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    rng: Rng = None,
) -> T:
    """He's uniform: U(-b, b) with b = gain √(3 / fan).

    Parameters
    ----------
    tensor : Parameter or ndarray of shape (D_out, D_in, ...)
    a : float, default 0
        The negative slope, for ``nonlinearity="leaky_relu"``.
    mode : {"fan_in", "fan_out"}, default "fan_in"
        Keep the variance in the forward, or in the backward pass.
    nonlinearity : str, default "leaky_relu"
        See :func:`calculate_gain`.
    rng : numpy.random.Generator or int, optional

    Raises
    ------
    ValueError
        If ``tensor`` has fewer than two dimensions, or a word is none of these.

    References
    ----------
    He et al., "Delving deep into rectifiers", ICCV 2015, eq. 10 and 14.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.nn import init
    >>> w = init.kaiming_uniform_(np.empty((3, 6)), rng=0)
    >>> bool(abs(w).max() <= 1)
    True
    """
    bound = math.sqrt(3) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, rng)


def kaiming_normal_(
    tensor: T,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    rng: Rng = None,
) -> T:
    """He's normal: N(0, σ²) with σ = gain / √fan.

    Parameters
    ----------
    tensor, a, mode, nonlinearity, rng
        As in :func:`kaiming_uniform_`.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.nn import init
    >>> w = init.kaiming_normal_(np.empty((100, 200)), rng=0)
    >>> bool(abs(w.std() - 0.1) < 0.01)
    True
    """
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), rng)


def _kaiming_std(tensor: Parameter | np.ndarray, a: float, mode: str, nonlinearity: str) -> float:
    fans = dict(zip(("fan_in", "fan_out"), _fans(tensor), strict=True))
    if mode not in fans:
        raise ValueError(f"kaiming: expected mode 'fan_in' or 'fan_out', got {mode!r}")
    return calculate_gain(nonlinearity, a) / math.sqrt(fans[mode])


def _fans(tensor: Parameter | np.ndarray) -> tuple[int, int]:
    if len(tensor.shape) < 2:
        raise ValueError(
            "init: expected a weight of at least 2 dimensions to count connections, "
            f"got shape {tensor.shape}; use uniform_ or normal_ for a bias"
        )
    out_features, in_features, *kernel = tensor.shape
    return in_features * math.prod(kernel), out_features * math.prod(kernel)
