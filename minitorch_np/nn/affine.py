"""The affine map in compiled loops: y = x Wᵀ + b, or all of its gradients, in one call.

In a small network what a step spends between its products counts for more than the products, all
the more as each of them finds the code of the next NumPy call out of the cache.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"
from __future__ import annotations

from typing import Any

import numpy as np

from minitorch_np.parameter import Parameter
from minitorch_np.sums import add_sums, column_sums
from minitorch_np.threads import (
    WORTH_SPLITTING,
    WORTH_WAKING,
    ThreadedLoop,
    bands_worth_it,
    by_rows,
    gemm,
    hold_words,
    multiply,
)

__all__ = ["backward", "forward"]

MANY = 4096  # rows, whose sums NumPy's way adds up more accurately


@ThreadedLoop("intp, intp, real[:, ::1], real[:, ::1], real[::1], real[:, ::1]")
def _forward(first, last, part, gemm, in_rows, x, w, b, y):
    """y = x wᵀ + b, for some rows or some columns of y; b may be empty."""
    top, bottom = (first, last) if in_rows else (0, len(y))
    left, right = (0, len(w)) if in_rows else (first, last)
    multiply(gemm, x[top:bottom], w[left:right].T, y[top:bottom, left:right], 0.0)
    b = b[left:right]
    for n in range(top, bottom):
        row = y[n, left:right]
        for k in range(len(b)):
            row[k] += b[k]


@ThreadedLoop(
    "intp, intp, real[:, ::1], real[:, ::1], real[:, ::1], real[:, ::1], float64, real[::1],"
    " float64, real[:, ::1]"
)
def _backward(first, last, part, gemm, bands, dy, x, w, dw, keep_dw, db, keep_db, dx):
    """Some of these jobs: dw += dyᵀ x, db += Σ dy in bands of features; dx = dy w in bands of rows.

    An empty dw, db or dx is not wanted; where there is nothing to keep, += is =.
    """
    n, features = dy.shape
    if overlap(x, dw):
        x = x.copy()
    if overlap(dy, dw):
        dy = dy.copy()
    for job in range(first, last):
        if job < bands:
            left, right = features * job // bands, features * (job + 1) // bands
            if len(dw) and right > left:
                multiply(gemm, dy[:, left:right].T, x, dw[left:right], keep_dw)
            if len(db):
                sums = db[left:right]
                if not keep_db:
                    sums[:] = 0
                add_sums(dy, left, sums)
        else:
            top, bottom = n * (job - bands) // bands, n * (job - bands + 1) // bands
            if bottom > top:
                multiply(gemm, dy[top:bottom], w, dx[top:bottom], 0.0)


def overlap(x, y):
    """Whether two arrays share memory."""
    first_x, first_y = x.ctypes.data, y.ctypes.data
    return first_x < first_y + y.size * y.itemsize and first_y < first_x + x.size * x.itemsize


def forward(x: np.ndarray, weight: Parameter, bias: Parameter | None) -> np.ndarray | None:
    """Return x Wᵀ + b; None where NumPy has to do it.

    That is without numba, for other dtypes or odd memory, for subclasses of Parameter, and for one
    row, which BLAS multiplies faster as a vector.

    Parameters
    ----------
    x : ndarray of shape (N, D_in)
    weight, bias : Parameter of shape (D_out, D_in), (D_out,)
        The bias may be None.
    """
    loop: Any = _forward.compiled(x.dtype)
    blas, held = gemm(x.dtype), hold_words()
    if loop is None or blas is None or not _fit(x, weight, bias):
        return None
    (n, d_in), w = x.shape, weight.data
    y = np.empty((n, len(w)), x.dtype)
    b = np.empty(0, x.dtype) if bias is None else bias.data
    work = y.size * d_in
    if work < WORTH_SPLITTING or (bands := bands_worth_it(work)) == 0:
        loop.alone(held, n, blas, True, x, w, b, y)
    else:
        in_rows, wake = by_rows(x, w.T), work >= WORTH_WAKING * bands
        size = n if in_rows else len(w)
        loop(size, min(bands, size), blas, in_rows, x, w, b, y, wake=wake, blas=held)
    return y


def backward(
    dy: np.ndarray, x: np.ndarray, weight: Parameter, bias: Parameter | None, dx: np.ndarray | None
) -> bool:
    """Add dyᵀ x and Σ dy to the gradients, and write dy W to dx; False where NumPy has to do it.

    Parameters
    ----------
    dy : ndarray of shape (N, D_out)
    x, dx : ndarray of shape (N, D_in)
        dx may be None.
    weight, bias : Parameter of shape (D_out, D_in), (D_out,)
        Frozen ones get no gradient.
    """
    loop: Any = _backward.compiled(x.dtype)
    blas, held, flags = gemm(x.dtype), hold_words(), dy.flags
    if loop is None or blas is None or not (flags.c_contiguous and flags.aligned):
        return False
    w, db, learns = weight.data, None, weight.requires_grad
    if not _fit(x, weight, bias) or dy.shape != (len(x), len(w)) or dy.dtype != x.dtype:
        return False
    work, products = dy.size * x.shape[1], 1 if dx is None else 2
    bands = 0 if work < WORTH_SPLITTING else bands_worth_it(work, products)
    dw = weight._gradient() if learns else np.empty((0, 0), x.dtype)
    if bands and (np.may_share_memory(x, dw) or np.may_share_memory(dy, dw)):
        return False
    if bias is not None and bias.requires_grad:
        if len(x) <= MANY:
            db = bias._gradient()
        else:
            bias.accumulate(column_sums, dy)
    arrays = (
        dy, x, w, dw, weight.has_grad,
        np.empty(0, x.dtype) if db is None else db, bias is not None and bias.has_grad,
        np.empty((0, 0), x.dtype) if dx is None else dx,
    )  # fmt: skip
    if bands == 0:
        loop.alone(held, products, blas, 1, *arrays)
    else:
        jobs, wake = products * bands, work >= WORTH_WAKING * bands
        loop(jobs, jobs, blas, bands, *arrays, wake=wake, blas=held)
    # Only now: an interruption before would leave numbers there that are no gradient.
    if learns:
        weight._has_grad = True
    if bias is not None and db is not None:
        bias._has_grad = True
    return True


def _fit(x: np.ndarray, weight: Parameter, bias: Parameter | None) -> bool:
    """Whether these can be multiplied as they are, and there is more than one row."""
    if type(weight) is not Parameter or len(x) < 2:
        return False
    w, flags = weight.data, x.flags
    if w.ndim != 2 or w.shape[1] != x.shape[1] or w.dtype != x.dtype:
        return False
    if not (flags.c_contiguous and flags.aligned):
        return False
    if bias is None:
        return True
    return type(bias) is Parameter and bias.shape == w.shape[:1] and bias.dtype == x.dtype
