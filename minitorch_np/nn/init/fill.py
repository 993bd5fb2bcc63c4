"""Filling in place, with an array or with one value."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from minitorch_np.parameter import Parameter

__all__ = ["T", "constant_", "fill", "ones_", "zeros_"]

T = TypeVar("T", Parameter, np.ndarray)


def fill(tensor: T, values: np.ndarray) -> T:
    """Copy values into a parameter or an array.

    Parameters
    ----------
    tensor : Parameter or ndarray of any shape
    values : ndarray of the same shape
    """
    (tensor.data if isinstance(tensor, Parameter) else tensor)[...] = values
    return tensor


def constant_(tensor: T, val: float) -> T:
    """Fill with one value.

    Parameters
    ----------
    tensor : Parameter or ndarray of any shape
    val : float

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.nn import init
    >>> init.constant_(np.empty(2), 0.5)
    array([0.5, 0.5])
    """
    return fill(tensor, np.full(tensor.shape, val))


def zeros_(tensor: T) -> T:
    """Fill with 0.

    Parameters
    ----------
    tensor : Parameter or ndarray of any shape
    """
    return constant_(tensor, 0.0)


def ones_(tensor: T) -> T:
    """Fill with 1.

    Parameters
    ----------
    tensor : Parameter or ndarray of any shape
    """
    return constant_(tensor, 1.0)
