"""Pooling on whole arrays: all pixels at one place of their windows at a time.

A few images at a time, so that what is made of them stays in the L2 cache. The layouts, and the
numbers that come out, are those of ``loops.py``; but of 0 and -0, which are equal, ``np.maximum``
returns either.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from minitorch_np.nn.pooling.windows import Shift, Windows
from minitorch_np.threads import in_blocks

__all__ = ["max_backward", "max_forward", "sum_backward", "sum_forward"]

AT_ONCE = 1 << 18  # elements of images that are pooled at once


def max_forward(windows: Windows, x: np.ndarray, y: np.ndarray, places: np.ndarray) -> None:
    """y = the largest value that each output sees, places = where."""
    first = None if windows.stay_inside else windows.first[:, :, None]
    _run(partial(_max_forward, windows.shifts, first), windows, x, y, places)


def max_backward(windows: Windows, places: np.ndarray, dy: np.ndarray, dx: np.ndarray) -> None:
    """dx = dy at the place of the largest value."""
    shifts, overlap, gaps = windows.shifts[::-1], windows.overlap, not windows.cover
    _run(partial(_max_backward, shifts, overlap, gaps), windows, places, dy, dx)


def sum_forward(windows: Windows, divisors: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
    """y = the sum of what each output sees, over its divisor."""
    shifts, divisors = windows.shifts, divisors[:, :, None]
    _run(partial(_sum_forward, shifts, divisors), windows, x, y)


def sum_backward(windows: Windows, divisors: np.ndarray, dy: np.ndarray, dx: np.ndarray) -> None:
    """dx = dy over its divisor, at every place of the window."""
    shifts, divisors = windows.shifts[::-1], divisors[:, :, None]
    _run(partial(_sum_backward, shifts, divisors), windows, dy, dx)


def _max_forward(
    shifts: list[Shift],
    first: np.ndarray | None,
    x: np.ndarray,
    y: np.ndarray,
    places: np.ndarray,
) -> None:
    _largest(shifts, first, False, x, y, places)
    if y.size and np.isnan(y.max()):
        _largest(shifts, first, True, x, y, places)


def _largest(
    shifts: list[Shift],
    first: np.ndarray | None,
    nan: bool,
    x: np.ndarray,
    y: np.ndarray,
    places: np.ndarray,
) -> None:
    """y = the largest value that each output sees, places = where; also where some are NaN."""
    if first is None:  # every output sees the first place
        places.fill(0)
    else:
        y.fill(-np.inf)
        places[:] = first
    for i, (number, outputs, pixels) in enumerate(shifts):
        best, place = y[outputs], places[outputs]
        if i == 0:  # nothing to compare it with
            best[:] = x[pixels]
            continue
        seen = x[pixels].copy()  # side by side, for what follows
        larger = seen > best
        if nan:
            larger |= np.isnan(seen)
        np.maximum(best, seen, out=best)
        np.maximum(place, larger.view(np.int8) * place.dtype.type(number), out=place)


def _max_backward(
    shifts: list[Shift],
    overlap: bool,
    gaps: bool,
    places: np.ndarray,
    dy: np.ndarray,
    dx: np.ndarray,
) -> None:
    if overlap or gaps:
        dx.fill(0)
    for number, outputs, pixels in shifts:
        here = places[outputs] == number
        if overlap:
            dx[pixels] += dy[outputs] * here
        else:
            np.multiply(dy[outputs], here, out=dx[pixels])


def _sum_forward(shifts: list[Shift], divisors: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
    y.fill(0)
    for _, outputs, pixels in shifts:
        y[outputs] += x[pixels]
    y /= divisors


def _sum_backward(
    shifts: list[Shift], divisors: np.ndarray, dy: np.ndarray, dx: np.ndarray
) -> None:
    dx.fill(0)
    share = dy / divisors
    for _, outputs, pixels in shifts:
        dx[pixels] += share[outputs]


def _run(pool: Callable[..., None], windows: Windows, *arrays: np.ndarray) -> None:
    """Call ``pool`` on a few images after the other, on as many threads as they are worth."""
    count, _, _, channels = arrays[0].shape
    largest = max(math.prod(array.shape[1:]) for array in arrays)
    in_blocks(
        lambda images: pool(*(array[images] for array in arrays)),
        count,
        max(1, AT_ONCE // largest),
        windows.grain(channels),
    )
