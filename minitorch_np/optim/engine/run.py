"""Running a formula on the engine that is chosen."""

from __future__ import annotations

import os
import threading

import numpy as np

from minitorch_np.engine import compile_or_warn, get_engine
from minitorch_np.optim.engine import numpy_engine
from minitorch_np.optim.engine.formula import Rule, Update

__all__ = ["apply"]

Key = tuple[str, Rule, np.dtype, bool]

_updates: dict[Key, Update] = {}
_lock = threading.Lock()


def apply(
    rule: Rule,
    p: np.ndarray,
    g: np.ndarray,
    slots: tuple[np.ndarray, ...],
    scalars: tuple[float, ...],
    maximize: bool = False,
) -> None:
    """Run ``rule`` over flat memory, changing ``p`` and the slots in place.

    Parameters
    ----------
    rule : callable
        See :mod:`minitorch_np.optim.engine.formula`.
    p, g : ndarray of shape (n,)
    slots : tuple of ndarray of shape (n,)
    scalars : tuple of float
    maximize : bool
        Give the formula -g for g.
    """
    key = (get_engine(), rule, p.dtype, maximize)
    update = _updates.get(key) or _build(key, len(slots))
    # An option given as an int or a NumPy scalar would be a type of its own, compiled anew.
    update(p, g, *slots, *map(float, scalars))


def _build(key: Key, slots: int) -> Update:
    engine, rule, _, maximize = key
    with _lock:
        if key not in _updates:
            update = _build_compiled(key, slots) if engine == "numba" else None
            _updates[key] = update or numpy_engine.build(rule, slots, maximize)
        return _updates[key]


def _build_compiled(key: Key, slots: int) -> Update | None:
    from minitorch_np.optim.engine import numba_engine

    _, rule, dtype, maximize = key
    return compile_or_warn(
        rule.__qualname__, lambda: numba_engine.build(rule, slots, dtype, maximize)
    )


def _after_fork() -> None:
    """Another thread of the parent may have been compiling; it does not exist in the child."""
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
