"""Convolution in compiled loops: patches of an image, then a product, while they are in the cache.

Images lie channels last. The weight is a matrix for each group, a column an output channel, its
rows in the order of a patch, (G, KH · KW · C/G, O/G); going back, its transpose.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"
from __future__ import annotations

import numpy as np

from minitorch_np.nn.conv.patches import gather, scatter
from minitorch_np.nn.conv.planes import gather_planes, scatter_planes
from minitorch_np.threads import ThreadedLoop, multiply

__all__ = ["backward", "forward"]


def add_sums(x, partial, sums):
    """sums += Σ x, by way of sums of 256 rows and sums of those: so they stay accurate.

    x: (n, O), partial: (2, O), sums: (O,)
    """
    few, many = partial[0], partial[1]
    many[:] = 0
    for start in range(0, len(x), 256):
        few[:] = 0
        for i in range(start, min(start + 256, len(x))):
            for o in range(len(few)):
                few[o] += x[i, o]
        for o in range(len(few)):
            many[o] += few[o]
    for o in range(len(sums)):
        sums[o] += many[o]


@ThreadedLoop(
    "intp, intp[::1], real[:, :, :, ::1], real[:, :, ::1], real[::1], real[:, :, ::1],"
    " real[:, :, :, ::1]"
)
def forward(first, last, part, gemm, window, x, w, b, room, y):
    """y = patches(x) w + b, for the rows of outputs ``first`` to ``last`` of all images.

    x: (N, H, W, C), w: (G, KH · KW · C/G, O/G), room: (parts, rows · OW, KH · KW · C/G),
    y: (N, OH, OW, O)
    """
    ow, groups = y.shape[2], len(w)
    outputs = y.reshape(-1, y.shape[3])
    channels, features = x.shape[3] // groups, w.shape[2]
    at_once = room.shape[1] // ow
    for row in range(first, last, at_once):
        rows = min(at_once, last - row)
        patches = room[part, : rows * ow]
        planes = patches.reshape(patches.shape[1], rows * ow)
        out = outputs[row * ow : (row + rows) * ow]
        for g in range(groups):
            into = out[:, g * features : (g + 1) * features]
            if channels == 1:
                gather_planes(x, window, row, rows, g, planes)
                multiply(gemm, planes.T, w[g], into, 0.0)
            else:
                gather(x, window, row, rows, g * channels, channels, patches)
                multiply(gemm, patches, w[g], into, 0.0)
        for i in range(len(out)):
            for o in range(len(b)):
                out[i, o] += b[o]


@ThreadedLoop(
    "intp, intp[::1], real[:, :, :, ::1], real[:, :, ::1], real[:, :, :, ::1],"
    " real[:, :, ::1], real[:, :, :, ::1], real[:, ::1], real[:, :, :, ::1]"
)
def backward(first, last, part, gemm, window, x, wt, dy, room, dw, db, dx):
    """dw = patches(x)ᵀ dy, db = Σ dy, dx = scatter(dy wᵀ), for some images.

    wt: (G, O/G, KH · KW · C/G), transposed, because dy wᵀ is the product it is needed for.

    Every part has a dw (parts, G, KH · KW · C/G, O/G) and a db (parts, O) of its own. An empty dw
    or dx is not wanted.
    """
    oh, ow, groups = dy.shape[1], dy.shape[2], len(wt)
    channels, features = x.shape[3] // groups, wt.shape[1]
    at_once = room.shape[1] // ow
    partial = np.empty((2, dy.shape[3]), dy.dtype)
    upstreams = dy.reshape(-1, dy.shape[3])
    dw[part] = 0
    db[part] = 0
    for row in range(first * oh, last * oh, at_once):
        rows = min(at_once, last * oh - row)
        patches = room[part, : rows * ow]
        planes = patches.reshape(patches.shape[1], rows * ow)
        up = upstreams[row * ow : (row + rows) * ow]
        add_sums(up, partial, db[part])
        if dx.size:  # the images that begin here
            dx[(row + oh - 1) // oh : (row + rows - 1) // oh + 1] = 0
        for g in range(groups):
            upstream = up[:, g * features : (g + 1) * features]
            if channels == 1:
                if dw.size:
                    gather_planes(x, window, row, rows, g, planes)
                    multiply(gemm, planes, upstream, dw[part, g], 1.0)
                if dx.size:
                    multiply(gemm, wt[g].T, upstream.T, planes, 0.0)
                    scatter_planes(planes, window, row, rows, g, dx)
            else:
                if dw.size:
                    gather(x, window, row, rows, g * channels, channels, patches)
                    multiply(gemm, patches.T, upstream, dw[part, g], 1.0)
                if dx.size:
                    multiply(gemm, upstream, wt[g], patches, 0.0)
                    scatter(patches, window, row, rows, g * channels, channels, dx)
