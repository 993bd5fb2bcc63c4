"""The matrix product, on as many threads as it can feed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from minitorch_np.engine import compiled_in, get_engine
from minitorch_np.threads.blas import BANDS, SingleThread, gemm, hold_words
from minitorch_np.threads.number import get_num_threads
from minitorch_np.threads.split import equal_slices, side_by_side, spread

__all__ = ["matmul", "multiply"]

# Elements of a result up to which ndarray.dot is faster: it gets to BLAS in half the time that
# np.matmul takes, but fills what it writes to with zeros first.
FEW = 1 << 13

# Multiply-adds of one product. Below the first, BLAS keeps to one thread by itself, and holding it
# there would cost more than the product. A thread gets a band of GRAIN at least, or one of two
# whole products; for less than WAKING it is not woken, which takes some 100 us.
UNHELD = 1 << 19
GRAIN = 700_000
WAKING = 12_000_000

one_blas_thread = SingleThread()

Product = tuple[np.ndarray, np.ndarray, np.ndarray]  # y = a b


def matmul(
    a: np.ndarray, b: np.ndarray, out: np.ndarray | None = None, also: Product | None = None
) -> np.ndarray:
    """``a @ b`` on as many threads as the product can feed.

    Parameters
    ----------
    a : ndarray of shape (..., n, k)
    b : ndarray of shape (k, m)
    out : ndarray of shape (..., n, m), optional
    also : tuple of ndarrays (c, d, e), optional
        A product of about the same size, e = c d, that is done side by side with this one.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.threads import matmul
    >>> matmul(np.eye(2), np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[1., 2.],
           [3., 4.]])
    """
    work = a.size * b.shape[-1]
    if work < UNHELD:
        if also is not None:
            _small(*also)
        return _small(a, b, out)
    bands = _bands_worth_it(work, 1 if also is None else 2)
    wake = work >= WAKING * bands
    if a.ndim == b.ndim == 2:
        out = np.empty((len(a), b.shape[1]), np.result_type(a, b)) if out is None else out
        # The last is done by this thread: the other product, whose result is wanted first.
        products = [(a, b, out)] if also is None else [(a, b, out), also]
        if _in_compiled_code(products, bands, wake):
            return out
    with one_blas_thread:
        if out is None or bands == 0 or not _can_split(a, b, out):
            return _one_by_one(a, b, out, also)
        _in_bands(products, bands, wake)
        return out


def _small(a: np.ndarray, b: np.ndarray, out: np.ndarray | None) -> np.ndarray:
    if a.ndim == b.ndim == 2:
        if len(b) == 1 and a.shape[1] == 1:  # an outer product, which both do slowly
            return np.multiply(a, b, out)
        if out is None or out.size <= FEW:
            try:
                return a.dot(b, out)
            except ValueError:  # an out of another dtype or order, to which only matmul writes
                pass
    return np.matmul(a, b, out)


def _one_by_one(
    a: np.ndarray, b: np.ndarray, out: np.ndarray | None, also: Product | None
) -> np.ndarray:
    if also is not None:
        np.matmul(also[0], also[1], out=also[2])
    return np.matmul(a, b, out=out)


def _bands_worth_it(work: int, products: int) -> int:
    """How many bands to cut each product into; 0 if one thread is to do it all.

    The bands, and with them the last bits, do not depend on what the threads are doing just now.
    """
    grain = GRAIN if get_engine() == "numba" else WAKING
    bands = min(get_num_threads() // products, work // grain)
    if products * bands > 1:
        return bands
    return 0


def _can_split(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> bool:
    """Whether bands of the product can be written side by side."""
    return (
        a.ndim == b.ndim == 2
        and a.shape[1] == len(b)
        and out.shape == (len(a), b.shape[1])
        and not np.may_share_memory(out, a)
        and not np.may_share_memory(out, b)
    )


def _in_bands(products: list[Product], bands: int, wake: bool) -> None:
    """Each product in bands, all side by side."""
    jobs = [
        partial(np.matmul, *band[:2], out=band[2])
        for product in products
        for band in _cut(product, bands)
    ]
    if wake:
        side_by_side(jobs)
    else:
        for job in jobs:
            job()


def _cut(product: Product, bands: int) -> Iterator[Product]:
    a, b, y = product
    if _by_rows(a, b):
        yield from ((a[band], b, y[band]) for band in equal_slices(len(a), bands))
    else:
        yield from ((a, b[:, band], y[:, band]) for band in equal_slices(b.shape[1], bands))


def _by_rows(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether bands of rows are faster than bands of columns.

    In bands of rows every thread packs all of b for itself, in bands of columns all of a; and
    packing costs most where b is transposed.
    """
    n, m = len(a), b.shape[1]
    return n > m if b.strides[0] < b.strides[1] else 8 * n >= m


def _in_compiled_code(products: list[Product], bands: int, wake: bool) -> bool:
    """Whether BLAS multiplied, called directly and without the GIL; in bands, if not in 0."""
    compiled = BANDS.module()
    if compiled is None:
        return False
    dtype = products[0][0].dtype
    blas, words = gemm(dtype), hold_words()
    if blas is None or words is None:
        return False
    count = bands or 1
    blocks = np.empty((len(products) * count, compiled.WORDS), np.int64)
    for i, (a, b, y) in enumerate(products):
        if not (a.dtype == b.dtype == y.dtype == dtype and y.ndim == 2 and y.flags.writeable):
            return False
        by_rows = bands < 2 or _by_rows(a, b)
        part = blocks[i * count : (i + 1) * count]
        if not compiled.lay_out(a, b, y, by_rows, blas, part):
            return False
    band = compiled.band_float32 if dtype == np.float32 else compiled.band_float64
    if bands == 0 or not spread(band.address, blocks, wake, words):
        compiled.run(band.address, blocks, words)
    return True


@compiled_in("minitorch_np.threads.blas_call")
def multiply(gemm: int, a: np.ndarray, b: np.ndarray, y: np.ndarray, keep: float) -> None:
    """``y = a @ b + keep * y`` inside a :class:`~minitorch_np.threads.ThreadedLoop`.

    Parameters
    ----------
    gemm : int
        The address of BLAS's function, :func:`~minitorch_np.threads.gemm`.
    a, b, y : ndarray of shape (n, k), (k, m), (n, m)
        Plain or transposed; the rows of y contiguous. None may be empty.
    keep : {0, 1}
    """
    y[:] = a @ b + keep * y
