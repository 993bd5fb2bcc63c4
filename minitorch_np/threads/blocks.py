"""Work on large arrays, a block that stays in the cache at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeVar

from minitorch_np.threads.split import equal_slices, parts, side_by_side

__all__ = ["in_blocks"]

Result = TypeVar("Result")


def in_blocks(
    job: Callable[[slice], Result], length: int, at_once: int, grain: int
) -> list[Result]:
    """Return what ``job`` says of blocks of ``range(length)``, each done by whoever is free.

    Which blocks there are depends on the number of threads alone. A thread that has to be woken
    comes later than the caller, and so does fewer of them.

    Parameters
    ----------
    job : callable
        As :func:`~minitorch_np.threads.side_by_side` wants them.
    length : int
    at_once : int
        How many elements a block has, at most; four times as many on several threads. There each
        of NumPy's passes has to take long beside what it takes to get hold of the interpreter, and
        that outweighs the cache.
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
    most = at_once if threads == 1 else 4 * at_once
    rounds = -(-length // (threads * most))
    left = deque(enumerate(equal_slices(length, rounds * threads)))
    results: dict[int, Result] = {}

    def share() -> None:
        while left:
            try:
                i, block = left.popleft()
            except IndexError:  # another thread took the last one
                return
            results[i] = job(block)

    side_by_side([share] * threads)
    return [results[i] for i in sorted(results)]
