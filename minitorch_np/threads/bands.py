"""A matrix product in bands, for the compiled handover: each band is one call of BLAS.

This file is compiled as a whole, from a copy in the cache directory.
"""

# mypy: ignore-errors
import numpy as np
from numba import cfunc, njit, types

from minitorch_np.threads.intrinsics import call, load

ROW_MAJOR, PLAIN, TRANSPOSED = 101, 111, 112  # CBLAS's numbers
WORDS = 12  # of a block: the address of BLAS's function, and what it is called with


@njit(nogil=True, cache=True)
def multiply(block, one, zero):
    """Y = A B for one band."""
    word = block + 8
    call(
        load(block),
        (
            np.int32(ROW_MAJOR),
            np.int32(load(word)),
            np.int32(load(word + 8)),
            load(word + 16),
            load(word + 24),
            load(word + 32),
            one,
            load(word + 40),
            load(word + 48),
            load(word + 56),
            load(word + 64),
            zero,
            load(word + 72),
            load(word + 80),
        ),
    )


@cfunc("void(intp)", nopython=True, cache=True)
def band_float32(block):
    """A band of floats."""
    multiply(block, np.float32(1), np.float32(0))


@cfunc("void(intp)", nopython=True, cache=True)
def band_float64(block):
    """A band of doubles."""
    multiply(block, np.float64(1), np.float64(0))


@njit(nogil=True, cache=True)
def stride(x):
    """PLAIN or TRANSPOSED, and the distance of the rows; 0 if BLAS cannot take the matrix."""
    rows, columns = x.strides[0] // x.itemsize, x.strides[1] // x.itemsize
    if x.strides[0] % x.itemsize or x.strides[1] % x.itemsize or x.size == 0:
        return PLAIN, 0
    if columns == 1 and rows >= x.shape[1]:
        return PLAIN, rows
    if rows == 1 and columns >= x.shape[0]:
        return TRANSPOSED, columns
    return PLAIN, 0


def signature(real):
    """Any two matrices to read, and one to write."""
    to_read = types.Array(real, 2, "A", readonly=True)
    blocks = types.Array(types.intp, 2, "C")
    return types.boolean(
        to_read, to_read, types.Array(real, 2, "A"), types.boolean, types.intp, blocks
    )


@njit([signature(types.float32), signature(types.float64)], nogil=True, cache=True)
def lay_out(a, b, y, by_rows, gemm, blocks):
    """Write one block for each band of Y = A B; False if BLAS cannot take these matrices."""
    (order_a, stride_a), (order_b, stride_b), (order_y, stride_y) = stride(a), stride(b), stride(y)
    if not (stride_a and stride_b and stride_y) or order_y == TRANSPOSED:
        return False
    parts = len(blocks)
    length = len(a) if by_rows else b.shape[1]
    for i in range(parts):
        start, stop = length * i // parts, length * (i + 1) // parts
        if by_rows:
            band_a, band_b, band_y = a[start:stop], b, y[start:stop]
        else:
            band_a, band_b, band_y = a, b[:, start:stop], y[:, start:stop]
        block = blocks[i]
        block[0] = gemm
        block[1], block[2] = order_a, order_b
        block[3], block[4], block[5] = len(band_a), band_b.shape[1], a.shape[1]
        block[6], block[7] = band_a.ctypes.data, stride_a
        block[8], block[9] = band_b.ctypes.data, stride_b
        block[10], block[11] = band_y.ctypes.data, stride_y
    return True
