"""Initial values of parameters, by PyTorch's names and formulas.

Every function fills a parameter (or an array) in place and returns it. ``fan_in`` and ``fan_out``
are the numbers of connections into and out of a unit: for a weight of shape (D_out, D_in, ...)
they are D_in and D_out, each times the product of the rest (a kernel's size).
"""

from minitorch_np.nn.init.draws import normal_, trunc_normal_, uniform_
from minitorch_np.nn.init.fill import constant_, ones_, zeros_
from minitorch_np.nn.init.gain import calculate_gain
from minitorch_np.nn.init.orthogonal import orthogonal_
from minitorch_np.nn.init.variance import (
    kaiming_normal_,
    kaiming_uniform_,
    xavier_normal_,
    xavier_uniform_,
)

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
