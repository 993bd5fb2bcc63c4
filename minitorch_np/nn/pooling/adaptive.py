"""Windows that divide an image, whatever its size, into a given number of parts."""

from __future__ import annotations

from collections.abc import Sequence

from minitorch_np.checks import positive_int

__all__ = ["OutputSize", "checked_output_size", "resolved", "spans"]

OutputSize = int | tuple[int | None, int | None]


def checked_output_size(owner: str, output_size: int | Sequence[int | None]) -> OutputSize:
    """Return a number, or a pair of numbers or None, as it is; or say what came."""
    if not isinstance(output_size, Sequence):
        return positive_int(owner, "output_size", output_size)
    if len(output_size) != 2:
        raise ValueError(
            f"{owner}: expected output_size to be a number or two, got {output_size!r}"
        )
    rows, columns = (
        None if size is None else positive_int(owner, "output_size", size) for size in output_size
    )
    return rows, columns


def resolved(output_size: OutputSize, height: int, width: int) -> tuple[int, int]:
    """Return (OH, OW); None stands for the image's own size.

    Examples
    --------
    >>> from minitorch_np.nn.pooling.adaptive import resolved
    >>> resolved(2, 5, 6), resolved((None, 3), 5, 6)
    ((2, 2), (5, 3))
    """
    if isinstance(output_size, int):
        return output_size, output_size
    rows, columns = output_size
    return height if rows is None else rows, width if columns is None else columns


def spans(size: int, parts: int) -> list[slice]:
    """Return the window of each output along an axis: pixels ⌊i H / OH⌋ to ⌈(i + 1) H / OH⌉.

    Examples
    --------
    >>> from minitorch_np.nn.pooling.adaptive import spans
    >>> spans(5, 2)
    [slice(0, 3, None), slice(2, 5, None)]
    """
    return [slice(i * size // parts, -(-(i + 1) * size // parts)) for i in range(parts)]
