"""All parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from minitorch_np.parameter import Parameter

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Parameter]) -> np.ndarray:
    """Return a copy of all values, one parameter after the other.

    Parameters
    ----------
    parameters : iterable of Parameter

    Returns
    -------
    ndarray of shape (n,)
        n values in all.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> nn.utils.parameters_to_vector([nn.Parameter(np.eye(2)), nn.Parameter(np.zeros(1))])
    array([1., 0., 0., 1., 0.])
    """
    values = [p.data.reshape(-1) for p in parameters]
    return np.concatenate(values) if values else np.zeros(0, np.float32)


def vector_to_parameters(vec: np.ndarray, parameters: Iterable[Parameter]) -> None:
    """Copy the values of ``vec`` into the parameters, one after the other.

    Parameters
    ----------
    vec : array_like of shape (n,)
        As many values as the parameters have together.
    parameters : iterable of Parameter

    Raises
    ------
    ValueError
        If their number does not fit; then nothing has changed. (PyTorch takes too long a vector.)

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> p = nn.Parameter(np.zeros((2, 2)))
    >>> nn.utils.vector_to_parameters(np.arange(4), [p])
    >>> p.data
    array([[0., 1.],
           [2., 3.]])
    """
    parameters = list(parameters)
    vec = np.asarray(vec)
    total = sum(p.size for p in parameters)
    if vec.shape != (total,):
        raise ValueError(
            f"vector_to_parameters: expected a vector of shape ({total},), got {vec.shape}"
        )
    start = 0
    for p in parameters:
        p.data = vec[start : start + p.size].reshape(p.shape)
        start += p.size
