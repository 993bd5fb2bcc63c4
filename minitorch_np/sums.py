"""Sums that stay accurate over many terms."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

__all__ = ["all_one", "column_sums", "squared_norm"]

BLOCK = 1024  # rows that are summed one after the other
# Narrow rows are put side by side, for NumPy is slow on short ones: so many that a row has WIDE
# elements at least, and that about ROWS rows are left at most.
WIDE, ROWS = 1024, 64
FEW = 1 << 13  # elements that a product with ones adds up fastest, in BLAS and on one thread
REMEMBERED = 256  # lengths


@lru_cache(maxsize=REMEMBERED)
def all_one(length: int, dtype: np.dtype) -> np.ndarray:
    """Return ones, only to be read.   (length,)

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.sums import all_one
    >>> all_one(2, np.dtype(np.float32))
    array([1., 1.], dtype=float32)
    """
    return np.ones(length, dtype)


def column_sums(x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Return Σ_n x[n].

    NumPy adds rows one after the other, and a million float32 terms then lose four digits. Many
    rows are therefore summed in blocks first, narrow ones several side by side.

    Parameters
    ----------
    x : ndarray of floats of shape (N, D)
    out : ndarray of shape (D,), optional

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.sums import column_sums
    >>> bool(abs(column_sums(np.full((10**6, 1), 0.1, np.float32))[0] - 1e5) < 1)
    True
    """
    if x.size <= FEW and len(x) <= BLOCK:
        try:
            return all_one(len(x), x.dtype).dot(x, out)
        except ValueError:  # an out of another dtype or order, to which only add.reduce writes
            pass
    if x.size and x.flags.c_contiguous and len(x) > BLOCK // 2 and 4 * x.shape[1] <= WIDE:
        return _of_narrow_rows(x, out)
    if len(x) <= 4 * BLOCK:
        return np.add.reduce(x, axis=0, out=out)
    whole = len(x) // BLOCK * BLOCK
    blocks = np.add.reduce(x[:whole].reshape(-1, BLOCK, x.shape[1]), axis=1)
    rest = np.add.reduce(x[whole:], axis=0, keepdims=True)
    return column_sums(np.concatenate([blocks, rest]), out)


def _of_narrow_rows(x: np.ndarray, out: np.ndarray | None) -> np.ndarray:
    columns = x.shape[1]
    several = max(WIDE // columns, len(x) // ROWS)
    whole = len(x) // several * several
    wide = x[:whole].reshape(-1, several * columns)
    sums = np.add.reduce(wide, axis=0).reshape(several, columns)
    # Along rows that lie side by side NumPy adds in pairs.
    turned = np.ascontiguousarray(np.concatenate([sums, x[whole:]]).T)
    return np.add.reduce(turned, axis=1, out=out)


def squared_norm(x: np.ndarray) -> float:
    """Return Σ x², in float32 at least.   x: (...)

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.sums import squared_norm
    >>> squared_norm(np.full(100_000, 1, np.float16))
    100000.0
    """
    x = x.astype(np.promote_types(x.dtype, np.float32), copy=False)
    return float(np.vdot(x, x))
