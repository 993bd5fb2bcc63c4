"""Loops over arrays, compiled where the numba engine runs.

Where one pass over the data beats a dozen NumPy calls, a layer or loss has its formula twice: on
whole arrays, for the numpy engine, and as a plain Python loop, which numba compiles.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch_np.engine.choice import compile_or_warn, get_engine
from minitorch_np.engine.written import OPTIONS, write_down

__all__ = ["Loop"]

TEMPLATE = """\
import numba
{imports}

@numba.njit("{signature}", {options}, nogil=True, cache={cache})
{function}
"""

COMPILED = ("float32", "float64")


class Loop:
    """A plain Python function, compiled where the numba engine runs.

    Parameters
    ----------
    signature : str
        The types of its arguments in numba's notation, ``real`` standing for the dtype:
        ``"real[:, ::1], int64"`` is a C-contiguous matrix and an integer. Arrays have to be
        writable, too (``array.flags.carray``).

    Examples
    --------
    >>> import numpy as np, minitorch_np as mt
    >>> from minitorch_np.engine import Loop
    >>> @Loop("real[::1]")
    ... def double(x):
    ...     for i in range(x.size):
    ...         x[i] *= 2
    >>> mt.set_engine("numpy")
    >>> double.compiled(np.dtype("float32")) is None
    True
    >>> mt.set_engine("auto")
    """

    def __init__(self, signature: str) -> None:
        self._signature = signature
        self._built: dict[np.dtype, Callable[..., Any] | None] = {}
        self._start_anew()
        if hasattr(os, "register_at_fork"):  # another thread of the parent may hold the lock
            os.register_at_fork(after_in_child=self._start_anew)

    def __call__(self, function: Callable[..., Any]) -> Loop:
        """Take the function: what makes this a decorator."""
        self._function = function
        self.__doc__ = function.__doc__
        return self

    def compiled(self, dtype: np.dtype) -> Callable[..., Any] | None:
        """Return the compiled function for ``dtype``; None where NumPy has to do the work."""
        if get_engine() != "numba":
            return None
        try:
            return self._built[dtype]
        except KeyError:
            return self._build(dtype)

    def _build(self, dtype: np.dtype) -> Callable[..., Any] | None:
        with self._lock:
            if dtype not in self._built:
                self._built[dtype] = (
                    compile_or_warn(self._function.__qualname__, lambda: self._compile(dtype))
                    if dtype.name in COMPILED and dtype.isnative
                    else None
                )
            return self._built[dtype]

    def _compile(self, dtype: np.dtype) -> Callable[..., Any]:
        from minitorch_np.engine.compiled import compile_cached, compile_in_memory

        name = self._function.__qualname__

        try:
            return compile_cached(name, dtype.name, self._source(dtype, cache=True), self._use)
        except Exception:  # nothing can be kept there, or what is there is damaged
            return compile_in_memory(name, self._source(dtype, cache=False), {}, self._use)

    def _use(self, module: Any) -> Callable[..., Any]:
        """Return what a caller calls, from the compiled module."""
        compiled: Callable[..., Any] = module.loop
        return compiled

    def _source(self, dtype: np.dtype, cache: bool) -> str:
        imports, function = write_down(self._function, "loop")
        return TEMPLATE.format(
            imports=imports,
            signature=f"({self._signature.replace('real', dtype.name)})",
            options=OPTIONS,
            cache=cache,
            function=function,
        )

    def _start_anew(self) -> None:
        self._lock = threading.Lock()
