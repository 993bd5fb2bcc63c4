"""How many threads an operation gets."""

from __future__ import annotations

import os

from minitorch_np.checks import positive_int

__all__ = ["get_num_threads", "set_num_threads"]

_num_threads: int | None = None


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
