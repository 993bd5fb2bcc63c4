"""Pooling in compiled loops: the channels of a pixel, which lie side by side, at a time.

Images lie channels last. ``rows`` (OH, KH) and ``columns`` (OW, KW) say which pixels an output
sees; ``above`` (H, D, 2) and ``beside`` (W, D, 2) which outputs see a pixel. They are those of
:class:`~minitorch_np.nn.pooling.windows.Windows`.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"
from __future__ import annotations

import numpy as np

from minitorch_np.threads import ThreadedLoop

__all__ = ["max_backward", "max_forward", "sum_backward", "sum_forward"]


def largest(first, last, part, rows, columns, x, y, places):
    """y = the largest value that each output sees, places = where, for some images.

    Of equals the first counts; of NaNs, each larger than any number, the last. An output that sees
    nothing is -inf.

    x: (N, H, W, C), y, places: (N, OH, OW, C)
    """
    for n in range(first, last):
        for oy in range(len(rows)):
            for ox in range(len(columns)):
                best, place = y[n, oy, ox], places[n, oy, ox]
                begun = False
                for ky in range(rows.shape[1]):
                    for kx in range(columns.shape[1]):
                        iy, ix = rows[oy, ky], columns[ox, kx]
                        if iy < 0 or ix < 0:
                            continue
                        pixel, number = x[n, iy, ix], ky * columns.shape[1] + kx
                        if begun:
                            for c in range(len(best)):
                                value = pixel[c]
                                larger = (value > best[c]) | (value != value)
                                best[c] = value if larger else best[c]
                                place[c] = max(place[c], number * larger)  # numbers grow
                        else:
                            for c in range(len(best)):
                                best[c] = pixel[c]
                                place[c] = number
                            begun = True
                if not begun:
                    best[:] = -np.inf
                    place[:] = 0


def to_places(first, last, part, above, beside, width, places, dy, dx):
    """dx = dy at the place of the largest value, for some images; windows are ``width`` wide.

    places, dy: (N, OH, OW, C), dx: (N, H, W, C)
    """
    for n in range(first, last):
        for iy in range(len(above)):
            for ix in range(len(beside)):
                pixel, begun = dx[n, iy, ix], False
                for i in range(above.shape[1]):
                    for j in range(beside.shape[1]):
                        oy, ox = above[iy, i, 0], beside[ix, j, 0]
                        if oy < 0 or ox < 0:
                            continue
                        number = above[iy, i, 1] * width + beside[ix, j, 1]
                        up, place = dy[n, oy, ox], places[n, oy, ox]
                        if begun:
                            for c in range(len(up)):
                                pixel[c] += up[c] * (place[c] == number)
                        else:
                            for c in range(len(up)):
                                pixel[c] = up[c] * (place[c] == number)
                            begun = True
                if not begun:
                    pixel[:] = 0


@ThreadedLoop("intp[:, ::1], intp[:, ::1], real[:, ::1], real[:, :, :, ::1], real[:, :, :, ::1]")
def sum_forward(first, last, part, rows, columns, divisors, x, y):
    """y = the sum of what each output sees, over its divisor, for some images.

    divisors: (OH, OW), x: (N, H, W, C), y: (N, OH, OW, C)
    """
    for n in range(first, last):
        for oy in range(len(rows)):
            for ox in range(len(columns)):
                total = y[n, oy, ox]
                for c in range(len(total)):
                    total[c] = 0
                for ky in range(rows.shape[1]):
                    for kx in range(columns.shape[1]):
                        iy, ix = rows[oy, ky], columns[ox, kx]
                        if iy < 0 or ix < 0:
                            continue
                        pixel = x[n, iy, ix]
                        for c in range(len(total)):
                            total[c] += pixel[c]
                for c in range(len(total)):
                    total[c] /= divisors[oy, ox]


@ThreadedLoop(
    "intp[:, :, ::1], intp[:, :, ::1], real[:, ::1], real[:, :, :, ::1], real[:, :, :, ::1]"
)
def sum_backward(first, last, part, above, beside, divisors, dy, dx):
    """dx = dy over its divisor, at every place of the window, for some images.

    divisors: (OH, OW), dy: (N, OH, OW, C), dx: (N, H, W, C)
    """
    for n in range(first, last):
        for iy in range(len(above)):
            for ix in range(len(beside)):
                pixel = dx[n, iy, ix]
                for c in range(len(pixel)):
                    pixel[c] = 0
                for i in range(above.shape[1]):
                    for j in range(beside.shape[1]):
                        oy, ox = above[iy, i, 0], beside[ix, j, 0]
                        if oy < 0 or ox < 0:
                            continue
                        up = dy[n, oy, ox]
                        for c in range(len(up)):
                            pixel[c] += up[c] / divisors[oy, ox]


# Places are small integers: see place_dtype.
max_forward = {
    np.dtype(name): ThreadedLoop(
        f"intp[:, ::1], intp[:, ::1], real[:, :, :, ::1], real[:, :, :, ::1], {name}[:, :, :, ::1]"
    )(largest)
    for name in ("int8", "int32")
}
max_backward = {
    np.dtype(name): ThreadedLoop(
        f"intp[:, :, ::1], intp[:, :, ::1], intp, {name}[:, :, :, ::1], real[:, :, :, ::1],"
        " real[:, :, :, ::1]"
    )(to_places)
    for name in ("int8", "int32")
}
