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

__all__ = ["Pivot", "as_images", "as_rows", "gradient", "moments", "normalise", "products"]

Pivot = np.ndarray | None  # what is taken from x first, exactly; None for nothing

FAR = 16  # means of up to four standard deviations cost only a digit
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


def moments(x: np.ndarray) -> tuple[Pivot, np.ndarray, np.ndarray]:
    """A pivot, how far the mean is from it, and the variance.   x: (M, C), M > 0, all three: (C,)

    One look at x is enough where no digits get lost in σ² = Σ x² / M - μ²; else distances are taken
    from a pivot, the mean that the first look has found: Chan, Golub and LeVeque, "Algorithms for
    computing the sample variance", The American Statistician 37 (1983).
    """
    with np.errstate(over="ignore", invalid="ignore"):  # of squares of what lies far from 0
        away, var = _moments(x, None)
    far = FAR * var
    if np.all((away * away <= far) & (far < np.inf)):
        return None, away, var
    pivot = away.astype(x.dtype)
    away, var = _moments(x, pivot)
    return pivot, away, np.maximum(var, 0)


def normalise(x: np.ndarray, pivot: Pivot, scale: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """y = (x - pivot) scale + shift.   x, y: (M, C), the others: (C,)"""
    loop = loops.normalise.compiled(x.dtype)
    if loop is None:
        return arrays.normalise(x, pivot, scale, shift)
    broad = _broad(x)
    y = np.empty_like(broad)
    channels = np.array([_in_double(pivot, x), scale, shift], np.float64)
    loop(len(y), parts(y.size, GRAIN), broad, channels, y)
    return y.reshape(x.shape)


def products(x: np.ndarray, dy: np.ndarray, pivot: Pivot) -> tuple[np.ndarray, np.ndarray]:
    """Σ dy and Σ dy (x - pivot), in double.   x, dy: (M, C), pivot and both sums: (C,)"""
    loop = loops.products.compiled(x.dtype)
    if loop is None:
        total, along = arrays.products(x, dy, pivot)
    else:
        total, along = _in_blocks(loop, x, _broad(dy), _in_double(pivot, x))
    return total, along


def gradient(
    x: np.ndarray,
    dy: np.ndarray,
    pivot: Pivot,
    slope: np.ndarray,
    shift: np.ndarray,
    scale: np.ndarray,
) -> np.ndarray:
    """dx = scale (dy - shift - slope (x - pivot)).   x, dy, dx: (M, C), the others: (C,)"""
    loop = loops.gradient.compiled(x.dtype)
    if loop is None:
        return arrays.gradient(x, dy, pivot, slope, shift, scale)
    broad, up = _broad(x), _broad(dy)
    dx = np.empty_like(broad)
    channels = np.array([_in_double(pivot, x), slope, shift, scale], np.float64)
    loop(len(dx), parts(dx.size, GRAIN), broad, up, channels, dx)
    return dx.reshape(x.shape)


def _moments(x: np.ndarray, pivot: Pivot) -> tuple[np.ndarray, np.ndarray]:
    """How far the mean is from the pivot, and the variance."""
    loop = loops.moments.compiled(x.dtype)
    sums = arrays.moments(x, pivot) if loop is None else _in_blocks(loop, x, _in_double(pivot, x))
    away, squares = sums / len(x)
    return away, squares - away * away


def _in_double(pivot: Pivot, x: np.ndarray) -> np.ndarray:
    """A pivot as compiled loops take it."""
    return np.zeros(x.shape[1]) if pivot is None else pivot.astype(np.float64)


def _broad(x: np.ndarray) -> np.ndarray:
    """The same memory, several rows to a row if they are short.   (M, C) -> (M / k, k C)"""
    if x.shape[1] >= NARROW or x.size < BLOCK:
        return x
    return x.reshape(-1, math.gcd(len(x), NARROW) * x.shape[1])


def _in_blocks(loop: Callable[..., Any], x: np.ndarray, *others: np.ndarray) -> np.ndarray:
    """The sum of what a loop says of blocks of rows.   (2, C)"""
    broad = _broad(x)
    rows = min(ROWS, max(LEAST, BLOCK // broad.shape[1]))
    sums = np.empty((-(-len(broad) // rows), 2, x.shape[1]))
    loop(len(sums), parts(x.size, GRAIN), rows, broad, *others, sums)
    return np.add.reduce(sums)
