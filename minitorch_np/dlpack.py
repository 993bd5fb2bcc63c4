"""Arrays of other libraries, by DLPack: PyTorch's tensors, JAX's arrays and others."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["as_array", "as_arrays"]


def as_array(x: Any, owner: str = "") -> np.ndarray:
    """Return ``x`` as a NumPy array; another library's array on the CPU shares its memory.

    Parameters
    ----------
    x : ndarray, array_like, or anything with ``__dlpack__``
    owner : str, optional
        What takes it, for the sentence of an error.

    Raises
    ------
    TypeError
        If another library's array cannot be shared: it is on a GPU, wants a gradient, or is of a
        type that NumPy has not, such as bfloat16.

    Examples
    --------
    >>> from minitorch_np.dlpack import as_array
    >>> as_array([1.0, 2.0])
    array([1., 2.])
    """
    if isinstance(x, np.ndarray) or not hasattr(x, "__dlpack__"):
        return np.asarray(x)
    try:
        return np.from_dlpack(x)
    except (AttributeError, BufferError, RuntimeError, TypeError, ValueError) as error:
        kind = f"{type(x).__module__.split('.')[0]}.{type(x).__name__}"
        raise TypeError(
            f"{owner}{': ' * bool(owner)}expected an array that NumPy can share, got a {kind} of "
            f"{getattr(x, 'dtype', 'unknown type')}: {str(error).rstrip('.')}; detach it, move it "
            "to the CPU or convert it to float32"
        ) from None


def as_arrays(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the values with arrays of other libraries as NumPy's, and all else as it is."""
    return tuple(
        as_array(x) if not isinstance(x, np.ndarray) and hasattr(x, "__dlpack__") else x
        for x in values
    )
