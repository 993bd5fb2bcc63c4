"""Patches of images, a row each: for images of many channels, which lie side by side.

Rows of outputs are counted over all images: row r is row ``r % OH`` of image ``r // OH``.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"
from __future__ import annotations

__all__ = ["gather", "scatter"]


def gather(x, window, row, rows, first, channels, patches):
    """Write the patches of some rows of outputs; outside the image they are 0.

    x: (N, H, W, C), patches: (rows · OW, KH · KW · channels)
    """
    kh, kw, sh, sw, dh, dw = window[0], window[1], window[2], window[3], window[4], window[5]
    top, left, oh, ow = window[6], window[7], window[8], window[9]
    _, height, width, all_channels = x.shape
    whole_runs = dw == 1 and channels == all_channels
    for y in range(rows):
        pixels, top_row = x[(row + y) // oh].reshape(-1), (row + y) % oh * sh - top
        for ox in range(ow):
            patch = patches[y * ow + ox]
            to = 0
            for ky in range(kh):
                iy = top_row + ky * dh
                ix = ox * sw - left
                if whole_runs and 0 <= iy < height and ix >= 0 and ix + kw <= width:
                    start = (iy * width + ix) * channels
                    run = pixels[start : start + kw * channels]
                    into = patch[to : to + kw * channels]
                    for i in range(len(run)):
                        into[i] = run[i]
                    to += kw * channels
                    continue
                for kx in range(kw):
                    x_in = ix + kx * dw
                    if 0 <= iy < height and 0 <= x_in < width:
                        start = (iy * width + x_in) * all_channels + first
                        run, into = pixels[start : start + channels], patch[to : to + channels]
                        for c in range(len(run)):
                            into[c] = run[c]
                    else:
                        for c in range(channels):
                            patch[to + c] = 0
                    to += channels


def scatter(patches, window, row, rows, first, channels, x):
    """Add patches to the pixels they came from: the transpose of :func:`gather`."""
    kh, kw, sh, sw, dh, dw = window[0], window[1], window[2], window[3], window[4], window[5]
    top, left, oh, ow = window[6], window[7], window[8], window[9]
    _, height, width, all_channels = x.shape
    whole_runs = dw == 1 and channels == all_channels
    for y in range(rows):
        pixels, top_row = x[(row + y) // oh].reshape(-1), (row + y) % oh * sh - top
        for ox in range(ow):
            patch = patches[y * ow + ox]
            of = 0
            for ky in range(kh):
                iy = top_row + ky * dh
                ix = ox * sw - left
                if iy < 0 or iy >= height:
                    of += kw * channels
                    continue
                if whole_runs and ix >= 0 and ix + kw <= width:
                    start = (iy * width + ix) * channels
                    run = patch[of : of + kw * channels]
                    into = pixels[start : start + kw * channels]
                    for i in range(len(run)):
                        into[i] += run[i]
                    of += kw * channels
                    continue
                for kx in range(kw):
                    x_in = ix + kx * dw
                    if 0 <= x_in < width:
                        start = (iy * width + x_in) * all_channels + first
                        run, into = patch[of : of + channels], pixels[start : start + channels]
                        for c in range(len(run)):
                            into[c] += run[c]
                    of += channels
