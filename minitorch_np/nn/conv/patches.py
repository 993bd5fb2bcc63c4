"""Patches of an image, a row each: for images of many channels, which lie side by side."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"
from __future__ import annotations

__all__ = ["gather", "scatter"]


def gather(image, window, top_row, rows, first, channels, patches):
    """Write the patches of some rows of outputs; outside the image they are 0.

    image: (H, W, C), patches: (rows · OW, KH · KW · channels)
    """
    kh, kw, sh, sw, dh, dw = window[0], window[1], window[2], window[3], window[4], window[5]
    top, left, ow = window[6], window[7], window[9]
    height, width, all_channels = image.shape
    pixels = image.reshape(-1)
    whole_runs = dw == 1 and channels == all_channels
    for y in range(rows):
        for ox in range(ow):
            patch = patches[y * ow + ox]
            to = 0
            for ky in range(kh):
                iy = (top_row + y) * sh + ky * dh - top
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
                    x = ix + kx * dw
                    if 0 <= iy < height and 0 <= x < width:
                        start = (iy * width + x) * all_channels + first
                        run, into = pixels[start : start + channels], patch[to : to + channels]
                        for c in range(len(run)):
                            into[c] = run[c]
                    else:
                        for c in range(channels):
                            patch[to + c] = 0
                    to += channels


def scatter(patches, window, top_row, rows, first, channels, image):
    """Add patches to the pixels they came from: the transpose of :func:`gather`."""
    kh, kw, sh, sw, dh, dw = window[0], window[1], window[2], window[3], window[4], window[5]
    top, left, ow = window[6], window[7], window[9]
    height, width, all_channels = image.shape
    pixels = image.reshape(-1)
    whole_runs = dw == 1 and channels == all_channels
    for y in range(rows):
        for ox in range(ow):
            patch = patches[y * ow + ox]
            of = 0
            for ky in range(kh):
                iy = (top_row + y) * sh + ky * dh - top
                ix = ox * sw - left
                if iy < 0 or iy >= height:
                    of += kw * channels
                    continue
                if whole_runs and ix >= 0 and ix + kw <= width:
                    start = (iy * width + ix) * channels
                    run, into = (
                        patch[of : of + kw * channels],
                        pixels[start : start + kw * channels],
                    )
                    for i in range(len(run)):
                        into[i] += run[i]
                    of += kw * channels
                    continue
                for kx in range(kw):
                    x = ix + kx * dw
                    if 0 <= x < width:
                        start = (iy * width + x) * all_channels + first
                        run, into = patch[of : of + channels], pixels[start : start + channels]
                        for c in range(len(run)):
                            into[c] += run[c]
                    of += channels
