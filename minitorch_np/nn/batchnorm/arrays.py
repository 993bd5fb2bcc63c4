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
# Elements of a row when several are put side by side. Sums need no longer ones, and more of them
# are added up in double then.
LONG, MIDDLING = 1 << 13, 1 << 11
AT_ONCE, LEAST = 1 << 17, 16  # elements of a block, and its rows where those are longer
GRAIN = 1 << 18  # elements that are worth a thread

Factors = tuple[np.ndarray, np.ndarray]


def moments(x: np.ndarray, pivot: np.ndarray | None) -> np.ndarray:
    """Σ (x - pivot) and Σ (x - pivot)², in double.   x: (M, C), M > 0, pivot: (C,), sums: (2, C)"""
    return _sums(_own, [x], pivot)


def normalise(
    x: np.ndarray, pivot: np.ndarray | None, scale: np.ndarray, shift: np.ndarray
) -> np.ndarray:
    """y = (x - pivot) scale + shift.   x, y: (M, C), the others: (C,)"""
    y = np.empty(x.shape, x.dtype.newbyteorder("="))
    _block_by_block(_normalised, [x, y], [scale, shift, *_if_any(pivot)], LONG)
    return y


def products(x: np.ndarray, dy: np.ndarray, pivot: np.ndarray | None) -> np.ndarray:
    """Σ dy and Σ dy (x - pivot), in double.   x, dy: (M, C), pivot: (C,), sums: (2, C)"""
    return _sums(_with_upstream, [x, dy], pivot)


def gradient(
    x: np.ndarray,
    dy: np.ndarray,
    pivot: np.ndarray | None,
    slope: np.ndarray,
    shift: np.ndarray,
    scale: np.ndarray,
) -> np.ndarray:
    """dx = scale (dy - shift - slope (x - pivot)).   x, dy, dx: (M, C), the others: (C,)"""
    dx = np.empty(x.shape, x.dtype.newbyteorder("="))
    _block_by_block(_gradient, [x, dy, dx], [slope, shift, scale, *_if_any(pivot)], LONG)
    return dx


def _own(x: np.ndarray, *pivot: np.ndarray) -> Factors:
    distance = _distance(x, *pivot)
    return distance, distance


def _with_upstream(x: np.ndarray, dy: np.ndarray, *pivot: np.ndarray) -> Factors:
    return dy, _distance(x, *pivot)


def _normalised(
    x: np.ndarray, y: np.ndarray, scale: np.ndarray, shift: np.ndarray, *pivot: np.ndarray
) -> None:
    np.multiply(_distance(x, *pivot, out=y), scale, out=y)
    y += shift


def _gradient(
    x: np.ndarray,
    dy: np.ndarray,
    dx: np.ndarray,
    slope: np.ndarray,
    shift: np.ndarray,
    scale: np.ndarray,
    *pivot: np.ndarray,
) -> None:
    np.multiply(_distance(x, *pivot, out=dx), slope, out=dx)
    dx += shift
    np.subtract(dy, dx, out=dx)
    dx *= scale


def _distance(x: np.ndarray, *pivot: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """x - pivot, in float32 at least if there is no out; x itself if there is no pivot."""
    if not pivot:
        return x
    dtype = np.promote_types(x.dtype, np.float32) if out is None else None
    return np.subtract(x, pivot[0], out, dtype=dtype)


def _sums(
    factors: Callable[..., Factors], matrices: list[np.ndarray], pivot: np.ndarray | None
) -> np.ndarray:
    """Σ a and Σ a b of each column, where (a, b) are the factors.   matrices: (M, C), sums: (2, C)

    In double, but over a block of a large matrix in its own dtype, float32 at least.
    """
    x = matrices[0]
    dtype = np.promote_types(x.dtype, np.float32)  # half-precision numbers overflow soon
    if _is_small(x):
        a, b = factors(*matrices, *_if_any(pivot))
        terms = a, np.multiply(a, b, dtype=dtype)
        return np.array([np.add.reduce(some, dtype=np.float64) for some in terms])

    def of_block(*block: np.ndarray) -> list[np.ndarray]:
        a, b = factors(*block)
        rows = np.add.reduce(a, dtype=dtype), np.einsum("ij,ij->j", a, b, dtype=dtype)
        return [np.add.reduce(row.reshape(-1, x.shape[1]), dtype=np.float64) for row in rows]

    return np.add.reduce(_block_by_block(of_block, matrices, _if_any(pivot), MIDDLING))


def _if_any(pivot: np.ndarray | None) -> list[np.ndarray]:
    return [] if pivot is None else [pivot]


def _block_by_block(
    job: Callable[..., Any],
    matrices: list[np.ndarray],
    channels: Sequence[np.ndarray],
    long: int,
) -> list[Any]:
    """What ``job`` says of blocks of rows, and of the channels' values for their columns."""
    if _is_small(matrices[0]):
        return [job(*matrices, *_repeated(channels, matrices[0]))]
    results: list[Any] = []
    for pieces in zip(*(_pieces(matrix, long) for matrix in matrices), strict=True):
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


def _pieces(x: np.ndarray, long: int) -> list[np.ndarray]:
    """The same memory, k rows to a row, and what is left over.   (M / k, k C), (1, (M % k) C)"""
    k = -(-long // x.shape[1])
    whole = len(x) // k * k
    pieces = x[:whole].reshape(-1, k * x.shape[1]), x[whole:].reshape(1, -1)
    return [piece for piece in pieces if piece.size]


def _repeated(channels: Sequence[np.ndarray], piece: np.ndarray) -> list[np.ndarray]:
    """Each channel's value for all of its columns, in the matrix's dtype.   (C,) -> (k C,)"""
    if not channels:
        return []
    values = np.array(channels, piece.dtype)[:, None]
    return list(values.repeat(piece.shape[1] // values.shape[2], axis=1).reshape(len(values), -1))
