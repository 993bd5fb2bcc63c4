"""Which engine runs, and what happens when numba cannot compile something."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

from minitorch_np.warning import warn

__all__ = ["compile_or_warn", "get_engine", "set_engine"]

ENGINES = ("auto", "numpy", "numba")

_chosen: str | None = None
_resolved: str | None = None

Built = TypeVar("Built")


def set_engine(name: str) -> None:
    """Choose how optimizers run their formulas, and layers and losses their loops.

    Parameters
    ----------
    name : {"auto", "numpy", "numba"}
        "numpy" runs a formula on blocks, "numba" (the extra ``fast``) compiles it into one fused
        loop, "auto" takes numba where it works. The results agree to rounding. The environment
        variable ``MINITORCH_NP_ENGINE`` chooses for a whole process.

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


def compile_or_warn(name: str, build: Callable[[], Built]) -> Built | None:
    """Return ``build()``, which compiles; None, with a warning, where numba cannot.

    Parameters
    ----------
    name : str
        What is compiled, for the message.
    build : callable

    Raises
    ------
    RuntimeError
        If numba cannot compile it and the engine "numba" was asked for.

    Examples
    --------
    >>> from minitorch_np.engine import compile_or_warn
    >>> compile_or_warn("a loop", lambda: "compiled")
    'compiled'
    """
    try:
        return build()
    except Exception as error:
        if (_chosen or os.environ.get("MINITORCH_NP_ENGINE")) == "numba":
            raise RuntimeError(
                f"{name}: expected a formula that numba can compile, got {_first_line(error)}; "
                "rewrite it, or take the engine 'auto'"
            ) from error
        warn(
            f"{name}: numba could not compile this formula ({_first_line(error)}); "
            "it runs on the numpy engine"
        )
        return None


def _resolve(name: Any, asker: str) -> str:
    if name not in ENGINES:
        raise ValueError(f"{asker}: expected one of {', '.join(ENGINES)}, got {name!r}")
    if name == "numpy":
        return "numpy"
    try:
        from minitorch_np.engine import compiled

        disabled = compiled.is_disabled()
    except Exception as error:  # absent, too old for this Python or NumPy, broken
        if name == "numba":
            raise RuntimeError(
                f"{asker}: expected numba to be importable for engine 'numba', got "
                f"{type(error).__name__} ({_first_line(error)}); install minitorch_np[fast]"
            ) from None
        return "numpy"
    if disabled and name == "numba":
        raise RuntimeError(
            f"{asker}: expected numba to compile for engine 'numba', got NUMBA_DISABLE_JIT=1; "
            "unset it, or take the engine 'numpy'"
        )
    return "numpy" if disabled else "numba"


def _first_line(error: Exception) -> str:
    """What an error says, in one line; numba's begin with one that says nothing."""
    lines = [line.strip() for line in str(error).splitlines()]
    told = [line for line in lines if line and not line.startswith("Failed in nopython mode")]
    return told[0] if told else type(error).__name__
