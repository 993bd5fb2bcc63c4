"""Which engine runs, and running a formula on it."""

from __future__ import annotations

import os
import threading
from typing import Any

import numpy as np

from minitorch_np.optim.engine import numpy_engine
from minitorch_np.optim.engine.formula import Rule, Update
from minitorch_np.threads import split
from minitorch_np.warning import warn

__all__ = ["apply", "get_engine", "set_engine"]

ENGINES = ("auto", "numpy", "numba")
GRAIN = 200_000  # elements a thread: below, handing work over costs more than it saves

_chosen: str | None = None
_resolved: str | None = None
_updates: dict[tuple[str, Rule, np.dtype], Update] = {}
_lock = threading.Lock()


def set_engine(name: str) -> None:
    """Choose how optimizers run their formulas.

    Parameters
    ----------
    name : {"auto", "numpy", "numba"}
        "numpy" runs the formula on blocks, "numba" (the extra ``fast``) compiles it into one
        fused loop, "auto" takes numba where it works. The results agree to rounding. The
        environment variable ``MINITORCH_NP_ENGINE`` chooses for a whole process.

    Raises
    ------
    ValueError
        If the name is unknown.
    RuntimeError
        If numba is asked for and cannot be imported.

    Examples
    --------
    >>> import minitorch_np as mt
    >>> mt.set_engine("numpy")
    >>> mt.get_engine()
    'numpy'
    >>> mt.set_engine("auto")
    """
    global _chosen, _resolved
    _resolved = _resolve(name, "set_engine")
    _chosen = name


def get_engine() -> str:
    """Return the engine that runs: "numpy" or "numba"."""
    global _resolved
    if _resolved is None:
        name = _chosen or os.environ.get("MINITORCH_NP_ENGINE", "auto")
        _resolved = _resolve(name, "MINITORCH_NP_ENGINE")
    return _resolved


def apply(
    rule: Rule,
    p: np.ndarray,
    g: np.ndarray,
    slots: tuple[np.ndarray, ...],
    scalars: tuple[float, ...],
) -> None:
    """Run ``rule`` over flat memory, changing ``p`` and the slots in place.

    Parameters
    ----------
    rule : callable
        See :mod:`minitorch_np.optim.engine.formula`.
    p, g : ndarray of shape (n,)
    slots : tuple of ndarray of shape (n,)
    scalars : tuple of float
    """
    key = (get_engine(), rule, p.dtype)
    update = _updates.get(key) or _build(key, len(slots))
    if p.size < 2 * GRAIN:
        update(p, g, *slots, *scalars)
        return

    def part(start: int, stop: int) -> None:
        arrays = [array[start:stop] for array in (p, g, *slots)]
        update(*arrays, *scalars)

    split(p.size, GRAIN, part)


def _build(key: tuple[str, Rule, np.dtype], slots: int) -> Update:
    engine, rule, dtype = key
    with _lock:
        if key not in _updates:
            _updates[key] = (
                _build_compiled(rule, slots, dtype)
                if engine == "numba"
                else numpy_engine.build(rule, slots)
            )
        return _updates[key]


def _build_compiled(rule: Rule, slots: int, dtype: np.dtype) -> Update:
    from minitorch_np.optim.engine import numba_engine

    try:
        return numba_engine.build(rule, slots, dtype)
    except Exception as error:
        if (_chosen or os.environ.get("MINITORCH_NP_ENGINE")) == "numba":
            raise RuntimeError(
                f"{rule.__qualname__}: expected a formula that numba can compile, got "
                f"{_first_line(error)}; rewrite it, or take the engine 'auto'"
            ) from error
        warn(
            f"{rule.__qualname__}: numba could not compile this formula ({_first_line(error)}); "
            "it runs on the numpy engine"
        )
        return numpy_engine.build(rule, slots)


def _resolve(name: Any, asker: str) -> str:
    if name not in ENGINES:
        raise ValueError(f"{asker}: expected one of {', '.join(ENGINES)}, got {name!r}")
    if name == "numpy":
        return "numpy"
    try:
        from minitorch_np.optim.engine import numba_engine

        if name == "auto" and numba_engine.is_disabled():
            return "numpy"
    except Exception as error:  # absent, too old for this Python or NumPy, broken
        if name == "numba":
            raise RuntimeError(
                f"{asker}: expected numba to be importable for engine 'numba', got "
                f"{type(error).__name__} ({_first_line(error)}); install minitorch_np[fast]"
            ) from None
        return "numpy"
    return "numba"


def _first_line(error: Exception) -> str:
    """What an error says, in one line; numba's begin with one that says nothing."""
    lines = [line.strip() for line in str(error).splitlines()]
    told = [line for line in lines if line and not line.startswith("Failed in nopython mode")]
    return told[0] if told else type(error).__name__


def _after_fork() -> None:
    """Another thread of the parent may have been compiling; it does not exist in the child."""
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
