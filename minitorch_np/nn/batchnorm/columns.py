"""What batch normalisation asks of the columns of a matrix, on either engine.

Images are a matrix of a row for each pixel and a column for each channel.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch_np.nn.batchnorm import loops
from minitorch_np.threads import one_blas_thread, parts

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
        mean = _sums(x) / len(x)
        broad = _broad(x)
        squares = np.square(broad - _spread(mean, broad), dtype=_wide(x))
        return mean, _sums(squares.reshape(x.shape)) / len(x)
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
    broad = _broad(x)
    loop = loops.normalise.compiled(x.dtype)
    if loop is None:
        y: np.ndarray = broad - _spread(mean, broad)
        y *= _spread(scale, broad)
        y += _spread(shift, broad)
    else:
        y = np.empty_like(broad)
        channels = np.array([mean, scale, shift], np.float64)
        loop(len(y), parts(y.size, GRAIN), broad, channels, y)
    return y.reshape(x.shape)


def products(x: np.ndarray, dy: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Σ dy and Σ dy (x - mean), in double.   x, dy: (M, C), mean and both sums: (C,)"""
    loop = loops.products.compiled(x.dtype)
    if loop is None:
        broad = _broad(x)
        along = np.multiply(broad - _spread(mean, broad), _broad(dy), dtype=_wide(x))
        return _sums(dy), _sums(along.reshape(x.shape))
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
    broad, up = _broad(x), _broad(dy)
    loop = loops.gradient.compiled(x.dtype)
    if loop is None:
        dx: np.ndarray = broad - _spread(mean, broad)
        dx *= _spread(slope, broad)
        dx += _spread(shift, broad)
        np.subtract(up, dx, out=dx)
        dx *= _spread(scale, broad)
    else:
        dx = np.empty_like(broad)
        channels = np.array([mean, slope, shift, scale], np.float64)
        loop(len(dx), parts(dx.size, GRAIN), broad, up, channels, dx)
    return dx.reshape(x.shape)


def _broad(x: np.ndarray) -> np.ndarray:
    """The same memory, several rows to a row if they are short.   (M, C) -> (M / k, k C)"""
    if x.shape[1] >= NARROW or x.size < BLOCK:
        return x
    return x.reshape(-1, math.gcd(len(x), NARROW) * x.shape[1])


def _spread(values: np.ndarray, broad: np.ndarray) -> np.ndarray:
    """Each channel's value for all of its columns, in the matrix's dtype.   (C,) -> (k C,)"""
    values = values.astype(broad.dtype, copy=False)
    several = broad.shape[1] // len(values)
    return values if several == 1 else np.tile(values, several)


def _in_blocks(
    loop: Callable[..., Any], x: np.ndarray, *others: np.ndarray
) -> tuple[np.ndarray, int]:
    """What a loop says of blocks of rows, (blocks, 2, C), and how many values of a channel each."""
    broad = _broad(x)
    rows = min(ROWS, max(LEAST, BLOCK // broad.shape[1]))
    sums = np.empty((-(-len(broad) // rows), 2, x.shape[1]))
    loop(len(sums), parts(x.size, GRAIN), rows, broad, *others, sums)
    return sums, rows * (broad.shape[1] // x.shape[1])


def _sums(x: np.ndarray) -> np.ndarray:
    """Σ of each column, in double.   x: (M, C), sums: (C,)"""
    if x.size < 8 * BLOCK:
        return np.add.reduce(x, dtype=np.float64)
    # Products with ones are several times as fast as NumPy's sums over rows.
    ones, broad = np.ones(ROWS, _wide(x)), _broad(x)
    whole = len(broad) // ROWS * ROWS
    with one_blas_thread:
        blocks = ones @ broad[:whole].reshape(-1, ROWS, broad.shape[1])
        rest = ones[: len(broad) - whole] @ broad[whole:]
    sums = np.add.reduce(blocks, dtype=np.float64) + rest
    return np.add.reduce(sums.reshape(-1, x.shape[1]))


def _wide(x: np.ndarray) -> np.dtype:
    """The dtype to sum in: half-precision numbers overflow soon."""
    return np.promote_types(x.dtype, np.float32)
