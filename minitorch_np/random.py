"""The package's one random generator, and how everything random takes another."""

from __future__ import annotations

import importlib
import os
from typing import TypeAlias

import numpy as np

__all__ = ["Rng", "get_rng", "manual_seed"]

# What an ``rng=`` argument may be; a string, so that numpy.random is imported at its first use.
Rng: TypeAlias = "np.random.Generator | int | None"

_generator: np.random.Generator | None = None  # made at the first need


def manual_seed(seed: int) -> np.random.Generator:
    """Seed the generator that layers, initialisation and data use by default, and return it.

    NumPy's global state is neither read nor changed.

    Parameters
    ----------
    seed : int
        Any integer >= 0. Same seed, same machine, same thread count: the same bits.

    Examples
    --------
    >>> import minitorch_np as mt
    >>> a = mt.manual_seed(0).random()
    >>> b = mt.manual_seed(0).random()
    >>> a == b
    True
    """
    global _generator
    _generator = np.random.default_rng(seed)
    return _generator


def get_rng(rng: Rng = None) -> np.random.Generator:
    """Return the generator that an ``rng=`` argument means.

    Parameters
    ----------
    rng : numpy.random.Generator, int or None
        A generator is used as it is, an integer seeds a new one, None is the package's own.

    Examples
    --------
    >>> from minitorch_np.random import get_rng
    >>> get_rng(3).random() == get_rng(3).random()
    True
    """
    global _generator
    if rng is not None:
        return np.random.default_rng(rng)
    if _generator is None:
        _generator = np.random.default_rng()
    return _generator


_held: list[np.random.Generator] = []


def _hold() -> None:
    """Before a fork: wait until nobody draws, or the child would inherit a lock held for ever."""
    importlib.import_module("numpy.random")  # a thread may be importing it, under a lock too
    if _generator is not None:
        _generator.bit_generator.lock.acquire()
        _held.append(_generator)


def _let_go() -> None:
    while _held:
        _held.pop().bit_generator.lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_hold, after_in_parent=_let_go, after_in_child=_let_go)
