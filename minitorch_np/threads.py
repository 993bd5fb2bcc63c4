"""How many threads an operation gets: the one place that decides.

Work is spread over the package's own threads alone: slices of a matrix product, of a compiled
loop, or of plain NumPy, all of which release the GIL. BLAS is held to one thread meanwhile and is
afterwards as the user set it; its own pool never wakes, so there are never two awake at once, which
ruins both. Small work gets one thread.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from minitorch_np.blas import SingleThread
from minitorch_np.checks import positive_int
from minitorch_np.crew import Crew

__all__ = [
    "get_num_threads",
    "matmul",
    "set_num_threads",
    "side_by_side",
    "slices",
    "together",
]

# Multiply-adds of one matrix product. Below the first, BLAS keeps to one thread by itself, and
# holding it there would cost more than the product. Waking another core takes some 100 us, so a
# product has to take several times that before it is worth it: GRAIN for each thread. Bands of few
# rows are slow, so such a product is cut into columns.
UNHELD = 1 << 19
GRAIN = 12_000_000
FEW_ROWS = 256

_num_threads: int | None = None
_crew = Crew()
_one_blas_thread = SingleThread()


def get_num_threads() -> int:
    """Return the most threads that one operation may use.

    That is what :func:`set_num_threads` was given; else the environment variable
    ``MINITORCH_NP_NUM_THREADS``, or ``OMP_NUM_THREADS``; else the number of cores this process may
    run on.

    Examples
    --------
    >>> import minitorch_np as mt
    >>> mt.get_num_threads() >= 1
    True
    """
    global _num_threads
    if _num_threads is None:
        _num_threads = _threads_of_environment()
    return _num_threads


def set_num_threads(n: int) -> None:
    """Let one operation use at most ``n`` threads.

    Parameters
    ----------
    n : int
        At least 1.

    Raises
    ------
    ValueError
        If ``n`` is not a positive integer.

    Examples
    --------
    >>> import minitorch_np as mt
    >>> before = mt.get_num_threads()
    >>> mt.set_num_threads(1)
    >>> mt.get_num_threads()
    1
    >>> mt.set_num_threads(before)
    """
    global _num_threads
    _num_threads = positive_int("set_num_threads", "n", n)


def matmul(a: np.ndarray, b: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """``a @ b`` on as many threads as the product can feed.

    Parameters
    ----------
    a : ndarray of shape (..., n, k)
    b : ndarray of shape (k, m)
    out : ndarray of shape (..., n, m), optional

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.threads import matmul
    >>> matmul(np.eye(2), np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[1., 2.],
           [3., 4.]])
    """
    work = a.size * b.shape[-1]
    if work < UNHELD:
        return np.matmul(a, b, out=out)
    with _one_blas_thread:
        if work < 2 * GRAIN or get_num_threads() == 1 or not _can_split(a, b, out):
            return np.matmul(a, b, out=out)
        return _split_matmul(a, b, out, work)


def _can_split(a: np.ndarray, b: np.ndarray, out: np.ndarray | None) -> bool:
    """Whether bands of the product can be written side by side."""
    if a.ndim != 2 or b.ndim != 2:
        return False
    return out is None or (
        out.shape == (len(a), b.shape[1])
        and not np.may_share_memory(out, a)
        and not np.may_share_memory(out, b)
    )


def _split_matmul(a: np.ndarray, b: np.ndarray, out: np.ndarray | None, work: int) -> np.ndarray:
    """The product in bands of rows, or of columns where the rows are few."""
    n, m = a.shape[0], b.shape[1]
    y = np.empty((n, m), np.result_type(a, b)) if out is None else out
    if n >= FEW_ROWS:
        bands = slices(n, -(-n * GRAIN // work))
        side_by_side([partial(np.matmul, a[band], b, out=y[band]) for band in bands])
    else:
        bands = slices(m, -(-m * GRAIN // work))
        side_by_side([partial(np.matmul, a, b[:, band], out=y[:, band]) for band in bands])
    return y


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
    parts = max(1, min(get_num_threads(), n // grain))
    edges = [n * i // parts for i in range(parts + 1)]
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
    if len(jobs) == 1 or not _crew.run(jobs):
        for job in jobs:
            job()


def together(work: int, first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
    """Return ``first(), second()``, run side by side if there is enough to do.

    Parameters
    ----------
    work : int
        Multiply-adds of each.
    first, second : callable
        Must not depend on each other.

    Examples
    --------
    >>> from minitorch_np.threads import together
    >>> together(1, lambda: 2, lambda: 3)
    (2, 3)
    """
    if work < GRAIN or get_num_threads() == 1:
        return first(), second()
    results: list[Any] = [None, None]

    def run(i: int, job: Callable[[], Any]) -> None:
        results[i] = job()

    if not _crew.run([partial(run, 0, first), partial(run, 1, second)]):
        return first(), second()
    return results[0], results[1]


def _threads_of_environment() -> int:
    for name in ("MINITORCH_NP_NUM_THREADS", "OMP_NUM_THREADS"):
        text = os.environ.get(name, "").strip()
        if text.isdecimal() and int(text):
            return int(text)
        if text and name.startswith("MINITORCH"):
            raise ValueError(f"{name}: expected an integer of at least 1, got {text!r}")
    return _available_cores()


def _available_cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # absent on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
