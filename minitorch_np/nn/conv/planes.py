"""Patches of a single channel, a column each: for every pixel of the window a plane of the image.

A patch has only a few numbers then, but the neighbours of a pixel lie side by side in its plane.
Rows of outputs are counted over all images, as in ``patches.py``.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"
from __future__ import annotations

__all__ = ["gather_planes", "scatter_planes"]


def inside(kx, window, width):
    """The outputs of a row that see a pixel of the image at column kx of their window: (from, to).

    And the column of the first one's pixel.
    """
    sw, dw, left, ow = window[3], window[5], window[7], window[9]
    column = kx * dw - left  # of output 0, which may lie outside
    start = max(0, -(column // sw))
    stop = min(ow, (width - 1 - column) // sw + 1)
    return start, max(start, stop), column + start * sw


def gather_planes(x, window, row, rows, channel, planes):
    """Write the patches of some rows of outputs; outside the image they are 0.

    x: (N, H, W, C), planes: (KH · KW, rows · OW)
    """
    kh, kw, sh, sw, dh = window[0], window[1], window[2], window[3], window[4]
    top, oh, ow = window[6], window[8], window[9]
    _, height, width, channels = x.shape
    pixels, step = x.reshape(-1), sw * channels
    for ky in range(kh):
        for kx in range(kw):
            start, stop, column = inside(kx, window, width)
            n, oy = row // oh, row % oh
            plane = planes[ky * kw + kx]
            for y in range(rows):
                iy, to = oy * sh + ky * dh - top, y * ow
                if 0 <= iy < height:
                    first = ((n * height + iy) * width + column) * channels + channel
                    seen = plane[to + start : to + stop]
                    if step == 1:  # a run, which is copied as vectors
                        run = pixels[first : first + len(seen)]
                        for i in range(len(run)):
                            seen[i] = run[i]
                    else:
                        for i in range(len(seen)):
                            seen[i] = pixels[first + i * step]
                    for i in range(to, to + start):
                        plane[i] = 0
                    for i in range(to + stop, to + ow):
                        plane[i] = 0
                else:
                    for i in range(to, to + ow):
                        plane[i] = 0
                n, oy = (n, oy + 1) if oy + 1 < oh else (n + 1, 0)


def scatter_planes(planes, window, row, rows, channel, x):
    """Add patches to the pixels they came from: the transpose of :func:`gather_planes`."""
    kh, kw, sh, sw, dh = window[0], window[1], window[2], window[3], window[4]
    top, oh, ow = window[6], window[8], window[9]
    _, height, width, channels = x.shape
    pixels, step = x.reshape(-1), sw * channels
    for ky in range(kh):
        for kx in range(kw):
            start, stop, column = inside(kx, window, width)
            n, oy = row // oh, row % oh
            for y in range(rows):
                iy = oy * sh + ky * dh - top
                if 0 <= iy < height:
                    first = ((n * height + iy) * width + column) * channels + channel
                    seen = planes[ky * kw + kx, y * ow + start : y * ow + stop]
                    for i in range(len(seen)):
                        pixels[first + i * step] += seen[i]
                n, oy = (n, oy + 1) if oy + 1 < oh else (n + 1, 0)
