"""A matrix product inside compiled code: one call of BLAS by its address."""

# mypy: ignore-errors
import numpy as np
from numba import njit

from minitorch_np.threads.intrinsics import call

__all__ = ["PLAIN", "TRANSPOSED", "call_gemm", "multiply", "stride"]

ROW_MAJOR, PLAIN, TRANSPOSED = 101, 111, 112  # CBLAS's numbers


@njit
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


@njit
def call_gemm(gemm, orders, sizes, a, b, y, one, keep):
    """Y = A B + keep Y; a, b and y are addresses and distances of rows, sizes (n, m, k)."""
    call(
        gemm,
        (
            np.int32(ROW_MAJOR), orders[0], orders[1], sizes[0], sizes[1], sizes[2],
            one, a[0], a[1], b[0], b[1], keep, y[0], y[1],
        ),
    )  # fmt: skip


@njit
def multiply(gemm, a, b, y, keep):
    """Y = A B + keep Y, for matrices that BLAS can take."""
    real = y.dtype.type
    order_a, stride_a = stride(a)
    order_b, stride_b = stride(b)
    call_gemm(
        gemm, (np.int32(order_a), np.int32(order_b)), (len(a), y.shape[1], a.shape[1]),
        (a.ctypes.data, stride_a), (b.ctypes.data, stride_b),
        (y.ctypes.data, y.strides[0] // y.itemsize), real(1), real(keep),
    )  # fmt: skip
