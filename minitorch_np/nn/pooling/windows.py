"""Windows that slide over images to be pooled: which pixels each of them sees."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

__all__ = ["Axis", "Shift", "Windows", "place_dtype", "windows_over"]

# The number of a place, which outputs see a pixel there, and which pixels these are.
Shift = tuple[int, tuple[slice, slice, slice], tuple[slice, slice, slice]]

GRAIN = 300_000  # pixels seen that are worth a thread
REMEMBERED = 64  # sizes of images


class Axis(NamedTuple):
    """How a window slides along the rows, or the columns, of an image."""

    kernel: int
    stride: int
    padding: int
    dilation: int
    ceil_mode: bool

    def outputs(self, size: int) -> int:
        """Return how many windows there are along ``size`` pixels.

        The last one begins inside the image or in the padding before it, also where ``ceil_mode``
        lets it stick out.

        Examples
        --------
        >>> from minitorch_np.nn.pooling.windows import Axis
        >>> Axis(2, 2, 0, 1, False).outputs(5), Axis(2, 2, 0, 1, True).outputs(5)
        (2, 3)
        """
        room = size + 2 * self.padding - self.dilation * (self.kernel - 1) - 1
        if not self.ceil_mode:
            return room // self.stride + 1
        moves = -(-room // self.stride)
        return moves if moves * self.stride >= size + self.padding else moves + 1

    def pixels(self, size: int) -> np.ndarray:
        """Return which pixel each window sees at each of its places, -1 for none.   (O, K)

        Examples
        --------
        >>> from minitorch_np.nn.pooling.windows import Axis
        >>> Axis(3, 2, 1, 1, False).pixels(4)
        array([[-1,  0,  1],
               [ 1,  2,  3]])
        """
        pixels = self._starts(size) + np.arange(self.kernel) * self.dilation
        pixels[(pixels < 0) | (pixels >= size)] = -1
        return pixels

    def seers(self, size: int) -> np.ndarray:
        """Return which windows see each pixel, and at which place, -1 for none.   (size, D, 2)

        Examples
        --------
        >>> from minitorch_np.nn.pooling.windows import Axis
        >>> Axis(3, 2, 1, 1, False).seers(4).tolist()
        [[[0, 1], [-1, -1]], [[0, 2], [1, 0]], [[1, 1], [-1, -1]], [[1, 2], [-1, -1]]]
        """
        seers: list[list[tuple[int, int]]] = [[] for _ in range(size)]
        for output, window in enumerate(self.pixels(size).tolist()):
            for place, pixel in enumerate(window):
                if pixel >= 0:
                    seers[pixel].append((output, place))
        most = max(len(some) for some in seers)
        even = [some + [(-1, -1)] * (most - len(some)) for some in seers]
        return np.array(even, np.intp).reshape(size, most, 2)

    def extents(self, size: int) -> np.ndarray:
        """Return how far each window reaches over the padded image.   (O,)"""
        starts = self._starts(size)[:, 0]
        return np.minimum(starts + self.kernel, size + self.padding) - starts

    def _starts(self, size: int) -> np.ndarray:
        return np.arange(self.outputs(size))[:, None] * self.stride - self.padding


class Windows:
    """All that decides which pixels of an image an output sees; see :func:`windows_over`.

    Output (oy, ox) sees at place (ky, kx), number ky · KW + kx, the pixel
    (rows[oy, ky], columns[ox, kx]), and nothing where one of them is -1. The other way round, pixel
    (iy, ix) is seen by the outputs (above[iy, i, 0], beside[ix, j, 0]), at their places
    (above[iy, i, 1], beside[ix, j, 1]).

    Attributes
    ----------
    rows : ndarray of shape (OH, KH)
    columns : ndarray of shape (OW, KW)
    above : ndarray of shape (H, D, 2)
    beside : ndarray of shape (W, D, 2)
    """

    def __init__(self, rows: Axis, columns: Axis, height: int, width: int) -> None:
        self.rows, self.columns = rows.pixels(height), columns.pixels(width)
        self.above, self.beside = rows.seers(height), columns.seers(width)
        for table in (self.rows, self.columns, self.above, self.beside):
            table.flags.writeable = False

    @property
    def out(self) -> tuple[int, int]:
        """(OH, OW)."""
        return len(self.rows), len(self.columns)

    @property
    def places(self) -> int:
        """KH · KW."""
        return self.rows.shape[1] * self.columns.shape[1]

    @cached_property
    def first(self) -> np.ndarray:
        """The number of the first place where each output sees a pixel.   (OH, OW)"""
        down, right = ((pixels >= 0).argmax(axis=1) for pixels in (self.rows, self.columns))
        return down[:, None] * self.columns.shape[1] + right

    def seen(self) -> np.ndarray:
        """Return how many pixels each output sees.   (OH, OW)"""
        down, right = ((pixels >= 0).sum(axis=1) for pixels in (self.rows, self.columns))
        return down[:, None] * right

    @cached_property
    def overlap(self) -> bool:
        """Whether a pixel is seen by two outputs."""
        return max(self.above.shape[1], self.beside.shape[1]) > 1

    @cached_property
    def stay_inside(self) -> bool:
        """Whether every output sees a pixel at each of its places."""
        return min(self.rows.min(), self.columns.min()) >= 0

    @cached_property
    def cover(self) -> bool:
        """Whether every pixel is seen by an output."""
        return all(seers.size and seers[:, 0].min() >= 0 for seers in (self.above, self.beside))

    @cached_property
    def shifts(self) -> list[Shift]:
        """Each place's number, the outputs that see a pixel there, and these pixels.

        Outputs and pixels are indices of arrays (N, OH, OW, C) and (N, H, W, C).
        """
        every, width = slice(None), self.columns.shape[1]
        return [
            (ky * width + kx, (every, oy, ox), (every, iy, ix))
            for ky, oy, iy in _along(self.rows)
            for kx, ox, ix in _along(self.columns)
        ]

    def grain(self, channels: int) -> int:
        """Return how many images are worth a thread."""
        return max(1, GRAIN // (channels * self.rows.size * self.columns.size))


@lru_cache(maxsize=REMEMBERED)
def windows_over(rows: Axis, columns: Axis, height: int, width: int) -> Windows:
    """Return the windows that slide over images of ``height`` times ``width`` pixels.

    Examples
    --------
    >>> from minitorch_np.nn.pooling.windows import Axis, windows_over
    >>> two = Axis(2, 2, 0, 1, False)
    >>> windows_over(two, two, 4, 6).out
    (2, 3)
    """
    return Windows(rows, columns, height, width)


def _along(pixels: np.ndarray) -> Iterator[tuple[int, slice, slice]]:
    """For each place: which outputs see a pixel there, and which.   pixels: (O, K)"""
    for k, seen in enumerate(pixels.T.tolist()):
        outputs = [o for o, pixel in enumerate(seen) if pixel >= 0]
        if outputs:
            first, last = outputs[0], outputs[-1]
            stride = seen[first + 1] - seen[first] if last > first else 1
            yield k, slice(first, last + 1), slice(seen[first], seen[last] + 1, stride)


def place_dtype(places: int) -> np.dtype:
    """Return the integers that number the places of a window."""
    return np.dtype(np.int8 if places <= 127 else np.int32)
