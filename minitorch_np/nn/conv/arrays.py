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
from minitorch_np.threads import at_once_on, one_blas_thread, side_by_side, slices

__all__ = ["backward", "forward"]

AT_ONCE = 1 << 18  # elements of patches that are made at once: they stay in the L2 cache
WIDE = 1 << 12  # elements of rows that are put side by side
GRAIN = 4_000_000  # multiply-adds that are worth a thread


def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray, window: Window, y: np.ndarray) -> None:
    """y = patches(x) w + b."""
    parts = _parts(x, w, y)
    at_once = at_once_on(len(parts), AT_ONCE)
    with one_blas_thread:
        side_by_side([partial(_forward, x[part], w, b, window, y[part], at_once) for part in parts])


def backward(
    x: np.ndarray,
    w: np.ndarray,
    dy: np.ndarray,
    window: Window,
    learned: tuple[int, ...],
    dx: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return dw = patches(x)ᵀ dy and db = Σ dy; dx = scatter(dy wᵀ).

    Where the stride is 1, dx is a convolution of dy with the kernel turned round, too: NumPy copies
    patches four times as fast as it adds them to pixels.

    ``learned`` is the shape of dw. An empty dw or dx is not wanted.
    """
    parts = _parts(x, w, dy)
    at_once = at_once_on(len(parts), AT_ONCE)
    dw = np.zeros((len(parts), *learned), w.dtype)
    db = np.zeros((len(parts), dy.shape[3]), w.dtype)
    turned = window.turned(x.shape[1:3]) if _is_worth_turning(x, w, dy) else None
    kernel = w if turned is None else _turned(w, window)

    def job(i: int, part: slice) -> None:
        column_sums(dy[part].reshape(-1, dy.shape[3]), out=db[i])
        if dw.size:
            _learn(x[part], dy[part], window, dw[i], at_once)
        if not dx.size:
            return
        if turned is None:
            _scatter(dy[part], kernel, window, dx[part], at_once)
        else:
            _forward(dy[part], kernel, np.empty(0, w.dtype), turned, dx[part], at_once)

    with one_blas_thread:
        side_by_side([partial(job, i, part) for i, part in enumerate(parts)])
    return dw.sum(axis=0), db.sum(axis=0)


def _parts(x: np.ndarray, w: np.ndarray, y: np.ndarray) -> list[slice]:
    work = y[:1].size * w.shape[1]  # of one image
    return slices(len(x), max(1, GRAIN // max(1, work)))


def _forward(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, window: Window, y: np.ndarray, at_once: int
) -> None:
    seen = _windows(_padded(x, window), window)
    for block in _blocks(y.shape, w.shape, at_once):
        out = y[block].reshape(-1, y.shape[3])
        for g, (of, to) in enumerate(_groups(w, x.shape[3])):
            np.matmul(_patches(seen[block][..., of]), w[g], out=out[:, to])
        if b.size:
            _add_to_rows(b, out)


def _add_to_rows(b: np.ndarray, y: np.ndarray) -> None:
    """y += b, several rows side by side, for NumPy is slow on short ones.   b: (O,), y: (n, O)"""
    several = max(1, WIDE // len(b))
    whole = len(y) // several * several
    wide, rest = y[:whole].reshape(-1, several * len(b)), y[whole:]
    wide += np.tile(b, several)
    rest += b


def _learn(x: np.ndarray, dy: np.ndarray, window: Window, dw: np.ndarray, at_once: int) -> None:
    """dw += patches(x)ᵀ dy."""
    seen = _windows(_padded(x, window), window)
    for block in _blocks(dy.shape, dw.shape, at_once):
        up = dy[block]
        for g, (of, to) in enumerate(_groups(dw, x.shape[3])):
            patches = _patches(seen[block][..., of])
            # Not np.matmul, which keeps the GIL where a result is small, however long it takes.
            dw[g] += patches.T.dot(up[..., to].reshape(-1, dw.shape[2]))


def _scatter(dy: np.ndarray, w: np.ndarray, window: Window, dx: np.ndarray, at_once: int) -> None:
    """dx = scatter(dy wᵀ)."""
    pixels = np.zeros(0, dx.dtype)
    for images, rows in _blocks(dy.shape, w.shape, at_once):
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


def _turned(w: np.ndarray, window: Window) -> np.ndarray:
    """The kernel turned round, from the channels of y to those of x: (G, KH · KW · O/G, C/G)."""
    groups, _, features = w.shape
    turned = w.reshape(groups, *window.kernel, -1, features)[:, ::-1, ::-1].transpose(0, 1, 2, 4, 3)
    return turned.reshape(groups, -1, turned.shape[4])


def _blocks(
    y_shape: tuple[int, ...], w_shape: tuple[int, ...], at_once: int
) -> Iterator[tuple[slice, slice]]:
    """Some images, and some rows of their outputs, at a time."""
    images, height, width, _ = y_shape
    row = width * w_shape[0] * w_shape[1]
    many = max(1, at_once // max(1, height * row))
    rows = height if many > 1 else min(height, max(1, at_once // max(1, row)))
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


def _patches(seen: np.ndarray) -> np.ndarray:
    """Windows as the rows of a matrix.   (N, OH, OW, KH, KW, C) -> (N · OH · OW, KH · KW · C)

    What is copied at once should be long: a patch, or the line of a single channel that the outputs
    of a row see at the same place.
    """
    count = math.prod(seen.shape[:3])
    if seen.shape[5] > 1:
        return seen.reshape(count, -1)
    return seen.transpose(3, 4, 5, 0, 1, 2).reshape(-1, count).T


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
