"""What batch normalisation asks of the columns of a matrix, on either engine.

Images are a matrix of a row for each pixel and a column for each channel.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch_np.nn.batchnorm import arrays, loops
from minitorch_np.threads import parts

__all__ = ["as_images", "as_rows", "gradient", "moments", "normalise", "products"]

GRAIN = 50_000  # elements that are worth a thread
BLOCK = 8192  # elements whose rows are summed in their own dtype; of LEAST rows to ROWS rows
LEAST, ROWS = 64, 256
NARROW = 16  # rows with fewer columns are put side by side: short inner loops are slow


def as_rows(x: np.ndarray) -> np.ndarray:
    """Images as a matrix; no copy if their channels lie side by side.   (N, C, ...) -> (M, C)

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.nn.batchnorm.columns import as_rows
    >>> as_rows(np.zeros((5, 3, 2, 4))).shape
    (40, 3)
    """
    last = x.transpose(0, *range(2, x.ndim), 1)
    if not (last.flags.c_contiguous and last.flags.aligned):
        last = last.copy(order="C")
    return last.reshape(-1, x.shape[1])


def as_images(rows: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The opposite of :func:`as_rows`, in the same memory.   (M, C) -> (N, C, ...)"""
    last = rows.reshape(shape[0], *shape[2:], shape[1])
    return last.transpose(0, -1, *range(1, len(shape) - 1))


def moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of each column, in double.   x: (M, C), M > 0, both: (C,)"""
    loop = loops.moments.compiled(x.dtype)
    if loop is None:
        return arrays.moments(x)
    sums, size = _in_blocks(loop, x)
    means, squares = sums[:, 0], sums[:, 1]
    if len(sums) == 1:
        return means[0], squares[0] / len(x)
    sizes = np.full((len(sums), 1), size)
    sizes[-1] = len(x) - size * (len(sums) - 1)
    mean = np.add.reduce(sizes * means) / len(x)
    # All distances are those within the blocks, and those between them.
    return mean, np.add.reduce(squares + sizes * np.square(means - mean)) / len(x)


def normalise(x: np.ndarray, mean: np.ndarray, scale: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """y = (x - mean) scale + shift.   x, y: (M, C), the others: (C,)"""
    loop = loops.normalise.compiled(x.dtype)
    if loop is None:
        return arrays.normalise(x, mean, scale, shift)
    broad = _broad(x)
    y = np.empty_like(broad)
    channels = np.array([mean, scale, shift], np.float64)
    loop(len(y), parts(y.size, GRAIN), broad, channels, y)
    return y.reshape(x.shape)


def products(x: np.ndarray, dy: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Σ dy and Σ dy (x - mean), in double.   x, dy: (M, C), mean and both sums: (C,)"""
    loop = loops.products.compiled(x.dtype)
    if loop is None:
        return arrays.products(x, dy, mean)
    sums, _ = _in_blocks(loop, x, _broad(dy), np.asarray(mean, np.float64))
    total, along = np.add.reduce(sums)
    return total, along


def gradient(
    x: np.ndarray,
    dy: np.ndarray,
    mean: np.ndarray,
    slope: np.ndarray,
    shift: np.ndarray,
    scale: np.ndarray,
) -> np.ndarray:
    """dx = scale (dy - shift - slope (x - mean)).   x, dy, dx: (M, C), the others: (C,)"""
    loop = loops.gradient.compiled(x.dtype)
    if loop is None:
        return arrays.gradient(x, dy, mean, slope, shift, scale)
    broad, up = _broad(x), _broad(dy)
    dx = np.empty_like(broad)
    channels = np.array([mean, slope, shift, scale], np.float64)
    loop(len(dx), parts(dx.size, GRAIN), broad, up, channels, dx)
    return dx.reshape(x.shape)


def _broad(x: np.ndarray) -> np.ndarray:
    """The same memory, several rows to a row if they are short.   (M, C) -> (M / k, k C)"""
    if x.shape[1] >= NARROW or x.size < BLOCK:
        return x
    return x.reshape(-1, math.gcd(len(x), NARROW) * x.shape[1])


def _in_blocks(
    loop: Callable[..., Any], x: np.ndarray, *others: np.ndarray
) -> tuple[np.ndarray, int]:
    """What a loop says of blocks of rows, (blocks, 2, C), and how many values of a channel each."""
    broad = _broad(x)
    rows = min(ROWS, max(LEAST, BLOCK // broad.shape[1]))
    sums = np.empty((-(-len(broad) // rows), 2, x.shape[1]))
    loop(len(sums), parts(x.size, GRAIN), rows, broad, *others, sums)
    return sums, rows * (broad.shape[1] // x.shape[1])
