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


def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray | None) -> np.ndarray | None:
    """Return x Wᵀ + b; None where NumPy has to do it.

    That is without numba, for other dtypes or odd memory, and for one row, which BLAS multiplies
    faster as a vector.

    Parameters
    ----------
    x : ndarray of shape (N, D_in)
    w : ndarray of shape (D_out, D_in)
    b : ndarray of shape (D_out,), or None
    """
    loop: Any = _forward.compiled(x.dtype)
    blas, held = gemm(x.dtype), hold_words()
    (n, d_in), (d_out, d_in_w), flags = x.shape, w.shape, x.flags
    if (
        loop is None or blas is None or n < 2 or d_in != d_in_w or w.dtype != x.dtype
        or not flags.c_contiguous or not flags.aligned
        or (b is not None and (b.shape != (d_out,) or b.dtype != x.dtype))
    ):  # fmt: skip
        return None
    y = np.empty((n, d_out), x.dtype)
    b = np.empty(0, x.dtype) if b is None else b
    work = n * d_in * d_out
    if work < WORTH_SPLITTING or (bands := bands_worth_it(work)) == 0:
        loop.alone(held, n, blas, True, x, w, b, y)
    else:
        in_rows, wake = by_rows(x, w.T), work >= WORTH_WAKING * bands
        loop(n if in_rows else d_out, bands, blas, in_rows, x, w, b, y, wake=wake, blas=held)
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
    blas, held = gemm(x.dtype), hold_words()
    w, b = weight.data, None if bias is None else bias.data
    (n, d_in), d_out, flags, flags_dy = x.shape, len(w), x.flags, dy.flags
    if (
        loop is None or blas is None or n < 2 or w.dtype != x.dtype
        or dy.shape != (n, d_out) or w.shape != (d_out, d_in)
        or not flags.c_contiguous or not flags.aligned
        or not flags_dy.c_contiguous or not flags_dy.aligned
        or (b is not None and (b.shape != (d_out,) or b.dtype != x.dtype))
    ):  # fmt: skip
        return False
    if weight.requires_grad:
        dw, keep_dw = weight.open_grad()
    else:
        dw, keep_dw = np.empty((0, 0), x.dtype), False
    if bias is not None and bias.requires_grad and n <= MANY:
        db, keep_db = bias.open_grad()
    else:
        db, keep_db = np.empty(0, x.dtype), False
        if bias is not None:
            bias.accumulate(column_sums, dy)
    products = 1 if dx is None else 2
    dx = np.empty((0, 0), x.dtype) if dx is None else dx
    work = n * d_in * d_out
    if work < WORTH_SPLITTING or (bands := bands_worth_it(work, products)) == 0:
        loop.alone(held, products, blas, 1, dy, x, w, dw, keep_dw, db, keep_db, dx)
    else:
        jobs, wake = products * bands, work >= WORTH_WAKING * bands
        loop(
            jobs, jobs, blas, bands, dy, x, w, dw, keep_dw, db, keep_db, dx, wake=wake, blas=held
        )  # fmt: skip
    return True
