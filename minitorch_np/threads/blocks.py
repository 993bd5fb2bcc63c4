"""Work on large arrays, a block that stays in the cache at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from minitorch_np.threads.split import equal_slices, parts, side_by_side

__all__ = ["at_once_on", "in_blocks"]

Result = TypeVar("Result")


def in_blocks(
    job: Callable[[slice], Result], length: int, at_once: int, grain: int
) -> list[Result]:
    """Return what ``job`` says of blocks of ``range(length)``, one after the other on each thread.

    Parameters
    ----------
    job : callable
        As :func:`~minitorch_np.threads.side_by_side` wants them.
    length : int
    at_once : int
        How many elements a block has, at most; see :func:`at_once_on`.
    grain : int
        The fewest elements that are worth a thread of their own.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.threads import in_blocks
    >>> x = np.arange(5)
    >>> [int(total) for total in in_blocks(lambda block: x[block].sum(), 5, at_once=2, grain=5)]
    [0, 3, 7]
    """
    if not length:
        return []
    threads = parts(length, grain)
    rounds = -(-length // (threads * at_once_on(threads, at_once)))
    count = rounds * threads
    blocks = equal_slices(length, count)
    results: dict[int, Result] = {}

    def share(some: slice) -> None:
        for i in range(some.start, some.stop):
            results[i] = job(blocks[i])

    side_by_side([partial(share, some) for some in equal_slices(count, threads)])
    return [results[i] for i in range(count)]


def at_once_on(threads: int, at_once: int) -> int:
    """Return how many elements a block may have: on several threads twice as many as on one.

    There each of NumPy's passes has to take long beside what it takes to get hold of the
    interpreter, and that outweighs the cache.

    Examples
    --------
    >>> from minitorch_np.threads import at_once_on
    >>> at_once_on(1, 100), at_once_on(2, 100), at_once_on(8, 100)
    (100, 200, 200)
    """
    return at_once if threads == 1 else 2 * at_once
