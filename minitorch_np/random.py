"""The package's one random generator, and how everything random takes another."""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias

import numpy as np

__all__ = ["Rng", "drawing_from", "get_rng", "manual_seed", "set_rng_state"]

# What an ``rng=`` argument may be; a string, so that numpy.random is imported at its first use.
Rng: TypeAlias = "np.random.Generator | int | None"

_generator: np.random.Generator | None = None  # made at the first need
_lent: ContextVar[np.random.Generator | None] = ContextVar("lent", default=None)


def manual_seed(seed: int) -> np.random.Generator:
    """Seed the generator that layers, initialisation and data use by default, and return it.

    NumPy's global state is neither read nor changed.

    Parameters
    ----------
    seed : int
        Any integer >= 0. Same seed, same machine, same thread count: the same bits.

    Returns
    -------
    numpy.random.Generator

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

    Returns
    -------
    numpy.random.Generator

    Examples
    --------
    >>> from minitorch_np.random import get_rng
    >>> get_rng(3).random() == get_rng(3).random()
    True
    """
    global _generator
    if rng is not None:
        return np.random.default_rng(rng)
    lent = _lent.get()
    if lent is not None:
        return lent
    if _generator is None:
        _generator = np.random.default_rng()
    return _generator


def set_rng_state(rng: np.random.Generator, state: Any) -> None:
    """Let ``rng`` draw what one in this state would.

    Parameters
    ----------
    rng : numpy.random.Generator
    state : dict
        What ``rng.bit_generator.state`` was.

    Raises
    ------
    ValueError
        If it is no state of a generator of this kind; nothing has changed.

    Examples
    --------
    >>> from minitorch_np.random import get_rng, set_rng_state
    >>> rng = get_rng(3)
    >>> state, x = rng.bit_generator.state, rng.random()
    >>> set_rng_state(rng, state)
    >>> rng.random() == x
    True
    """
    before = rng.bit_generator.state
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # NumPy 1 only warns of numbers out of range
            rng.bit_generator.state = state
    except (TypeError, ValueError, KeyError, OverflowError, DeprecationWarning) as error:
        rng.bit_generator.state = before
        reason = str(error).partition("\n")[0]
        raise ValueError(
            f"expected the state of a {type(rng.bit_generator).__name__}, got none ({reason})"
        ) from None


@contextmanager
def drawing_from(rng: np.random.Generator) -> Iterator[None]:
    """Let ``rng`` stand for the package's own generator within a ``with`` block of this thread.

    Parameters
    ----------
    rng : numpy.random.Generator

    Examples
    --------
    >>> from minitorch_np.random import drawing_from, get_rng
    >>> with drawing_from(get_rng(3)):
    ...     x = get_rng().random()
    >>> x == get_rng(3).random()
    True
    """
    token = _lent.set(rng)
    try:
        yield
    finally:
        _lent.reset(token)


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
