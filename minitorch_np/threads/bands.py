"""A matrix product in bands, each of them one call of BLAS, on one thread or several.

This file is compiled as a whole, from a copy in the cache directory.
"""

# mypy: ignore-errors
import numpy as np
from numba import cfunc, njit, types

from minitorch_np.threads.blas_call import TRANSPOSED, call_gemm, stride
from minitorch_np.threads.held import give_back, hold, lock
from minitorch_np.threads.intrinsics import call, load

WORDS = 12  # of a block: the address of BLAS's function, and what it is called with


@njit
def multiply(block, one, zero):
    """Y = A B for one band."""
    orders = np.int32(load(block + 8)), np.int32(load(block + 16))
    n, m, k = load(block + 24), load(block + 32), load(block + 40)
    a, b, y = block + 48, block + 64, block + 80
    call_gemm(
        load(block), orders, (n, m, k), (load(a), load(a + 8)), (load(b), load(b + 8)),
        (load(y), load(y + 8)), one, zero,
    )  # fmt: skip


@cfunc("void(intp)", nopython=True, cache=True)
def band_float32(block):
    """A band of floats."""
    multiply(block, np.float32(1), np.float32(0))


@cfunc("void(intp)", nopython=True, cache=True)
def band_float64(block):
    """A band of doubles."""
    multiply(block, np.float64(1), np.float64(0))


@njit
def overlap(x, y):
    """Whether two matrices share memory, or may: each begins before the other's end."""
    end_x = x.ctypes.data + (len(x) - 1) * x.strides[0] + (x.shape[1] - 1) * x.strides[1]
    end_y = y.ctypes.data + (len(y) - 1) * y.strides[0] + (y.shape[1] - 1) * y.strides[1]
    return x.ctypes.data < end_y + y.itemsize and y.ctypes.data < end_x + x.itemsize


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
    if a.shape[1] != len(b) or y.shape != (len(a), b.shape[1]) or overlap(a, y) or overlap(b, y):
        return False
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


@njit("void(intp, intp[:, ::1], intp)", nogil=True, cache=True)
def run(function, blocks, blas):
    """Call a band's function on one block after the other, with BLAS held to one thread."""
    hold(blas)
    for i in range(len(blocks)):
        call(function, (blocks[i].ctypes.data,))
    give_back(blas)


@njit("void(intp)", nogil=True, cache=True)
def enter(blas):
    """Hold BLAS."""
    hold(blas)


@njit("void(intp)", nogil=True, cache=True)
def leave(blas):
    """Give it back."""
    give_back(blas)


@njit("void(intp)", nogil=True, cache=True)
def lock_words(blas):
    """Keep everyone from entering and leaving."""
    lock(blas)
