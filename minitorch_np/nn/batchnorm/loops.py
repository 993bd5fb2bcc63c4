"""The columns of a matrix in compiled loops: rows outside, columns inside, so that they vectorise.

A row may be several of C channels, side by side: short inner loops are slow. What is said of
channels is in double. Sums run over blocks of rows in the matrix's own dtype; so they stay accurate
over many rows, and do not depend on the number of threads.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"
from __future__ import annotations

import numpy as np

from minitorch_np.threads import ThreadedLoop

__all__ = ["gradient", "moments", "normalise", "products"]


def spread(channels, columns):
    """Write each channel's value into all of its columns.   (C,) -> (k C,)"""
    for k in range(0, len(columns), len(channels)):
        for c in range(len(channels)):
            columns[k + c] = channels[c]


def collect(columns, channels):
    """Add up each channel's columns.   (k C,) -> (C,)"""
    channels[:] = 0
    for k in range(0, len(columns), len(channels)):
        for c in range(len(channels)):
            channels[c] += columns[k + c]


@ThreadedLoop("intp, real[:, ::1], float64[::1], float64[:, :, ::1]")
def moments(first, last, part, rows, x, pivots, sums):
    """Σ (x - pivot) and Σ (x - pivot)² for blocks of ``rows`` rows.

    x: (M, k C), pivots: (C,), sums: (blocks, 2, C)
    """
    pivot = np.empty(x.shape[1], x.dtype)
    total, squares = np.empty(x.shape[1], x.dtype), np.empty(x.shape[1], x.dtype)
    spread(pivots, pivot)
    for block in range(first, last):
        here = x[block * rows : (block + 1) * rows]
        total[:] = 0
        squares[:] = 0
        for i in range(len(here)):
            for c in range(len(total)):
                distance = here[i, c] - pivot[c]
                total[c] += distance
                squares[c] += distance * distance
        collect(total, sums[block, 0])
        collect(squares, sums[block, 1])


@ThreadedLoop("real[:, ::1], float64[:, ::1], real[:, ::1]")
def normalise(first, last, part, x, channels, y):
    """y = (x - pivot) scale + shift.   x, y: (M, k C), channels: pivot, scale and shift, (3, C)"""
    values = np.empty((3, x.shape[1]), x.dtype)
    for i in range(3):
        spread(channels[i], values[i])
    pivot, scale, shift = values[0], values[1], values[2]
    for i in range(first, last):
        for c in range(x.shape[1]):
            y[i, c] = (x[i, c] - pivot[c]) * scale[c] + shift[c]


@ThreadedLoop("intp, real[:, ::1], real[:, ::1], float64[::1], float64[:, :, ::1]")
def products(first, last, part, rows, x, dy, pivots, sums):
    """Σ dy and Σ dy (x - pivot) for blocks of ``rows`` rows.

    x, dy: (M, k C), pivots: (C,), sums: (blocks, 2, C)
    """
    pivot = np.empty(x.shape[1], x.dtype)
    total, along = np.empty(x.shape[1], x.dtype), np.empty(x.shape[1], x.dtype)
    spread(pivots, pivot)
    for block in range(first, last):
        here, up = x[block * rows : (block + 1) * rows], dy[block * rows : (block + 1) * rows]
        total[:] = 0
        along[:] = 0
        for i in range(len(here)):
            for c in range(len(total)):
                total[c] += up[i, c]
                along[c] += up[i, c] * (here[i, c] - pivot[c])
        collect(total, sums[block, 0])
        collect(along, sums[block, 1])


@ThreadedLoop("real[:, ::1], real[:, ::1], float64[:, ::1], real[:, ::1]")
def gradient(first, last, part, x, dy, channels, dx):
    """dx = scale (dy - shift - slope (x - pivot)).

    x, dy, dx: (M, k C), channels: pivot, slope, shift and scale, (4, C)
    """
    values = np.empty((4, x.shape[1]), x.dtype)
    for i in range(4):
        spread(channels[i], values[i])
    pivot, slope, shift, scale = values[0], values[1], values[2], values[3]
    for i in range(first, last):
        for c in range(x.shape[1]):
            dx[i, c] = (dy[i, c] - shift[c] - slope[c] * (x[i, c] - pivot[c])) * scale[c]
