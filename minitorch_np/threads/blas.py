"""BLAS: held to one thread and given back as it was, and the address of its product."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

__all__ = ["SingleThread", "gemm"]


Control = tuple[Callable[[], int], Callable[[int], object]]  # get and set the thread count


class SingleThread:
    """A context in which BLAS runs on one thread.

    What the user set is remembered by the first that enters and put back by the last that leaves,
    whichever threads they are on. Entering and leaving costs about a microsecond.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal's handler may multiply, too
        self._controls: list[Control] | None = None
        self._inside = 0
        self._before: list[tuple[Callable[[int], object], int]] = []
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._start_anew)

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                if self._controls is None:
                    self._controls = _blas_controls()
                for get, set_ in self._controls:
                    n = get()
                    if n > 1:
                        self._before.append((set_, n))
                        set_(1)
            self._inside += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._give_back()

    def _give_back(self) -> None:
        for set_, n in self._before:
            set_(n)
        self._before.clear()

    def _start_anew(self) -> None:
        """In a forked child nobody is inside, whatever the parent's threads were doing."""
        self._lock = threading.RLock()
        self._inside = 0
        self._give_back()


@cache
def gemm(dtype: np.dtype) -> int | None:
    """Return the address of ``cblas_?gemm`` with 64-bit integers; None where there is no such.

    That is OpenBLAS as NumPy's wheels bring it along.
    """
    kind = {"float32": "s", "float64": "d"}.get(dtype.name) if dtype.isnative else None
    for library in _libraries() if kind else []:
        for name in (f"scipy_cblas_{kind}gemm64_", f"cblas_{kind}gemm64_"):
            function = getattr(library.dynlib, name, None)
            if function is not None:
                return ctypes.cast(function, ctypes.c_void_p).value
    return None


@cache
def _libraries() -> list[Any]:
    from threadpoolctl import ThreadpoolController  # here, for it takes long to import

    return ThreadpoolController().select(user_api="blas").lib_controllers


def _blas_controls() -> list[Control]:
    return [_control(library) for library in _libraries()]


def _control(library: Any) -> Control:
    """Return how to get and set one library's thread count.

    For OpenBLAS these are its own functions: threadpoolctl's setter takes longer, and since 3.7 it
    does nothing on any thread but the first that called it.
    """
    symbol = getattr(library, "_get_symbol", None)
    if library.internal_api == "openblas" and symbol is not None:
        get, set_ = symbol("openblas_get_num_threads"), symbol("openblas_set_num_threads")
        if get is not None and set_ is not None:
            return get, set_
    return library.get_num_threads, library.set_num_threads
