"""Work in parts, one for each thread."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch_np.threads.crew import crew
from minitorch_np.threads.number import get_num_threads

__all__ = ["equal_slices", "parts", "side_by_side", "slices", "spread"]


def slices(n: int, grain: int) -> list[slice]:
    """Return slices that cover ``range(n)``, one for each thread that is worth it.

    Parameters
    ----------
    n : int
        Number of elements.
    grain : int
        The fewest elements that are worth a thread of their own.

    Examples
    --------
    >>> from minitorch_np.threads import slices
    >>> slices(6, 4)
    [slice(0, 6, None)]
    """
    return equal_slices(n, parts(n, grain))


def parts(n: int, grain: int) -> int:
    """Return how many threads ``n`` elements are worth, if each needs ``grain`` at least.

    Examples
    --------
    >>> from minitorch_np.threads import parts
    >>> parts(6, 4)
    1
    """
    return max(1, min(get_num_threads(), n // grain))


def equal_slices(n: int, count: int) -> list[slice]:
    """Return ``count`` slices that cover ``range(n)``.

    Examples
    --------
    >>> from minitorch_np.threads.split import equal_slices
    >>> equal_slices(5, 2)
    [slice(0, 2, None), slice(2, 5, None)]
    """
    edges = [n * i // count for i in range(count + 1)]
    return [slice(*pair) for pair in itertools.pairwise(edges)]


def side_by_side(jobs: Sequence[Callable[[], Any]]) -> None:
    """Call ``jobs``, each on a thread; one after the other if others are at it already.

    A job must release the GIL for most of its time, and touch nothing that another does. It should
    hold its slices ready: Python on a thread that has just been woken is ten times as slow.

    Examples
    --------
    >>> from functools import partial
    >>> import numpy as np
    >>> from minitorch_np.threads import side_by_side, slices
    >>> x = np.arange(6)
    >>> side_by_side([partial(np.negative, x[part], out=x[part]) for part in slices(6, 3)])
    >>> x
    array([ 0, -1, -2, -3, -4, -5])
    """
    if len(jobs) == 1 or not crew.run(jobs):
        for job in jobs:
            job()


def spread(function: int, blocks: np.ndarray, wake: bool, blas: int = 0) -> bool:
    """Call a compiled function on blocks of words, side by side; False if that cannot be now.

    Parameters
    ----------
    function : int
        The address of a C function that takes the address of a block.
    blocks : int64 ndarray of shape (parts, words)
    wake : bool
        Whether the work is worth waking threads for. If not, they are only woken when it comes
        often.
    blas : int
        The words by which BLAS is held to one thread meanwhile (``held.py``); 0 if it need not.
    """
    return crew.spread(function, blocks, wake, blas)
