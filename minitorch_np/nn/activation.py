"""Elementwise activations: ReLU, Sigmoid, Tanh.

Each remembers its output alone: the next layer keeps that array anyway.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from minitorch_np.checks import check_upstream
from minitorch_np.engine import Loop
from minitorch_np.module import Module
from minitorch_np.nn.layout import is_dense
from minitorch_np.threads import ThreadedLoop, in_blocks, parts

__all__ = ["ReLU", "Sigmoid", "Tanh"]

GRAIN = 50_000  # elements that are worth a thread
SMALL = 4_000  # elements for which NumPy's three passes take no longer than getting to the loop
AT_ONCE = 1 << 17  # elements of NumPy's passes over large arrays: what they make stays in the cache
WAKING = 300_000  # elements of such passes that are worth waking a thread


@ThreadedLoop("real[::1], real[::1]")
def rectify(first, last, part, x, y):  # type: ignore
    """y = max(x, 0), and NaN where x is."""
    x, y = x[first:last], y[first:last]
    for i in range(len(x)):
        y[i] = 0 if x[i] <= 0 else x[i]


@ThreadedLoop("real[::1], real[::1], real[::1]")
def pass_on(first, last, part, dy, y, dx):  # type: ignore
    """dx = dy · [y > 0], which NumPy does in three passes: it turns truth values into numbers."""
    dy, y, dx = dy[first:last], y[first:last], dx[first:last]
    for i in range(len(dy)):
        dx[i] = dy[i] * (y[i] > 0)


class ReLU(Module):
    """The rectified linear unit.

    Forward::

        y = max(x, 0)

    Backward::

        dx = dy · [x > 0]

    The derivative at 0 is taken as 0, as PyTorch does.

    Shape
    -----
    x, y: any, the same.

    References
    ----------
    Nair and Hinton, "Rectified linear units improve restricted Boltzmann machines", ICML 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> relu = nn.ReLU()
    >>> relu(np.array([-1.0, 2.0]))
    array([0., 2.])
    >>> relu.backward(np.array([5.0, 5.0]))
    array([0., 5.])
    """

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = max(x, 0).   x, y: (...)"""
        few = type(x) is np.ndarray and x.size < 2 * GRAIN
        y = np.maximum(x, 0) if few else _rectified(x)
        self.save(y)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy · [y > 0].   dy, dx: (...)"""
        (y,) = self.saved()
        check_upstream("ReLU", dy, y.shape)
        if y.size < SMALL:
            return dy * (y > 0)
        plain = type(dy) is type(y) is np.ndarray and dy.dtype == y.dtype and y.dtype.isnative
        if not plain or dy.strides != y.strides or not is_dense(dy):
            return dy * (y > 0)
        dx = np.empty_like(dy)
        _run(pass_on, lambda dy, y, dx: np.multiply(dy, y > 0, out=dx), dy, y, dx)
        return dx


def _rectified(x: np.ndarray) -> np.ndarray:
    plain = type(x) is np.ndarray and x.dtype.char in "fd" and x.dtype.isnative
    if not plain or not is_dense(x):
        return np.maximum(x, 0)
    y = np.empty_like(x)
    _run(rectify, _clipped, x, y)
    return y


def _clipped(x: np.ndarray, y: np.ndarray) -> None:
    """y = max(x, 0): twice as fast as np.maximum, which is slow beside a number."""
    np.clip(x, 0, np.inf, out=y)
    y += 0  # -0 becomes 0


def _run(loop: Loop, passes: Callable[..., object], *arrays: np.ndarray) -> None:
    """Run the compiled loop over arrays of one layout, or else NumPy's passes in blocks."""
    flat = [array.ravel(order="K") for array in arrays]
    compiled = loop.compiled(arrays[0].dtype)
    size = arrays[0].size
    if compiled is None:
        in_blocks(lambda some: passes(*(a[some] for a in flat)), size, AT_ONCE, WAKING)
    else:
        compiled(size, parts(size, GRAIN), *flat)


class Sigmoid(Module):
    """The logistic function.

    Forward::

        y = σ(x) = 1 / (1 + exp(-x))

    Backward::

        dx = dy · y (1 - y)

    Shape
    -----
    x, y: any, the same.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> sigmoid = nn.Sigmoid()
    >>> sigmoid(np.array([0.0]))
    array([0.5])
    >>> sigmoid.backward(np.array([1.0]))
    array([0.25])
    """

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = 1 / (1 + exp(-x)).   x, y: (...)"""
        y = np.multiply(x, -1.0)  # not np.negative, which wraps unsigned integers around
        with np.errstate(over="ignore"):  # exp(-x) = inf gives y = 0, which is right
            y = np.exp(y)
        y += 1
        y = np.reciprocal(y)
        self.save(y)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy · y (1 - y).   dy, dx: (...)"""
        (y,) = self.saved()
        check_upstream("Sigmoid", dy, y.shape)
        return dy * (y - y * y)


class Tanh(Module):
    """The hyperbolic tangent.

    Forward::

        y = tanh(x)

    Backward::

        dx = dy · (1 - y²)

    Shape
    -----
    x, y: any, the same.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np import nn
    >>> tanh = nn.Tanh()
    >>> tanh(np.array([0.0]))
    array([0.])
    >>> tanh.backward(np.array([3.0]))
    array([3.])
    """

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = tanh(x).   x, y: (...)"""
        y = np.tanh(x)
        self.save(y)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy · (1 - y²).   dy, dx: (...)"""
        (y,) = self.saved()
        check_upstream("Tanh", dy, y.shape)
        return dy * (1 - y * y)
