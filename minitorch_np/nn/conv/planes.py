"""Patches of a single channel, a column each: for every pixel of the window a plane of the image.

A patch has only a few numbers then, but the neighbours of a pixel lie side by side in its plane.
Rows of outputs are counted over all images, as in ``patches.py``.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"
from __future__ import annotations

__all__ = ["gather_planes", "scatter_planes"]


def inside(kx, window, width):
    """The outputs of a row that see a pixel of the image at column kx of their window: (from, to).

    And the pixel's column at output 0, which may lie outside.
    """
    sw, dw, left, ow = window[3], window[5], window[7], window[9]
    column = kx * dw - left
    start = max(0, -(column // sw))
    stop = min(ow, (width - 1 - column) // sw + 1)
    return start, max(start, stop), column


def gather_planes(x, window, row, rows, channel, planes):
    """Write the patches of some rows of outputs; outside the image they are 0.

    x: (N, H, W, C), planes: (KH · KW, rows · OW)
    """
    kh, kw, sh, sw, dh = window[0], window[1], window[2], window[3], window[4]
    top, oh, ow = window[6], window[8], window[9]
    _, height, width, _ = x.shape
    for ky in range(kh):
        for kx in range(kw):
            start, stop, column = inside(kx, window, width)
            n, oy = row // oh, row % oh
            for y in range(rows):
                iy = oy * sh + ky * dh - top
                line = planes[ky * kw + kx, y * ow : (y + 1) * ow]
                if 0 <= iy < height:
                    line[:start] = 0
                    line[stop:] = 0
                    for ox in range(start, stop):
                        line[ox] = x[n, iy, column + ox * sw, channel]
                else:
                    line[:] = 0
                n, oy = (n, oy + 1) if oy + 1 < oh else (n + 1, 0)


def scatter_planes(planes, window, row, rows, channel, x):
    """Add patches to the pixels they came from: the transpose of :func:`gather_planes`."""
    kh, kw, sh, sw, dh = window[0], window[1], window[2], window[3], window[4]
    top, oh, ow = window[6], window[8], window[9]
    _, height, width, _ = x.shape
    for ky in range(kh):
        for kx in range(kw):
            start, stop, column = inside(kx, window, width)
            n, oy = row // oh, row % oh
            for y in range(rows):
                iy = oy * sh + ky * dh - top
                line = planes[ky * kw + kx, y * ow : (y + 1) * ow]
                if 0 <= iy < height:
                    for ox in range(start, stop):
                        x[n, iy, column + ox * sw, channel] += line[ox]
                n, oy = (n, oy + 1) if oy + 1 < oh else (n + 1, 0)
