"""The columns of a matrix on whole arrays: some rows at a time, so that they stay in the cache.

In a large matrix rows are put side by side first, and what is said of channels is repeated for each
of them: NumPy is slow where what it does at once is short. The numbers that come out are those of
``loops.py``, but for rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch_np.threads import in_blocks

__all__ = ["gradient", "moments", "normalise", "products"]

Terms = tuple[np.ndarray, ...]

LARGE = 1 << 16  # elements
WIDE = 1 << 13  # elements that are side by side, then
AT_ONCE = 1 << 17  # elements of a block
GRAIN = 1 << 18  # elements that are worth a thread


def moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of each column, in double.   x: (M, C), M > 0, both: (C,)"""
    mean = _sums(_values, [x])[0] / len(x)
    return mean, _sums(_squares, [x], mean)[0] / len(x)


def normalise(x: np.ndarray, mean: np.ndarray, scale: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """y = (x - mean) scale + shift.   x, y: (M, C), the others: (C,)"""
    y = np.empty_like(x)
    _in_blocks(_normalised, [x, y], [mean, scale, shift])
    return y


def products(x: np.ndarray, dy: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Σ dy and Σ dy (x - mean), in double.   x, dy: (M, C), mean and both sums: (C,)"""
    total, along = _sums(_products, [x, dy], mean) if x.size else np.zeros((2, x.shape[1]))
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
    dx = np.empty_like(x)
    _in_blocks(_gradient, [x, dy, dx], [mean, slope, shift, scale])
    return dx


def _values(x: np.ndarray) -> Terms:
    return (x,)


def _squares(x: np.ndarray, mean: np.ndarray) -> Terms:
    distance = np.subtract(x, mean, dtype=_wide(x.dtype))
    return (np.square(distance, out=distance),)


def _products(x: np.ndarray, dy: np.ndarray, mean: np.ndarray) -> Terms:
    distance = np.subtract(x, mean, dtype=_wide(x.dtype))
    return dy, np.multiply(distance, dy, out=distance)


def _normalised(
    x: np.ndarray, y: np.ndarray, mean: np.ndarray, scale: np.ndarray, shift: np.ndarray
) -> None:
    np.subtract(x, mean, out=y)
    y *= scale
    y += shift


def _gradient(
    x: np.ndarray,
    dy: np.ndarray,
    dx: np.ndarray,
    mean: np.ndarray,
    slope: np.ndarray,
    shift: np.ndarray,
    scale: np.ndarray,
) -> None:
    np.subtract(x, mean, out=dx)
    dx *= slope
    dx += shift
    np.subtract(dy, dx, out=dx)
    dx *= scale


def _sums(
    terms: Callable[..., Terms], matrices: list[np.ndarray], *channels: np.ndarray
) -> np.ndarray:
    """Σ of the columns of each of the terms, in double.   matrices: (M, C), sums: (terms, C)"""
    x = matrices[0]
    # Over the few long rows of a block in the dtype of the numbers; then, and otherwise, in double.
    dtype = _wide(x.dtype) if x.size >= LARGE else np.float64

    def of_block(*block: np.ndarray) -> list[np.ndarray]:
        return [np.add.reduce(term, dtype=dtype) for term in terms(*block)]

    sums: Any = 0
    for blocks in _in_blocks(of_block, matrices, channels):
        columns = np.array(blocks).swapaxes(0, 1)  # (terms, blocks, k C)
        columns = columns.reshape(len(columns), -1, x.shape[1])
        sums = sums + np.add.reduce(columns, axis=1, dtype=np.float64)
    return sums


def _in_blocks(
    job: Callable[..., Any], matrices: list[np.ndarray], channels: Sequence[np.ndarray]
) -> list[list[Any]]:
    """What ``job`` says of blocks of rows and of the channels' values, a list for each piece."""
    return [
        _of_piece(job, pieces, [_spread(values, pieces[0]) for values in channels])
        for pieces in zip(*map(_pieces, matrices), strict=True)
    ]


def _of_piece(
    job: Callable[..., Any], pieces: Sequence[np.ndarray], values: list[np.ndarray]
) -> list[Any]:
    length, columns = pieces[0].shape
    return in_blocks(
        lambda rows: job(*(piece[rows] for piece in pieces), *values),
        length,
        max(1, AT_ONCE // columns),
        max(1, GRAIN // columns),
    )


def _pieces(x: np.ndarray) -> list[np.ndarray]:
    """The same memory, k rows to a row, and what is left over.   (M / k, k C), (1, (M % k) C)"""
    k = -(-WIDE // x.shape[1]) if x.size >= LARGE else 1
    whole = len(x) // k * k
    pieces = x[:whole].reshape(-1, k * x.shape[1]), x[whole:].reshape(1, -1)
    return [piece for piece in pieces if piece.size]


def _spread(channels: np.ndarray, piece: np.ndarray) -> np.ndarray:
    """Each channel's value for all of its columns, in the matrix's dtype.   (C,) -> (k C,)"""
    values = channels.astype(piece.dtype, copy=False)
    several = piece.shape[1] // len(values)
    return values if several == 1 else np.tile(values, several)


def _wide(dtype: np.dtype) -> np.dtype:
    """The dtype to sum in: half-precision numbers overflow soon."""
    return np.promote_types(dtype, np.float32)
