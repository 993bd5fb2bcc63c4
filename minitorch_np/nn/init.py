"""Initial values of parameters, by PyTorch's names and formulas.

Every function fills a parameter (or an array) in place and returns it. ``fan_in`` and ``fan_out``
are the numbers of connections into and out of a unit: for a weight of shape (D_out, D_in, ...)
they are D_in and D_out, each times the product of the rest (a kernel's size).
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np

from minitorch_np.parameter import Parameter
from minitorch_np.random import Rng, get_rng

__all__ = [
    "calculate_gain",
    "constant_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

T = TypeVar("T", Parameter, np.ndarray)


def uniform_(tensor: T, a: float = 0.0, b: float = 1.0, rng: Rng = None) -> T:
    """Fill with draws from the uniform distribution on [a, b).

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.nn import init
    >>> x = init.uniform_(np.empty(1000), -1, 1, rng=0)
    >>> bool(abs(x).max() <= 1)
    True
    """
    return _fill(tensor, get_rng(rng).uniform(a, b, tensor.shape))


def normal_(tensor: T, mean: float = 0.0, std: float = 1.0, rng: Rng = None) -> T:
    """Fill with draws from the normal distribution N(mean, std²)."""
    return _fill(tensor, get_rng(rng).normal(mean, std, tensor.shape))


def constant_(tensor: T, val: float) -> T:
    """Fill with ``val``."""
    return _fill(tensor, np.full(tensor.shape, val))


def zeros_(tensor: T) -> T:
    """Fill with 0."""
    return constant_(tensor, 0.0)


def ones_(tensor: T) -> T:
    """Fill with 1."""
    return constant_(tensor, 1.0)


def xavier_uniform_(tensor: T, gain: float = 1.0, rng: Rng = None) -> T:
    """Glorot's uniform: U(-a, a) with a = gain √(6 / (fan_in + fan_out)).

    References
    ----------
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010, eq. 16.
    """
    fan_in, fan_out = _fans(tensor)
    bound = gain * math.sqrt(6 / (fan_in + fan_out))
    return uniform_(tensor, -bound, bound, rng)


def xavier_normal_(tensor: T, gain: float = 1.0, rng: Rng = None) -> T:
    """Glorot's normal: N(0, σ²) with σ = gain √(2 / (fan_in + fan_out)).

    References
    ----------
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010, eq. 12.
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
    tensor : Parameter or ndarray
    a : float
        The negative slope, for ``nonlinearity="leaky_relu"``.
    mode : {"fan_in", "fan_out"}
        Keep the variance in the forward, or in the backward pass.
    nonlinearity : str
        See :func:`calculate_gain`.
    rng : numpy.random.Generator or int, optional

    References
    ----------
    He et al., "Delving deep into rectifiers", ICCV 2015, eq. 10 and 14.
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
    """He's normal: N(0, σ²) with σ = gain / √fan; see :func:`kaiming_uniform_`."""
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), rng)


def orthogonal_(tensor: T, gain: float = 1.0, rng: Rng = None) -> T:
    """A random matrix with orthonormal rows, or columns if there are fewer of them, times gain.

    A weight of more than two dimensions counts as (D_out, the product of the rest).

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
    return _fill(tensor, gain * (q if rows >= columns else q.T).reshape(tensor.shape))


def trunc_normal_(
    tensor: T,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    rng: Rng = None,
) -> T:
    """Fill with draws from N(mean, std²), those outside [a, b] drawn again.

    Notes
    -----
    a and b are values, not multiples of std, as in PyTorch.

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
    return _fill(tensor, values)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return the gain that keeps the variance through a nonlinearity.

    Parameters
    ----------
    nonlinearity : str
        linear, sigmoid: 1; tanh: 5/3; relu: √2; leaky_relu: √(2 / (1 + slope²)); selu: 3/4.
    param : float, default 0.01
        The negative slope of leaky_relu.

    Raises
    ------
    ValueError
        If the name is not one of these.

    Examples
    --------
    >>> from minitorch_np.nn import init
    >>> init.calculate_gain("tanh")
    1.6666666666666667
    """
    slope = 0.01 if param is None else param
    gains = {
        "linear": 1.0,
        "sigmoid": 1.0,
        "tanh": 5 / 3,
        "relu": math.sqrt(2),
        "leaky_relu": math.sqrt(2 / (1 + slope * slope)),
        "selu": 3 / 4,
    }
    if nonlinearity not in gains:
        raise ValueError(
            f"calculate_gain: expected one of {', '.join(gains)}, got {nonlinearity!r}"
        )
    return gains[nonlinearity]


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


def _fill(tensor: T, values: np.ndarray) -> T:
    (tensor.data if isinstance(tensor, Parameter) else tensor)[...] = values
    return tensor
