"""Arrays for proofs: every memory layout, central differences, and one way to compare."""

from collections.abc import Callable

import numpy as np

__all__ = ["LAYOUTS", "central_differences", "close", "read_only", "relaid"]

LAYOUTS = ("C", "Fortran", "transposed", "strided", "reversed", "offset", "read-only")


def read_only(x):
    """A copy of ``x`` that raises when somebody writes into it."""
    x = np.array(x)
    x.flags.writeable = False
    return x


def relaid(x, layout):
    """The values of ``x`` in another memory layout, read-only."""
    x = np.asarray(x)
    if x.ndim == 0:
        return read_only(x)
    if layout == "Fortran":
        y = np.array(x, order="F")
    elif layout == "transposed":  # a view of memory whose axes are the other way round
        y = np.ascontiguousarray(x.T).T
    elif layout == "strided":  # every second value of a larger array
        room = np.full([2 * n for n in x.shape], np.nan if x.dtype.kind == "f" else 99, x.dtype)
        y = room[tuple(slice(None, None, 2) for _ in x.shape)]
        y[...] = x
    elif layout == "reversed":  # negative strides
        backwards = tuple(slice(None, None, -1) for _ in x.shape)
        y = np.ascontiguousarray(x[backwards])[backwards]
    elif layout == "offset":  # not aligned to its own item size
        raw = np.zeros(x.nbytes + 1, np.uint8)
        y = raw[1:].view(x.dtype).reshape(x.shape)
        y[...] = x
    else:
        y = x.copy()
    np.testing.assert_array_equal(y, x)
    y.flags.writeable = False
    return y


def central_differences(f: Callable[[], float], x: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """df/dx by (f(x + h) - f(x - h)) / 2h, one element of ``x`` after the other, in place."""
    gradient = np.empty(x.shape)
    for i in np.ndindex(x.shape):
        before = x[i]
        x[i] = before + step
        above = f()
        x[i] = before - step
        below = f()
        x[i] = before
        gradient[i] = (above - below) / (2 * step)
    return gradient


def close(actual, expected, rtol=1e-9, atol=1e-12, what=""):
    """Same shape, and the same values to rounding; NaN only where it is expected."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, (what, actual.shape, expected.shape)
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol, err_msg=what)
