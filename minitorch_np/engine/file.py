"""Files of functions that numba compiles as a whole."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

from minitorch_np.engine.choice import compile_or_warn, get_engine

__all__ = ["CompiledFile"]


class CompiledFile:
    """A Python file that only numba can run, compiled from a copy in the cache directory.

    Parameters
    ----------
    path : pathlib.Path
        The file. Every function has ``cache=True`` and its signature, so that importing it
        compiles everything, or loads it.

    Examples
    --------
    >>> from pathlib import Path
    >>> import minitorch_np as mt
    >>> from minitorch_np.engine import CompiledFile
    >>> mt.set_engine("numpy")
    >>> CompiledFile(Path("handover.py")).module() is None
    True
    >>> mt.set_engine("auto")
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._start_anew()
        if hasattr(os, "register_at_fork"):  # another thread of the parent may hold the lock
            os.register_at_fork(after_in_child=self._start_anew)
        self._built: list[Any] = []

    def module(self) -> Any:
        """Return the compiled module; None where NumPy has to do the work."""
        if get_engine() != "numba":
            return None
        if not self._built:
            with self._lock:
                if not self._built:
                    self._built.append(compile_or_warn(self._path.name, self._compile))
        return self._built[0]

    def _compile(self) -> Any:
        from minitorch_np.engine.compiled import compile_cached, compile_in_memory

        name, text = self._path.stem, self._path.read_text(encoding="utf-8")
        try:
            return compile_cached(name, "all", text, lambda module: module)
        except Exception:  # nothing can be kept there, or what is there is damaged
            in_memory = text.replace("cache=True", "cache=False")
            return compile_in_memory(name, in_memory, {}, lambda module: module)

    def _start_anew(self) -> None:
        self._lock = threading.Lock()
