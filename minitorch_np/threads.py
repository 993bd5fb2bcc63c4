"""How many threads an operation gets: the one place that decides.

Three things can use several cores here: BLAS inside a matrix product, the compiled loops of the
optimizers, and plain NumPy over slices of an array. Two pools that are awake at once ruin each
other (idle BLAS threads spin), so each operation is given to one of them, small work gets one
thread, and what a user set for BLAS outside is as it was afterwards.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

__all__ = ["get_num_threads", "matmul", "set_num_threads", "split"]

# Multiply-adds of one matrix product. Below the first, BLAS stays on one thread by itself and
# controlling it would cost more than the product; each GRAIN of work can feed one more thread.
# Measured with benchmarks/train_mlp.py: 64 x 128 x 128 (1 M) is slower on two threads than on
# one, 64 x 784 x 128 (6.4 M) is faster.
UNCONTROLLED = 1 << 19
GRAIN = 3_000_000

_num_threads: int | None = None


def get_num_threads() -> int:
    """Return the most threads that one operation may use.

    That is what :func:`set_num_threads` was given, else the environment variable
    ``MINITORCH_NP_NUM_THREADS``, else the number of cores this process may run on.

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
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise ValueError(f"set_num_threads: expected an integer of at least 1, got {n!r}")
    _num_threads = n
    _Pool.forget()


def matmul(a: np.ndarray, b: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """``a @ b`` on as many BLAS threads as the product can feed.

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
    if work < UNCONTROLLED:
        return np.matmul(a, b, out=out)
    with _blas.limited(min(get_num_threads(), work // GRAIN) or 1):
        return np.matmul(a, b, out=out)


def split(n: int, grain: int, work: Callable[[int, int], Any]) -> None:
    """Call ``work(start, stop)`` over slices that cover ``range(n)``, each on a thread.

    Parameters
    ----------
    n : int
        Number of elements.
    grain : int
        The fewest elements that are worth a thread of their own.
    work : callable
        Must release the GIL for most of its time, and touch nothing outside its slice.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorch_np.threads import split
    >>> x = np.arange(6)
    >>> split(6, 3, lambda start, stop: np.negative(x[start:stop], out=x[start:stop]))
    >>> x
    array([ 0, -1, -2, -3, -4, -5])
    """
    parts = min(get_num_threads(), n // grain)
    if parts <= 1:
        work(0, n)
        return
    edges = [n * i // parts for i in range(parts + 1)]
    pool = _Pool.get()
    (first, *others) = itertools.pairwise(edges)
    futures = [pool.submit(work, start, stop) for start, stop in others]
    try:
        work(*first)
    finally:
        for future in futures:
            future.result()


def _threads_of_environment() -> int:
    text = os.environ.get("MINITORCH_NP_NUM_THREADS")
    if text is None:
        return _available_cores()
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(
            f"MINITORCH_NP_NUM_THREADS: expected an integer of at least 1, got {text!r}"
        )
    return int(text)


def _available_cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # absent on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Blas:
    """BLAS's own thread count, lowered for a ``with`` block and put back after the last one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._libraries: list[Any] | None = None
        self._inside = 0
        self._outer: list[int] = []
        self._current = 0
        self._wanted = threading.local()

    def limited(self, n: int) -> _Blas:
        self._wanted.n = n
        return self

    def __enter__(self) -> None:
        with self._lock:
            if self._libraries is None:
                from threadpoolctl import ThreadpoolController  # here: import on first use

                controllers = ThreadpoolController().select(user_api="blas").lib_controllers
                self._libraries = list(controllers)
            if self._inside == 0:
                self._outer = [library.get_num_threads() for library in self._libraries]
            self._inside += 1
            for library, outer in zip(self._libraries, self._outer, strict=True):
                if outer > self._wanted.n:
                    library.set_num_threads(self._wanted.n)

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                for library, outer in zip(self._libraries or (), self._outer, strict=True):
                    if outer > 1:
                        library.set_num_threads(outer)


_blas = _Blas()


class _Pool:
    """The package's own threads, started at the first need and forgotten by a forked child."""

    _executor: ThreadPoolExecutor | None = None
    _lock = threading.Lock()

    @classmethod
    def get(cls) -> ThreadPoolExecutor:
        with cls._lock:
            if cls._executor is None:
                from concurrent.futures import ThreadPoolExecutor

                cls._executor = ThreadPoolExecutor(
                    max(1, get_num_threads() - 1), thread_name_prefix="minitorch_np"
                )
            return cls._executor

    @classmethod
    def forget(cls) -> None:
        with cls._lock:
            executor, cls._executor = cls._executor, None
        if executor is not None:
            executor.shutdown(wait=False)

    @classmethod
    def after_fork(cls) -> None:
        cls._executor = None
        cls._lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_Pool.after_fork)
