"""Convolution on whole arrays: patches of a few images at a time, then one product.

The layouts are those of ``loops.py``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

import numpy as np

from minitorch_np.nn.conv.window import Window
from minitorch_np.sums import column_sums
from minitorch_np.threads import one_blas_thread, side_by_side, slices

__all__ = ["backward", "forward"]

AT_ONCE = 1 << 18  # elements of patches that are made at once: they stay in the L2 cache
SLIM = 32  # elements of patches whose products BLAS adds up twice as fast an image at a time
GRAIN = 4_000_000  # multiply-adds that are worth a thread


def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray, window: Window, y: np.ndarray) -> None:
    """y = patches(x) w + b; an empty b is none.

    A patch ends with a 1 then, and w with a row for b.
    """
    if b.size:
        w = np.concatenate([w, b.reshape(len(w), 1, -1)], axis=1)
    with one_blas_thread:
        side_by_side([partial(_forward, x[p], w, window, y[p]) for p in _parts(x, w, y)])


def backward(
    x: np.ndarray,
    w: np.ndarray,
    dy: np.ndarray,
    window: Window,
    learned: tuple[int, ...],
    biased: bool,
    dx: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return dw = patches(x)ᵀ dy and db = Σ dy; dx = scatter(dy wᵀ).

    Where the stride is 1, dx is a convolution of dy with the kernel turned round, too: NumPy copies
    patches four times as fast as it adds them to pixels. These patches give dw as well, turned
    round: patches(dy)ᵀ x.

    ``learned`` is the shape of dw. An empty dw or dx is not wanted, nor db if not ``biased``.
    """
    parts = _parts(x, w, dy)
    turned = window.turned(x.shape[1:3]) if dx.size and _is_worth_turning(x, w, dy) else None
    kernel = w if turned is None else _turned(w, window)
    share = turned is not None and math.prod(learned) > 0 and _is_worth_sharing(x, w, dy)
    groups, places, features = learned
    dw = np.zeros(
        (len(parts), *(kernel.shape if share else (groups, places + 1, features))), w.dtype
    )
    db = np.zeros((len(parts), dy.shape[3]), w.dtype)

    def job(i: int, part: slice) -> None:
        if dw.size and not share:
            _learn(x[part], dy[part], window, dw[i])
        elif biased:
            column_sums(dy[part].reshape(-1, dy.shape[3]), out=db[i])
        if turned is not None:
            also = (x[part], dw[i]) if share else None
            _forward(dy[part], kernel, turned, dx[part], also)
        elif dx.size:
            _scatter(dy[part], kernel, window, dx[part])

    with one_blas_thread:
        side_by_side([partial(job, i, part) for i, part in enumerate(parts)])
    total = dw.sum(axis=0)
    if share:
        return _turned(total, window), db.sum(axis=0)
    if total.size:
        return total[:, :-1], total[:, -1].reshape(-1)
    return np.zeros(learned, w.dtype), db.sum(axis=0)


def _parts(x: np.ndarray, w: np.ndarray, y: np.ndarray) -> list[slice]:
    work = y[:1].size * w.shape[1]  # of one image
    return slices(len(x), max(1, GRAIN // max(1, work)))


def _forward(
    x: np.ndarray,
    w: np.ndarray,
    window: Window,
    y: np.ndarray,
    also: tuple[np.ndarray, np.ndarray] | None = None,
) -> None:
    """y = patches(x) w; also, of (up, dw), dw += patches(x)ᵀ up."""
    seen = _windows(_padded(x, window), window)
    for block in _blocks(y.shape, w.shape):
        out = y[block].reshape(-1, y.shape[3])
        for g, (of, to) in enumerate(_groups(w, x.shape[3])):
            patches = _patches(seen[block][..., of], w.shape[1])
            np.matmul(patches, w[g], out=out[:, to])
            if also is not None:
                _add_product(patches, also[0][block][..., to], also[1][g])


def _learn(x: np.ndarray, dy: np.ndarray, window: Window, dw: np.ndarray) -> None:
    """dw += patches(x)ᵀ dy."""
    seen = _windows(_padded(x, window), window)
    for block in _blocks(dy.shape, dw.shape):
        for g, (of, to) in enumerate(_groups(dw, x.shape[3])):
            _add_product(_patches(seen[block][..., of], dw.shape[1]), dy[block][..., to], dw[g])


def _add_product(patches: np.ndarray, up: np.ndarray, dw: np.ndarray) -> None:
    """dw += patchesᵀ up.   up: (N, OH, OW, O/G)"""
    outputs = math.prod(up.shape[1:3])
    if patches.shape[1] <= SLIM and dw.shape[1] <= outputs:
        of_images = patches.reshape(len(up), outputs, -1).transpose(0, 2, 1)
        dw += np.matmul(of_images, up.reshape(len(up), outputs, -1)).sum(axis=0)
    else:
        # Not np.matmul, which keeps the GIL where a result is small, however long it takes.
        dw += patches.T.dot(up.reshape(-1, dw.shape[1]))


def _scatter(dy: np.ndarray, w: np.ndarray, window: Window, dx: np.ndarray) -> None:
    """dx = scatter(dy wᵀ)."""
    pixels = np.zeros(0, dx.dtype)
    for images, rows in _blocks(dy.shape, w.shape):
        if rows.start == 0:
            pixels = _room(dx[images], window)
        for g, (of, to) in enumerate(_groups(w, dx.shape[3])):
            into = _windows(pixels, window)[:, rows, ..., of]
            up = dy[images, rows][..., to].reshape(-1, w.shape[2])
            shares = np.matmul(up, w[g].T).reshape(into.shape)
            for ky in range(window.kernel[0]):
                for kx in range(window.kernel[1]):
                    into[..., ky, kx, :] += shares[..., ky, kx, :]
        if rows.stop == dy.shape[1]:
            inner = _inner(pixels, dx.shape, window)
            dx[images] = 0
            dx[images, : inner.shape[1], : inner.shape[2]] = inner


def _is_worth_turning(x: np.ndarray, w: np.ndarray, dy: np.ndarray) -> bool:
    """Whether copying patches of dy, a patch for each pixel of x, costs no more than adding."""
    pixels, outputs = x.shape[1] * x.shape[2], dy.shape[1] * dy.shape[2]
    one_channel, one_feature = x.shape[3] == len(w), w.shape[2] == 1  # of a group
    return pixels <= 2 * outputs and (one_feature or not one_channel)


def _is_worth_sharing(x: np.ndarray, w: np.ndarray, dy: np.ndarray) -> bool:
    """Whether dw from the patches of dy costs less than from patches of x, to be copied as well.

    Its product has a term for each pixel, not for each output, and a column for each channel.
    """
    pixels, outputs = x.shape[1] * x.shape[2], dy.shape[1] * dy.shape[2]
    return 5 * pixels <= 6 * outputs and 2 * x.shape[3] >= dy.shape[3]


def _turned(w: np.ndarray, window: Window) -> np.ndarray:
    """The kernel turned round, from the channels of y to those of x: (G, KH · KW · O/G, C/G)."""
    groups, _, features = w.shape
    turned = w.reshape(groups, *window.kernel, -1, features)[:, ::-1, ::-1].transpose(0, 1, 2, 4, 3)
    return turned.reshape(groups, -1, turned.shape[4])


def _blocks(y_shape: tuple[int, ...], w_shape: tuple[int, ...]) -> Iterator[tuple[slice, slice]]:
    """Some images, and some rows of their outputs, at a time."""
    images, height, width, _ = y_shape
    row = width * w_shape[0] * w_shape[1]
    many = max(1, AT_ONCE // max(1, height * row))
    rows = height if many > 1 else min(height, max(1, AT_ONCE // max(1, row)))
    for i in range(0, images, many):
        for r in range(0, height, rows):
            yield slice(i, i + many), slice(r, min(r + rows, height))


def _groups(w: np.ndarray, channels: int) -> Iterator[tuple[slice, slice]]:
    """Each group's channels of x, and of y."""
    groups, _, features = w.shape
    size = channels // groups
    for g in range(groups):
        yield slice(g * size, (g + 1) * size), slice(g * features, (g + 1) * features)


def _seen(window: Window) -> tuple[int, int]:
    """How many rows and columns of pixels windows see, those outside the images too."""
    (kh, kw), (sh, sw), (dh, dw), _, _, (oh, ow) = window
    return (oh - 1) * sh + (kh - 1) * dh + 1, (ow - 1) * sw + (kw - 1) * dw + 1


def _room(x: np.ndarray, window: Window) -> np.ndarray:
    """Zeros for all pixels that windows see."""
    return np.zeros((len(x), *_seen(window), x.shape[3]), x.dtype)


def _inner(padded: np.ndarray, shape: tuple[int, ...], window: Window) -> np.ndarray:
    """The part of ``padded`` that the images cover."""
    return padded[:, window.top : window.top + shape[1], window.left : window.left + shape[2]]


def _padded(x: np.ndarray, window: Window) -> np.ndarray:
    """The images, with zeros around them where windows see such."""
    height, width = _seen(window)
    if window.top == window.left == 0 and height <= x.shape[1] and width <= x.shape[2]:
        return x
    padded = _room(x, window)
    inner = _inner(padded, x.shape, window)
    inner[:] = x[:, : inner.shape[1], : inner.shape[2]]
    return padded


def _patches(seen: np.ndarray, columns: int) -> np.ndarray:
    """Windows as the rows of a matrix, with a column of ones if there is one more.

    What is copied at once should be long: a patch, or the line of a single channel that the outputs
    of a row see at the same place.

    seen: (N, OH, OW, KH, KW, C), patches: (N · OH · OW, KH · KW · C) or one column more
    """
    count, places = math.prod(seen.shape[:3]), math.prod(seen.shape[3:])
    if seen.shape[5] > 1:
        patches = np.empty((count, columns), seen.dtype)
    else:
        patches = np.empty((columns, count), seen.dtype).T
    patches[:, places:] = 1
    np.copyto(patches[:, :places].reshape(seen.shape), seen)
    return patches


def _windows(padded: np.ndarray, window: Window) -> np.ndarray:
    """A view: (N, OH, OW, KH, KW, C)."""
    (kh, kw), (sh, sw), (dh, dw), _, _, (oh, ow) = window
    n, _, _, channels = padded.shape
    to_image, to_row, to_pixel, to_channel = padded.strides
    return np.lib.stride_tricks.as_strided(
        padded,
        (n, oh, ow, kh, kw, channels),
        (to_image, sh * to_row, sw * to_pixel, dh * to_row, dw * to_pixel, to_channel),
    )
