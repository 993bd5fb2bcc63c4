"""Convolution in compiled loops: patches of an image, then a product, while they are in the cache.

Images lie channels last. The weight is a matrix for each group, a column an output channel, its
rows in the order of a patch: (G, KH · KW · C/G, O/G).
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"
from __future__ import annotations

from minitorch_np.threads import ThreadedLoop, multiply

__all__ = ["backward", "forward"]


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


@ThreadedLoop(
    "intp, intp[::1], real[:, :, :, ::1], real[:, :, ::1], real[::1], real[:, :, ::1],"
    " real[:, :, :, ::1]"
)
def forward(first, last, part, gemm, window, x, w, b, room, y):
    """y = patches(x) w + b, for the rows of outputs ``first`` to ``last`` of all images.

    x: (N, H, W, C), w: (G, KH · KW · C/G, O/G), room: (parts, rows · OW, KH · KW · C/G),
    y: (N, OH, OW, O)
    """
    oh, ow, groups = y.shape[1], y.shape[2], len(w)
    outputs = y.reshape(-1, y.shape[3])
    channels, features = x.shape[3] // groups, w.shape[2]
    at_once = room.shape[1] // ow
    row = first
    while row < last:
        n, oy = row // oh, row % oh
        rows = min(at_once, oh - oy, last - row)
        patches = room[part, : rows * ow]
        out = outputs[row * ow : (row + rows) * ow]
        for g in range(groups):
            gather(x[n], window, oy, rows, g * channels, channels, patches)
            multiply(gemm, patches, w[g], out[:, g * features : (g + 1) * features], 0.0)
        for i in range(len(out)):
            for o in range(len(b)):
                out[i, o] += b[o]
        row += rows


@ThreadedLoop(
    "intp, intp[::1], real[:, :, :, ::1], real[:, :, ::1], real[:, :, :, ::1],"
    " real[:, :, ::1], real[:, :, :, ::1], real[:, ::1], real[:, :, :, ::1]"
)
def backward(first, last, part, gemm, window, x, w, dy, room, dw, db, dx):
    """dw = patches(x)ᵀ dy, db = Σ dy, dx = scatter(dy wᵀ), for some images.

    Every part has a dw (parts, G, KH · KW · C/G, O/G) and a db (parts, O) of its own. An empty dx
    is not wanted.
    """
    oh, ow, groups = dy.shape[1], dy.shape[2], len(w)
    channels, features = x.shape[3] // groups, w.shape[2]
    at_once = room.shape[1] // ow
    dw[part] = 0
    db[part] = 0
    for n in range(first, last):
        own, line = db[part] * 0, db[part] * 0  # summed in steps, to stay accurate
        if dx.size:
            dx[n] = 0
        for oy in range(0, oh, at_once):
            rows = min(at_once, oh - oy)
            patches = room[part, : rows * ow]
            up = dy[n, oy : oy + rows].reshape(-1, dy.shape[3])
            for y in range(rows):
                line[:] = 0
                for row in up[y * ow : (y + 1) * ow]:
                    for o in range(len(line)):
                        line[o] += row[o]
                own += line
            for g in range(groups):
                gather(x[n], window, oy, rows, g * channels, channels, patches)
                upstream = up[:, g * features : (g + 1) * features]
                multiply(gemm, patches.T, upstream, dw[part, g], 1.0)
                if dx.size:
                    multiply(gemm, upstream, w[g].T, patches, 0.0)
                    scatter(patches, window, oy, rows, g * channels, channels, dx[n])
        db[part] += own
