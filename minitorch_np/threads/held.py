"""Holding BLAS to one thread inside compiled code, for the time of one product.

The same as :class:`~minitorch_np.threads.blas.SingleThread` without a way through Python, which
takes longer than a small product when the network before has filled the caches.

A block of words holds it together: a lock, how many are inside, the addresses of BLAS's functions
that get and set its number of threads, and the number that is to be given back.
"""

# mypy: ignore-errors
import numpy as np
from numba import njit

from minitorch_np.threads.intrinsics import ask, call, exchange, load, pause, store

__all__ = ["give_back", "hold", "lock"]

LOCK, INSIDE, GET, SET, BEFORE = 0, 8, 16, 24, 32  # places of the words, in bytes


@njit
def lock(words):
    """Wait until nobody else changes the words, and keep others from it."""
    while not exchange(words + LOCK, 0, 1):
        pause()


@njit
def hold(words):
    """Have BLAS run on one thread until everyone who is inside has given it back."""
    lock(words)
    inside = load(words + INSIDE)
    if inside == 0:
        before = ask(load(words + GET))
        store(words + BEFORE, before)
        if before > 1:
            call(load(words + SET), (np.int32(1),))
    store(words + INSIDE, inside + 1)
    store(words + LOCK, 0)


@njit
def give_back(words):
    """Leave; the last sets BLAS's number of threads as it was."""
    lock(words)
    inside = load(words + INSIDE) - 1
    if inside == 0 and load(words + BEFORE) > 1:
        call(load(words + SET), (np.int32(load(words + BEFORE)),))
    store(words + INSIDE, inside)
    store(words + LOCK, 0)
