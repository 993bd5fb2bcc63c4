"""The columns of a matrix on whole arrays: some rows at a time, so that they stay in the cache.

In a large matrix rows are put side by side first, and what is said of channels is repeated for each
of them: NumPy is slow where what it does at once is short. But for rounding, which depends on the
number of threads here, the numbers that come out are those of ``loops.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from minitorch_np.threads import in_blocks

__all__ = ["gradient", "moments", "normalise", "products"]

SMALL, FEW = 1 << 16, 1 << 10  # elements, and rows, of a matrix that is worked on as it is
LONG = 1 << 13  # elements of a row when several are put side by side
AT_ONCE, LEAST = 1 << 17, 16  # elements of a block, and its rows where those are longer
GRAIN = 1 << 18  # elements that are worth a thread


def moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of each column, in double.   x: (M, C), M > 0, both: (C,)"""
    mean = _sums(_values, [x])[0] / len(x)
    return mean, _sums(_squares, [x], mean)[0] / len(x)


def normalise(x: np.ndarray, mean: np.ndarray, scale: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """y = (x - mean) scale + shift.   x, y: (M, C), the others: (C,)"""
    y = np.empty(x.shape, x.dtype.newbyteorder("="))
    _block_by_block(_normalised, [x, y], [mean, scale, shift])
    return y


def products(x: np.ndarray, dy: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Σ dy and Σ dy (x - mean), in double.   x, dy: (M, C), mean and both sums: (C,)"""
    if not x.size:
        return np.zeros(x.shape[1]), np.zeros(x.shape[1])
    total, along = _sums(_products, [x, dy], mean)
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
    dx = np.empty(x.shape, x.dtype.newbyteorder("="))
    _block_by_block(_gradient, [x, dy, dx], [mean, slope, shift, scale])
    return dx


def _values(x: np.ndarray) -> tuple[np.ndarray]:
    return (x,)


def _squares(x: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray]:
    distance = np.subtract(x, mean, dtype=_sum_dtype(x.dtype))
    return (np.square(distance, out=distance),)


def _products(x: np.ndarray, dy: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    distance = np.subtract(x, mean, dtype=_sum_dtype(x.dtype))
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
    terms: Callable[..., Sequence[np.ndarray]], matrices: list[np.ndarray], *channels: np.ndarray
) -> list[np.ndarray]:
    """Σ of the columns of each of the terms, in double.   matrices: (M, C), each sum: (C,)"""
    x = matrices[0]
    if _is_small(x):
        some = terms(*matrices, *_repeated(channels, x))
        return [np.add.reduce(term, dtype=np.float64) for term in some]
    dtype = _sum_dtype(x.dtype)  # of the sums over a block's few long rows

    def of_block(*block: np.ndarray) -> np.ndarray:
        return np.array([np.add.reduce(term, dtype=dtype) for term in terms(*block)])

    blocks = _block_by_block(of_block, matrices, channels)  # (terms, k C) each
    rows = [block.reshape(len(block), -1, x.shape[1]) for block in blocks]
    return list(np.add.reduce(np.concatenate(rows, axis=1), axis=1, dtype=np.float64))


def _block_by_block(
    job: Callable[..., Any], matrices: list[np.ndarray], channels: Sequence[np.ndarray]
) -> list[Any]:
    """What ``job`` says of blocks of rows, and of the channels' values for their columns."""
    if _is_small(matrices[0]):
        return [job(*matrices, *_repeated(channels, matrices[0]))]
    results: list[Any] = []
    for pieces in zip(*map(_pieces, matrices), strict=True):
        length, columns = pieces[0].shape
        results += in_blocks(
            partial(_of_rows, job, pieces, _repeated(channels, pieces[0])),
            length,
            max(LEAST, AT_ONCE // columns),
            max(1, GRAIN // columns),
        )
    return results


def _of_rows(
    job: Callable[..., Any], pieces: Sequence[np.ndarray], values: list[np.ndarray], rows: slice
) -> Any:
    return job(*(piece[rows] for piece in pieces), *values)


def _is_small(x: np.ndarray) -> bool:
    return x.size < SMALL and len(x) < FEW


def _pieces(x: np.ndarray) -> list[np.ndarray]:
    """The same memory, k rows to a row, and what is left over.   (M / k, k C), (1, (M % k) C)"""
    k = -(-LONG // x.shape[1])
    whole = len(x) // k * k
    pieces = x[:whole].reshape(-1, k * x.shape[1]), x[whole:].reshape(1, -1)
    return [piece for piece in pieces if piece.size]


def _repeated(channels: Sequence[np.ndarray], piece: np.ndarray) -> list[np.ndarray]:
    """Each channel's value for all of its columns, in the matrix's dtype.   (C,) -> (k C,)"""
    values = [channel.astype(piece.dtype, copy=False) for channel in channels]
    return [np.tile(v, piece.shape[1] // len(v)) if len(v) < piece.shape[1] else v for v in values]


def _sum_dtype(dtype: np.dtype) -> np.dtype:
    """The dtype to sum in: half-precision numbers overflow soon."""
    return np.promote_types(dtype, np.float32)
